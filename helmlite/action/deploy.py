"""The one loop under all changing verbs: observe, build, execute; if that failed and a wish is left, once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helmlite.action.configuration import Configuration
from helmlite.action.desire import LOCK_MARK, desire_nothing, desire_revision
from helmlite.action.events import Note, Warned
from helmlite.action.execute import Execution, execute
from helmlite.action.lock import Lock
from helmlite.action.observe import observe
from helmlite.errors import ClusterError, HelmliteError, LockedError, ReleaseError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.identity import ReleaseId
from helmlite.plan.build import build
from helmlite.plan.observation import Observation
from helmlite.plan.plan import Plan, RemoveAll, ReturnTo
from helmlite.plan.policy import Desired, Policy
from helmlite.release.release import Release, Revision, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a verb ended: the revision as stored (None: nothing is stored), the plan, and whether it was executed."""

    revision: Revision | None
    plan: Plan
    executed: bool
    warnings: Sequence[str] = ()
    execution: Execution | None = field(default=None, repr=False)

    @property
    def unchanged(self) -> bool:
        """Return whether there was nothing to do, so that no revision was made."""
        return self.plan.unchanged


Prepare = Callable[[Release, Capabilities], Desired]
"""Makes what is desired from the release as it stands: rendering a chart, reading an old revision, or nothing."""


def deploy(
    configuration: Configuration,
    release_id: ReleaseId,
    prepare: Prepare,
    policy: Policy,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Return how the operation ended; raises HelmliteError's family, after the failure was recorded.

    Nothing is written before ``prepare`` has succeeded. With ``dry_run`` nothing is written at all: the plan is built
    on what the cluster shows now, and what is new or differs is tried by the server.
    """
    capabilities = configuration.cluster.capabilities()
    release = read_release(configuration, release_id)
    if dry_run:
        shown = repaired(configuration, release, policy, locked=True, refuse=False)
        desired = prepare(shown, capabilities)
        shown_now = _observed(configuration, shown, desired, policy, check_all=True)
        return tried(desired, build(desired, shown_now, policy, now=configuration.now()))
    # Whether the writer of a pending revision of ours is dead, and whether an uninstall is over, only the lock tells.
    lock_first = any(
        (each.status.is_pending and LOCK_MARK in each.marks) or each.status is Status.UNINSTALLING
        for each in release.revisions
    )
    ready = None if lock_first else prepare(_seen(configuration, release, policy, locked=True), capabilities)
    # looked at before the lock is written, and good for as long as the history does not move
    looked = _observed(configuration, release, ready, policy) if ready is not None else None
    with Lock(
        configuration,
        release_id,
        timeout_seconds=policy.timeout_seconds,
        create_namespace=policy.create_namespace,
    ) as lock:
        if not lock.waited and looked is not None and configuration.driver.moved(release):
            configuration.emit(Note(text=f"release {release_id} moved on meanwhile: starting over"))
            looked = None
        if ready is None or looked is None or lock.waited:
            capabilities = configuration.cluster.capabilities(refresh=True)
            release = read_release(configuration, release_id)
            ready = prepare(_seen(configuration, release, policy, locked=lock.held), capabilities)
            looked = _observed(configuration, release, ready, policy)
        return _run(configuration, looked, ready, policy, lock)


def _seen(configuration: Configuration, release: Release, policy: Policy, *, locked: bool) -> Release:
    return repaired(configuration, release, policy, locked=locked, refuse=True)


def tried(desired: Desired, plan: Plan) -> Outcome:
    """Return the outcome of a dry run; its revision is the one that would be stored first."""
    revision = plan.revision
    if desired.operation != "uninstall" and desired.revision is not None and not plan.unchanged:
        revision = replace(desired.revision, description="Dry run complete", marks={})
    return Outcome(revision=revision, plan=plan, executed=False, warnings=plan.warnings)


def read_release(configuration: Configuration, release_id: ReleaseId) -> Release:
    """Return a release's history; raises ReleaseError when another storage driver holds it."""
    release = configuration.driver.release(release_id)
    if not release.exists and (driver := configuration.driver.foreign(release_id)):
        raise ReleaseError(
            f"release {release_id} is stored by Helm's {driver!r} storage driver, which helmlite does not use",
            hint="move its records to Secrets first (Helm's default driver), or go on using Helm for it",
        )
    return release


def interrupted_revisions(
    release: Release, now: datetime, policy: Policy, *, locked: bool, refuse: bool
) -> Sequence[int]:
    """Return the numbers of pending revisions whose writers are dead; raises LockedError for one that may be alive.

    Ours are dead once we hold the Lease (``locked``). One without our mark may belong to a live Helm, until it is old
    enough or the user takes it over; only the newest record can be a live one's.
    """
    found = []
    for each in release.revisions:
        if not each.status.is_pending:
            continue
        ours = LOCK_MARK in each.marks
        is_latest = each.number == release.next_number - 1
        age = now - each.last_deployed if each.last_deployed else None
        old = age is not None and age >= timedelta(seconds=policy.pending_timeout_seconds)
        if (ours and locked) or not is_latest or old or policy.take_over_pending:
            found.append(each.number)
        elif refuse:
            since = f"for {_age(age)}" if age is not None else "since an unknown time"
            raise LockedError(
                f"release {release.id} has been {each.status} (revision {each.number}) {since}: another program, "
                f"perhaps Helm, may be at work on it",
                hint=f"wait for it; it is taken over when it is {policy.pending_timeout_seconds:g} s old, or at once "
                f"with --take-over-pending if you know that its program is dead",
            )
    return found


def repaired(configuration: Configuration, release: Release, policy: Policy, *, locked: bool, refuse: bool) -> Release:
    """Return the release as it will be once the plan's first steps have marked what dead processes left behind."""
    dead = interrupted_revisions(release, configuration.now(), policy, locked=locked, refuse=refuse)
    if not dead:
        return release
    return replace(
        release,
        revisions=[each.as_interrupted() if each.number in dead else each for each in release.revisions],
    )


def _age(age: timedelta) -> str:
    seconds = max(int(age.total_seconds()), 0)
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


def _observed(
    configuration: Configuration, release: Release, desired: Desired, policy: Policy, *, check_all: bool = False
) -> Observation:
    """Return what the cluster shows of what is desired and of what the release may have made."""
    try:
        found = observe(
            configuration,
            release,
            desired.capabilities,
            desired.manifest.resources,
            release.owned(desired.capabilities, desired.manifest).resources,
            crds=() if policy.skip_crds else desired.manifest.crds,
            check_all=check_all,
            forced=policy.force_conflicts or policy.force_replace,
            locate=desired.locate,
        )
    except HelmliteError as error:
        error.reworded(desired.scrubber.scrub)
        raise
    return replace(found, warnings=[desired.scrubber.scrub(each) for each in found.warnings])


def _run(configuration: Configuration, looked: Observation, desired: Desired, policy: Policy, lock: Lock) -> Outcome:
    release = looked.release
    interrupted = interrupted_revisions(release, configuration.now(), policy, locked=lock.held, refuse=True)
    for number in interrupted:
        configuration.emit(
            Note(text=f"revision {number} was left unfinished by a process that died: marking it failed")
        )
    plan = build(desired, looked, policy, now=configuration.now(), interrupted=interrupted)
    for text in plan.warnings:
        configuration.emit(Warned(text=text))
    if plan.unchanged and not plan.steps:
        return Outcome(revision=release.deployed or release.latest, plan=plan, executed=False, warnings=plan.warnings)
    execution = execute(configuration, plan, lock, desired.scrubber, desired.locate)
    if execution.failure is not None and execution.complete:
        text = f"all is done, but older records were not tidied up: {execution.failure.message}"
        configuration.emit(Warned(text=text))
    if execution.failure is None or execution.complete:
        final = plan.revision
        stored = execution.saved.get(final.number, final) if final is not None else None
        return Outcome(revision=stored, plan=plan, executed=True, warnings=plan.warnings, execution=execution)
    wish = plan.on_failure.wish if plan.on_failure else None
    if wish is None or execution.interrupted or lock.lost:
        raise execution.failure
    _fulfil(configuration, wish, policy, lock, plan, execution.failure)
    raise execution.failure


def _fulfil(
    configuration: Configuration,
    wish: ReturnTo | RemoveAll,
    policy: Policy,
    lock: Lock,
    plan: Plan,
    failure: HelmliteError,
) -> None:
    """Go where the failed plan wished to go; says in the failure's message how that ended."""
    reason = failure.message.splitlines()[0].rstrip(":")
    try:
        release = configuration.driver.release(plan.release)
        capabilities = configuration.cluster.capabilities(refresh=True)
        again = replace(policy, rollback_on_failure=False, wait=True, description="", force_revision=True)
        if isinstance(wish, ReturnTo):
            configuration.emit(
                Note(text=f"{failure.message.splitlines()[0].rstrip(':')}; returning to revision {wish.number}")
            )
            desired = desire_revision(configuration, release, wish.number, capabilities, again)
            told = f"release {plan.release} was returned to revision {wish.number}, as --rollback-on-failure asks"
        else:
            configuration.emit(Note(text=f"{reason}; removing what was installed"))
            desired = desire_nothing(release, capabilities, again)
            told = f"release {plan.release} was uninstalled, as --rollback-on-failure asks"
        _run(configuration, _observed(configuration, release, desired, again), desired, again, lock)
    except HelmliteError as error:
        failure.followed_by(f"and going back failed too: {error.message}")
    else:
        failure.followed_by(told)


def require_cluster(configuration: Configuration) -> None:
    """Return when the API server answers; raises ClusterError's family at once when it does not."""
    try:
        configuration.cluster.version()
    except ClusterError as error:
        error.hint = error.hint or "check the kubeconfig, its context, and that the cluster is up"
        raise
