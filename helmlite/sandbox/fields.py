"""Sets of fields, in the form in which managed fields are kept (FieldsV1), and what they say of objects.

A set is a tree of mappings. Its keys are steps: ``f:name`` into a mapping, ``k:{"name":"web"}`` to an item of a list
by its keys, ``v:"x"`` to an item of a set. A place is a member where its mapping is empty or holds ``.``; else it is
only on the way to members. The empty tree has no members. Trees are shared: change none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from helmlite.sandbox.schema import Node

Fields: TypeAlias = dict[str, Any]
Parts: TypeAlias = dict[str, tuple[Node, Any]]

ANY = Node({"x-kubernetes-preserve-unknown-fields": True})
"""Of a value that no schema describes: mappings are shared field by field, lists have one owner."""
ABSENT: Final = object()
"""In place of a value that is not there, which null is not."""
_ZEROS: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}
_text: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode


def is_member(tree: Fields) -> bool:
    """Return whether a place inside a set belongs to it."""
    return not tree or "." in tree


def union(left: Fields, right: Fields) -> Fields:
    """Return the places that are in either set."""
    made = dict(left)
    for step, below in right.items():
        ours = left.get(step)
        made[step] = below if ours is None or ours == below else _both(ours, below)
    return made


def _both(left: Fields, right: Fields) -> Fields:
    return union(left, right) if left and right else {".": {}, **left, **right}


def difference(left: Fields, right: Fields) -> Fields:
    """Return the places of ``left`` that are not in ``right``; what is below a common place counts by itself."""
    return _selected(left, right, common=False)


def intersection(left: Fields, right: Fields) -> Fields:
    """Return the places that are in both sets."""
    return _selected(left, right, common=True)


def _selected(left: Fields, right: Fields, *, common: bool) -> Fields:
    made: Fields = {}
    for step, below in left.items():
        other = right.get(step)
        if step == "." or (common and other is None):
            continue
        if other is None:
            made[step] = below
            continue
        rest = _selected(below, other, common=common)
        if is_member(below) and is_member(other) is common:
            made[step] = {".": {}, **rest} if rest else rest
        elif rest:
            made[step] = rest
    return made


def is_valid(tree: Any, *, is_root: bool = True) -> bool:
    """Return whether a value of unknown make is a set of fields."""
    if not isinstance(tree, dict):
        return False
    steps = (step[:2] in ("f:", "k:", "v:", "i:") or (step == "." and not is_root) for step in tree)
    return all(steps) and all(is_valid(below, is_root=False) for below in tree.values())


def paths(tree: Fields, start: str = "") -> Iterator[str]:
    """Yield the members' paths as refusals write them: ``.spec.containers[name="web"].image``."""
    for step, below in sorted(tree.items()):
        if step != ".":
            here = start + path_of(step)
            if is_member(below):
                yield here
            yield from paths(below, here)


def path_of(step: str) -> str:
    """Return one step as paths write it: ``.image``, ``[name="web"]``, ``[="x"]``."""
    if step.startswith("f:"):
        return f".{step[2:]}"
    if step.startswith("k:"):
        return f"[{','.join(f'{key}={_text(value)}' for key, value in sorted(json.loads(step[2:]).items()))}]"
    return f"[={step[2:]}]"


def step_to(node: Node, item: Any) -> str:
    """Return the step from a list to one of its items; "" for an item of a ``map`` list that bears no key at all."""
    if node.list_type == "set":
        return f"v:{_text(item)}"
    found: dict[str, Any] = {}
    for key in node.list_keys:
        if isinstance(item, dict) and key in item:
            found[key] = item[key]
        else:
            child = node.items.field(key) if node.items else None
            if child is not None and child.default is not None:
                found[key] = child.default
    return f"k:{_text(found)}" if found else ""


def parts_of(node: Node, value: Any) -> Parts | None:
    """Return what is below a value, by step; None for one that has a single owner: a scalar, null, what is atomic."""
    if isinstance(value, dict):
        if node.is_atomic_map:
            return None
        return {f"f:{key}": (node.field(key) or ANY, each) for key, each in value.items()}
    if isinstance(value, list):
        if node.list_type == "atomic":
            return None
        below = node.items or ANY
        return {step_to(node, each): (below, each) for each in value}
    return None


def owned(node: Node, value: Any) -> Fields | None:
    """Return the set of what somebody owns who applies ``value``, None when that is nothing (of an empty list)."""
    parts = parts_of(node, value)
    if parts is None or value == {}:
        return {}
    made: Fields = {}
    for step, (child, each) in parts.items():
        below = owned(child, each)
        if not (step.startswith("f:") and step[2:] in node.properties):  # items and free keys are members themselves
            below = {".": {}, **below} if below else {}
        if below is not None:
            made[step] = below
    return made or None


def compare(node: Node, old: Any, new: Any, *, is_custom: bool) -> tuple[Fields, Fields]:
    """Return the set of what ``new`` adds or changes, and the set of what it no longer has.

    In built-in kinds some fields are there though nobody wrote them, empty: ``is_custom`` says that there are none.
    """
    changed, removed = _compare(node, old, new, is_custom=is_custom)
    return changed or {}, removed or {}


def _compare(node: Node, old: Any, new: Any, *, is_custom: bool) -> tuple[Fields | None, Fields | None]:
    if old == new:
        return None, None
    olds, news = parts_of(node, old), parts_of(node, new)
    if not olds and not news:
        return (None, {}) if new is ABSENT else ({}, None)
    changed: Fields = {}
    removed: Fields = {}
    for step in {**(olds or {}), **(news or {})}:
        child, before = olds[step] if olds and step in olds else (None, ABSENT)
        child, after = news[step] if news and step in news else (child or ANY, ABSENT)
        if not is_custom and (before is ABSENT or after is ABSENT):
            empty = _unwritten(node, step[2:], child) if after is not None else None
            before = empty if before is ABSENT and isinstance(old, dict) else before
            after = empty if after is ABSENT and isinstance(new, dict) else after
        more, less = _compare(child, before, after, is_custom=is_custom)
        if more is not None:
            changed[step] = more
        if less is not None:
            removed[step] = less
    if old is ABSENT:
        changed["."] = {}
    if new is ABSENT:
        removed["."] = {}
    return changed or None, removed or None


def _unwritten(node: Node, name: str, child: Node) -> Any:
    """Return what Go's structs hold in a field that nobody wrote, and write: ABSENT where they leave it out."""
    if child.default == {}:
        return {}
    return _ZEROS.get(child.type) if name in node.required and name in node.properties else ABSENT


def merge(node: Node, live: Any, config: Any) -> Any:
    """Return ``live`` with what is applied; items stand in the order of ``config``, others where they were."""
    if isinstance(live, dict) and not node.is_atomic_map:
        if isinstance(config, dict):
            both = {key: merge(node.field(key) or ANY, live[key], config[key]) for key in live if key in config}
            return {**live, **config, **both}
        return live if live and config is None else config
    if isinstance(live, list) and node.list_type != "atomic":
        if isinstance(config, list):
            return _merged_lists(node, live, config)
        return live if live and config is None else config
    return config


def _merged_lists(node: Node, live: list[Any], config: list[Any]) -> list[Any]:
    waiting = {step_to(node, each): each for each in config}
    there = {step_to(node, each): each for each in live}
    shared = iter([step for step in waiting if step in there])
    following = next(shared, None)
    made: list[Any] = []

    def place(step: str) -> None:
        item = waiting.pop(step)
        made.append(merge(node.items or ANY, there[step], item) if step in there else item)

    ours = frozenset(waiting)
    for each in live:
        step = step_to(node, each)
        if step not in ours:
            made.append(each)
        elif step == following:
            while next(iter(waiting)) != step:
                place(next(iter(waiting)))
            place(step)
            following = next(shared, None)
    for step in list(waiting):
        place(step)
    return made


def with_structs(node: Node, tree: Fields) -> Fields:
    """Return a set to which each named field on the way to its members belongs too."""
    made: Fields = {}
    for step, below in tree.items():
        name = step[2:]
        child = (node.field(name) if step.startswith("f:") else node.items) or ANY
        deeper = with_structs(child, below) if below else below
        is_named = step.startswith("f:") and name in node.properties
        made[step] = {".": {}, **deeper} if is_named and deeper else deeper
    return made


def without(node: Node, value: Any, gone: Fields) -> Any:
    """Return a value without the members of a set; null for a mapping or list of which nothing is left."""
    if isinstance(value, dict) and not node.is_atomic_map:
        kept = {}
        for key, each in value.items():
            below = gone.get(f"f:{key}")
            if below is None:
                kept[key] = each
            elif not is_member(below):
                kept[key] = without(node.field(key) or ANY, each, below)
        return kept or None
    if isinstance(value, list) and node.list_type != "atomic":
        steps = [(each, gone.get(step_to(node, each))) for each in value]
        left = [
            each if below is None else without(node.items or ANY, each, below)
            for each, below in steps
            if below is None or not is_member(below)
        ]
        return left or None
    return value
