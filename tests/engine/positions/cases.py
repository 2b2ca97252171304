"""Places where an expression can stand, ways for a value to come there, and three readers of what comes out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import yaml
import yaml12
from jinja2.bccache import Bucket, BytecodeCache

from helmlite import documents
from helmlite.chart.chart import Chart, ChartFile
from helmlite.chart.metadata import ChartMetadata
from helmlite.engine.engine import ReleaseFacts, RenderContext
from helmlite.engine.jinja import JinjaEngine
from helmlite.engine.limits import RenderBounds
from helmlite.engine.trace import Span
from helmlite.errors import RenderError
from helmlite.manifest.capabilities import Capabilities

HOLE = "⟦⟧"
"""Where a place's template holds the expression."""
TEMPLATE = "web.yaml.j2"
PATH = f"shop/templates/{TEMPLATE}"
NIGHTLY = os.environ.get("HELMLITE_TESTS") == "nightly"
"""Whether to try every case, and many more examples of each property; by default a share of them is tried."""
CAPABILITIES = Capabilities.offline()


def text_of(value: Any) -> str:
    """Return what a value is as text: itself, or YAML's word for it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def ended(text: str) -> str:
    """Return a text with one newline at its end if it has none, as ``|`` and ``>`` keep it."""
    return text if text.endswith("\n") else text + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A template with one expression, and what it is read back as, by value and by the value's text.

    ``always`` says that no value but one with NUL is refused here; texts of more than ``longest`` characters are not
    tried, since YAML has no such keys in quotes.
    """

    name: str
    template: str
    data: Callable[[Any, str], Any]
    always: bool = False
    longest: int = 2**20


def place(name: str, template: str, data: Callable[[Any, str], Any], **more: Any) -> Place:
    """Return a place whose template holds ``@`` for the expression."""
    return Place(name=name, template=template.replace("@", HOLE), data=data, **more)


def _among(key: str, line: str) -> str:
    return f"before: b\n{key}: {line}\nafter: a\n"


def _with(value: Any) -> dict[str, Any]:
    return {"before": "b", "key": value, "after": "a"}


VALUES = [
    place("value", _among("key", "@"), lambda v, t: _with(v), always=True),
    place("value before a comment", _among("key", "@  # note"), lambda v, t: _with(v), always=True),
    place("value on the next line", _among("key", "\n  @"), lambda v, t: _with(v), always=True),
    place("last value", "before: b\nkey: @", lambda v, t: {"before": "b", "key": v}, always=True),
    place("item", "- b\n- @\n- a\n", lambda v, t: ["b", v, "a"], always=True),
    place("item of a list at its key", "list:\n- @\n- a\nafter: a\n", lambda v, t: {"list": [v, "a"], "after": "a"}),
    place("item of a list in a list", "- - b\n  - @\n- a\n", lambda v, t: [["b", v], "a"], always=True),
    place("item after two dashes", "- - @\n  - b\n- a\n", lambda v, t: [[v, "b"], "a"], always=True),
    place("value after a dash", "- key: @\n  i: 1\n- a\n", lambda v, t: [{"key": v, "i": 1}, "a"], always=True),
    place("value in an item", "- i: 1\n  key: @\n  m: 2\n", lambda v, t: [{"i": 1, "key": v, "m": 2}], always=True),
    place(
        "value deep",
        "a:\n- b:\n    - c:\n       d: @\n       e: 1\n",
        lambda v, t: {"a": [{"b": [{"c": {"d": v, "e": 1}}]}]},
    ),
    place("whole document", "# note\n@\n", lambda v, t: v),
]
"""Where a value keeps its type."""

QUOTES = [
    place("double quotes", _among("key", '"@"'), lambda v, t: _with(t), always=True),
    place("within double quotes", _among("key", '"<@>"  # note'), lambda v, t: _with(f"<{t}>"), always=True),
    place("single quotes", _among("key", "'@'"), lambda v, t: _with(t)),
    place("within single quotes", _among("key", "'it''s <@>'"), lambda v, t: _with(f"it's <{t}>")),
    place("item in double quotes", '- b\n- "@ @"\n', lambda v, t: ["b", f"{t} {t}"], always=True),
]
PLAIN = [
    place("within a plain scalar", _among("key", "x-@-y"), lambda v, t: _with(f"x-{t}-y")),
    place("before text", _among("key", "@-y  # note"), lambda v, t: _with(f"{t}-y")),
    place("after text", _among("key", "x-@"), lambda v, t: _with(f"x-{t}")),
    place("two with a dot between", _among("key", "@.@"), lambda v, t: _with(f"{t}.{t}")),
    place("item before text", "- b\n- @-y\n- a\n", lambda v, t: ["b", f"{t}-y", "a"]),
    place("with colons", _among("key", "http://x:@:80/y#z"), lambda v, t: _with(f"http://x:{t}:80/y#z")),
]
KEYS = [
    place("key", "before: b\n@: 1\nafter: a\n", lambda v, t: {"before": "b", t: 1, "after": "a"}),
    place(
        "key after text",
        "before: b\nx-@: {i: 1}\nafter: a\n",
        lambda v, t: {"before": "b", f"x-{t}": {"i": 1}, "after": "a"},
    ),
    place(
        "key before text", "m:\n  @/x:\n    i: 1\nafter: a\n", lambda v, t: {"m": {f"{t}/x": {"i": 1}}, "after": "a"}
    ),
    place("key in double quotes", 'm:\n  "@": 1\nafter: a\n', lambda v, t: {"m": {t: 1}, "after": "a"}, longest=100),
    place("key after a dash", "- @: 1\n  i: 2\n- a\n", lambda v, t: [{t: 1, "i": 2}, "a"]),
]
BLOCKS = [
    place("block |-", _among("key", "|-\n  @"), lambda v, t: _with(t)),
    place("block |", _among("key", "|\n  @"), lambda v, t: _with(ended(t))),
    place("block >-", _among("key", ">-\n  x @ y\n  z"), lambda v, t: _with(f"x {t} y z")),
    place("line of a block |-", _among("key", "|-\n  x\n  @\n  y"), lambda v, t: _with(f"x\n{t}\ny")),
    place("within a line of a block |", _among("key", "|\n  x=@;\n  y"), lambda v, t: _with(f"x={t};\ny\n")),
    place("block in an item", "- |-\n  x: @\n- a\n", lambda v, t: [f"x: {t}", "a"]),
]
FLOWS = [
    place("flow list", _among("key", "[b, @, a]"), lambda v, t: _with(["b", v, "a"])),
    place("flow mapping", _among("key", "{m: 1, i: @, o: [2]}"), lambda v, t: _with({"m": 1, "i": v, "o": [2]})),
    place("flow key", _among("key", "{first: 1, @: 2}"), lambda v, t: _with({"first": 1, t: 2})),
    place("plain scalar in a flow list", _among("key", "[b, x-@-y, a]"), lambda v, t: _with(["b", f"x-{t}-y", "a"])),
    place("quotes in a flow list", _among("key", "[\"@\", '@']"), lambda v, t: _with([t, t])),
]
COMMENTS = [
    place("comment", "before: b\n# x @ y\nafter: a\n", lambda v, t: {"before": "b", "after": "a"}),
    place("comment after a value", _among("key", "x # @"), lambda v, t: _with("x")),
    place("comment in a list", "list:\n  - b\n  # @\n  - a\n", lambda v, t: {"list": ["b", "a"]}),
]
PLACES = [*VALUES, *QUOTES, *PLAIN, *KEYS, *BLOCKS, *FLOWS, *COMMENTS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How ``values.x`` comes to a place: what stands above it, the expression, and partials."""

    name: str
    above: str = ""
    expression: str
    partials: Mapping[str, str] = field(default_factory=dict)


WAYS = [
    Way(name="itself", expression="{{ values.x }}"),
    Way(name="a macro", above="{% macro given(v) %}{{ v }}{% endmacro %}\n", expression="{{ given(values.x) }}"),
    Way(
        name="a macro's macro",
        above="{% macro inner(v) %}{{ v }}{% endmacro %}\n{% macro outer(v) %}\n{{ inner(v) }}\n{% endmacro %}\n",
        expression="{{ outer(values.x) }}",
    ),
    Way(name="an include", expression='{%+ include "_x.j2" +%}', partials={"_x.j2": "{{ values.x }}\n"}),
    Way(name="a set block", above="{% set held %}{{ values.x }}{% endset %}\n", expression="{{ held }}"),
    Way(
        name="a call block",
        above="{% macro around() %}{{ caller() }}{% endmacro %}\n",
        expression="{%+ call around() +%}{{ values.x }}{%+ endcall +%}",
    ),
    Way(name="a loop", expression="{%+ for each in [values.x] +%}{{ each }}{%+ endfor +%}"),
    Way(name="an if", expression="{%+ if true +%}{{ values.x }}{%+ else +%}{{ nothing }}{%+ endif +%}"),
    Way(
        name="an import",
        above='{% import "_m.j2" as m %}\n',
        expression="{{ m.given(values.x) }}",
        partials={"_m.j2": "{% macro given(v) %}\n{{ v }}\n{% endmacro %}\n"},
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How the text of a place comes into a template: ``template`` holds it at ``BODY``, ``data`` is around its data."""

    name: str
    template: str
    data: Callable[[Any], Any]
    partial: str = ""


BODY = "⟦body⟧\n"


def _top(data: Any) -> dict[str, Any]:
    return {"top": data, "end": "e"}


FRAMES = [
    Frame(
        name="a macro alone on its line",
        template="{% macro f() %}\n" + BODY + "{% endmacro %}\ntop:\n    {{ f() }}\nend: e\n",
        data=_top,
    ),
    Frame(
        name="a macro after a key",
        template="{% macro f() %}\n" + BODY + "{% endmacro %}\ntop: {{ f() }}\nend: e\n",
        data=_top,
    ),
    Frame(
        name="a macro after a dash",
        template="{% macro f() %}\n" + BODY + "{% endmacro %}\n- - {{ f() }}\n  - e\n",
        data=lambda d: [[d, "e"]],
    ),
    Frame(
        name="an include alone on its line", template='top:\n  {% include "_f.j2" %}\nend: e\n', data=_top, partial=BODY
    ),
    Frame(
        name="an include after a dash",
        template='- i:\n    {% include "_f.j2" %}\n  m: 1\n',
        data=lambda d: [{"i": d, "m": 1}],
        partial=BODY,
    ),
    Frame(
        name="a call block",
        template="{% macro f() %}\ntop:\n   {{ caller() }}\nend: e\n{% endmacro %}\n{% call f() %}\n"
        + BODY
        + "{% endcall %}\n",
        data=_top,
    ),
    Frame(
        name="a set block",
        template="{% set held %}\n" + BODY + "{% endset %}\n- top:\n    {{ held }}\n  end: e\n",
        data=lambda d: [_top(d)],
    ),
    Frame(
        name="a macro in a macro",
        template="{% macro g() %}\n"
        + BODY
        + "{% endmacro %}\n{% macro f() %}\ntop:\n  {{ g() }}\nend: e\n{% endmacro %}\nhead:\n  {{ f() }}\ntail: 1\n",
        data=lambda d: {"head": _top(d), "tail": 1},
    ),
    Frame(
        name="a loop with if",
        template="{% for each in [1, 2] %}\n  {% if each == 2 %}\n" + BODY + "  {% endif %}\n{% endfor %}\n",
        data=lambda d: d,
    ),
]


class Kept(BytecodeCache):
    """Compiled templates, kept as long as the tests run."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled from the same text under the same name."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._code[bucket.key, bucket.checksum] = bucket.code


KEPT = Kept()


def chart_of(templates: Mapping[str, str]) -> Chart:
    """Return a chart of templates."""
    return Chart(
        metadata=ChartMetadata(name="shop", version="1.2.3"),
        templates=[ChartFile(name=f"templates/{name}", data=text.encode()) for name, text in templates.items()],
        files=[],
        subcharts=[],
    )


def context_of(values: Mapping[str, Any]) -> RenderContext:
    """Return the context of a rendering with values."""
    return RenderContext(
        values=values,
        release=ReleaseFacts(name="demo", namespace="prod"),
        capabilities=CAPABILITIES,
        now=datetime(2026, 11, 1, tzinfo=UTC),
        random=Random(7),
        bounds=RenderBounds(seconds=600),  # a machine that stands still for a while is no fault of the language
    )


def render(templates: Mapping[str, str], values: Mapping[str, Any]) -> str:
    """Return what the template TEMPLATE of a chart gives; the others are partials."""
    return JinjaEngine(KEPT).render(chart_of(templates), context_of(values)).texts[PATH]


def traced(templates: Mapping[str, str], values: Mapping[str, Any]) -> tuple[str, Sequence[Span]]:
    """Return what a traced rendering gives for TEMPLATE, and its spans."""
    trace = JinjaEngine().trace(chart_of(templates), context_of(values))
    return trace.texts[PATH], trace.spans[PATH]


def templates_of(where: Place, way: Way = WAYS[0], frame: Frame | None = None) -> dict[str, str]:
    """Return the templates in which a value comes to a place this way, in this frame."""
    body = where.template.replace(HOLE, way.expression)
    if frame is None:
        return {TEMPLATE: way.above + body, **way.partials}
    partials = {"_f.j2": way.above + body} if frame.partial else {}
    above = "" if frame.partial else way.above
    return {TEMPLATE: above + frame.template.replace(BODY, ended(body)), **partials, **way.partials}


READERS: Mapping[str, Callable[[str], Any]] = {
    "helmlite": lambda text: documents.read(text).data,
    "YAML 1.1": lambda text: yaml.load(text, yaml.CSafeLoader),
    "YAML 1.2": yaml12.parse_yaml,
}


def same(expected: Any, read: Any) -> bool:
    """Return whether a reader gave this value, of this type; a whole float may come back as an integer."""
    if isinstance(expected, Mapping):
        return (
            isinstance(read, Mapping)
            and set(expected) == set(read)
            and all(same(v, read[k]) for k, v in expected.items())
        )
    if isinstance(expected, list):
        return isinstance(read, list) and len(expected) == len(read) and all(map(same, expected, read))
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        return type(expected) is type(read) and expected == read
    if isinstance(read, bool) or not isinstance(read, int | float):
        return False
    # the YAML 1.2 reader has no integers of more than 64 bits
    return expected == read or (isinstance(expected, int) and abs(expected) >= 2**63 and float(expected) == read)


def misread(text: str, expected: Any) -> str:
    """Return which reader takes a text for something else than expected, and for what; nothing if none does."""
    for name, read in READERS.items():
        try:
            data = read(text)
        except (documents.DocumentError, yaml.YAMLError, ValueError) as error:
            return f"{name}: no YAML ({str(error)[:100]}): {text[:300]!r}"
        if not same(expected, data):
            return f"{name}: {str(data)[:300]!r} from {text[:300]!r}, expected {str(expected)[:300]!r}"
    return ""


_EXPRESSION = re.compile(r"\{\{(.*?)\}\}|\{%\+? *include (.*?) *\+?%\}")


def refusal(error: RenderError, sources: Mapping[str, str]) -> str:
    """Return what an error that refuses an expression lacks: file, line or the expression; nothing if it has all."""
    lines = sources.get(error.path.rpartition("/")[2], "").split("\n")
    if error.line is None or not 0 < error.line <= len(lines):
        return f"no line of a template: {error}"
    named = ["".join(each).strip() for each in _EXPRESSION.findall(lines[error.line - 1])]
    return "" if any(each in error.reason for each in named) else f"names no expression of its line: {error}"
