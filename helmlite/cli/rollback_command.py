"""``helmlite rollback``."""

from __future__ import annotations

from typing import Annotated

import typer

from helmlite.cli import options as o
from helmlite.cli.main import command
from helmlite.cli.outcome import show_changes
from helmlite.cli.output import write
from helmlite.cli.session import Session

EXAMPLES = """
helmlite rollback shop              # to the last good revision before the latest
helmlite rollback shop 3 --wait
helmlite rollback shop 3 --dry-run
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "rollback", examples=EXAMPLES)
    def rollback(
        ctx: typer.Context,
        name: o.Release,
        revision: Annotated[int, typer.Argument(min=0, metavar="[REVISION]", help="0: the last good one.")] = 0,
        dry_run: o.DryRunOption = o.DryRunWord.NONE,
        wait: o.WaitOption = o.WaitWord.HOOK_ONLY,
        wait_for_jobs: o.WaitForJobs = False,
        wait_for_load_balancers: o.WaitForBalancers = False,
        timeout: o.Timeout = 300.0,
        cleanup_on_fail: o.CleanupOnFail = False,
        force_conflicts: o.ForceConflicts = False,
        force_replace: o.ForceReplace = False,
        history_max: o.HistoryMax = 10,
        no_hooks: o.NoHooks = False,
        description: o.Description = "",
        pending_timeout: o.PendingTimeout = 600.0,
        take_over_pending: o.TakeOverPending = False,
    ) -> None:
        """Return a release to what an earlier revision was, as a new revision."""
        from helmlite.action.rollback import rollback as run

        session: Session = ctx.obj
        tried = o.dry_run_of(dry_run) != "none"
        session.catch_interrupts()
        outcome = run(
            session.configuration,
            name,
            revision,
            policy=o.policy_of(
                wait=o.waits(wait),
                wait_for_jobs=wait_for_jobs,
                wait_for_load_balancers=wait_for_load_balancers,
                timeout_seconds=timeout,
                hooks=not no_hooks,
                force_conflicts=force_conflicts,
                force_replace=force_replace,
                cleanup_on_fail=cleanup_on_fail,
                history_max=history_max,
                description=description,
                force_revision=True,
                pending_timeout_seconds=pending_timeout,
                take_over_pending=take_over_pending,
            ),
            dry_run=tried,
        )
        session.clear_progress()
        if tried:
            show_changes(session, outcome)
        else:
            write(
                f"Rollback was a success: {name} is at revision {outcome.revision.number if outcome.revision else 0}\n"
            )
