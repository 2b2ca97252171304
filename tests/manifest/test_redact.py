"""Keeping secrets out of what people and programs read."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.manifest.redact import HIDDEN, LAST_APPLIED, WITHHELD, Scrubber, redact, scrubber
from tests.manifest.cases import body

CANARY = "c4nary-Xy/z+&\u00fc"


def b64(text: str) -> str:
    """Return text in base64."""
    return base64.b64encode(text.encode()).decode()


def secret(**fields: Any) -> dict[str, Any]:
    """Return a Secret."""
    return body("Secret", "shop-db", **fields)


# Live objects.


def test_values_of_a_secret_are_hidden_and_keys_are_not() -> None:
    """Of a Secret the keys can be seen."""
    shown = redact(secret(data={"a": "eA=="}, stringData={"b": CANARY}, type="Opaque"))
    assert ({"a": HIDDEN}, {"b": HIDDEN}, "Opaque") == (shown["data"], shown["stringData"], shown["type"])


@pytest.mark.parametrize("data", [CANARY, [CANARY], 1234567], ids=["text", "list", "number"])
def test_data_of_no_shape_is_hidden_whole(data: Any) -> None:
    """What has no keys is hidden altogether."""
    assert HIDDEN == redact(secret(data=data))["data"]


@pytest.mark.parametrize("data", [{}, None])
def test_no_data_is_shown_as_such(data: Any) -> None:
    """A Secret without data shows that it has none."""
    assert data == redact(secret(data=data))["data"]


def test_what_kubectl_applied_is_hidden() -> None:
    """The annotation of kubectl keeps the whole Secret."""
    marked = {"annotations": {LAST_APPLIED: json.dumps(secret(data={"a": CANARY})), "note": "here"}}
    shown = redact(secret(metadata=marked))
    assert {LAST_APPLIED: HIDDEN, "note": "here"} == shown["metadata"]["annotations"]


@pytest.mark.parametrize(
    "other",
    [body(data={"a": "b"}), body("Secret", api="example.com/v1", data={"a": "b"}), {}],
    ids=["ConfigMap", "another group's Secret", "nothing"],
)
def test_other_objects_are_shown_as_they_are(other: dict[str, Any]) -> None:
    """Only Secrets are redacted."""
    assert other == redact(other)


def test_redacting_leaves_the_object_alone() -> None:
    """The body that is given stays as it was."""
    given_body = secret(data={"a": "eA=="}, metadata={"annotations": {LAST_APPLIED: "x"}})
    before = json.dumps(given_body)
    redact(given_body)
    assert before == json.dumps(given_body)


@pytest.mark.parametrize("metadata", [None, [], {"annotations": None}, {"annotations": []}], ids=repr)
def test_metadata_of_no_shape_raises_nothing(metadata: Any) -> None:
    """An object whose metadata is odd can be shown."""
    shown = redact({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"a": "b"}})
    assert {"a": HIDDEN} == shown["data"]


# Messages.

FORMS = {
    "plain": CANARY,
    "in quotes": json.dumps(CANARY),
    "in JSON, other letters kept": json.dumps(CANARY, ensure_ascii=False),
    "in a URL": f"postgres://shop:{quote(CANARY, safe='')}@db/shop",
    "in base64": b64(CANARY),
    "in base64 for URLs": base64.urlsafe_b64encode(CANARY.encode()).decode(),
    "in base64 without padding": b64(CANARY).rstrip("="),
    "twice": f"{CANARY}{CANARY}",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_hidden_in_any_form(form: str) -> None:
    """Plain, escaped, or in base64: what is left of a message says that something was there."""
    scrubbed = Scrubber([CANARY]).scrub(f"it said {FORMS[form]}, no more")
    assert HIDDEN in scrubbed
    assert CANARY not in scrubbed
    assert "c4nary" not in scrubbed
    assert b64(CANARY)[:12] not in scrubbed
    assert scrubbed.startswith("it said ")
    assert scrubbed.endswith(", no more")


@given(st.text(min_size=9, max_size=30), st.binary(max_size=20), st.binary(max_size=20), st.booleans())
def test_a_secret_is_hidden_inside_of_longer_base64(text: str, before: bytes, after: bytes, for_urls: bool) -> None:
    """Base64 of a text that holds the secret, such as a connection string, tells nothing but its ends."""
    encode = base64.urlsafe_b64encode if for_urls else base64.b64encode
    whole = encode(before + text.encode() + after).decode()
    scrubbed = Scrubber([text]).scrub(whole)
    assert HIDDEN in scrubbed
    assert len(scrubbed.replace(HIDDEN, "")) <= len(whole) - len(text.encode()) * 8 // 6 + 3


@given(st.lists(st.text(min_size=6), max_size=4), st.text())
def test_no_secret_is_left(secrets: list[str], text: str) -> None:
    """Of whatever message, no secret of six characters or more is left, unless the word for it spells one."""
    message = text.join(secrets)
    scrubbed = Scrubber(secrets).scrub(message)
    assert all(each not in scrubbed.replace(HIDDEN, "\0") for each in secrets)


@given(st.text())
def test_without_secrets_nothing_changes(text: str) -> None:
    """A message that holds no secret stays as it is."""
    assert text == Scrubber(()).scrub(text)
    assert text.replace("q", "") == Scrubber(["qqqqqqqq"]).scrub(text.replace("q", ""))


def test_the_longest_secret_goes_first() -> None:
    """A secret that begins with another leaves no tail."""
    assert HIDDEN == Scrubber(["password", "password-and-more"]).scrub("password-and-more")


@pytest.mark.parametrize("line", ["first-line", "second-line", "third-line"])
def test_each_line_of_a_secret_is_hidden(line: str) -> None:
    """A certificate's lines may be quoted one by one."""
    assert f"bad: {HIDDEN}!" == Scrubber(["first-line\n  second-line\r\nthird-line\n"]).scrub(f"bad: {line}!")


@pytest.mark.parametrize("text", ["web", "true", "12345", "", "     "], ids=repr)
def test_short_values_are_not_searched_for(text: str) -> None:
    """Values under six characters would take common words out of every message."""
    message = f"Deployment web is true after 12345 ({text})"
    assert message == Scrubber([text]).scrub(message)


@pytest.mark.parametrize("show", [repr, str, lambda each: f"{each!r:s}", lambda each: str([each])])
def test_a_scrubber_is_never_shown(show: Any) -> None:
    """It holds the secrets: no way of printing it says one."""
    assert "c4nary" not in show(Scrubber([CANARY]))


def test_a_scrubber_has_no_attributes_to_print() -> None:
    """It has no ``__dict__`` that a debugger's listing of variables would show."""
    assert not hasattr(Scrubber([CANARY]), "__dict__")


# What is secret.

FOUND = {
    "data": ([secret(data={"a": b64(CANARY)})], None),
    "text": ([secret(stringData={"a": CANARY})], None),
    "a value": ([], {"password": CANARY}),
    "a value below": ([], {"auth": {"adminPassword": CANARY}}),
    "all below a speaking name": ([], {"secrets": {"a": {"b": [CANARY]}}}),
    "in a list": ([], {"users": [{"name": "ada", "apiToken": CANARY}]}),
}


@pytest.mark.parametrize("case", FOUND)
def test_secrets_are_found(case: str) -> None:
    """Data of Secrets and values whose names speak of secrets are hidden."""
    bodies, values = FOUND[case]
    assert f"it is {HIDDEN}" == scrubber(bodies, values).scrub(f"it is {CANARY}")


def test_data_is_hidden_in_base64_too() -> None:
    """A Secret's data is hidden as it stands in the object."""
    assert HIDDEN == scrubber([secret(data={"a": b64(CANARY)})]).scrub(b64(CANARY))


def test_binary_data_is_hidden_in_base64() -> None:
    """Data that is no text is known by its base64."""
    packed = base64.b64encode(bytes(range(128, 160))).decode()
    assert HIDDEN == scrubber([secret(data={"a": packed})]).scrub(packed)


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Password", "db_password", "POSTGRES_PASSWORD", "passwd", "rootPassw", "passphrase", "dbPass"),
        *("PGPASS", "pwd", "secret", "clientSecret", "token", "accessToken", "ACCESS_TOKEN", "credentials"),
        *("key", "apiKey", "api_key", "apikey", "APIKEY", "keyFile", "private-key", "sshKeys"),
    ],
)
def test_names_that_speak_of_secrets(name: str) -> None:
    """Values under such names are hidden."""
    assert HIDDEN == scrubber([], {name: CANARY}).scrub(CANARY)


@pytest.mark.parametrize("name", ["user", "host", "image", "passive", "bypassList", "annotation"])
def test_names_that_speak_of_nothing(name: str) -> None:
    """Values under other names stay readable."""
    assert CANARY == scrubber([], {name: CANARY}).scrub(CANARY)


@pytest.mark.parametrize(
    ("value", "hidden"),
    [(12345678, True), (1234.5678, True), (True, False), (None, False), ({}, False), ([], False)],
    ids=repr,
)
def test_numbers_can_be_secrets(value: Any, hidden: bool) -> None:
    """A password may be read as a number; booleans and nothing are none."""
    message = f"it is {value}"
    assert (f"it is {HIDDEN}" if hidden else message) == scrubber([], {"password": value}).scrub(message)


@pytest.mark.parametrize("written", ["shop-db", "shop-db\n", " shop-db "], ids=repr)
def test_names_of_objects_stay_readable(written: str) -> None:
    """A value like ``existingSecret`` holds an object's name, which messages need."""
    made = scrubber([secret(stringData={"a": CANARY})], {"auth": {"existingSecret": written}})
    assert f"Secret prod/shop-db holds {HIDDEN}" == made.scrub(f"Secret prod/shop-db holds {CANARY}")


ODD: list[dict[str, Any]] = [
    {"kind": "Secret", "apiVersion": "v1"},
    {"kind": "Secret", "apiVersion": "v1", "metadata": None, "data": None, "stringData": []},
    {"kind": "Secret", "apiVersion": "v1", "metadata": {}, "data": {"a": 1, "b": None, "c": "no base64!"}},
]


@pytest.mark.parametrize("odd", ODD, ids=["bare", "nulls", "wrong types"])
def test_secrets_of_no_shape_raise_nothing(odd: dict[str, Any]) -> None:
    """Whatever a Secret holds, the rest is scrubbed."""
    assert HIDDEN == scrubber([odd, secret(stringData={"a": CANARY})]).scrub(CANARY)


def test_data_that_is_no_base64_is_hidden_as_it_stands() -> None:
    """What was meant as data is hidden even if it is wrong."""
    assert HIDDEN == scrubber([ODD[2]]).scrub("no base64!")


def test_short_words_are_hidden_where_they_stand_alone() -> None:
    """A password of four or five letters is hidden, but not out of the middle of other words."""
    assert f"it said {HIDDEN}, not abcde" == Scrubber(["abcd"]).scrub("it said abcd, not abcde")
    assert f"packed {HIDDEN}" == Scrubber(["abcd"]).scrub(f"packed {b64('abcd')}")


def test_what_everybody_sees_is_not_hidden() -> None:
    """A password that is the chart's name, or a key, would be given away by hiding it there."""
    found = scrubber([], {"auth": {"password": "postgres"}, "db": {"token": "auth"}}, words=["postgres"])
    text = "postgres/templates/a.yaml: values.auth.imag is undefined"
    assert text == found.scrub(text)


def test_variables_of_containers_speak_by_their_name() -> None:
    """As in a list of ``name`` and ``value``."""
    values = {"env": [{"name": "DB_PASSWORD", "value": "hunter2hunter2"}, {"name": "MODE", "value": "production"}]}
    assert f"{HIDDEN} in production" == scrubber([], values).scrub("hunter2hunter2 in production")


def test_many_lines_are_no_matter() -> None:
    """A bundle of certificates is looked through in a moment; where there is too much, nothing is told."""
    bundle = "\n".join(f"line-{number:08}" for number in range(5_000))
    assert f"bad: {HIDDEN}" == Scrubber([bundle]).scrub("bad: line-00004711")
    endless = "\n".join(f"line-{number:08}" for number in range(30_000))
    assert WITHHELD == Scrubber([endless]).scrub("bad: line-00004711")
