"""Lists and mappings: taking apart, putting together, looking into. Nothing is changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, key_of, kind_of, listed, mapping, text_of, whole
from helmlite.engine.functions.scope import FunctionScope
from helmlite.engine.missing import Undefined

LEVELS = 100
_NOTHING = object()


def list_functions(scope: FunctionScope) -> Section:
    """Return the functions on lists."""
    meter = scope.meter

    def made(items: list[Any]) -> list[Any]:
        meter.charge_items(len(items))
        return items

    def concat(*lists: Any) -> list[Any]:
        return made([item for each in lists for item in listed(each)])

    def without(value: Any, *items: Any) -> list[Any]:
        meter.charge_items(len(items) * len(listed(value)))
        return made([each for each in listed(value) if not _has(list(items), each)])

    def compact(value: Any) -> list[Any]:
        return made([each for each in listed(value) if not is_empty(each)])

    def chunk(value: Any, size: int) -> list[list[Any]]:
        items = listed(value)
        if whole(size) < 1:
            raise TemplateFailure("a chunk has at least one item")
        return made([items[start : start + size] for start in range(0, len(items), size)])

    def flatten(value: Any, levels: int = LEVELS) -> list[Any]:
        found: list[Any] = []

        def add(items: list[Any], left: int) -> None:
            meter.charge_items(len(items))
            for each in items:
                if isinstance(each, list | tuple) and left > 0:
                    add(list(each), left - 1)
                else:
                    found.append(each)

        add(listed(value), min(whole(levels), LEVELS))
        return made(found)

    def seq(first: int, last: int, step: int = 1) -> list[int]:
        if whole(step) == 0:
            raise TemplateFailure("a step is not 0")
        numbers = range(whole(first), whole(last) + (1 if step > 0 else -1), step)
        # len() of a range has a bound of its own, far below what numbers can be
        meter.charge_items(max(0, (numbers.stop - numbers.start) // numbers.step + 1))
        return list(numbers)

    def zipped(*lists: Any) -> list[list[Any]]:
        return made([list(each) for each in zip(*(listed(one) for one in lists), strict=False)])

    return Section(
        title="Lists",
        functions=[
            Function(
                name="append",
                call=lambda value, item: made([*listed(value), item]),
                usage="list | append(item)",
                does="the list with one more item at its end",
                examples=[("[1] | append(2)", "[1, 2]")],
            ),
            Function(
                name="prepend",
                call=lambda value, item: made([item, *listed(value)]),
                usage="list | prepend(item)",
                does="the list with one more item at its start",
                examples=[("[1] | prepend(2)", "[2, 1]")],
            ),
            Function(
                name="concat",
                call=concat,
                usage="list | concat(list, ...)",
                does="the items of all lists, one list after the other",
                examples=[("[1] | concat([2], [3])", "[1, 2, 3]")],
            ),
            Function(
                name="rest",
                call=lambda value: made(listed(value)[1:]),
                usage="list | rest",
                does="all items but the first",
                examples=[("[1, 2, 3] | rest", "[2, 3]")],
            ),
            Function(
                name="initial",
                call=lambda value: made(listed(value)[:-1]),
                usage="list | initial",
                does="all items but the last",
                examples=[("[1, 2, 3] | initial", "[1, 2]")],
            ),
            Function(
                name="without",
                call=without,
                usage="list | without(item, ...)",
                does="the list without these items",
                examples=[("[1, 2, 3] | without(2)", "[1, 3]")],
            ),
            Function(
                name="compact",
                call=compact,
                usage="list | compact",
                does="the list without what is empty: null, false, 0, empty text, lists and mappings",
                examples=[("[1, '', none, 'a', []] | compact", '[1, "a"]')],
            ),
            Function(
                name="chunk",
                call=chunk,
                usage="list | chunk(size)",
                does="lists of up to `size` items each",
                examples=[("[1, 2, 3] | chunk(2)", "[[1, 2], [3]]")],
            ),
            Function(
                name="flatten",
                call=flatten,
                usage="list | flatten(levels=100)",
                does="the items of lists within lists, in one list",
                examples=[("[1, [2, [3]]] | flatten", "[1, 2, 3]"), ("[1, [2, [3]]] | flatten(1)", "[1, 2, [3]]")],
            ),
            Function(
                name="has",
                call=lambda value, item: _has(listed(value), item),
                usage="list | has(item)",
                does="whether an item is in the list",
                examples=[("[1, 2] | has(2)", "true"), ("[1] | has(true)", "false")],
            ),
            Function(
                name="seq",
                call=seq,
                usage="seq(first, last, step=1)",
                does="the numbers from first to last, both included",
                examples=[("seq(1, 3)", "[1, 2, 3]"), ("seq(3, 1, -1)", "[3, 2, 1]")],
                as_filter=False,
            ),
            Function(
                name="zip",
                call=zipped,
                usage="list | zip(list, ...)",
                does="the first items together, the second ones, and so on, up to the shortest list's end",
                examples=[("[1, 2] | zip(['a', 'b'])", '[[1, "a"], [2, "b"]]')],
            ),
        ],
    )


def mapping_functions(scope: FunctionScope) -> Section:
    """Return the functions on mappings, and those that choose between values."""
    meter = scope.meter

    def merge(value: Any, *others: Any) -> dict[str, Any]:
        made = dict(mapping(value))
        for each in others:
            made = _merged(made, mapping(each), meter.charge_items, 0)
        return made

    def dig(value: Any, *path: Any, default: Any = _NOTHING) -> Any:
        odd = next((each for each in path if not isinstance(each, str | int)), "")
        if odd != "":
            raise TemplateFailure(
                f"a step of a path is text or a number, not {kind_of(odd)}",
                hint="The value comes first: `value | dig('a', 'b', default=...)`.",
            )
        found = value
        for each in path:
            # a key that holds dots (app.kubernetes.io/name) is taken as it is where there is such a key
            whole_key = isinstance(found, Mapping) and isinstance(each, str) and each in found
            for step in [each] if whole_key or not isinstance(each, str) else each.split("."):
                if isinstance(found, Mapping) and isinstance(step, str | int) and step in found:
                    found = found[step]
                elif isinstance(found, list | tuple) and _index(step) is not None and 0 <= int(step) < len(found):
                    found = found[int(step)]
                elif default is not _NOTHING:
                    return default
                else:
                    raise TemplateFailure(
                        f"there is no {step!r} on the path {', '.join(map(repr, path))}",
                        hint="Give it a default: `dig(..., default=...)`.",
                        names=(step, *path),
                    )
        return found

    def pick(value: Any, *keys: Any) -> dict[str, Any]:
        found = mapping(value)
        return {key: found[key] for key in map(text_of, keys) if key in found}

    def omit(value: Any, *keys: Any) -> dict[str, Any]:
        gone = set(map(text_of, keys))
        return {key: each for key, each in mapping(value).items() if key not in gone}

    def pluck(value: Any, key: Any) -> list[Any]:
        return [each[key] for each in map(mapping, listed(value)) if key_of(key) in each]

    def keys(value: Any) -> list[str]:
        found = list(mapping(value))
        meter.charge_items(len(found))
        return found

    def from_pairs(value: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for each in listed(value):
            if not isinstance(each, list | tuple) or len(each) != 2:
                raise TemplateFailure("a pair is a list of a key and a value")
            made[text_of(each[0])] = each[1]
        meter.charge_items(len(made))
        return made

    def coalesce(*values: Any) -> Any:
        return next((each for each in values if not isinstance(each, Undefined) and not is_empty(each)), None)

    def ternary(condition: Any, yes: Any, no: Any) -> Any:
        if isinstance(condition, str) and isinstance(no, bool) and not isinstance(yes, bool):
            # Helm's order, which would give `yes` whatever the condition is
            raise TemplateFailure(
                "the condition of ternary is text, and its last argument a boolean",
                hint="It is written `condition | ternary(yes, no)`: the condition comes first.",
            )
        return yes if not isinstance(condition, Undefined) and condition else no

    def required(value: Any, message: Any) -> Any:
        if not isinstance(message, str):
            what = "undefined" if isinstance(message, Undefined) else kind_of(message)
            raise TemplateFailure(
                f"the message of required must be text, and is {what}",
                hint="It is written `value | required(message)`: the value comes first.",
            )
        if value is None or isinstance(value, Undefined) or value == "":
            raise TemplateFailure(text_of(message))
        return value

    return Section(
        title="Mappings and choices",
        functions=[
            Function(
                name="merge",
                call=merge,
                usage="mapping | merge(mapping, ...)",
                does="all mappings as one, at any depth; the later one wins, and lists are replaced whole",
                examples=[("{'a': {'x': 1}} | merge({'a': {'y': 2}}) | to_json", '{"a":{"x":1,"y":2}}')],
            ),
            Function(
                name="dig",
                call=dig,
                usage="value | dig('a.b', 'c', default=...)",
                does="what lies at the end of a path of keys and indexes; without a default, a missing one is an error",
                examples=[
                    ("{'a': {'b': [7]}} | dig('a.b', 0)", "7"),
                    ("{'a': 1} | dig('x', 'y', default='no')", "no"),
                ],
            ),
            Function(
                name="pick",
                call=pick,
                usage="mapping | pick(key, ...)",
                does="the mapping with these keys only",
                examples=[("{'a': 1, 'b': 2} | pick('a') | to_json", '{"a":1}')],
            ),
            Function(
                name="omit",
                call=omit,
                usage="mapping | omit(key, ...)",
                does="the mapping without these keys",
                examples=[("{'a': 1, 'b': 2} | omit('a') | to_json", '{"b":2}')],
            ),
            Function(
                name="pluck",
                call=pluck,
                usage="list | pluck(key)",
                does="the values that the mappings of a list have at a key",
                examples=[("[{'a': 1}, {'b': 2}, {'a': 3}] | pluck('a')", "[1, 3]")],
            ),
            Function(
                name="keys",
                call=keys,
                usage="mapping | keys",
                does="the keys in their order; `| sort` sorts them",
                examples=[("{'b': 1, 'a': 2} | keys | sort", '["a", "b"]')],
            ),
            Function(
                name="has_key",
                call=lambda value, key: key in mapping(value),
                usage="mapping | has_key(key)",
                does="whether the mapping has a key, whatever its value",
                examples=[("{'a': none} | has_key('a')", "true")],
            ),
            Function(
                name="from_pairs",
                call=from_pairs,
                usage="list | from_pairs",
                does="the mapping of a list of pairs",
                examples=[("[['a', 1]] | from_pairs | to_json", '{"a":1}')],
            ),
            Function(
                name="empty",
                call=lambda value: isinstance(value, Undefined) or is_empty(value),
                usage="value | empty",
                does="whether a value is undefined, null, false, 0, or empty text, list or mapping",
                examples=[("[] | empty", "true"), ("values.nothing | empty", "true"), ("'0' | empty", "false")],
                takes_undefined=True,
            ),
            Function(
                name="coalesce",
                call=coalesce,
                usage="coalesce(value, value, ...)",
                does="the first value that is not empty; null when all are",
                examples=[("coalesce(values.nothing, '', 'c')", "c")],
                takes_undefined=True,
            ),
            Function(
                name="ternary",
                call=ternary,
                usage="condition | ternary(yes, no)",
                does="one of two values; in an expression, `yes if condition else no` reads better",
                examples=[("true | ternary('a', 'b')", "a")],
                takes_undefined=True,
            ),
            Function(
                name="required",
                call=required,
                usage="value | required(message)",
                does="the value; an error with your message when it is undefined, null or empty text",
                examples=[("'x' | required('set x')", "x")],
                takes_undefined=True,
            ),
        ],
    )


def is_empty(value: Any) -> bool:
    """Return whether Helm's templates take a value for empty."""
    return value is None or value is False or (not isinstance(value, bool) and value in (0, "", [], {}, ()))


def _has(items: list[Any], wanted: Any) -> bool:
    return any(type(each) is type(wanted) and each == wanted for each in items) if items else False


def _index(step: Any) -> int | None:
    text = str(step)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _merged(one: Mapping[str, Any], other: Mapping[str, Any], charge: Any, depth: int) -> dict[str, Any]:
    if depth > LEVELS:
        raise TemplateFailure(f"mappings nested more than {LEVELS} levels deep are not merged")
    charge(len(one) + len(other))
    made = dict(one)
    for key, value in other.items():
        before = made.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            value = _merged(before, value, charge, depth + 1)
        made[key] = value
    return made


__all__ = ["is_empty", "kind_of", "list_functions", "mapping_functions"]
