"""The chart that ``helmlite create`` makes: of the files of ``starter/``, beside this module, or of another chart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from helmlite import documents
from helmlite.chart.budget import Budget
from helmlite.chart.chart import ChartFile
from helmlite.chart.directory import read_directory
from helmlite.chart.metadata import ChartMetadata
from helmlite.errors import ChartError

LIMIT_NAME = 250

_STARTER = Path(__file__).with_name("starter")
_NAME = re.compile(r"[a-zA-Z0-9._-]+")


def scaffold(name: str) -> Sequence[ChartFile]:
    """Return the files of a new chart of that name; raises ChartError for what is no name for a chart."""
    check_name(name)
    # what stands in a host has no dots or underscores, and no capitals
    host = re.sub(r"[^a-z0-9]+", "-", name.lower())[:63].strip("-")
    found = []
    for path in sorted(each for each in _STARTER.rglob("*") if each.is_file()):
        text = path.read_text(encoding="utf-8").replace("CHART_HOST", host)
        text = text.replace("CHART_NAME", documents.write_scalar(name, ""))
        found.append(ChartFile(name=path.relative_to(_STARTER).as_posix(), data=text.encode()))
    return found


def scaffold_from(starter: Path, name: str) -> Sequence[ChartFile]:
    """Return the files of a new chart of that name, made of another chart's directory as Helm makes it of a starter.

    Its name is put in place of ``<CHARTNAME>`` in all texts; name and version in Chart.yaml (0.1.0) are its own, and
    the lock stays behind. Raises ChartError for what is no name, and for a directory that is no chart.
    """
    check_name(name)
    found = []
    for each in read_directory(starter, source=str(starter), budget=Budget()):
        data = each.data.replace(b"<CHARTNAME>", name.encode()) if _is_text(each.data) else each.data
        if each.name == "Chart.yaml":
            data = _renamed(data, name, source=f"{starter}/Chart.yaml")
        if each.name not in ("Chart.lock", "requirements.lock"):
            found.append(ChartFile(name=each.name, data=data))
    if not any(each.name == "Chart.yaml" for each in found):
        raise ChartError(f"{starter}: no chart to start from: there is no Chart.yaml in it")
    return found


def _renamed(data: bytes, name: str, *, source: str) -> bytes:
    """Return a Chart.yaml with another name, and the first version; comments and all else are kept."""
    for key, value in {"name": documents.write_scalar(name, ""), "version": "0.1.0"}.items():
        line = f"{key}: {value}".encode().replace(b"\\", b"\\\\")
        data = re.sub(rb"^%s:.*$" % key.encode(), line, data, count=1, flags=re.MULTILINE)
    try:
        metadata = ChartMetadata.from_data(documents.read(data).data, source=source)
    except documents.DocumentError as error:
        raise ChartError(f"{source}: {error.message}") from None
    if (metadata.name, metadata.version) != (name, "0.1.0"):
        raise ChartError(
            f"{source}: name and version cannot be replaced", hint="write each on a line of its own, at the top"
        )
    return data


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def check_name(name: str) -> None:
    """Raise ChartError for a name that Helm does not give a chart, or that no label of Kubernetes could hold."""
    if not name or len(name) > LIMIT_NAME:
        raise ChartError(f"{name[:40]!r}{'...' if name else ''}: a chart's name has 1 to {LIMIT_NAME} characters")
    if not _NAME.fullmatch(name):
        raise ChartError(f"{name!r}: a chart's name has letters, digits, '.', '_' and '-' only")
    if not (name[0].isalnum() and name[-1].isalnum()):
        raise ChartError(f"{name!r}: a chart's name begins and ends with a letter or digit")
