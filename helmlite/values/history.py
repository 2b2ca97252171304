"""The history of each value: who set it, and what that overrode, down to a subchart's own values.yaml.

A second telling of what ``layers``, ``imports`` and ``merge`` do, about places in the stead of values. It is made only
when an error or a person asks, and only along the path that is asked for: every ``Node`` finds its children when it is
asked for them. Tests hold both tellings together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from helmlite.chart.chart import Chart
from helmlite.documents import Path
from helmlite.values.layers import GLOBAL, UserValues, line_of
from helmlite.values.origins import Origin

STORED: Final = "the stored values of the release"
"""What the defaults of a record are called: their lines are not known any more."""

Step = str | int
Kind = Literal["mapping", "list", "scalar", "null", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What was said at one path.

    ``said`` is the whole history, newest first. Of a null, ``own`` is the part that said null, and ``older`` what that
    took away. ``made`` tells that it was only made on the way to something below it, as ``--set image.tag`` makes
    ``image``. ``changed`` has the children that are not as ``child`` finds them.
    """

    kind: Kind
    said: tuple[Origin, ...] = ()
    own: tuple[Origin, ...] = ()
    older: tuple[Node, ...] = ()
    made: bool = False
    child: Callable[[Step], Node | None] | None = None
    changed: dict[Step, Node] | None = None

    @property
    def is_null(self) -> bool:
        """Return whether nothing is there."""
        return self.kind in ("null", "removed")

    def at(self, step: Step) -> Node | None:
        """Return a child."""
        if self.changed is not None and step in self.changed:
            return self.changed[step]
        return self.child(step) if self.child is not None else None

    def below(self, step: Step) -> Node | None:
        """Return a child, or the history of one that a null took away."""
        found = self.at(step)
        if found is None and self.older:
            gone = tuple(each for each in (older.below(step) for older in self.older) if each is not None)
            if gone:
                return Node(
                    kind="removed", said=_joined(self.own, *(each.said for each in gone)), own=self.own, older=gone
                )
        return found


EMPTY: Final = Node(kind="mapping")


def history(chart: Chart, user: UserValues, *, stored: bool) -> Node:
    """Return the history of the final values of a chart, as it was before its imports.

    ``stored`` tells that its own values are those of a record, in place of its values.yaml.
    """
    return _coalesced(_part(chart, stored=stored), _given(user))


def origins_at(node: Node, path: Path) -> Sequence[Origin]:
    """Return the history at a path, newest first; empty when nobody set anything there."""
    found: Node | None = node
    try:
        for step in path:
            found = found.below(step) if found is not None else None
    except RecursionError:  # the same mapping given whole some hundred times over
        return ()
    return found.said if found is not None else ()


def _joined(*parts: tuple[Origin, ...]) -> tuple[Origin, ...]:
    return tuple(dict.fromkeys(each for part in parts for each in part))


def _layer(data: Any, where: Callable[[Path], str], path: Path = ()) -> Node:
    """Return the history of what one place says."""
    place = where(path)
    said = (Origin(where=place, null=data is None),) if place else ()
    if data is None:
        return Node(kind="null", said=said, own=said)
    if isinstance(data, Mapping):
        found: Mapping[Any, Any] = data

        def entry(step: Step) -> Node | None:
            return _layer(found[step], where, (*path, step)) if step in found else None

        return Node(kind="mapping", said=said, child=entry)
    if isinstance(data, list | tuple):
        items = data

        def item(step: Step) -> Node | None:
            inside = isinstance(step, int) and 0 <= step < len(items)
            return _layer(items[int(step)], where, (*path, step)) if inside else None

        return Node(kind="list", said=said, child=item)
    return Node(kind="scalar", said=said)


def _given(user: UserValues) -> Node:
    """Return the history of what the user gives, its layers put over each other as they were."""
    node = replace(EMPTY, changed={})
    for each in user.layers:
        if isinstance(each, UserValues):
            node = replace(_combined(_given(each), node), changed={})
        elif each.path is None and each.data:
            node = _laid(node, _layer(each.data, each.where), each.data)
        elif each.path is not None:
            origin = Origin(where=each.name, null=each.data is None)
            node = _assigned(node, each.path, _layer(each.data, each.where), origin)
    return node


def _laid(node: Node, newer: Node, data: Mapping[str, Any]) -> Node:
    """Return a node with a layer over it: done at once, so that many layers are no deeper than one."""
    changed = dict(node.changed or {})
    for key, value in data.items():
        before, now = node.at(key), newer.at(key)
        if now is None:
            continue
        if before is None:
            changed[key] = now
        elif before.kind == now.kind == "mapping":
            changed[key] = _laid(before, now, value)
        else:
            changed[key] = _replaced(now, before)
    return replace(_mapping(newer, node, node.child), changed=changed)


def _assigned(node: Node | None, path: Path, value: Node, origin: Origin) -> Node:
    """Return a node with a value put at a path below it, as a flag does."""
    if not path:
        return value if node is None else _replaced(value, node)
    step = path[0]
    if node is None or node.is_null:
        new = Node(kind="list" if isinstance(step, int) else "mapping", said=(replace(origin, null=False),), made=True)
        node = new if node is None else _replaced(new, node)
    changed = {} if node.changed is None else node.changed
    if isinstance(step, int):
        for index in range(step - 1, -1, -1):
            if node.at(index) is not None:
                break
            changed[index] = Node(kind="null", said=(replace(origin, null=True),))
    changed[step] = _assigned(node.at(step), path[1:], value, origin)
    return replace(node, changed=changed)


def _mapping(newer: Node, older: Node, child: Callable[[Step], Node | None] | None) -> Node:
    """Return two mappings as one, with the children that ``child`` finds."""
    if newer.made and older.said:
        said = older.said
    elif older.made and newer.said:
        said = newer.said
    else:
        said = _joined(newer.said, older.said)
    return Node(kind="mapping", said=said, made=newer.made and older.made, child=child)


def _replaced(newer: Node, older: Node) -> Node:
    """Return a node that took the whole place of another."""
    said = _joined(newer.said, older.said)
    if newer.is_null:
        return replace(newer, said=said, older=(*newer.older, older))
    if older.is_null:
        return replace(newer, said=said)
    whole = Node(kind="scalar", said=older.said)

    def child(step: Step) -> Node | None:
        now = newer.at(step)
        return now and _replaced(now, older.at(step) or whole)

    return Node(kind=newer.kind, said=said, made=newer.made, child=child)


def _combined(newer: Node | None, older: Node | None) -> Node:
    """Return a layer over another: mappings merge, all else is replaced."""
    if newer is None or older is None:
        return newer or older or EMPTY
    if newer.kind == older.kind == "mapping":
        return _mapping(newer, older, lambda step: _either(_combined, newer.at(step), older.at(step)))
    return _replaced(newer, older)


def _either(both: Callable[[Node, Node], Node], newer: Node | None, older: Node | None) -> Node | None:
    return both(newer, older) if newer is not None and older is not None else newer or older


def _overlaid(given: Node | None, own: Node | None) -> Node | None:
    """Return what is given over a chart's own, where a null removes."""
    if own is None or given is None:
        return given or (own and _marked(own))
    if given.is_null:
        return replace(_replaced(given, own), kind="removed")
    if given.kind == own.kind == "mapping":
        return _mapping(given, own, lambda step: _overlaid(given.at(step), own.at(step)))
    return _replaced(given, own)


def _marked(node: Node) -> Node:
    """Return a chart's own with its nulls as removals."""
    return _renamed(node, "null", "removed")


def _unmarked(node: Node) -> Node:
    """Return removals as nulls, which remove once more in a later merge."""
    return _renamed(node, "removed", "null")


def _renamed(node: Node, old: Kind, new: Kind) -> Node:
    if node.kind == old:
        return replace(node, kind=new)
    if node.kind != "mapping":
        return node

    def child(step: Step) -> Node | None:
        found = node.at(step)
        return found and _renamed(found, old, new)

    return replace(node, child=child, changed=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A chart with its own values, what it imports among them."""

    values: Node
    parts: Mapping[str, _Part]


def _part(chart: Chart, *, stored: bool = False) -> _Part:
    part = _Part(
        values=_layer(chart.values, lambda path: STORED if stored else _line_of(chart, path)),
        parts={each.name: _part(each) for each in chart.subcharts},
    )
    if not chart.metadata.dependencies:
        return part
    own = _unmarked(_coalesced(part, EMPTY))
    imported = EMPTY
    for each in chart.metadata.dependencies:
        for entry in each.import_values:
            child, parent = (f"exports.{entry}", "") if isinstance(entry, str) else (entry["child"], entry["parent"])
            found: Node | None = own
            for step in (each.key, *child.split(".")):
                found = found.at(step) if found is not None else None
            if found is None or found.kind != "mapping":
                continue
            steps = parent.split(".") if parent not in ("", ".") else []
            imported = _combined(imported, _nested(found, steps) if steps else replace(found, said=()))
    return replace(part, values=_combined(own, imported))


def _nested(node: Node, steps: Sequence[str]) -> Node:
    for step in reversed(steps):
        node = Node(kind="mapping", changed={step: node})
    return node


def _line_of(chart: Chart, path: Path) -> str:
    if not (path or chart.values or chart.raw_values):
        return ""
    return line_of(f"{chart.source}/values.yaml", chart.value_lines, path)


def _coalesced(part: _Part, given: Node) -> Node:
    """Return the history of a chart's values, its subcharts' below their names."""
    values = _overlaid(given, part.values) or EMPTY
    shared = values.at(GLOBAL)
    if shared is None or shared.kind != "mapping":
        shared = EMPTY
    everywhere = shared

    def child(step: Step) -> Node | None:
        below = part.parts.get(str(step)) if isinstance(step, str) else None
        if below is None:
            return values.at(step)
        said, section = given.at(step), values.at(step)
        if section is None or section.is_null or (said is not None and said.is_null):
            section = EMPTY
        own = section.at(GLOBAL)
        known = _shared(own if own is not None and own.kind == "mapping" else EMPTY, everywhere)
        return _coalesced(below, replace(section, changed={**(section.changed or {}), GLOBAL: known}))

    return replace(values, child=child, changed=None)


def _shared(own: Node, shared: Node) -> Node:
    """Return a subchart's globals: the parent's win, but not a mapping over none, nor the reverse."""

    def child(step: Step) -> Node | None:
        before, value = own.at(step), shared.at(step)
        if before is None or value is None:
            return value or before
        if before.kind == value.kind == "mapping":
            return _shared(before, value)
        if before.kind != "null" and value.kind != "null" and "mapping" in (before.kind, value.kind):
            return before
        return _replaced(value, before)

    return _mapping(shared, own, child)
