"""How much one chart may unpack to, its packed subcharts counted in."""

from __future__ import annotations

from helmlite.errors import ChartError

LIMIT_BYTES = 100 << 20
LIMIT_FILES = 10_000
LIMIT_DEPTH = 20
LIMIT_VALUES = 2_000_000
"""YAML values in all files of a chart: what may take some seconds to read."""


class Budget:
    """Counts bytes and files of a chart and all that it holds; one over the limit is a ChartError."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES) -> None:
        self._limit_bytes, self._limit_files = limit_bytes, limit_files
        self._bytes = self._files = self._values = 0

    @property
    def left_bytes(self) -> int:
        """Return how many bytes may still come."""
        return self._limit_bytes - self._bytes

    def spend_bytes(self, size: int, source: str) -> None:
        """Count bytes; raises ChartError naming ``source`` when they are too many."""
        self.check_bytes(size, source)
        self._bytes += size

    def check_bytes(self, size: int, source: str) -> None:
        """Raise ChartError naming ``source`` when so many bytes more would be too many."""
        if size > self.left_bytes:
            raise ChartError(
                f"{source}: the chart is larger than {self._limit_bytes >> 20} MiB unpacked",
                hint="leave out what it does not need with .helmignore",
            )

    def spend_values(self, count: int, source: str) -> None:
        """Count YAML values that were read; raises ChartError naming ``source`` when they are too many."""
        self._values += count
        if self._values > LIMIT_VALUES:
            raise ChartError(f"{source}: the chart's YAML files hold more than {LIMIT_VALUES:,} values")

    def spend_file(self, source: str) -> None:
        """Count one file, folder or link; raises ChartError naming ``source`` when they are too many."""
        self._files += 1
        if self._files > self._limit_files:
            raise ChartError(
                f"{source}: the chart has more than {self._limit_files:,} files",
                hint="leave out what it does not need with .helmignore",
            )
