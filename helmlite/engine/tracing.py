"""Rendering once more to learn what read which value: code that notes each access, values that can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2.runtime import Context, Macro

from helmlite.documents import Path
from helmlite.engine.context import Scope
from helmlite.engine.environment import ChartEnvironment
from helmlite.engine.missing import Undefined
from helmlite.engine.positions.text import Hole, Site, TracedText
from helmlite.engine.positions.traced import TracedSite
from helmlite.engine.trace import narrowest


class _Text(str):
    __slots__ = ()


class _Whole(int):
    pass


class _Decimal(float):
    pass


def told_apart(value: Any) -> Any:
    """Return a copy of values in which each text, number, list and mapping is an object of its own."""
    if isinstance(value, Mapping):
        return {key: told_apart(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [told_apart(each) for each in value]
    if isinstance(value, bool):
        return value
    for kind, own in ((str, _Text), (int, _Whole), (float, _Decimal)):
        if isinstance(value, kind):
            return own(value)
    return value


class TracedEnvironment(ChartEnvironment):
    """Notes what expressions read, by the identity of the values; its code calls ``mark``, ``noted`` and ``seen``."""

    is_traced = True

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self._paths: dict[int, tuple[Path, ...]] = {}
        self._own: set[int] = set()
        self._composed: set[int] = set()
        self._kept: list[Any] = []
        self._log: list[tuple[Path, Any] | None] = []
        self._since = 0

    def learn(self, scopes: Iterable[Scope], root: str) -> None:
        """Remember where each value of the charts is; ``root`` is the root chart's path."""
        for scope in scopes:
            above = tuple(scope.folder.removeprefix(root).split("/charts/")[1:])
            self._learn(scope.names["values"], above)

    def _learn(self, value: Any, path: Path) -> None:
        if value is None or isinstance(value, bool):
            return
        if id(value) not in self._paths:
            self._paths[id(value)] = (path,)
            self._own.add(id(value))
        parts: Iterable[tuple[str | int, Any]] = ()
        if isinstance(value, Mapping):
            parts = value.items()
        elif isinstance(value, list):
            parts = enumerate(value)
        for key, each in parts:
            self._learn(each, (*path, key))

    # -- what traced code calls

    def traced(self, text: str, site: Site) -> TracedText:
        """Return a template's own text with its line."""
        return TracedText(text, site, site.line)

    def begin(self) -> None:
        """Begin a statement: what it reads is what an error in it is about."""
        self._since = len(self._log)

    def mark(self) -> int:
        """Return the point of the log from which an expression reads."""
        return len(self._log)

    def used(self, value: Any) -> Any:
        """Note that a name was read."""
        for path in self._paths.get(id(value), ()):
            self._log.append((path, value))
        return value

    def noted(self, mark: int, value: Any) -> Any:
        """Note what a value was made from, so that it is known where the value is used."""
        if value is not None and not isinstance(value, bool) and id(value) not in self._paths:
            read = self._read(mark)
            if read:
                if type(value) in (str, int, float):
                    # it may be a fact of the chart or the release, which others read without having read this
                    value = told_apart(value)
                self._kept.append(value)
                self._paths[id(value)] = read
        return value

    def composed(self, mark: int, value: Any) -> Any:
        """Note what a list or mapping that a template spells out was made from; what is in it knows that for itself."""
        if id(self.noted(mark, value)) in self._paths:
            self._composed.add(id(value))
        return value

    def seen(self, mark: int, value: Any, site: Site) -> Hole:
        """Return a printed value with what its expression read."""
        self.used(value)
        read = self._read(mark)
        if not read and (value is None or isinstance(value, bool)):
            # such values have no identity: the last one read alike
            read = next(((each[0],) for each in reversed(self._log) if each is not None and each[1] is value), ())
        return value, TracedSite.of(site, read)

    def recent(self) -> tuple[Path, ...]:
        """Return the paths of the values that the present statement has read."""
        return narrowest(self._read(self._since))

    def _read(self, mark: int) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(each[0] for each in self._log[mark:] if each is not None))

    # -- what is read

    def attribute(self, obj: Any, name: str, base: str) -> Any:
        """Return ``obj.name``, and note it."""
        return self._noted(obj, name, super().attribute(obj, name, base), shown=bool(base))

    def item(self, obj: Any, key: Any, base: str = "", shown: bool = False) -> Any:
        """Return ``obj[key]``, and note it."""
        return self._noted(obj, key, super().item(obj, key, base, shown), shown=shown)

    def _mapping_method(self, obj: Mapping[Any, Any], name: str) -> Callable[..., Any]:
        function = super()._mapping_method(obj, name)
        if name != "get":
            return function
        self._step_from(obj)

        def get(key: Any, *otherwise: Any) -> Any:
            return self._noted(obj, key, function(key, *otherwise), shown=key in obj)

        return get

    def _noted(self, obj: Any, key: Any, value: Any, *, shown: bool) -> Any:
        if callable(value) and not isinstance(value, Undefined):
            return value
        if not shown and (isinstance(value, Undefined) or (isinstance(obj, Mapping) and key not in obj)):
            # a key that is computed and leads nowhere may come out of a Secret
            return value
        self._step_from(obj)
        known = self._paths.get(id(obj), ())
        if id(obj) in self._own and isinstance(obj, Mapping | list) and isinstance(key, str | int):
            self._log.append(((*known[0], key), value))
        elif id(value) in self._paths:
            self.used(value)
        elif id(obj) not in self._composed:
            self._log += [(path, value) for path in known]
        return value

    def call(__self, __context: Context, __obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Return what a call gives; what a macro is given was not read by that."""
        if isinstance(__obj, Macro):
            given = {id(each) for each in (*args, *kwargs.values()) if isinstance(each, Mapping | list)}
            __self._step_over(lambda value: id(value) in given)
        return super().call(__context, __obj, *args, **kwargs)

    def _step_from(self, obj: Any) -> None:
        if isinstance(obj, Mapping | list):
            self._step_over(lambda value: value is obj)

    def _step_over(self, is_way: Callable[[Any], bool]) -> None:
        """Take back that the values last read were read as a whole: they were only on the way to something."""
        for at in range(len(self._log) - 1, -1, -1):
            entry = self._log[at]
            if entry is not None:
                if not is_way(entry[1]):
                    return
                self._log[at] = None
