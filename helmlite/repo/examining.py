"""Archives of charts into what an index says of them; each is read and checked whole."""

from __future__ import annotations

import gc
import hashlib
import io
import json
import math
import os
import stat
import sys
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helmlite import documents
from helmlite.chart.budget import LIMIT_BYTES
from helmlite.chart.loader import load_archive
from helmlite.chart.metadata import ChartMetadata
from helmlite.chart.plain_archive import read_plain
from helmlite.errors import ChartError
from helmlite.repo.scanning import Mark, mark_of

PARALLEL_FROM = 400
"""From so many archives on a second process pays."""
PROCESSES = 4
_QUICK_BYTES = 1 << 20
_QUICK_VALUES = 20_000
_BOM = b"\xef\xbb\xbf"
_NOT_QUICK = ("charts/", "Chart.lock", "requirements.")


@dataclass(frozen=True, slots=True)
class Examined:
    """What one archive holds; ``fields`` is the JSON text of its metadata, without the last brace.

    ``newest`` is the newest time of a file in it, in seconds (Unix); ``mark`` that of the file that was read.
    """

    mark: Mark
    digest: str
    name: str
    version: str
    newest: int
    fields: str


def examine(path: str, *, source: str) -> Examined:
    """Return what an archive holds; raises ChartError naming ``source`` for what is damaged, or no chart."""
    mark, data = _read(path, source)
    metadata, newest = _quick(data, source) or (load_archive(data, source=source).metadata, _newest(data))
    return Examined(
        mark=mark,
        digest=hashlib.sha256(data).hexdigest(),
        name=metadata.name,
        version=metadata.version,
        newest=newest,
        fields=documents.write_bulk(metadata.to_data())[:-1],
    )


def examine_all(
    folder: Path, paths: Sequence[str], *, progress: Callable[[int, int], None], close: int
) -> Iterator[tuple[str, Examined | str]]:
    """Yield each path, relative to ``folder``, with what its archive holds, or the reason why it is of no use.

    Many are shared out to processes, which close the descriptor ``close``: a lock must not outlive its holder.
    ``progress`` is told how many of how many are done.
    """
    count = min(PROCESSES, os.cpu_count() or 1)
    # A process that has threads cannot be forked safely.
    alone = len(paths) < PARALLEL_FROM or threading.active_count() > 1 or sys.platform != "linux"
    if alone or count == 1:
        yield from _examine_some(folder, paths, lambda done: progress(done, len(paths)))
        return
    helpers = [_Helper(folder, paths[number::count], close) for number in range(1, count)]
    try:
        yield from _examine_some(
            folder, paths[::count], lambda done: progress(min(done * count, len(paths)), len(paths))
        )
        for each in helpers:
            yield from each.results()
    finally:
        for each in helpers:
            each.end()


def _examine_some(
    folder: Path, paths: Sequence[str], progress: Callable[[int], None]
) -> Iterator[tuple[str, Examined | str]]:
    for number, path in enumerate(paths):
        if number % 100 == 0:
            progress(number)
        try:
            yield path, examine(os.path.join(folder, path), source=path)  # noqa: PTH118 - thousands of them
        except ChartError as error:
            yield path, error.message.removeprefix(f"{path}: ")


class _Helper:
    """A forked process that examines its share and ends; it writes what it found into a pipe.

    It needs nothing of its parent after the fork, so that it ends by itself when its parent was killed.
    """

    def __init__(self, folder: Path, paths: Sequence[str], close: int) -> None:
        self._folder, self._paths = folder, paths
        self._from, into = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            self._work(into, close)
        os.close(into)

    def _work(self, into: int, close: int) -> None:
        try:
            gc.disable()  # it keeps what it makes, and ends
            os.close(close)
            os.close(self._from)
            found = _examine_some(self._folder, self._paths, lambda _: None)
            rows = [(path, each if isinstance(each, str) else _row(each)) for path, each in found]
            with os.fdopen(into, "wb") as stream:
                stream.write(json.dumps(rows).encode())
        finally:
            os._exit(0)

    def results(self) -> Iterator[tuple[str, Examined | str]]:
        """Yield what the process found; what it did not come to, because it was killed, is done here."""
        with os.fdopen(self._from, "rb") as stream:
            self._from = -1
            written = stream.read()
        try:
            rows = json.loads(written)
        except ValueError:
            yield from _examine_some(self._folder, self._paths, lambda _: None)
            return
        for path, each in rows:
            yield path, each if isinstance(each, str) else _made(each)

    def end(self) -> None:
        """Wait for the process; one whose results nobody wants ends when it writes them."""
        if self._from >= 0:
            os.close(self._from)
        os.waitpid(self._process, 0)


def _row(each: Examined) -> list[Any]:
    return [each.mark, each.digest, each.name, each.version, each.newest, each.fields]


def _made(row: list[Any]) -> Examined:
    modified, changed, size, inode = row[0]
    return Examined((modified, changed, size, inode), *row[1:])


def _read(path: str, source: str) -> tuple[Mark, bytes]:
    """Return mark and bytes of a file that did not change while it was read; raises ChartError."""
    try:
        # not to wait for whoever should write to a pipe of that name
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(file)
            if not stat.S_ISREG(before.st_mode):
                raise ChartError(f"{source}: it is no file")
            if before.st_size > LIMIT_BYTES:
                raise ChartError(f"{source}: the archive is larger than {LIMIT_BYTES >> 20} MiB")
            data = os.read(file, before.st_size + 1)
            mark = mark_of(os.fstat(file))
        finally:
            os.close(file)
    except OSError as error:
        raise ChartError(f"{source}: cannot be read: {error.strerror or error}") from None
    if mark != mark_of(before) or len(data) != before.st_size:
        raise ChartError(f"{source}: it is being written to")
    return mark, data


def _quick(data: bytes, source: str) -> tuple[ChartMetadata, int] | None:
    """Return metadata and newest time of a plain archive without subcharts, None for what needs the loader.

    Whatever this takes, the loader takes with the same metadata.
    """
    if len(data) > _QUICK_BYTES:
        return None
    found = read_plain(data)
    if found is None or any(name.startswith(_NOT_QUICK) for name in found.files):
        return None
    try:
        described = _mapping(found.files.get("Chart.yaml", b""))
        if not described or _mapping(found.files.get("values.yaml", b"")) is None:
            return None
        return ChartMetadata.from_data(described, source=source), found.newest
    except (documents.DocumentError, ChartError):
        return None


def _mapping(data: bytes) -> Any:
    """Return the data of YAML text that is a mapping, or empty; None for any other. Raises DocumentError."""
    data = data.removeprefix(_BOM)
    if data.lstrip()[:1] == b"{":  # would be read as JSON, of which YAML refuses some
        return None
    found: Any = documents.read_familiar(data, limit_values=_QUICK_VALUES)  # other versions have much the same
    if found is None:
        found = documents.read_bulk(data, limit_bytes=_QUICK_BYTES, limit_values=_QUICK_VALUES)
    return {} if found is None else found if isinstance(found, dict) else None


def _newest(data: bytes) -> int:
    """Return the newest time of an archive's files in seconds (Unix); the loader has taken the archive."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            return max((int(each.mtime) for each in archive if math.isfinite(each.mtime)), default=0)
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        return 0  # the loader forgives more, such as what follows the archive's end
