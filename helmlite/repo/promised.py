"""Whether an archive holds the chart that an index promised: its name and its version."""

from __future__ import annotations

from collections.abc import Mapping

from helmlite import documents
from helmlite.chart.archive import read_archive
from helmlite.chart.budget import Budget
from helmlite.errors import ChartError, RepositoryError
from helmlite.versions import parse_version


def declared_in(data: bytes, *, source: str) -> tuple[str, str]:
    """Return name and version of the chart in an archive; raises ChartError naming ``source``."""
    for each in read_archive(data, source=source, budget=Budget()):
        if each.name == "Chart.yaml":
            try:
                found = documents.read(each.data, duplicates="last").data
            except documents.DocumentError as error:
                raise ChartError(f"{source}: Chart.yaml: {error.message}") from None
            fields = found if isinstance(found, Mapping) else {}
            return str(fields.get("name", "")), str(fields.get("version", ""))
    raise ChartError(f"{source}: no chart: there is no Chart.yaml in it")


def check_promised(data: bytes, name: str, version: str, *, source: str) -> tuple[str, str]:
    """Return name and version in an archive; raises RepositoryError when they are not what was promised."""
    found = declared_in(data, source=source)
    if found[0] != name or not _is_same_version(found[1], version):
        raise RepositoryError(
            f"{source}: the archive holds chart {found[0]!r} version {found[1]!r}, but the index says {name!r} version "
            f"{version!r}; it is not used",
            hint="tell who runs the repository: its index is wrong",
        )
    return found


def _is_same_version(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return parse_version(one) == parse_version(other)
    except ValueError:
        return False
