"""The history of values, derived: any charts and files, each value a word found by searching for it.

What overrode what is asked of the merge itself: the line that set a value is commented out, and what the value comes
from then has to be the rest of its history.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helmlite.documents import Path as ValuePath
from helmlite.values.assignments import dotted
from helmlite.values.history import Node, history
from helmlite.values.merge import Computed
from tests.values.rows import Row, parent, subchart

DEPENDENCIES = """dependencies:
- {name: db, version: 1.x.x, alias: main, import-values: [{child: m0, parent: m1}, {child: m2, parent: .}]}
- {name: db, version: 1.x.x, alias: replica}
"""
TREE = ("chart/values.yaml", "chart/charts/db/values.yaml", "chart/charts/db/charts/metrics/values.yaml")
FILES = ("one.yaml", "two.yaml")
SECTIONS = {"chart": ("global", "main", "replica"), "db": ("global", "metrics"), "metrics": ("global",)}
INSIDE = {"main": "db", "replica": "db", "metrics": "metrics"}

scalars = st.sampled_from(["s0", "s1", "s2"])


@st.composite
def lines(draw: st.DrawFn, chart: str = "", depth: int = 2) -> list[str]:
    """Return the lines of a mapping: s* are words or nulls, m* mappings, l* lists, and sections in charts' own."""
    made = []
    for key in draw(st.lists(scalars, unique=True, max_size=3)):
        made.append(f"{key}: {draw(st.sampled_from(['@', '@', '@', 'null  # @']))}")
    for key in draw(st.lists(st.sampled_from(["m0", "m1", "m2"]), unique=True, max_size=2)) if depth else []:
        made += [f"{key}:", *(f"  {each}" for each in draw(lines(depth=depth - 1)))]
    if draw(st.booleans()):
        made.append("l0:")
        for _ in range(draw(st.integers(1, 3))):
            made += draw(st.sampled_from([["- @"], ["- s0: @", "  s1: @"]]))
    for key in draw(st.lists(st.sampled_from(SECTIONS[chart]), unique=True)) if chart else []:
        made += [f"{key}:", *(f"  {each}" for each in draw(lines(INSIDE.get(key, ""), depth)))]
    # so that no mapping is empty, however many lines are commented out
    return [*made, "keep@: 0"]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Return charts, files and flags, every ``@`` in them a number of its own."""
    numbers = iter(range(100_000, 999_999))

    def text(found: list[str]) -> str:
        return "".join(f"{re.sub('@', lambda _: f'v{next(numbers)}', each)}\n" for each in found)

    app, db, metrics = (text(draw(lines(name))) for name in ("chart", "db", "metrics"))
    files = {name: text(draw(lines("chart"))) for name in FILES}
    steps = st.sampled_from(["main", "replica", "metrics", "global", "m0", "m1"])
    at = st.tuples(st.lists(steps, max_size=3), scalars).map(lambda found: ".".join([*found[0], found[1]]))
    flags = [word for name in FILES for word in ("-f", name)]
    for path in draw(st.lists(at, unique=True, max_size=4)):
        flags += ["--set", f"{path}=v{next(numbers)}"]
    for path in draw(st.lists(st.sampled_from(["l0[0]", "l0[1]", "main.l0[2]"]), unique=True, max_size=1)):
        flags += ["--set-string", f"{path}=v{next(numbers)}"]
    charts = {**parent(DEPENDENCIES), **subchart("db", db), **subchart("db/metrics", metrics)}
    return Row(expected={}, values=app, files={**files, **charts}, flags=flags)


def everything(data: Any, path: ValuePath = ()) -> Iterator[tuple[ValuePath, Any]]:
    """Yield each path with its value."""
    yield path, data
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from everything(value, (*path, key))


def place_of(word: str, row: Row) -> str:
    """Return the file and line, or the flag, in which a word stands."""
    for flag, text in zip(row.words[::2], row.words[1::2], strict=True):
        if text.endswith(f"={word}"):
            return f"{flag} {text.partition('=')[0]}"
    (found,) = (
        f"{name}:{number}"
        for name in (*TREE, *FILES)
        for number, line in enumerate(Path(name).read_text().splitlines(), 1)
        if word in line.split()
    )
    return found


def without(place: str, row: Row) -> Row:
    """Return a row without a flag, or with a line commented out of its file (which is in the current folder)."""
    if place.startswith("--"):
        flag, path = place.split()
        kept = [
            word
            for each, text in zip(row.words[::2], row.words[1::2], strict=True)
            if (each, text.partition("=")[0]) != (flag, path)
            for word in (each, text)
        ]
        return Row(expected={}, flags=kept)
    name, _, number = place.rpartition(":")
    found = Path(name).read_text().splitlines()
    found[int(number) - 1] = "#"
    Path(name).write_text("".join(f"{each}\n" for each in found))
    return row


def wheres(computed: Computed, path: ValuePath) -> list[str]:
    """Return a history as text."""
    return [each.where for each in computed.origins(path)]


@contextlib.contextmanager
def laid_out(row: Row) -> Iterator[None]:
    """Make a folder with a row's files the current one."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        row.lay_out(Path(folder))
        yield


NIGHTLY = os.environ.get("HELMLITE_TESTS") == "nightly"
ANY = settings(
    max_examples=2000 if NIGHTLY else 40,
    derandomize=not NIGHTLY,
    deadline=None,  # the machine's speed is no property of the merge
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)


@ANY
@given(row=rows())
def test_each_value_is_found_where_it_was_set(row: Row) -> None:
    """The newest place of a word is the one in which it stands."""
    with laid_out(row):
        computed = row.computed()
        for path, value in everything(computed.values):
            if isinstance(value, str):
                assert wheres(computed, path)[:1] == [place_of(value, row)], dotted(path)


@ANY
@given(row=rows(), data=st.data())
def test_what_was_overridden_comes_back(row: Row, data: st.DataObject) -> None:
    """Without the line or flag that set a value, or removed it, the rest of its history is its history."""
    with laid_out(row):
        computed = row.computed()
        known = [path for path in paths_of_scalars(computed) if wheres(computed, path)]
        if not known:
            return
        path = data.draw(st.sampled_from(known))
        rest = wheres(computed, path)
        while rest:
            row = without(rest[0], row)
            computed = row.computed()
            assert rest[1:] == wheres(computed, path), dotted(path)
            rest = rest[1:]


def paths_of_scalars(computed: Computed) -> Iterator[ValuePath]:
    """Yield paths of scalars outside lists, and of what nulls removed."""
    for path, value in everything(computed.values):
        if isinstance(value, dict) and not any(isinstance(step, int) for step in path):
            yield from ((*path, key) for key in ("s0", "s1", "s2"))


@ANY
@given(row=rows())
def test_the_history_knows_what_the_values_have(row: Row) -> None:
    """It is a second telling of the merge: what is there, and of which kind, is the same in both."""
    with laid_out(row):
        computed = row.computed()
        same_as(computed.values, history(computed.plain, computed.user, stored=computed.stored), ())


def same_as(value: Any, node: Node | None, path: ValuePath) -> None:
    """Assert that a value is what its history says of it."""
    assert node is not None, dotted(path)
    kinds = {dict: "mapping", list: "list", type(None): "null"}
    assert kinds.get(type(value), "scalar") == node.kind, dotted(path)
    if isinstance(value, Mapping):
        for key, below in value.items():
            same_as(below, node.at(key), (*path, key))
        for key in {"s0", "s1", "s2", "m0", "m1", "m2", "l0", "global", "main", "replica", "metrics"} - set(value):
            gone = node.at(key)
            assert gone is None or gone.kind == "removed", dotted((*path, key))
    elif isinstance(value, list):
        assert node.at(len(value)) is None
        for index, below in enumerate(value):
            same_as(below, node.at(index), (*path, index))
