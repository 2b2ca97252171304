"""What releases and their labels may be called."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.errors import UsageError
from helmlite.release.names import check_release_name, check_user_labels, generate_name

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HELMS = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


@pytest.mark.parametrize("name", ["a", "0", "shop", "my-shop", "shop.prod", "a.b.c", "1-2.3-4", "a--b", "a" * 53])
def test_names_that_helm_takes(name: str) -> None:
    """Lower-case letters, digits, dashes and dots, up to 53 characters."""
    check_release_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("-shop", "shop-", ".shop", "shop.", "a..b", "a.-b", "a-.b", "Shop", "my_shop", "my shop", "shop/x", "shop\n"),
        *("\u00e4", "shop\u0663", "\udc80", "..", " "),
    ],
    ids=ascii,
)
def test_names_that_helm_refuses(name: str) -> None:
    """All else says what a name is made of."""
    with pytest.raises(UsageError) as caught:
        check_release_name(name)
    assert f"{name!r} cannot be a release's name" == caught.value.message
    assert "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit" == caught.value.hint


def test_no_name_is_no_name() -> None:
    """An empty name has a message of its own."""
    with pytest.raises(UsageError, match=r"^a release needs a name$"):
        check_release_name("")


@pytest.mark.parametrize("name", ["a" * 54, "\u00e4" * 60, "a" * 100_000], ids=["54", "other letters", "many"])
def test_long_names_are_refused(name: str) -> None:
    """A name past 53 characters is cut in the message."""
    with pytest.raises(UsageError) as caught:
        check_release_name(name)
    assert f"the release name {name[:53]!r}... is longer than 53 characters" == caught.value.message


@given(st.text(alphabet="ab0-._A", min_size=1, max_size=56))
def test_the_rule_is_helms(name: str) -> None:
    """A name is taken when Helm's expression matches all of it."""
    expected = len(name) <= 53 and HELMS.fullmatch(name) is not None
    try:
        check_release_name(name)
        actual = True
    except UsageError:
        actual = False
    assert expected is actual


# Labels.


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("team", "shop"),
        ("Team", "Shop_1.x"),
        ("team", ""),
        ("example.com/team", "shop"),
        ("a" * 63, "b" * 63),
        (f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 61}/team", "shop"),
        ("0", "0"),
    ],
    ids=lambda text: text[:20],
)
def test_labels_that_kubernetes_takes(key: str, value: str) -> None:
    """Keys may have a prefix; values may be empty."""
    check_user_labels({key: value})


@pytest.mark.parametrize(
    "key",
    [
        *("", "-team", "team-", "te am", "/team", "example.com/", "a/b/c", "Example.com/team", "a..b/team", "-a/team"),
        *("a" * 64, f"{'a' * 254}/b", "x" * 400, "te\nam", "t\u00e9am", "team\n"),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_keys_that_kubernetes_refuses(key: str) -> None:
    """What is no key of a label is named."""
    with pytest.raises(UsageError, match=r"is no label key"):
        check_user_labels({key: "x"})


@pytest.mark.parametrize(
    "value", ["-x", "x-", "a b", "a/b", "a" * 64, "\u00e9", "x\n"], ids=lambda text: ascii(text)[:20]
)
def test_values_that_kubernetes_refuses(value: str) -> None:
    """What is no value of a label is named by its key."""
    with pytest.raises(UsageError, match=r"^--labels: the value of team is no label value$"):
        check_user_labels({"team": value})


@pytest.mark.parametrize(
    "key",
    ["name", "owner", "status", "version", "createdAt", "modifiedAt", "helmlite.dev/lock", "helmlite.dev/other"],
)
def test_labels_of_the_record_are_refused(key: str) -> None:
    """What the record says of itself cannot be said by others."""
    with pytest.raises(UsageError) as caught:
        check_user_labels({key: "x", "team": "shop"})
    assert f"--labels: {key}: labels of the record itself cannot be set" == caught.value.message


def test_all_reserved_labels_are_named_at_once() -> None:
    """One error names them all, in order."""
    with pytest.raises(UsageError, match="name, owner: labels of the record itself"):
        check_user_labels({"owner": "x", "name": "y"})


def test_no_labels_are_fine() -> None:
    """Nothing is wrong with none."""
    check_user_labels({})


# Generated names.

STAMP = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("chart", "base"),
    [
        ("shop", "shop"),
        ("charts/shop", "shop"),
        ("charts/shop/", "shop"),
        ("./shop", "shop"),
        (".", "chart"),
        ("..", "chart"),
        ("/", "chart"),
        ("", "chart"),
        ("shop-1.2.3.tgz", "shop-1"),
        ("repo/shop", "shop"),
        ("oci://registry.example.com/charts/shop", "shop"),
        ("My_Shop", "my-shop"),
        ("-shop-", "shop"),
        ("\u00e9", "chart"),
        ("a" * 100, "a" * 40),
        ("a" * 39 + "-b", "a" * 39),
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_generated_names_say_chart_and_time(chart: str, base: str) -> None:
    """The reference's last part up to its first dot, and the seconds."""
    assert f"{base}-{STAMP}" == generate_name(chart, NOW)


@given(st.text())
def test_generated_names_can_be_used(chart: str) -> None:
    """Whatever the chart is called, the name is one that a release may have."""
    check_release_name(generate_name(chart, NOW))
