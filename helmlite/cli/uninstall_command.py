"""``helmlite uninstall``."""

from __future__ import annotations

from typing import Annotated

import typer

from helmlite.cli import options as o
from helmlite.cli.main import command
from helmlite.cli.outcome import show_changes
from helmlite.cli.output import write
from helmlite.cli.session import Session
from helmlite.errors import ReleaseNotFoundError

EXAMPLES = """
helmlite uninstall shop -n prod --wait
helmlite uninstall shop --keep-history
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "uninstall", "del", "delete", "un", examples=EXAMPLES)
    def uninstall(
        ctx: typer.Context,
        names: Annotated[list[str], typer.Argument(metavar="RELEASE...", help="The releases to remove.")],
        dry_run: o.PlainDryRun = False,
        keep_history: o.KeepHistory = False,
        ignore_not_found: Annotated[
            bool, typer.Option("--ignore-not-found", help="A release that does not exist is fine.")
        ] = False,
        cascade: Annotated[
            o.Cascade, typer.Option("--cascade", help="What becomes of objects that the deleted ones own.")
        ] = o.Cascade.BACKGROUND,
        wait: o.WaitOption = o.WaitWord.HOOK_ONLY,
        timeout: o.Timeout = 300.0,
        no_hooks: o.NoHooks = False,
        description: o.Description = "",
        pending_timeout: o.PendingTimeout = 600.0,
        take_over_pending: o.TakeOverPending = False,
    ) -> None:
        """Remove releases: their objects, then their records."""
        from helmlite.action.uninstall import uninstall as run

        session: Session = ctx.obj
        session.catch_interrupts()
        for name in names:
            try:
                outcome = run(
                    session.configuration,
                    name,
                    policy=o.policy_of(
                        wait=o.waits(wait),
                        timeout_seconds=timeout,
                        hooks=not no_hooks,
                        keep_history=keep_history,
                        cascade=cascade.value.capitalize(),
                        description=description,
                        pending_timeout_seconds=pending_timeout,
                        take_over_pending=take_over_pending,
                    ),
                    dry_run=dry_run,
                )
            except ReleaseNotFoundError:
                if not ignore_not_found:
                    raise
                write(f'release "{name}" does not exist\n')
                continue
            session.clear_progress()
            if dry_run:
                show_changes(session, outcome)
                continue
            kept = [each for each in outcome.plan.changes if each.op == "keep"]
            if kept:
                write("These objects were kept:\n")
                write("".join(f"  {each.id}{f' ({each.reason})' if each.reason else ''}\n" for each in kept))
            write(f'release "{name}" uninstalled\n')
