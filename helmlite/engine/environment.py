"""The sandbox: what a template may reach and call, with every step counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from types import CodeType
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.environment import TemplateModule
from jinja2.lexer import Lexer, TokenStream
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace

from helmlite.engine.bounds import NUMBER_DIGITS, BoundExceeded, Meter
from helmlite.engine.codegen import CountingCodeGenerator, template_line
from helmlite.engine.exposed import Exposed, Method
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.loader import ChartSources
from helmlite.engine.missing import Missing, Undefined, UndefinedFault, kind_of, nearest
from helmlite.engine.named import Named
from helmlite.engine.operators import Operators
from helmlite.engine.plain import is_text
from helmlite.engine.positions.held import Misplaced
from helmlite.engine.positions.text import Hole, Included, Piece, Site, TemplateText, joined
from helmlite.engine.source import locate, with_line_ends
from helmlite.engine.template import ChartContext, CountedTemplate
from helmlite.engine.text_methods import TextMethods, text_of
from helmlite.engine.written import written

CALL_DEPTH = 100
"""How deeply macros, blocks, loops and included templates may call each other."""

BRACKET_DEPTH = 60
"""How deeply brackets may nest in one expression."""

MAPPING_METHODS = frozenset({"get", "items", "keys", "values"})
LIST_METHODS = frozenset({"count", "index"})
CHANGING_METHODS = frozenset(
    {"append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update"}
)

ENGINE_NAMES: Mapping[type, frozenset[str]] = {
    LoopContext: frozenset(
        [
            "cycle",
            "depth",
            "depth0",
            "first",
            "index",
            "index0",
            "last",
            "length",
            "nextitem",
            "previtem",
            "revindex",
            "revindex0",
        ]
    ),
    Macro: frozenset({"name"}),
    Cycler: frozenset({"current", "next", "reset"}),
    BlockReference: frozenset({"name", "super"}),
}
"""The documented names of Jinja2's own objects that templates may use."""

UNKNOWN_ESCAPE = re.compile(r"\\(\\|.)", re.S)
KNOWN_ESCAPES = "\\'\"abfnrtv01234567xuUN\n"


class ChartEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox with an allow list in place of its deny list, and our operators, text and counters."""

    is_traced = False
    code_generator_class = CountingCodeGenerator
    template_class = CountedTemplate
    context_class = ChartContext
    intercepted_binops = frozenset({"//", "%", "+", "*", "-", "/", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(
        self,
        *,
        sources: ChartSources,
        meter: Meter,
        names_for: Callable[[str], MutableMapping[str, Any]],
    ) -> None:
        """``names_for(path)`` gives the names (``values``, ``chart`` ...) that the template at a chart path sees."""
        self.meter = meter
        self.sources = sources
        self._names_for = names_for
        self._loaded: dict[str, Template] = {}
        self._depth = 0
        self._expressions: list[tuple[int, str]] = []
        self.compiling: str | None = None
        self.compiling_line = 1
        self.text_methods = TextMethods(meter, self._look_up)
        self.operators = Operators(meter, self.text_methods)
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            undefined=Missing,
            optimized=False,
            loader=sources,
            cache_size=0,
            auto_reload=False,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )
        self.filters: Named = Named()
        self.tests: Named = Named()  # type: ignore[assignment]  # Jinja2's type is that of the tests that it has itself
        self.functions = Named()
        self.globals.clear()
        self._lexer: Lexer | None = None

    def provide(
        self, *, filters: Mapping[str, Any], tests: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]
    ) -> None:
        """Add filters, tests and global functions; later ones win over earlier ones of the same name."""
        self.filters.provide(filters)
        self.tests.provide(tests)
        self.functions.provide(functions)

    # -- compiling

    @property
    def lexer(self) -> Lexer:
        """Return this environment's own lexer: Jinja2's shared cache has a lock, taken perhaps when we fork."""
        if self._lexer is None:
            self._lexer = Lexer(self)
        return self._lexer

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        found = self.lexer.tokeniter(str(source), name, filename, state)
        tokens = self._checked(found if name and is_text(name) else with_line_ends(found), name, filename)
        return TokenStream(self.lexer.wrap(tokens, name, filename), name, filename)

    def _checked(
        self, tokens: Iterable[tuple[int, str, str]], name: str | None, filename: str | None
    ) -> Iterator[tuple[int, str, str]]:
        depth = 0
        expression: list[str] | None = None
        begins = 1
        for line, sort, value in tokens:
            self.compiling_line = line
            self.meter.tick()
            text = value
            if sort == "variable_begin":
                expression = []
            elif sort == "variable_end" and expression is not None:
                self._expressions.append((begins, "".join(expression).strip()))
                expression = None
            elif expression is not None:
                begins = begins if "".join(expression).strip() else line + value.count("\n") * value.isspace()
                expression.append(value)
            if sort == "operator":
                depth += (value in "([{") - (value in ")]}")
                if depth > BRACKET_DEPTH:
                    raise TemplateSyntaxError(f"brackets nest more than {BRACKET_DEPTH} deep", line, name, filename)
            elif sort in ("integer", "float") and len(value) > NUMBER_DIGITS:
                raise TemplateSyntaxError(f"a number has more than {NUMBER_DIGITS:,} digits", line, name, filename)
            elif sort == "string":
                # Python warns of '\d' and means '\\d'; so do authors of regular expressions
                text = UNKNOWN_ESCAPE.sub(
                    lambda found: found[0] if found[1] in KNOWN_ESCAPES else "\\" + found[0], value
                )
            yield line, sort, text

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        self._expressions = []
        tree = super()._parse(source, name, filename)
        locate(tree, source, self._expressions)
        return tree

    def _compile(self, source: str, filename: str) -> CodeType:
        try:
            return super()._compile(source, filename)
        except SyntaxError as error:
            message = str(error.msg)
            if "outside loop" in message or "not properly in loop" in message:
                message = "'break' and 'continue' belong inside a for loop"
            elif "nested" in message or "indentation" in message:
                message = "the template nests too deeply: Python compiles at most 20 loops inside each other"
            else:
                message = f"this cannot be compiled: {message}"
            raise TemplateSyntaxError(message, template_line(source, error.lineno or 1), None, filename) from None

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:  # noqa: A002, ARG002
        # Jinja2's signature; the names a template sees depend on its chart, not on who loads it
        self.meter.tick()
        if name not in self._loaded:
            self.compiling, self.compiling_line = name, 1
            self._loaded[name] = self.sources.load(self, name, self.globals_for(name))
            self.compiling = None
        return self._loaded[name]

    def globals_for(self, path: str) -> MutableMapping[str, Any]:
        """Return the names that the template at a chart path sees, without functions: each run of it copies them."""
        return self._names_for(path)

    def join_path(self, template: str, parent: str) -> str:
        """Return the chart path that ``{% import %}`` and its kin mean by ``template`` in the template ``parent``."""
        return self.sources.resolve(text_of(template), parent)

    # -- running

    def enter(self) -> None:
        """Go one call deeper; raises BoundExceeded."""
        self._depth += 1
        if self._depth > CALL_DEPTH:
            self._depth -= 1
            raise BoundExceeded("macros and templates call each other too deeply", f"{CALL_DEPTH} levels", fixed=True)
        self.meter.tick()

    def leave(self) -> None:
        """Come back from a call."""
        self._depth -= 1

    def written(self, value: Any) -> str:
        """Return what printing ``value`` gives."""
        return written(value, self.meter)

    def join_text(self, parts: Iterable[Any]) -> str:
        """Return what ``a ~ b`` gives."""
        listed = list(parts)
        texts = [part if type(part) is str else self.written(part) for part in listed]
        self.meter.charge_text(sum(map(len, texts)))
        return joined("".join(texts), listed)

    def concat(self, pieces: Iterable[Piece]) -> TemplateText:
        """Return the pieces of a macro, block or ``{% set %}`` body as one text, counted before it is made."""
        parts: list[Piece] = []
        texts: list[str] = []
        for piece in pieces:
            if isinstance(piece, tuple):
                parts.append(piece)
                value = piece[0]
                texts.append(value if type(value) is str else self._text_of(piece))
            elif isinstance(piece, TemplateText):
                parts += piece.parts
                texts.append(piece)
            else:
                parts.append(piece)
                texts.append(piece)
        # texts of texts grow without any letter
        weight = len(parts)
        for each in parts:
            if type(each) is tuple and type(each[0]) is TemplateText:
                weight += each[0].weight
        self.meter.charge_text(sum(map(len, texts)) + weight)
        made = TemplateText("".join(texts), parts)
        made.weight = weight
        return made

    def _text_of(self, hole: Hole) -> str:
        value, site = hole
        if type(value) is str:
            return value
        if isinstance(value, Included):
            return "".join(self._text_of(each) if isinstance(each, tuple) else each for each in value.parts)
        try:
            return self.written(value)
        except (TemplateFailure, UndefinedFault) as error:
            raise Misplaced(error, site) from error

    def included(self, pieces: Iterable[Piece]) -> Included:
        """Return what an included template gives, counted."""
        parts: list[Piece] = []
        for piece in pieces:
            self.meter.charge_text(1 if isinstance(piece, tuple) else len(piece))
            if isinstance(piece, tuple) and isinstance(piece[0], Undefined):
                self._text_of(piece)
            parts.append(piece)
        return Included(parts)

    def refuse_undefined(self, hole: Hole) -> None:
        """Raise what is wrong with an expression that is undefined."""
        self._text_of(hole)

    def as_text(self, value: Any) -> TemplateText:
        """Return what a filter made of a template's text as a template's text."""
        return value if isinstance(value, TemplateText) else TemplateText(self.written(value))

    def sites(self, path: str, table: Iterable[tuple[int, str, int | None]]) -> tuple[Site, ...]:
        """Return the expressions of a compiled template: line, source, column of what stands alone."""
        return tuple(map(Site._make, [(path, *each) for each in table]))

    def literal(self, value: Any) -> Any:
        """Return a list or mapping that a template spells out, counted."""
        self.meter.charge_items(len(value))
        return value

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Return ``left operator right`` (Jinja2's signature)."""
        return self.operators.binary(operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:  # noqa: ARG002
        """Return ``-arg`` or ``+arg`` (Jinja2's signature)."""
        return self.operators.unary(operator, arg)

    def compare(self, left: Any, *steps: Any) -> Any:
        """Return ``left op right op ...``; ``steps`` alternates Jinja2's names of operators and makers of operands."""
        result: Any = True
        for name, right_of in zip(steps[::2], steps[1::2], strict=True):
            right = right_of()
            result = self.operators.compare(name, left, right)
            if not result:
                return result
            left = right
        return result

    def call(__self, __context: Context, __obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Return what a call gives; only macros and functions of ours can be called."""
        if type(__obj) is Macro:
            # which takes nothing of the context; Jinja2's way to find that out is long
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            __self.enter()
            try:
                return __obj(*args, **kwargs)
            finally:
                __self.leave()
        if isinstance(__obj, Undefined):
            str(__obj)
        if not __self.is_safe_callable(__obj):
            raise TemplateFailure(f"{kind_of(__obj)} cannot be called")
        __self.enter()
        try:
            return __context.call(__obj, *args, **kwargs)
        finally:
            __self.leave()

    def is_safe_callable(self, obj: Any) -> bool:
        """Return whether templates may call ``obj``: what is not known to be safe is not."""
        return isinstance(obj, Macro | LoopContext | BlockReference | Joiner | Method) or self.functions.holds(obj)

    def filter(self, name: Any, value: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return what the filter called ``name`` gives, for filters that take a filter's name."""
        self.meter.tick()
        if text_of(name) not in self.filters:
            raise TemplateFailure(f"there is no filter {name!r}{nearest(name, self.filters.names)}", names=(name,))
        return self.call_filter(name, value, args, kwargs)

    def test(self, name: Any, value: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return what the test called ``name`` gives, for filters that take a test's name."""
        self.meter.tick()
        if text_of(name) not in self.tests:
            raise TemplateFailure(f"there is no test {name!r}{nearest(name, self.tests.names)}", names=(name,))
        return self.call_test(name, value, args, kwargs)

    # -- reaching

    def attribute(self, obj: Any, name: str, base: str) -> Any:
        """Return ``obj.name``: a mapping's key before its methods; ``base`` is how the template spells ``obj``."""
        if type(obj) is dict and name in obj:
            return obj[name]
        if isinstance(obj, Mapping):
            if name in obj:
                return obj[name]
            if name in MAPPING_METHODS:
                return Method(name, self._mapping_method(obj, name))
        elif isinstance(obj, Undefined):
            str(obj)
        if name.startswith("_"):
            raise TemplateFailure(
                f"templates cannot reach {name!r}: names that begin with an underscore are Python's", names=(name,)
            )
        return self._attribute_of(obj, name, base)

    def _attribute_of(self, obj: Any, name: str, base: str) -> Any:
        if isinstance(obj, str):
            function = self.text_methods.find(name)
            if function is not None:
                return Method(name, lambda *args, **kwargs: function(obj, *args, **kwargs))
        elif name in CHANGING_METHODS and isinstance(obj, list | Mapping):
            return Missing(f"{base or kind_of(obj)} has no {name!r}: templates cannot change a value")
        elif isinstance(obj, list | tuple):
            fields: frozenset[str] = getattr(type(obj), "template_fields", frozenset())
            if name in fields:
                return getattr(obj, name)
            if name in LIST_METHODS:
                return Method(name, self._list_method(obj, name))
        elif isinstance(obj, Exposed):
            if name in type(obj).template_names:
                value = getattr(obj, name)
                return Method(name, value) if callable(value) and not isinstance(value, Exposed) else value
        elif isinstance(obj, Namespace):
            names: dict[str, Any] = object.__getattribute__(obj, "_Namespace__attrs")
            if name in names:
                return names[name]
            return Missing(obj=names, name=name, base=base)
        elif isinstance(obj, TemplateModule):
            if name in obj.__dict__:
                return obj.__dict__[name]
            exported = {each: None for each in obj.__dict__ if not each.startswith("_")}
            return Missing(obj=exported, name=name, base=base or "the imported template")
        elif isinstance(obj, TemplateReference):
            try:
                return obj[name]
            except KeyError:
                return Missing(f"there is no block {name!r}", name=name)
        elif isinstance(obj, LoopContext) and name == "changed":
            return Method(name, lambda *value: self._loop_changed(obj, value))
        else:
            for kind, names_of in ENGINE_NAMES.items():
                if isinstance(obj, kind) and name in names_of:
                    value = getattr(obj, name)
                    return Method(name, value) if name in ("cycle", "next", "reset") else value
        return Missing(obj=obj, name=name, base=base)

    def item(self, obj: Any, key: Any, base: str = "", shown: bool = False) -> Any:
        """Return ``obj[key]``; ``shown`` says that a message may tell ``key``: a key that the template spells."""
        if isinstance(obj, Undefined):
            str(obj)
        if isinstance(key, Undefined):
            str(key)
        if isinstance(obj, Mapping):
            try:
                return obj[self.meter.charge_key(key)]
            except (KeyError, TypeError):
                return Missing(obj=obj, name=key, base=base, shown=shown)
        if isinstance(key, int):
            if isinstance(obj, str | list | tuple | range):
                try:
                    return obj[key]
                except IndexError:
                    return Missing(obj=obj, name=key, base=base, shown=shown)
            return Missing(obj=obj, name=key, base=base, shown=shown)
        if isinstance(key, str) and not isinstance(obj, str | list | tuple | range):
            return self.attribute(obj, key, base if shown else "")
        return Missing(obj=obj, name=str(key) if isinstance(key, str) else "that", base=base, shown=shown)

    def part(self, obj: Any, start: Any, stop: Any, step: Any) -> Any:
        """Return ``obj[start:stop:step]`` of text or a list."""
        if isinstance(obj, Undefined):
            str(obj)
        if not isinstance(obj, str | list | tuple | range):
            raise TemplateFailure(f"{kind_of(obj)} has no parts: [a:b] is for text and lists")
        for each in (start, stop, step):
            if not (each is None or isinstance(each, int)):
                raise TemplateFailure(f"a whole number was expected in [a:b], not {kind_of(each)}")
        if step == 0:
            raise TemplateFailure("the step of [a:b:c] cannot be 0")
        size = len(range(*slice(start, stop, step).indices(len(obj))))
        if isinstance(obj, str):
            self.meter.charge_text(size)
        elif not isinstance(obj, range):
            self.meter.charge_items(size)
        return obj[start:stop:step]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return ``obj.attribute`` for filters, which have no spelling of the base."""
        return self.attribute(obj, attribute, "")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return ``obj[argument]`` for filters."""
        return self.item(obj, argument, shown=True)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002
        """Return False: nothing is reached by Python's own attribute access."""
        return False

    def _look_up(self, obj: Any, name: str, is_attribute: bool) -> Any:
        if is_attribute:
            return self.attribute(obj, name, "")
        return self.item(obj, int(name) if name.isdecimal() and len(name) < 10 else name, shown=True)

    def _mapping_method(self, obj: Mapping[Any, Any], name: str) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            self.meter.charge_items(1 if name == "get" else len(obj))
            for each in args[:1]:
                self.meter.charge_key(each)
            found = getattr(obj, name)(*args)
            return found if name == "get" else list(found)

        return called

    def _list_method(self, obj: Any, name: str) -> Callable[..., Any]:
        def called(sought: Any) -> Any:
            self.meter.charge_value(sought)
            self.meter.charge_value(obj)
            try:
                return getattr(obj, name)(sought)
            except ValueError:
                raise TemplateFailure("the list does not hold what index() looks for") from None

        return called

    def _loop_changed(self, loop: LoopContext, value: tuple[Any, ...]) -> bool:
        self.meter.charge_value(value)
        return loop.changed(*value)
