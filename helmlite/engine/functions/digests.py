"""Text as base64 and base32, and its digests and checksums."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, text_of
from helmlite.engine.functions.scope import FunctionScope

_DIGESTS = {
    "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha512": "",
    "md5": "900150983cd24fb0d6963f7d28e17f72",
}
"""The digests, and what they give for ``abc`` where that is short enough for a table."""


def digests(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def encoding(encode: Callable[[bytes], bytes]) -> Callable[[Any], str]:
        def encoded(value: Any) -> str:
            content = text_of(value).encode("utf-8")
            meter.charge_text(len(content) * 8 // 5 + 8)
            return encode(content).decode("ascii")

        return encoded

    def decoding(what: str, decode: Callable[[bytes], bytes]) -> Callable[[Any], str]:
        def decoded(value: Any) -> str:
            text = text_of(value)
            meter.charge_text(len(text))
            try:
                return decode(text.replace("\r", "").replace("\n", "").encode("ascii")).decode("utf-8")
            except UnicodeDecodeError:
                raise TemplateFailure(f"this {what} holds no UTF-8 text") from None
            except (binascii.Error, ValueError):
                raise TemplateFailure(f"this is no {what}") from None

        return decoded

    def digest(name: str) -> Callable[[Any], str]:
        def digested(value: Any) -> str:
            content = text_of(value).encode("utf-8")
            meter.charge_text(len(content))
            return hashlib.new(name, content, usedforsecurity=False).hexdigest()

        return digested

    def checksum(compute: Callable[[bytes], int]) -> Callable[[Any], str]:
        def computed(value: Any) -> str:
            content = text_of(value).encode("utf-8")
            meter.charge_text(len(content))
            return str(compute(content))

        return computed

    return Section(
        title="Base64, digests, checksums",
        note="All of them are of the text's UTF-8 bytes.",
        functions=[
            Function(
                name="b64encode",
                call=encoding(base64.b64encode),
                usage="text | b64encode",
                does="base64 on one line",
                examples=[("'häuser' | b64encode", "aMOkdXNlcg==")],
            ),
            Function(
                name="b64decode",
                call=decoding("base64", lambda text: base64.b64decode(text, validate=True)),
                usage="text | b64decode",
                does="the text that base64 holds, line breaks in it forgiven; an error when it holds no UTF-8",
                examples=[("'aGVsbG8=' | b64decode", "hello")],
            ),
            Function(
                name="b32encode",
                call=encoding(base64.b32encode),
                usage="text | b32encode",
                does="base32 on one line",
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
                    examples=[(f"'abc' | {name}", shown)] if shown else [(f"'abc' | {name} | length", "128")],
                )
                for name, shown in _DIGESTS.items()
            ),
            Function(
                name="adler32",
                call=checksum(zlib.adler32),
                usage="text | adler32",
                does="the Adler-32 checksum, as the text of a decimal number",
                examples=[("'abc' | adler32", "38600999")],
            ),
            Function(
                name="crc32",
                call=checksum(zlib.crc32),
                usage="text | crc32",
                does="the CRC-32 checksum, as the text of a decimal number",
                examples=[("'abc' | crc32", "891568578")],
            ),
        ],
    )
