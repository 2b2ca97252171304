"""What one function of the library is: its name, what it does, what it is worth in an example."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from helmlite.engine.bounds import Meter
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import Undefined, kind_of
from helmlite.engine.text_methods import text_of, whole

Example = tuple[str, str]
"""An expression and what it prints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of templates; ``usage`` and ``does`` are its line in the documentation.

    It is a filter when ``as_filter``, and a function either way. An undefined argument is an error before it is
    called, but where ``takes_undefined``.
    """

    name: str
    call: Callable[..., Any]
    usage: str
    does: str
    examples: Sequence[Example] = ()
    as_filter: bool = True
    takes_undefined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Functions of one kind, under their heading."""

    title: str
    functions: Sequence[Function]


def checked(function: Function, meter: Meter) -> Callable[..., Any]:
    """Return the function as templates call it: counted, and with its undefined arguments refused."""
    call = function.call
    if function.takes_undefined:
        return call

    @functools.wraps(call)
    def called(*args: Any, **named: Any) -> Any:
        meter.tick()
        for each in (*args, *named.values()):
            if isinstance(each, Undefined):
                str(each)
        return call(*args, **named)

    return called


def listed(value: Any) -> list[Any]:
    """Return ``value``, which must be a list; raises TemplateFailure."""
    if isinstance(value, list | tuple | range):
        return list(value)
    raise TemplateFailure(f"a list was expected here, not {kind_of(value)}")


def mapping(value: Any) -> dict[str, Any]:
    """Return a copy of ``value``, which must be a mapping; raises TemplateFailure."""
    from collections.abc import Mapping

    if isinstance(value, Mapping):
        return dict(value)
    raise TemplateFailure(f"a mapping was expected here, not {kind_of(value)}")


def number(value: Any) -> float:
    """Return ``value``, which must be a number; raises TemplateFailure."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TemplateFailure(f"a number was expected here, not {kind_of(value)}")


__all__ = ["Example", "Function", "Section", "checked", "kind_of", "listed", "mapping", "number", "text_of", "whole"]
