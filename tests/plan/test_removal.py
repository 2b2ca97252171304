"""The builder's plans of uninstalls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helmlite.errors import ManifestError, ReleaseError
from helmlite.plan.plan import Delete, DeleteRevision, SaveRevision, WaitGone
from helmlite.plan.policy import Policy
from helmlite.release.release import BadRecord, Status
from tests.plan.building import SERVICE, actions, built, history, live_of, removal, seen
from tests.plan.cases import CAPABILITIES, NOW, RELEASE, before, config_map, revision, steps


def test_an_uninstall_marks_deletes_and_forgets_the_newest_record_last() -> None:
    """The record that knows the objects is the last to go, so that a crash leaves it."""
    release = history(
        revision(1, Status.SUPERSEDED, config_map("a")), revision(2, Status.DEPLOYED, config_map("a"), SERVICE)
    )
    plan = built(removal(release), seen(release, [live_of(config_map("a")), live_of(SERVICE)]))
    assert [
        "record",
        "delete Service prod/web",
        "delete ConfigMap prod/a",
        "forget",
        "forget #2",
    ] == steps(plan)
    assert [1, 2] == [each.number for each in actions(plan, DeleteRevision)]
    assert "delete ConfigMap prod/a" in before(plan, "forget")
    assert plan.revision is None


def test_an_uninstall_with_wait_ends_when_all_is_gone() -> None:
    """--wait covers what this run deletes and what was terminating already."""
    release = history(revision(1, Status.DEPLOYED, config_map("a"), config_map("b")))
    dying = live_of(config_map("b"))
    dying["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    plan = built(removal(release), seen(release, [live_of(config_map("a")), dying]), Policy(wait=True))
    assert {"a", "b"} == {each.name for each in actions(plan, WaitGone)[0].ids}


def test_kept_history_ends_as_uninstalled() -> None:
    """--keep-history keeps every record, the last one as uninstalled, no other one as deployed."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")), revision(2, Status.FAILED, config_map("a")))
    plan = built(removal(release), seen(release, [live_of(config_map("a"))]), Policy(keep_history=True))
    saved = [(each.revision.number, each.revision.status) for each in actions(plan, SaveRevision)]
    assert [(2, Status.UNINSTALLING), (1, Status.SUPERSEDED), (2, Status.UNINSTALLED)] == saved
    assert [] == actions(plan, DeleteRevision)
    assert plan.revision is not None
    assert (Status.UNINSTALLED, NOW) == (plan.revision.status, plan.revision.deleted)


def test_a_release_that_is_uninstalled_only_loses_its_records() -> None:
    """Uninstalling what --keep-history left purges the records and touches no object."""
    release = history(revision(1, Status.UNINSTALLED, config_map("a")))
    plan = built(removal(release), seen(release, [live_of(config_map("a"))]))
    assert ["forget"] == steps(plan)


def test_an_uninstall_deletes_what_a_failed_upgrade_made() -> None:
    """The deployed revision's objects and the failed one's go both."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")), revision(2, Status.FAILED, config_map("b")))
    plan = built(removal(release), seen(release, [live_of(config_map("a")), live_of(config_map("b"))]))
    assert {"a", "b"} == {each.id.name for each in actions(plan, Delete)}


def test_an_uninstall_that_may_not_read_deletes_nothing() -> None:
    """Objects that cannot be looked at make an uninstall refuse, since nobody would know of them afterwards."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")))
    ids = [each.id for each in release.owned(CAPABILITIES).resources]
    observation = replace(seen(release), unreadable={ids[0]: "forbidden"})
    with pytest.raises(ReleaseError, match="ConfigMap prod/a: forbidden"):
        built(removal(release), observation)


def test_unreadable_records_are_named_and_go_too() -> None:
    """A bad record is deleted with the others, and what it may have known is warned of."""
    bad = BadRecord(id=RELEASE, number=3, status="deployed", reason="no base64", secret_name="odd-name")
    release = history(revision(1, Status.DEPLOYED, config_map("a")), bad=[bad])
    plan = built(removal(release), seen(release))
    assert [(3, "odd-name"), (1, None)] == [(each.number, each.secret_name) for each in actions(plan, DeleteRevision)]
    assert any("revision 3 cannot be read (no base64)" in each for each in plan.warnings)


def test_the_limit_on_history_is_not_an_uninstalls() -> None:
    """--keep-history keeps all there is, however much that is."""
    revisions = [revision(1, Status.DEPLOYED, config_map("a"))]
    revisions += [revision(number, Status.FAILED, config_map("a")) for number in range(2, 13)]
    release = history(*revisions)
    for maximum in (10, 1):
        policy = Policy(keep_history=True, history_max=maximum)
        plan = built(removal(release), seen(release, [live_of(config_map("a"))]), policy)
        assert [] == actions(plan, DeleteRevision)


def test_what_cannot_be_looked_for_is_told() -> None:
    """Objects of a kind that is served no more are named, since they may be left."""
    text = "---\n# Source: shop/templates/w.yaml\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n"
    release = history(replace(revision(1, Status.DEPLOYED), manifest=text))
    plan = built(removal(release), seen(release))
    assert any("revision 1" in each and "example.com/v1 Widget" in each for each in plan.warnings)


def test_a_group_out_of_reach_stops_an_uninstall() -> None:
    """Nothing is forgotten while the server of an object's group does not answer."""
    text = "---\n# Source: shop/templates/w.yaml\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n"
    release = history(replace(revision(1, Status.DEPLOYED), manifest=text))
    capabilities = replace(CAPABILITIES, unavailable=frozenset({"example.com"}))
    with pytest.raises(ManifestError, match="does not answer just now"):
        built(replace(removal(release), capabilities=capabilities), seen(release))
