"""Files that are whole at any moment: written aside, then put in place."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PREFIX = ".helmlite-"
ENDING = ".tmp"


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put a file in place with these bytes; whoever reads sees the old file or the new one. Raises OSError.

    A process that is killed leaves at most a file ``.helmlite-*.tmp`` beside it.
    """
    file, made = tempfile.mkstemp(dir=path.parent, prefix=PREFIX, suffix=ENDING)  # 0600
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            os.fsync(stream.fileno())
        Path(made).replace(path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def is_leftover(name: str) -> bool:
    """Return whether a file's name is that of one that a killed process left aside."""
    return name.startswith(PREFIX) and name.endswith(ENDING)
