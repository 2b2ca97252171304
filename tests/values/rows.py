"""One row of the tables on values: what a user and charts say, and the values that come of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from helmlite.chart.chart import Chart
from helmlite.chart.loader import load_chart
from helmlite.cli.options import file_list
from helmlite.values.layers import UserValues, ValueSources, read_values
from helmlite.values.merge import Computed, compute

REFUSED: Final = "refused"
"""In the place of values: an error."""

FIELDS: Final = {
    "--set-json": "set_json",
    "--set": "set",
    "--set-string": "set_string",
    "--set-file": "set_file",
    "--set-literal": "set_literal",
}


MARK: Final = re.compile(r"#(\w+)$")
"""What ends a line that a test wants to find, as in ``a: 1  #old``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Flags, files and standard input, and what is expected of them.

    ``flags`` are a command line, or its words. ``values`` is the text of the chart's values.yaml, ``mine`` that of a
    file ``mine.yaml`` given by ``-f``; ``files`` are more of them, by their path in the folder of the run. ``charts``
    are the chart paths of what takes part (None: not asked), ``warns`` what the one warning names. ``differs`` says
    why Helm gives something else.
    """

    expected: Mapping[str, Any] | str
    flags: str | Sequence[str] = ""
    values: str = ""
    mine: str | None = None
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    stdin: str = ""
    charts: Sequence[str] | None = None
    warns: str = ""
    differs: str = ""

    @property
    def words(self) -> list[str]:
        """Return the flags as words, ``-f mine.yaml`` first."""
        given = shlex.split(self.flags) if isinstance(self.flags, str) else list(self.flags)
        return [*([] if self.mine is None else ["-f", "mine.yaml"]), *given]

    def lay_out(self, folder: Path) -> None:
        """Write the chart ``chart``, named app, and all other files into a folder."""
        files: dict[str, str | bytes] = {
            "chart/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
            "chart/values.yaml": self.values,
            **self.files,
        }
        if self.mine is not None:
            files["mine.yaml"] = self.mine
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def sources(self) -> ValueSources:
        """Return the flags as the commands hand them on."""
        given: dict[str, list[str]] = {name: [] for name in FIELDS.values()}
        files = []
        words = iter(self.words)
        for flag in words:
            if flag == "-f":
                files.append(next(words))
            else:
                given[FIELDS[flag]].append(next(words))
        return ValueSources(files=file_list(files), **given)

    def user(self) -> UserValues:
        """Return what the user gives; the files have to be in the current folder."""
        return read_values(self.sources(), stdin=lambda: self.stdin)

    def computed(self) -> Computed:
        """Return what comes of the row in the current folder; ``lay_out`` comes first."""
        return compute(load_chart(Path("chart")), self.user())


def seen_by_chart(computed: Computed) -> dict[str, Any]:
    """Return the values that each chart's templates see, by chart path; library charts have none of their own."""
    found = {}

    def enter(chart: Chart, path: str, values: Mapping[str, Any]) -> None:
        if not chart.metadata.is_library:
            found[path] = values
        for each in chart.subcharts:
            enter(each, f"{path}/charts/{each.name}", values[each.name])

    enter(computed.chart, computed.chart.name, computed.values)
    return found


def subchart(path: str, values: str = "", *, more: str = "", version: str = "1.0.0") -> dict[str, str]:
    """Return the files of a subchart at a path such as ``db`` or ``db/metrics``; ``more`` ends its Chart.yaml."""
    steps = path.split("/")
    folder = "chart/" + "/".join(f"charts/{each}" for each in steps)
    head = f"apiVersion: v2\nname: {steps[-1]}\nversion: {version}\n"
    return {f"{folder}/Chart.yaml": head + more, f"{folder}/values.yaml": values}


def parent(more: str) -> dict[str, str]:
    """Return the Chart.yaml of the chart itself with more lines, for instance its dependencies."""
    return {"chart/Chart.yaml": f"apiVersion: v2\nname: app\nversion: 1.0.0\n{more}"}


def marked(folder: Path) -> dict[str, str]:
    """Return the ``FILE:LINE`` of each mark in a folder's files."""
    found = {}
    for file in sorted(folder.rglob("*.yaml")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if mark := MARK.search(line):
                found[f"#{mark[1]}"] = f"{file.relative_to(folder)}:{number}"
    return found
