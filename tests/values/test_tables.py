"""Every row of every table on values: by helmlite, and through the real helm."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from helmlite.errors import HelmliteError
from helmlite.values.merge import Computed
from tests.values.rows import REFUSED, Row, seen_by_chart
from tests.values.tables import ROWS

PRINTING = """apiVersion: v1
kind: ConfigMap
metadata:
  name: seen
data:
  chart: {{ .Template.BasePath }}
  dependencies: "{{ range .Chart.Dependencies }}{{ .Alias | default .Name }} {{ end }}"
  values: {{ toJson .Values | b64enc }}
"""
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))


def exact(data: Any) -> str:
    """Return data as text in which true is not 1 and keys have an order; a float that is whole is an integer."""
    return documents.write_json(data, sort_keys=True)


def outcome(row: Row) -> Computed | str:
    """Return what comes of a row in the current folder."""
    try:
        return row.computed()
    except HelmliteError:
        return REFUSED


@pytest.fixture
def folder(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with the files of the row in it."""
    row.lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@each_row
def test_row(row: Row, folder: Path) -> None:
    """Flags, files and charts of a row give the values and charts that it states."""
    found = outcome(row)
    values = found if isinstance(found, str) else exact(found.values)

    assert (row.expected if isinstance(row.expected, str) else exact(row.expected)) == values
    if row.charts is not None and not isinstance(found, str):
        assert tuple(row.charts) == tuple(sorted(path for path, _ in found.chart.walk()))


@each_row
def test_warnings_of_row(row: Row, folder: Path) -> None:
    """A row warns of what it says, once, and of nothing else."""
    found = outcome(row)
    warnings = () if isinstance(found, str) else found.warnings

    assert bool(row.warns) == (len(warnings) == 1)
    assert all(row.warns in each for each in warnings)


@pytest.mark.helm
@each_row
def test_row_through_helm(row: Row, folder: Path, helm: Callable[..., Any]) -> None:
    """Helm gives each chart of a row the same values, except where the row says why not."""
    for chart in folder.rglob("Chart.yaml"):
        (chart.parent / "templates").mkdir(exist_ok=True)
        (chart.parent / "templates/seen.yaml").write_text(PRINTING)
    done = helm("template", "name", "chart", *row.words, stdin=row.stdin, check=False)
    theirs: Any = REFUSED if done.returncode else seen_in(done.stdout)
    found = outcome(row)
    ours: Any = found
    if isinstance(found, Computed):
        dependencies = {path: [each.key for each in part.metadata.dependencies] for path, part in found.chart.walk()}
        ours = {path: [exact(values), sorted(dependencies[path])] for path, values in seen_by_chart(found).items()}

    if row.differs:
        assert ours != theirs, row.differs
    else:
        assert ours == theirs, done.stderr


def seen_in(text: str) -> dict[str, list[Any]]:
    """Return the values and the dependencies that each chart printed, by chart path."""
    found = {}
    for each in documents.read_all(text):
        printed = each.data["data"]
        values = documents.read_json(base64.b64decode(printed["values"]))
        found[printed["chart"].removesuffix("/templates")] = [exact(values), sorted(printed["dependencies"].split())]
    return found
