"""Create: the directory of a new chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from helmlite.chart.chart import ChartFile
from helmlite.chart.scaffold import scaffold, scaffold_from
from helmlite.errors import ChartError
from helmlite.files import write_folder


def create(path: str | Path, *, starter: str | Path | None = None) -> Path:
    """Return the directory of a new chart, which was made; the last part of ``path`` is the chart's name.

    ``starter`` is the directory of a chart to make it of, in place of helmlite's own. Folders above it are made where
    they are missing. Nothing is overwritten, and the directory is there in full or not at all. Raises ChartError for a
    bad name or starter, where something is there already, and where nothing can be written.
    """
    folder = Path(path)
    name = folder.name if str(folder) not in (".", "..") else str(folder)
    files = scaffold(name) if starter is None else scaffold_from(Path(starter), name)
    _check_free(folder)
    try:
        write_folder(folder, [(each.name, each.data) for each in files], folders=_missing(files))
    except (FileExistsError, NotADirectoryError):
        raise ChartError(f"{folder}: cannot be made: {folder.parent} is no folder") from None
    except OSError as error:
        raise ChartError(f"{folder}: cannot be written: {error.strerror or error}") from None
    return folder


def _missing(files: Sequence[ChartFile]) -> Sequence[str]:
    """Return the folder for subcharts, where there is nothing in it yet."""
    return () if any(each.name == "charts" or each.name.startswith("charts/") for each in files) else ("charts",)


def _check_free(folder: Path) -> None:
    try:
        if folder.is_dir():
            there = sorted(each.name for each in folder.iterdir())
            if there:
                shown = ", ".join(there[:3]) + (", ..." if len(there) > 3 else "")
                raise ChartError(
                    f"{folder}: the directory is not empty: {shown}", hint="give another name, or remove what is there"
                )
        elif folder.exists() or folder.is_symlink():
            raise ChartError(f"{folder}: there is a file of that name")
    except OSError as error:
        raise ChartError(f"{folder}: cannot be read: {error.strerror or error}") from None
