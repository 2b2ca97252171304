"""What install, upgrade, rollback and uninstall print of how they ended, or of what they would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helmlite import documents
from helmlite.cli.options import Output
from helmlite.cli.output import manifest_text, release_text, write, write_structured
from helmlite.cli.session import Session

if TYPE_CHECKING:
    from helmlite.action.deploy import Outcome
    from helmlite.release.release import Revision

SIGNS = {"create": ("+", "32"), "update": ("~", "33"), "delete": ("-", "31"), "keep": ("=", "36"), "same": (" ", "90")}


def show_outcome(session: Session, outcome: Outcome, output: Output, *, notes: bool, hide_secret: bool) -> None:
    """Print an install's or upgrade's result: the release block, or the record as JSON or YAML."""
    session.clear_progress()
    revision = outcome.revision
    if revision is None:
        return
    tried = not outcome.executed and not outcome.unchanged
    if hide_secret:
        revision = without_secrets(revision)
    if output is not Output.TABLE:
        from helmlite.plan.codec import to_data
        from helmlite.release.codec import to_record

        record = to_record(revision)
        if tried:
            record = {**record, "plan": to_data(outcome.plan)}
        write_structured(record, output)
        return
    name = revision.id.name
    if outcome.unchanged:
        write(f'Release "{name}" is unchanged: revision {revision.number} is what this chart and these values give.\n')
    elif not tried and outcome.plan.operation == "upgrade":
        write(f'Release "{name}" has been upgraded.\n')
    if tried:
        show_changes(session, outcome)
    write(release_text(revision, notes=notes, extra=manifest_text(revision) if tried else ""))


def show_changes(session: Session, outcome: Outcome) -> None:
    """Print the plan: what would be done to which object, and how many stay as they are."""
    import sys

    plan = outcome.plan
    color = session.colors(sys.stdout)
    if plan.unchanged:
        write(f"Dry run: {plan.operation} of {plan.release} would change nothing.\n")
        return
    write(f"Dry run: {plan.operation} of {plan.release} would do this; nothing was written.\n")
    same = 0
    for change in plan.changes:
        if change.op == "same":
            same += 1
            continue
        sign, code = SIGNS[str(change.op)]
        line = f"  {sign} {change.op} {change.id}" + (f" ({change.reason})" if change.reason else "")
        write(f"\x1b[{code}m{line}\x1b[0m\n" if color else f"{line}\n")
    if same:
        write(f"    {same} {'object stays as it is' if same == 1 else 'objects stay as they are'}\n")
    for text in plan.warnings:
        write(f"  ! {text}\n")


def without_secrets(revision: Revision) -> Revision:
    """Return the revision with the Secrets of its manifest and hooks named but not shown."""
    from dataclasses import replace

    def hidden(text: str) -> str:
        body = documents.read(text, duplicates="last").data
        is_secret = isinstance(body, dict) and body.get("kind") == "Secret"
        return "# HIDDEN: The Secret output has been suppressed\n" if is_secret else text

    parts = [each for each in revision.manifest.split("---\n# Source: ") if each.strip()]
    texts = []
    for part in parts:
        source, _, text = part.partition("\n")
        texts.append(f"---\n# Source: {source}\n{hidden(text)}")
    hooks = [replace(each, text=hidden(each.text)) for each in revision.hooks]
    return replace(revision, manifest="".join(texts), hooks=hooks)
