"""Switches of what is read, by whom, and in which form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from helmlite.sandbox.access import service_account
from helmlite.sandbox.recorded import stored_as
from helmlite.sandbox.store import ExpiredError
from tests.contract import (
    test_access,
    test_lists,
    test_watch,
)
from tests.sandbox.switches.switch import Switch, always


def _ever(real: Any) -> Any:
    """Return what finds nothing where the history does not reach back to, in place of refusing."""

    def since(store: Any, revision: int) -> Any:
        try:
            return real(store, revision)
        except ExpiredError:
            return ()

    return since


def _ending(real: Any) -> Any:
    """Return what tells of deleted objects at a version from before."""

    def told(wanted: Any, kind: str, obj: Any) -> Any:
        metadata = {**obj["metadata"], "resourceVersion": "1"} if kind == "DELETED" else obj["metadata"]
        return real(wanted, kind, {**obj, "metadata": metadata})

    return staticmethod(told)


WATCHING = {
    "watches begin now": Switch("store:Store.since", always(()), test_watch.test_a_watch_goes_on_from_a_version),
    "no version is too old": Switch(
        "store:Store.since", _ever, test_watch.test_a_version_that_is_too_old_is_an_error_event
    ),
    "watches tell of all": Switch(
        "reading:selected", always(lambda _: True), test_watch.test_what_does_not_match_is_not_told
    ),
    "what ceases to match is not told": Switch(
        "watches:Watches._line",
        lambda real: (
            lambda watches, wanted, change: (
                real(watches, wanted, change) if change.type == "DELETED" or wanted.matches(change.obj) else None
            )
        ),
        test_watch.test_what_no_longer_matches_is_deleted,
    ),
    "watches tell of all namespaces": Switch(
        "watches:Watches._line",
        lambda real: lambda watches, wanted, change: real(watches, replace(wanted, namespace=None), change),
        test_watch.test_a_watch_stays_in_its_namespace,
    ),
    "no bookmarks": Switch(
        "watches:Watches._bookmark", always(b""), test_watch.test_initial_events_end_with_a_bookmark
    ),
    "a deletion has no version": Switch(
        "watches:Watches._told", _ending, test_watch.test_a_deleted_object_bears_the_version_of_its_deletion
    ),
}
LISTING = {
    "lists have no order": Switch(
        "store:_sorted", lambda real: lambda *args: real(*args)[::-1], test_lists.test_a_list_is_in_order_of_names
    ),
    "pages begin anew": Switch(
        "reading:_continued", lambda real: lambda text: (real(text)[0], ("", "")), test_lists.test_pages_hold_all_once
    ),
    "pages are of now": Switch(
        "reading:Reader._as_of",
        lambda _: lambda reader, _, __, target: reader._store.list(stored_as(target.kind), target.namespace),
        test_lists.test_pages_are_of_one_moment,
    ),
    "labels do not select": Switch(
        "reading:label_selector",
        always(lambda _: True),
        test_lists.test_a_label_selector_chooses,
        {"selector": "app=web", "found": "ab"},
    ),
    "fields do not select": Switch(
        "reading:field_selector", always(lambda _: True), test_lists.test_secrets_are_selected_by_type
    ),
    "tables have one column": Switch(
        "tables:columns_of",
        lambda real: lambda resource: real(resource)[:1],
        test_lists.test_what_a_table_shows_of_a_service,
    ),
    "metadata come with the rest": Switch(
        "forms:metadata_of", lambda real: lambda obj: {**obj, **real(obj)}, test_lists.test_metadata_alone_holds_no_data
    ),
}
ALLOWING = {
    "rules allow all": Switch(
        "access:_allows", always(True), test_access.test_a_role_allows_nothing_else, {"path": "secrets"}
    ),
    "rules are for all names": Switch(
        "access:_allows",
        lambda real: lambda rule, wanted: real({**rule, "resourceNames": ()}, wanted),
        test_access.test_a_role_can_be_for_named_objects,
    ),
    "bindings are for all": Switch("access:_is_subject", always(True), test_access.test_a_group_can_be_bound),
    "nobody is impersonated": Switch(
        "access:impersonated",
        lambda _: lambda client, user, headers, wanted: user,
        test_access.test_a_stranger_may_nothing,
    ),
    "roles may give more": Switch(
        "writes:check_grant", always(None), test_access.test_nobody_gives_more_than_they_have
    ),
    "any token is good": Switch(
        "tokens:Tokens.user_of",
        always(service_account("default", "default")),
        test_access.test_without_a_token_there_is_no_answer,
    ),
}
