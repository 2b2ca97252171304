"""A chart's templates in plain Jinja2, as fast as an author can write them there: what helmlite's engine is held to.

The templates are translated. Each expression is rendered once through a filter that finds out what its place in the
YAML needs; where printing the bare value gives the same, it stays bare, and elsewhere it gets the one filter it needs
(JSON, block YAML or indentation). So nothing is paid for positions that a hand-written template would not pay for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml
from jinja2 import Environment, FileSystemBytecodeCache, StrictUndefined
from markupsafe import Markup

from helmlite.chart.chart import Chart
from helmlite.engine.bounds import Meter
from helmlite.engine.context import scopes, template_facts
from helmlite.engine.engine import RenderContext, RenderedChart
from helmlite.engine.functions import library
from helmlite.engine.functions.scope import FunctionScope
from helmlite.engine.loader import ChartSources
from helmlite.engine.plain import ENDING, chosen_notes, is_notes, passed_through, printing_templates

OWN_LAYOUT = re.compile(r"\|\s*(to_json|n?indent|s?quote|raw)\b[^|]*$")
YAML_TEXT = re.compile(r"\|\s*to_yaml\b[^|]*$")
BLOCK_SCALAR = re.compile(r"(^|[:\-])\s*[|>][-+0-9]*\s*$")
VALUE = re.compile(r"\s*(- +)*([^\s:{}#'\"][^:{}#'\"]*|'[^']*'|\"[^\"]*\"): +$")
ITEM = re.compile(r"\s*(- +)+$")


@dataclass
class Site:
    """An expression of a template: where it stands, and what it was seen to need."""

    expression: str
    sort: str  # "value" after a key or a dash, "entries" alone on its line, "block" scalar, or "inside" of a line
    column: int
    modes: set[str] = field(default_factory=set)
    is_bare: bool = True
    is_nested: bool = False

    @property
    def is_laid(self) -> bool:
        """Return whether the expression itself says how it is written."""
        return bool(OWN_LAYOUT.search(self.expression))

    def seen(self, value: Any) -> str:
        """Return the text of a value here, and remember what it took."""
        is_text = isinstance(value, Markup) or bool(YAML_TEXT.search(self.expression))
        is_nothing = value == "" and (is_text or self.sort != "value")  # of a macro, or where any text may be
        mode = "text" if is_text or is_nothing else "value"
        if not is_nothing:
            self.modes.add(mode)
        value = str.__str__(value) if isinstance(value, str) else value
        text = laid(value, mode, self.sort, self.column)
        if self.sort == "value" and mode == "value" and loads_as(value):
            text = str(value)
        self.is_bare = self.is_bare and text == str(value)
        if mode == "text" and self.sort == "value" and isinstance(yaml.safe_load(value), dict | list):
            self.is_nested, self.is_bare = True, False
            text = "\n" + " " * self.column + text
        return Markup(text)


def laid(value: Any, mode: str, sort: str, column: int) -> str:
    """Return the text of a value for a place in YAML."""
    if mode == "text" or sort == "block":
        text = value if isinstance(value, str) else json.dumps(value)
        return text.strip("\n").replace("\n", "\n" + " " * column)
    if sort == "entries":
        if not value:
            return ""
        text = yaml.dump(
            value, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=False, width=1 << 30, allow_unicode=True
        )
        return text.rstrip("\n").replace("\n", "\n" + " " * column)
    if isinstance(value, str) and sort == "inside":
        return value
    return json.dumps(value, default=str)


def loads_as(value: Any) -> bool:
    """Return whether what Python prints of a string, number or boolean is the same in YAML."""
    try:
        found = yaml.safe_load(f"a: {value}")
        return bool(found == {"a": value}) and type(found["a"]) is type(value) and not isinstance(value, dict | list)
    except yaml.YAMLError:
        return False


def expressions(text: str) -> Iterator[tuple[int, int]]:
    """Return where each ``{{ ... }}`` of a template begins and ends."""
    at = 0
    while (start := text.find("{", at)) >= 0:
        kind = text[start : start + 2]
        if kind in ("{#", "{%"):
            at = text.index({"{#": "#}", "{%": "%}"}[kind], start) + 2
            if re.match(r"\{%-?\s*raw\b", text[start:at]):
                at = re.compile(r"\{%-?\s*endraw\s*-?%\}").search(text, at).end()  # type: ignore[union-attr]  # it ends
        elif kind == "{{":
            depth, at, quote = 0, start + 2, ""
            while depth or not text.startswith(("}}", "-}}"), at):
                sign = text[at]
                if quote:
                    at += sign == "\\"
                    quote = "" if sign == quote else quote
                elif sign in "'\"":
                    quote = sign
                    depth += 1
                else:
                    depth += (sign in "([{") - (sign in ")]}")
                at += 1
                if quote == "" and sign in "'\"":
                    depth -= 1
            at = text.index("}}", at) + 2
            yield start, at
        else:
            at = start + 1


def sites_of(text: str, *, is_yaml: bool) -> list[tuple[int, int, Site]]:
    """Return begin, end and place of each expression."""
    found, block = [], -1
    places = list(expressions(text))
    at = 0
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip())
        if line.strip() and not line.lstrip().startswith("{%") and indent <= block:
            block = -1
        for start, end in places:
            if not at <= start < at + len(line):
                continue
            before = re.sub(r"\{\{.*?\}\}", "x", text[at:start])
            rest = text[end:].partition("\n")[0]
            alone = not rest.strip() or rest.lstrip().startswith("#")
            sort = "inside"
            if block >= 0:
                sort = "block" if not before.strip() else "inside"
            elif alone and is_yaml:
                if not before.strip():
                    sort = "entries"
                elif VALUE.match(before) or ITEM.match(before):
                    sort = "value"
            column = 0 if sort == "inside" else start - at
            if sort == "value" and VALUE.match(before):  # the key's column and two more
                column = len(re.match(r"\s*(- +)*", before)[0]) + 2  # type: ignore[index]  # it always matches
            mark = re.match(r"\{\{[-+]?", text[start:])[0]  # type: ignore[index]  # it begins so
            expression = text[start + len(mark) : end - 2].removesuffix("-").strip()
            found.append((start, end, Site(expression=expression, sort=sort, column=column)))
        if block < 0 and BLOCK_SCALAR.search(line) and not line.lstrip().startswith("{"):
            block = indent
        at += len(line)
    return found


def called(text: str) -> str:
    """Return a template whose ``call`` blocks and includes are put at the column where they stand alone."""
    lines, open_calls = text.splitlines(keepends=True), []
    result: list[str] = []
    for line in lines:
        indent, word = len(line) - len(line.lstrip()), re.match(r"\s*\{%-?\s*(\w+)", line)
        name = word[1] if word else ""
        if name == "include" and indent and "%}" in line:
            line = f"{{% filter indent({indent}, true) %}}{line.strip()}{{% endfilter %}}\n"
        if name == "call":
            open_calls.append((indent, len(result)))
        if name == "endcall" and open_calls:
            column, first = open_calls.pop()
            body = dedent("".join(result[first + 1 :]))
            head = result[first].strip()
            result[first:] = [f"{{% filter indent({column}, true) %}}{head}\n" if column else f"{head}\n", body]
            line = "{% endcall %}" + ("{% endfilter %}" if column else "") + "\n"
        result.append(line)
    return "".join(result)


class Translated(ChartSources):
    """The templates of a chart, translated once by what ``learn`` found out, plain text afterwards."""

    def __init__(self, chart: Chart, texts: Mapping[str, str]) -> None:
        super().__init__(chart)
        self._texts = dict(texts)


class PlainEnvironment(Environment):
    """Plain Jinja2: no sandbox, no counters; names are found as a chart's author would have them found."""

    def __init__(self, sources: ChartSources, names: Mapping[str, Mapping[str, Any]], **options: Any) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            undefined=StrictUndefined,
            loader=sources,
            auto_reload=False,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
            **options,
        )
        self._sources, self._names = sources, names
        self.filters["laid"] = laid

    def join_path(self, template: str, parent: str) -> str:
        """Return the chart path that a template means by a name."""
        return self._sources.resolve(template, parent)

    def _load_template(self, name: str, globals: Any) -> Any:  # noqa: A002 - Jinja2's signature
        folder = self._sources.folder(name)
        names = {**self.globals, **self._names[folder], "template": template_facts(name, folder)}
        return super()._load_template(name, names)


class PlainEngine:
    """Renders a chart with plain Jinja2; ``cache`` is a folder for Jinja2's own cache of compiled templates.

    What it takes from helmlite's functions is there before it is timed: an author would have functions of a module.
    """

    def __init__(self, texts: Mapping[str, str], context: RenderContext, cache: Path | None = None) -> None:
        self._texts, self._cache = texts, cache
        self._meter = Meter(context.bounds)
        found = library(
            FunctionScope(
                now=context.now,
                random=context.random,
                lookup=context.lookup,
                meter=self._meter,
                capabilities=context.capabilities,
                render_text=lambda text, _names: text,
            )
        )
        words = set(re.findall(r"\w+", " ".join(texts.values())))  # an author would have no more than is used
        self._filters = {name: each for name, each in found.filters.items() if name in words}
        self._globals = {name: each for name, each in found.globals.items() if name in words}

    def render(self, chart: Chart, context: RenderContext) -> RenderedChart:
        """Return what the templates give."""
        cache = None if self._cache is None else FileSystemBytecodeCache(str(self._cache))
        return rendered(chart, context, self.environment(chart, context, bytecode_cache=cache))

    def environment(self, chart: Chart, context: RenderContext, **options: Any) -> PlainEnvironment:
        """Return plain Jinja2 over a chart's names, with those of helmlite's functions that Jinja2 does not have."""
        names = {each.folder: each.names for each in scopes(chart, context, self._meter)}
        environment = PlainEnvironment(Translated(chart, self._texts), names, **options)
        for own, functions in ((environment.filters, self._filters), (environment.globals, self._globals)):
            own.update({name: each for name, each in functions.items() if name not in own})
        environment.tests["list"] = lambda value: isinstance(value, list)
        environment.filters["empty"] = lambda value: isinstance(value, StrictUndefined) or not value

        def tpl(text: str) -> str:
            return environment.from_string(text).render(names[chart.name]) if "{" in text else text

        environment.globals["tpl"] = environment.filters["tpl"] = tpl
        return environment


def rendered(chart: Chart, context: RenderContext, environment: PlainEnvironment) -> RenderedChart:
    """Return what all templates give, as helmlite's engine tells it."""
    texts: dict[str, str] = {}
    notes: dict[str, str] = {}
    for path, data in printing_templates(chart):
        if path.endswith(ENDING):
            text = environment.get_template(path).render()
        else:
            text = passed_through(data.decode(), path, Meter(context.bounds))
        (notes if is_notes(path) else texts)[path] = text
    return RenderedChart(texts=texts, notes=chosen_notes(chart, context, notes))


def translate(chart: Chart, context: RenderContext) -> dict[str, str]:
    """Return the chart's templates for plain Jinja2, by chart path."""
    sources = ChartSources(chart)
    paths = [path for path in sources.paths if path.endswith(ENDING)]
    texts = {path: called(sources.text(path)) for path in paths}
    places = {path: sites_of(text, is_yaml=not path.endswith(".txt.j2")) for path, text in texts.items()}
    sites = [site for path in paths for _, _, site in places[path]]
    number = {id(site): index for index, site in enumerate(sites)}
    learning = {
        path: replaced(
            text,
            [
                (a, b, f"({site.expression}) | {'safe' if site.is_laid else f'site({number[id(site)]})'}")
                for a, b, site in places[path]
            ],
        )
        for path, text in texts.items()
    }
    environment = PlainEngine(learning, context).environment(chart, context, autoescape=True)
    environment.filters["site"] = lambda value, index: sites[index].seen(value)
    rendered(chart, context, environment)
    return {path: replaced(text, list(needed(places[path]))) for path, text in texts.items()}


def needed(places: list[tuple[int, int, Site]]) -> Iterator[tuple[int, int, str]]:
    """Return the expressions that cannot stay as they are, with what they need."""
    for start, end, site in places:
        if site.is_bare:
            continue
        mode = "text" if site.modes <= {"text"} else "value"
        lead = "\n" + " " * site.column if site.is_nested else ""
        yield start, end, f"{lead}\0({site.expression}) | laid({mode!r}, {site.sort!r}, {site.column})"


def replaced(text: str, changes: list[tuple[int, int, str]]) -> str:
    """Return a template with other expressions; what stands before a NUL goes before the braces."""
    for start, end, expression in reversed(changes):
        lead, _, inner = expression.rpartition("\0")
        begin = re.match(r"\{\{[-+]?", text[start:])[0]  # type: ignore[index]  # it begins so
        close = "-}}" if text[end - 3] == "-" else "}}"
        text = f"{text[:start]}{lead}{begin} {inner} {close}{text[end:]}"
    return text
