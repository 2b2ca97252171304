"""Pull: a chart's archive, checked, into a folder of the user's; or unpacked there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from helmlite.action.charts import PLAIN, ChartSource, LocatedChart, locate_chart
from helmlite.action.configuration import Configuration
from helmlite.chart.archive import read_archive
from helmlite.chart.budget import Budget
from helmlite.chart.names import is_unfit
from helmlite.errors import ChartError
from helmlite.files import write_folder, write_whole
from helmlite.repo.promised import declared_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What a pull has left: the archive, or the folder that it was unpacked to, and where it came from."""

    path: Path
    located: LocatedChart


def pull(
    configuration: Configuration,
    reference: str,
    source: ChartSource = PLAIN,
    *,
    destination: Path = Path(),
    provenance: bool = False,
    untar: bool = False,
    untar_folder: Path = Path(),
) -> Pulled:
    """Fetch a chart by URL or name and put its archive into ``destination``, with its provenance file if asked for.

    ``destination`` is made where it is missing. ``untar`` unpacks the chart below ``destination / untar_folder``
    instead, into a folder of its name, which must not be there. Nothing is left half-written. Raises ChartError and
    RepositoryError.
    """
    located = locate_chart(configuration, reference, source, provenance=provenance, local=False)
    try:
        if untar:
            return Pulled(path=_unpacked(located, destination / untar_folder), located=located)
        if not destination.is_dir() and os.path.lexists(destination):
            raise ChartError(f"{destination}: it is no folder to put the chart into")
        destination.mkdir(parents=True, exist_ok=True)
        target = destination / located.file_name
        if located.provenance:
            write_whole(target.with_name(f"{target.name}.prov"), located.provenance)
        write_whole(target, located.path.read_bytes())
        return Pulled(path=target, located=located)
    except OSError as error:
        raise ChartError(f"{destination}: cannot be written to: {error.strerror}") from None


def _unpacked(located: LocatedChart, folder: Path) -> Path:
    data = located.path.read_bytes()
    name = declared_in(data, source=located.file_name)[0]
    if not name or name.startswith(".") or "/" in name or "\\" in name or is_unfit(name):
        raise ChartError(f"{located.file_name}: {name!r} is no name for a folder")
    target = folder / name
    if os.path.lexists(target):
        raise ChartError(
            f"failed to untar: a file or directory with the name {target} already exists",
            hint="remove it, or choose another --untardir",
        )
    files = read_archive(data, source=located.file_name, budget=Budget())
    write_folder(target, ((each.name, each.data) for each in files))
    return target
