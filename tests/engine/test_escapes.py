# ruff: noqa: E501 - an attack reads best on one line
"""Sandbox escapes and resource bombs: each succeeds in Jinja2's own sandbox, and ends in one clear error in ours.

"Succeeds" means that an escape prints what it should not reach, and that a bomb passes the time, memory or output that
ours has as its bounds. Both sides run in children with limits, so that a bomb that goes off takes nothing with it.
"""

from __future__ import annotations

import os
import pickle
import re
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helmlite.engine.context import ApiVersions, ChartFiles
from helmlite.engine.limits import RenderBounds
from helmlite.errors import RenderError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from Linux's accounting")

MIB = 1 << 20

BOUNDS = RenderBounds(seconds=0.5, memory_bytes=192 * MIB, output_bytes=MIB, string_bytes=MIB, range_items=10_000)

PLAIN_SECONDS = 0.75
PLAIN_MEMORY = 384 * MIB
"""What a bomb must pass in the plain sandbox to count: more than our bounds allow."""

OUR_SECONDS = 3.0
"""Within which ours has ended, forks and a busy machine included."""

OUR_MEMORY = BOUNDS.memory_bytes + 64 * MIB
"""By which the peak of ours may exceed what the process had before."""

VALUES = {"image": {"tag": "1"}, "list": [3, 1, 2], "text": "abc"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A template, and for an escape the expression that its output matches when it succeeds."""

    kind: str
    name: str
    template: str
    shows: str | None = None


def escape(kind: str, name: str, template: str, shows: str) -> Attack:
    """Return an attack that prints what it must not reach."""
    return Attack(kind=kind, name=name, template=template, shows=shows)


def bomb(kind: str, name: str, template: str) -> Attack:
    """Return an attack that takes time, memory or output."""
    return Attack(kind=kind, name=name, template=template)


NEST = "{% set ns = namespace(l=['x']) %}{% for _ in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}"
TUPLES = "{% set ns = namespace(t=('x',)) %}{% for _ in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}"
TWO_NESTS = NEST + NEST.replace("ns", "other")

ATTACKS = [
    escape("mutation", "update of values", "{{ values.update({'a': 'got in'}) }}{{ values.a }}", "got in"),
    escape("mutation", "popitem of values", "{{ values.popitem()[0] }}", "text"),
    escape("mutation", "append to a list", "{{ values.list.append(9) }}{{ values.list }}", "9"),
    escape("mutation", "sort in place", "{{ values.list.sort() }}{{ values.list[0] }}", "None1"),
    escape("mutation", "append through attr", "{{ (values.list | attr('append'))(9) }}{{ values.list }}", "9"),
    escape(
        "mutation",
        "append through map",
        "{% set f = [values.list] | map(attribute='append') | first %}{{ f(7) }}",
        "None",
    ),
    escape("macro internals", "macro's argument list", "{% macro m(a) %}{% endmacro %}{{ m.arguments }}", "'a'"),
    escape(
        "macro internals",
        "caller's argument list",
        "{% macro m() %}{{ caller.arguments }}{% endmacro %}{% call(x) m() %}{% endcall %}",
        "'x'",
    ),
    escape("macro internals", "macro's flags", "{% macro m(a) %}{% endmacro %}{{ m.explicit_caller }}", "False"),
    escape("engine objects", "self printed", "{{ self }}", "TemplateReference"),
    escape("engine objects", "loop printed", "{% for a in [1] %}{{ loop }}{% endfor %}", "LoopContext"),
    escape("engine objects", "cycler's items", "{% set c = cycler(1, 2) %}{{ c.items }}", "1, 2"),
    escape("engine objects", "joiner's state", "{% set j = joiner('+') %}{{ j.used }}", "False"),
    escape("engine objects", "namespace printed", "{{ namespace(a=1) }}", "Namespace"),
    escape("generators", "a generator's state", "{{ (values.list | map('string')).gi_running }}", "False"),
    escape(
        "generators",
        "a generator closed",
        "{% set g = values.list | map('string') %}{{ g.close() }}{{ g | list }}",
        r"None\[\]",
    ),
    escape("generators", "a generator's inner one", "{{ (values.list | map('string')).gi_yieldfrom }}", "None"),
    escape("Python attributes", "a class method of int", "{{ (1).from_bytes }}", "built-in method"),
    escape("Python attributes", "a class method of float", "{{ (1.5).fromhex('0x10') }}", "16"),
    escape("Python attributes", "bytes from text", "{{ values.text.encode('utf-16') }}", r"b'"),
    escape("Python attributes", "a range's ends", "{{ range(7).stop }}", "7"),
    escape("Python attributes", "a function's address", "{{ range }}", "0x"),
    escape("Python attributes", "a method's address", "{{ values.image.keys }}", "0x"),
    escape("our own objects", "an undocumented name", "{{ files.template_names }}", "frozenset"),
    escape("our own objects", "through attr", "{{ files | attr('template_names') }}", "frozenset"),
    escape("our own objects", "through map", "{{ [files] | map(attribute='template_names') | first }}", "frozenset"),
    escape("our own objects", "through format", "{{ '{0.template_names}'.format(files) }}", "frozenset"),
    escape("our own objects", "through format_map", "{{ '{f.template_names}'.format_map({'f': files}) }}", "frozenset"),
    escape("our own objects", "through %", "{{ '%(f)s' % {'f': files} }}", "ChartFiles object"),
    escape(
        "our own objects", "through subscript", "{{ versions['template_names'] }}{{ files['written'] }}", "frozenset"
    ),
    bomb("operators", "text times a number", "{{ 'x' * 900000000 }}"),
    bomb("operators", "list times a number", "{% set l = [1] * 90000000 %}"),
    bomb(
        "operators",
        "doubling with ~",
        "{% set n = namespace(s='x') %}{% for _ in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    ),
    bomb(
        "operators",
        "doubling with +",
        "{% set n = namespace(s='x') %}{% for _ in range(40) %}{% set n.s = n.s + n.s %}{% endfor %}",
    ),
    bomb(
        "operators",
        "doubling a list",
        "{% set n = namespace(l=[1]) %}{% for _ in range(40) %}{% set n.l = n.l + n.l %}{% endfor %}",
    ),
    bomb("numbers", "a power", "{% set x = 10 ** 40000000 %}"),
    bomb(
        "numbers",
        "repeated squares",
        "{% set n = namespace(x=10) %}{% for _ in range(40) %}{% set n.x = n.x * n.x %}{% endfor %}",
    ),
    bomb("numbers", "rounding to the left", "{{ 5 | round(-90000000) }}"),
    bomb("widths", "%d", "{{ '%900000000d' % 1 }}"),
    bomb("widths", "%*d", "{{ '%*d' % (900000000, 1) }}"),
    bomb("widths", "% with a mapping", "{{ '%(a)900000000s' % {'a': 1} }}"),
    bomb("widths", "format", "{{ '{:>900000000}'.format(1) }}"),
    bomb("widths", "format with a nested width", "{{ '{:>{}}'.format(1, 900000000) }}"),
    bomb("widths", "precision", "{{ '%.900000000f' % 1 }}{{ '%.900000000d' % 1 }}"),
    bomb("widths", "format filter", "{{ '%900000000s' | format('a') }}"),
    bomb("text methods", "center", "{{ 'a'.center(900000000) }}"),
    bomb("text methods", "zfill", "{{ 'a'.zfill(900000000) }}"),
    bomb("text methods", "ljust", "{{ 'a'.ljust(900000000) }}"),
    bomb("text methods", "replace", "{% set a = 'a' * 90000 %}{{ a.replace('a', a) }}"),
    bomb("text methods", "join", "{% set a = 'a' * 90000 %}{{ a.join(a) }}"),
    bomb("text methods", "expandtabs", "{% set a = '\\t' * 90000 %}{{ a.expandtabs(90000) }}"),
    bomb("text methods", "search from the end", "{% set a = 'a' * 900000 %}{{ a.rfind('ab' ~ 'a' * 450000) }}"),
    bomb("text filters", "center", "{{ 'a' | center(900000000) }}"),
    bomb(
        "text filters",
        "autoescape, folded while compiling",
        "{% autoescape 'a' | center(900000000) %}{% endautoescape %}",
    ),
    bomb("text filters", "indent", "{% set a = '\\n' * 90000 %}{{ a | indent(90000, blank=true) }}"),
    bomb("text filters", "replace", "{% set a = 'a' * 90000 %}{{ a | replace('a', a) }}"),
    bomb("text filters", "join", "{% set a = 'a' * 90000 %}{{ a | join(a) }}"),
    bomb("text filters", "wordwrap", "{% set a = 'a ' * 90000 %}{{ a | wordwrap(1, wrapstring=a) }}"),
    bomb(
        "text filters",
        "tojson",
        "{% set n = namespace(l=[]) %}{% for _ in range(90) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l | tojson(indent=9000000) }}",
    ),
    bomb("text filters", "lorem ipsum", "{{ lipsum(n=90000) }}"),
    bomb("list filters", "batch", "{{ [1] | batch(90000000, 0) | list | length }}"),
    bomb("list filters", "slice", "{{ [1] | slice(90000000) | list | length }}"),
    bomb("list filters", "sum of lists", "{{ ([[1] * 500] * 9000) | sum(start=[]) | length }}"),
    bomb("shared lists", "printed", NEST + "{{ ns.l }}"),
    bomb("shared lists", "joined with ~", NEST + "{% set t = ns.l ~ '' %}"),
    bomb("shared lists", "as JSON", NEST + "{{ ns.l | tojson }}"),
    bomb("shared lists", "formatted", NEST + "{{ '%s' % [ns.l] }}"),
    bomb("shared lists", "compared", TWO_NESTS + "{{ ns.l == other.l }}"),
    bomb("shared lists", "sorted", TWO_NESTS + "{{ [ns.l, other.l] | sort | length }}"),
    bomb("shared lists", "searched", TWO_NESTS + "{{ ns.l in [other.l] }}"),
    bomb("shared lists", "largest", TWO_NESTS + "{{ [ns.l, other.l] | max | length }}"),
    bomb("shared lists", "grouped", TWO_NESTS + "{{ [[ns.l], [other.l]] | groupby(0) | length }}"),
    bomb("shared lists", "changed", TWO_NESTS + "{% for x in [ns.l, other.l] %}{{ loop.changed(x) }}{% endfor %}"),
    bomb("shared lists", "counted", TWO_NESTS + "{{ [ns.l].count(other.l) }}"),
    bomb("shared tuples", "as a key", TUPLES + "{% set d = {ns.t: 1} %}"),
    bomb("shared tuples", "as an index", TUPLES + "{{ values[ns.t] }}"),
    bomb("shared tuples", "asked for", TUPLES + "{{ values.get(ns.t) }}"),
    bomb("shared tuples", "in a mapping", TUPLES + "{{ ns.t in values }}"),
    bomb("shared tuples", "in dict()", TUPLES + "{{ dict([(ns.t, 1)]) | length }}"),
    bomb("shared lists", "shown by !r", NEST + "{{ '{!r}'.format(ns.l) }}"),
    bomb("loops", "nested", "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"),
    bomb(
        "loops",
        "with a filter",
        "{% for a in range(9999) %}{% for b in range(9999) if b < 0 %}{% endfor %}{% endfor %}",
    ),
    bomb("loops", "by map", "{% for a in range(9999) %}{% set x = range(9999) | map('string') | list %}{% endfor %}"),
    bomb(
        "loops",
        "a growing list",
        "{% set n = namespace(l=[]) %}{% for a in range(9999) %}{% set n.l = [n.l, range(9999) | list] %}{% endfor %}",
    ),
    bomb(
        "recursion",
        "two calls in each macro",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    ),
    bomb(
        "recursion",
        "a recursive loop",
        "{% set n = namespace(l=[]) %}{% for _ in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}{% for x in n.l recursive %}{{ loop(x) }}{% endfor %}",
    ),
    bomb(
        "recursion",
        "callers",
        "{% macro m(n) %}{% if n %}{{ caller() }}{% call m(n - 1) %}x{% endcall %}{% call m(n - 1) %}x{% endcall %}{% endif %}{% endmacro %}{% call m(40) %}x{% endcall %}",
    ),
    bomb(
        "recursion",
        "a macro in a loop",
        "{% macro f(n) %}{% for x in [1, 2] %}{% if n %}{{ f(n - 1) }}{% endif %}{% endfor %}{% endmacro %}{% set t %}{{ f(50) }}{% endset %}",
    ),
    bomb(
        "output",
        "many small pieces",
        "{% for a in range(9999) %}{% for b in range(9999) %}some text {{ b }}{% endfor %}{% endfor %}",
    ),
    bomb("output", "one large piece often", "{% set a = 'a' * 90000 %}{% for b in range(9999) %}{{ a }}{% endfor %}"),
    bomb(
        "output",
        "inside a set block",
        "{% set a = 'a' * 90000 %}{% set t %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endset %}",
    ),
    bomb(
        "output",
        "inside a macro",
        "{% set a = 'a' * 90000 %}{% macro m() %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endmacro %}{% set t = m() %}",
    ),
    bomb("parsing", "a long template", "{{ a }}" * 90_000),
    bomb("parsing", "a long list", "{% set l = [" + "1," * 400_000 + "] %}"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a limited child ended: ``result`` is what it returned, None when a limit stopped it."""

    result: Any
    seconds: float
    peak_bytes: int


def statm(column: int) -> int:
    """Return this process's virtual (0) or resident (1) memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[column]) * resource.getpagesize()


def limited(work: Callable[[], Any], *, seconds: float, memory_bytes: int) -> Ending:
    """Return how ``work`` ended in a child that has so much time and memory on top of ours."""
    before = statm(1)
    read, write = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (statm(0) + memory_bytes, resource.RLIM_INFINITY))
            try:
                payload = pickle.dumps(work())
            except MemoryError:
                payload = b""
            except Exception as error:
                payload = pickle.dumps(f"{type(error).__name__}: {error}")
            with os.fdopen(write, "wb") as file:
                file.write(payload)
        finally:
            os._exit(0)
    os.close(write)
    ready, _, _ = select.select([read], [], [], seconds)
    if not ready:
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(read, "rb") as file:
        payload = file.read() if ready else b""
    _, _, usage = os.wait4(pid, 0)
    return Ending(
        result=pickle.loads(payload) if payload else None,
        seconds=time.monotonic() - started,
        peak_bytes=max(usage.ru_maxrss * 1024 - before, 0),
    )


def plain(attack: Attack) -> str:
    """Return the first MiB or so of what Jinja2's own sandbox makes of the attack."""
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    names = {"values": VALUES, "files": ChartFiles({}, None), "versions": ApiVersions(frozenset())}  # type: ignore[arg-type]  # no file, no meter
    pieces = []
    size = 0
    for piece in environment.from_string(attack.template).generate(names):
        pieces.append(piece)
        size += len(piece)
        if size > BOUNDS.output_bytes:
            break
    return "".join(pieces)[: BOUNDS.output_bytes + 1]


def named(attack: Attack) -> str:
    """Return the test's id."""
    return f"{attack.kind}: {attack.name}"


@pytest.mark.parametrize("attack", ATTACKS, ids=named)
def test_an_attack_succeeds_in_the_plain_sandbox(attack: Attack) -> None:
    """Jinja2's SandboxedEnvironment lets the escape out, or the bomb go off."""
    ending = limited(lambda: plain(attack), seconds=PLAIN_SECONDS, memory_bytes=PLAIN_MEMORY)
    if attack.shows is not None:
        assert re.search(attack.shows, ending.result or "")
    else:
        assert ending.result is None or len(ending.result) > BOUNDS.output_bytes


@pytest.mark.parametrize("attack", ATTACKS, ids=named)
def test_an_attack_ends_in_an_error_of_ours(
    attack: Attack, make_chart: Callable[..., Any], make_context: Callable[..., Any]
) -> None:
    """Ours ends it with file and line (the guard's: the chart), within the stated seconds and memory."""
    from helmlite.engine.guard import guarded
    from helmlite.engine.jinja import JinjaEngine

    template = attack.template.replace("versions[", "capabilities.api_versions[")
    chart = make_chart({"web.yaml.j2": "# first line\n" + template})
    context = make_context(VALUES, bounds=BOUNDS)

    def ours() -> Any:
        try:
            return guarded(lambda: JinjaEngine().render(chart, context), bounds=BOUNDS, chart_name="shop")
        except RenderError as error:
            return error.path, error.line, str(error)

    ending = limited(ours, seconds=4 * OUR_SECONDS, memory_bytes=4 * BOUNDS.memory_bytes)
    assert isinstance(ending.result, tuple), ending.result
    path, line, _ = ending.result
    assert (path, line) in {("shop/templates/web.yaml.j2", 2), ("shop", None)}
    assert ending.seconds < OUR_SECONDS
    assert ending.peak_bytes < OUR_MEMORY


def test_there_are_attacks_of_many_kinds() -> None:
    """At least 40 attacks of at least 12 classes are tried."""
    assert len(ATTACKS) >= 40
    assert len({attack.kind for attack in ATTACKS}) >= 12
