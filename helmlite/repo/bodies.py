"""Bodies of answers: where they go, and how they are unpacked within bounds."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

_CHUNK = 64 << 10


class TooLargeError(Exception):
    """A body has more bytes than it may."""


class Body(Protocol):
    """Where the bytes of a body go; ``size`` is how many are there."""

    size: int

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        ...

    def restart(self) -> None:
        """Forget all that came."""
        ...


class MemoryBody:
    """A body in memory."""

    def __init__(self) -> None:
        self._file = io.BytesIO()
        self.size = 0

    @property
    def content(self) -> bytes:
        """Return all that came."""
        return self._file.getvalue()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._file.write(data)
        self.size += len(data)

    def restart(self) -> None:
        """Forget all that came."""
        self._file, self.size = io.BytesIO(), 0


class FileBody:
    """A body in a file that is open for writing, from its beginning."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def write(self, data: bytes) -> None:
        """Write the next bytes."""
        self._file.write(data)
        self.size += len(data)

    def restart(self) -> None:
        """Empty the file."""
        self._file.seek(0)
        self._file.truncate()
        self.size = 0


class Gunzip:
    """Unpacks gzip piece by piece, so that a bomb is never expanded; raises zlib.error for what is damaged."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Yield what the next packed bytes unpack to, none of it larger than 64 KiB."""
        while packed:
            made = self._inflate.decompress(packed, _CHUNK)
            if made:
                yield made
            if self._inflate.eof:
                packed = self._inflate.unused_data
                if packed.startswith(b"\x1f\x8b"):
                    self._inflate = zlib.decompressobj(wbits=31)
                    continue
                if packed:
                    raise zlib.error("more follows the end")
                return
            packed = self._inflate.unconsumed_tail
            if not packed and not made:
                return

    @property
    def is_whole(self) -> bool:
        """Return whether the packed bytes ended where they should."""
        return self._inflate.eof
