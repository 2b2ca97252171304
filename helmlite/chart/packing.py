"""A chart directory as an archive: what ``helmlite package`` writes."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helmlite import documents
from helmlite.chart.archive import read_archive
from helmlite.chart.budget import Budget
from helmlite.chart.chart import Chart, ChartFile
from helmlite.chart.dependencies import check_dependencies
from helmlite.chart.loader import load_chart
from helmlite.chart.metadata import ChartMetadata
from helmlite.errors import ChartError, UsageError
from helmlite.versions import parse_version

FIXED_TIME = 315_532_800
"""1980-01-01 in seconds since 1970: the time of all members unless another is given. Earlier ones make tools warn."""

# The simplest header: no name, no time, an unknown system, so that nothing of the machine is in it.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A packed chart; ``data`` is the archive, ``metadata`` what its Chart.yaml says."""

    metadata: ChartMetadata
    data: bytes = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the chart's name."""
        return self.metadata.name

    @property
    def version(self) -> str:
        """Return the chart's version, as it is written."""
        return self.metadata.version

    @property
    def file_name(self) -> str:
        """Return the name that Helm gives the archive: ``shop-1.0.0.tgz``."""
        return f"{self.name}-{self.version}.tgz"

    @property
    def metadata_text(self) -> str:
        """Return the metadata as YAML, as a provenance file has it: declared dependencies are in it always."""
        return documents.write(self.metadata.to_data())


def pack(folder: Path, *, version: str = "", app_version: str = "", epoch_seconds: int | None = None) -> Packed:
    """Return the chart of a directory as a gzipped tar archive, the same bytes for the same chart.

    ``version`` and ``app_version`` take the place of Chart.yaml's; ``epoch_seconds`` since 1970 (SOURCE_DATE_EPOCH) is
    every member's time, FIXED_TIME without it. What the directory's files have for modes, owners, times and order has
    no part in the bytes, nor has the place, the day or the user. Links within the chart are packed as what they lead
    to, and packed subcharts are unpacked, as Helm does.

    The tar stream is the same everywhere. Its compression is zlib's work, and zlib's builds (zlib, zlib-ng and other
    forks, and their versions) may find other bytes for the same stream: the archive's digest is the same wherever
    Python has the same zlib.

    Raises ChartError for what is no chart, lacks a declared dependency or could not be loaded again.
    """
    if not folder.is_dir():
        what = "a file" if folder.exists() else "not there"
        raise ChartError(f"{folder}: it is {what}; what is packed is the directory of a chart")
    chart = load_chart(folder)
    if version:
        try:
            parse_version(version)
        except ValueError as error:
            raise UsageError(f"--version: {error}") from None
    metadata = replace(
        chart.metadata, version=version or chart.metadata.version, app_version=app_version or chart.metadata.app_version
    )
    chart = replace(chart, metadata=metadata)
    check_dependencies(chart)
    data = _compressed(_tarred(chart, FIXED_TIME if epoch_seconds is None else epoch_seconds))
    read_archive(data, source=f"{folder}: the archive that it makes", budget=Budget())
    return Packed(metadata=metadata, data=data, warnings=tuple(chart.warnings))


def _members(chart: Chart, folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of what the archive holds, in Helm's order but with subcharts sorted."""
    yield f"{folder}/Chart.yaml", documents.write(_own_metadata(chart.metadata)).encode()
    if chart.raw_lock and chart.metadata.api_version != "v1":
        yield f"{folder}/Chart.lock", chart.raw_lock
    if chart.raw_values:
        yield f"{folder}/values.yaml", chart.raw_values
    if chart.schema is not None:
        yield f"{folder}/values.schema.json", _checked_schema(chart)
    for each in (*_walked(chart.templates), *_walked(chart.files)):
        yield f"{folder}/{each.name}", each.data
    for name, part in sorted(_named_subcharts(chart).items()):
        yield from _members(part, f"{folder}/charts/{name}")


def _own_metadata(metadata: ChartMetadata) -> dict[str, Any]:
    data = metadata.to_data()
    if metadata.api_version == "v1":
        data.pop("dependencies", None)  # they are in requirements.yaml, a file of its own
    return data


def _walked(files: Iterable[ChartFile]) -> list[ChartFile]:
    """Return files in the order of a walk: by name within each folder."""
    return sorted(files, key=lambda each: each.name.encode().split(b"/"))


def _named_subcharts(chart: Chart) -> dict[str, Chart]:
    """Return subcharts by folder: the chart's name, with the version where two have one name (for two aliases)."""
    names = [each.metadata.name for each in chart.subcharts]
    found: dict[str, Chart] = {}
    for each in chart.subcharts:
        name = each.metadata.name
        if names.count(name) > 1:
            name = f"{name}-{each.metadata.version}"
        if name in found:
            raise ChartError(
                f"{chart.source}: charts/ holds {each.metadata.name} {each.metadata.version} twice",
                hint=f"remove {each.source} or {found[name].source}",
            )
        found[name] = each
    return found


def _checked_schema(chart: Chart) -> bytes:
    schema = chart.schema or b""
    try:
        documents.read_json(schema.decode("utf-8"))
    except UnicodeDecodeError:
        raise ChartError(f"{chart.source}/values.schema.json: no UTF-8 text") from None
    except documents.DocumentError as error:
        raise ChartError(f"{chart.source}/values.schema.json: no JSON: {error.message}") from None
    return schema


def _tarred(chart: Chart, epoch_seconds: int) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive:
        for name, data in _members(chart, chart.metadata.name):
            member = tarfile.TarInfo(name)  # a file of nobody's
            member.mode, member.size, member.mtime = 0o644, len(data), epoch_seconds
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def _compressed(data: bytes) -> bytes:
    # The highest level takes the fewest of the paths that builds for one processor replace.
    deflate = zlib.compressobj(level=9, method=zlib.DEFLATED, wbits=-15, memLevel=8)
    body = deflate.compress(data) + deflate.flush()
    return b"".join(
        (_GZIP_HEADER, body, zlib.crc32(data).to_bytes(4, "little"), (len(data) % 2**32).to_bytes(4, "little"))
    )
