"""``helmlite list``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from helmlite.cli import options as o
from helmlite.cli.main import command
from helmlite.cli.output import STATUS_COLORS, chart_label, go_time, table, write, write_structured
from helmlite.cli.session import Session

HEADERS = ("NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION")
EXAMPLES = """
helmlite list -A
helmlite list --failed -o json
helmlite list -q | xargs -n1 helmlite status
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "list", "ls", examples=EXAMPLES)
    def list_(
        ctx: typer.Context,
        all_namespaces: Annotated[bool, typer.Option("-A", "--all-namespaces", help="Of every namespace.")] = False,
        deployed: Annotated[bool, typer.Option("--deployed", help="Only deployed ones.")] = False,
        failed: Annotated[bool, typer.Option("--failed", help="Only failed ones.")] = False,
        pending: Annotated[bool, typer.Option("--pending", help="Only unfinished ones.")] = False,
        superseded: Annotated[bool, typer.Option("--superseded", help="Only superseded revisions.")] = False,
        uninstalled: Annotated[bool, typer.Option("--uninstalled", help="Only uninstalled ones.")] = False,
        uninstalling: Annotated[bool, typer.Option("--uninstalling", help="Only those being uninstalled.")] = False,
        name_filter: Annotated[str, typer.Option("-f", "--filter", help="Regular expression for the name.")] = "",
        selector: Annotated[str, typer.Option("-l", "--selector", help="Label selector over the records.")] = "",
        date: Annotated[bool, typer.Option("-d", "--date", help="Sort by date, the oldest first.")] = False,
        reverse: Annotated[bool, typer.Option("-r", "--reverse", help="Reverse the order.")] = False,
        limit: Annotated[int, typer.Option("-m", "--max", min=0, help="At most so many (0: all).")] = 256,
        offset: Annotated[int, typer.Option("--offset", min=0, help="Leave out the first ones.")] = 0,
        short: Annotated[bool, typer.Option("-q", "--short", help="Only names.")] = False,
        no_headers: Annotated[bool, typer.Option("--no-headers", help="No header line.")] = False,
        time_format: Annotated[
            str, typer.Option("--time-format", metavar="STRFTIME", help="How to print times, as date(1) has it.")
        ] = "",
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """List releases."""
        from helmlite.action.listing import list_releases
        from helmlite.release.release import BadRecord, Revision, Status

        session: Session = ctx.obj
        chosen = [
            *([Status.DEPLOYED] if deployed else []),
            *([Status.FAILED] if failed else []),
            *([Status.PENDING_INSTALL, Status.PENDING_UPGRADE, Status.PENDING_ROLLBACK] if pending else []),
            *([Status.SUPERSEDED] if superseded else []),
            *([Status.UNINSTALLED] if uninstalled else []),
            *([Status.UNINSTALLING] if uninstalling else []),
        ]
        found = list_releases(
            session.configuration,
            all_namespaces=all_namespaces,
            statuses=tuple(chosen),
            name_filter=name_filter,
            selector=selector,
            by_date=date,
            reverse=reverse,
            limit=limit,
            offset=offset,
        )
        rows: list[dict[str, Any]] = []
        for each in found:
            moment = None if isinstance(each, BadRecord) else each.last_deployed
            updated = moment.strftime(time_format) if moment and time_format else go_time(moment)
            rows.append(
                {
                    "name": each.id.name,
                    "namespace": each.id.namespace,
                    "revision": str(each.number),
                    "updated": updated,
                    "status": str(each.status),
                    "chart": f"UNREADABLE ({each.reason})" if isinstance(each, BadRecord) else chart_label(each),
                    "app_version": each.chart.app_version if isinstance(each, Revision) and each.chart else "",
                }
            )
        if short:
            names = [row["name"] for row in rows]
            if output is o.Output.TABLE:
                write("".join(f"{name}\n" for name in names))
            else:
                write_structured(names, output)
        elif output is o.Output.TABLE:
            text = table(HEADERS, [list(row.values()) for row in rows], with_headers=not no_headers)
            write(paint(session, text) if rows or not no_headers else "")
        else:
            write_structured(rows, output)


def paint(session: Session, text: str) -> str:
    """Return a table with its status words coloured, on a terminal."""
    import sys

    if not session.colors(sys.stdout):
        return text
    lines = []
    for line in text.splitlines():
        cells = line.split("\t")
        code = STATUS_COLORS.get(cells[4].strip()) if len(cells) > 4 else None
        if code:
            cells[4] = f"\x1b[{code}m{cells[4]}\x1b[0m"
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"
