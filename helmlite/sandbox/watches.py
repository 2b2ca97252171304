"""Watches: what has changed since a resourceVersion, and then what changes, one line of JSON each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from helmlite.sandbox.forms import Form
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.recorded import convert, stored_as
from helmlite.sandbox.selectors import Question
from helmlite.sandbox.status import StatusError
from helmlite.sandbox.store import HISTORY, Change, ExpiredError, Store

BOOKMARK_SECONDS = 60.0
EVENTS_END = "k8s.io/initial-events-end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a watch asks for. ``revision`` None begins with what is there; ``seconds`` 0 means without end."""

    kind: Kind
    namespace: str | None
    matches: Question
    form: Form
    revision: int | None = None
    initial: bool = False
    bookmarks: bool = False
    seconds: float = 0.0


class Watches:
    """All watches of a store. Each has a queue that the store's writes of its resource are put into.

    A watch that is too slow is ended, as the server does: its client starts anew from the last event that it has read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queues: dict[asyncio.Queue[Change | None], str] = {}
        store.listen(self._tell)

    def _tell(self, change: Change) -> None:
        for queue, resource in list(self._queues.items()):
            if resource == change.resource:
                queue.put_nowait(change)
                if queue.qsize() > HISTORY:
                    queue.put_nowait(None)
                    del self._queues[queue]

    def end(self) -> None:
        """End every watch."""
        for queue in self._queues:
            queue.put_nowait(None)

    async def events(self, wanted: Wanted, ended: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Yield the lines of one watch until its time is over, ``ended`` says so, or all watches are ended."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wanted.seconds if wanted.seconds else float("inf")
        bookmark = min(loop.time() + BOOKMARK_SECONDS, max(loop.time() + 0.2, deadline - 2))
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._queues[queue] = stored_as(wanted.kind)
        try:
            for line in self._first(wanted):
                yield line
            while not ended() and loop.time() < deadline:
                if wanted.bookmarks and loop.time() >= bookmark and queue.empty():  # what waits is not told yet
                    bookmark = loop.time() + BOOKMARK_SECONDS
                    yield self._bookmark(wanted)
                pause = min(deadline, bookmark if wanted.bookmarks else float("inf")) - loop.time()
                try:
                    # a pause of nothing would take nothing, though there is something
                    change = await asyncio.wait_for(queue.get(), min(max(pause, 0.01), BOOKMARK_SECONDS))
                except TimeoutError:
                    continue
                if change is None:
                    return
                told = self._line(wanted, change)
                if told:
                    yield told
        finally:
            self._queues.pop(queue, None)

    def _first(self, wanted: Wanted) -> list[bytes]:
        """Return what a watch begins with: what is there, or what has changed since."""
        if wanted.revision is not None and not wanted.initial:
            try:
                changes = self._store.since(wanted.revision)
            except ExpiredError as error:
                message = f"too old resource version: {wanted.revision} ({error.oldest})"
                return [_event("ERROR", StatusError(410, "Expired", message).body)]
            told = [each for each in changes if each.resource == stored_as(wanted.kind)]
            return [line for line in (self._line(wanted, each) for each in told) if line]
        found = self._store.list(stored_as(wanted.kind), wanted.namespace)
        lines = [self._told(wanted, "ADDED", each) for each in found if wanted.matches(each)]
        if wanted.initial:
            lines.append(self._bookmark(wanted, annotations={EVENTS_END: "true"}))
        return lines

    def _line(self, wanted: Wanted, change: Change) -> bytes | None:
        if wanted.namespace not in (None, change.key[0]):
            return None
        is_in = change.type != "DELETED" and wanted.matches(change.obj)
        was_in = change.before is not None and wanted.matches(change.before)
        if is_in:
            return self._told(wanted, "MODIFIED" if was_in else "ADDED", change.obj)
        if not was_in:
            return None
        last = change.obj
        if change.type != "DELETED" and change.before is not None:
            metadata = {**change.before["metadata"], "resourceVersion": str(change.revision)}
            last = {**change.before, "metadata": metadata}
        return self._told(wanted, "DELETED", last)

    @staticmethod
    def _told(wanted: Wanted, kind: str, obj: Obj) -> bytes:
        return _event(kind, wanted.form.one(wanted.kind, convert(obj, wanted.kind)))

    def _bookmark(self, wanted: Wanted, annotations: Any = None) -> bytes:
        metadata: Obj = {"resourceVersion": str(self._store.revision)}
        if annotations:
            metadata["annotations"] = annotations
        empty: Obj = {"kind": wanted.kind.kind, "apiVersion": wanted.kind.api_version, "metadata": metadata}
        return _event("BOOKMARK", wanted.form.one(wanted.kind, empty) if wanted.form.kind != "Table" else empty)


def _event(kind: str, obj: Any) -> bytes:
    return json.dumps({"type": kind, "object": obj}, separators=(",", ":")).encode() + b"\n"
