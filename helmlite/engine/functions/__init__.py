"""The functions and filters that chart authors need. Pure but for what FunctionScope hands in."""

from __future__ import annotations

import base64
import hashlib
import string
from typing import Any

from helmlite import documents
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.scope import FunctionScope, Library

__all__ = ["FunctionScope", "Library", "library"]


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TemplateFailure(f"{name} takes text, not {type(value).__name__}")
    return str(value)


def library(scope: FunctionScope) -> Library:
    """Return the library over ``scope``."""
    meter = scope.meter

    def to_yaml(value: Any) -> str:
        meter.charge_text(meter.charge_value(value))
        return documents.write(value).removesuffix("\n")

    def to_json(value: Any) -> str:
        meter.charge_text(meter.charge_value(value))
        return documents.write_json(value)

    def quote(value: Any) -> str:
        return documents.write_json(value if isinstance(value, str) else str(value))

    def b64encode(value: Any) -> str:
        text = _text("b64encode", value).encode()
        meter.charge_text(len(text) * 4 // 3 + 4)
        return base64.b64encode(text).decode("ascii")

    def sha256(value: Any) -> str:
        return hashlib.sha256(_text("sha256", value).encode()).hexdigest()

    def trunc(value: Any, size: int) -> str:
        text = _text("trunc", value)
        return text[:size] if size >= 0 else text[size:]

    def trim_suffix(value: Any, suffix: str) -> str:
        return _text("trim_suffix", value).removesuffix(suffix)

    def random_alphanum(size: int) -> str:
        meter.charge_text(size)
        return "".join(scope.random.choice(string.ascii_letters + string.digits) for _ in range(size))

    def required(value: Any, message: str) -> Any:
        if value is None or value == "":
            raise TemplateFailure(message)
        return value

    def fail(message: str) -> None:
        raise TemplateFailure(str(message))

    def lookup(api_version: str, kind: str, namespace: str = "", name: str = "") -> Any:
        return scope.lookup(api_version, kind, namespace, name)

    filters = {
        "to_yaml": to_yaml,
        "to_json": to_json,
        "quote": quote,
        "b64encode": b64encode,
        "sha256": sha256,
        "trunc": trunc,
        "trim_suffix": trim_suffix,
        "required": required,
    }
    functions = {"fail": fail, "lookup": lookup, "random_alphanum": random_alphanum}
    return Library(filters=filters, globals=functions, tests={})
