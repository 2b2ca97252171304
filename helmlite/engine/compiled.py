"""Compiled templates in the user's cache folder, so that what was compiled once is not compiled again.

A file holds the code of one template and is named by the hash of all that the code is made from: it never is out of
date, only out of use. Marshalled code is code: the folder and a file in it are believed only while they are the user's
own and nobody else may write there. What is missing, cut, damaged or forbidden is compiled again, without a word.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import marshal
import os
import re
import stat
import sys
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from helmlite import __version__
from helmlite.private import is_own, make_private_folder

ENDING = ".j2c"
MAGIC = b"helmlite: a compiled template\n"
MAX_FILE_BYTES = 4 << 20
"""Larger code is not kept: one chart shall not push out all others."""
MAX_FILES = 5_000
MAX_BYTES = 64 << 20
KEPT = 0.75
"""What is left of the two bounds above by a clean-up, so that the next one is not due at once."""

_DIGEST_BYTES = hashlib.sha256().digest_size
_HEAD_BYTES = len(MAGIC) + _DIGEST_BYTES
_TEMPORARY = "new-"
_NAMES = re.compile(rf"[0-9a-f]{{64}}{re.escape(ENDING)}|{_TEMPORARY}[a-z0-9_]+")
_MADE_WITH = ("engine", "documents")
"""The rooms whose code decides what a template is compiled to."""


class CompiledTemplates(BytecodeCache):
    """Jinja2's cache of compiled templates in a folder, which is made when there is something to keep.

    Any number of processes may use the folder at once. It holds about MAX_FILES files and MAX_BYTES bytes; those that
    were not used for the longest time go first. No fault of the disk is raised: the template is compiled then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: tuple[int, int] | None = None
        self._opened: int | None = None

    def get_bucket(self, environment: Any, name: str, filename: str | None, source: str) -> Bucket:  # noqa: ARG002 - Jinja2's protocol
        """Return the place of one template, with its code if there is any (Jinja2's protocol)."""
        key = ""
        with suppress(OSError):
            # what traces is other code
            variant = b"traced" if getattr(environment, "is_traced", False) else b""
            key = _digest(stamp(), variant, name.encode(), source.encode()).hex()
        bucket = Bucket(environment, key, "")
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a bucket the code that is kept for its key, if that can be believed."""
        with suppress(OSError):
            bucket.code = _read(bucket.key, self._open())

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a bucket's code where that is possible."""
        code = marshal.dumps(bucket.code)
        content = MAGIC + _digest(bucket.key.encode(), code) + code
        if not bucket.key or len(content) > MAX_FILE_BYTES:
            return
        with suppress(OSError):
            self._make()
            self._make_room(self._open(), len(content))
            self._write(bucket.key + ENDING, content)

    def _open(self) -> int:
        """Return the folder opened, once for all templates; raises OSError unless it is the user's own."""
        if self._opened is None:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            weakref.finalize(self, os.close, folder)
            self._opened = folder
        folder = self._opened
        if not is_own(os.fstat(folder)):
            raise PermissionError
        return folder

    def _is_still(self, opened: int) -> bool:
        """Return whether the folder of our name is the one that was opened."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(opened), self._folder.lstat())
        return False

    def _make(self) -> None:
        if self._opened is not None and not self._is_still(self._opened):
            # which is closed with this object: another thread may be reading from it
            self._opened = None
        make_private_folder(self._folder)

    def _write(self, name: str, content: bytes) -> None:
        file, path = tempfile.mkstemp(dir=self._folder, prefix=_TEMPORARY)  # 0600
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(content)
            Path(path).replace(self._folder / name)
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise

    def _make_room(self, folder: int, size: int) -> None:
        """Remove what was not used for the longest time where one more file would pass a bound.

        The folder is looked through once in a run that compiles, and in no other.
        """
        count, total = self._held or _held(folder)
        if count >= MAX_FILES or total + size > MAX_BYTES:
            count, total = _pruned(folder)
        self._held = (count + 1, total + size)


@functools.cache
def stamp() -> bytes:
    """Return a hash of what turns a template's text into code: Python, Jinja2 and helmlite, down to its files.

    The version alone would not tell a checkout from the same one a change later. Raises OSError where helmlite's
    files cannot be read.
    """
    versions = f"{jinja2.__version__} {__version__} {sys.flags.optimize}"
    parts = [importlib.util.MAGIC_NUMBER, versions.encode()]
    root = Path(__file__).parents[1]
    files = sorted(each for room in _MADE_WITH for each in (root / room).rglob("*.py"))
    if not files:
        raise FileNotFoundError
    for path in files:
        parts += [str(path.relative_to(root)).encode(), path.read_bytes()]
    return _digest(*parts)


def _digest(*parts: bytes | memoryview) -> bytes:
    found = hashlib.sha256()
    for each in parts:
        found.update(len(each).to_bytes(8, "big"))
        found.update(each)
    return found.digest()


def _read(key: str, folder: int) -> CodeType | None:
    # not to wait for whoever should write to a pipe of that name
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    file = os.open(key + ENDING, flags, dir_fd=folder)
    try:
        found = os.fstat(file)
        if not (stat.S_ISREG(found.st_mode) and is_own(found) and found.st_size <= MAX_FILE_BYTES):
            return None
        content = memoryview(os.read(file, found.st_size))
    finally:
        os.close(file)
    code = content[_HEAD_BYTES:]
    # marshal may crash on what is damaged
    if content[:_HEAD_BYTES] != MAGIC + _digest(key.encode(), code):
        return None
    loaded = marshal.loads(code)  # noqa: S302 - written by the user, as the owner, the folder's and the file's modes say
    return loaded if isinstance(loaded, CodeType) else None


def _listed(folder: int) -> list[tuple[int, int, str]]:
    """Return time of last use, size and name of our files, the oldest first."""
    found = []
    with os.scandir(folder) as entries:
        for each in entries:
            if _NAMES.fullmatch(each.name):
                with suppress(OSError):
                    facts = each.stat(follow_symlinks=False)
                    # the kernel notes reading, to the day at least, but for file systems that are told not to
                    found.append((max(facts.st_atime_ns, facts.st_mtime_ns), facts.st_size, each.name))
    return sorted(found)


def _held(folder: int) -> tuple[int, int]:
    found = _listed(folder)
    return len(found), sum(size for _, size, _ in found)


def _pruned(folder: int) -> tuple[int, int]:
    found = _listed(folder)
    count, total = len(found), sum(size for _, size, _ in found)
    for _, size, name in found:
        if count <= MAX_FILES * KEPT and total <= MAX_BYTES * KEPT:
            break
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        count, total = count - 1, total - size
    return count, total
