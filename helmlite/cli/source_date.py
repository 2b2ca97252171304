"""SOURCE_DATE_EPOCH: the time that everything gets which is to be the same on another day."""

from __future__ import annotations

import os
import re

from helmlite.errors import UsageError

LATEST = 2**33 - 1
"""The latest time that a tar header holds, in the year 2242."""


def source_date() -> int | None:
    """Return the seconds since 1970 that SOURCE_DATE_EPOCH says, None where it is not set; raises UsageError."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,11}", text) or int(text) > LATEST:
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {text!r}: it is whole seconds since 1970, up to {LATEST}",
            hint="set it to the time of the last commit: $(git log -1 --format=%ct)",
        )
    return int(text)
