"""Install and upgrade: a chart becomes the next revision of a release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from helmlite.action.charts import PLAIN, ChartSource
from helmlite.action.configuration import Configuration
from helmlite.action.deploy import Outcome, deploy, tried
from helmlite.action.desire import ChartWish, desire_chart
from helmlite.action.dry_run import DryRun
from helmlite.action.events import Note, Warned
from helmlite.action.prepare import ValuesLike, Workshop, opened, user_values
from helmlite.chart.chart import Chart
from helmlite.errors import ReleaseError, ReleaseNotFoundError, UsageError
from helmlite.kube.config import context_namespace
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.identity import ReleaseId
from helmlite.plan.build import build
from helmlite.plan.observation import Observation, Verdict
from helmlite.plan.policy import Desired, Policy
from helmlite.release.names import check_release_name, check_user_labels
from helmlite.release.release import Release, Status


def install(
    configuration: Configuration,
    name: str,
    chart: str | Path | Chart,
    *,
    source: ChartSource = PLAIN,
    values: ValuesLike = None,
    policy: Policy | None = None,
    dry_run: DryRun = DryRun.NONE,
    replace: bool = False,
    labels: Mapping[str, str] | None = None,
    skip_schema_validation: bool = False,
    subchart_notes: bool = False,
    stdin: Callable[[], str] | None = None,
) -> Outcome:
    """Return revision 1 of a new release, deployed; raises HelmliteError's family.

    ``chart`` is a loaded chart, a path, a URL or ``repository/name``, and ``source`` says which version of it, and how
    its server is asked; ``values`` what overrides its defaults. ``replace`` takes a name whose release is uninstalled
    (with its history kept) or failed.
    """
    policy = policy or Policy()
    release_id = _checked(configuration, name, labels, dry_run)
    wish = ChartWish(
        user=user_values(values, stdin=stdin),
        labels=labels or {},
        skip_schema_validation=skip_schema_validation,
        subchart_notes=subchart_notes,
    )

    def desired(release: Release, capabilities: Capabilities) -> Desired:
        latest = release.latest
        if release.exists:
            free = latest is not None and latest.status in (Status.UNINSTALLED, Status.FAILED)
            if not (replace and free):
                state = f"it is {latest.status}, revision {latest.number}" if latest else release.bad[-1].reason
                raise ReleaseError(
                    f"cannot reuse a name that is still in use: release {release_id} exists ({state})",
                    hint="use `helmlite upgrade`, another name, or --replace when it is failed or uninstalled"
                    if free
                    else "use `helmlite upgrade`, or another name",
                )
        made = desire_chart(configuration, wish, release, capabilities, policy, workshop, fresh=True)
        return _told(configuration, made, policy)

    with Workshop(configuration, opened(configuration, chart, source)) as workshop:
        if dry_run is DryRun.CLIENT:
            return _try_without_cluster(configuration, wish, release_id, policy, workshop)
        return deploy(configuration, release_id, desired, policy, dry_run=dry_run is DryRun.SERVER)


def upgrade(
    configuration: Configuration,
    name: str,
    chart: str | Path | Chart,
    *,
    source: ChartSource = PLAIN,
    values: ValuesLike = None,
    policy: Policy | None = None,
    dry_run: DryRun = DryRun.NONE,
    or_install: bool = False,
    labels: Mapping[str, str] | None = None,
    reset_values: bool = False,
    reuse_values: bool = False,
    reset_then_reuse_values: bool = False,
    skip_schema_validation: bool = False,
    subchart_notes: bool = False,
    stdin: Callable[[], str] | None = None,
) -> Outcome:
    """Return the next revision of a release, deployed; the one there is when nothing would change (``unchanged``).

    Without reuse flags the old values are kept when none are given, else only the given ones count (Helm's rule).
    ``or_install`` installs a release that does not exist, or is uninstalled with its history kept.
    """
    policy = policy or Policy()
    release_id = _checked(configuration, name, labels, dry_run)
    wish = ChartWish(
        user=user_values(values, stdin=stdin),
        labels=labels or {},
        reset_values=reset_values,
        reuse_values=reuse_values,
        reset_then_reuse_values=reset_then_reuse_values,
        skip_schema_validation=skip_schema_validation,
        subchart_notes=subchart_notes,
    )

    def desired(release: Release, capabilities: Capabilities) -> Desired:
        if not release.exists and not or_install:
            raise ReleaseNotFoundError(
                f"release {release_id} has no deployed releases: it does not exist", hint="add --install to create it"
            )
        if release.exists and release.base is None and not or_install:
            latest = release.latest
            state = f"the latest revision is {latest.status}" if latest else release.bad[-1].reason
            raise ReleaseError(
                f"release {release_id} has no deployed releases: {state}", hint="add --install to install it anew"
            )
        if not release.exists:
            configuration.emit(Note(text=f"release {release_id} does not exist: installing it now"))
        return _told(configuration, desire_chart(configuration, wish, release, capabilities, policy, workshop), policy)

    if dry_run is DryRun.CLIENT:
        if reuse_values or reset_then_reuse_values:
            raise UsageError(
                "the values of the release are in the cluster, which a dry run of the client does not ask",
                hint="use --dry-run=server",
            )
        text = "no cluster is asked, so this is what a first install would give; --dry-run=server looks at the release"
        configuration.emit(Warned(text=text))
    with Workshop(configuration, opened(configuration, chart, source)) as workshop:
        if dry_run is DryRun.CLIENT:
            return _try_without_cluster(configuration, wish, release_id, policy, workshop)
        return deploy(configuration, release_id, desired, policy, dry_run=dry_run is DryRun.SERVER)


def _checked(configuration: Configuration, name: str, labels: Mapping[str, str] | None, dry_run: DryRun) -> ReleaseId:
    check_release_name(name)
    check_user_labels(labels or {})
    client = dry_run is DryRun.CLIENT
    namespace = context_namespace(configuration.cluster_config) if client else configuration.namespace
    return ReleaseId(namespace=namespace, name=name)


def _told(configuration: Configuration, desired: Desired, policy: Policy) -> Desired:
    for text in desired.warnings:
        configuration.emit(Warned(text=text, source="chart"))
    if desired.manifest.hooks and policy.hooks:
        names = ", ".join(f"{each.kind}/{each.name} ({', '.join(each.events)})" for each in desired.manifest.hooks)
        configuration.emit(
            Warned(text=f"hooks are stored with the release but not run by this version of helmlite: {names}")
        )
    return replace(desired, warnings=())


def _try_without_cluster(
    configuration: Configuration, wish: ChartWish, id: ReleaseId, policy: Policy, workshop: Workshop
) -> Outcome:
    """Return the plan of a first install into an empty cluster of the newest known version, touching no network."""
    release, capabilities = Release(id=id), Capabilities.offline()
    desired = desire_chart(configuration, wish, release, capabilities, policy, workshop, with_cluster=False)
    desired = _told(configuration, desired, policy)
    verdicts = {each.id: Verdict.NEW for each in desired.manifest.resources}
    observation = Observation(release=release, capabilities=desired.capabilities, verdicts=verdicts)
    return tried(desired, build(desired, observation, policy, now=configuration.now()))
