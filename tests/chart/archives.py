"""Archives for tests: charts, and what hostile people pack."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable

CHART_YAML = b"apiVersion: v2\nname: web\nversion: 1.0.0\n"


def file(name: str, data: bytes = b"") -> tuple[tarfile.TarInfo, bytes]:
    """Return a regular file as a member."""
    member = tarfile.TarInfo(name)
    member.size = len(data)
    return member, data


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """Return a member of another type: a folder, a link to ``target``, a device."""
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member, b""


def symlink(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """Return a symbolic link as a member."""
    return special(name, tarfile.SYMTYPE, target)


def hardlink(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """Return a hard link as a member."""
    return special(name, tarfile.LNKTYPE, target)


def folder(name: str) -> tuple[tarfile.TarInfo, bytes]:
    """Return a folder as a member."""
    return special(name, tarfile.DIRTYPE)


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes]], *, pax: bool = True) -> bytes:
    """Return members as tar, written just as they are."""
    made = io.BytesIO()
    kind = tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT
    with tarfile.open(fileobj=made, mode="w", format=kind, encoding="utf-8", errors="surrogateescape") as archive:
        for member, data in members:
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def packed(*members: tuple[tarfile.TarInfo, bytes], pax: bool = True) -> bytes:
    """Return members as gzipped tar."""
    return gzip.compress(tar(members, pax=pax), mtime=0)


def chart(name: str = "web", files: dict[str, bytes] | None = None) -> bytes:
    """Return the archive of a chart with Chart.yaml and other files."""
    named = {"Chart.yaml": CHART_YAML.replace(b"web", name.encode()), **(files or {})}
    return packed(*(file(f"{name}/{each}", data) for each, data in named.items()))
