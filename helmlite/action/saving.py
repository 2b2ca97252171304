"""Results as files: there in full or not at all."""

from __future__ import annotations

from pathlib import Path

from helmlite.errors import HelmliteError
from helmlite.files import write_whole


def save_file(path: Path, data: bytes) -> None:
    """Write a file, in the place of one that may be there, with the modes of any new file; raises HelmliteError.

    Its folder is made where it is missing. Until all is written, what was there before is there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except (FileExistsError, NotADirectoryError):
        raise HelmliteError(f"{path}: cannot be written: {path.parent} is no folder") from None
    except OSError as error:
        raise HelmliteError(f"{path}: cannot be written: {error.strerror or error}") from None
