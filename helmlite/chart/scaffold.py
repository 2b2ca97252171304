"""The chart that ``helmlite create`` makes: its files are those of ``starter/``, beside this module."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from helmlite import documents
from helmlite.chart.chart import ChartFile
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


def check_name(name: str) -> None:
    """Raise ChartError for a name that Helm does not give a chart, or that no label of Kubernetes could hold."""
    if not name or len(name) > LIMIT_NAME:
        raise ChartError(f"{name[:40]!r}{'...' if name else ''}: a chart's name has 1 to {LIMIT_NAME} characters")
    if not _NAME.fullmatch(name):
        raise ChartError(f"{name!r}: a chart's name has letters, digits, '.', '_' and '-' only")
    if not (name[0].isalnum() and name[-1].isalnum()):
        raise ChartError(f"{name!r}: a chart's name begins and ends with a letter or digit")
