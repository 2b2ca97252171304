"""``helmlite install``."""

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
helmlite install shop charts/shop
helmlite install shop charts/shop -n prod --create-namespace -f prod.yaml --set image.tag=4f2c1aa --wait
helmlite install shop charts/shop --dry-run=server
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "install", examples=EXAMPLES)
    @takes_source
    def install(
        ctx: typer.Context,
        source: ChartSource,
        words: Annotated[
            list[str],
            typer.Argument(
                metavar="[NAME] CHART",
                help="The release's name, and a chart: directory, archive, URL or REPOSITORY/NAME.",
                show_default=False,
                autocompletion=o.complete_chart,
            ),
        ],
        generate_name: Annotated[bool, typer.Option("-g", "--generate-name", help="Make up a name.")] = False,
        replace: Annotated[
            bool, typer.Option("--replace", help="Take the name of a failed or uninstalled release.")
        ] = False,
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
        take_ownership: o.TakeOwnership = False,
        force_conflicts: o.ForceConflicts = False,
        force_replace: o.ForceReplace = False,
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
        """Install a chart as a new release."""
        from helmlite.action.install import install as run

        session: Session = ctx.obj
        name, chart = name_and_chart(words, generate=generate_name)
        tried = o.dry_run_of(dry_run)
        if hide_secret and tried == "none":
            raise UsageError("--hide-secret is for a dry run only")
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
                create_namespace=create_namespace,
                description=description,
                pending_timeout_seconds=pending_timeout,
                take_over_pending=take_over_pending,
            ),
            dry_run=tried,
            replace=replace,
            labels=o.label_map(labels),
            skip_schema_validation=skip_schema_validation,
            subchart_notes=render_subchart_notes,
            stdin=session.read_stdin,
        )
        show_outcome(session, outcome, output, notes=not hide_notes, hide_secret=hide_secret)


def name_and_chart(words: list[str], *, generate: bool) -> tuple[str, str]:
    """Return the release's name and the chart from ``[NAME] CHART``; raises UsageError."""
    if len(words) > 2:
        raise UsageError(f"expected [NAME] CHART, got {len(words)} arguments: {' '.join(words)}")
    if len(words) == 2 and generate:
        raise UsageError("give a name or --generate-name, not both")
    if len(words) == 2:
        return words[0], words[1]
    if not generate:
        raise UsageError(
            "a release needs a name", hint="helmlite install NAME CHART, or --generate-name to have one made up"
        )
    from helmlite.action.configuration import utc_now
    from helmlite.release.names import generate_name

    return generate_name(words[0], utc_now()), words[0]
