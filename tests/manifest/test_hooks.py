"""Hooks among documents: which events, in which order, with which weights and policies."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.errors import ManifestError
from helmlite.manifest.hooks import EVENTS, split_hooks
from helmlite.manifest.manifest import Hook
from tests.manifest.cases import PATH, body, document, parsed


def hook(**annotations: Any) -> Hook:
    """Return the hook that an object with these annotations (``_`` for ``-``) is."""
    named = {f"helm.sh/{key.replace('_', '-')}": value for key, value in annotations.items()}
    resources, hooks = split_hooks([document(body("Job", metadata={"annotations": named}))])
    assert [] == resources
    return hooks[0]


def test_resources_and_hooks_are_parted() -> None:
    """What bears the annotation is a hook, all else belongs to the release, in its order."""
    made = [
        document(body(name="b")),
        document(body(name="h", metadata={"annotations": {"helm.sh/hook": "test"}})),
        document(body(name="a", metadata={"annotations": {"helm.sh/resource-policy": "keep"}})),
        document(body(name="n", metadata={"annotations": None})),
    ]
    resources, hooks = split_hooks(made)
    assert (["b", "a", "n"], ["h"]) == (
        [each.body["metadata"]["name"] for each in resources],
        [each.name for each in hooks],
    )


def test_there_are_nine_events() -> None:
    """The events are Helm's."""
    assert {
        *("pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade"),
        *("pre-rollback", "post-rollback", "test"),
    } == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_known(event: str) -> None:
    """Each event is taken as it is."""
    assert (event,) == hook(hook=event).events


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("pre-install,post-upgrade", ("pre-install", "post-upgrade")),
        (" pre-install , post-upgrade ", ("pre-install", "post-upgrade")),
        ("Pre-Install", ("pre-install",)),
        ("PRE-INSTALL,pre-install", ("pre-install",)),
        ("pre-install,,", ("pre-install",)),
        ("test-success", ("test",)),
        ("test,test-success", ("test",)),
    ],
)
def test_events_are_a_list_of_words(written: str, expected: tuple[str, ...]) -> None:
    """Events are parted by commas, blanks and case do not count, an event stands once."""
    assert expected == hook(hook=written).events


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("pre-instal", "there is no hook event 'pre-instal'", "did you mean pre-install?"),
        ("post-upgrade,postdelete", "there is no hook event 'postdelete'", "did you mean post-delete?"),
        ("crd-install", "there is no hook event 'crd-install'", "did you mean pre-install?"),
        ("test-failure", "there is no hook event 'test-failure'", None),
        ("xyzzy", "there is no hook event 'xyzzy'", f"the events are {', '.join(EVENTS)}"),
    ],
)
def test_an_unknown_event_is_an_error(written: str, message: str, hint: str | None) -> None:
    """Helm drops such an object without a word; here it is named, with the nearest event there is."""
    with pytest.raises(ManifestError) as caught:
        hook(hook=written)
    assert f"{PATH}, document 1: {message}" == caught.value.message
    if hint:
        assert hint == caught.value.hint


@pytest.mark.parametrize("written", ["", " ", ",", None], ids=repr)
def test_a_hook_without_events_is_an_error(written: str | None) -> None:
    """An annotation that names no event is a mistake."""
    with pytest.raises(ManifestError) as caught:
        hook(hook=written)
    assert f"{PATH}, document 1: the annotation helm.sh/hook names no event" == caught.value.message


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("5", 5),
        ("+5", 5),
        ("-5", -5),
        ("007", 7),
        (" 5", 0),
        ("5 ", 0),
        ("1_000", 0),
        ("1.5", 0),
        ("0x10", 0),
        ("first", 0),
        ("\u0663", 0),
        ("9223372036854775807", 9223372036854775807),
        ("-9223372036854775808", -9223372036854775808),
        ("9223372036854775808", 0),
        ("9" * 5000, 0),
    ],
    ids=lambda value: str(value)[:20],
)
def test_weights_are_read_as_go_reads_integers(written: str | None, expected: int) -> None:
    """A weight that is no integer of 64 bits is 0, as in Helm."""
    assert expected == hook(hook="test", hook_weight=written).weight


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, ()),
        ("hook-succeeded", ("hook-succeeded",)),
        ("Before-Hook-Creation, hook-failed", ("before-hook-creation", "hook-failed")),
        ("whatever", ("whatever",)),
    ],
)
def test_policies_are_lists_of_words(written: str | None, expected: tuple[str, ...]) -> None:
    """Delete and log policies are kept in lower case, unknown words too, as Helm does."""
    made = hook(hook="test", hook_delete_policy=written, hook_output_log_policy=written)
    assert (expected, expected) == (made.delete_policies, made.log_policies)


def test_a_hook_keeps_what_the_record_needs() -> None:
    """Name, kind, path and text are the document's; it has not run yet."""
    text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: try\n  annotations: {helm.sh/hook: test}\n"
    made = split_hooks(parsed(text))[1][0]
    assert ("try", "Pod", PATH, text, "") == (made.name, made.kind, made.path, made.text, made.last_run.phase)


def test_a_hook_may_have_a_generated_name() -> None:
    """Hooks are created, so ``generateName`` stands for the name."""
    text = "apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: try-\n  annotations: {helm.sh/hook: test}\n"
    assert "try-" == split_hooks(parsed(text))[1][0].name


def test_hooks_come_in_install_order() -> None:
    """Hooks are sorted by kind; those of one kind keep their order, whatever their weights."""
    marked = {"annotations": {"helm.sh/hook": "pre-install"}}
    made = [
        body("Job", "b"),
        body("Job", "a"),
        body("ConfigMap", "z"),
        body("Widget", "w"),
        body("ServiceAccount", "s"),
    ]
    documents = [document({**each, "metadata": {**each["metadata"], **marked}}) for each in made]
    assert ["s", "z", "b", "a", "w"] == [each.name for each in split_hooks(documents)[1]]


def test_a_hook_is_shown_without_its_text() -> None:
    """A hook may be a Secret: its ``repr`` holds nothing of it."""
    marked = {"annotations": {"helm.sh/hook": "pre-install"}}
    made = split_hooks([document(body("Secret", metadata=marked, stringData={"a": "hunter2"}))])[1][0]
    assert "hunter2" not in repr(made)
