"""``helmlite history``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from helmlite.cli import options as o
from helmlite.cli.main import command
from helmlite.cli.output import ansi_date, chart_label, rfc3339, table, write, write_structured
from helmlite.cli.session import Session

EXAMPLES = """
helmlite history shop
helmlite history shop --max 3 -o yaml
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "history", "hist", examples=EXAMPLES)
    def history(
        ctx: typer.Context,
        name: o.Release,
        limit: Annotated[int, typer.Option("--max", min=0, help="At most so many, the newest (0: all).")] = 256,
        show_rollback_revision: Annotated[
            bool, typer.Option("--show-rollback-revision", help="Show which revision a rollback went to.")
        ] = False,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """Show a release's revisions, oldest first; records that cannot be read are shown as such."""
        from helmlite.action.listing import history as run
        from helmlite.release.release import BadRecord

        session: Session = ctx.obj
        rows: list[dict[str, Any]] = []
        for each in run(session.configuration, name, limit=limit):
            if isinstance(each, BadRecord):
                row: dict[str, Any] = {"revision": each.number, "updated": "", "status": each.status}
                row |= {"chart": "UNREADABLE", "app_version": "", "description": each.reason}
            else:
                moment = each.last_deployed
                row = {
                    "revision": each.number,
                    "updated": ansi_date(moment) if output is o.Output.TABLE else rfc3339(moment),
                    "status": str(each.status),
                    "chart": chart_label(each),
                    "app_version": each.chart.app_version if each.chart else "",
                }
                if each.rollback_revision and (show_rollback_revision or output is not o.Output.TABLE):
                    row["rollback_revision"] = each.rollback_revision
                row["description"] = each.description
            rows.append(row)
        if output is not o.Output.TABLE:
            write_structured(rows, output)
            return
        columns = ["revision", "updated", "status", "chart", "app_version"]
        columns += ["rollback_revision"] if show_rollback_revision else []
        columns += ["description"]
        headers = [{"rollback_revision": "ROLLBACK"}.get(each, each.upper().replace("_", " ")) for each in columns]
        write(table(headers, [[str(row.get(each, "")) for each in columns] for row in rows]))
