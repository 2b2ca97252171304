"""What explain says of every scalar that the example charts render, held against what other values make of it.

The values are changed many at once: value number n in the renderings that are the ones of n's binary digits, so that
no two values change in the same renderings. A field must change only in those in which a value changes that it is said
to come from; in all of them where that is one value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from helmlite import Configuration, UserValues, load_chart
from helmlite.action.located import TracedChart
from helmlite.action.prepare import Rendering, Workshop, offline_capabilities
from helmlite.action.tracing import Written, leaves
from helmlite.chart.chart import Chart
from helmlite.engine.engine import ReleaseFacts
from helmlite.errors import HelmliteError
from helmlite.kube.config import ClusterConfig
from helmlite.manifest.parse import parse
from helmlite.values.layers import ValueSources, read_values
from helmlite.values.merge import compute
from tests.faults.planting import CHARTS, line_of

VALUES = CHARTS.parent / "tests" / "charts" / "values"
CASES: Mapping[str, tuple[str, str]] = {
    **{each.name: (each.name, "") for each in sorted(CHARTS.iterdir())},
    "ingress-nginx-backend": ("ingress-nginx", "ingress-nginx-backend.yaml"),
    "postgresql-replication": ("postgresql", "postgresql-replication.yaml"),
    "prometheus-stateful": ("prometheus", "prometheus-stateful.yaml"),
}
Steps = tuple[str | int, ...]
Leaf = tuple[str, str, int, Steps]
"""A field: its template, kind, which of that kind in the template, and its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A field's value and what is said to have written it."""

    value: Any = field(repr=False)
    by: Sequence[Written]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Return the template's lines and expressions that wrote it, and where they were called from."""
        return [(" ".join(map(str, (each.place, *each.chain))), each.expression) for each in self.by]

    @property
    def values(self) -> set[Steps]:
        """Return the paths of the values that it is said to come from."""
        return {path for each in self.by for path in each.values}


@dataclass(frozen=True, slots=True)
class EveryLeaf:
    """The question what wrote every scalar."""

    def answer(self, chart: TracedChart) -> tuple[dict[Leaf, Told], dict[Steps, str]]:
        """Return what is told of each field, and where each value that is named was set."""
        told: dict[Leaf, Told] = {}
        seen: Counter[tuple[str, str]] = Counter()
        for each in parse(chart.trace.texts):
            of_kind = (each.path, str(each.body["kind"]))
            for path, value in leaves(each.body):
                told[(*of_kind, seen[of_kind], path)] = Told(value=value, by=chart.traced.leaf(each.source, path))
            seen[of_kind] += 1
        named = {path for each in told.values() for path in each.values}
        return told, {path: origins[0].where for path in named if (origins := chart.computed.origins(path))}


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for compiled templates."""
    return tmp_path_factory.mktemp("kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A chart that is rendered again and again, with compiled templates ``kept`` in a folder."""

    chart: Chart
    given: UserValues
    kept: Path


def asked(asking: Asking, values: UserValues) -> tuple[dict[Leaf, Told], dict[Steps, str]]:
    """Return what a traced rendering tells."""
    configuration = Configuration(
        cluster_config=ClusterConfig(namespace="prod"), guarded=False, random=Random(7), cache_folder=asking.kept
    )
    rendering = Rendering(
        user=values,
        facts=ReleaseFacts(name="web", namespace="prod"),
        capabilities=offline_capabilities("", ()),
        skip_schema_validation=True,
        strict_kinds=False,
    )
    with Workshop(configuration, asking.chart) as workshop:
        return workshop.ask(rendering, EveryLeaf())


def changeable(data: Any, above: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Yield texts and numbers that are not empty: those decide what is rendered at all, as booleans do."""
    if isinstance(data, Mapping):
        for key, each in data.items():
            yield from changeable(each, (*above, key))
    elif (isinstance(data, str) and data) or (isinstance(data, int | float) and not isinstance(data, bool) and data):
        yield above, data


def changed(values: UserValues, group: Mapping[Steps, Any]) -> UserValues:
    """Return values with others of the same type in a group's places."""
    data: dict[str, Any] = {}
    for path, value in group.items():
        here = data
        for step in path[:-1]:
            here = here.setdefault(str(step), {})
        here[str(path[-1])] = f"{value}0" if isinstance(value, str) else value + 1
    return UserValues.of(data).over(values)


def reaches(told: set[Steps], group: Mapping[Steps, Any]) -> bool:
    """Return whether a value of a group is one of those told, or within one of them."""
    return any(path[: len(each)] == each for each in told for path in group)


@pytest.mark.parametrize("case", CASES)
def test_every_field_comes_from_the_values_told_and_from_no_other(case: str, kept: Path) -> None:
    """What is literal never changes, what comes from a value changes with that; a value's line holds its key."""
    name, file = CASES[case]
    given = read_values(ValueSources(files=[str(VALUES / file)] if file else []))
    asking = Asking(chart=load_chart(CHARTS / name), given=given, kept=kept)
    base, places = asked(asking, given)
    wrong = misplaced(places)
    numbered = list(enumerate(free_values(asking), 1))
    compared: set[Leaf] = set()
    touched: set[Leaf] = set()
    moved: set[Leaf] = set()
    for digit in range(len(numbered).bit_length()):
        group: Mapping[Steps, Any] = {path: value for number, (path, value) in numbered if number >> digit & 1}
        after, group = sound(asking, group)
        for leaf, told in base.items():
            now = after.get(leaf)
            if now is None or now.lines != told.lines:
                continue
            compared.add(leaf)
            is_moved, is_touched = told.value != now.value, reaches(told.values, group)
            moved |= {leaf} if is_moved else set()
            touched |= {leaf} if is_touched else set()
            if is_moved and not is_touched:
                wrong.append(f"{leaf} changes with others: {told}")
            if is_touched and not is_moved and len(told.values) == 1 and told.values <= group.keys():
                wrong.append(f"{leaf} does not change with it: {told}")
    wrong += [f"{leaf} does not change with any: {base[leaf]}" for leaf in touched - moved]
    assert not wrong, "\n".join(sorted(set(wrong))[:30])
    assert len(compared) >= (0.9 * len(base) if numbered else 0)


def misplaced(places: Mapping[Steps, str]) -> list[str]:
    """Return what is wrong with where values are said to be set: the file's line must hold the value's key."""
    texts: dict[str, str] = {}
    wrong = []
    for path, place in places.items():
        where, _, line = place.rpartition(":")
        text = texts.setdefault(where, Path(where).read_text(encoding="utf-8"))
        within = where.count("/charts/") - str(CHARTS / "x").count("/charts/")
        found = line_of(text, [str(each) for each in path[within:]])
        if int(line) != found:
            wrong.append(f"{path}: {place}, not {found}")
    return wrong


def free_values(asking: Asking) -> list[tuple[Steps, Any]]:
    """Return the values of a chart that no template compares with a word."""
    templates = (each.data.decode() for _, part in asking.chart.walk() for each in part.templates)
    words = "".join(templates)
    return [
        (path, value)
        for path, value in changeable(compute(asking.chart, asking.given).values)
        if f'"{value}"' not in words and f".{path[-1]} == " not in words
    ]


def sound(asking: Asking, group: Mapping[Steps, Any]) -> tuple[dict[Leaf, Told], Mapping[Steps, Any]]:
    """Return what a rendering with a group's values changed tells, and the group without those that are refused."""
    try:
        return asked(asking, changed(asking.given, group))[0], group
    except HelmliteError:
        taken = taken_of(asking, group)
        return asked(asking, changed(asking.given, taken))[0], taken


def taken_of(asking: Asking, group: Mapping[Steps, Any]) -> dict[Steps, Any]:
    """Return those of a refused group that the chart takes, found by halving it."""
    if len(group) == 1:
        return {}
    items = list(group.items())
    taken: dict[Steps, Any] = {}
    for part in (dict(items[: len(items) // 2]), dict(items[len(items) // 2 :])):
        try:
            asked(asking, changed(asking.given, part))
            taken |= part
        except HelmliteError:
            taken |= taken_of(asking, part)
    return taken
