"""Files of the user's own: written whole or not at all, changed by one process at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from helmlite.errors import RepositoryError

LOCK_SECONDS = 30.0
"""How long Helm waits for the lock of its repositories file, too."""
_PAUSE_SECONDS = 0.05


def replace_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put a file in the place of another, which is there in full until then; raises OSError.

    A link at ``path`` stays one: what it leads to is replaced.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(written).replace(target)
    except BaseException:
        Path(written).unlink(missing_ok=True)
        raise


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
