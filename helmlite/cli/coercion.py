"""Options that nobody gave cost nothing.

Typer makes a validator of pydantic for every option of a command, and imports pydantic for it, a tenth of a second at
each start. Most values are right already: a default, or text where text is wanted. Only the others are given to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, get_args, get_origin

from typer._coercion import build_runtime_param


class _AsItIs:
    """What Typer asks to coerce one parameter's value; makes Typer's own only for a value that needs it."""

    def __init__(self, descriptor: Any) -> None:
        self._descriptor = descriptor

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value in the parameter's type; raises BadParameter as Typer does."""
        kind, given = self._descriptor.annotation, self._descriptor.parameter_info
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if getattr(given, "parser", None) is None and getattr(given, "click_type", None) is None:
            if kind is str and type(value) is str:
                return value
            if get_origin(kind) is list and get_args(kind) == (str,) and isinstance(value, list | tuple):
                return list(value)
        if isinstance(kind, type) and issubclass(kind, Enum | float | int) and isinstance(value, kind):
            return value
        return build_runtime_param(self._descriptor).coerce(value, param=param, ctx=ctx)


def spare_validators(params: Sequence[Any]) -> None:
    """Let the parameters of a command make no validator for values that are right already."""
    for each in params:
        if getattr(each, "_runtime_param", each) is None:
            each._runtime_param = _AsItIs(each.type_descriptor)
