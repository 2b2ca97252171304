"""Functions at their edges: wrong types, undefined names, bounds, secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helmlite.engine.jinja import JinjaEngine
from helmlite.engine.limits import RenderBounds
from helmlite.errors import RenderError

Render = Callable[..., str]
SMALL = RenderBounds(seconds=5, memory_bytes=1 << 20, output_bytes=1 << 16, string_bytes=1 << 16, range_items=500)


@pytest.fixture(scope="session")
def show(make_chart: Callable[..., Any], make_context: Callable[..., Any]) -> Render:
    """Return a function that prints an expression, with values."""

    def shown(expression: str, values: dict[str, Any] | None = None, **context: Any) -> str:
        chart = make_chart({"a.txt.j2": "# first line\n{{ " + expression + " }}"})
        text = JinjaEngine().render(chart, make_context(values or {}, **context)).texts["shop/templates/a.txt.j2"]
        return str(text.removeprefix("# first line\n").removesuffix("\n"))

    return shown


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("5 | trunc(2)", "text was expected here, not a number"),
        ("'a' | trunc('b')", "a whole number was expected here, not text"),
        ("'x' | append(1)", "a list was expected here, not text"),
        ("[1] | merge({})", "a mapping was expected here, not a list"),
        ("'a' | from_json", "this is no JSON"),
        ("'a: [' | from_yaml", "this is no YAML"),
        ("'a: 1\\na: 2' | from_yaml", "this is no YAML"),
        ("'a =' | from_toml", "this is no TOML"),
        ("{'a': none} | to_toml", "TOML, which has no null"),
        ("[1] | to_toml", "a mapping was expected here"),
        ("'%%' | b64decode", "this is no base64"),
        ("'/w==' | b64decode", "this base64 holds no UTF-8 text"),
        ("'(' | regex_quote | regex_match('(')", "this is no regular expression"),
        ("'a' | regex_match('(?=a)')", "this is no regular expression"),
        ("'a' | regex_replace('(a)', '\\\\2')", "the pattern has no group 2"),
        ("'a' | semver_compare('nope')", "this is no version range"),
        ("'x' | semver", "this is no semantic version"),
        ("'10.0.0.0/33' | cidr_netmask", "this is no network in CIDR notation"),
        ("'10.0.0.0/30' | cidr_host(9)", "the network has only 4 addresses"),
        ("'soon' | date", "this is no time"),
        ("0 | date('%Q')", "this is no format of a time"),
        ("'1x' | duration_seconds", "this is no duration"),
        ("'!!!' | slugify", "nothing of this text can stand in a name"),
        ("'maybe' | to_bool", "neither true nor false"),
        ("'9' | from_octal", "these are no octal digits"),
        ("{'a': 1} | dig('b')", "there is no 'b' on the path 'b'"),
        ("dig('a', 'b', {'c': 'd'})", "a step of a path is text or a number, not a mapping"),
        ("none | required('set auth.password')", "set auth.password"),
        ("required('set it', values.nope)", "the message of required must be text, and is undefined"),
        ("3 | required(values.nope)", "the message of required must be text, and is undefined"),
        ("required('set it', 3)", "the message of required must be text, and is a number"),
        ("ternary('a', 'b', true)", "the condition of ternary is text, and its last argument a boolean"),
        ("fail('no way')", "no way"),
        ("random_alphanum(0)", "random text has 1 to 65,536 characters"),
        ("gen_ca('x', 0)", "a certificate holds for 1 to 36,500 days"),
        ("gen_ca('x', kind='dsa')", "there is no such kind of key"),
        ("gen_signed_cert('web', {})", "a certificate authority is a mapping with cert and key"),
        ("gen_self_signed_cert('web', key='nope', kind='ecdsa')", "this is no private key in PEM"),
        ("'a' | bcrypt(20)", "the cost of a bcrypt hash is between 4 and 14"),
        ("htpasswd('a:b', 'pw')", "a user's name has no colon"),
        ("'a' | split_list('')", "a separator has at least one character"),
        ("now | to_yaml", "a function is no data"),
    ],
)
def test_a_wrong_argument_is_an_error_at_its_line(show: Render, expression: str, message: str) -> None:
    """A wrong argument says what was expected, with path and line."""
    with pytest.raises(RenderError) as caught:
        show(expression)
    assert message in caught.value.reason
    assert ("shop/templates/a.txt.j2", 2) == (caught.value.path, caught.value.line)


@pytest.mark.parametrize("call", ["values.pasword | quote", "values.pasword | to_json", "merge({}, values.pasword)"])
def test_an_undefined_argument_is_named(show: Render, call: str) -> None:
    """An undefined name is an error with the nearest name, before the function is called."""
    with pytest.raises(RenderError, match="did you mean 'password'"):
        show(call, {"password": "x"})


def test_an_undefined_name_within_data_is_named(show: Render) -> None:
    """An undefined name inside a list is found too."""
    with pytest.raises(RenderError, match=r"values\.nope is undefined"):
        show("[values.nope] | to_yaml", {"other_thing": 1})


@pytest.mark.parametrize(
    "expression",
    [
        "'a' | repeat(100000)",
        "'a' | nindent(100000)",
        "seq(1, 1000)",
        "'10.0.0.0/8' | cidr_subnets(32)",
        "(range(400) | list) | concat(range(400) | list)",
        "('a' * 60000) | b64encode",
        "('a' * 30000) | regex_replace('a', 'bbbb')",
        "('a' * 30000) | regex_find_all('a')",
        "('a,' * 30000) | split_list(',')",
        "('a' * 40000) | quote | quote | cat('x' * 40000)",
        "('- 1\\n' * 10000) | from_yaml",
        "('a' * 65535) | comment",
    ],
)
def test_growth_is_bounded(show: Render, expression: str) -> None:
    """What would become too large is refused before it is made."""
    with pytest.raises(RenderError):
        show(expression, bounds=SMALL)


def test_a_pattern_takes_linear_time(show: Render) -> None:
    """A pattern that backtracks for ever elsewhere is answered at once."""
    assert "false" == show("('a' * 50000 ~ 'b') | regex_match('^(a+)+$')")


def test_merge_changes_none_of_its_arguments(show: Render) -> None:
    """Merging makes a new mapping; the values stay as they are."""
    values: dict[str, Any] = {"a": {"b": 1}}
    show("values.a | merge({'b': 2, 'c': {'d': 3}})", values)
    assert {"a": {"b": 1}} == values


def test_certificates_verify() -> None:
    """A signed certificate is signed by its authority and holds the names that were asked for."""
    import ipaddress
    from datetime import UTC, datetime
    from random import Random

    from cryptography import x509

    from helmlite.engine.bounds import Meter
    from helmlite.engine.engine import no_lookup
    from helmlite.engine.functions import FunctionScope, library
    from helmlite.manifest.capabilities import Capabilities

    scope = FunctionScope(
        now=datetime(2026, 1, 31, tzinfo=UTC),
        random=Random(1),
        lookup=no_lookup,
        meter=Meter(RenderBounds()),
        capabilities=Capabilities.offline(),
        render_text=lambda text, names: text,
    )
    calls = library(scope).globals
    ca = calls["gen_ca"]("ca", 365, kind="ecdsa")
    made = calls["gen_signed_cert"]("web", ca, 30, dns=["web.prod.svc"], ips=["10.0.0.1"], kind="ed25519")
    certificate, authority = (x509.load_pem_x509_certificate(each.encode()) for each in (made["cert"], ca["cert"]))
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ["web", "web.prod.svc"] == names.get_values_for_type(x509.DNSName)
    assert [ipaddress.ip_address("10.0.0.1")] == names.get_values_for_type(x509.IPAddress)
    assert datetime(2026, 3, 2, tzinfo=UTC) == certificate.not_valid_after_utc


def test_importing_the_library_loads_no_heavy_module() -> None:
    """Cryptography, RE2, bcrypt and the TOML writer are loaded by the functions that need them."""
    import subprocess
    import sys

    heavy = "('cryptography', 're2', 'bcrypt', 'tomli_w')"
    code = f"import helmlite.engine.functions, sys; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("{'app.kubernetes.io/name': {'a.b': 1}} | dig('app.kubernetes.io/name', 'a.b')", "1"),
        ("{'a': {'b': [1, {'c': 2}]}} | dig('a.b.1.c')", "2"),
        ("{'a': 1} | dig('a.b.c', default='x')", "x"),
        ("lookup('v1', 'Secret', 'prod').items | default([]) | length", "0"),
        ("{'scheme': 'https', 'hostname': 'h', 'port': 8443} | url_join", "https://h:8443"),
        ("('https://u:p@h:8443/x?q#f' | url_parse) | url_join", "https://u:p@h:8443/x?q#f"),
        ("seq(1, 10, 3) | to_json", "[1,4,7,10]"),
        ("seq(3, 1) | to_json", "[]"),
        ("[1.5, '2', 3] | map('to_float') | list | to_json", "[1.5,2.0,3.0]"),
    ],
)
def test_functions_give(show: Render, expression: str, printed: str) -> None:
    """What the documentation's examples leave out."""
    assert printed == show(expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("'abc' | filesizeformat", "a number was expected here, not text"),
        ("[{'a': 1}, 5] | pluck('a')", "a mapping was expected here, not a number"),
        ("'a' | nindent(4 / 2)", "a whole number was expected here, not a decimal one"),
        ("1 | plural('a', 'b')", "'plural' is a function, not a filter: it is called as plural(...)"),
        ("seq(1, 10 ** 30)", "too many items"),
        ("'a' | attr(1)", "text was expected here, not a number"),
        ("lookup('v1')", "lookup is called in another way"),
        ("dict([values.s])", "a value does not fit here"),
    ],
)
def test_functions_refuse(show: Render, expression: str, message: str) -> None:
    """In words for the author of a template, without a value, its length or Python's own terms."""
    with pytest.raises(RenderError) as caught:
        show(expression, {"s": "hunter2hunter2"})
    assert message in caught.value.reason
    assert 2 == caught.value.line
    assert "14" not in caught.value.reason


@pytest.mark.parametrize(
    "use", ["x | quote", "x | b64encode", "tpl(x ~ '{{ 1 }}')", "x", "x | from_yaml", "x | sha256"]
)
def test_half_a_character_is_one_error(show: Render, use: str) -> None:
    """What no encoding has ends in a clear text, wherever it is met."""
    with pytest.raises(RenderError, match="half a character"):
        show(use.replace("x", "values.half", 1), {"half": "\ud800"})


@pytest.mark.parametrize(
    "expression",
    [
        "('a' ~ values.accents * 4000) | slugify",
        "('a' ~ '.a' * 5000 ~ '=1') | from_toml",
        "('[' * 50000) | from_json",
        "('9' * 50000) | to_int",
        "'a' | regex_match('(((a{100}){100}){100})')",
    ],
)
def test_input_made_to_be_slow_is_refused(show: Render, expression: str) -> None:
    """What would run for minutes inside of C is refused before it starts."""
    with pytest.raises(RenderError):
        show(expression, {"accents": "\u0301\u0327"})


def test_a_name_that_is_computed_is_not_shown(show: Render) -> None:
    """It may come out of a Secret."""
    with pytest.raises(RenderError) as caught:
        show("1 }}{% include values.password[:-1] %}{{ 2", {"password": "hunter2hunter2"})
    assert "hunter2" not in str(caught.value)
    assert "there is no template of the name that is computed here" in str(caught.value)
