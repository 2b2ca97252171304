"""Where objects live: in memory for reading, in one SQLite file so that what was answered outlives the process.

Every write has a number, the resourceVersion of what it wrote. The last 1,000 writes are kept with what was there
before, so that watches can catch up and a list can be read as it was.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helmlite.sandbox.objects import Obj, owners_of
from helmlite.sandbox.status import StatusError

HISTORY = 1000
"""How many changes can be watched from, or read back."""
LIMIT_BYTES = 512 << 20
"""What the file may hold; memory holds about three times as much."""

ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]
Key = tuple[str, str]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects
    (resource TEXT, namespace TEXT, name TEXT, body TEXT NOT NULL, PRIMARY KEY (resource, namespace, name))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes
    (revision INTEGER PRIMARY KEY, type TEXT NOT NULL, resource TEXT NOT NULL, body TEXT NOT NULL, before TEXT);
"""


class ExpiredError(Exception):
    """A revision that the history no longer reaches back to; ``oldest`` is the first that it does."""

    def __init__(self, oldest: int) -> None:
        self.oldest = oldest
        super().__init__(f"older than {oldest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write: the object as it became (as it last was, with the write's resourceVersion, when it was deleted)."""

    revision: int
    type: ChangeType
    resource: str
    obj: Obj
    before: Obj | None

    @property
    def key(self) -> Key:
        """Return namespace and name."""
        return key_of(self.obj)


def key_of(obj: Mapping[str, dict[str, str]]) -> Key:
    """Return an object's namespace ("" for none) and name."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


class Store:
    """All objects. ``path`` None keeps them in memory alone. Used from one thread; objects handed out are shared."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.touch(mode=0o600)  # Secrets are inside; the files that SQLite puts beside it get the same mode
            path.chmod(0o600)
        # isolation_level None: a statement outside of BEGIN and COMMIT is a transaction of its own
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        page_bytes = self._database.execute("PRAGMA page_size").fetchone()[0]
        self._database.execute(f"PRAGMA max_page_count = {LIMIT_BYTES // page_bytes}")
        self._database.executescript(_TABLES)
        self._objects: dict[str, dict[Key, Obj]] = {}
        self._owned: dict[str, dict[tuple[str, Key], None]] = {}
        self._history: deque[Change] = deque(maxlen=HISTORY)
        self._listeners: list[Callable[[Change], None]] = []
        self._load()

    def _load(self) -> None:
        for resource, body in self._database.execute("SELECT resource, body FROM objects"):
            obj = json.loads(body)
            self._objects.setdefault(resource, {})[key_of(obj)] = obj
            self._own(resource, None, obj)
        rows = self._database.execute("SELECT revision, type, resource, body, before FROM changes ORDER BY revision")
        for revision, kind, resource, body, before in rows:
            was = json.loads(before) if before else None
            change = Change(revision=revision, type=kind, resource=resource, obj=json.loads(body), before=was)
            self._history.append(change)

    @property
    def revision(self) -> int:
        """Return the number of the last write, 1 when there was none."""
        return self._history[-1].revision if self._history else 1

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Call ``listener`` after every write."""
        self._listeners.append(listener)

    def resources(self) -> Sequence[str]:
        """Return the resources of which there are objects."""
        return [resource for resource, held in self._objects.items() if held]

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """Return an object, None when there is none."""
        return self._objects.get(resource, {}).get((namespace, name))

    def owned(self, uid: str) -> Sequence[tuple[str, Obj]]:
        """Return resource and object of all that have a reference to an owner of this uid."""
        return [(resource, self._objects[resource][key]) for resource, key in self._owned.get(uid, ())]

    def _own(self, resource: str, before: Obj | None, after: Obj | None) -> None:
        if before:
            for each in owners_of(before):
                held = self._owned.get(each.get("uid", ""), {})
                held.pop((resource, key_of(before)), None)
                if not held:
                    self._owned.pop(each.get("uid", ""), None)
        if after:
            for each in owners_of(after):
                self._owned.setdefault(each.get("uid", ""), {})[resource, key_of(after)] = None

    def list(self, resource: str, namespace: str | None = None) -> Sequence[Obj]:
        """Return the objects of a namespace (None: of all), by namespace and name."""
        return _sorted(self._objects.get(resource, {}), namespace)

    def list_at(self, revision: int, resource: str, namespace: str | None = None) -> Sequence[Obj]:
        """Return the objects as they were after write ``revision``; raises ExpiredError."""
        held = dict(self._objects.get(resource, {}))
        for change in reversed(self.since(revision)):
            if change.resource != resource:
                continue
            if change.before is None:
                held.pop(change.key, None)
            else:
                held[change.key] = change.before
        return _sorted(held, namespace)

    def since(self, revision: int) -> Sequence[Change]:
        """Return the changes after write ``revision``, oldest first; raises ExpiredError."""
        if revision >= self.revision:
            return ()
        first = self._history[0].revision
        if revision < first - 1:
            raise ExpiredError(first - 1)
        # every write has the number after the one before it
        return [self._history[place] for place in range(revision + 1 - first, len(self._history))]

    def put(self, resource: str, obj: Obj) -> Obj:
        """Store an object, new or changed, under its key; sets its resourceVersion and returns it.

        Raises StatusError 507 where the file cannot be written, or is full.
        """
        before = self.get(resource, *key_of(obj))
        return self._write("MODIFIED" if before else "ADDED", resource, obj, before)

    def remove(self, resource: str, obj: Obj) -> Obj:
        """Take an object out; returns its last form, which bears the write's resourceVersion."""
        last = {**obj, "metadata": dict(obj["metadata"])}
        return self._write("DELETED", resource, last, self.get(resource, *key_of(obj)))

    def _write(self, kind: ChangeType, resource: str, obj: Obj, before: Obj | None) -> Obj:
        revision = self.revision + 1
        obj["metadata"]["resourceVersion"] = str(revision)
        key, body = key_of(obj), json.dumps(obj, separators=(",", ":"))
        run = self._database.execute
        run("BEGIN")
        try:
            run("DELETE FROM changes WHERE revision <= ?", (revision - HISTORY,))  # first, to make room
            stored = "SELECT body FROM objects WHERE resource = ? AND namespace = ? AND name = ?"
            row = (revision, kind, resource, body, resource, *key)
            run(f"INSERT INTO changes VALUES (?, ?, ?, ?, ({stored}))", row)  # noqa: S608  # no text of anybody's
            if kind == "DELETED":
                run("DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?", (resource, *key))
            else:
                run("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", (resource, *key, body))
            run("COMMIT")
        except sqlite3.Error as error:
            self._database.rollback()
            raise StatusError(507, "InsufficientStorage", f"the sandbox's store cannot be written: {error}") from None
        held = self._objects.setdefault(resource, {})
        if kind == "DELETED":
            held.pop(key, None)
        else:
            held[key] = obj
        self._own(resource, before, None if kind == "DELETED" else obj)
        change = Change(revision=revision, type=kind, resource=resource, obj=obj, before=before)
        self._history.append(change)
        for listener in self._listeners:
            listener(change)
        return obj

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _sorted(held: Mapping[Key, Obj], namespace: str | None) -> list[Obj]:
    keys = sorted(held) if namespace is None else sorted(key for key in held if key[0] == namespace)
    return [held[key] for key in keys]
