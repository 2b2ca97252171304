"""Names: words of a text in other cases, and names that Kubernetes takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, short, whole
from helmlite.engine.functions.scope import FunctionScope

LONGEST = 4096
"""Characters of what a name is made of: normalising Unicode takes time with the square of a run of accents."""


def naming(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def words(value: Any) -> list[str]:
        found = _words(short(value, LONGEST, "what a name is made of"))
        meter.charge_items(len(found))
        return found

    def cased(join: str, first: Callable[[str], str], rest: Callable[[str], str]) -> Callable[[Any], str]:
        def made(value: Any) -> str:
            return join.join((rest if number else first)(each) for number, each in enumerate(words(value)))

        return made

    def slugify(value: Any, size: Any = 63) -> str:
        most = whole(size, 1, 253, "the size of a name")
        folded = unicodedata.normalize("NFKD", short(value, LONGEST, "what a name is made of").casefold())
        made = re.sub(r"[^a-z0-9]+", "-", folded.encode("ascii", "ignore").decode("ascii")).strip("-")
        made = made[:most].strip("-")
        if not made:
            raise TemplateFailure("nothing of this text can stand in a name: it has neither letters nor digits")
        return made

    return Section(
        title="Names",
        note="Words end where white space or punctuation stands, and before a capital; digits belong to the letters "
        f"before them. These functions take up to {LONGEST:,} characters.",
        functions=[
            Function(
                name="slugify",
                call=slugify,
                usage="text | slugify(size=63)",
                does="a name for Kubernetes (a DNS-1123 label): small letters, digits and single hyphens, cut to size; "
                "two long texts may give the same name",
                examples=[
                    ("'Größe & Co. Ltd' | slugify", "grosse-co-ltd"),
                    ("'a b' | slugify(2)", "a"),
                ],
            ),
            Function(
                name="snakecase",
                call=cased("_", str.lower, str.lower),
                usage="text | snakecase",
                does="the words in small letters, joined by underscores",
                examples=[("'someHTTPName here' | snakecase", "some_http_name_here")],
            ),
            Function(
                name="kebabcase",
                call=cased("-", str.lower, str.lower),
                usage="text | kebabcase",
                does="the words in small letters, joined by hyphens",
                examples=[("'s3BucketName' | kebabcase", "s3-bucket-name")],
            ),
            Function(
                name="camelcase",
                call=cased("", str.lower, str.capitalize),
                usage="text | camelcase",
                does="the words joined, each but the first with a capital",
                examples=[("'some_name-here' | camelcase", "someNameHere")],
            ),
            Function(
                name="pascalcase",
                call=cased("", str.capitalize, str.capitalize),
                usage="text | pascalcase",
                does="the words joined, each with a capital",
                examples=[("'some_name' | pascalcase", "SomeName")],
            ),
        ],
    )


def _words(text: str) -> list[str]:
    found: list[str] = []
    word = ""
    for at, sign in enumerate(text):
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        starts = sign.isupper() and (not before.isupper() or after.islower())
        if word and (starts or not (sign.isalnum() or unicodedata.combining(sign))):
            found.append(word)
            word = ""
        if sign.isalnum() or (word and unicodedata.combining(sign)):
            word += sign
    return [*found, word] if word else found
