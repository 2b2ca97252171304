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
import re
import sys
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from helmlite import __version__
from helmlite.kept import KeptFiles

ENDING = ".j2c"
MAGIC = b"helmlite: a compiled template\n"
MAX_FILE_BYTES = 4 << 20
"""Larger code is not kept: one chart shall not push out all others."""
MAX_FILES = 5_000
MAX_BYTES = 64 << 20

_DIGEST_BYTES = hashlib.sha256().digest_size
_HEAD_BYTES = len(MAGIC) + _DIGEST_BYTES
_NAMES = rf"[0-9a-f]{{64}}{re.escape(ENDING)}"
_MADE_WITH = ("engine", "documents")
"""The rooms whose code decides what a template is compiled to."""


class CompiledTemplates(BytecodeCache):
    """Jinja2's cache of compiled templates in a folder, which is made when there is something to keep.

    Any number of processes may use the folder at once. It holds about MAX_FILES files and MAX_BYTES bytes; those that
    were not used for the longest time go first. No fault of the disk is raised: the template is compiled then.
    """

    def __init__(self, folder: Path) -> None:
        self._files = KeptFiles(folder, names=_NAMES, limit_files=MAX_FILES, limit_bytes=MAX_BYTES)

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
            data = self._files.read(bucket.key + ENDING, MAX_FILE_BYTES)
            bucket.code = _code(bucket.key, data) if data is not None else None

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a bucket's code where that is possible."""
        code = marshal.dumps(bucket.code)
        content = MAGIC + _digest(bucket.key.encode(), code) + code
        if not bucket.key or len(content) > MAX_FILE_BYTES:
            return
        with suppress(OSError):
            self._files.write(bucket.key + ENDING, content)


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


def _code(key: str, data: bytes) -> CodeType | None:
    content = memoryview(data)
    code = content[_HEAD_BYTES:]
    # marshal may crash on what is damaged
    if content[:_HEAD_BYTES] != MAGIC + _digest(key.encode(), code):
        return None
    loaded = marshal.loads(code)  # noqa: S302 - written by the user, as the owner, the folder's and the file's modes say
    return loaded if isinstance(loaded, CodeType) else None
