"""Results as text for people, and as JSON and YAML for programs, in Helm's shapes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from helmlite import documents
from helmlite.cli.failures import printable
from helmlite.cli.options import Output
from helmlite.cli.progress import clear_lines
from helmlite.errors import HelmliteError

if TYPE_CHECKING:
    from helmlite.release.release import BadRecord, Revision

STATUS_COLORS = {"deployed": "32", "failed": "31", "superseded": "90", "uninstalled": "90"}


def write(text: str) -> None:
    """Print text to standard output as it is; raises HelmliteError where nothing can be written to it."""
    if sys.stdout is None:
        raise HelmliteError("standard output is closed: what this command has to say is lost")
    clear_lines()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # else Python would try again, and fail again, while it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise HelmliteError(
            f"standard output cannot be written: {error.strerror}; what this command has to say is lost"
        ) from None


def write_structured(value: Any, output: Output) -> None:
    """Print data as one line of JSON, or as YAML with sorted keys."""
    write(f"{documents.write_json(value)}\n" if output is Output.JSON else documents.write(value))


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, with_headers: bool = True) -> str:
    """Return columns padded with blanks and parted by a tab, as Helm's tables are."""
    lines = [list(headers), *map(list, rows)] if with_headers else [list(row) for row in rows]
    lines = [[printable(cell).replace("\n", " ") for cell in line] for line in lines]
    widths = [max((len(line[column]) for line in lines), default=0) for column in range(len(headers))]
    return "".join(
        "\t".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + "\n" for line in lines
    )


def ansi_date(moment: datetime | None) -> str:
    """Return a time as C's ``asctime`` writes it: ``Sun Nov 22 15:09:55 2026``."""
    if moment is None:
        return ""
    return f"{moment:%a %b} {moment.day:2d} {moment:%H:%M:%S %Y}"


def go_time(moment: datetime | None) -> str:
    """Return a time as Go prints it: ``2026-11-22 15:10:38.708791525 +0000 UTC``."""
    if moment is None:
        return ""
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    offset = f"{moment:%z}"
    zone = moment.tzname() or ""
    name = zone if zone and not zone.startswith("UTC+") and not zone.startswith("UTC-") else offset
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} {offset} {name}"


def rfc3339(moment: datetime | None, *, whole_seconds: bool = False) -> str:
    """Return a time in RFC 3339, empty when unknown."""
    if moment is None:
        return ""
    fraction = "" if whole_seconds else f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    offset = f"{moment:%z}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{'Z' if offset == '+0000' else offset[:3] + ':' + offset[3:]}"


def chart_label(revision: Revision | BadRecord) -> str:
    """Return ``NAME-VERSION`` of a revision's chart; MISSING without one, as Helm says."""
    chart = getattr(revision, "chart", None)
    return f"{chart.name}-{chart.version}" if chart is not None and chart.name else "MISSING"


def release_text(
    revision: Revision,
    *,
    resources: str = "",
    notes: bool = True,
    extra: str = "",
    show_description: bool = True,
    with_chart: bool = False,
) -> str:
    """Return the block that install, upgrade and status print about a release."""
    lines = [
        f"NAME: {revision.id.name}",
        f"LAST DEPLOYED: {ansi_date(revision.last_deployed)}",
        f"NAMESPACE: {revision.id.namespace}",
        f"STATUS: {revision.status}",
        f"REVISION: {revision.number}",
    ]
    if with_chart:
        chart = revision.chart
        lines += (
            [f"CHART: {chart.name}", f"VERSION: {chart.version}", f"APP_VERSION: {chart.app_version}"] if chart else []
        )
    if show_description:
        lines.append(f"DESCRIPTION: {printable(revision.description)}")
    if resources:
        lines.append(f"RESOURCES:\n{resources.rstrip()}\n")
    lines += test_suite(revision)
    text = "\n".join(lines) + "\n"
    if extra:
        text += extra
    if notes and revision.notes.strip():
        text += f"NOTES:\n{printable(revision.notes.strip(chr(10)))}\n"
    return text


def test_suite(revision: Revision) -> list[str]:
    """Return lines on the release's test hooks, of those that ran."""
    tests = [each for each in revision.hooks if "test" in each.events]
    if not tests:
        return ["TEST SUITE: None"]
    tests = [each for each in tests if each.last_run.started_at is not None]
    lines = []
    for each in tests:
        lines += [
            f"TEST SUITE:     {each.name}",
            f"Last Started:   {ansi_date(each.last_run.started_at)}",
            f"Last Completed: {ansi_date(each.last_run.completed_at)}",
            f"Phase:          {each.last_run.phase}",
        ]
    return lines


def manifest_text(revision: Revision) -> str:
    """Return the HOOKS and MANIFEST parts that a dry run and ``get all`` print."""
    hooks = "".join(f"---\n# Source: {each.path}\n{each.text.rstrip()}\n" for each in revision.hooks)
    return f"HOOKS:\n{hooks}MANIFEST:\n{revision.manifest}"


def drop_empty(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping without its empty values, as Go's omitempty leaves them out."""
    return {key: value for key, value in data.items() if value not in ("", None, 0, (), [], {})}
