"""Results as files: there in full or not at all."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from helmlite.errors import HelmliteError

T = TypeVar("T")

_TRIES = 1000


def save_file(path: Path, data: bytes) -> None:
    """Write a file, in the place of one that may be there, with the modes of any new file; raises HelmliteError.

    Its folder is made where it is missing. Until all is written, what was there before is there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, written = beside(path, lambda each: os.open(each, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            written.replace(path)
        except BaseException:
            with suppress(OSError):
                written.unlink()
            raise
    except OSError as error:
        raise HelmliteError(f"{path}: cannot be written: {error.strerror or error}") from None


def beside(path: Path, make: Callable[[Path], T]) -> tuple[T, Path]:
    """Return what ``make`` gives for a free name beside a path, and that name; raises OSError.

    ``make`` raises FileExistsError for a name that is taken. The name begins with a dot, so that nobody takes what is
    half written for what is asked for.
    """
    for number in itertools.count():
        name = path.with_name(f".new-{number}-{path.name[:50]}")
        try:
            return make(name), name
        except FileExistsError:
            if number == _TRIES:
                raise
    raise AssertionError
