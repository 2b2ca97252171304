"""Rendering once more to learn what read which value: code that notes each access, values that can be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from helmlite.documents import Path
from helmlite.engine.context import Scope
from helmlite.engine.environment import ChartEnvironment
from helmlite.engine.missing import Undefined
from helmlite.engine.positions.text import Hole, Site, TracedText
from helmlite.engine.positions.traced import TracedSite


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
        self._kept: list[Any] = []
        self._log: list[tuple[Path, Any]] = []
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

    def seen(self, mark: int, value: Any, site: Site) -> Hole:
        """Return a printed value with what its expression read."""
        self.used(value)
        read = self._read(mark)
        if not read and (value is None or isinstance(value, bool)):
            # such values have no identity: the last one read alike
            read = next(((path,) for path, each in reversed(self._log) if each is value), ())
        return value, TracedSite.of(site, read)

    def recent(self) -> tuple[Path, ...]:
        """Return the paths of the values that the present statement has read."""
        return self._read(self._since)

    def _read(self, mark: int) -> tuple[Path, ...]:
        paths = list(dict.fromkeys(path for path, _ in self._log[mark:]))
        above = {path[:size] for path in paths for size in range(len(path))}
        return tuple(path for path in paths if path not in above)

    # -- what is read

    def attribute(self, obj: Any, name: str, base: str) -> Any:
        """Return ``obj.name``, and note it."""
        return self._noted(obj, name, super().attribute(obj, name, base))

    def item(self, obj: Any, key: Any, base: str = "", shown: bool = False) -> Any:
        """Return ``obj[key]``, and note it."""
        return self._noted(obj, key, super().item(obj, key, base, shown))

    def _noted(self, obj: Any, key: Any, value: Any) -> Any:
        is_method = callable(value) and not isinstance(value, Undefined)
        if isinstance(key, str | int) and isinstance(obj, Mapping | list) and not is_method:
            known: Sequence[Path] = self._paths.get(id(obj), ())
            if len(known) == 1:
                self._log.append(((*known[0], key), value))
        return value
