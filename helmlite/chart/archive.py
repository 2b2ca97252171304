"""Archives (gzipped tar) into files, with nothing of an archive believed."""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from collections.abc import Mapping

from helmlite.chart.budget import Budget
from helmlite.chart.chart import ChartFile
from helmlite.chart.names import is_unfit
from helmlite.errors import ChartError

_CHUNK = 64 << 10
_LIMIT_HEADER = 1 << 20
_LIMIT_NAME = 4096
_LIMIT_DEPTH = 100
MOST_SHOWN = 10


def read_archive(data: bytes, *, source: str, budget: Budget) -> list[ChartFile]:
    """Return the files of a packed chart, named from the chart's root, in the archive's order; raises ChartError.

    Links are followed within the archive. Every refusal names the member.
    """
    if data[:3] != b"\x1f\x8b\x08":
        hint = None
        if source.lower().endswith((".yaml", ".yml")):
            hint = "give the folder of the chart, not one of its files"
        raise ChartError(f"{source}: no chart archive: it is not gzipped", hint=hint)
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    order: list[str] = []
    folders: set[str] = set()
    tops: dict[str, str] = {}
    stream = _Unpacking(data, source, budget)
    try:
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=2, encoding="utf-8", tarinfo=_Header) as archive:
            for member in archive:
                budget.spend_file(source)
                shown = f"{source}: member {_cut(member.name)!r}"
                top, name = checked_name(member.name, shown)
                if not top and member.isdir():
                    continue
                if not name and not member.isdir():
                    raise ChartError(f"{shown} is not in a folder; a chart's files are in one top folder")
                tops.setdefault(top, member.name)
                if len(tops) > 1:
                    first, second = list(tops)[:2]
                    raise ChartError(f"{shown}: the archive has two top folders, {first!r} and {second!r}")
                if member.isdir():
                    folders.add(name)
                    continue
                if name in files or name in links:
                    raise ChartError(f"{shown} is in the archive twice")
                order.append(name)
                if member.issym() or member.islnk():
                    links[name] = _link_target(member, top, name, shown)
                elif member.isreg() and not member.issparse():
                    budget.check_bytes(member.offset_data + member.size - stream.made, shown)
                    content = archive.extractfile(member)
                    files[name] = content.read() if content is not None else b""
                else:
                    raise ChartError(f"{shown} is neither file, folder nor link")
        while stream.read(_CHUNK):
            pass
    except _RefusedError as error:
        raise ChartError(f"{source}: {error}") from None
    except RecursionError:
        raise ChartError(f"{source}: the archive is damaged: its headers follow each other without end") from None
    except (tarfile.TarError, EOFError, OSError, ValueError, LookupError, OverflowError, zlib.error) as error:
        if stream.is_empty:
            raise ChartError(f"{source}: the archive holds no files") from None
        raise ChartError(f"{source}: the archive is damaged: {error}") from None
    if not files:
        raise ChartError(f"{source}: the archive holds no files")
    _check_folders(files, links, folders, source)
    linked = _followed(files, links, folders, source)
    for name, copied in linked.items():
        budget.spend_bytes(len(copied), f"{source}: member {name!r}")
    return [ChartFile(name=name, data=linked[name] if name in links else files[name]) for name in order]


def checked_name(written: str, shown: str) -> tuple[str, str]:
    """Return top folder and path within it of a member's name; raises ChartError for a name that is unsafe.

    The path is empty when the name has one part only.
    """
    if len(written) > _LIMIT_NAME:
        raise ChartError(f"{shown} has a name of more than {_LIMIT_NAME} characters")
    if is_unfit(written):
        raise ChartError(f"{shown} has control characters, or no UTF-8 text, in its name")
    if "\\" in written:
        raise ChartError(f"{shown} has a backslash in its name", hint="pack the chart again with `helm package`")
    if written.startswith("/") or re.match(r"[A-Za-z]:", written):
        raise ChartError(f"{shown} has an absolute path")
    parts = [each for each in written.split("/") if each not in ("", ".")]
    if ".." in parts:
        raise ChartError(f"{shown} leads out of the chart")
    if len(parts) > _LIMIT_DEPTH:
        raise ChartError(f"{shown} is in more than {_LIMIT_DEPTH} folders")
    if not parts:
        return "", ""
    if len(parts) > 1 and re.match(r"[A-Za-z]:", parts[1]):
        raise ChartError(f"{shown} has an absolute path within its top folder")
    return parts[0], "/".join(parts[1:])


def _cut(name: str) -> str:
    return name if len(name) <= 200 else f"{name[:100]}...{name[-50:]}"


def _link_target(member: tarfile.TarInfo, top: str, name: str, shown: str) -> str:
    """Return what a link points to, as a path from the chart's root."""
    target = member.linkname
    if len(target) > _LIMIT_NAME:
        raise ChartError(f"{shown} is a link with a target of more than {_LIMIT_NAME} characters")
    if is_unfit(target) or "\\" in target:
        raise ChartError(f"{shown} is a link with control characters or backslashes in its target")
    if target.startswith("/") or re.match(r"[A-Za-z]:", target):
        raise ChartError(f"{shown} is a link to an absolute path, {target!r}")
    if member.islnk():
        target_top, inside = checked_name(target, f"{shown}, a link to {target!r},")
        if target_top != top:
            raise ChartError(f"{shown} is a link that leaves the chart, to {target!r}")
        return inside
    parts = name.split("/")[:-1]
    for each in target.split("/"):
        if each in ("", "."):
            continue
        if each == "..":
            if not parts:
                raise ChartError(f"{shown} is a link that leaves the chart, to {target!r}")
            parts.pop()
        else:
            parts.append(each)
    return "/".join(parts)


def _check_folders(files: Mapping[str, bytes], links: Mapping[str, str], folders: set[str], source: str) -> None:
    """Raise ChartError when one name is a file and a folder at once."""
    checked: set[str] = set()
    for name in (*files, *links):
        folder = name.rpartition("/")[0]
        while folder and folder not in checked:
            if folder in files or folder in links:
                raise ChartError(f"{source}: member {name!r} is below {folder!r}, which is no folder")
            checked.add(folder)
            folder = folder.rpartition("/")[0]
        if name in folders:
            raise ChartError(f"{source}: member {name!r} is a file and a folder")


def _followed(files: Mapping[str, bytes], links: Mapping[str, str], folders: set[str], source: str) -> dict[str, bytes]:
    """Return the content of the file that each link leads to in the end; raises ChartError."""
    ends: dict[str, str] = {}
    for name in links:
        chain = {name: None}
        last = name
        while (target := links.get(last)) is not None:
            if target in ends:
                last = ends[target]
                break
            if target in chain:
                steps = " -> ".join([*chain, target][:MOST_SHOWN])
                raise ChartError(f"{source}: member {name!r} is a cyclic link ({steps})")
            chain[target] = None
            last = target
        if last not in files:
            is_folder = last in folders or any(not last or each.startswith(f"{last}/") for each in files)
            what = "a link to a folder, which an archive cannot have" if is_folder else "a dangling link"
            raise ChartError(f"{source}: member {name!r} is {what} (to {last or '.'!r})")
        ends.update(dict.fromkeys(chain, last))
    return {name: files[ends[name]] for name in links}


class _RefusedError(Exception):
    """A header that is refused before its member is known; tarfile lets it through."""


class _Header(tarfile.TarInfo):
    """One header. Those that describe the next member are read whole: a large one is refused before that."""

    _DESCRIBING = (
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    )

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        """Return the header in a block; raises _RefusedError for one that is no chart's."""
        made = super().frombuf(buf, encoding, errors)
        if made.type in cls._DESCRIBING and made.size > _LIMIT_HEADER:
            raise _RefusedError(f"member {_cut(made.name)!r} is a header larger than {_LIMIT_HEADER >> 20} MiB")
        if made.type == tarfile.GNUTYPE_SPARSE:
            raise _RefusedError(f"member {_cut(made.name)!r} is neither file, folder nor link: it is sparse")
        return made


class _Unpacking(io.RawIOBase):
    """The archive's unpacked bytes, counted as they come, so that a bomb is never expanded."""

    def __init__(self, data: bytes, source: str, budget: Budget) -> None:
        self._packed, self._at = memoryview(data), 0
        self._source, self._budget = source, budget
        self._inflate = zlib.decompressobj(wbits=31)
        self._ready = b""
        self.made = 0

    def readable(self) -> bool:
        return True

    @property
    def is_empty(self) -> bool:
        """Return whether all was read, and nothing was in it."""
        return self._over() and not self.made

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` unpacked bytes, none at the end."""
        while not self._ready and not self._over():
            self._ready = self._more()
        taken = self._ready if size < 0 else self._ready[:size]
        self._ready = self._ready[len(taken) :]
        return taken

    def _over(self) -> bool:
        """Return whether no gzip stream follows; one may, as in ``cat a.gz b.gz``."""
        return self._inflate.eof and bytes(self._packed[self._at : self._at + 2]) != b"\x1f\x8b"

    def _more(self) -> bytes:
        if self._inflate.eof:
            self._budget.spend_file(self._source)
            self._inflate = zlib.decompressobj(wbits=31)
        piece = self._packed[self._at : self._at + _CHUNK]
        if not piece:
            raise EOFError("it ends too early")
        made = self._inflate.decompress(piece, _CHUNK)
        self._at += len(piece) - len(self._inflate.unconsumed_tail) - len(self._inflate.unused_data)
        self._budget.spend_bytes(len(made), self._source)
        self.made += len(made)
        return made
