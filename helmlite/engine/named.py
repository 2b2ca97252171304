"""Filters, tests and functions by their names in templates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, overload

T = TypeVar("T")


class Named(dict[str, Callable[..., Any]]):
    """What is provided under names; each is taken from there when it is first asked for.

    A dict that holds what was asked for so far, since compiled templates look into it again and again; ``in``, ``get``
    and ``names`` know all names.
    """

    def __init__(self) -> None:
        super().__init__()
        self._providers: dict[str, Mapping[str, Callable[..., Any]]] = {}
        self._taken: set[int] = set()

    def provide(self, found: Mapping[str, Callable[..., Any]]) -> None:
        """Add what is in a mapping, in the place of what was provided under the same names and not yet asked for."""
        self._providers.update(dict.fromkeys(found, found))

    @property
    def names(self) -> Collection[str]:
        """Return all names."""
        return self._providers.keys()

    def holds(self, value: object) -> bool:
        """Return whether ``value`` is one that was asked for here."""
        return id(value) in self._taken

    def __missing__(self, name: str) -> Callable[..., Any]:
        made = self[name] = self._providers[name][name]
        self._taken.add(id(made))
        return made

    def __contains__(self, name: object) -> bool:
        return name in self._providers

    @overload
    def get(self, name: str, default: None = None, /) -> Callable[..., Any] | None: ...
    @overload
    def get(self, name: str, default: Callable[..., Any], /) -> Callable[..., Any]: ...
    @overload
    def get(self, name: str, default: T, /) -> Callable[..., Any] | T: ...
    def get(self, name: str, default: Any = None, /) -> Any:
        """Return what has a name, ``default`` where there is none."""
        return self[name] if name in self._providers else default
