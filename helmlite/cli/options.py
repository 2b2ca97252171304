"""The flags that several commands share, each defined once, with Helm's names and defaults."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from helmlite.cli.durations import seconds
from helmlite.errors import UsageError

if TYPE_CHECKING:
    from helmlite.action.dry_run import DryRun
    from helmlite.plan.policy import Policy
    from helmlite.values.layers import ValueSources


class Output(StrEnum):
    """What a command prints its result as."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


class Cascade(StrEnum):
    """How deleting an object treats those that it owns."""

    BACKGROUND = "background"
    FOREGROUND = "foreground"
    ORPHAN = "orphan"


class DryRunWord(StrEnum):
    """The values that ``--dry-run`` takes."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"
    TRUE = "true"
    FALSE = "false"


class WaitWord(StrEnum):
    """The values that ``--wait`` takes; all but hookOnly and false wait by watching."""

    WATCHER = "watcher"
    HOOK_ONLY = "hookOnly"
    LEGACY = "legacy"
    TRUE = "true"
    FALSE = "false"


def _duration(text: str | float) -> float:
    if isinstance(text, float):
        return text
    try:
        return seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def complete_chart(incomplete: str) -> list[str]:
    """Return the charts of repositories that a word may become; files are the shell's own matter."""
    from helmlite.cli.completion import charts

    return charts(incomplete)


def complete_version(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the versions that a word may become, of the chart that stands on the line."""
    from helmlite.cli.completion import versions

    # before the word that is missing was found to be missing, what stands before it was no argument yet
    return versions(ctx.args, incomplete)


VALUES = "Values"
CHART = "Chart"
WAIT = "Waiting and failing"
APPLY = "Applying"

Release = Annotated[str, typer.Argument(metavar="RELEASE", help="The release's name.", show_default=False)]
ChartPath = Annotated[
    str,
    typer.Argument(
        metavar="CHART",
        help="A chart directory or archive, its URL, or REPOSITORY/NAME.",
        show_default=False,
        autocompletion=complete_chart,
    ),
]
OutputOption = Annotated[Output, typer.Option("-o", "--output", help="Print as table, json or yaml.")]
RevisionNumber = Annotated[int, typer.Option("--revision", min=0, help="The revision to look at (0: the latest).")]

ValueFiles = Annotated[
    list[str] | None,
    typer.Option(
        "-f", "--values", metavar="FILE", help="Values from a YAML file, - for standard input; may be repeated."
    ),
]
SetValues = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a value: a.b=1,c[0]=x; may be repeated.")
]
SetStrings = Annotated[
    list[str] | None, typer.Option("--set-string", metavar="KEY=VALUE", help="Set a value that stays a string.")
]
SetJson = Annotated[
    list[str] | None, typer.Option("--set-json", metavar="KEY=JSON", help="Set a value from JSON, or several: {...}.")
]
SetFiles = Annotated[
    list[str] | None, typer.Option("--set-file", metavar="KEY=FILE", help="Set a value to the text of a file.")
]
SetLiterals = Annotated[
    list[str] | None, typer.Option("--set-literal", metavar="KEY=VALUE", help="Set a value to exactly this text.")
]
DependencyUpdate = Annotated[
    bool, typer.Option("--dependency-update", help="Fetch what the chart's directory declares, where it is missing.")
]
SkipSchema = Annotated[
    bool, typer.Option("--skip-schema-validation", help="Do not check the values against values.schema.json.")
]
SubchartNotes = Annotated[bool, typer.Option("--render-subchart-notes", help="Print the notes of subcharts too.")]
HideNotes = Annotated[bool, typer.Option("--hide-notes", help="Do not print the notes.")]
HideSecret = Annotated[bool, typer.Option("--hide-secret", help="Hide the data of Secrets in what a dry run prints.")]
DryRunOption = Annotated[
    DryRunWord,
    typer.Option("--dry-run", help="Only show what would happen; client touches no cluster, server asks it."),
]
PlainDryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would happen.")]
WaitOption = Annotated[
    WaitWord, typer.Option("--wait", help="Wait until all objects are ready. A bare --wait means watcher.")
]
WaitForJobs = Annotated[bool, typer.Option("--wait-for-jobs", help="With --wait: until all Jobs have ended well, too.")]
WaitForBalancers = Annotated[
    bool, typer.Option("--wait-for-load-balancers", help="With --wait: until load balancers have addresses, too.")
]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="DURATION", parser=_duration, help="How long each wait may take.")
]
IndexTimeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        parser=_duration,
        help="How long fetching an index may take in all.",
        show_default="2m",
    ),
]
PendingTimeout = Annotated[
    float,
    typer.Option(
        "--pending-timeout",
        metavar="DURATION",
        parser=_duration,
        help="Age at which another program's unfinished revision counts as dead.",
    ),
]
TakeOverPending = Annotated[
    bool, typer.Option("--take-over-pending", help="Another program's unfinished revision is dead: go on at once.")
]
NoHooks = Annotated[bool, typer.Option("--no-hooks", help="Do not run hooks.")]
SkipCrds = Annotated[bool, typer.Option("--skip-crds", help="Do not create the CRDs of crds/.")]
Description = Annotated[str, typer.Option("--description", help="The revision's description.")]
Labels = Annotated[
    list[str] | None, typer.Option("-l", "--labels", metavar="KEY=VALUE", help="Labels of the release's record.")
]
HistoryMax = Annotated[
    int, typer.Option("--history-max", min=0, envvar="HELM_MAX_HISTORY", help="Revisions to keep (0: all).")
]
ForceConflicts = Annotated[bool, typer.Option("--force-conflicts", help="Take over fields that other managers own.")]
ForceReplace = Annotated[
    bool, typer.Option("--force-replace", "--force", help="Replace whole objects instead of applying fields.")
]
TakeOwnership = Annotated[
    bool, typer.Option("--take-ownership", help="Take objects that exist and are not this release's.")
]
RollbackOnFailure = Annotated[
    bool,
    typer.Option("--rollback-on-failure", "--atomic", help="Go back to the last good state on failure; waits."),
]
CleanupOnFail = Annotated[bool, typer.Option("--cleanup-on-fail", help="Delete what a failed run has created.")]
CreateNamespace = Annotated[bool, typer.Option("--create-namespace", help="Create the release's namespace if missing.")]
ForceRevision = Annotated[
    bool, typer.Option("--force-revision", help="Make a new revision even if nothing would change.")
]
KeepHistory = Annotated[bool, typer.Option("--keep-history", help="Keep the release's records, marked uninstalled.")]


def label_map(pairs: Sequence[str] | None) -> dict[str, str]:
    """Return ``["a=1,b=2"]`` as a mapping; raises UsageError."""
    found: dict[str, str] = {}
    for pair in (part for each in pairs or () for part in each.split(",") if part):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"--labels {pair}: give KEY=VALUE")
        found[key] = value
    return found


def value_sources(
    files: Sequence[str] | None,
    *,
    json: Sequence[str] | None,
    set_: Sequence[str] | None,
    string: Sequence[str] | None,
    file: Sequence[str] | None,
    literal: Sequence[str] | None,
) -> ValueSources:
    """Return the flags of the values as one."""
    from helmlite.values.layers import ValueSources

    return ValueSources(
        files=file_list(files),
        set_json=json or (),
        set=set_ or (),
        set_string=string or (),
        set_file=file or (),
        set_literal=literal or (),
    )


def file_list(files: Sequence[str] | None) -> list[str]:
    """Return the values files, each flag split at its commas, as Helm does."""
    return [part for each in files or () for part in each.split(",") if part]


def dry_run_of(word: DryRunWord) -> DryRun:
    """Return what a word of ``--dry-run`` means; true is client."""
    from helmlite.action.dry_run import DryRun

    names = {DryRunWord.TRUE: DryRun.CLIENT, DryRunWord.FALSE: DryRun.NONE}
    return names.get(word) or DryRun(word.value)


def waits(word: WaitWord) -> bool:
    """Return whether a word of ``--wait`` asks to wait for objects."""
    return word not in (WaitWord.HOOK_ONLY, WaitWord.FALSE)


def policy_of(**flags: object) -> Policy:
    """Return the policy that flags decide; a missing one has the policy's default."""
    from helmlite.plan.policy import Policy

    return Policy(**flags)  # type: ignore[arg-type]  # the commands pass the policy's own field names
