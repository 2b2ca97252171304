"""The functions and filters that chart authors need. Pure but for what FunctionScope hands in.

Each is described where it is made, with examples; ``docs/functions.md`` is written from that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from helmlite.engine.functions.collections import list_functions, mapping_functions
from helmlite.engine.functions.digests import digests
from helmlite.engine.functions.formats import formats
from helmlite.engine.functions.function import Function, Section, checked
from helmlite.engine.functions.moments import moments
from helmlite.engine.functions.naming import naming
from helmlite.engine.functions.network import network
from helmlite.engine.functions.numbers import number_functions
from helmlite.engine.functions.paths import asking, path_functions
from helmlite.engine.functions.patterns import pattern_functions
from helmlite.engine.functions.scope import FunctionScope, Library
from helmlite.engine.functions.secrets import secrets
from helmlite.engine.functions.text import text_functions

__all__ = ["Function", "FunctionScope", "Library", "Section", "library", "sections"]


_SECTIONS = (
    formats,
    digests,
    text_functions,
    naming,
    list_functions,
    mapping_functions,
    pattern_functions,
    number_functions,
    moments,
    network,
    path_functions,
    secrets,
    asking,
)


_places: dict[str, tuple[int, bool]] = {}
"""By name the number of each function's section, and whether it is a filter: the same over any scope."""


def sections(scope: FunctionScope) -> list[Section]:
    """Return all functions over ``scope``, by kind."""
    return [make(scope) for make in _SECTIONS]


def library(scope: FunctionScope) -> Library:
    """Return the library over ``scope``: everything is a function, most of it a filter too.

    Few of the sections are used by any one chart: each is made when one of its functions is asked for.
    """
    places = _places or _learn_places(scope)
    made: dict[int, dict[str, Function]] = {}
    calls: dict[str, Callable[..., Any]] = {}

    def call(name: str) -> Callable[..., Any]:
        if name not in calls:
            number = places[name][0]
            if number not in made:
                made[number] = {each.name: each for each in _SECTIONS[number](scope).functions}
            calls[name] = checked(made[number][name], scope.meter)
        return calls[name]

    return Library(
        filters=_Calls(frozenset(name for name in places if places[name][1]), call),
        globals=_Calls(places, call),
        tests={},
    )


def _learn_places(scope: FunctionScope) -> Mapping[str, tuple[int, bool]]:
    _places.update(
        {
            each.name: (number, each.as_filter)
            for number, section in enumerate(sections(scope))
            for each in section.functions
        }
    )
    return _places


class _Calls(Mapping[str, Callable[..., Any]]):
    """Functions by name, each made by ``call``."""

    def __init__(self, names: Collection[str], call: Callable[[str], Callable[..., Any]]) -> None:
        self._names = names
        self._call = call

    def __getitem__(self, name: str) -> Callable[..., Any]:
        if name not in self._names:
            raise KeyError(name)
        return self._call(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
