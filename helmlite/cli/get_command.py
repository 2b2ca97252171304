"""``helmlite get``: what a revision's record holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helmlite import documents
from helmlite.cli import options as o
from helmlite.cli.arguments import CommandGroup, HelpCommand
from helmlite.cli.failures import printable
from helmlite.cli.main import Function
from helmlite.cli.output import drop_empty, manifest_text, release_text, rfc3339, write, write_structured
from helmlite.cli.session import Session

if TYPE_CHECKING:
    from helmlite.release.release import Revision

KINDS = {
    "all": "helmlite get all shop",
    "values": "helmlite get values shop --all -o yaml",
    "manifest": "helmlite get manifest shop --revision 2",
    "hooks": "helmlite get hooks shop",
    "notes": "helmlite get notes shop",
    "metadata": "helmlite get metadata shop -o json",
}


def _revision(ctx: typer.Context, name: str, number: int) -> Any:
    from helmlite.action.listing import get_revision

    session: Session = ctx.obj
    return get_revision(session.configuration, name, number=number)


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(name="get", help="Show what a revision's record holds.", no_args_is_help=True, cls=CommandGroup)
    app.add_typer(group, rich_help_panel=None)

    def add(name: str) -> Callable[[Function], Function]:
        return group.command(name, cls=HelpCommand, epilog=KINDS[name])

    @add("all")
    def get_all(ctx: typer.Context, name: o.Release, revision: o.RevisionNumber = 0) -> None:
        """Show all of it: state, values, hooks, manifest, notes."""
        from helmlite.action.listing import computed_values

        found = _revision(ctx, name, revision)
        given = dict(found.config) if found.config else None
        values = f"USER-SUPPLIED VALUES:\n{documents.write(given)}\n"
        values += f"COMPUTED VALUES:\n{documents.write(computed_values(found))}\n"
        write(release_text(found, extra=values + manifest_text(found), with_chart=True))

    @add("values")
    def get_values(
        ctx: typer.Context,
        name: o.Release,
        all_: Annotated[bool, typer.Option("-a", "--all", help="The chart's defaults, too.")] = False,
        revision: o.RevisionNumber = 0,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """Show the values that the user gave."""
        from helmlite.action.listing import computed_values

        found = _revision(ctx, name, revision)
        values = computed_values(found) if all_ else (dict(found.config) if found.config else None)
        if output is o.Output.TABLE:
            write("COMPUTED VALUES:\n" if all_ else "USER-SUPPLIED VALUES:\n")
            write(documents.write(values))
        else:
            write_structured(values, output)

    @add("manifest")
    def get_manifest(ctx: typer.Context, name: o.Release, revision: o.RevisionNumber = 0) -> None:
        """Show the manifest as it is stored."""
        write(_revision(ctx, name, revision).manifest)

    @add("hooks")
    def get_hooks(ctx: typer.Context, name: o.Release, revision: o.RevisionNumber = 0) -> None:
        """Show the hooks as they are stored."""
        hooks = _revision(ctx, name, revision).hooks
        write("".join(f"---\n# Source: {each.path}\n{each.text.rstrip()}\n" for each in hooks))

    @add("notes")
    def get_notes(ctx: typer.Context, name: o.Release, revision: o.RevisionNumber = 0) -> None:
        """Show the notes."""
        notes = _revision(ctx, name, revision).notes
        if notes.strip():
            write(f"NOTES:\n{printable(notes.strip(chr(10)))}\n")

    @add("metadata")
    def get_metadata(
        ctx: typer.Context,
        name: o.Release,
        revision: o.RevisionNumber = 0,
        output: o.OutputOption = o.Output.TABLE,
    ) -> None:
        """Show which chart was deployed, and when."""
        found = _revision(ctx, name, revision)
        chart = found.chart.metadata if found.chart else {}
        row = {
            "name": found.id.name,
            "chart": chart.get("name", ""),
            "version": chart.get("version", ""),
            "appVersion": chart.get("appVersion", ""),
            **drop_empty(
                {
                    "annotations": chart.get("annotations"),
                    "labels": record_labels(found),
                    "dependencies": chart.get("dependencies"),
                }
            ),
            "namespace": found.id.namespace,
            "revision": found.number,
            "status": str(found.status),
            "deployedAt": rfc3339(found.last_deployed, whole_seconds=True),
            **drop_empty({"applyMethod": found.apply_method}),
        }
        if output is not o.Output.TABLE:
            write_structured(row, output)
            return
        methods = {"ssa": "server-side apply", "csa": "client-side apply"}
        lines = {
            "NAME": row["name"],
            "CHART": row["chart"],
            "VERSION": row["version"],
            "APP_VERSION": row["appVersion"],
            "ANNOTATIONS": pairs(row.get("annotations", {})),
            "LABELS": pairs(row["labels"]),
            "DEPENDENCIES": ",".join(str(each.get("name")) for each in row.get("dependencies", ())),
            "NAMESPACE": row["namespace"],
            "REVISION": row["revision"],
            "STATUS": row["status"],
            "DEPLOYED_AT": row["deployedAt"],
            "APPLY_METHOD": methods.get(found.apply_method, "client-side apply (defaulted)"),
        }
        write("".join(f"{title}: {printable(str(value))}\n" for title, value in lines.items()))


def record_labels(revision: Revision) -> dict[str, str]:
    """Return the labels of a revision's record: the user's, and those that Helm finds it by."""
    own = {"name": revision.id.name, "owner": "helm", "status": str(revision.status), "version": str(revision.number)}
    return dict(sorted({**revision.labels, **own}.items()))


def pairs(labels: Mapping[str, str]) -> str:
    """Return a mapping as ``key=value,key=value``."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
