"""The one executor: runs the steps of a plan, independent ones at the same time, and knows nothing of verbs.

Only here (and in the lock) is a cluster written to.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from helmlite.action.configuration import Configuration
from helmlite.action.events import Changed, Recorded, StepDone, StepStarted, Warned
from helmlite.action.lock import Lock
from helmlite.action.objections import conflict, located, together
from helmlite.action.schedule import Schedule
from helmlite.action.wait import wait_gone, wait_ready
from helmlite.errors import (
    AlreadyExistsError,
    ClusterError,
    ConflictError,
    HelmliteError,
    Interrupted,
    LockedError,
    NotFoundError,
)
from helmlite.kube.answers import Answer
from helmlite.manifest.identity import ResourceId
from helmlite.manifest.location import Locate, nowhere
from helmlite.manifest.manifest import Resource
from helmlite.manifest.redact import Scrubber
from helmlite.plan.fields import take_over_patch
from helmlite.plan.plan import (
    Action,
    Applied,
    Apply,
    Barrier,
    Delete,
    DeleteRevision,
    OnFailure,
    Plan,
    SaveRevision,
    Step,
    StepFailure,
    TakeOverFields,
    WaitGone,
    WaitReady,
)
from helmlite.plan.words import step_text
from helmlite.release.release import Revision, Status

TAKE_OVER_ATTEMPTS = 4
MAX_DESCRIPTION = 2048
"""Characters of a failure that go into a record; the whole of it is shown to the user who is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How a plan went: each step's result, the first failure (None: all went well), the records as stored."""

    results: Mapping[str, Applied | StepFailure]
    failure: HelmliteError | None
    saved: Mapping[int, Revision] = field(repr=False, default_factory=dict)
    complete: bool = False

    @property
    def interrupted(self) -> bool:
        """Return whether the user, not a fault, ended it."""
        return isinstance(self.failure, Interrupted)


class Executor:
    """Runs one plan once."""

    def __init__(
        self,
        configuration: Configuration,
        plan: Plan,
        lock: Lock | None = None,
        scrubber: Scrubber | None = None,
        locate: Locate = nowhere,
    ) -> None:
        self._configuration = configuration
        self._plan = plan
        self._lock = lock
        self._scrubber = scrubber or Scrubber(())
        self._locate = locate
        self._refused: list[tuple[Resource, HelmliteError]] = []
        self._total = sum(not isinstance(step.action, Barrier) for step in plan.steps)
        self._done = 0
        self._results: dict[str, Applied | StepFailure] = {}
        self._saved: dict[int, Revision] = {}
        self._guard = threading.Lock()

    def run(self) -> Execution:
        """Return how the plan went. A failed plan is recorded as its ``on_failure`` says; nothing is raised for it."""
        failures = self._run_steps()
        complete = self._is_complete()
        if not failures:
            return self._execution(None, complete=True)
        reason = "\n".join(each.message for each in failures)
        troubles: list[str] = []
        if self._plan.on_failure is not None and not complete:
            troubles = self._record_failure(self._plan.on_failure, failures[0], reason)
        if not isinstance(failures[0], Interrupted | LockedError):
            # once it is recorded: finding places means to render again
            self._tell_places()
        failure = together(failures)
        if troubles:
            failure.followed_by("; ".join(troubles))
        return self._execution(failure, complete=complete)

    def _execution(self, failure: HelmliteError | None, *, complete: bool) -> Execution:
        return Execution(results=dict(self._results), failure=failure, saved=dict(self._saved), complete=complete)

    def _tell_places(self) -> None:
        """Word each refusal of an object with the line of its template."""
        for resource, error in self._refused:
            located(resource, error, self._locate).reworded(self._scrubber.scrub)

    def _is_complete(self) -> bool:
        """Return whether the record says that all objects are as wanted; what failed then is only tidying up."""
        final = self._plan.revision
        saved = self._saved.get(final.number) if final is not None else None
        return final is not None and saved is not None and saved.status is final.status

    def _run_steps(self) -> Sequence[HelmliteError]:
        """Run every step whose predecessors succeeded; after the first failure start nothing new, finish what runs.

        Returns the failures, which are to be told.
        """
        concurrency = min(self._configuration.concurrency, len(self._plan.steps))
        schedule = Schedule(self._plan.steps, concurrency=concurrency, run=self._run_step, must_stop=self._must_stop)
        failures = schedule.go()
        if failures and isinstance(failures[0], Interrupted | LockedError):
            return failures[:1]
        return failures

    def _must_stop(self) -> HelmliteError | None:
        if self._configuration.stop.is_set():
            return Interrupted("interrupted")
        if self._is_lock_lost():
            return LockedError(
                f"the lock of release {self._plan.release} was lost: not renewed in time, or taken over by another",
                hint="look at the release's history, then run the command again",
            )
        return None

    def _is_lock_lost(self) -> bool:
        return self._lock is not None and self._lock.lost

    def _run_step(self, step: Step) -> None:
        """Run one step and tell of it; no secret of the manifest or the values is in an error that it raises."""
        if isinstance(step.action, Barrier):
            return
        emit, text = self._configuration.emit, step_text(step)
        emit(StepStarted(step=step.id, text=text))
        try:
            applied = self._act(step.action)
        except HelmliteError as error:
            error.reworded(self._scrubber.scrub)
            source = ""
            if isinstance(step.action, Apply):
                source = step.action.resource.source
                self._refused.append((step.action.resource, error))
            self._results[step.id] = StepFailure(reason=error.message, source=source, error=error)
            emit(StepDone(step=step.id, text=text, failure=error.message, done=self._done, total=self._total))
            raise
        with self._guard:
            self._results[step.id] = applied
            self._done += 1
            done = self._done
        emit(StepDone(step=step.id, text=text, done=done, total=self._total))

    def _act(self, action: Action) -> Applied:
        match action:
            case SaveRevision():
                return self._save(action)
            case Apply():
                return self._apply(action)
            case Delete():
                return self._delete(action)
            case TakeOverFields():
                return self._take_over(action)
            case WaitReady():
                return self._wait_ready(action)
            case WaitGone():
                wait_gone(self._configuration, action.ids, timeout_seconds=action.timeout_seconds, uids=action.uids)
                return Applied()
            case DeleteRevision():
                self._configuration.driver.delete(action.release, action.number, secret_name=action.secret_name)
                return Applied()
            case Barrier():
                return Applied()
            case _:
                assert_never(action)

    def _save(self, action: SaveRevision) -> Applied:
        revision = action.revision
        driver = self._configuration.driver
        if action.create:
            try:
                stored = driver.create(revision)
            except AlreadyExistsError as error:
                raise LockedError(
                    f"revision {revision.number} of release {revision.id} was stored by another command meanwhile",
                    hint="look at the release's history, then run the command again",
                ) from error
        else:
            with self._guard:
                known = self._saved.get(revision.number)
            if known is not None:
                revision = replace(revision, resource_version=known.resource_version)
            try:
                stored = driver.update(revision)
            except ConflictError as error:
                raise LockedError(
                    f"revision {revision.number} of release {revision.id} was rewritten by another command meanwhile",
                    hint="look at the release's history, then run the command again",
                ) from error
        with self._guard:
            self._saved[revision.number] = stored
        self._configuration.emit(Recorded(release=revision.id, number=revision.number, status=str(revision.status)))
        return Applied(resource_version=stored.resource_version)

    def _apply(self, action: Apply) -> Applied:
        resource = action.resource
        cluster = self._configuration.cluster
        try:
            if action.create_only:
                try:
                    answer = cluster.create(resource.body)
                except AlreadyExistsError:
                    return Applied(id=resource.id)
            elif action.replace:
                answer = self._replace(action)
            else:
                answer = cluster.apply(resource.body, force=action.force)
        except ConflictError as error:
            raise conflict(resource, error) from error
        except ClusterError as error:
            error.located(f"{resource.source}: {resource.id}")
            raise
        for text in answer.warnings:
            said = self._scrubber.scrub(text)
            self._configuration.emit(Warned(text=f"{resource.id}: {said}", source=resource.source))
        metadata = answer.body["metadata"]
        self._configuration.emit(Changed(id=resource.id, verb="created" if answer.created else "configured"))
        return Applied(
            id=resource.id,
            uid=str(metadata.get("uid", "")),
            generation=int(metadata.get("generation") or 0),
            resource_version=str(metadata.get("resourceVersion", "")),
            created=answer.created,
        )

    def _replace(self, action: Apply) -> Answer:
        """Put the whole object in place of the live one; one that does not exist is created."""
        cluster, resource = self._configuration.cluster, action.resource
        kind = cluster.served(resource.id)
        live = cluster.get(kind, resource.id.namespace, resource.id.name) if kind else None
        if live is None:
            return cluster.create(resource.body)
        metadata = {**resource.body["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}
        return cluster.replace({**resource.body, "metadata": metadata})

    def _delete(self, action: Delete) -> Applied:
        kind = self._configuration.cluster.served(action.id)
        if kind is None:
            return Applied(id=action.id)
        try:
            was_there = self._configuration.cluster.delete(
                kind, action.id.namespace, action.id.name, propagation=action.propagation, uid=action.uid
            )
        except ConflictError as error:
            live = self._configuration.cluster.get(kind, action.id.namespace, action.id.name)
            if live is not None and live["metadata"].get("uid") == action.uid:
                error.located(f"deleting {action.id}")
                raise
            # What we meant is gone, and what bears its name now is not ours to delete.
            return Applied(id=action.id)
        except ClusterError as error:
            error.located(f"deleting {action.id}")
            raise
        if was_there:
            self._configuration.emit(Changed(id=action.id, verb="deleted"))
        return Applied(id=action.id, uid=action.uid)

    def _take_over(self, action: TakeOverFields) -> Applied:
        """Patch managedFields; when the object moved meanwhile (a controller wrote its status), look again."""
        cluster, id = self._configuration.cluster, action.id
        kind = cluster.served(id)
        managed: Sequence[Mapping[str, Any]] | None = action.managed_fields
        version, uid = action.resource_version, action.uid
        attempts = 0
        while kind is not None and managed is not None:
            attempts += 1
            metadata = {"managedFields": list(managed), "resourceVersion": version, "uid": uid}
            try:
                cluster.patch(
                    kind, id.namespace, id.name, {"metadata": metadata}, content_type="application/merge-patch+json"
                )
                break
            except NotFoundError:
                break
            except ConflictError as error:
                if attempts == TAKE_OVER_ATTEMPTS:
                    error.located(f"taking over the fields of {id}")
                    raise
            live = cluster.get(kind, id.namespace, id.name)
            if live is None:
                break
            managed = take_over_patch(live)
            version, uid = str(live["metadata"]["resourceVersion"]), str(live["metadata"]["uid"])
        return Applied(id=id)

    def _wait_ready(self, action: WaitReady) -> Applied:
        applied = [result for each in action.reads if isinstance(result := self._results.get(each), Applied)]
        generations = {each.id: each.generation for each in applied if each.id is not None}
        uids = {each.id: each.uid for each in applied if each.id is not None and each.uid}
        wait_ready(
            self._configuration,
            action.resources,
            timeout_seconds=action.timeout_seconds,
            generations=generations,
            uids=uids,
            for_jobs=action.for_jobs,
            for_load_balancers=action.for_load_balancers,
        )
        if any(each.id.kind == "CustomResourceDefinition" for each in action.resources):
            self._configuration.cluster.capabilities(refresh=True)
        return Applied()

    def _record_failure(self, on_failure: OnFailure, failure: HelmliteError, reason: str) -> list[str]:
        """Store the failed revision, delete what this run created if asked; return what went wrong with that."""
        interrupted = isinstance(failure, Interrupted)
        record = on_failure.record
        troubles: list[str] = []
        # before the record says that nobody is at work on these objects any more
        ours = not interrupted and not isinstance(failure, LockedError) and not self._is_lock_lost()
        for id, uid in self._created(on_failure.cleanup) if ours else ():
            try:
                self._delete(Delete(id=id, uid=uid))
            except HelmliteError as error:
                troubles.append(error.message)
        if record is not None and record.number in self._saved:
            text = f"{on_failure.describe}: {'interrupted' if interrupted else reason}"
            failed = replace(record.with_status(Status.FAILED, text[:MAX_DESCRIPTION]), marks={})
            try:
                self._save(SaveRevision(revision=failed))
            except HelmliteError as error:
                troubles.append(f"the failure could not be recorded either: {error.message}")
        return troubles

    def _created(self, ids: Sequence[ResourceId]) -> list[tuple[ResourceId, str]]:
        """Return id and uid of those of ``ids`` that this run created."""
        made = {each.id: each.uid for each in self._results.values() if isinstance(each, Applied) and each.created}
        return [(each, made[each]) for each in ids if each in made]


def execute(
    configuration: Configuration,
    plan: Plan,
    lock: Lock | None = None,
    scrubber: Scrubber | None = None,
    locate: Locate = nowhere,
) -> Execution:
    """Return how ``plan`` went; see Executor.

    ``scrubber`` takes secrets out of what is said about it, ``locate`` finds where refused objects come from.
    """
    return Executor(configuration, plan, lock, scrubber, locate).run()
