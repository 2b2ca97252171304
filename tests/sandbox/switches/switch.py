"""What a switch is: a replacement in the sandbox's own code that breaks one behaviour, which a fact states."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest

Broken = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch.

    ``place`` is what is replaced: a module of the sandbox, and a name in it. ``broken`` returns what takes its place,
    given what is there (of a class: what stands in its body, such as a property). ``fact`` fails then, called with
    ``given`` as its parameters.
    """

    place: str
    broken: Broken
    fact: Callable[..., None]
    given: Mapping[str, Any] = field(default_factory=dict)

    def turn(self, patched: pytest.MonkeyPatch) -> None:
        """Put the replacement in its place until ``patched`` is undone; raises AttributeError when there is none."""
        module, _, path = self.place.partition(":")
        *above, name = path.split(".")
        owner: Any = import_module(f"helmlite.sandbox.{module}")
        for each in above:
            owner = getattr(owner, each)
        patched.setattr(owner, name, self.broken(inspect.getattr_static(owner, name)))


def always(answer: Any) -> Broken:
    """Return what makes a function answer the same, whatever it is asked."""
    return lambda _: lambda *_, **__: answer


def is_always(answer: Any) -> Broken:
    """Return what makes a property the same of every object."""
    return lambda _: property(lambda _: answer)


def becomes(value: Any) -> Broken:
    """Return what puts a value in place of a constant."""
    return lambda _: value
