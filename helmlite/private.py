"""Folders and files of the user's own, which nobody else may write to: only such are believed."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for its user alone; raises OSError."""
    missing = [folder]
    while not missing[-1].exists():
        missing.append(missing[-1].parent)
    nearest = missing.pop()
    if missing and os.geteuid() == 0 != nearest.stat().st_uid:
        raise PermissionError  # by sudo: the user could not use what root makes in the user's home
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def is_own(found: os.stat_result) -> bool:
    """Return whether a file or folder is the user's own, and nobody else may write to it."""
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
