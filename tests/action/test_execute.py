"""What the executor does when a step fails: before all is done, after it, and when the lock is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from helmlite.action.configuration import Configuration
from helmlite.action.execute import Executor
from helmlite.errors import ClusterError, ConflictError, Interrupted, LockedError
from helmlite.kube.answers import Answer
from helmlite.manifest.capabilities import ServedKind
from helmlite.plan.plan import Apply, Delete, OnFailure, Plan, SaveRevision, Step
from helmlite.release.release import Revision, Status
from tests.plan.cases import CAPABILITIES, RELEASE, as_live, config_map, manifest, revision

PENDING = revision(2, Status.PENDING_UPGRADE, config_map("a"))
DEPLOYED = PENDING.with_status(Status.DEPLOYED, "Upgrade complete")


class Store:
    """A store that remembers what is written, and fails where it is told to."""

    def __init__(self, fails: Callable[[Revision], bool] = lambda _revision: False) -> None:
        self.fails = fails
        self.written: list[tuple[int, Status]] = []

    def create(self, revision: Revision) -> Revision:
        """Remember a revision."""
        return self.update(revision)

    def update(self, revision: Revision) -> Revision:
        """Remember a revision, or fail."""
        if self.fails(revision):
            raise ClusterError("etcd has no leader", status=500)
        self.written.append((revision.number, revision.status))
        return revision


class Objects:
    """A cluster of one kind of objects."""

    def __init__(self) -> None:
        self.live: dict[str, dict[str, Any]] = {}
        self.deleted: list[tuple[str, str]] = []
        self.refuse: Callable[[str], ClusterError | None] = lambda _name: None

    def served(self, _id: object) -> ServedKind | None:
        """Return the kind."""
        return CAPABILITIES.any_version("", "ConfigMap")

    def apply(self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False) -> Answer:
        """Create an object, or refuse."""
        name = str(body["metadata"]["name"])
        error = self.refuse(name)
        if error is not None:
            raise error
        self.live[name] = {**body, "metadata": {**body["metadata"], "uid": f"uid-{name}"}}
        return Answer(body=self.live[name], created=True)

    def get(self, _kind: object, _namespace: object, name: str) -> Mapping[str, Any] | None:
        """Return an object."""
        return self.live.get(name)

    def delete(self, _kind: object, _namespace: object, name: str, *, propagation: str, uid: str = "") -> bool:
        """Delete an object, or refuse."""
        error = self.refuse(name)
        if error is not None:
            raise error
        self.deleted.append((name, uid))
        return self.live.pop(name, None) is not None


class Lost:
    """A lock that another has by now, from the moment on that it is said."""

    def __init__(self) -> None:
        self.lost = False


def executed(plan: Plan, store: Store, objects: Objects, lock: Any = None, **fields: Any) -> Any:
    """Return how a plan went."""
    configuration = Configuration(concurrency=1, **fields)
    configuration._cluster, configuration._driver = objects, store  # type: ignore[assignment]  # as much as is needed
    return Executor(configuration, plan, lock).run()


def plan(*actions: Any, cleanup: bool = False) -> Plan:
    """Return a plan of one step after the other; the first stores the pending revision."""
    found = [SaveRevision(revision=PENDING, create=True), *actions]
    steps = [
        Step(id=str(number), action=each, after=[str(number - 1)] if number else [])
        for number, each in enumerate(found)
    ]
    ids = [each.resource.id for each in actions if isinstance(each, Apply)] if cleanup else []
    return Plan(
        operation="upgrade",
        release=RELEASE,
        base_revision=1,
        steps=steps,
        changes=(),
        on_failure=OnFailure(record=PENDING, describe='Upgrade "shop" failed', cleanup=ids),
        revision=DEPLOYED,
    )


def apply(name: str) -> Apply:
    """Return the apply of a ConfigMap."""
    return Apply(resource=manifest(config_map(name)).resources[0])


def test_what_fails_before_the_end_is_recorded() -> None:
    """The revision is stored as failed."""
    objects, store = Objects(), Store()
    objects.refuse = lambda name: ClusterError("no room", status=500) if name == "b" else None
    done = executed(plan(apply("a"), apply("b"), SaveRevision(revision=DEPLOYED)), store, objects)
    assert "no room" in str(done.failure)
    assert not done.complete
    assert [(2, Status.PENDING_UPGRADE), (2, Status.FAILED)] == store.written


@pytest.mark.parametrize("way", ["refused", "interrupted"])
def test_what_fails_after_the_end_does_not_undo_it(way: str) -> None:
    """Once the revision is deployed it stays deployed: only older records were not tidied up."""
    old = revision(1, Status.SUPERSEDED, config_map("a"))
    store = Store(lambda each: way == "refused" and each.number == 1)
    configuration = Configuration()

    def stop(event: object) -> None:
        if way == "interrupted" and (2, Status.DEPLOYED) in store.written:
            configuration.stop.set()

    done = executed(
        plan(apply("a"), SaveRevision(revision=DEPLOYED), SaveRevision(revision=old)),
        store,
        Objects(),
        emit=stop,
        stop=configuration.stop,
    )
    assert done.complete
    assert isinstance(done.failure, Interrupted if way == "interrupted" else ClusterError)
    assert (2, Status.DEPLOYED) == store.written[-1]


def test_cleanup_deletes_what_this_run_created_and_nothing_else() -> None:
    """By uid: what bears the name by then may be another's."""
    objects, store = Objects(), Store()
    objects.refuse = lambda name: ClusterError("no room", status=500) if name == "b" else None
    executed(plan(apply("a"), apply("b"), cleanup=True), store, objects)
    assert [("a", "uid-a")] == objects.deleted


def test_cleanup_comes_before_the_record_says_that_nobody_is_at_work() -> None:
    """Another command takes what a failed revision left for what is there."""
    objects, store = Objects(), Store()
    objects.refuse = lambda name: ClusterError("no room", status=500) if name == "b" else None
    at_cleanup: list[tuple[int, Status]] = []
    delete = objects.delete

    def noted(*words: Any, **named: Any) -> bool:
        at_cleanup.extend(store.written)
        return delete(*words, **named)

    objects.delete = noted  # type: ignore[method-assign]  # the test looks on
    executed(plan(apply("a"), apply("b"), cleanup=True), store, objects)
    assert [(2, Status.PENDING_UPGRADE)] == at_cleanup
    assert (2, Status.FAILED) == store.written[-1]


def test_without_the_lock_nothing_is_cleaned_up() -> None:
    """Another command is at work on these objects now."""
    objects, store, lock = Objects(), Store(), Lost()

    def lose(name: str) -> ClusterError | None:
        lock.lost = name == "b"
        return ClusterError("no room", status=500) if name == "b" else None

    objects.refuse = lose
    executed(plan(apply("a"), apply("b"), cleanup=True), store, objects, lock)
    assert [] == objects.deleted


def test_without_the_lock_no_step_begins() -> None:
    """What runs is finished, the rest is left."""
    objects, store, lock = Objects(), Store(), Lost()

    def lose(name: str) -> ClusterError | None:
        lock.lost = True
        return None

    objects.refuse = lose
    done = executed(plan(apply("a"), apply("b")), store, objects, lock)
    assert isinstance(done.failure, LockedError)
    assert {"a"} == set(objects.live)


def test_a_refused_deletion_is_no_deletion() -> None:
    """409 may say that the uid differs, and then there is nothing of ours; or that a webhook protects the object."""
    resource = manifest(config_map("a")).resources[0]
    conflict = ConflictError("the object is protected", reason="Conflict")
    for uid, is_failure in (("uid-a", True), ("another", False)):
        objects = Objects()
        objects.live["a"] = as_live(resource, uid="uid-a")
        objects.refuse = lambda _name: conflict
        done = executed(plan(Delete(id=resource.id, uid=uid)), Store(), objects)
        assert is_failure == (done.failure is not None), uid
    assert "protected" in str(conflict)


def test_failures_side_by_side_are_all_told() -> None:
    """Several objects of one kind are applied at once; each objection is told."""
    objects = Objects()
    together = threading.Barrier(2, timeout=30)

    def refuse(name: str) -> ClusterError:
        together.wait()
        return ClusterError(f"no room for {name}", status=500)

    objects.refuse = refuse
    both = replace(
        plan(apply("a"), apply("b")),
        steps=[
            Step(id="0", action=SaveRevision(revision=PENDING, create=True)),
            Step(id="1", action=apply("a"), after=["0"]),
            Step(id="2", action=apply("b"), after=["0"]),
        ],
    )
    configuration = Configuration(concurrency=2)
    configuration._cluster, configuration._driver = objects, Store()  # type: ignore[assignment]  # as above
    failure = str(Executor(configuration, both).run().failure)
    assert "no room for a" in failure
    assert "no room for b" in failure
