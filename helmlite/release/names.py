"""What a release and its labels may be called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath

from helmlite.errors import ReleaseError, UsageError

MAX_NAME = 53
RESERVED_LABELS = frozenset(("name", "owner", "status", "version", "createdAt", "modifiedAt"))
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")


def check_release_name(name: str) -> None:
    """Return when ``name`` may be a release's; raises UsageError that says why not."""
    if not name:
        raise UsageError("a release needs a name")
    if len(name.encode()) > MAX_NAME:
        raise UsageError(f"the release name {name!r} is longer than {MAX_NAME} characters")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a release's name",
            hint="lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
        )


def check_user_labels(labels: Mapping[str, str]) -> None:
    """Return when ``labels`` may be put on a record; raises ReleaseError naming those that may not."""
    reserved = sorted(RESERVED_LABELS & set(labels))
    if reserved:
        raise ReleaseError(f"labels {', '.join(reserved)} are reserved for the record itself")
    for key, value in labels.items():
        if len(key) > 317 or not _LABEL_KEY.fullmatch(key):
            raise UsageError(f"--labels: {key!r} is no label key")
        if len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
            raise UsageError(
                f"--labels: the value of {key} is no label value", hint="63 letters, digits, '-', '_' or '.'"
            )


def generate_name(chart: str, now: datetime) -> str:
    """Return a made-up release name: the chart reference's last part up to its first dot, and the time."""
    last = PurePosixPath(chart.rstrip("/")).name.partition(".")[0].lower()
    base = re.sub(r"[^a-z0-9-]+", "-", last).strip("-") or "chart"
    return f"{base[:40].rstrip('-')}-{int(now.timestamp())}"
