"""What an indexed folder's last run found, in a private file beside the index, so that only changes are read again.

It is believed only where it is the user's own and whole. Without it everything is read again: it may be deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from helmlite import __version__
from helmlite.repo.scanning import Mark
from helmlite.repo.whole_file import write_whole

NAME = ".helmlite-index.json"
_FORM = f"helmlite index cache 1, of {__version__}"
_LIMIT_BYTES = 1 << 30
UNSETTLED: Mark = (0, 0, 0, 0)


class Known(NamedTuple):
    """An archive as it was when it was read; ``fields`` is the JSON text of its metadata, without the last brace.

    ``mark`` is UNSETTLED where the file was too young for its mark to tell a later change. A named tuple, since ten
    thousand are made in a run that changes nothing.
    """

    mark: Mark
    digest: str
    created: str
    name: str
    version: str
    size: int
    fields: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """What the last run found and wrote.

    ``archives`` has each usable archive by its path; ``written`` the marks of the index and of the shards as they were
    left, by path, ``digest`` the index's sha256; ``made_of`` says what else it was made of: URL, form, merged index.
    """

    archives: Mapping[str, Known] = field(default_factory=dict)
    written: Mapping[str, Mark] = field(default_factory=dict)
    made_of: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


def read_cache(folder: Path) -> Cache | None:
    """Return the cache of a folder, None where there is none that can be believed."""
    with suppress(OSError, ValueError, TypeError, KeyError, IndexError, RecursionError):
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(folder / NAME, flags), "rb") as file:
            found = os.fstat(file.fileno())
            private = found.st_uid == os.geteuid() and not found.st_mode & 0o077
            if not stat.S_ISREG(found.st_mode) or not private or found.st_size > _LIMIT_BYTES:
                return None
            digest = file.readline(200).strip().decode("ascii")
            content = file.read()
        if digest != hashlib.sha256(content).hexdigest():
            return None
        return _from_text(content)
    return None


def write_cache(folder: Path, cache: Cache) -> None:
    """Keep a cache for the next run."""
    content = _to_text(cache)
    digest = hashlib.sha256(content).hexdigest().encode()
    write_whole(folder / NAME, digest + b"\n" + content, mode=0o600)


def _to_text(cache: Cache) -> bytes:
    """Return a line that says all but the metadata, and the metadata, a line for each archive in the same order."""
    rows = [
        (path, *each.mark, each.digest, each.created, each.name, each.version, each.size)
        for path, each in cache.archives.items()
    ]
    head = {
        "form": _FORM,
        "archives": rows,
        "written": dict(cache.written),
        "made_of": dict(cache.made_of),
        "digest": cache.digest,
    }
    lines = [json.dumps(head, separators=(",", ":")), *(each.fields for each in cache.archives.values())]
    return "\n".join(lines).encode()


def _from_text(content: bytes) -> Cache | None:
    text = content.decode()
    first, _, rest = text.partition("\n")
    head: dict[str, Any] = json.loads(first)
    if head["form"] != _FORM:
        return None
    archives = {}
    for row, fields in zip(head["archives"], rest.split("\n") if rest else (), strict=True):
        path, modified, changed, size, inode, digest, created, name, version, bytes_ = row
        archives[path] = Known((modified, changed, size, inode), digest, created, name, version, bytes_, fields)
    written = {path: (row[0], row[1], row[2], row[3]) for path, row in head["written"].items()}
    return Cache(archives=archives, written=written, made_of=head["made_of"], digest=head["digest"])
