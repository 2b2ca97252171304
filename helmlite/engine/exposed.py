"""Objects of ours that templates may hold: each says which of its names they may use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class Exposed:
    """A class whose ``template_names`` are all that a template reaches; properties give values, methods are called.

    ``written`` is the text that ``{{ ... }}`` prints; None stands for an object that cannot be printed.
    """

    __slots__ = ()

    template_names: ClassVar[frozenset[str]] = frozenset()

    @property
    def written(self) -> str | None:
        """Return the text that printing gives, None when it makes no sense to print this."""
        return None


class Method:
    """A function that a template may call: one of ours, or a method of a plain value, counted and bounded."""

    __slots__ = ("_function", "name")

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the function gives."""
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<method {self.name}>"
