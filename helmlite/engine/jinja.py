"""The engine of ``.j2`` templates: a chart and a context to the texts of its manifests and its notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any, cast

from jinja2 import BytecodeCache, TemplateRuntimeError, TemplateSyntaxError, pass_context
from jinja2.environment import Template
from jinja2.runtime import Context

from helmlite import documents
from helmlite.chart.chart import Chart
from helmlite.engine import guard
from helmlite.engine.bounds import BoundExceeded, Meter
from helmlite.engine.context import Scope, scopes, template_facts
from helmlite.engine.engine import RenderContext, RenderedChart
from helmlite.engine.environment import ChartEnvironment
from helmlite.engine.excerpts import shortened, template_excerpt
from helmlite.engine.failure import HALF_A_CHARACTER
from helmlite.engine.faults import TEXT_MARK, render_error
from helmlite.engine.functions import library
from helmlite.engine.functions.scope import FunctionScope
from helmlite.engine.loader import ChartSources
from helmlite.engine.missing import Undefined
from helmlite.engine.plain import (
    ENDING,
    check_chart,
    chosen_notes,
    is_notes,
    is_text,
    own_text,
    passed_through,
    printing_templates,
)
from helmlite.engine.positions.held import Misplaced
from helmlite.engine.positions.settle import Landings, Settling
from helmlite.engine.positions.text import Piece, TemplateText
from helmlite.engine.positions.traced import STAND_IN, TracedSettling, spans
from helmlite.engine.standard_lists import StandardLists
from helmlite.engine.standard_tests import standard_functions, standard_tests
from helmlite.engine.standard_text import StandardText
from helmlite.engine.text_methods import text_of
from helmlite.engine.trace import Span, Trace
from helmlite.engine.tracing import TracedEnvironment, told_apart
from helmlite.errors import RenderError

COUNTED_AT = 1 << 16
"""Characters of output that are counted at once."""


class JinjaEngine:
    """Renders charts whose templates are Jinja2 (``.j2``); other templates pass through when they hold no ``{{``.

    ``compiled`` keeps compiled templates from one rendering to the next.
    """

    def __init__(self, compiled: BytecodeCache | None = None) -> None:
        self._compiled = compiled

    def render(self, chart: Chart, context: RenderContext) -> RenderedChart:
        """Return what the chart's templates give, by chart path and in path order.

        Partials (base name ``_...``) and library charts give nothing; ``NOTES.txt`` and ``NOTES.txt.j2`` give the
        notes. Raises ChartError for a library chart and for a Kubernetes version that a chart does not support,
        RenderError for every fault of a template. The bounds that C code can pass are ``guard.guarded``'s.
        """
        check_chart(chart, context)
        return _Rendering(chart, context, self._compiled).run()

    def trace(self, chart: Chart, context: RenderContext) -> Trace:
        """Return what ``render`` gives with the origin of each stretch of text.

        A RenderError has the paths of the values that the failing statement read.
        """
        check_chart(chart, context)
        return _TracedRendering(chart, replace(context, values=told_apart(context.values)), self._compiled).trace()


class _Rendering:
    """One rendering: the environment, and what each template sees."""

    def __init__(self, chart: Chart, context: RenderContext, compiled: BytecodeCache | None) -> None:
        self._chart = chart
        self._context = context
        self._meter = Meter(context.bounds)
        self._scopes: Mapping[str, Scope] = {each.folder: each for each in scopes(chart, context, self._meter)}
        self._sources = ChartSources(chart)
        self._environment = self._made_environment()
        self._environment.bytecode_cache = compiled
        self._path = chart.name
        self._texts: dict[tuple[str, str], Template] = {}
        self._landings: Landings = {}
        self._provide()

    def _made_environment(self) -> ChartEnvironment:
        return ChartEnvironment(sources=self._sources, meter=self._meter, names_for=self._names_for)

    def _provide(self) -> None:
        environment = self._environment
        environment.provide(
            filters={**StandardText(environment).filters(), **StandardLists(environment).filters()},
            tests=standard_tests(environment),
            functions=standard_functions(environment),
        )
        context = self._context
        found = library(
            FunctionScope(
                now=context.now,
                random=context.random,
                lookup=guard.lookup_from_here(context.lookup),
                meter=self._meter,
                capabilities=context.capabilities,
                render_text=self._render_text,
            )
        )
        environment.provide(filters=found.filters, tests=found.tests, functions=found.globals)
        environment.provide(filters={"tpl": self._tpl}, tests={}, functions={"tpl": self._tpl})

    def _names_for(self, path: str) -> MutableMapping[str, Any]:
        scope = self._scopes[self._sources.folder(path)]
        return {**scope.names, "template": template_facts(path, scope.folder)}

    def run(self) -> RenderedChart:
        """Return what all templates give."""
        texts: dict[str, str] = {}
        notes: dict[str, str] = {}
        for path, _ in printing_templates(self._chart):
            (notes if is_notes(path) else texts)[path] = self._rendered(path)
        return RenderedChart(texts=texts, notes=chosen_notes(self._chart, self._context, notes))

    def _rendered(self, path: str) -> str:
        self._path = path
        try:
            text = self._run_template(path) if path.endswith(ENDING) else self._passed(path)
        except RenderError:
            raise
        except Exception as error:
            # the cause is left out: its traceback may show values, and a chart's fault is not a bug of ours
            raise render_error(error, self._environment, path) from None
        try:
            text.encode()
        except UnicodeEncodeError as error:
            line = text.count("\n", 0, error.start) + 1
            raise RenderError(f"line {line} of the output holds {HALF_A_CHARACTER}", path=path) from None
        return text

    def _passed(self, path: str) -> str:
        return passed_through(self._sources.text(path), path, self._meter)

    def _run_template(self, path: str) -> str:
        pieces = self._pieces(path)
        if is_text(path):
            return str(self._environment.concat(pieces))
        return Settling(self._meter, self._landings).settled(pieces)

    def _pieces(self, path: str) -> list[Piece]:
        environment = self._environment
        template = environment.get_template(path)
        pieces: list[Piece] = []
        stream = template.root_render_func(template.new_context())
        size, most = 0, min(COUNTED_AT, self._meter.bounds.output_bytes >> 4)
        for piece in cast(Iterator[Piece], stream):
            pieces.append(piece)
            try:
                if type(piece) is tuple:
                    value = piece[0]
                    if isinstance(value, str):
                        size += len(value)
                    elif isinstance(value, Undefined):
                        environment.refuse_undefined(piece)
                else:
                    size += len(piece)
                if size > most:
                    self._meter.charge_output(size)
                    size = 0
            except (BoundExceeded, Misplaced) as error:
                # from inside the template, so that the error knows the line
                stream.throw(error)  # type: ignore[attr-defined]  # Jinja2's generators are typed as iterators
        self._meter.charge_output(size)
        return pieces

    def _render_text(self, text: str, names: Mapping[str, Any]) -> str:
        return self._run_text(text, self._path, names)

    @pass_context
    def _tpl(self, context: Context, text: Any, names: Mapping[str, Any] | None = None) -> str:
        """Return ``text`` rendered as a template that sees what the caller sees, and ``names`` on top of it."""
        return self._run_text(
            text if isinstance(text, TemplateText) else self._environment.written(text),
            context.name or self._path,
            {**context.get_all(), **(names or {})},
        )

    def _run_text(self, text: str, path: str, names: Mapping[str, Any]) -> str:
        environment = self._environment
        self._meter.charge_text(len(text_of(text)))
        key = (path, text)
        if key not in self._texts:
            code = environment.compile(text, path, path + TEXT_MARK)
            self._texts[key] = environment.template_class.from_code(environment, code, environment.globals_for(path))
        template = self._texts[key]
        made = environment.concat(template.root_render_func(template.new_context(dict(names))))
        return made if isinstance(text, TemplateText) else str(made)


class _TracedRendering(_Rendering):
    """A rendering that keeps where its text comes from."""

    def __init__(self, chart: Chart, context: RenderContext, compiled: BytecodeCache | None) -> None:
        super().__init__(chart, context, compiled)
        self._spans: dict[str, list[Span]] = {}

    def _made_environment(self) -> ChartEnvironment:
        self._traced = TracedEnvironment(sources=self._sources, meter=self._meter, names_for=self._names_for)
        self._traced.learn(self._scopes.values(), self._chart.name)
        return self._traced

    def trace(self) -> Trace:
        """Return what all templates give, with its spans; notes are rendered for their faults only."""
        texts: dict[str, str] = {}
        for path, _ in printing_templates(self._chart):
            text = self._rendered(path)
            if not is_notes(path):
                texts[path] = text
        return Trace(texts=texts, spans=self._spans)

    def _rendered(self, path: str) -> str:
        self._traced.begin()
        try:
            return super()._rendered(path)
        except RenderError as error:
            cause = error.__context__
            # no value is at fault where text cannot be read as a template, or names a filter or test that is not there
            if not isinstance(cause, TemplateSyntaxError | Misplaced) and type(cause) is not TemplateRuntimeError:
                error.inputs = error.inputs or self._traced.recent()
            raise

    def _run_template(self, path: str) -> str:
        pieces = self._pieces(path)
        if is_text(path):
            return str(self._environment.concat(pieces))
        settling = TracedSettling(self._meter)
        try:
            parts = settling.written_parts(pieces)
        except Misplaced:
            before = self._fault_before(settling.text_so_far())
            if before is not None:
                raise before from None
            raise
        self._spans[path] = spans(parts)
        return "".join(parts)

    def _fault_before(self, parts: Sequence[str]) -> RenderError | None:
        """Return what is wrong with the YAML above an expression that cannot stand where it does, None for nothing."""
        text = "".join(parts)
        try:
            documents.read_all(text + STAND_IN, duplicates="last")
        except documents.DocumentError as error:
            index = error.index
            if index is None or "\n" not in text[index:]:
                return None
            span = next((each for each in spans(parts) if each.start <= index < each.end), None)
            if span is None or span.expression:
                return None
            place = replace(span.place, line=span.place.line + text.count("\n", span.start, index))
            made = RenderError(
                f"no valid YAML: {error.message}",
                path=place.path,
                line=place.line,
                excerpt=template_excerpt(
                    self._sources.lines(place.path), place.line, [self._sources.lines(each.path) for each in span.chain]
                ),
                chain=shortened([str(each) for each in span.chain]),
            )
            made.is_cause = True
            return made
        return None

    def _passed(self, path: str) -> str:
        text = super()._passed(path)
        self._spans[path] = [own_text(path, text)]
        return text
