"""``helmlite show``: what a chart says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from helmlite.cli import options as o
from helmlite.cli.arguments import CommandGroup, HelpCommand
from helmlite.cli.chart_source import takes_source
from helmlite.cli.main import Function
from helmlite.cli.output import write

if TYPE_CHECKING:
    from helmlite.action.charts import ChartSource

EXAMPLES = {
    "chart": "helmlite show chart charts/shop",
    "values": "helmlite show values charts/shop > my-values.yaml",
    "readme": "helmlite show readme charts/shop",
    "crds": "helmlite show crds charts/shop",
    "all": "helmlite show all charts/shop",
}


def register(app: typer.Typer) -> None:
    """Add the group and its commands, and ``inspect`` as its old name."""
    group = typer.Typer(help="Show what a chart says of itself.", no_args_is_help=True, cls=CommandGroup)
    app.add_typer(group, name="show")
    app.add_typer(group, name="inspect", hidden=True)

    def add(name: str) -> Callable[[Function], Function]:
        return group.command(name, cls=HelpCommand, epilog=EXAMPLES[name])

    @add("chart")
    @takes_source
    def show_chart(ctx: typer.Context, source: ChartSource, chart: o.ChartPath) -> None:
        """Show Chart.yaml."""
        from helmlite.action import show

        write(show.chart_text(show.open_for_show(ctx.obj.configuration, chart, source)))

    @add("values")
    @takes_source
    def show_values(ctx: typer.Context, source: ChartSource, chart: o.ChartPath) -> None:
        """Show values.yaml as its author wrote it."""
        from helmlite.action import show

        write(show.values_text(show.open_for_show(ctx.obj.configuration, chart, source)))

    @add("readme")
    @takes_source
    def show_readme(ctx: typer.Context, source: ChartSource, chart: o.ChartPath) -> None:
        """Show the README."""
        from helmlite.action import show

        write(show.readme_text(show.open_for_show(ctx.obj.configuration, chart, source)))

    @add("crds")
    @takes_source
    def show_crds(ctx: typer.Context, source: ChartSource, chart: o.ChartPath) -> None:
        """Show the CRDs of crds/."""
        from helmlite.action import show

        write(show.crds_text(show.open_for_show(ctx.obj.configuration, chart, source)))

    @add("all")
    @takes_source
    def show_all(ctx: typer.Context, source: ChartSource, chart: o.ChartPath) -> None:
        """Show all of these, one after another."""
        from helmlite.action import show

        opened = show.open_for_show(ctx.obj.configuration, chart, source)
        parts = [show.chart_text(opened), show.values_text(opened), show.readme_text(opened), show.crds_text(opened)]
        write("---\n".join(part if part.endswith("\n") else f"{part}\n" for part in parts if part))
