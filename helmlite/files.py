"""Files that are written whole or not at all, and changed by one process at a time."""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from helmlite.errors import RepositoryError

T = TypeVar("T")

_PREFIX = ".helmlite-"
_ENDING = ".tmp"
_BESIDE = re.compile(rf"{re.escape(_PREFIX)}\d+-(.+){re.escape(_ENDING)}", re.DOTALL)
_TRIES = 1000
LOCK_SECONDS = 30.0
"""How long Helm waits for the lock of its repositories file, too."""
_PAUSE_SECONDS = 0.05


def write_whole(path: Path, data: bytes, *, mode: int | None = None) -> Sequence[int]:
    """Put a file in place with these bytes; return its mark. Whoever reads sees the old file or the new one.

    Without ``mode`` it has that of any new file. A link at ``path`` is replaced. A process that is killed leaves at
    most a file beside it that ``meant_for`` knows. Raises OSError.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    handle, made = _beside(path, lambda each: os.open(each, flags, 0o666 if mode is None else 0o600))
    try:
        with os.fdopen(handle, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            facts = os.fstat(file.fileno())
        made.replace(path)
        return (facts.st_size, facts.st_mtime_ns, facts.st_ino)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def mark_of(path: Path) -> Sequence[int]:
    """Return what tells a file from another that is written there later; nothing where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return ()
    return (facts.st_size, facts.st_mtime_ns, facts.st_ino)


def replace_file(path: Path, data: bytes, *, mode: int = 0o600) -> Sequence[int]:
    """Write a file as ``write_whole`` does, in a folder that is made where it is missing; return its mark.

    A link at ``path`` stays one: what it leads to is replaced. Raises OSError.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(target, data, mode=mode)


def write_folder(folder: Path, files: Iterable[tuple[str, bytes]], *, folders: Iterable[str] = ()) -> None:
    """Put a folder in place with these files (path and bytes) and empty folders; raises OSError.

    It is there in full or not at all. One that is there and not empty stays, and is such an error. The folder that it
    is in is made where it is missing.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _, made = _beside(folder, os.mkdir)
    try:
        for name, data in files:
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        for name in folders:
            (made / name).mkdir()
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _beside(path: Path, make: Callable[[Path], T]) -> tuple[T, Path]:
    """Return what ``make`` gives for a free name beside a path, and that name; raises OSError.

    ``make`` raises FileExistsError for a name that is taken. The name begins with a dot, so that nobody takes what is
    half written for what is asked for.
    """
    for number in itertools.count():
        name = path.with_name(f"{_PREFIX}{number}-{path.name[-50:]}{_ENDING}")
        try:
            return make(name), name
        except FileExistsError:
            if number == _TRIES:
                raise
    raise AssertionError


def meant_for(name: str) -> str:
    """Return the name, or its end, of the file that one of this name was to become; empty where it is none of ours."""
    found = _BESIDE.fullmatch(name)
    return found[1] if found else ""


@contextmanager
def locked(path: Path, *, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> Iterator[None]:
    """Hold the lock file at ``path``, which other processes (Helm too) wait for; raises RepositoryError after 30 s."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RepositoryError(f"{path}: cannot be locked: {error.strerror}") from None
    try:
        until = monotonic() + LOCK_SECONDS
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if monotonic() >= until:
                raise RepositoryError(
                    f"{path}: another process holds the lock since more than {LOCK_SECONDS:.0f} seconds",
                    hint="wait for the other helm or helmlite, or end it",
                )
            sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(handle)
