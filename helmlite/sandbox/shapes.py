"""Whether what is applied has its schema's shape, in the words of the server's typed values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helmlite.sandbox.fields import ANY, path_of, step_to
from helmlite.sandbox.schema import Node

_EXPECTED: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "object": ("map", dict),
    "array": ("list", list),
    "string": ("string", str),
    "integer": ("numeric (int or float)", (int, float)),
    "number": ("numeric (int or float)", (int, float)),
    "boolean": ("boolean", bool),
}


def misfits(node: Node, value: Any, path: str = "") -> Iterator[str]:
    """Yield what is wrong with a value: ``.data.k: expected string, got ...``; a null is right everywhere."""
    if value is None:
        return
    expected, fitting = _EXPECTED.get(node.type, ("", object))
    if not isinstance(value, fitting) or (isinstance(value, bool) and node.type in ("integer", "number")):
        yield f"{path}: expected {expected}, got {_seen(node.type, value)}"
    elif isinstance(value, dict):
        for key, each in sorted(value.items()):
            child = node.field(key)
            if child is None and node.properties and not node.preserves_unknown:
                yield f"{path}.{key}: field not declared in schema"
            else:
                yield from misfits(child or ANY, each, f"{path}.{key}")
    elif isinstance(value, list) and node.list_type == "atomic":
        for index, each in enumerate(value):
            yield from misfits(node.items or ANY, each, f"{path}[{index}]")
    elif isinstance(value, list):
        yield from _items(node, value, path)


def _items(node: Node, value: list[Any], path: str) -> Iterator[str]:
    steps: set[str] = set()
    for index, each in enumerate(value):
        fault = _no_item(node, each)
        if fault:
            yield f"{path}: element {index}: associative list {fault}"
            return
        step = step_to(node, each)
        if step in steps:
            yield f"{path}: duplicate entries for key {path_of(step)}"
        steps.add(step)
        yield from misfits(node.items or ANY, each, path + path_of(step))


def _no_item(node: Node, item: Any) -> str:
    """Return why an item cannot be told from others, "" where it can."""
    if node.list_type == "set":
        if item is None:
            return "without keys has an element that's an explicit null"
        found = "map" if isinstance(item, dict) else "list" if isinstance(item, list) else ""
        return f"without keys has an element that's a {found} type" if found else ""
    if item is None:
        return "with keys may not have a null element"
    if not isinstance(item, dict):
        return "with keys may not have non-map elements"
    if step_to(node, item):
        return ""
    keys = " ".join(f'"{each}"' for each in node.list_keys)
    said = "with keys has an element that omits all key fields"
    return f"{said} [{keys}] (and doesn't have default values for any key fields)"


def _seen(kind: str, value: Any) -> str:
    """Return a value, or its type, as Go prints it."""
    if kind == "string":
        return f"&value.valueUnstructured{{Value:{printed(value)}}}"
    if kind in ("integer", "number"):
        types = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}"}
        return types[type(value)]
    return f"&{{{printed(value)}}}"


def printed(value: Any) -> str:
    """Return a value as Go prints it: ``map[name:web]``, ``[a b]``, ``<nil>``."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{printed(each)}' for key, each in sorted(value.items()))}]"
    if isinstance(value, list):
        return f"[{' '.join(printed(each) for each in value)}]"
    if value is None or isinstance(value, bool):
        return {None: "<nil>", True: "true", False: "false"}[value]
    return str(value)
