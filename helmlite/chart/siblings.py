"""Charts in folders beside a chart: the ``file://`` repositories of its dependencies."""

from __future__ import annotations

from pathlib import Path

from helmlite.chart.loader import load_declared
from helmlite.chart.metadata import ChartMetadata, Dependency
from helmlite.errors import ChartError

FILE = "file://"
LIMIT_FOLDERS = 1_000


def local_path(dependency: Dependency, folder: Path) -> Path:
    """Return the folder that a ``file://`` repository names, relative to the chart's; nothing is looked at."""
    return (folder / dependency.repository.removeprefix(FILE)).resolve()


def check_local(dependency: Dependency, folder: Path) -> None:
    """Raise ChartError where a ``file://`` repository is no folder that could be packed into this chart."""
    path, root = local_path(dependency, folder), folder.resolve()
    if not path.is_dir():
        missing = "is no folder" if path.exists() else "is not there"
        raise ChartError(f"{folder}: dependency {dependency.name}: {dependency.repository}: {path} {missing}")
    if root.is_relative_to(path):
        raise ChartError(
            f"{folder}: dependency {dependency.name}: {dependency.repository} is the chart itself, "
            "or a folder that it is in"
        )


def check_cycles(folder: Path, metadata: ChartMetadata) -> None:
    """Raise ChartError where a chart depends on itself through the folders of its ``file://`` dependencies.

    Each packing would put the last one into the next.
    """
    root = folder.resolve()
    waiting: list[tuple[Path, ChartMetadata, tuple[str, ...]]] = [(root, metadata, (metadata.name,))]
    seen = {root}
    while waiting:
        place, found, names = waiting.pop()
        for each in found.dependencies:
            if not each.repository.startswith(FILE):
                continue
            path = local_path(each, place)
            if path == root:
                chain = " -> ".join([*names, each.name])
                raise ChartError(
                    f"{folder}: the chart depends on itself: {chain}", hint="break the cycle of file:// dependencies"
                )
            if path in seen:
                continue
            seen.add(path)
            if len(seen) > LIMIT_FOLDERS:
                raise ChartError(f"{folder}: its file:// dependencies lead to more than {LIMIT_FOLDERS:,} folders")
            try:
                waiting.append((path, load_declared(path).metadata, (*names, each.name)))
            except ChartError:
                continue  # what is wrong with it is told when it is packed
