"""The one builder: what is desired and what was observed, as a plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from helmlite.errors import OwnershipError, ReleaseError
from helmlite.manifest.identity import ResourceId
from helmlite.manifest.manifest import Resource
from helmlite.manifest.order import rank, uninstall_rank
from helmlite.manifest.ownership import owner_faults
from helmlite.plan.compare import is_terminating, shown
from helmlite.plan.fields import take_over_patch
from helmlite.plan.graph import Graph
from helmlite.plan.observation import Observation, Verdict
from helmlite.plan.plan import (
    Apply,
    Change,
    Delete,
    DeleteRevision,
    OnFailure,
    Op,
    Plan,
    RemoveAll,
    ReturnTo,
    SaveRevision,
    TakeOverFields,
    WaitGone,
    WaitReady,
)
from helmlite.plan.policy import Desired, Policy
from helmlite.release.codec import same_content
from helmlite.release.release import Revision, Status

UNINSTALL_UNDERWAY = "Deletion in progress (or silently failed)"


def build(
    desired: Desired,
    observation: Observation,
    policy: Policy,
    *,
    now: datetime,
    interrupted: Sequence[int] = (),
) -> Plan:
    """Return the plan that brings a release from what was observed to what is desired.

    ``interrupted`` are the numbers of pending revisions whose writers are dead; marking them failed comes first.
    Raises OwnershipError, before anything is written, naming every object that exists and is not the release's.
    """
    building = _Building(desired, observation, policy, now, interrupted)
    return building.removal() if desired.operation == "uninstall" else building.deployment()


class _Building:
    """One plan while it is made."""

    def __init__(
        self,
        desired: Desired,
        observation: Observation,
        policy: Policy,
        now: datetime,
        interrupted: Sequence[int],
    ) -> None:
        self.desired = desired
        self.observation = observation
        self.policy = policy
        self.now = now
        self.interrupted = interrupted
        self.release = observation.release
        self.graph = Graph()
        self.changes: list[Change] = []
        self.warnings: list[str] = []
        self.applies: list[str] = []

    # -- install, upgrade, rollback -------------------------------------------------------------------------------

    def deployment(self) -> Plan:
        """Return the plan of an install, upgrade or rollback."""
        self._check_owners()
        pending = self.desired.revision
        assert pending is not None  # noqa: S101  # every wish but the empty one brings its revision
        if self._is_unchanged(pending):
            return self._unchanged()
        self._mark_interrupted()
        self.graph.stage([("record", SaveRevision(revision=pending, create=True))])
        self._forget()
        self._bring_crds()
        self._bring_objects()
        self._delete(self._unwanted())
        self._await_ready()
        final = replace(pending.with_status(Status.DEPLOYED, self.desired.description), marks={})
        self.graph.stage([("record", SaveRevision(revision=final))])
        self._supersede(pending.number)
        return self._plan(final, self._on_failure(pending))

    def _is_unchanged(self, pending: Revision) -> bool:
        latest = self.release.latest
        return (
            self.desired.operation == "upgrade"
            and not self.policy.force_revision
            and not self.policy.description
            and not self.interrupted
            and latest is not None
            and latest.status is Status.DEPLOYED
            and latest.number == pending.number - 1
            and same_content(latest, pending)
            and all(self._verdict(each.id) is Verdict.SAME for each in self.desired.manifest.resources)
            and not self._leftovers()
            and not self._missing_crds()
        )

    def _unchanged(self) -> Plan:
        """Return the plan that changes no object; with ``wait`` it still ends only when all is ready.

        A process that died just before its end has left the revision before its own deployed: that is made good.
        """
        self._mark_superseded(self.release.next_number - 1)
        self._await_ready()
        for each in self.desired.manifest.resources:
            self._change(Op.SAME, each.id, after=each.body)
        return self._plan(self.release.latest, None, unchanged=True)

    def _check_owners(self) -> None:
        """Raise OwnershipError when objects that are wanted exist and are not ours, or may not be looked at."""
        foreign = []
        for each in self.desired.manifest.resources:
            live = self.observation.live.get(each.id)
            if each.id in self.observation.unreadable:
                foreign.append(f"{each.id} ({each.source}): {self.observation.unreadable[each.id]}")
            elif live is not None and not is_terminating(live) and not self.policy.take_ownership:
                faults = owner_faults(live, self.desired.release)
                if faults:
                    foreign.append(f"{each.id} ({each.source}): {'; '.join(faults)}")
        if foreign:
            what = "an object exists" if len(foreign) == 1 else f"{len(foreign)} objects exist"
            listed = "".join(f"\n  {each}" for each in foreign)
            hint = "--take-ownership takes them into the release; or remove them, or rename them in the chart"
            if any(each.id in self.observation.unreadable for each in self.desired.manifest.resources):
                hint = "ask for the right to read them, or use another user"
            raise OwnershipError(
                f"{what} and cannot be shown to be release {self.desired.release}'s:{listed}", hint=hint
            )

    def _mark_interrupted(self) -> None:
        marked = [
            ("interrupted", SaveRevision(revision=each.as_interrupted()))
            for each in self.release.revisions
            if each.number in self.interrupted
        ]
        self.graph.stage(marked)

    def _missing_crds(self) -> list[Resource]:
        if self.policy.skip_crds:
            return []
        return [each for each in self.desired.manifest.crds if each.id not in self.observation.live]

    def _bring_crds(self) -> None:
        """Create the chart's CRDs that are not there, and wait until they are served; others are left alone."""
        missing = self._missing_crds()
        if not missing:
            return
        created = self.graph.stage(
            [(f"crd {each.id.name}", Apply(resource=each, create_only=True)) for each in missing]
        )
        for each in missing:
            self._change(Op.CREATE, each.id, after=each.body)
        ready = WaitReady(resources=tuple(missing), timeout_seconds=self.policy.timeout_seconds, reads=tuple(created))
        self.graph.stage([("crds", ready)])

    def _bring_objects(self) -> None:
        """Apply what is not the same already, kind after kind in install order, objects of one kind side by side."""
        for group in _grouped(self.desired.manifest.resources, lambda each: rank(each.id.kind)):
            chains = []
            for each in group:
                live = self.observation.live.get(each.id)
                verdict = self._verdict(each.id)
                if verdict is Verdict.SAME:
                    self._change(Op.SAME, each.id, before=live, after=each.body)
                    continue
                chains.append(self._chain(each, verdict, live))
            self.applies += self.graph.chains(chains)

    def _chain(
        self, wanted: Resource, verdict: Verdict, live: Mapping[str, Any] | None
    ) -> list[tuple[str, Apply | TakeOverFields | WaitGone]]:
        """Return the steps that bring one object, the Apply last."""
        chain: list[tuple[str, Apply | TakeOverFields | WaitGone]] = []
        if verdict is Verdict.TERMINATING:
            chain.append((f"gone {wanted.id}", self._wait_gone([wanted.id])))
            self._change(Op.CREATE, wanted.id, after=wanted.body, reason="once the old one, being deleted, is gone")
        elif live is None:
            self._change(Op.CREATE, wanted.id, after=wanted.body)
        else:
            taken = owner_faults(live, self.desired.release)
            self._change(
                Op.UPDATE, wanted.id, before=live, after=wanted.body, reason="taken into the release" if taken else ""
            )
            managed = take_over_patch(live)
            if managed is not None and not self.policy.force_replace:
                metadata = live["metadata"]
                take_over = TakeOverFields(
                    id=wanted.id,
                    managed_fields=managed,
                    resource_version=str(metadata.get("resourceVersion", "")),
                    uid=str(metadata.get("uid", "")),
                )
                chain.append((f"fields {wanted.id}", take_over))
        apply = Apply(
            resource=wanted,
            force=self.policy.force_conflicts,
            replace=self.policy.force_replace and live is not None and verdict is not Verdict.TERMINATING,
        )
        return [*chain, (f"apply {wanted.id}", apply)]

    def _leftovers(self) -> list[Resource]:
        """Return what earlier revisions left in the cluster and the new one no longer wants."""
        return [each for each in self._unwanted() if self._is_removable(each, tell=False)]

    def _unwanted(self) -> list[Resource]:
        """Return what earlier revisions may have made and the new one does not want."""
        wanted = {each.id for each in (*self.desired.manifest.resources, *self.desired.manifest.crds)}
        return [each for each in self._owned() if each.id not in wanted]

    def _owned(self) -> Sequence[Resource]:
        """Return what earlier revisions may have made; what of it cannot be looked for is told."""
        owned = self.release.owned(self.desired.capabilities, self.desired.manifest)
        self.warnings += owned.warnings
        return owned.resources

    def _is_removable(self, resource: Resource, *, tell: bool = True) -> bool:
        """Return whether an object is there, ours and not to be kept; ``tell`` what speaks against it."""
        live = self.observation.live.get(resource.id)
        if resource.id in self.observation.unreadable:
            if tell:
                self.warnings.append(f"{resource.id} is left alone: {self.observation.unreadable[resource.id]}")
            return False
        if live is None or is_terminating(live):
            return False
        if resource.keep or _says_keep(live):
            if tell:
                self._change(Op.KEEP, resource.id, before=live, reason="helm.sh/resource-policy: keep")
            return False
        faults = owner_faults(live, self.desired.release)
        if faults and tell:
            self._change(Op.KEEP, resource.id, before=live, reason="it is not this release's any more")
            self.warnings.append(f"{resource.id} is left alone, since it is not this release's: {'; '.join(faults)}")
        return not faults

    def _delete(self, owned: Iterable[Resource]) -> list[ResourceId]:
        """Delete what may be deleted, kind after kind in uninstall order; return what will go."""
        going = []
        for group in _grouped(owned, lambda each: uninstall_rank(each.id.kind)):
            steps = []
            for each in group:
                if not self._is_removable(each):
                    continue
                uid = str(self.observation.live[each.id]["metadata"].get("uid", ""))
                steps.append((f"delete {each.id}", Delete(id=each.id, uid=uid, propagation=self.policy.cascade)))
                self._change(Op.DELETE, each.id, before=self.observation.live[each.id])
                going.append(each.id)
            self.graph.stage(steps)
        return going

    def _await_ready(self) -> None:
        resources = self.desired.manifest.resources
        if not self.policy.wait or not resources:
            return
        ready = WaitReady(
            resources=tuple(resources),
            timeout_seconds=self.policy.timeout_seconds,
            for_jobs=self.policy.wait_for_jobs,
            for_load_balancers=self.policy.wait_for_load_balancers,
            reads=tuple(self.applies),
        )
        self.graph.stage([("ready", ready)])

    def _supersede(self, number: int) -> None:
        """Mark older revisions as superseded; then forget the base."""
        self._mark_superseded(number)
        surplus = self._surplus()
        protected = self._protected()
        self.graph.stage(
            [self._forgotten(each, name) for each, name in surplus if each in protected and each in self._numbers()]
        )

    def _mark_superseded(self, number: int) -> None:
        """Mark revisions before that number which say that they are deployed, or half uninstalled, as superseded."""
        over = (Status.DEPLOYED, Status.UNINSTALLING)
        older = [each for each in self.release.revisions if each.number < number and each.status in over]
        self.graph.stage([("superseded", SaveRevision(revision=each.with_status(Status.SUPERSEDED))) for each in older])

    def _forget(self) -> None:
        """Delete the oldest records over the limit, but not those that a failure would go back to."""
        protected = self._protected()
        self.graph.stage([self._forgotten(each, name) for each, name in self._surplus() if each not in protected])

    def _protected(self) -> set[int]:
        """Return the revisions that count until the new one is deployed: the good one, and what may own objects."""
        base = self.release.deployed or self.release.base
        since = base.number if base else 0
        good = self._last_good()
        return {number for number in self._numbers() if number >= since or (good and number == good.number)}

    def _numbers(self) -> set[int]:
        return {each.number for each in self.release.revisions}

    def _surplus(self) -> list[tuple[int, str | None]]:
        """Return number and Secret of the oldest records over the limit, the new one counted."""
        if self.policy.history_max <= 0:
            return []
        records: list[tuple[int, str | None]] = [(each.number, None) for each in self.release.revisions]
        records += [(each.number, each.secret_name) for each in self.release.bad]
        records.sort(key=lambda each: each[0])
        return records[: max(len(records) + 1 - self.policy.history_max, 0)]

    def _forgotten(self, number: int, secret: str | None) -> tuple[str, DeleteRevision]:
        return ("forget", DeleteRevision(release=self.desired.release, number=number, secret_name=secret))

    def _on_failure(self, pending: Revision) -> OnFailure:
        words = {"install": "Release", "upgrade": "Upgrade", "rollback": "Rollback"}
        new = [each.id for each in self.desired.manifest.resources if self._verdict(each.id) is Verdict.NEW]
        wish: ReturnTo | RemoveAll | None = None
        if self.policy.rollback_on_failure and self.desired.operation == "install":
            wish = RemoveAll()
        elif self.policy.rollback_on_failure:
            good = self._last_good()
            if good is not None:
                wish = ReturnTo(number=good.number)
            else:
                self.warnings.append("there is no good revision to return to, should this one fail")
        return OnFailure(
            record=pending,
            describe=f'{words[self.desired.operation]} "{self.desired.release.name}" failed',
            cleanup=tuple(new) if self.policy.cleanup_on_fail else (),
            wish=wish,
        )

    def _last_good(self) -> Revision | None:
        """Return the newest revision that is deployed, or once was."""
        good = (Status.DEPLOYED, Status.SUPERSEDED)
        return self.release.deployed or next(
            (each for each in reversed(self.release.revisions) if each.status in good), None
        )

    # -- uninstall ------------------------------------------------------------------------------------------------

    def removal(self) -> Plan:
        """Return the plan of an uninstall: an upgrade to nothing, after which the records go too."""
        latest = self.desired.revision
        if self.observation.unreadable:
            listed = "".join(f"\n  {each}: {why}" for each, why in self.observation.unreadable.items())
            raise ReleaseError(
                f"release {self.desired.release} cannot be uninstalled: objects of it may not be read:{listed}",
                hint="ask for the right to read and delete them; nothing was deleted",
            )
        self._mark_interrupted()
        going = latest
        if latest is not None and latest.status is not Status.UNINSTALLED:
            text = self.policy.description or UNINSTALL_UNDERWAY
            going = replace(latest.with_status(Status.UNINSTALLING, text), deleted=self.now, marks={})
            self.graph.stage([("record", SaveRevision(revision=going))])
        owned = self._owned()
        deleted = self._delete(owned)
        for each in self.release.bad:
            self.warnings.append(
                f"revision {each.number} cannot be read ({each.reason}); objects that only it knows of are left"
            )
        if self.policy.wait:
            late = [each.id for each in owned if is_terminating(self.observation.live.get(each.id) or {})]
            if deleted or late:
                self.graph.stage([("gone", self._wait_gone([*deleted, *late]))])
        final = None
        if self.policy.keep_history and going is not None:
            final = going.with_status(Status.UNINSTALLED, self.desired.description)
            self._mark_superseded(going.number)
            self.graph.stage([("record", SaveRevision(revision=final))])
        else:
            records: list[tuple[int, str | None]] = [(each.number, each.secret_name) for each in self.release.bad]
            records += [(each.number, None) for each in self.release.revisions if going is None or each is not latest]
            for number, secret in sorted(records, key=lambda each: each[0]):
                self.graph.stage([self._forgotten(number, secret)])
            if latest is not None:
                self.graph.stage([self._forgotten(latest.number, None)])
        failed = OnFailure(record=going, describe=f'Uninstall of "{self.desired.release.name}" failed')
        return self._plan(final, failed if going is not None else None)

    # -- what both need -------------------------------------------------------------------------------------------

    def _verdict(self, id: ResourceId) -> Verdict:
        found = self.observation.verdicts.get(id)
        if found is not None:
            return found
        return Verdict.DIFFERS if id in self.observation.live else Verdict.NEW

    def _wait_gone(self, ids: Sequence[ResourceId]) -> WaitGone:
        uids = {
            each: str(self.observation.live[each]["metadata"].get("uid", ""))
            for each in ids
            if each in self.observation.live
        }
        return WaitGone(ids=tuple(ids), timeout_seconds=self.policy.timeout_seconds, uids=uids)

    def _change(
        self,
        op: Op,
        id: ResourceId,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        live = shown(before) if before is not None else None
        self.changes.append(Change(op=op, id=id, before=live, after=after, reason=reason))

    def _plan(self, revision: Revision | None, on_failure: OnFailure | None, *, unchanged: bool = False) -> Plan:
        return Plan(
            operation=self.desired.operation,
            release=self.desired.release,
            base_revision=self.release.next_number - 1,
            steps=self.graph.steps,
            changes=tuple(self.changes),
            on_failure=on_failure,
            revision=revision,
            unchanged=unchanged,
            warnings=tuple(dict.fromkeys((*self.desired.warnings, *self.observation.warnings, *self.warnings))),
        )


def _says_keep(live: Mapping[str, Any]) -> bool:
    annotations = (live.get("metadata") or {}).get("annotations") or {}
    policy = annotations.get("helm.sh/resource-policy") if isinstance(annotations, Mapping) else None
    return isinstance(policy, str) and policy.strip().lower() == "keep"


def _grouped(resources: Iterable[Resource], key: Any) -> list[list[Resource]]:
    """Return the resources in groups of one kind rank, in order; each group keeps its resources' order."""
    groups: dict[tuple[int, str], list[Resource]] = {}
    for each in resources:
        groups.setdefault(key(each), []).append(each)
    return [groups[each] for each in sorted(groups)]
