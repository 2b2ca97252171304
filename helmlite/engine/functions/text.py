"""Text: quoting, cutting, moving, joining."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, listed, text_of, whole, wording
from helmlite.engine.functions.scope import FunctionScope
from helmlite.engine.positions.text import TemplateText, indented, joined
from helmlite.engine.written import written

_UNSAFE = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON may hold raw and YAML may not, or reads as the end of a line."""

_NOT_FOR_SINGLE_QUOTES = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def text_functions(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def printed(value: Any) -> str:
        return written(value, meter)

    def quote(value: Any) -> TemplateText:
        text = "" if value is None else printed(value)
        text.encode("utf-8")
        quoted = json.dumps(text, ensure_ascii=False)
        quoted = _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
        meter.charge_text(len(quoted))
        return TemplateText.yaml(quoted)

    def squote(value: Any) -> TemplateText:
        text = "" if value is None else printed(value)
        if _NOT_FOR_SINGLE_QUOTES.search(text):
            raise TemplateFailure(
                "text of several lines, or with control characters, cannot stand in single quotes", hint="Use `quote`."
            )
        meter.charge_text(len(text) + text.count("'") + 2)
        return TemplateText.yaml("'" + text.replace("'", "''") + "'")

    def raw(value: Any) -> TemplateText:
        return TemplateText(printed(value), is_raw=True)

    def nindent(value: Any, width: Any) -> TemplateText:
        text, blanks = printed(value), whole(width, 0, what="an indent")
        meter.charge_text(blanks)
        meter.charge_text(len(text) + (text.count("\n") + 1) * (blanks + 1))
        lines = [f"{' ' * blanks}{line}" if line else line for line in text.split("\n")]
        pad = " " * blanks
        return indented(value, "\n" + "\n".join(lines), pad, first=f"\n{pad}")

    def trunc(value: Any, size: Any) -> str:
        text, most = text_of(value), whole(size)
        return text[:most] if most >= 0 else text[most:]

    def repeat(value: Any, times: Any) -> str:
        text = text_of(value)
        meter.charge_text(len(text) * whole(times, 0, what="the number of times"))
        return text * int(times)

    def substr(value: Any, start: Any, end: Any = None) -> str:
        text, first = text_of(value), whole(start, 0, what="the start")
        return text[first:] if end is None else text[first : whole(end, 0, what="the end")]

    def abbrev(value: Any, size: Any) -> str:
        text, most = text_of(value), whole(size, 4, what="the size of what is abbreviated")
        return text if len(text) <= most else f"{text[: most - 3]}..."

    def split(text: str, mark: str | None = None) -> list[str]:
        # one more part than there may be at most, so that a bomb is never split to its end
        parts = text.split(mark, meter.bounds.range_items)
        meter.charge_items(len(parts))
        return parts

    def split_list(value: Any, separator: Any) -> list[str]:
        text, mark = text_of(value), text_of(separator)
        if not mark:
            raise TemplateFailure("a separator has at least one character")
        return split(text, mark)

    def cat(*values: Any) -> str:
        texts = [printed(each) for each in values if each is not None]
        meter.charge_text(sum(map(len, texts)) + len(texts))
        return " ".join(texts)

    def comment(value: Any, mark: Any = "#") -> str:
        text, sign = printed(value), text_of(mark)
        meter.charge_text(len(text) + (text.count("\n") + 1) * (len(sign) + 1))
        return "\n".join(f"{sign} {line}".rstrip() for line in text.split("\n"))

    def join_lines(value: Any) -> str:
        lines = [printed(each) for each in listed(value)]
        meter.charge_text(sum(map(len, lines)) + len(lines))
        return joined("\n".join(lines), value)

    def swapcase(value: Any) -> str:
        text = text_of(value)
        meter.charge_text(len(text) * 3)
        return text.swapcase()

    def on_two(work: Callable[[str, str], Any]) -> Callable[[Any, Any], Any]:
        return lambda value, part: work(wording(value), text_of(part))

    return Section(
        title="Text",
        note="Jinja2's own `trim`, `upper`, `lower`, `title`, `capitalize`, `replace`, `join`, `indent`, `center`, "
        "`format`, `truncate` and `wordwrap` are there too; mind that `indent` leaves the first line where it is.",
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
                does="the value's text in YAML's single quotes; an error for text of several lines",
                examples=[('"it\'s" | squote', "'it''s'")],
            ),
            Function(
                name="raw",
                call=raw,
                usage="value | raw",
                does="the value's text, which is written as it is wherever it stands; nothing keeps it from changing "
                "what is around it",
                examples=[("'a: 1' | raw", "a: 1")],
            ),
            Function(
                name="nindent",
                call=nindent,
                usage="value | nindent(width)",
                does="a newline, then the value's text with every line that is not empty moved right",
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
                does="the text cut to a size of 4 or more, with three dots where something was cut",
                examples=[("'hello world' | abbrev(8)", "hello...")],
            ),
            Function(
                name="substr",
                call=substr,
                usage="text | substr(start, end=None)",
                does="the characters from `start`, counted from 0, up to `end`; `text[start:end]` does it too",
                examples=[("'hello' | substr(1, 3)", "el")],
            ),
            Function(
                name="trim_prefix",
                call=on_two(str.removeprefix),
                usage="text | trim_prefix(prefix)",
                does="the text without a prefix that it may have",
                examples=[("'v1.2' | trim_prefix('v')", "1.2")],
            ),
            Function(
                name="trim_suffix",
                call=on_two(str.removesuffix),
                usage="text | trim_suffix(suffix)",
                does="the text without a suffix that it may have",
                examples=[("'shop-' | trim_suffix('-')", "shop")],
            ),
            Function(
                name="has_prefix",
                call=on_two(str.startswith),
                usage="text | has_prefix(prefix)",
                does="whether the text begins so",
                examples=[("'v1.2' | has_prefix('v')", "true")],
            ),
            Function(
                name="has_suffix",
                call=on_two(str.endswith),
                usage="text | has_suffix(suffix)",
                does="whether the text ends so",
                examples=[("'a.yaml' | has_suffix('.yml')", "false")],
            ),
            Function(
                name="contains",
                call=on_two(lambda text, part: part in text),
                usage="text | contains(part)",
                does="whether the text holds a part; for lists there is `in`",
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
                call=lambda value: "".join(split(text_of(value))),
                usage="text | nospace",
                does="the text without any white space",
                examples=[("' a b ' | nospace", "ab")],
            ),
            Function(
                name="swapcase",
                call=swapcase,
                usage="text | swapcase",
                does="capitals made small, and the other way round",
                examples=[("'aBc' | swapcase", "AbC")],
            ),
            Function(
                name="initials",
                call=lambda value: "".join(each[0] for each in split(text_of(value))),
                usage="text | initials",
                does="the first character of each word",
                examples=[("'Ann Blue' | initials", "AB")],
            ),
            Function(
                name="plural",
                call=lambda count, one, many: text_of(one) if whole(count) == 1 else text_of(many),
                usage="plural(count, one, many)",
                does="the word that fits a count",
                examples=[("plural(2, 'pod', 'pods')", "pods")],
                as_filter=False,
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
                usage="value | comment(mark='#')",
                does="every line of the value's text after a comment mark",
                examples=[("'a\\nb' | comment", "# a\n# b")],
            ),
        ],
    )
