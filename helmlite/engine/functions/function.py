"""What one function of the library is, and how its arguments are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from helmlite.engine.bounds import Meter
from helmlite.engine.exposed import Exposed
from helmlite.engine.failure import HALF_A_CHARACTER, TemplateFailure
from helmlite.engine.missing import Undefined, kind_of
from helmlite.engine.text_methods import text_of

Example = tuple[str, str]
"""An expression and what it prints."""


class Function(NamedTuple):
    """A function of templates; ``usage`` and ``does`` are its line in the documentation.

    All are made anew for each rendering, which is why this is a tuple: a frozen dataclass takes three times as long.

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
    """Functions of one kind, under their heading; ``note`` is what holds for all of them."""

    title: str
    functions: Sequence[Function]
    note: str = ""


def checked(function: Function, meter: Meter) -> Callable[..., Any]:
    """Return the function as templates call it: counted, and with its undefined arguments refused.

    A call that does not fit says how the function is called; half characters, which no encoding has, are a
    TemplateFailure wherever a function meets them.
    """
    call, tick, takes_undefined = function.call, meter.tick, function.takes_undefined

    def called(*args: Any, **named: Any) -> Any:
        tick()
        if not takes_undefined:
            for each in args:
                if isinstance(each, Undefined):
                    str(each)
            for each in named.values():
                if isinstance(each, Undefined):
                    str(each)
        try:
            return call(*args, **named)
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:
                raise TemplateFailure(f"{function.name} is called in another way: {function.usage}") from None
            raise
        except UnicodeEncodeError:
            raise TemplateFailure(f"this text holds {HALF_A_CHARACTER}") from None

    return called


def listed(value: Any) -> list[Any]:
    """Return ``value``, which must be a list; raises TemplateFailure."""
    if isinstance(value, list | tuple | range):
        return list(value)
    raise TemplateFailure(f"a list was expected here, not {kind_of(value)}")


def mapping(value: Any) -> Mapping[Any, Any]:
    """Return ``value``, which must be a mapping; raises TemplateFailure."""
    if isinstance(value, Mapping):
        return value
    raise TemplateFailure(f"a mapping was expected here, not {kind_of(value)}")


def number(value: Any) -> float:
    """Return ``value``, which must be a finite number and no boolean; raises TemplateFailure."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TemplateFailure(f"a number was expected here, not {kind_of(value)}")
    if value != value or value in (float("inf"), float("-inf")):
        raise TemplateFailure("this number is not finite")
    return value


def whole(value: Any, low: int | None = None, high: int | None = None, what: str = "this number") -> int:
    """Return ``value``, which must be a whole number between ``low`` and ``high``; raises TemplateFailure."""
    if not isinstance(value, int) or isinstance(value, bool):
        if isinstance(value, float):
            hint = "`//` divides to whole numbers, and `| to_int` makes one of 2.0."
            raise TemplateFailure("a whole number was expected here, not a decimal one", hint=hint)
        raise TemplateFailure(f"a whole number was expected here, not {kind_of(value)}")
    if low is not None and value < low:
        raise TemplateFailure(
            f"{what} is at least {low:,}" if high is None else f"{what} is between {low:,} and {high:,}"
        )
    if high is not None and value > high:
        raise TemplateFailure(f"{what} is between {low or 0:,} and {high:,}")
    return value


def key_of(value: Any) -> Any:
    """Return ``value``, which must be what a mapping can have as a key: text, a number, a boolean, null."""
    if value is None or isinstance(value, str | int | float):
        return value
    raise TemplateFailure(f"{kind_of(value)} cannot be the key of a mapping")


def wording(value: Any) -> str:
    """Return text, or what an object of ours prints (a Kubernetes version); raises TemplateFailure."""
    if isinstance(value, Exposed) and value.written is not None:
        return value.written
    return text_of(value)


def short(value: Any, most: int, what: str) -> str:
    """Return text of at most ``most`` characters, for work that is not linear in them; raises TemplateFailure."""
    text = wording(value)
    if len(text) > most:
        raise TemplateFailure(f"{what} has at most {most:,} characters")
    return text


__all__ = [
    "Example",
    "Function",
    "Section",
    "checked",
    "key_of",
    "kind_of",
    "listed",
    "mapping",
    "number",
    "short",
    "text_of",
    "whole",
    "wording",
]
