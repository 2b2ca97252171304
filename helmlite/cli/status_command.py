"""``helmlite status``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from helmlite.cli import options as o
from helmlite.cli.failures import printable
from helmlite.cli.main import command
from helmlite.cli.output import release_text, write, write_structured
from helmlite.cli.session import Session

EXAMPLES = """
helmlite status shop
helmlite status shop --revision 2 -o json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "status", examples=EXAMPLES)
    def status(
        ctx: typer.Context,
        name: o.Release,
        revision: o.RevisionNumber = 0,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """Show a release: its state, its objects as they are now, its notes."""
        from helmlite.action.listing import status as run

        session: Session = ctx.obj
        shown = run(session.configuration, name, number=revision)
        for text in shown.warnings:
            sys.stderr.write(f"Warning: {printable(text)}\n")
        if output is o.Output.TABLE:
            write(release_text(shown.revision, resources=resources_text(shown.objects)))
            return
        from helmlite.manifest.redact import redact
        from helmlite.release.codec import to_record

        record = to_record(shown.revision)
        record.pop("chart", None)
        objects = {key: [redact(each) for each in bodies] for key, bodies in shown.objects.items()}
        record["info"] = {**record["info"], "resources": objects}
        write_structured(record, output)


def resources_text(objects: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return live objects by kind, each with its name and whether it is ready, and why not."""
    from helmlite.manifest.readiness import readiness

    parts = []
    for kind, bodies in objects.items():
        lines = [f"==> {kind}"]
        width = max(len(str(body["metadata"]["name"])) for body in bodies)
        for body in bodies:
            state = readiness(body)
            reason = f" ({printable(state.reason)})" if state.reason and str(state.state) != "ready" else ""
            lines.append(f"{body['metadata']['name']!s:{width}}   {state.state}{reason}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)
