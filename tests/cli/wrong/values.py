"""Values files, assignments and schemas at fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.cli.wrong.case import Case, Text
from tests.cli.wrong.charts import BOMB, NESTED

INSTALL = ("install", "web", "chart")
MINE = (*INSTALL, "-f", "mine.yaml")


def mine(text: Text) -> Mapping[str, Text | None]:
    """Return a values file of the user's."""
    return {"mine.yaml": text}


def schema(rules: Mapping[str, Any] | str) -> Mapping[str, Text | None]:
    """Return a schema of the chart's values."""
    return {"chart/values.schema.json": rules if isinstance(rules, str) else json.dumps(rules, indent=2)}


MANY_RULES = {
    "type": "object",
    "required": ["replicas"],
    "additionalProperties": False,
    "properties": {
        "image": {
            "properties": {"tag": {"pattern": "^v[0-9]+$"}, "repository": {"enum": ["nginx", "caddy"]}},
            "required": ["pullPolicy"],
        },
        "service": {"properties": {"port": {"type": "integer", "minimum": 1024}}},
        "auth": {"properties": {"password": {"type": "string", "minLength": 64}, "user": {"type": "string"}}},
        "api": {"properties": {"token": {"const": "another"}}},
        "secretKey": {"anyOf": [{"type": "integer"}, {"maxLength": 3}]},
    },
}

CASES = {
    "values-file-missing": Case(run=(*INSTALL, "-f", "nowhere.yaml"), at="nowhere.yaml"),
    "values-file-is-a-folder": Case(run=(*INSTALL, "-f", "chart"), at="chart"),
    "values-file-by-url": Case(
        run=(*INSTALL, "-f", "https://ci:@PASSWORD@@example.com/values.yaml?token=@TOKEN@"), at="values.yaml"
    ),
    "values-file-bad-yaml": Case(
        run=MINE, files=mine("image:\n  tag: 1\nauth:\n  password: '@PASSWORD@\n"), at="mine.yaml:4"
    ),
    "values-file-bad-indent": Case(
        run=MINE, files=mine("auth:\n  password: @PASSWORD@\n user: ada\n"), at="mine.yaml:3"
    ),
    "values-file-tab": Case(run=MINE, files=mine("auth:\n\tpassword: @PASSWORD@\n"), at="mine.yaml:2"),
    "values-file-password-like-a-tag": Case(run=MINE, files=mine("auth:\n  password: !@PASSWORD@\n"), at="mine.yaml:2"),
    "values-file-password-like-an-alias": Case(
        run=MINE, files=mine("auth:\n  password: *@PASSWORD@\n"), at="mine.yaml:2"
    ),
    "values-file-password-like-a-binary": Case(
        run=MINE, files=mine("auth:\n  password: !!binary '@PASSWORD@!'\n"), at="mine.yaml:2"
    ),
    "values-file-duplicate-key": Case(
        run=MINE, files=mine("auth:\n  password: @PASSWORD@\n  user: a\n  password: @TOKEN@\n"), at="mine.yaml:4"
    ),
    "values-file-no-mapping": Case(run=MINE, files=mine("- @PASSWORD@\n"), at="mine.yaml"),
    "values-file-only-text": Case(run=MINE, files=mine("@PASSWORD@\n"), at="mine.yaml"),
    "values-file-no-text": Case(run=MINE, files=mine(b"a: 1\nb: \xff\xfe\x00\n"), at="mine.yaml"),
    "values-file-control-character": Case(run=MINE, files=mine("a: 1\nb: \x00\n"), at="mine.yaml"),
    "values-file-alias-unknown": Case(run=MINE, files=mine("a: 1\nb: *c\n"), at="mine.yaml:2"),
    "values-file-alias-of-itself": Case(run=MINE, files=mine("a: &a\n  b: *a\n"), at="mine.yaml:2"),
    "values-file-expands-without-measure": Case(run=MINE, files=mine(BOMB), at="mine.yaml:"),
    "values-file-nested-without-measure": Case(run=MINE, files=mine(NESTED), at="mine.yaml:1"),
    "values-file-nested-mappings": Case(run=MINE, files=mine("{a: " * 10_000 + "}" * 10_000), at="mine.yaml:1"),
    "values-file-key-is-a-list": Case(run=MINE, files=mine("a: 1\n[x, y]: 2\n"), at="mine.yaml:2"),
    "values-file-number-too-large": Case(run=MINE, files=mine("a: 1e999\n"), at="mine.yaml:1"),
    "values-stdin-bad-yaml": Case(run=(*INSTALL, "-f", "-"), stdin="auth: {password: @PASSWORD@\n", at=":1"),
    "values-stdin-duplicate-key": Case(run=(*INSTALL, "-f", "-"), stdin="token: @TOKEN@\ntoken: x\n", at=":2"),
    "values-of-chart-bad-yaml": Case(
        run=INSTALL, files={"chart/values.yaml": "auth:\n  password: [@PASSWORD@\n"}, at="chart/values.yaml:2"
    ),
    "values-of-chart-duplicate-key": Case(
        run=INSTALL, files={"chart/values.yaml": "a: 1\nsecretKey: @KEY@\nsecretKey: x\n"}, at="chart/values.yaml:3"
    ),
    "values-of-chart-no-mapping": Case(
        run=INSTALL, files={"chart/values.yaml": "- @PASSWORD@\n"}, at="chart/values.yaml"
    ),
    "values-of-subchart-no-mapping": Case(
        run=(*INSTALL, "--set", "db=@PASSWORD@"),
        files={"chart/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n"},
        at="db",
    ),
    "set-without-value": Case(run=(*INSTALL, "--set", "image.tag"), at="image.tag"),
    "set-password-with-comma": Case(run=(*INSTALL, "--set", "auth.password=abc,@PASSWORD@"), at="auth.password"),
    "set-password-with-comma-and-dot": Case(
        run=(*INSTALL, "--set", "auth.password=a,@PASSWORD@..b"), at="auth.password"
    ),
    "set-password-with-comma-and-bracket": Case(
        run=(*INSTALL, "--set", "auth.password=a,@PASSWORD@[x"), at="auth.password"
    ),
    "set-empty-key-part": Case(run=(*INSTALL, "--set", "image..tag=1"), at="image"),
    "set-index-no-number": Case(run=(*INSTALL, "--set", "hosts[one]=a"), at="hosts"),
    "set-index-negative": Case(run=(*INSTALL, "--set", "hosts[-1]=a"), at="hosts"),
    "set-index-huge": Case(run=(*INSTALL, "--set", "hosts[99999999]=a"), at="hosts"),
    "set-index-not-closed": Case(run=(*INSTALL, "--set", "hosts[0=a"), at="hosts"),
    "set-text-after-index": Case(run=(*INSTALL, "--set", "hosts[0]x=a"), at="hosts[0]"),
    "set-list-not-closed": Case(run=(*INSTALL, "--set", "auth.password={@PASSWORD@,b"), at="auth.password"),
    "set-key-too-deep": Case(run=(*INSTALL, "--set", f"{'a.' * 40}b=1"), at="a.a.a"),
    "set-below-text": Case(run=(*INSTALL, "--set", "auth.password=@PASSWORD@,auth.password[0]=x"), at="auth.password"),
    "set-string-without-value": Case(run=(*INSTALL, "--set-string", "image.tag"), at="image.tag"),
    "set-json-no-json": Case(run=(*INSTALL, "--set-json", "auth.password=@PASSWORD@"), at="auth.password"),
    "set-json-more-after-json": Case(run=(*INSTALL, "--set-json", 'auth.password="@PASSWORD@" x'), at="auth.password"),
    "set-json-object-bad": Case(run=(*INSTALL, "--set-json", '{"auth": {"password": "@PASSWORD@"'), at="--set-json"),
    "set-json-no-object": Case(run=(*INSTALL, "--set-json", '["@PASSWORD@"]'), at="--set-json"),
    "set-json-nested-without-measure": Case(
        run=(*INSTALL, "--set-json", f"a={'[' * 10_000}{']' * 10_000}"), at="--set-json a"
    ),
    "set-file-missing": Case(run=(*INSTALL, "--set-file", "tls.key=nowhere.pem"), at="nowhere.pem"),
    "set-file-no-text": Case(run=(*INSTALL, "--set-file", "logo=logo.png"), files={"logo.png": b"\x89PNG"}, at="logo"),
    "set-file-without-name": Case(run=(*INSTALL, "--set-file", "tls.key"), at="tls.key"),
    "set-literal-without-value": Case(run=(*INSTALL, "--set-literal", "image.tag"), at="image.tag"),
    "schema-one-fault": Case(
        run=INSTALL, files=schema({"properties": {"service": {"type": "array"}}}), at="chart/values.yaml:4"
    ),
    "schema-many-faults": Case(
        run=(*MINE, "--set", "service.port=80x", "--set-string", "auth.user=ada"),
        files={
            **schema(MANY_RULES),
            **mine("image:\n  tag: latest\n  repository: apache\nauth:\n  password: @PASSWORD@\n"),
        },
        at="mine.yaml:5",
    ),
    "schema-of-subchart": Case(
        run=(*INSTALL, "--set", "db.size=large"),
        files={
            "chart/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
            "chart/charts/db/values.schema.json": '{"properties": {"size": {"type": "integer"}}}',
        },
        at="db.size",
    ),
    "schema-no-json": Case(run=INSTALL, files=schema('{"type": "object",\n}'), at="chart/values.schema.json:2"),
    "schema-no-schema": Case(run=INSTALL, files=schema({"type": "objekt"}), at="chart/values.schema.json"),
    "schema-no-object": Case(run=INSTALL, files=schema("[]"), at="chart/values.schema.json"),
    "schema-reference-over-network": Case(
        run=INSTALL,
        files=schema({"properties": {"image": {"$ref": "https://example.com/image.json"}}}),
        at="chart/values.schema.json",
    ),
    "schema-reference-to-file": Case(
        run=INSTALL,
        files=schema({"properties": {"image": {"$ref": "file:///etc/passwd"}}}),
        at="chart/values.schema.json",
    ),
    "schema-reference-leads-nowhere": Case(
        run=INSTALL, files=schema({"properties": {"image": {"$ref": "#/$defs/image"}}}), at="chart/values.schema.json"
    ),
    "schema-references-in-circles": Case(
        run=INSTALL,
        files=schema({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}),
        at="chart/values.schema.json",
    ),
    "schema-pattern-not-linear": Case(
        run=INSTALL,
        files=schema({"properties": {"auth": {"properties": {"password": {"pattern": "(a+)\\1"}}}}}),
        at="chart/values.schema.json",
    ),
    "schema-nested-without-measure": Case(
        run=INSTALL, files=schema('{"not": ' * 10_000 + "{}" + "}" * 10_000), at="chart/values.schema.json"
    ),
}
