"""``helmlite upgrade``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from helmlite.cli import options as o
from helmlite.cli.chart_source import complete_first, takes_source
from helmlite.cli.main import command
from helmlite.cli.outcome import show_outcome
from helmlite.cli.session import Session
from helmlite.errors import UsageError

if TYPE_CHECKING:
    from helmlite.action.charts import ChartSource

EXAMPLES = """
helmlite upgrade shop charts/shop --set image.tag=4f2c1aa --wait --rollback-on-failure
helmlite upgrade --install shop charts/shop -n prod --create-namespace -f prod.yaml
helmlite upgrade shop charts/shop --reuse-values --dry-run=server
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "upgrade", examples=EXAMPLES)
    @takes_source
    def upgrade(
        ctx: typer.Context,
        source: ChartSource,
        name: o.Release,
        chart: o.ChartPath,
        install: Annotated[
            bool, typer.Option("-i", "--install", help="Install the release if it does not exist.")
        ] = False,
        reset_values: Annotated[bool, typer.Option("--reset-values", help="Only the given values count.")] = False,
        reuse_values: Annotated[
            bool, typer.Option("--reuse-values", help="Old values and old chart defaults, under the given values.")
        ] = False,
        reset_then_reuse_values: Annotated[
            bool,
            typer.Option("--reset-then-reuse-values", help="Old values over new chart defaults, under the given ones."),
        ] = False,
        force_revision: o.ForceRevision = False,
        dependency_update: o.DependencyUpdate = False,
        values: o.ValueFiles = None,
        set_: o.SetValues = None,
        set_string: o.SetStrings = None,
        set_json: o.SetJson = None,
        set_file: o.SetFiles = None,
        set_literal: o.SetLiterals = None,
        skip_schema_validation: o.SkipSchema = False,
        create_namespace: o.CreateNamespace = False,
        dry_run: o.DryRunOption = o.DryRunWord.NONE,
        hide_secret: o.HideSecret = False,
        wait: o.WaitOption = o.WaitWord.HOOK_ONLY,
        wait_for_jobs: o.WaitForJobs = False,
        wait_for_load_balancers: o.WaitForBalancers = False,
        timeout: o.Timeout = 300.0,
        rollback_on_failure: o.RollbackOnFailure = False,
        cleanup_on_fail: o.CleanupOnFail = False,
        take_ownership: o.TakeOwnership = False,
        force_conflicts: o.ForceConflicts = False,
        force_replace: o.ForceReplace = False,
        history_max: o.HistoryMax = 10,
        no_hooks: o.NoHooks = False,
        skip_crds: o.SkipCrds = False,
        description: o.Description = "",
        labels: o.Labels = None,
        pending_timeout: o.PendingTimeout = 600.0,
        take_over_pending: o.TakeOverPending = False,
        render_subchart_notes: o.SubchartNotes = False,
        hide_notes: o.HideNotes = False,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """Upgrade a release to a chart and values; an upgrade that would change nothing makes no revision."""
        from helmlite.action.install import upgrade as run

        session: Session = ctx.obj
        tried = o.dry_run_of(dry_run)
        if hide_secret and tried == "none":
            raise UsageError("--hide-secret is for a dry run only")
        if create_namespace and not install:
            raise UsageError("--create-namespace needs --install")
        session.catch_interrupts()
        if dependency_update:
            complete_first(session, chart, source)
        outcome = run(
            session.configuration,
            name,
            chart,
            source=source,
            values=o.value_sources(
                values, json=set_json, set_=set_, string=set_string, file=set_file, literal=set_literal
            ),
            policy=o.policy_of(
                wait=o.waits(wait) or rollback_on_failure,
                wait_for_jobs=wait_for_jobs,
                wait_for_load_balancers=wait_for_load_balancers,
                timeout_seconds=timeout,
                hooks=not no_hooks,
                skip_crds=skip_crds,
                force_conflicts=force_conflicts,
                force_replace=force_replace,
                take_ownership=take_ownership,
                rollback_on_failure=rollback_on_failure,
                cleanup_on_fail=cleanup_on_fail,
                create_namespace=create_namespace,
                history_max=history_max,
                force_revision=force_revision,
                description=description,
                pending_timeout_seconds=pending_timeout,
                take_over_pending=take_over_pending,
            ),
            dry_run=tried,
            or_install=install,
            labels=o.label_map(labels),
            reset_values=reset_values,
            reuse_values=reuse_values,
            reset_then_reuse_values=reset_then_reuse_values,
            skip_schema_validation=skip_schema_validation,
            subchart_notes=render_subchart_notes,
            stdin=session.read_stdin,
        )
        show_outcome(session, outcome, output, notes=not hide_notes, hide_secret=hide_secret)
