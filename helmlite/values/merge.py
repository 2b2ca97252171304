"""The values a chart is rendered with: what the user gives over what charts bring, each null taken at its word.

Helm's coalescing with its inconsistencies settled: a null removes a key from everything below it - the chart's own
defaults, a parent's section for a subchart, a subchart's defaults, globals - and stays null where nothing is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helmlite.chart.chart import Chart
from helmlite.documents import Path
from helmlite.errors import ValuesError
from helmlite.values.enabling import enabled_charts, named_charts
from helmlite.values.imports import with_imports
from helmlite.values.layers import GLOBAL, UserValues
from helmlite.values.nulls import DELETED, without_deleted
from helmlite.values.origins import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """The final values, and the chart as it is rendered: aliases given, disabled subcharts gone, imports done.

    ``plain`` is the same chart without what it imports; its values are those of a record if ``stored``.
    """

    chart: Chart
    values: Mapping[str, Any] = field(repr=False)
    user: UserValues = field(repr=False)
    plain: Chart = field(repr=False)
    stored: bool = False
    warnings: Sequence[str] = ()

    def origins(self, path: Path) -> Sequence[Origin]:
        """Return who set the value at a path from the root chart's values, newest first; empty when nobody did.

        Of a value that a null took away, the null is the newest.
        """
        from helmlite.values.history import history, origins_at  # only errors and people ask

        return origins_at(history(self.plain, self.user, stored=self.stored), path)

    def origin(self, path: Path) -> str:
        """Return where the value at a path was set: the user's file, line or flag, else a chart's values.yaml."""
        found = self.origins(path)
        return found[0].where if found else ""


def compute(chart: Chart, user: UserValues, *, defaults: Mapping[str, Any] | None = None) -> Computed:
    """Return the values that a chart is rendered with; raises ValuesError where a subchart's section is no mapping.

    ``defaults`` take the place of the chart's values.yaml. Neither argument is changed.
    """
    merging = Merging()
    named = named_charts(chart, defaults)
    seen = merging.coalesced(named, user.data)
    kept = enabled_charts(named, seen, merging.warn)
    imported = with_imports(kept, lambda part: Merging().coalesced(part, {}, keep_nulls=True), merging.warn)
    final = Merging().coalesced(imported, user.data)
    return Computed(
        chart=imported,
        values=final,
        user=user,
        plain=kept,
        stored=defaults is not None,
        warnings=tuple(dict.fromkeys(merging.warnings)),
    )


def coalesced(defaults: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's values: what the user gave over the chart's stored defaults."""
    return without_deleted(Merging().overlaid(defaults, config, ()))


class Merging:
    """One merge of a whole chart; its warnings say what had odd types, without quoting a value."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        """Remember a warning."""
        self.warnings.append(text)

    def coalesced(self, chart: Chart, given: Mapping[str, Any], *, keep_nulls: bool = False) -> dict[str, Any]:
        """Return the values of a chart with its subcharts' under their names.

        ``keep_nulls`` leaves a null where one removed something, so that it still does in a later merge.
        """
        return without_deleted(self._chart(chart, given, ()), keep_nulls=keep_nulls)

    def _chart(self, chart: Chart, given: Mapping[str, Any], path: Path) -> dict[str, Any]:
        values = self.overlaid(chart.values, given, path)
        shared = values.get(GLOBAL)
        if shared is None or shared is DELETED:
            shared = {}
        if not isinstance(shared, Mapping):
            self.warn(f"{_shown((*path, GLOBAL))} is no mapping, so that it is not shared with subcharts")
            shared = {}
        for each in chart.subcharts:
            section = self._section(each.name, values, given, path)
            below = section.get(GLOBAL)
            own = below if isinstance(below, Mapping) else {}
            section = {**section, GLOBAL: self._shared(own, shared, (*path, each.name, GLOBAL))}
            values[each.name] = self._chart(each, section, (*path, each.name))
        return values

    def _section(self, name: str, values: Mapping[str, Any], given: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
        """Return what is said above of a subchart; a null drops what the parent says of it."""
        if name in given and (given[name] is None or given[name] is DELETED):
            return {}
        section = values.get(name)
        if section is None or section is DELETED:
            return {}
        if not isinstance(section, Mapping):
            raise ValuesError(
                f"{_shown((*path, name))}: the values of subchart {name!r} are a mapping, this is none",
                hint=f"set single values below it, as in {_shown((*path, name))}.KEY",
            )
        return section

    def _shared(self, own: Mapping[str, Any], shared: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """Return a subchart's globals: the parent's win; where one is a mapping and the other is not, hers stays."""
        made = dict(own)
        for key, value in shared.items():
            before = made.get(key)
            if isinstance(before, Mapping) and isinstance(value, Mapping):
                made[key] = self._shared(before, value, (*path, key))
            elif before is not None and value is not None and isinstance(before, Mapping) != isinstance(value, Mapping):
                self.warn(f"{_shown((*path, key))} is a mapping in one chart and none in another; it is not merged")
            else:
                made[key] = value
        return made

    def overlaid(self, own: Mapping[str, Any], given: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """Return ``given`` over a chart's ``own`` values, removals marked."""
        made: dict[str, Any] = {}
        for key, default in own.items():
            if key not in given:
                made[key] = _marked(default)
                continue
            value = given[key]
            if value is DELETED or value is None:
                made[key] = DELETED
            elif isinstance(default, Mapping) and isinstance(value, Mapping):
                made[key] = self.overlaid(default, value, (*path, key))
            else:
                if None not in (default, value) and isinstance(default, Mapping) != isinstance(value, Mapping):
                    kinds = ("a mapping", "none") if isinstance(default, Mapping) else ("no mapping", "one")
                    self.warn(f"{_shown((*path, key))} is {kinds[0]} in the chart's defaults, and {kinds[1]} as given")
                made[key] = value
        made.update((key, value) for key, value in given.items() if key not in own)
        return made


def _marked(default: Any) -> Any:
    """Return a chart's default with its nulls as removals: they remove what charts further down say."""
    if default is None:
        return DELETED
    return {key: _marked(value) for key, value in default.items()} if isinstance(default, Mapping) else default


def _shown(path: Path) -> str:
    return ".".join(str(each) for each in path)
