"""What a release and its labels may be called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath

from helmlite.errors import UsageError

MAX_NAME = 53
RESERVED_LABELS = frozenset(("name", "owner", "status", "version", "createdAt", "modifiedAt"))
MARK_PREFIX = "helmlite.dev/"
"""What our own labels on a record begin with."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(
    r"(?:(?P<prefix>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*)/)?"
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)"
)


def check_release_name(name: str) -> None:
    """Return when ``name`` may be a release's; raises UsageError that says why not."""
    if not name:
        raise UsageError("a release needs a name")
    if len(name) > MAX_NAME:
        raise UsageError(f"the release name {name[:MAX_NAME]!r}... is longer than {MAX_NAME} characters")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a release's name",
            hint="lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
        )


def check_user_labels(labels: Mapping[str, str]) -> None:
    """Return when ``labels`` may be put on a record.

    Raises UsageError naming those that the record itself bears, or what is no label at all.
    """
    reserved = sorted(each for each in labels if each in RESERVED_LABELS or each.startswith(MARK_PREFIX))
    if reserved:
        raise UsageError(f"--labels: {', '.join(reserved)}: labels of the record itself cannot be set")
    for key, value in labels.items():
        found = _LABEL_KEY.fullmatch(key) if len(key) <= 317 else None
        if not found or len(found["prefix"] or "") > 253 or len(found["name"]) > 63:
            raise UsageError(
                f"--labels: {key[:80]!r} is no label key",
                hint="up to 63 letters, digits, '-', '_' or '.', if need be after a DNS name and '/'",
            )
        if len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
            raise UsageError(
                f"--labels: the value of {key} is no label value", hint="up to 63 letters, digits, '-', '_' or '.'"
            )


def generate_name(chart: str, now: datetime) -> str:
    """Return a made-up release name: the chart reference's last part up to its first dot, and the time."""
    last = PurePosixPath(chart.rstrip("/")).name.partition(".")[0].lower()
    base = re.sub(r"[^a-z0-9-]+", "-", last).strip("-") or "chart"
    return f"{base[:40].rstrip('-')}-{int(now.timestamp())}"
