"""``charts/`` and the lock of a chart directory, changed as one: a dead process leaves the old ones or the new ones.

What shall stand in ``charts/`` is put together in a folder beside it, with what stays as hard links, and takes its
place by one exchange of names; the lock follows. So no moment shows half a folder. What a dead process left is in one
folder of a name that loading passes over, and the next change removes it.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from helmlite.chart.ignore import LEFTOVERS
from helmlite.chart.names import is_unfit
from helmlite.errors import ChartError

FOLDER = "charts"
_OUTGOING = "outgoing"
_EXCHANGE = 2
"""The flag of Linux's renameat2 and of macOS's renamex_np that exchanges two names."""
_AT_FDCWD = -100
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A packed dependency as it shall stand in ``charts/``: ``content`` gives bytes that have this sha256 (in hex)."""

    name: str
    version: str
    sha256: str
    content: Callable[[], bytes] = field(repr=False)

    @property
    def file_name(self) -> str:
        """Return the archive's name in ``charts/``, as Helm has it."""
        return f"{self.name}-{self.version}.tgz"

    def checked_content(self) -> bytes:
        """Return the bytes; raises ChartError where they are other ones by now."""
        data = self.content()
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ChartError(
                f"{self.file_name}: the archive changed after it was checked: it had sha256 {self.sha256}, "
                f"now it has {found}"
            )
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendored:
    """What was changed in ``charts/``: names of archives, sorted."""

    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    unchanged: Sequence[str] = ()
    wrote_lock: bool = False


def check_plain(name: str, *, source: str) -> None:
    """Raise ChartError for a name that no file in ``charts/`` can begin with, or none that is loaded."""
    if not name or "/" in name or "\\" in name or name.startswith((".", "_")) or is_unfit(name) or len(name) > 200:
        raise ChartError(
            f"{source}: {name[:80]!r} cannot be the name of a dependency: its archive is called after it",
            hint=f"in {FOLDER}/, names that begin with a dot or an underscore are passed over",
        )


def packed_in(folder: Path) -> list[Path]:
    """Return the archives that stand in ``charts/`` of a chart directory, sorted; raises ChartError."""
    try:
        with os.scandir(folder / FOLDER) as found:
            return sorted(Path(each.path) for each in found if each.name.endswith(".tgz") and each.is_file())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ChartError(f"{folder / FOLDER}: cannot be read: {error.strerror}") from None


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits, empty where there is none that can be read."""
    try:
        # a chart may come with a link to anything: not to wait for a pipe, nor read a device that has no end
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return ""
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def change_vendored(
    folder: Path,
    *,
    archives: Sequence[Archive],
    is_obsolete: Callable[[Path], bool],
    lock: tuple[str, str] | None,
) -> Vendored:
    """Put archives into ``charts/``, remove the obsolete ones of those there, write the lock (name and text, or none).

    Folders and other files in ``charts/`` stay. Nothing is written where nothing would change. Raises ChartError, with
    nothing changed.
    """
    try:
        return _Change(folder.resolve(strict=True), archives, is_obsolete, lock).made()
    except OSError as error:
        name = f" ({error.filename})" if error.filename else ""
        raise ChartError(f"{folder}: {FOLDER}/ cannot be changed{name}: {error.strerror or error}") from None


class _Change:
    """One change of one chart directory."""

    def __init__(
        self,
        root: Path,
        archives: Sequence[Archive],
        is_obsolete: Callable[[Path], bool],
        lock: tuple[str, str] | None,
    ) -> None:
        self._root, self._charts, self._stage = root, root / FOLDER, root / LEFTOVERS
        for each in archives:
            check_plain(each.file_name, source=str(root))
        self._archives = {each.file_name: each for each in archives}
        self._is_obsolete = is_obsolete
        self._lock = lock

    def made(self) -> Vendored:
        with _alone(self._root):
            self._mend()
            self._check_places()
            same = {name for name, each in self._archives.items() if file_sha256(self._charts / name) == each.sha256}
            others = [each for each in packed_in(self._root) if each.name not in self._archives]
            removed = {each.name for each in others if self._is_obsolete(each)}
            added = set(self._archives) - same
            lock_differs = self._lock is not None and not _says(self._root / self._lock[0], self._lock[1])
            if added or removed or lock_differs:
                self._write(added, added | removed, write_lock=lock_differs)
            return Vendored(
                added=tuple(sorted(added)),
                removed=tuple(sorted(removed)),
                unchanged=tuple(sorted(same)),
                wrote_lock=lock_differs,
            )

    def _check_places(self) -> None:
        if self._charts.is_symlink():
            raise ChartError(f"{self._charts}: it is a link", hint=f"{FOLDER}/ is changed as a whole: make it a folder")
        if self._charts.exists() and not self._charts.is_dir():
            raise ChartError(f"{self._charts}: it is no folder")
        if self._lock is not None and (self._root / self._lock[0]).is_symlink():
            raise ChartError(f"{self._root / self._lock[0]}: it is a link, which is not written to")

    def _write(self, added: Collection[str], left_out: Collection[str], *, write_lock: bool) -> None:
        self._stage.mkdir(mode=0o700)
        try:
            incoming = self._stage / FOLDER
            if left_out:
                self._copy_kept(incoming, left_out)
                for name in sorted(added):
                    _write_file(incoming / name, self._archives[name].checked_content())
                _sync_folder(incoming)
            if write_lock and self._lock is not None:
                _write_file(self._stage / self._lock[0], self._lock[1].encode("utf-8"))
            was_there = self._charts.exists()
            if left_out:
                self._swap(incoming)
            if write_lock and self._lock is not None:
                try:
                    (self._stage / self._lock[0]).replace(self._root / self._lock[0])
                except OSError:
                    if left_out:
                        self._swap(incoming) if was_there else self._charts.rename(incoming)
                    raise
            _sync_folder(self._root)
        finally:
            self._mend()

    def _copy_kept(self, incoming: Path, left_out: Collection[str]) -> None:
        if not self._charts.exists():
            incoming.mkdir()
            return
        device = self._charts.stat().st_dev

        def link(source: str, target: str) -> None:
            _link(source, target, device)

        def ignore(folder: str, names: list[str]) -> Collection[str]:
            return [each for each in names if each in left_out] if Path(folder) == self._charts else ()

        try:
            shutil.copytree(self._charts, incoming, symlinks=True, copy_function=link, ignore=ignore)
        except shutil.Error as error:
            source, _, reason = error.args[0][0]
            raise ChartError(f"{source}: cannot be kept: {reason}") from None

    def _swap(self, incoming: Path) -> None:
        """Give ``charts/`` what is incoming, and the other way round where there was something."""
        if not self._charts.exists():
            incoming.rename(self._charts)
        elif not _exchanged(incoming, self._charts):
            # in steps: what is dead between the first two leaves no charts/, which mending puts back
            self._charts.rename(self._stage / _OUTGOING)
            incoming.rename(self._charts)
            (self._stage / _OUTGOING).rename(incoming)

    def _mend(self) -> None:
        """Remove what a change left, having put back what was to be replaced if nothing took its place."""
        if not self._stage.is_dir() or self._stage.is_symlink():
            return
        outgoing = self._stage / _OUTGOING
        if outgoing.is_dir() and not self._charts.exists():
            outgoing.rename(self._charts)
        for place, _, _ in os.walk(self._stage):
            if not Path(place).stat().st_mode & stat.S_IWUSR:
                Path(place).chmod(0o700)
        shutil.rmtree(self._stage)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the chart directory for one change; what holds it longer than a moment is stopped, not dead."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _says(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode("utf-8")
    except OSError:
        return False


def _write_file(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _link(source: str, target: str, device: int) -> None:
    facts = os.lstat(source)
    if facts.st_dev != device:
        # it would be copied, and the original be removed with the old folder
        raise OSError(errno.EXDEV, "it is on another file system", source)
    if not (stat.S_ISREG(facts.st_mode) or stat.S_ISLNK(facts.st_mode)):
        raise OSError(errno.EINVAL, "it is neither file, folder nor link", source)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def _exchanged(first: Path, second: Path) -> bool:
    """Exchange two names in one step; return whether the system and its file system can."""
    libc = ctypes.CDLL(None, use_errno=True)
    one, two = os.fsencode(first), os.fsencode(second)
    try:
        if sys.platform == "darwin":
            failed = libc.renamex_np(one, two, ctypes.c_uint(_EXCHANGE))
        else:
            failed = libc.renameat2(_AT_FDCWD, one, _AT_FDCWD, two, ctypes.c_uint(_EXCHANGE))
    except AttributeError:  # a C library without it
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(number, os.strerror(number), str(second))
