"""JSON patch, JSON merge patch and strategic merge patch. Each returns a new value and leaves its target as it was."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from typing import Any

from helmlite import documents
from helmlite.sandbox.fields import ANY
from helmlite.sandbox.schema import Node
from helmlite.sandbox.shapes import printed
from helmlite.sandbox.status import StatusError, bad_request, too_large

DIRECTIVE, RETAINED = "$patch", "$retainKeys"
ORDERED, DELETED = "$setElementOrder/", "$deleteFromPrimitiveList/"
MAX_OPERATIONS = 10_000
MAX_COPIED_BYTES = 3 << 20
_TYPES = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}


def _undecodable(value: Any, wanted: str, start: str = "error decoding patch: ") -> StatusError:
    return bad_request(f"{start}json: cannot unmarshal {_TYPES.get(type(value))} into Go value of type {wanted}")


def _failed() -> StatusError:
    """Return 422: an operation of a JSON patch that cannot be done."""
    said = "the server rejected our request due to an error in our request"
    return StatusError(422, "Invalid", said, {})


def json_patch(target: Any, operations: Any) -> Any:
    """Return what a JSON patch (RFC 6902) makes of a value.

    As in Go's library, replacing what a mapping lacks adds it, copying what is not there gives null, and an index may
    count from the end. Raises StatusError: 400 for what is no list of operations, 413 for too many of them, 422 for one
    that cannot be done, or copies that make too much of little.
    """
    if not isinstance(operations, list):
        raise _undecodable(operations, "[]handlers.jsonPatchOp")
    if len(operations) > MAX_OPERATIONS:
        raise too_large(f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}")
    root, copied_bytes = {"": copy.deepcopy(target)}, 0
    for each in operations:
        if not isinstance(each, dict):
            raise _undecodable(each, "handlers.jsonPatchOp")
        copied_bytes += _operated(root, each)
        if copied_bytes > MAX_COPIED_BYTES:
            raise _failed()
    if _is_deep(root[""]):
        raise _failed()
    return root[""]


def _operated(root: dict[str, Any], operation: dict[str, Any]) -> int:
    """Do one operation on what stands below the key "" of ``root``; return how many bytes it copies."""
    verb, path, value, copied_bytes = operation.get("op"), operation.get("path"), operation.get("value"), 0
    if verb == "test":
        found = _found(root, path)
        if found != value or _text(found) != _text(value):  # to Python alone, true is 1
            raise _failed()
        return 0
    if verb == "move":
        value = _found(root, operation.get("from"))
        _change(root, operation.get("from"), "remove", None)
    elif verb == "copy":
        text = _text(_found(root, operation.get("from")))
        value, copied_bytes = json.loads(text), len(text)
    _change(root, path, "add" if verb in ("copy", "move") else verb, value)
    return copied_bytes


def _is_deep(value: Any, levels: int = documents.DEPTH) -> bool:
    """Return whether a value nests deeper than what is read may."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deep(each, levels - 1) for each in inside)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _parent(root: Any, path: Any) -> tuple[Any, str]:
    """Return what holds the value at a path, and the last step to it."""
    if not isinstance(path, str):
        raise _failed()
    *steps, last = (each.replace("~1", "/").replace("~0", "~") for each in path.split("/"))
    for step in steps:
        root = _below(root, step)
    return root, last


def _below(value: Any, step: str) -> Any:
    """Return what a step leads to, null for what a mapping lacks."""
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list):
        return value[_index(value, step)]
    raise _failed()


def _found(root: Any, path: Any) -> Any:
    return _below(*_parent(root, path))


def _change(root: Any, path: Any, verb: Any, value: Any) -> None:
    parent, last = _parent(root, path)
    is_list = isinstance(parent, list)
    if verb == "remove" and path and (is_list or (isinstance(parent, dict) and last in parent)):
        del parent[_index(parent, last) if is_list else last]
    elif verb in ("add", "replace") and isinstance(parent, dict):
        parent[last] = value
    elif verb == "replace" and is_list:
        parent[_index(parent, last)] = value
    elif verb == "add" and is_list:
        parent.insert(len(parent) if last == "-" else _index([*parent, None], last), value)
    else:
        raise _failed()


def _index(items: Sequence[Any], step: str) -> int:
    if not re.fullmatch("-?[0-9]{1,9}", step) or not -len(items) <= int(step) < len(items):
        raise _failed()
    return int(step) % len(items)


def merge_patch(target: Any, patch: Any) -> Any:
    """Return what a JSON merge patch (RFC 7386) makes of an object; raises StatusError 400 when it is none itself."""
    if patch is None:
        raise bad_request("Invalid JSON Patch")
    if not isinstance(patch, dict):
        raise _undecodable(patch, "map[string]interface {}")
    return _merged(target, patch)


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = _merged(made.get(key), value)
    return made


def strategic_merge(node: Node, target: Any, patch: Any) -> Any:
    """Return what a strategic merge patch makes of an object of a built-in kind, which keeps its kind and version.

    Raises StatusError: 400 for what is no object, and for ``$retainKeys`` that do not name what the patch holds; 500
    (as the server does) for unknown directives, items without their merge key and orders that do not fit.
    """
    if patch is None:
        return target
    if not isinstance(patch, dict):
        raise _undecodable(patch, "map[string]interface {}", "")
    kept = {key: target[key] for key in ("apiVersion", "kind") if key in target}
    return {**_merged_mappings(node, target, patch), **kept}


def _error(message: str = "invalid strategic merge patch format") -> StatusError:
    return StatusError(500, "", message)


def _merged_mappings(node: Node, target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    directive = patch.get(DIRECTIVE)
    if directive == "delete":
        return {}
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != DIRECTIVE}
    if directive is not None:
        raise _error()
    made = dict(target)
    if RETAINED in patch:
        kept = patch[RETAINED]
        written = {key for key, value in patch.items() if value is not None and not key.startswith("$")}
        if not isinstance(kept, list) or not written <= {each for each in kept if isinstance(each, str)}:
            raise bad_request("invalid patch format of retainKeys")
        made = {key: value for key, value in target.items() if key in kept}
    lists = {key.partition("/")[2] for key in patch if key.startswith((ORDERED, DELETED))}
    for name in (*patch, *sorted(lists - patch.keys())):
        if name.startswith("$"):
            continue
        child, value = node.field(name) or ANY, patch.get(name, [])
        if value is None:
            made.pop(name, None)
        elif isinstance(value, dict):
            there = made.get(name)
            made[name] = _merged_mappings(child, there if isinstance(there, dict) else {}, value)
        elif isinstance(value, list) and "merge" in child.patch_strategies and isinstance(made.get(name, []), list):
            order, deleted = patch.get(ORDERED + name), patch.get(DELETED + name)
            merged = _merged_lists(child, made.get(name, []), value, order, deleted)
            if merged or name in made or name in patch:
                made[name] = merged
        elif name in patch:
            made[name] = value
    return made


def _merged_lists(node: Node, there: list[Any], patch: list[Any], order: Any, deleted: Any) -> list[Any]:
    key = node.merge_key
    if (key and not all(isinstance(each, dict) for each in patch)) or not isinstance(order, list | None):
        raise _error()

    def mark(item: Any) -> str:
        if key and not isinstance(item, dict):
            raise _error()
        if key and key not in item:
            raise _error(f"map: {printed(item)} does not contain declared merge key: {key}")
        return _text(item[key] if key else item)

    wanted = [each for each in patch if not (key and DIRECTIVE in each)]
    gone = [_text(each) for each in deleted] if isinstance(deleted, list) else []
    for each in patch if key else ():
        directive = each.get(DIRECTIVE)
        if directive == "replace":
            return wanted
        if directive not in (None, "delete"):
            raise _error()
        gone += [mark(each)] if directive else []
    made = [each for each in there if mark(each) not in gone]
    for each in wanted:
        place = next((index for index, other in enumerate(made) if mark(other) == mark(each)), None)
        if place is None:
            made.append(_merged_mappings(node.items or ANY, {}, each) if key else each)
        elif key:
            made[place] = _merged_mappings(node.items or ANY, made[place], each)
    ours = [mark(each) for each in (wanted if order is None else order)]
    if not {mark(each) for each in wanted} <= set(ours):
        raise _error()
    places = {mark(each): index for index, each in reversed(list(enumerate(there)))}
    ordered = sorted((each for each in made if mark(each) in ours), key=lambda each: ours.index(mark(each)))
    left: list[Any] = []
    for each in (each for each in made if mark(each) not in ours):  # of two neighbours, the server's order decides
        while ordered and places[mark(each)] > places.get(mark(ordered[0]), -1):
            left.append(ordered.pop(0))
        left.append(each)
    return left + ordered
