"""What is provided under names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from helmlite.engine.named import Named


class Asked(Mapping[str, Callable[..., Any]]):
    """Functions that are made when they are asked for; ``log`` are the names asked for."""

    def __init__(self, *names: str) -> None:
        self.log: list[str] = []
        self._names = names

    def __getitem__(self, name: str) -> Callable[..., Any]:
        self.log.append(name)
        return lambda: name

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@pytest.fixture
def asked() -> Asked:
    """Return a provider of a and b."""
    return Asked("a", "b")


@pytest.fixture
def named(asked: Asked) -> Named:
    """Return what the provider has, by name."""
    made = Named()
    made.provide(asked)
    return made


def test_nothing_is_made_before_it_is_asked_for(named: Named, asked: Asked) -> None:
    """And then once; all names are known before."""
    assert (True, False, ["a", "b"]) == ("a" in named, "c" in named, sorted(named.names))
    assert [] == asked.log
    assert named["a"] is named["a"] is named.get("a")
    assert ["a"] == asked.log


def test_what_is_not_provided_is_missing(named: Named) -> None:
    """As of any mapping."""
    with pytest.raises(KeyError):
        named["c"]
    assert (None, max) == (named.get("c"), named.get("c", max))


def test_the_last_provider_of_a_name_counts(named: Named, asked: Asked) -> None:
    """What was provided before under other names stays."""
    named.provide({"a": max})
    assert (max, "b") == (named["a"], named["b"]())
    assert ["b"] == asked.log


def test_it_knows_what_it_gave(named: Named) -> None:
    """Only that may be called by templates."""
    function = named["a"]
    assert (True, False, False) == (named.holds(function), named.holds(max), named.holds("a"))
