"""What is in a folder that is to be indexed, by names and marks alone; no file is read."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from helmlite.chart.names import is_unfit
from helmlite.errors import RepositoryError
from helmlite.files import meant_for
from helmlite.repo.index import SHARD_SUMMARY

SHARD_FOLDER = "charts"
INDEX = "index.yaml"
CACHE = ".helmlite-index.json"
OWN_FILES = (INDEX, SHARD_SUMMARY, CACHE)
LIMIT_DEPTH = 100

Mark: TypeAlias = tuple[int, int, int, int]
"""By what a file is known to be the same as before: times of change (of content, of all) in nanoseconds, size, inode.

A plain tuple, for ten thousand are made in a run that changes nothing.
"""


def mark_of(found: os.stat_result) -> Mark:
    """Return the mark of a file's status."""
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


@dataclass(frozen=True, slots=True)
class Scan:
    """What is in a folder.

    ``archives`` and ``shards`` have marks by path; ``damaged`` path and reason of archives that cannot be read;
    ``leftovers`` the paths of files that a killed process left aside.
    """

    archives: dict[str, Mark] = field(default_factory=dict)
    shards: dict[str, Mark] = field(default_factory=dict)
    damaged: list[tuple[str, str]] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)


def scan(folder: Path) -> Scan:
    """Return what is in a folder and those below it, paths relative to it.

    What begins with a dot is passed over, and folders that are links are not entered. Raises OSError, and
    RepositoryError for folders nested too deep.
    """
    found = Scan()
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        if prefix.count("/") > LIMIT_DEPTH:
            raise RepositoryError(f"{folder}: its folders are nested more than {LIMIT_DEPTH} deep")
        with os.scandir(folder / prefix) as entries:
            for each in entries:
                name = each.name
                path = prefix + name
                if name.startswith("."):
                    if _is_leftover(each, prefix):
                        found.leftovers.append(path)
                elif each.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
                elif name.endswith(".tgz"):
                    _note_archive(each, path, found)
                elif (name.endswith(".json") and prefix == f"{SHARD_FOLDER}/") or path == SHARD_SUMMARY:
                    found.shards[path] = mark_of(each.stat(follow_symlinks=False))
    return found


def _is_leftover(entry: os.DirEntry[str], prefix: str) -> bool:
    """Return whether a file is one that the indexing of this folder left when it was killed.

    Packages and what else is written beside them are others', who may be at it right now.
    """
    meant = meant_for(entry.name)
    is_ours = meant.endswith(".json") if prefix == f"{SHARD_FOLDER}/" else not prefix and meant in OWN_FILES
    return is_ours and entry.is_file(follow_symlinks=False)


def _note_archive(entry: os.DirEntry[str], path: str, found: Scan) -> None:
    try:
        facts = entry.stat()
    except OSError as error:
        found.damaged.append((path, f"cannot be read: {error.strerror}"))
        return
    if not path.isprintable() and is_unfit(path):
        found.damaged.append((path, "its path has control characters, or is no UTF-8 text"))
    elif stat.S_ISREG(facts.st_mode):
        found.archives[path] = mark_of(facts)
