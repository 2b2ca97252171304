"""Making the index of a folder of archives: index.yaml, and beside it a shard for each chart.

One publisher works at a time (a lock on a file beside the index). Whatever moment it is killed at, the index is whole,
and the next run makes good what is missing, for nothing is believed but archives, marks of files and the private cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helmlite.errors import RepositoryError
from helmlite.files import write_whole
from helmlite.repo.index import SHARD_SUMMARY, IndexEntry, read_index, shard_path
from helmlite.repo.index_cache import UNSETTLED, Known, Summary, read_archives, read_summary, scanned, write_cache
from helmlite.repo.index_charts import Urls, charts_of
from helmlite.repo.index_text import (
    SUMMARY_START,
    Form,
    Line,
    index_text,
    is_time,
    shard_head,
    shard_summary,
    shard_text,
)
from helmlite.repo.limits import LIMIT_INDEX_BYTES, LIMIT_SHARD_BYTES
from helmlite.repo.scanning import INDEX, SHARD_FOLDER, Mark, Scan, mark_of, scan

if TYPE_CHECKING:
    from helmlite.repo.examining import Examined

LOCK = ".helmlite-index.lock"
UNSETTLED_NANOSECONDS = 2 * 10**9
"""A file that changed so shortly before may change again without a sign: its time is as coarse as its file system's."""
_LATEST = 253_402_300_799  # the end of the year 9999: RFC 3339 knows no later one


def _silent(*_: Any) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Whom an indexing tells of its course: ``progress`` how many archives of how many are read."""

    waiting: Callable[[str], None] = _silent
    warning: Callable[[str], None] = _silent
    progress: Callable[[int, int], None] = _silent


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexingResult:
    """What an indexing did, in archives; ``damaged`` has path and reason of each that is not in the index.

    ``digest`` is the sha256 of index.yaml; ``written`` the files that were written or removed, relative to the folder.
    """

    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    unchanged: int = 0
    damaged: Sequence[tuple[str, str]] = ()
    digest: str = ""
    written: Sequence[str] = ()


def index_folder(
    folder: Path,
    *,
    url: str = "",
    merge: Path | None = None,
    form: Form = "json",
    now: datetime,
    epoch_seconds: int | None = None,
    listener: Listener | None = None,
) -> IndexingResult:
    """Write the index of all archives (``*.tgz``) below a folder, and its shards; return what that did.

    ``url`` is put before the archives' paths. ``merge`` is an index whose entries are taken over where the folder has
    no such name and version (one that does not exist is empty). An entry's ``created`` is that of the index which is
    there, for the same name, version and digest; else ``epoch_seconds`` (SOURCE_DATE_EPOCH) where given; else the
    newest time of a file in the archive: so the same archives give the same bytes. Folders that are links are not
    entered, nor are those whose name begins with a dot. Raises RepositoryError where the folder, the merged index or
    the index cannot be read or written, and where two archives have the same name and version and are not the same;
    then nothing is written.
    """
    told = listener or Listener()
    if not folder.is_dir():
        raise RepositoryError(f"{folder}: no folder to index")
    try:
        with _locked(folder, told) as lock:
            return _Indexing(folder, url, merge, form, now, epoch_seconds, told, lock).run()
    except OSError as error:
        where = error.filename or folder
        raise RepositoryError(f"{folder}: cannot be indexed: {where}: {error.strerror or error}") from None


@contextmanager
def _locked(folder: Path, told: Listener) -> Iterator[int]:
    """Hold the folder's lock; it goes with the process, however that ends."""
    lock = os.open(folder / LOCK, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told.waiting(f"{folder}: another process is indexing it; waiting until that is done")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


@dataclass(slots=True)
class _Indexing:
    """One run, under the lock."""

    folder: Path
    url: str
    merge: Path | None
    form: Form
    now: datetime
    epoch_seconds: int | None
    told: Listener
    lock: int
    written: list[str] = field(default_factory=list)

    def run(self) -> IndexingResult:
        urls = Urls(self.url)
        merged: bytes | None = None
        if self.merge is not None and self.merge.exists():
            merged = _read_index_file(self.merge)
        elif self.merge is not None:
            self.told.warning(f"{self.merge}: there is no such index, so nothing is merged")
        digest = hashlib.sha256(merged).hexdigest() if merged is not None else ""
        made_of = {"url": self.url, "form": self.form, "merge": digest}
        there = scan(self.folder)
        for path in there.leftovers:
            (self.folder / path).unlink(missing_ok=True)
        before = read_summary(self.folder) or Summary()
        mark = _mark(self.folder / INDEX)
        is_written = before.made_of == made_of and before.written == {**({INDEX: mark} if mark else {}), **there.shards}
        if is_written and not there.damaged and before.scanned == scanned(there.archives):
            return IndexingResult(unchanged=before.count, digest=before.digest)
        cached = read_archives(self.folder)
        archives, previous, damaged = self._archives(there, cached)
        present = {(each.name, each.version, each.digest) for each in archives.values()}
        result = IndexingResult(
            added=sorted(f"{name} {version}" for name, version, _ in present - previous.keys()),
            removed=sorted(f"{name} {version}" for name, version, _ in previous.keys() - present),
            unchanged=len(present & previous.keys()),
            damaged=sorted([*there.damaged, *damaged]),
        )
        changed = _changed(archives, cached or {})
        after = replace(
            before, scanned=scanned({path: each.mark for path, each in archives.items()}), count=len(present)
        )
        if cached is None or changed or not is_written:
            # what was made of other things is made anew, and what a merged index has: it is not known to be the same
            kept = before.written if before.made_of == made_of else {}
            entries = self._merged(merged)
            charts = charts_of(archives, entries, urls, self.told.warning)
            marks = self._write_shards(charts, there.shards, kept, changed | set(entries))
            text = index_text(charts, self.form)
            marks[INDEX] = self._put(INDEX, text)
            marks[SHARD_SUMMARY] = self._put(SHARD_SUMMARY, shard_summary(text))
            self._remove_shards(there.shards.keys() - marks.keys(), kept)
            after = replace(after, written=marks, made_of=made_of, digest=hashlib.sha256(text).hexdigest())
        if after != before or archives != cached:
            write_cache(self.folder, after, archives)
        return replace(result, digest=after.digest, written=self.written)

    def _merged(self, data: bytes | None) -> Mapping[str, Sequence[IndexEntry]]:
        """Return the entries of the index to be merged."""
        if data is None:
            return {}
        index = read_index(data, source=str(self.merge))
        for each in index.warnings:
            self.told.warning(each)
        return index.entries

    def _archives(
        self, there: Scan, cached: Mapping[str, Known] | None
    ) -> tuple[dict[str, Known], dict[_Key, str], list[tuple[str, str]]]:
        """Return the usable archives, when each version of before was created, and the archives that are of no use."""
        known = cached or {}
        examined, damaged = self._examined(there, known)
        previous = self._previous(cached, bool(examined))
        archives: dict[str, Known] = {}
        for path in sorted(there.archives):
            if path in examined:
                archives[path] = self._known(examined[path], previous)
            elif path in known:
                archives[path] = known[path]
        return archives, previous, damaged

    def _examined(self, there: Scan, cached: Mapping[str, Known]) -> tuple[dict[str, Examined], list[tuple[str, str]]]:
        """Return what was read of the archives that are not known, and those that are of no use."""
        paths = sorted(path for path, mark in there.archives.items() if path not in cached or cached[path].mark != mark)
        examined: dict[str, Examined] = {}
        damaged: list[tuple[str, str]] = []
        if not paths:
            return examined, damaged
        from helmlite.repo.examining import examine_all  # most runs read nothing, and need no reader

        for path, each in examine_all(self.folder, paths, progress=self.told.progress, close=self.lock):
            if isinstance(each, str):
                damaged.append((path, each))
                there.archives.pop(path)
            else:
                examined[path] = each
        return examined, damaged

    def _previous(self, cached: Mapping[str, Known] | None, is_needed: bool) -> dict[_Key, str]:
        """Return when each version of the last run was created; without a cache the index that is there says it."""
        if cached is not None:
            return {(each.name, each.version, each.digest): each.created for each in cached.values()}
        path = self.folder / INDEX
        if not is_needed or not path.exists():
            return {}
        try:
            index = read_index(_read_index_file(path), source=str(path))
        except RepositoryError as error:
            self.told.warning(f"{error.message}; it is made anew")
            return {}
        return {
            (each.name, each.version, each.digest): each.created
            for entries in index.entries.values()
            for each in entries
        }

    def _known(self, each: Examined, previous: Mapping[_Key, str]) -> Known:
        created = previous.get((each.name, each.version, each.digest), "")
        if not is_time(created):
            seconds = each.newest if self.epoch_seconds is None else self.epoch_seconds
            created = f"{datetime.fromtimestamp(min(max(seconds, 0), _LATEST), UTC):%Y-%m-%dT%H:%M:%SZ}"
        young = max(*each.mark[:2]) > self.now.timestamp() * 10**9 - UNSETTLED_NANOSECONDS
        mark = UNSETTLED if young else each.mark
        return Known(mark, each.digest, created, each.name, each.version, each.mark[2], each.fields)

    def _write_shards(
        self,
        charts: Mapping[str, Sequence[Line]],
        there: Mapping[str, Mark],
        kept: Mapping[str, Mark],
        stale: set[str],
    ) -> dict[str, Mark]:
        """Write the shards that are not as they should be; return the marks of all."""
        if SHARD_SUMMARY in there and not self._begins(SHARD_SUMMARY, SUMMARY_START):
            raise _not_ours(self.folder / SHARD_SUMMARY, "this is no summary of shards, and the index")
        paths = {name: path for name in charts if (path := shard_path(name))}
        for name, path in paths.items():
            if path in there and kept.get(path) != there[path] and not self._begins(path, shard_head(name)):
                raise _not_ours(self.folder / path, f"this is no shard of an index, and chart {name}")
        if paths:
            self._make_shard_folder()
        marks = {}
        for name, path in paths.items():
            mark = there.get(path)
            is_good = mark is not None and kept.get(path) == mark and name not in stale
            marks[path] = mark if mark is not None and is_good else self._put(path, shard_text(name, charts[name]))
        return marks

    def _make_shard_folder(self) -> None:
        folder = self.folder / SHARD_FOLDER
        with suppress(FileExistsError):
            folder.mkdir()
        if folder.is_symlink() or not folder.is_dir():
            raise RepositoryError(f"{folder}: this is no folder, and the shards of the index need one of that name")

    def _remove_shards(self, paths: set[str], kept: Mapping[str, Mark]) -> None:
        """Remove shards of charts that are gone; other files stay."""
        for path in sorted(paths):
            name = path.removeprefix(f"{SHARD_FOLDER}/").removesuffix(".json")
            if path in kept or self._begins(path, shard_head(name)):
                (self.folder / path).unlink(missing_ok=True)
                self.written.append(path)

    def _begins(self, path: str, text: str) -> bool:
        """Return whether a file is one of ours, by how it begins; an empty one is what a loss of power leaves of it."""
        head = text.encode()
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with suppress(OSError), os.fdopen(os.open(self.folder / path, flags), "rb") as file:
            return file.read(len(head)) in (head, b"")
        return False

    def _put(self, path: str, text: bytes) -> Mark:
        """Put a file in place where it is not there with these bytes; return its mark."""
        place = self.folder / path
        limit = LIMIT_INDEX_BYTES if path == INDEX else LIMIT_SHARD_BYTES
        if len(text) > limit:
            raise RepositoryError(
                f"{place}: it would be larger than {limit >> 20} MiB, more than any helmlite takes",
                hint="part the archives into several folders",
            )
        mark = _mark(place)
        if mark is None or mark[2] != len(text) or place.is_symlink() or place.read_bytes() != text:
            write_whole(place, text, mode=0o644)
            self.written.append(path)
            mark = self._dated_after(place, mark)
        return mark

    def _dated_after(self, place: Path, before: Mark | None) -> Mark:
        """Return the mark of a file that was written, in a later second than the one that it replaced.

        Servers that have no ETags tell versions apart by whole seconds.
        """
        mark = mark_of(place.lstat())
        if before is not None and mark[0] // _SECOND <= before[0] // _SECOND:
            later = (before[0] // _SECOND + 1) * _SECOND
            os.utime(place, ns=(later, later))
            mark = mark_of(place.lstat())
        return mark


def _not_ours(path: Path, what: str) -> RepositoryError:
    return RepositoryError(f"{path}: {what} needs a file of that name", hint="move it to another folder")


_SECOND = 10**9
_Key = tuple[str, str, str]


def _mark(path: Path) -> Mark | None:
    try:
        return mark_of(path.lstat())
    except FileNotFoundError:
        return None


def _changed(archives: Mapping[str, Known], before: Mapping[str, Known]) -> set[str]:
    """Return the names of charts that have other archives than before, or other ones of the same path."""
    changed: set[str] = set()
    for path in archives.keys() | before.keys():
        old, new = before.get(path), archives.get(path)
        if old is None or new is None or not _is_same(new, old):
            changed |= {each.name for each in (old, new) if each is not None}  # a file may be of another chart now
    return changed


def _is_same(each: Known, before: Known) -> bool:
    return each is before or each._replace(mark=before.mark) == before


def _read_index_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT_INDEX_BYTES + 1)
    except OSError as error:
        raise RepositoryError(f"{path}: cannot be read: {error.strerror or error}") from None
