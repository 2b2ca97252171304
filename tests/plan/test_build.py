"""The builder: what is desired and observed, as steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helmlite.errors import OwnershipError, UsageError
from helmlite.manifest.compose import read_crds
from helmlite.plan.observation import Observation, Verdict
from helmlite.plan.plan import (
    Apply,
    Delete,
    DeleteRevision,
    Op,
    RemoveAll,
    ReturnTo,
    SaveRevision,
    TakeOverFields,
    WaitGone,
    WaitReady,
)
from helmlite.plan.policy import Desired, Policy
from helmlite.release.release import BadRecord, Release, Status
from tests.plan.building import CRD, SECRET, SERVICE, actions, built, history, live_of, seen, wish
from tests.plan.cases import RELEASE, before, config_map, revision, steps

# -- install ----------------------------------------------------------------------------------------------------------


def test_an_install_records_its_intent_first_and_its_success_last() -> None:
    """The pending revision is stored before any object, the deployed one after all."""
    release = history()
    plan = built(wish(SERVICE, SECRET, config_map("a"), release=release), seen(release))
    assert [
        "record",
        "apply Secret prod/pw",
        "apply ConfigMap prod/a",
        "apply Service prod/web",
        "record #2",
    ] == steps(plan)
    assert [(True, Status.PENDING_INSTALL), (False, Status.DEPLOYED)] == [
        (each.create, each.revision.status) for each in actions(plan, SaveRevision)
    ]
    assert before(plan, "record #2") >= set(steps(plan)) - {"record #2"}


def test_kinds_wait_for_each_other_objects_of_one_kind_do_not() -> None:
    """ConfigMaps are applied side by side, a Service only after all of them."""
    release = history()
    plan = built(wish(config_map("a"), config_map("b"), SERVICE, release=release), seen(release))
    assert "apply ConfigMap prod/a" not in before(plan, "apply ConfigMap prod/b")
    assert {"record", "apply ConfigMap prod/a", "apply ConfigMap prod/b"} <= before(plan, "apply Service prod/web")


def test_crds_come_before_all_else_and_are_waited_for() -> None:
    """A chart's CRD is created, and served, before the first object; it is never overwritten."""
    release = history()
    crds = read_crds([("shop/crds/w.yaml", CRD)])
    plan = built(wish(config_map("a"), release=release, crds=crds), seen(release))
    assert ["record", "crd widgets.example.com", "crds", "apply ConfigMap prod/a", "record #2"] == steps(plan)
    assert actions(plan, Apply)[0].create_only
    assert ("crd widgets.example.com",) == actions(plan, WaitReady)[0].reads


def test_a_crd_that_exists_is_left_alone() -> None:
    """A CRD that is in the cluster needs no step."""
    release = history()
    crds = read_crds([("shop/crds/w.yaml", CRD)])
    observation = replace(seen(release), live={crds[0].id: crds[0].body})
    assert ["record", "apply ConfigMap prod/a", "record #2"] == steps(
        built(wish(config_map("a"), release=release, crds=crds), observation)
    )


def test_waiting_reads_the_results_of_the_applies() -> None:
    """Readiness counts only what the server observed after our writes."""
    release = history()
    plan = built(
        wish(config_map("a"), release=release), seen(release), Policy(wait=True, timeout_seconds=7, wait_for_jobs=True)
    )
    [ready] = actions(plan, WaitReady)
    assert (("apply ConfigMap prod/a",), 7, True) == (ready.reads, ready.timeout_seconds, ready.for_jobs)


def test_every_foreign_object_is_named_before_anything_is_written() -> None:
    """Objects that exist and are not ours stop the plan, all of them in one error."""
    release = history()
    foreign = [{**each, "metadata": {**each["metadata"], "namespace": "prod"}} for each in (config_map("a"), SERVICE)]
    with pytest.raises(OwnershipError) as caught:
        built(wish(config_map("a"), SERVICE, release=release), seen(release, foreign))
    assert "ConfigMap prod/a" in caught.value.message
    assert "Service prod/web" in caught.value.message
    assert "--take-ownership" in str(caught.value.hint)


def test_taking_ownership_applies_to_foreign_objects() -> None:
    """With --take-ownership the objects are applied, and the change says so."""
    release = history()
    foreign = {**config_map("a"), "metadata": {"name": "a", "namespace": "prod"}}
    observation = seen(release, [foreign], a=Verdict.DIFFERS)
    plan = built(wish(config_map("a"), release=release), observation, Policy(take_ownership=True))
    assert [(Op.UPDATE, "taken into the release")] == [(each.op, each.reason) for each in plan.changes]


def test_an_object_that_may_not_be_read_is_not_written() -> None:
    """Whether it is ours cannot be known, so the plan is refused."""
    release = history()
    desired = wish(config_map("a"), release=release)
    observation = replace(seen(release), unreadable={desired.manifest.resources[0].id: "forbidden"})
    with pytest.raises(OwnershipError, match=r"ConfigMap prod/a .*: forbidden"):
        built(desired, observation)


def test_what_is_being_deleted_is_waited_for_then_applied() -> None:
    """Applying to a terminating object would lose it, so its end comes first, whoever's it was."""
    release = history()
    dying = live_of(config_map("a"))
    dying["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "annotations": {}}
    plan = built(wish(config_map("a"), release=release), seen(release, [dying], a=Verdict.TERMINATING))
    assert ["record", "gone ConfigMap prod/a", "apply ConfigMap prod/a", "record #2"] == steps(plan)
    assert ["uid-a"] == list(actions(plan, WaitGone)[0].uids.values())


def test_fields_of_client_side_apply_are_taken_over_first() -> None:
    """What helm wrote by Update is made part of its Apply entry before we apply."""
    release = history(revision(1, Status.DEPLOYED, config_map("a", x="1")))
    live = live_of(config_map("a", x="1"), operation="Update")
    plan = built(wish(config_map("a", x="2"), release=release), seen(release, [live], a=Verdict.DIFFERS))
    assert ["record", "fields ConfigMap prod/a", "apply ConfigMap prod/a", "record #2", "superseded"] == steps(plan)
    assert ("7", "uid-a") == (actions(plan, TakeOverFields)[0].resource_version, actions(plan, TakeOverFields)[0].uid)


def test_force_replace_replaces_what_is_there() -> None:
    """--force-replace replaces live objects and applies new ones."""
    release = history(revision(1, Status.DEPLOYED, config_map("a", x="1")))
    observation = seen(release, [live_of(config_map("a", x="1"))], a=Verdict.DIFFERS)
    plan = built(
        wish(config_map("a", x="2"), config_map("b"), release=release), observation, Policy(force_replace=True)
    )
    assert {"a": True, "b": False} == {each.resource.id.name: each.replace for each in actions(plan, Apply)}


# -- upgrade ----------------------------------------------------------------------------------------------------------


def test_only_what_differs_is_applied() -> None:
    """Objects that are the same already get no step."""
    release = history(revision(1, Status.DEPLOYED, config_map("a"), config_map("b")))
    observation = seen(release, [live_of(config_map("a")), live_of(config_map("b"))], a=Verdict.SAME, b=Verdict.DIFFERS)
    plan = built(wish(config_map("a"), config_map("b", x="1"), release=release), observation)
    assert ["record", "apply ConfigMap prod/b", "record #2", "superseded"] == steps(plan)


def test_the_new_revision_is_deployed_before_the_old_one_is_superseded() -> None:
    """A crash between the two leaves two deployed revisions, never none."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")))
    plan = built(
        wish(config_map("a", x="1"), release=release), seen(release, [live_of(config_map("a"))], a=Verdict.DIFFERS)
    )
    saved = [(each.revision.number, each.revision.status) for each in actions(plan, SaveRevision)]
    assert [(2, Status.PENDING_UPGRADE), (2, Status.DEPLOYED), (1, Status.SUPERSEDED)] == saved
    assert "record #2" in before(plan, "superseded")


def test_what_is_no_longer_wanted_is_deleted_after_the_applies() -> None:
    """Leftovers go in uninstall order, by uid, once the new objects are there."""
    release = history(revision(1, Status.DEPLOYED, config_map("a"), SERVICE))
    observation = seen(release, [live_of(config_map("a")), live_of(SERVICE)])
    plan = built(wish(config_map("b"), release=release), observation, Policy(cascade="Foreground"))
    assert [
        "record",
        "apply ConfigMap prod/b",
        "delete Service prod/web",
        "delete ConfigMap prod/a",
        "record #2",
        "superseded",
    ] == steps(plan)
    assert {("uid-web", "Foreground"), ("uid-a", "Foreground")} == {
        (each.uid, each.propagation) for each in actions(plan, Delete)
    }


def test_objects_of_a_failed_revision_are_pruned() -> None:
    """What a failed upgrade had already made counts as ours."""
    release = history(
        revision(1, Status.DEPLOYED, config_map("a")), revision(2, Status.FAILED, config_map("a"), config_map("b"))
    )
    observation = seen(release, [live_of(config_map("a")), live_of(config_map("b"))])
    assert "delete ConfigMap prod/b" in steps(built(wish(config_map("a"), release=release), observation))


@pytest.mark.parametrize("where", ["manifest", "live"])
def test_the_keep_policy_keeps(where: str) -> None:
    """``helm.sh/resource-policy: keep`` in the old manifest or on the live object forbids deleting it."""
    kept = config_map("a")
    kept["metadata"]["annotations"] = {"helm.sh/resource-policy": " Keep "}
    release = history(revision(1, Status.DEPLOYED, kept if where == "manifest" else config_map("a")))
    live = live_of(kept if where == "live" else config_map("a"))
    plan = built(wish(config_map("b"), release=release), seen(release, [live]))
    assert [] == actions(plan, Delete)
    assert (Op.KEEP, "helm.sh/resource-policy: keep") in [(each.op, each.reason) for each in plan.changes]


def test_what_belongs_to_another_release_by_now_is_left() -> None:
    """A leftover that another release took over is not deleted, with a warning."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")))
    live = live_of(config_map("a"))
    live["metadata"]["annotations"]["meta.helm.sh/release-name"] = "other"
    plan = built(wish(config_map("b"), release=release), seen(release, [live]))
    assert [] == actions(plan, Delete)
    assert any("ConfigMap prod/a is left alone" in each for each in plan.warnings)


def unchanged_case() -> tuple[Desired, Observation]:
    """Return an upgrade that changes nothing."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")))
    return wish(config_map("a"), release=release), seen(release, [live_of(config_map("a"))])


def test_an_upgrade_that_changes_nothing_has_no_steps() -> None:
    """Same chart, values, manifest and live objects: nothing to do and no revision."""
    plan = built(*unchanged_case())
    assert (True, (), 1) == (plan.unchanged, plan.steps, plan.revision.number if plan.revision else 0)


def test_an_unchanged_upgrade_supersedes_what_a_dead_process_left_deployed() -> None:
    """Two revisions say that they are deployed: the older one is marked, though nothing else is done."""
    release = history(*(revision(number, Status.DEPLOYED, config_map("a")) for number in (1, 2)))
    plan = built(wish(config_map("a"), release=release), seen(release, [live_of(config_map("a"))]))
    saved = [(each.revision.number, each.revision.status) for each in actions(plan, SaveRevision)]
    assert (True, [(1, Status.SUPERSEDED)]) == (plan.unchanged, saved)


def test_an_unchanged_upgrade_still_waits_when_asked() -> None:
    """With --wait, exit code 0 says that all is ready, changed or not."""
    plan = built(*unchanged_case(), Policy(wait=True))
    assert (True, ["ready"]) == (plan.unchanged, steps(plan))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"config": {"x": 1}}, id="values"),
        pytest.param({"labels": {"team": "web"}}, id="labels"),
        pytest.param({"chart": None}, id="chart"),
    ],
)
def test_another_record_is_a_change(change: dict[str, Any]) -> None:
    """What the record says counts, even when no object differs."""
    desired, observation = unchanged_case()
    assert desired.revision is not None
    plan = built(replace(desired, revision=replace(desired.revision, **change)), observation)
    assert not plan.unchanged


def test_force_revision_insists() -> None:
    """--force-revision makes a revision that changes nothing."""
    assert not built(*unchanged_case(), Policy(force_revision=True)).unchanged


def test_drift_of_an_object_is_a_change() -> None:
    """A live object that somebody changed is put right by an upgrade with the same chart and values."""
    desired, observation = unchanged_case()
    drifted = replace(observation, verdicts=dict.fromkeys(observation.verdicts, Verdict.DIFFERS))
    assert ["record", "apply ConfigMap prod/a", "record #2", "superseded"] == steps(built(desired, drifted))


def test_a_missing_object_is_made_again() -> None:
    """An object that somebody deleted is created by an upgrade with the same chart and values."""
    desired, _ = unchanged_case()
    release = history(revision(1, Status.DEPLOYED, config_map("a")))
    assert "apply ConfigMap prod/a" in steps(built(desired, seen(release)))


def test_a_failed_latest_revision_is_not_unchanged() -> None:
    """After a failed upgrade the next one records a revision, even if the objects are right."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")), revision(2, Status.FAILED, config_map("a")))
    plan = built(wish(config_map("a"), release=release), seen(release, [live_of(config_map("a"))]))
    assert not plan.unchanged


def test_a_rollback_always_makes_a_revision() -> None:
    """A rollback to what is deployed records that it was asked for."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")))
    desired = wish(config_map("a"), release=release, operation="rollback")
    assert not built(desired, seen(release, [live_of(config_map("a"))])).unchanged


# -- recovery ---------------------------------------------------------------------------------------------------------


def test_interrupted_revisions_are_marked_first() -> None:
    """What a dead process left pending becomes failed before the new revision is recorded."""
    release = history(
        revision(1, Status.DEPLOYED, config_map("a")),
        revision(2, Status.PENDING_UPGRADE, config_map("a"), config_map("b"), description="Preparing upgrade"),
    )
    observation = seen(release, [live_of(config_map("a")), live_of(config_map("b"))])
    plan = built(wish(config_map("a"), release=release), observation, interrupted=[2])
    assert ["interrupted", "record", "delete ConfigMap prod/b", "record #2", "superseded"] == steps(plan)
    marked = actions(plan, SaveRevision)[0].revision
    assert (2, Status.FAILED, "Preparing upgrade (interrupted)") == (marked.number, marked.status, marked.description)


def test_an_interrupted_uninstall_is_over_once_a_new_revision_is_deployed() -> None:
    """A revision left in status uninstalling is superseded by the next success."""
    release = history(revision(1, Status.UNINSTALLING, config_map("a")))
    plan = built(wish(config_map("a"), release=release), seen(release))
    assert (1, Status.SUPERSEDED) in [
        (each.revision.number, each.revision.status) for each in actions(plan, SaveRevision)
    ]


# -- failure ----------------------------------------------------------------------------------------------------------


def test_a_failed_install_can_be_removed() -> None:
    """--rollback-on-failure of an install wishes for nothing."""
    release = history()
    plan = built(wish(config_map("a"), release=release), seen(release), Policy(rollback_on_failure=True))
    assert plan.on_failure is not None
    assert (RemoveAll(), 'Release "shop" failed') == (plan.on_failure.wish, plan.on_failure.describe)


def test_a_failed_upgrade_returns_to_the_last_good_revision() -> None:
    """--rollback-on-failure of an upgrade wishes for the deployed revision, not for a failed one after it."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")), revision(2, Status.FAILED, config_map("b")))
    plan = built(wish(config_map("c"), release=release), seen(release), Policy(rollback_on_failure=True))
    assert plan.on_failure is not None
    assert ReturnTo(number=1) == plan.on_failure.wish


def test_without_the_flag_a_failure_only_is_recorded() -> None:
    """No wish without --rollback-on-failure, and nothing to clean up without --cleanup-on-fail."""
    release = history()
    plan = built(wish(config_map("a"), release=release), seen(release))
    assert plan.on_failure is not None
    assert (None, ()) == (plan.on_failure.wish, plan.on_failure.cleanup)


def test_cleanup_names_what_is_new() -> None:
    """--cleanup-on-fail deletes what this run would have created, nothing else."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")))
    observation = seen(release, [live_of(config_map("a"))], a=Verdict.DIFFERS)
    plan = built(
        wish(config_map("a", x="1"), config_map("b"), release=release), observation, Policy(cleanup_on_fail=True)
    )
    assert plan.on_failure is not None
    assert ["b"] == [each.name for each in plan.on_failure.cleanup]


# -- history ----------------------------------------------------------------------------------------------------------


def forgotten(release: Release, maximum: int) -> list[int]:
    """Return which records an upgrade deletes under a history limit."""
    observation = seen(release, [live_of(config_map("a"))], a=Verdict.DIFFERS)
    plan = built(wish(config_map("a", x="1"), release=release), observation, Policy(history_max=maximum))
    return [each.number for each in actions(plan, DeleteRevision)]


@pytest.mark.parametrize(("maximum", "expected"), [(0, []), (10, []), (4, []), (3, [1]), (2, [1, 2]), (1, [1, 2, 3])])
def test_the_oldest_records_over_the_limit_go(maximum: int, expected: list[int]) -> None:
    """The new revision counts; 0 means no limit."""
    release = history(
        revision(1, Status.SUPERSEDED, config_map("a")),
        revision(2, Status.SUPERSEDED, config_map("a")),
        revision(3, Status.DEPLOYED, config_map("a")),
    )
    assert expected == forgotten(release, maximum)


def test_the_good_revision_goes_only_after_the_new_one_is_deployed() -> None:
    """What a failure would go back to is deleted last."""
    release = history(revision(1, Status.DEPLOYED, config_map("a")))
    observation = seen(release, [live_of(config_map("a"))], a=Verdict.DIFFERS)
    plan = built(wish(config_map("a", x="1"), release=release), observation, Policy(history_max=1))
    assert ["record", "apply ConfigMap prod/a", "record #2", "superseded", "forget"] == steps(plan)


def test_unreadable_records_count_and_are_deleted_by_their_secret() -> None:
    """A bad record is a record: it goes when it is among the oldest."""
    bad = BadRecord(
        id=RELEASE, number=1, status="superseded", reason="no base64", secret_name="sh.helm.release.v1.shop.v1"
    )
    release = history(revision(2, Status.DEPLOYED, config_map("a")), bad=[bad])
    assert [1] == forgotten(release, 2)


def test_a_description_is_a_change() -> None:
    """What the user wants to have written down is written down."""
    desired, observation = unchanged_case()
    assert not built(desired, observation, Policy(description="CHG-1234")).unchanged


def test_a_failed_upgrade_returns_to_what_once_was_good() -> None:
    """Where no revision is deployed any more, the newest superseded one is the good one; without any it is said."""
    live = [live_of(config_map("a"))]
    release = history(
        revision(1, Status.SUPERSEDED, config_map("a")), revision(2, Status.FAILED, config_map("a", x="1"))
    )
    desired = wish(config_map("a", x="2"), release=release)
    plan = built(desired, seen(release, live, a=Verdict.DIFFERS), Policy(rollback_on_failure=True))
    assert plan.on_failure is not None
    assert ReturnTo(number=1) == plan.on_failure.wish
    release = history(revision(1, Status.FAILED, config_map("a")))
    desired = wish(config_map("a", x="2"), release=release, operation="upgrade")
    plan = built(desired, seen(release, live, a=Verdict.DIFFERS), Policy(rollback_on_failure=True))
    assert plan.on_failure is not None
    assert plan.on_failure.wish is None
    assert ("there is no good revision to return to, should this one fail",) == plan.warnings


def test_who_may_not_read_is_not_told_to_take_ownership() -> None:
    """The hint fits what is wrong."""
    release = history()
    desired = wish(config_map("a"), release=release)
    observation = replace(seen(release), unreadable={desired.manifest.resources[0].id: "forbidden"})
    with pytest.raises(OwnershipError) as caught:
        built(desired, observation)
    assert "ask for the right to read them" in str(caught.value.hint)


def test_warnings_of_the_wish_are_the_plans() -> None:
    """A rollback that leaves something out says so."""
    release = history()
    desired = replace(wish(config_map("a"), release=release), warnings=["left out: x"])
    assert ("left out: x",) == built(desired, seen(release)).warnings


def test_flags_that_exclude_each_other() -> None:
    """A replacement has no conflicts to force."""
    with pytest.raises(UsageError, match="exclude each other"):
        Policy(force_conflicts=True, force_replace=True)


# -- in general -------------------------------------------------------------------------------------------------------


def test_the_plan_names_the_record_that_it_was_built_on() -> None:
    """The base is the highest number of any record, readable or not."""
    release = history(revision(4, Status.DEPLOYED, config_map("a")))
    assert 4 == built(wish(config_map("a"), release=release), seen(release)).base_revision


def test_steps_come_after_what_they_name() -> None:
    """Every id in ``after`` belongs to an earlier step, and ids are unique."""
    release = history(revision(1, Status.DEPLOYED, config_map("a"), SERVICE))
    plan = built(wish(config_map("b"), config_map("c"), SECRET, release=release), seen(release, [live_of(SERVICE)]))
    known: set[str] = set()
    for each in plan.steps:
        assert set(each.after) <= known
        assert each.id not in known
        known.add(each.id)


def test_bodies_stay_out_of_the_repr() -> None:
    """A plan can be logged: the data of its Secrets is not in its repr."""
    release = history()
    secret = {**SECRET, "stringData": {"pw": "canary-7c1f"}}
    shown = repr(built(wish(secret, release=release), seen(release)))
    assert "canary-7c1f" not in shown
    assert "Y2FuYXJ5LTdjMWY" not in shown
