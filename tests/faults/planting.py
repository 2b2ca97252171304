"""Faults, each planted into a copy of a sound chart; where they lie is read off the planted files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

CHARTS = Path(__file__).parents[2] / "charts"
MARK = "§"
"""Stands in planted text before what is at fault, and is taken out again."""
MINE = "mine.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """In ``file`` (below the chart), the first ``old`` becomes ``new``; without ``old`` the file is made of ``new``."""

    file: str
    old: str = ""
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A line of a planted file: that where ``text`` stands for the first time (of its MARK, where it has one)."""

    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A sound chart, what is planted, and what must be told of it.

    The fault lies where the MARK is in an edit, else ``at`` a spot; without both it is in the values alone. ``through``
    are the including and calling places, the outermost first. ``value`` is the path of the value at fault as it is
    written after ``--set``; files that set it are looked through, and the last of them, or a flag, has set it.
    ``subcharts`` are sound charts put into ``charts/``. ``mine`` is the text of a file given by ``-f``.
    ``before`` are flags of an install of the sound chart before the fault is planted, as an upgrade. ``tells`` is a
    word that the error must have.
    """

    chart: str
    edits: Sequence[Edit] = ()
    at: Spot | None = None
    through: Sequence[Spot] = ()
    value: str = ""
    subcharts: Sequence[str] = ()
    mine: str = ""
    flags: Sequence[str] = ()
    before: Sequence[str] | None = None
    tells: str = ""

    @property
    def is_in_subchart(self) -> bool:
        """Return whether it is planted into a subchart's files."""
        files = [*(each.file for each in self.edits), *([self.at.file] if self.at else [])]
        return any(each.startswith("charts/") for each in files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A chart with a fault in it, in a folder that holds the chart and perhaps ``mine.yaml``.

    ``place`` is what the error must name first, ``chain`` what it was included from, the innermost first; ``setters``
    what set the value at fault, the last one first (what it overrode follows). ``is_of_values`` tells that ``place`` is
    no template's. ``statement`` is the text of the line at fault, and of all lines that its expressions take.
    """

    flags: Sequence[str]
    place: str
    chain: Sequence[str]
    setters: Sequence[str]
    is_of_values: bool
    statement: str


WEB = "templates/web.yaml.j2"
NAMES = "templates/_names.j2"
WORKER = "templates/worker.yaml.j2"


def in_included_probe(text: str) -> list[Edit]:
    """Return edits of shop that take a probe out of a template into a file of its own, which is then included."""
    asked = "            httpGet:\n              path: /\n              port: http\n"
    include = '            {% include "_probe.j2" %}\n'
    return [Edit(file="templates/_probe.j2", new=text), Edit(file=WEB, old=asked, new=include)]


PROBE_INCLUDED = (Spot(file=WEB, text='{% include "_probe.j2" %}'),)


def in_called_body(text: str) -> list[Edit]:
    """Return edits of shop that put text, at a container's column, into the body of a call of a macro."""
    macro = "{% macro all() %}\n{{ caller() }}\n{% endmacro %}\n\n{% macro host"
    indented = "".join(f"          {line}" for line in text.splitlines(keepends=True))
    call = f"          {{% call shop.all() %}}\n{indented}          {{% endcall %}}\n          resources:"
    return [
        Edit(file=NAMES, old="{% macro host", new=macro),
        Edit(file=WORKER, old="          resources:", new=call),
    ]


BODY_CALLED = (Spot(file=WORKER, text="{% call shop.all() %}"), Spot(file=NAMES, text="{{ caller() }}"))


def lay_out(fault: Fault, folder: Path) -> None:
    """Copy the sound chart of a fault, with its subcharts, into a folder."""
    shutil.copytree(CHARTS / fault.chart, folder / fault.chart)
    for each in fault.subcharts:
        shutil.copytree(CHARTS / each, folder / fault.chart / "charts" / each)


def plant(fault: Fault, folder: Path) -> Planted:
    """Plant a fault into the chart that was laid out, and read off where it lies."""
    chart = folder / fault.chart
    marked = [place for edit in fault.edits for place in _planted(edit, chart)]
    flags = [*fault.flags]
    if fault.mine:
        (folder / MINE).write_text(fault.mine, encoding="utf-8")
        flags = ["-f", MINE, *flags]
    setters = list(_setters(fault, folder)) if fault.value else []
    if fault.at is not None:
        marked.append(_place(fault.at, chart))
    assert len(marked) == 1 or (fault.value and not marked), "a fault lies at one place, or in a value alone"
    return Planted(
        flags=flags,
        place=marked[0] if marked else setters[0],
        chain=[_place(each, chart) for each in reversed(fault.through)],
        setters=setters,
        is_of_values=not marked,
        statement=_statement(marked[0], folder) if marked else "",
    )


def line_of(text: str, path: Sequence[str]) -> int | None:
    """Return the line, from 1, of the key at a path of YAML text; None where there is no such key."""
    node, line = yaml.compose(text), None
    for step in path:
        if isinstance(node, yaml.SequenceNode):
            node = node.value[int(step)] if int(step) < len(node.value) else None
            line = node.start_mark.line + 1 if node is not None else None
            continue
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = [(key, value) for key, value in pairs if key.value == step]
        if not found:
            return None
        line, node = found[0][0].start_mark.line + 1, found[0][1]
    return line


def _planted(edit: Edit, chart: Path) -> Iterator[str]:
    """Write an edit; yield the place that its text marks."""
    path = chart / edit.file
    text = path.read_text(encoding="utf-8") if edit.old else ""
    assert edit.old in text, f"{edit.file} no longer holds {edit.old!r}"
    text = text.replace(edit.old, edit.new, 1) if edit.old else edit.new
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(MARK, ""), encoding="utf-8")
    if MARK in text:
        yield f"{chart.name}/{edit.file}:{_line(text, text.index(MARK))}"


def _place(spot: Spot, chart: Path) -> str:
    text = (chart / spot.file).read_text(encoding="utf-8")
    bare = spot.text.replace(MARK, "")
    assert bare in text, f"{spot.file} no longer holds {bare!r}"
    return f"{chart.name}/{spot.file}:{_line(text, text.index(bare) + max(spot.text.find(MARK), 0))}"


def _statement(place: str, folder: Path) -> str:
    """Return the line at a place with those before and behind it that an expression or a tag over it takes."""
    file, line = place.rsplit(":", 1)
    lines = (folder / file).read_text(encoding="utf-8").splitlines(keepends=True)
    before = "".join(lines[: int(line) - 1])
    statement = before[_opening(before) :] if _is_open(before) else ""
    for each in lines[int(line) - 1 :]:
        statement += each
        if not _is_open(statement):
            break
    return statement


def _opening(text: str) -> int:
    return max(text.rfind("{{"), text.rfind("{%"))


def _is_open(text: str) -> bool:
    return _opening(text) > max(text.rfind("}}"), text.rfind("%}"))


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _setters(fault: Fault, folder: Path) -> Iterator[str]:
    """Yield what sets the value at fault, the last one first: flags, the file of ``-f``, the charts' own files."""
    path = fault.value.replace("[", ".").replace("]", "").split(".")
    for flag, text in zip(fault.flags, fault.flags[1:], strict=False):
        key = text.partition("=")[0]
        if flag.startswith("--set") and (fault.value == key or fault.value.startswith((f"{key}.", f"{key}["))):
            yield f"{flag} {key}"
    files: Mapping[Path, Sequence[str]] = {
        folder / MINE: path,
        folder / fault.chart / "values.yaml": path,
        folder / fault.chart / "charts" / path[0] / "values.yaml": path[1:],
    }
    for file, below in files.items():
        line = line_of(file.read_text(encoding="utf-8"), below) if file.exists() and below else None
        if line is not None:
            yield f"{file.relative_to(folder)}:{line}"
