"""Data to text and back: YAML, JSON, TOML, base64, digests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from helmlite import documents
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, kind_of, text_of
from helmlite.engine.functions.scope import FunctionScope
from helmlite.engine.missing import Undefined

LEVELS = 200


def plain(value: Any, depth: int = 0) -> Any:
    """Return data as plain lists, mappings and scalars; raises TemplateFailure for what is no data."""
    if depth > LEVELS:
        raise TemplateFailure(f"the value is nested more than {LEVELS} levels deep")
    if isinstance(value, Undefined):
        return str(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | range):
        return [plain(each, depth + 1) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TemplateFailure(f"{kind_of(value)} is no data")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    if isinstance(key, int | float):
        return str(key)
    raise TemplateFailure(f"{kind_of(key)} cannot be the key of a mapping")


def encoding(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def measured(value: Any) -> Any:
        meter.charge_text(meter.charge_value(value))
        return plain(value)

    def to_yaml(value: Any) -> str:
        try:
            return documents.write(measured(value)).removesuffix("\n")
        except documents.DocumentError as error:
            raise TemplateFailure(f"this cannot be written as YAML: {error.message}") from None

    def to_json(value: Any, indent: int | None = None) -> str:
        if indent is not None and not 0 <= indent <= 16:
            raise TemplateFailure("an indent is between 0 and 16")
        parts = (",", ":") if indent is None else (",", ": ")
        try:
            text = json.dumps(measured(value), ensure_ascii=False, allow_nan=False, indent=indent, separators=parts)
        except ValueError:
            raise TemplateFailure("this cannot be written as JSON: it holds a number that is not finite") from None
        meter.charge_text(len(text))
        return text

    def to_toml(value: Any) -> str:
        import tomli_w

        if not isinstance(value, Mapping):
            raise TemplateFailure(f"TOML is made of a mapping, not of {kind_of(value)}")
        try:
            text = tomli_w.dumps(measured(value))
        except (TypeError, ValueError):
            raise TemplateFailure("this cannot be written as TOML, which has no null") from None
        meter.charge_text(len(text))
        return text.removesuffix("\n")

    def reading(what: str, read: Callable[[str], Any]) -> Callable[[Any], Any]:
        def from_text(text: Any) -> Any:
            source = text_of(text)
            meter.charge_text(len(source))
            try:
                value = read(source)
            except documents.DocumentError as error:
                at = f" (line {error.line})" if error.line else ""
                raise TemplateFailure(f"this is no {what}: {error.message}{at}") from None
            meter.charge_value(value)
            meter.charge_items(len(value) if isinstance(value, list | dict) else 1)
            return value

        return from_text

    def toml(text: str) -> Any:
        import tomllib

        try:
            found = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError, ValueError):
            raise TemplateFailure("this is no TOML") from None
        return json.loads(json.dumps(found, default=str))

    def b64encode(value: Any) -> str:
        data = text_of(value).encode("utf-8", "surrogateescape")
        meter.charge_text(len(data) * 4 // 3 + 4)
        return base64.b64encode(data).decode("ascii")

    def decoding(what: str, decode: Callable[[bytes], bytes]) -> Callable[[Any], str]:
        def decoded(value: Any) -> str:
            text = text_of(value)
            meter.charge_text(len(text))
            try:
                return decode(text.encode("ascii")).decode("utf-8")
            except UnicodeDecodeError:
                raise TemplateFailure(f"this {what} holds no UTF-8 text") from None
            except (binascii.Error, ValueError):
                raise TemplateFailure(f"this is no {what}") from None

        return decoded

    def b32encode(value: Any) -> str:
        data = text_of(value).encode("utf-8")
        meter.charge_text(len(data) * 8 // 5 + 8)
        return base64.b32encode(data).decode("ascii")

    def digest(name: str) -> Callable[[Any], str]:
        def digested(value: Any) -> str:
            return hashlib.new(name, text_of(value).encode("utf-8"), usedforsecurity=False).hexdigest()

        return digested

    def checksum(value: Any) -> str:
        return str(zlib.adler32(text_of(value).encode("utf-8")))

    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    return Section(
        title="YAML, JSON, TOML, base64, digests",
        functions=[
            Function(
                name="to_yaml",
                call=to_yaml,
                usage="value | to_yaml",
                does="block YAML, keys sorted, without a newline at its end",
                examples=[("{'b': [1, 'yes'], 'a': none} | to_yaml", 'a: null\nb:\n- 1\n- "yes"')],
            ),
            Function(
                name="from_yaml",
                call=reading("YAML", lambda text: documents.read(text).data),
                usage="text | from_yaml",
                does="the data of one YAML document; a duplicate key is an error",
                examples=[("('a: [1, 2]' | from_yaml).a", "[1, 2]")],
            ),
            Function(
                name="from_yaml_all",
                call=reading("YAML", lambda text: [each.data for each in documents.read_all(text)]),
                usage="text | from_yaml_all",
                does="the data of every document of a YAML stream",
                examples=[("'a: 1\\n---\\nb: 2\\n' | from_yaml_all | length", "2")],
            ),
            Function(
                name="to_json",
                call=to_json,
                usage="value | to_json(indent=None)",
                does="JSON on one line, or with an indent on several",
                examples=[("{'a': [1, true, none, '<b>']} | to_json", '{"a":[1,true,null,"<b>"]}')],
            ),
            Function(
                name="from_json",
                call=reading("JSON", documents.read_json),
                usage="text | from_json",
                does="the data of a JSON text",
                examples=[("('{\"a\": 1e2}' | from_json).a", "100.0")],
            ),
            Function(
                name="to_toml",
                call=to_toml,
                usage="mapping | to_toml",
                does="TOML; a null is an error, since TOML has none",
                examples=[("{'a': {'b': 1}} | to_toml", "[a]\nb = 1")],
            ),
            Function(
                name="from_toml",
                call=reading("TOML", toml),
                usage="text | from_toml",
                does="the data of a TOML text; dates and times become text",
                examples=[("('a = [1, 2]' | from_toml).a", "[1, 2]")],
            ),
            Function(
                name="b64encode",
                call=b64encode,
                usage="text | b64encode",
                does="base64 of the text's UTF-8 bytes",
                examples=[("'häuser' | b64encode", "aMOkdXNlcg==")],
            ),
            Function(
                name="b64decode",
                call=decoding("base64", lambda data: base64.b64decode(data, validate=True)),
                usage="text | b64decode",
                does="the text that base64 holds; an error when it is none, or holds no UTF-8",
                examples=[("'aGVsbG8=' | b64decode", "hello")],
            ),
            Function(
                name="b32encode",
                call=b32encode,
                usage="text | b32encode",
                does="base32 of the text's UTF-8 bytes",
                examples=[("'hello' | b32encode", "NBSWY3DP")],
            ),
            Function(
                name="b32decode",
                call=decoding("base32", base64.b32decode),
                usage="text | b32decode",
                does="the text that base32 holds",
                examples=[("'NBSWY3DP' | b32decode", "hello")],
            ),
            *(
                Function(
                    name=name,
                    call=digest(name),
                    usage=f"text | {name}",
                    does=f"the {name.upper()} digest in hexadecimal digits",
                    examples=[("'abc' | sha256", abc)] if name == "sha256" else (),
                )
                for name in ("sha1", "sha256", "sha512", "md5")
            ),
            Function(
                name="adler32",
                call=checksum,
                usage="text | adler32",
                does="the Adler-32 checksum as a decimal number",
                examples=[("'abc' | adler32", "38600999")],
            ),
        ],
    )
