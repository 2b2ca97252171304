"""What an indexed folder's last run found, in a private file beside the index, so that only changes are read again.

It is believed only where it is the user's own and whole. Without it everything is read again: it may be deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from helmlite import __version__
from helmlite.files import write_whole
from helmlite.repo.scanning import CACHE, Mark

_FORM = f"helmlite index cache 3, of {__version__}"
_LIMIT_BYTES = 1 << 30
UNSETTLED: Mark = (0, 0, 0, 0)


class Known(NamedTuple):
    """An archive as it was when it was read; ``fields`` is the JSON text of its metadata, without the last brace.

    ``mark`` is UNSETTLED where the file was too young for its mark to tell a later change. A named tuple, since ten
    thousand are made in a run that changes one.
    """

    mark: Mark
    digest: str
    created: str
    name: str
    version: str
    size: int
    fields: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What tells a run that nothing changed since the last one.

    ``scanned`` stands for paths and marks of all archives, empty where they would not tell a change; ``count`` is that
    of versions. ``written`` has the marks of the index and of the shards as they were left, by path, ``digest`` is the
    index's sha256; ``made_of`` says what else it was made of: URL, form, merged index.
    """

    scanned: str = ""
    count: int = 0
    written: Mapping[str, Mark] = field(default_factory=dict)
    made_of: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


def scanned(marks: Mapping[str, Mark]) -> str:
    """Return what stands for paths and marks, empty where one of them is unsettled."""
    if UNSETTLED in marks.values():
        return ""
    return hashlib.sha256(repr(sorted(marks.items())).encode("utf-8", "surrogateescape")).hexdigest()


def read_summary(folder: Path) -> Summary | None:
    """Return the summary of a folder's cache, None where there is none that can be believed."""
    with suppress(*_FAULTS), _opened(folder) as file:
        return _summary(_head(file))
    return None


def read_archives(folder: Path) -> dict[str, Known] | None:
    """Return each usable archive of the last run by its path, None without a cache that can be believed."""
    with suppress(*_FAULTS), _opened(folder) as file:
        head = _head(file)
        body = file.read()
        if head["body"] != hashlib.sha256(body).hexdigest():
            return None
        first, *lines = body.decode().split("\n")
        archives = {}
        for row, fields in zip(json.loads(first), lines, strict=True):
            path, modified, changed, size, inode, digest, created, name, version, length = row
            archives[path] = Known((modified, changed, size, inode), digest, created, name, version, length, fields)
        return archives
    return None


def write_cache(folder: Path, summary: Summary, archives: Mapping[str, Known]) -> None:
    """Keep what a run found for the next one.

    The first line is the sha256 of the second, which is the summary and has that of all below: a line that has a row
    for each archive, then the metadata of each in the same order, a line each.
    """
    rows = [
        (path, *each.mark, each.digest, each.created, each.name, each.version, each.size)
        for path, each in archives.items()
    ]
    lines = [json.dumps(rows, separators=(",", ":")), *(each.fields for each in archives.values())]
    body = "\n".join(lines).encode()
    data = {
        "form": _FORM,
        "body": hashlib.sha256(body).hexdigest(),
        "scanned": summary.scanned,
        "count": summary.count,
        "written": dict(summary.written),
        "made_of": dict(summary.made_of),
        "digest": summary.digest,
    }
    head = json.dumps(data, separators=(",", ":")).encode()
    content = b"\n".join((hashlib.sha256(head).hexdigest().encode(), head, body))
    write_whole(folder / CACHE, content, mode=0o600)


_FAULTS = (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError)
"""What a file that is no cache of ours may end in."""


@contextmanager
def _opened(folder: Path) -> Iterator[BinaryIO]:
    """Open the cache of a folder; raises OSError where it is not the user's own, private file."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(folder / CACHE, flags), "rb") as file:
        found = os.fstat(file.fileno())
        private = found.st_uid == os.geteuid() and not found.st_mode & 0o077
        if not stat.S_ISREG(found.st_mode) or not private or found.st_size > _LIMIT_BYTES:
            raise PermissionError
        yield file


def _head(file: BinaryIO) -> dict[str, Any]:
    """Return the data of the first lines; raises ValueError where they are not ours and whole."""
    digest = file.readline(200).strip().decode("ascii")
    line = file.readline().rstrip(b"\n")
    if digest != hashlib.sha256(line).hexdigest():
        raise ValueError
    head: dict[str, Any] = json.loads(line)
    if head["form"] != _FORM:
        raise ValueError
    return head


def _summary(head: Mapping[str, Any]) -> Summary:
    return Summary(
        scanned=head["scanned"],
        count=head["count"],
        written={path: (row[0], row[1], row[2], row[3]) for path, row in head["written"].items()},
        made_of=head["made_of"],
        digest=head["digest"],
    )
