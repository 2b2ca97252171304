"""Text: quoting, cutting, cases, names for Kubernetes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from helmlite import documents
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, kind_of, listed, text_of, whole
from helmlite.engine.functions.scope import FunctionScope
from helmlite.engine.written import written

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", re.ASCII)


def text_functions(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def printed(value: Any) -> str:
        return written(value, meter)

    def quote(value: Any) -> str:
        text = documents.write_json("" if value is None else printed(value))
        for escaped, sign in (("\\u003c", "<"), ("\\u003e", ">"), ("\\u0026", "&")):
            text = text.replace(escaped, sign)
        meter.charge_text(len(text))
        return text

    def squote(value: Any) -> str:
        text = "" if value is None else printed(value)
        if "\n" in text or "\r" in text:
            raise TemplateFailure("text of several lines cannot stand in single quotes", hint="Use `quote`.")
        meter.charge_text(len(text) * 2 + 2)
        return "'" + text.replace("'", "''") + "'"

    def nindent(value: Any, width: int) -> str:
        text, blanks = printed(value), whole(width)
        meter.charge_text(blanks)
        meter.charge_text(len(text) + (text.count("\n") + 1) * blanks)
        lines = [f"{' ' * blanks}{line}" if line else line for line in text.split("\n")]
        return "\n" + "\n".join(lines)

    def trunc(value: Any, size: int) -> str:
        text, most = text_of(value), whole(size)
        return text[:most] if most >= 0 else text[most:]

    def repeat(value: Any, times: int) -> str:
        text = text_of(value)
        meter.charge_text(len(text) * max(whole(times), 0))
        return text * max(times, 0)

    def substr(value: Any, start: int, end: int | None = None) -> str:
        return text_of(value)[max(whole(start), 0) : None if end is None else max(whole(end), 0)]

    def abbrev(value: Any, size: int) -> str:
        text, most = text_of(value), whole(size)
        if most < 4:
            raise TemplateFailure("what is abbreviated keeps at least 4 characters")
        return text if len(text) <= most else f"{text[: most - 3]}..."

    def words(value: Any) -> list[str]:
        found = _WORDS.findall(text_of(value))
        meter.charge_items(len(found))
        return found

    def cased(join: str, first: Callable[[str], str], rest: Callable[[str], str]) -> Callable[[Any], str]:
        def made(value: Any) -> str:
            return join.join((rest if number else first)(each) for number, each in enumerate(words(value)))

        return made

    def slugify(value: Any, size: int = 63) -> str:
        folded = unicodedata.normalize("NFKD", printed(value)).encode("ascii", "ignore").decode("ascii").lower()
        made = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[: max(whole(size), 0)].strip("-")
        if not made:
            raise TemplateFailure("nothing of this text can stand in a name: it has neither letters nor digits")
        return made

    def plural(count: int, one: str, many: str) -> str:
        return text_of(one) if whole(count) == 1 else text_of(many)

    def cat(*values: Any) -> str:
        return " ".join(printed(each) for each in values if each is not None)

    def split_list(value: Any, separator: str) -> list[str]:
        text, mark = text_of(value), text_of(separator)
        if not mark:
            raise TemplateFailure("a separator has at least one character")
        meter.charge_items(text.count(mark) + 1)
        return text.split(mark)

    def comment(value: Any, mark: str = "#") -> str:
        text = printed(value)
        meter.charge_text(len(text) + (text.count("\n") + 1) * (len(text_of(mark)) + 1))
        return "\n".join(f"{mark} {line}".rstrip() for line in text.split("\n"))

    def join_lines(value: Any) -> str:
        lines = [printed(each) for each in listed(value)]
        meter.charge_text(sum(map(len, lines)) + len(lines))
        return "\n".join(lines)

    def to_bool(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        word = text_of(value).strip().lower()
        if word in ("true", "yes", "on", "1", "y", "t"):
            return True
        if word in ("false", "no", "off", "0", "n", "f", ""):
            return False
        raise TemplateFailure("this text says neither true nor false")

    def from_octal(value: Any) -> int:
        text = printed(value).strip().removeprefix("0o")
        if not re.fullmatch(r"[0-7]{1,22}", text, re.ASCII):
            raise TemplateFailure("this is no octal number")
        return int(text, 8)

    def contains(value: Any, part: Any) -> bool:
        return text_of(part) in text_of(value)

    same = str.lower
    return Section(
        title="Text",
        functions=[
            Function(
                name="quote",
                call=quote,
                usage="value | quote",
                does="the value's text in double quotes, safe in YAML and JSON; null gives empty quotes",
                examples=[("'say \"hi\"' | quote", '"say \\"hi\\""'), ("8080 | quote", '"8080"')],
            ),
            Function(
                name="squote",
                call=squote,
                usage="value | squote",
                does="the value's text in YAML's single quotes",
                examples=[('"it\'s" | squote', "'it''s'")],
            ),
            Function(
                name="nindent",
                call=nindent,
                usage="text | nindent(width)",
                does="a newline, then the text with every line moved right",
                examples=[("'a\\nb' | nindent(2)", "\n  a\n  b")],
            ),
            Function(
                name="trunc",
                call=trunc,
                usage="text | trunc(size)",
                does="the first `size` characters, or the last ones when it is negative",
                examples=[("'hello' | trunc(3)", "hel"), ("'hello' | trunc(-3)", "llo")],
            ),
            Function(
                name="abbrev",
                call=abbrev,
                usage="text | abbrev(size)",
                does="the text cut to a size, with three dots where something was cut",
                examples=[("'hello world' | abbrev(8)", "hello...")],
            ),
            Function(
                name="substr",
                call=substr,
                usage="text | substr(start, end=None)",
                does="the characters from `start` up to `end`",
                examples=[("'hello' | substr(1, 3)", "el")],
            ),
            Function(
                name="trim_prefix",
                call=lambda value, prefix: text_of(value).removeprefix(text_of(prefix)),
                usage="text | trim_prefix(prefix)",
                does="the text without a prefix that it may have",
                examples=[("'v1.2' | trim_prefix('v')", "1.2")],
            ),
            Function(
                name="trim_suffix",
                call=lambda value, suffix: text_of(value).removesuffix(text_of(suffix)),
                usage="text | trim_suffix(suffix)",
                does="the text without a suffix that it may have",
                examples=[("'shop-' | trim_suffix('-')", "shop")],
            ),
            Function(
                name="has_prefix",
                call=lambda value, prefix: text_of(value).startswith(text_of(prefix)),
                usage="text | has_prefix(prefix)",
                does="whether the text begins so",
                examples=[("'v1.2' | has_prefix('v')", "true")],
            ),
            Function(
                name="has_suffix",
                call=lambda value, suffix: text_of(value).endswith(text_of(suffix)),
                usage="text | has_suffix(suffix)",
                does="whether the text ends so",
                examples=[("'a.yaml' | has_suffix('.yml')", "false")],
            ),
            Function(
                name="contains",
                call=contains,
                usage="text | contains(part)",
                does="whether the text holds a part",
                examples=[("'hello' | contains('ell')", "true")],
            ),
            Function(
                name="repeat",
                call=repeat,
                usage="text | repeat(times)",
                does="the text several times",
                examples=[("'ab' | repeat(3)", "ababab")],
            ),
            Function(
                name="cat",
                call=cat,
                usage="cat(value, value, ...)",
                does="the values' texts with blanks between, nulls left out",
                examples=[("cat('a', 1, none, true)", "a 1 true")],
                as_filter=False,
            ),
            Function(
                name="nospace",
                call=lambda value: "".join(text_of(value).split()),
                usage="text | nospace",
                does="the text without any white space",
                examples=[("' a b ' | nospace", "ab")],
            ),
            Function(
                name="initials",
                call=lambda value: "".join(each[0] for each in text_of(value).split()),
                usage="text | initials",
                does="the first character of each word",
                examples=[("'Ann Blue' | initials", "AB")],
            ),
            Function(
                name="swapcase",
                call=lambda value: text_of(value).swapcase(),
                usage="text | swapcase",
                does="capitals made small, and the other way round",
                examples=[("'aBc' | swapcase", "AbC")],
            ),
            Function(
                name="snakecase",
                call=cased("_", same, same),
                usage="text | snakecase",
                does="the words in small letters, joined by underscores",
                examples=[("'someHTTPName here' | snakecase", "some_http_name_here")],
            ),
            Function(
                name="kebabcase",
                call=cased("-", same, same),
                usage="text | kebabcase",
                does="the words in small letters, joined by hyphens",
                examples=[("'someName' | kebabcase", "some-name")],
            ),
            Function(
                name="camelcase",
                call=cased("", same, str.capitalize),
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
            Function(
                name="slugify",
                call=slugify,
                usage="text | slugify(size=63)",
                does="a name for Kubernetes (a DNS label): small letters, digits and single hyphens, cut to size",
                examples=[
                    ("'Größe & Co. Ltd' | slugify", "groe-co-ltd"),
                    ("'a b' | slugify(2)", "a"),
                ],
            ),
            Function(
                name="plural",
                call=plural,
                usage="plural(count, one, many)",
                does="the word that fits a count",
                examples=[("plural(2, 'pod', 'pods')", "pods")],
            ),
            Function(
                name="split_list",
                call=split_list,
                usage="text | split_list(separator)",
                does="the parts of the text between separators",
                examples=[("'a,b' | split_list(',')", '["a", "b"]')],
            ),
            Function(
                name="join_lines",
                call=join_lines,
                usage="list | join_lines",
                does="the items' texts, one a line",
                examples=[("['a', 1] | join_lines", "a\n1")],
            ),
            Function(
                name="comment",
                call=comment,
                usage="text | comment(mark='#')",
                does="every line after a comment mark",
                examples=[("'a\\nb' | comment", "# a\n# b")],
            ),
            Function(
                name="to_bool",
                call=to_bool,
                usage="text | to_bool",
                does="true for true, yes, on, y, t, 1; false for their opposites and for nothing; else an error",
                examples=[("'Yes' | to_bool", "true")],
            ),
            Function(
                name="from_octal",
                call=from_octal,
                usage="text | from_octal",
                does="the number that octal digits write, as file modes are",
                examples=[("'0644' | from_octal", "420")],
            ),
            Function(
                name="kind_of",
                call=lambda value: kind_of(value).removeprefix("a ").removeprefix("an "),
                usage="value | kind_of",
                does="mapping, list, text, number, boolean or null",
                examples=[("[1] | kind_of", "list"), ("none | kind_of", "null")],
            ),
        ],
    )
