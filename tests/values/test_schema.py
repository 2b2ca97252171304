"""Schemas: every fault at once with its origin, in words that show no value; and schemas that are none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helmlite.chart.chart import Chart
from helmlite.chart.metadata import ChartMetadata
from helmlite.errors import ChartError, ValuesError
from helmlite.values.layers import UserValues
from helmlite.values.merge import compute
from helmlite.values.schema import MAX_FAULTS, check_schemas

SECRET = "hunter2hunter2"


def chart(schema: Any = None, name: str = "web", **fields: Any) -> Chart:
    """Return a chart with a schema: data, or the text of one."""
    text = schema if isinstance(schema, str) else json.dumps(schema)
    metadata = ChartMetadata(name=name, version="1.0.0")
    return Chart(metadata=metadata, schema=None if schema is None else text.encode(), source=name, **fields)


def check(schema: Any, values: dict[str, Any]) -> None:
    """Check values of the user's against a schema."""
    check_schemas(compute(chart(schema), UserValues.of(values, origin="mine.yaml:3")))


def faults(schema: Any, values: dict[str, Any]) -> list[str]:
    """Return the lines that tell of faults."""
    with pytest.raises(ValuesError) as caught:
        check(schema, values)
    return [each.strip() for each in caught.value.message.splitlines()[1:]]


@pytest.mark.parametrize(
    ("rules", "value", "words"),
    [
        ({"type": "integer"}, SECRET, "must be an integer, not text"),
        ({"type": ["integer", "null"]}, [SECRET], "must be an integer or null, not a list"),
        ({"type": "string"}, True, "must be text, not true or false"),
        ({"enum": ["a", "b"]}, SECRET, 'must be one of ["a","b"]'),
        ({"const": 1}, SECRET, "must be 1"),
        ({"minimum": 3}, 2, "must be at least 3"),
        ({"maximum": 3}, 4, "must be at most 3"),
        ({"exclusiveMinimum": 3}, 3, "must be more than 3"),
        ({"exclusiveMaximum": 3}, 3, "must be less than 3"),
        ({"multipleOf": 2}, 3, "must be a multiple of 2"),
        ({"minLength": 20}, SECRET, "must have at least 20 characters"),
        ({"maxLength": 1}, SECRET, "must have at most 1 characters"),
        ({"pattern": "^[a-z]+$"}, SECRET, 'must match the pattern "^[a-z]+$"'),
        ({"minItems": 2}, [SECRET], "must have at least 2 items"),
        ({"maxItems": 1}, [SECRET, 2], "must have at most 1 items"),
        ({"uniqueItems": True}, [SECRET, SECRET], "must not have an item twice"),
        ({"contains": {"type": "integer"}}, [SECRET], "must have an item as the schema says"),
        ({"required": ["x", "y"]}, {"y": SECRET}, "must have x"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": SECRET}, 'lacks keys that go with others: {"a":["b"]}'),
        ({"not": {"type": "string"}}, SECRET, "is what the schema says that it must not be"),
        ({"anyOf": [{"type": "integer"}, {"maxLength": 3}]}, SECRET, "fits none of the alternatives of anyOf"),
        ({"if": {"type": "string"}, "then": {"minLength": 99}}, SECRET, "must have at least 99 characters"),
        (False, SECRET, "is not allowed at all"),
    ],
)
def test_each_rule_is_told_in_words_without_the_value(rules: Any, value: Any, words: str) -> None:
    """Path, origin and rule are named; the value never is."""
    (line,) = faults({"properties": {"a": rules}}, {"a": value})
    assert line.startswith("a (set by mine.yaml:3): ")
    assert words in line
    assert SECRET not in line


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"additionalProperties": False, "properties": {"b": {}}}, "is not allowed (allowed: b)"),
        ({"additionalProperties": False, "patternProperties": {"^b": {}}}, "is not allowed (allowed: none)"),
        ({"unevaluatedProperties": False, "properties": {"b": {}}}, "is not allowed"),
        ({"propertyNames": {"pattern": "^b"}}, 'the key must match the pattern "^b"'),
    ],
)
def test_keys_that_may_not_be_are_told_one_by_one(rules: Any, told: str) -> None:
    """Each has an origin of its own."""
    lines = faults({"properties": {"a": rules}}, {"a": {"b": 1, "c": SECRET, "d": SECRET}})
    assert [f"a.{key} (set by mine.yaml:3): {told}" for key in "cd"] == lines


def test_an_alternative_tells_where_it_is_broken() -> None:
    """Below the value that fits none, too."""
    below = {"properties": {"b": {"items": {"type": "integer"}}}}
    (line,) = faults({"properties": {"a": {"anyOf": [{"type": "string"}, below]}}}, {"a": {"b": [1, SECRET]}})
    assert line.endswith("of anyOf: must be text, not a mapping; or b[1] must be an integer, not text")


def test_all_faults_of_all_charts_at_once() -> None:
    """In one error, each with its own path."""
    rules = {"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}
    below = chart(rules, name="db")
    top = replace(chart(rules), subcharts=[below])
    with pytest.raises(ValuesError) as caught:
        check_schemas(compute(top, UserValues.of({"a": "x", "b": "y", "db": {"a": "z"}})))
    assert "3 values break the rules" in caught.value.message
    for path in ("\n  a (", "\n  b (", "\n  db.a ("):
        assert path in caught.value.message


def test_too_many_faults_are_counted() -> None:
    """A page is enough."""
    values = {"a": ["x"] * (MAX_FAULTS + 5)}
    lines = faults({"properties": {"a": {"items": {"type": "integer"}}}}, values)
    assert "and 5 more" == lines[-1]
    assert "a[0] (set by mine.yaml:3): must be an integer, not text" == lines[0]


@pytest.mark.parametrize("draft", ["draft-04", "draft-06", "draft-07", "draft/2019-09", "draft/2020-12"])
def test_every_draft(draft: str) -> None:
    """As the schema says which one it is written in."""
    scheme = "https" if "/" in draft else "http"
    rules = {"$schema": f"{scheme}://json-schema.org/{draft}/schema", "properties": {"a": {"type": "integer"}}}
    assert 1 == len(faults(rules, {"a": "x"}))
    check(rules, {"a": 1})


def test_patterns_of_go_are_taken() -> None:
    """Charts are checked by Helm too, whose patterns know more than Python's."""
    for pattern in ("\\p{L}+", "^[\\w-]+\\z", "^(?i)A+$"):
        check({"properties": {"a": {"pattern": pattern}}}, {"a": "aaa"})
        assert 1 == len(faults({"properties": {"a": {"pattern": pattern}}}, {"a": "!?"}))


def test_a_fault_is_told_once() -> None:
    """Two missing keys are one line."""
    assert ["the values: must have x, y"] == faults({"required": ["x", "y"]}, {})
    limit = {"maximum": 8, "exclusiveMaximum": True}
    rules = {"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"a": limit}}
    assert ["a (set by mine.yaml:3): must be less than 8"] == faults(rules, {"a": 8})


def test_references_within_the_schema() -> None:
    """$defs, definitions and anchors are found."""
    for pointer in ("#/$defs/n", "#/definitions/n", "#n"):
        rules = {
            "$defs": {"n": {"$anchor": "n", "type": "integer"}},
            "definitions": {"n": {"type": "integer"}},
            "properties": {"a": {"$ref": pointer}},
        }
        assert 1 == len(faults(rules, {"a": "x"})), pointer


@pytest.mark.parametrize(
    ("schema", "values", "words"),
    [
        ('{"type": "object",\n}', {}, "web/values.schema.json:2: no valid JSON"),
        ("[]", {}, "a schema is a JSON object"),
        ({"type": "objekt"}, {}, "it is no JSON schema: type"),
        ({"properties": {"a": {"minLength": -1}}}, {}, "it is no JSON schema: properties/a/minLength"),
        ({"properties": {"a": {"$ref": "https://example.com/x.json"}}}, {"a": 1}, "leads nowhere"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, {"a": 1}, "leads nowhere"),
        ({"$ref": "#/%zz"}, {}, "leads nowhere"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#"}}}, {}, "lead into each other without end"),
        ({"$schema": 7, "type": "array"}, {}, "the values cannot be checked by it"),
        ({"$id": "http://[bad", "properties": {"a": {"$ref": "x"}}}, {"a": 1}, "the values cannot be checked by it"),
        ({"properties": {"a": {"multipleOf": 0.01}}}, {"a": 10**500}, "the values cannot be checked by it"),
        ({"properties": {"a": {"pattern": "(?=x)"}}}, {"a": "x"}, "the pattern '(?=x)' is not supported"),
        ({"patternProperties": {"(a)\\1": {}}}, {"a": "x"}, "is not supported"),
        ('{"not": ' * 10_000 + "{}" + "}" * 10_000, {}, "nested more than"),
    ],
)
def test_a_schema_at_fault(schema: Any, values: dict[str, Any], words: str) -> None:
    """It is the chart's fault, and one clear error."""
    with pytest.raises(ChartError) as caught:
        check(schema, values)
    assert words in caught.value.message


def test_a_schema_of_a_disabled_subchart_is_not_asked() -> None:
    """What takes no part breaks no rule."""
    check_schemas(compute(chart({"type": "object"}), UserValues.of({})))
    check_schemas(compute(chart(None), UserValues.of({"anything": [1]})))


def test_origins_are_lines_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and line, or the flag, that set a value last."""
    from helmlite.values.layers import ValueSources, read_values

    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("a:\n  b: x\n  c: 1\n")
    user = read_values(ValueSources(files=["mine.yaml"], set=["a.c=y"]))
    rules = {"properties": {"a": {"additionalProperties": {"type": "integer"}}}}
    with pytest.raises(ValuesError) as caught:
        check_schemas(compute(chart(rules), user))
    assert "a.b (set by mine.yaml:2)" in caught.value.message
    assert "a.c (set by --set a.c, over mine.yaml:3)" in caught.value.message


def test_a_value_may_be_called_like_a_rule() -> None:
    """Names of properties are no rules."""
    inner = {"type": "array", "uniqueItems": False}
    check({"properties": {"properties": inner, "patternProperties": inner}}, {"properties": [1, 1]})
