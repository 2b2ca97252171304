"""Which names of files a chart may have."""

from __future__ import annotations

import re

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_unfit(name: str) -> bool:
    """Return whether a name holds what a terminal obeys or ends a line at, or bytes that were no UTF-8 text."""
    return _UNFIT.search(name) is not None
