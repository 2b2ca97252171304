"""values.schema.json: every fault of every chart at once: its path, who set it and over what, the rule broken.

The values themselves are never quoted. A ``$ref`` is never fetched; patterns run in linear time.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from helmlite import documents
from helmlite.chart.chart import Chart
from helmlite.documents import Path
from helmlite.errors import ChartError, ValuesError
from helmlite.values.assignments import dotted
from helmlite.values.merge import Computed
from helmlite.values.origins import set_by

_Fault = tuple[Path, str]
NAME = "values.schema.json"
MAX_FAULTS = 100


def check_schemas(computed: Computed) -> None:
    """Return when the values of the chart and of each subchart keep to their schemas.

    Raises ValuesError naming every fault, ChartError for a schema that is none.
    """
    faults = list(dict.fromkeys(_chart_faults(computed, computed.chart, (), computed.values)))
    if faults:
        shown = [f"{_named(computed, path)}: {said}" for path, said in faults[:MAX_FAULTS]]
        rest = f"\n  and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        what = "1 value breaks" if len(faults) == 1 else f"{len(faults)} values break"
        raise ValuesError(
            f"{what} the rules of {NAME}:\n" + "\n".join(f"  {each}" for each in shown) + rest,
            hint="mend the values; --skip-schema-validation goes on without this check",
        )


def _chart_faults(computed: Computed, chart: Chart, above: Path, values: Any) -> Iterator[_Fault]:
    if chart.schema is not None:
        for path, said in _schema_faults(computed, chart, above, values):
            yield (*above, *path), said
    for each in chart.subcharts:
        below = values.get(each.name) if isinstance(values, Mapping) else None
        if below is not None:
            yield from _chart_faults(computed, each, (*above, each.name), below)


def _schema_faults(computed: Computed, chart: Chart, above: Path, values: Any) -> Iterator[_Fault]:
    import jsonschema
    import referencing.exceptions

    where = f"{chart.source}/{NAME}"
    try:
        schema = documents.read_json(chart.schema or b"")
    except documents.DocumentError as error:
        at = f":{error.line}" if error.line else ""
        raise ChartError(f"{where}{at}: {error.message}") from None
    if not isinstance(schema, dict | bool):
        raise ChartError(f"{where}: a schema is a JSON object")
    try:
        validator = _validator(schema, where)
        faults = sorted(validator.iter_errors(values), key=lambda each: [str(step) for step in each.absolute_path])
    except referencing.exceptions.Unresolvable as error:
        raise ChartError(
            f"{where}: $ref {error.ref!r} leads nowhere", hint="schemas are not fetched: put it into $defs"
        ) from None
    except jsonschema.exceptions.UnknownType as error:
        raise ChartError(f"{where}: there is no type {error.type!r}") from None
    except RecursionError:
        raise ChartError(f"{where}: its $refs lead into each other without end") from None
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        # The library trusts a schema's addresses to be addresses, and numbers to be small.
        raise ChartError(f"{where}: the values cannot be checked by it ({type(error).__name__})") from None
    for each in faults:
        yield from _places(computed, above, each)


def _places(computed: Computed, above: Path, error: Any) -> Iterator[_Fault]:
    """Yield the path of each value at fault, with what is wrong; keys that may not be are told one by one."""
    path, rule, found = tuple(error.absolute_path), error.validator, error.instance
    if "propertyNames" in error.absolute_schema_path and isinstance(found, str):
        yield (*path, found), f"the key {_said(error)}"
    elif rule == "unevaluatedProperties" and isinstance(found, Mapping):
        # the library names the keys only in its message
        yield from (((*path, each), "is not allowed") for each in found if repr(each) in error.message)
    elif rule == "required" and isinstance(found, Mapping):
        missing = [each for each in error.validator_value if each not in found]
        removed = [each for each in missing if computed.origins((*above, *path, each))]
        yield from (((*path, each), "is required") for each in removed)
        if missing != removed:
            yield path, f"must have {', '.join(each for each in missing if each not in removed)}"
    else:
        yield path, _said(error)


def _named(computed: Computed, path: Path) -> str:
    said = set_by(computed.origins(path))
    return (dotted(path) or "the values") + (f" ({said})" if said else "")


def _validator(schema: Any, where: str) -> Any:
    import jsonschema
    from referencing import Registry

    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        # patterns are checked by the library that runs them: it knows \\p{L} and (?i), which Python's own does not
        kind.check_schema(schema, format_checker=jsonschema.FormatChecker(formats=()))  # type: ignore[call-arg]  # the library's protocol leaves it out
    except jsonschema.exceptions.SchemaError as error:
        path = "/".join(str(each) for each in error.absolute_path)
        raise ChartError(f"{where}: it is no JSON schema: {path or 'its top'}: {_said(error)}") from None
    except RecursionError:
        raise ChartError(f"{where}: it nests too deep") from None
    linear = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # the library has no types there
        kind,
        {
            "pattern": functools.partial(_pattern, where),
            "patternProperties": functools.partial(_pattern_properties, where),
            "additionalProperties": functools.partial(_additional_properties, where),
        },
    )
    return linear(_spelled_out(schema), registry=Registry())


def _spelled_out(schema: Any) -> Any:
    """Return a schema whose properties that are ``false`` say so by a rule: else the library loses their path."""
    if isinstance(schema, list):
        return [_spelled_out(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties") and isinstance(value, dict):
            made[key] = {name: {"not": {}} if rule is False else _spelled_out(rule) for name, rule in value.items()}
        elif key in ("$defs", "definitions", "dependentSchemas") and isinstance(value, dict):
            made[key] = {name: _spelled_out(rule) for name, rule in value.items()}
        else:
            made[key] = value if key in ("const", "enum", "default", "examples") else _spelled_out(value)
    return made


@functools.lru_cache(maxsize=256)
def _compiled(where: str, pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error:
        raise ChartError(
            f"{where}: the pattern {pattern!r} is not supported",
            hint="patterns run in linear time: they have no lookahead and no back-references",
        ) from None


def _pattern(where: str, validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(instance, "string") and not _compiled(where, pattern).search(instance):
        yield ValidationError("pattern")


def _pattern_properties(where: str, validator: Any, rules: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, rule in rules.items():
            for key, value in instance.items():
                if _compiled(where, pattern).search(key):
                    yield from validator.descend(value, rule, path=key, schema_path=pattern)


def _additional_properties(where: str, validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if not validator.is_type(instance, "object"):
        return
    patterns = [_compiled(where, each) for each in schema.get("patternProperties", {})]
    known = schema.get("properties", {})
    extra = [key for key in instance if key not in known and not any(each.search(key) for each in patterns)]
    if rule is False:
        yield from (ValidationError("not allowed", path=[key], instance=instance[key]) for key in extra)
    elif isinstance(rule, Mapping):
        for key in extra:
            yield from validator.descend(instance[key], rule, path=key)


_TYPES = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}
_LIMITS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "minProperties": "must have at least {} keys",
    "maxProperties": "must have at most {} keys",
    "pattern": "must match the pattern {}",
    "format": "must be of the format {}",
    "const": "must be {}",
    "uniqueItems": "must not have an item twice",
    "not": "is what the schema says that it must not be",
    "contains": "must have an item as the schema says",
    "dependentRequired": "lacks keys that go with others: {}",
}


def _said(error: Any) -> str:
    """Return the rule broken, in our own words: those of the library quote the value."""
    rule, wanted, found = error.validator, error.validator_value, error.instance
    if rule == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"must be {' or '.join(_TYPES.get(each, str(each)) for each in kinds)}, not {_type_of(found)}"
    if rule == "required" and isinstance(found, Mapping):
        missing = [each for each in wanted if each not in found]
        return f"must have {', '.join(missing)}"
    if rule == "enum":
        return f"must be one of {documents.write_json(wanted)}"
    if rule == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        return f"is not allowed (allowed: {', '.join(known) or 'none'})"
    if rule is None or (rule == "not" and wanted == {}):
        return "is not allowed at all"
    if rule in ("minimum", "maximum") and isinstance(error.schema, Mapping):
        # draft 4 has a boolean beside the limit
        open_end = error.schema.get(f"exclusive{rule.capitalize()}") is True
        rule = f"exclusive{rule.capitalize()}" if open_end else rule
    if rule in _LIMITS:
        return _LIMITS[rule].format(documents.write_json(wanted))
    if rule in ("anyOf", "oneOf"):
        nearest = "; or ".join(dict.fromkeys(_said_below(each) for each in (error.context or [])[:4]))
        return f"fits none of the alternatives of {rule}" + (f": {nearest}" if nearest else "")
    return f"breaks the rule {rule!r}"


def _said_below(error: Any) -> str:
    """Return the rule that an alternative has, with the path where that is further down."""
    below = dotted(tuple(error.relative_path))
    return f"{below} {_said(error)}" if below else _said(error)


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", int: "an integer", float: "a number", dict: "a mapping", list: "a list"}
    return names.get(type(value), "something else")
