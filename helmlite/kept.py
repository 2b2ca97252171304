"""Files that can be had again, kept in a folder of the user's own: what was fetched, templates that were compiled.

Any number of processes may use the folder at once: files appear in it under their names when all is written, though
not safe from a loss of power, so that whoever reads one checks it. The folder is believed only while it is the user's
own and nobody else may write there. What was not used for the longest time goes first.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from helmlite.private import is_own, make_private_folder

_TEMPORARY = "new-"
_KEPT = 0.75
"""What is left of the bounds by a clean-up, so that the next one is not due at once."""
_DEAD_NS = 24 * 3600 * 10**9
"""Age at which the file of a writer counts as left behind."""


class KeptFiles:
    """The files of one folder, which is made when there is something to keep; every method raises OSError.

    It holds at most ``limit_files`` files and ``limit_bytes`` bytes, give or take what other processes write.
    """

    def __init__(self, folder: Path, *, names: str, limit_files: int, limit_bytes: int) -> None:
        self.folder = folder
        self._names = re.compile(rf"(?:{names})|{_TEMPORARY}[a-zA-Z0-9_]+")
        self._limit_files, self._limit_bytes = limit_files, limit_bytes
        self._held: tuple[int, int] | None = None

    def read(self, name: str, limit_bytes: int) -> bytes | None:
        """Return a file's bytes; None where there is none that can be believed."""
        self._check()
        try:
            # not to wait for whoever should write to a pipe of that name
            handle = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not (stat.S_ISREG(found.st_mode) and is_own(found) and found.st_size <= limit_bytes):
                return None
            return file.read(found.st_size)  # a read of the limit would take as much memory

    @contextmanager
    def staged(self) -> Iterator[tuple[BinaryIO, Path]]:
        """Yield a new file that only the caller knows, and its path; it is gone afterwards unless it was kept."""
        self.make()
        handle, path = tempfile.mkstemp(dir=self.folder, prefix=_TEMPORARY)  # 0600
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file, Path(path)
        finally:
            Path(path).unlink(missing_ok=True)

    def keep(self, staged: tuple[BinaryIO, Path], name: str) -> Path:
        """Give a staged file its name, in place of what bore it; return its path."""
        file, path = staged
        file.flush()
        self._make_room(os.fstat(file.fileno()).st_size)
        target = self.folder / name
        path.replace(target)
        return target

    def write(self, name: str, data: bytes) -> Path:
        """Keep bytes under a name; return the file's path."""
        with self.staged() as staged:
            staged[0].write(data)
            return self.keep(staged, name)

    def drop(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def _check(self) -> None:
        if not is_own(self.folder.stat(follow_symlinks=False)):
            raise PermissionError

    def make(self) -> None:
        """Make the folder unless it is there."""
        make_private_folder(self.folder)
        self._check()

    def _make_room(self, size: int) -> None:
        """Remove what was not used for the longest time where one more file would pass a bound.

        The folder is looked through once by a process that writes, and by no other.
        """
        if self._held is None:
            found = self._listed()
            self._held = len(found), sum(each[1] for each in found)
        count, total = self._held
        if count >= self._limit_files or total + size > self._limit_bytes:
            count, total = self._pruned()
        self._held = count + 1, total + size

    def _pruned(self) -> tuple[int, int]:
        found = self._listed()
        count, total = len(found), sum(each[1] for each in found)
        for _, held, name in found:
            if count <= self._limit_files * _KEPT and total <= self._limit_bytes * _KEPT:
                break
            with suppress(OSError):
                self.drop(name)
            count, total = count - 1, total - held
        return count, total

    def _listed(self) -> list[tuple[int, int, str]]:
        """Return time of last use, size and name of our files, the oldest first; none that is being written."""
        found = []
        now = self.folder.stat().st_mtime_ns  # of the newest file: the clock of the file system
        with os.scandir(self.folder) as entries:
            for each in entries:
                if self._names.fullmatch(each.name):
                    with suppress(OSError):
                        facts = each.stat(follow_symlinks=False)
                        # the kernel notes reading, to the day at least, but for file systems that are told not to
                        used = max(facts.st_atime_ns, facts.st_mtime_ns)
                        if each.name.startswith(_TEMPORARY) and now - used < _DEAD_NS:
                            continue
                        found.append((used, facts.st_size, each.name))
        return sorted(found)
