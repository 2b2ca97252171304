"""Jinja2's own tests (``is defined``) and global functions (``range``), within the bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2.utils import Cycler, Joiner, Namespace

from helmlite.engine.environment import ChartEnvironment
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.missing import Undefined, kind_of
from helmlite.engine.text_methods import text_of, whole


def standard_tests(environment: ChartEnvironment) -> Mapping[str, Callable[..., Any]]:
    """Return the tests by name, bound to ``environment``."""

    def comparing(name: str) -> Callable[[Any, Any], Any]:
        return lambda value, other: environment.operators.compare(name, value, other)

    def remainder(value: Any, divisor: int) -> Any:
        return environment.operators.binary("%", whole(value), whole(divisor))

    compared = {
        ("eq", "equalto", "=="): "eq",
        ("ne", "!="): "ne",
        ("gt", "greaterthan", ">"): "gt",
        ("ge", ">="): "gteq",
        ("lt", "lessthan", "<"): "lt",
        ("le", "<="): "lteq",
        ("in",): "in",
    }
    return {
        **{name: comparing(op) for names, op in compared.items() for name in names},
        "boolean": lambda value: isinstance(value, bool),
        "callable": environment.is_safe_callable,
        "defined": lambda value: not isinstance(value, Undefined),
        "divisibleby": lambda value, number: remainder(value, number) == 0,
        "even": lambda value: remainder(value, 2) == 0,
        "false": lambda value: value is False,
        "filter": lambda value: text_of(value) in environment.filters,
        "float": lambda value: isinstance(value, float),
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "iterable": lambda value: isinstance(value, Iterable) and not isinstance(value, Undefined),
        "lower": lambda value: environment.written(value).islower(),
        "mapping": lambda value: isinstance(value, Mapping),
        "none": lambda value: value is None,
        "number": lambda value: isinstance(value, int | float),
        "odd": lambda value: remainder(value, 2) == 1,
        "sameas": lambda value, other: value is other,
        "sequence": lambda value: isinstance(value, str | list | tuple | range | Mapping),
        "string": lambda value: isinstance(value, str),
        "test": lambda value: text_of(value) in environment.tests,
        "true": lambda value: value is True,
        "undefined": lambda value: isinstance(value, Undefined),
        "upper": lambda value: environment.written(value).isupper(),
    }


def standard_functions(environment: ChartEnvironment) -> Mapping[str, Callable[..., Any]]:
    """Return the global functions by name, bound to ``environment``."""
    meter = environment.meter

    def numbers(*bounds: int) -> range:
        made = range(*(whole(each) for each in bounds))
        meter.tick()
        wanted = len(made) if abs(made.stop - made.start) < 1 << 62 else 1 << 62
        if wanted > meter.bounds.range_items:
            # a range costs nothing until it is walked, so that only a large one is counted
            meter.charge_items(wanted)
        return made

    def mapping(pairs: Any = (), /, **entries: Any) -> dict[Any, Any]:
        if isinstance(pairs, Undefined):
            str(pairs)
        if not isinstance(pairs, Mapping | list | tuple):
            raise TemplateFailure(f"dict is made of a mapping or of pairs, not of {kind_of(pairs)}")
        meter.charge_items(len(pairs) + len(entries))
        if not isinstance(pairs, Mapping):
            for pair in pairs:
                meter.charge_key(pair[0] if isinstance(pair, list | tuple) and pair else pair)
        return dict(pairs, **entries)

    def namespace(pairs: Any = (), /, **entries: Any) -> Namespace:
        return Namespace(mapping(pairs, **entries))

    def cycler(*items: Any) -> Cycler:
        if not items:
            raise TemplateFailure("cycler needs at least one item")
        return Cycler(*items)

    def joiner(sep: str = ", ") -> Joiner:
        return Joiner(text_of(sep))

    return {"cycler": cycler, "dict": mapping, "joiner": joiner, "namespace": namespace, "range": numbers}
