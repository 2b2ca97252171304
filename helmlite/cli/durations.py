"""Durations as Go writes them (``5m0s``, ``1h30m``), in seconds."""

from __future__ import annotations

import re

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|us|ns|s)")


def seconds(text: str) -> float:
    """Return the seconds of ``5m0s`` or of a plain number; raises ValueError for anything else or less than zero."""
    trimmed = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", trimmed):
        return float(trimmed)
    parts = _PART.findall(trimmed)
    if not parts or "".join(number + unit for number, unit in parts) != trimmed:
        raise ValueError(f"{text!r} is no duration (like 90s, 5m or 1h30m)")
    return sum(float(number) * UNITS[unit] for number, unit in parts)
