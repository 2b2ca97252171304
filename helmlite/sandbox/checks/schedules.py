"""Schedules of CronJobs: whether ``*/10 9-17 * * MON-FRI`` is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

DESCRIPTORS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Sequence[tuple[int, int, Mapping[str, int]]] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: index for index, name in enumerate(_MONTHS, 1)}),
    (0, 6, {name: index for index, name in enumerate(_DAYS)}),
)
"""Least and greatest number of each field, and the names of numbers."""


def schedule(text: str) -> Sequence[str]:
    """Return what is wrong with a schedule, in the words of the server's parser."""
    wrong = _fault(text) if text else ""
    return [wrong] if wrong else ()


def _fault(text: str) -> str:
    if "TZ" in text:
        return "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
    if text.startswith("@every "):
        span = text.removeprefix("@every ")
        is_good = re.fullmatch(r"([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+", span)
        return "" if is_good else f'failed to parse duration {text}: time: invalid duration "{span}"'
    if text.startswith("@"):
        return "" if text in DESCRIPTORS else f"unrecognized descriptor: {text}"
    parts = text.split()
    if len(parts) != len(_FIELDS):
        return f"expected exactly {len(_FIELDS)} fields, found {len(parts)}: [{' '.join(parts)}]"
    pairs = [(each, field) for whole, field in zip(parts, _FIELDS, strict=True) for each in whole.split(",")]
    return next(filter(None, (_range_fault(each, *field) for each, field in pairs)), "")


def _range_fault(text: str, least: int, most: int, known: Mapping[str, int]) -> str:
    """Return what is wrong with one range (``1-5``, ``*/10``), "" for a good one."""
    ends, *steps = text.split("/")
    limits = ends.split("-")
    if len(limits) > 2:
        return f"too many hyphens: {text}"
    if len(steps) > 1:
        return f"too many slashes: {text}"
    start, end = least, most
    try:
        if ends not in ("*", "?"):
            start = _number(limits[0], known)
            end = _number(limits[-1], known) if len(limits) > 1 or not steps else most
        step = _number(steps[0], {}) if steps else 1
    except ValueError as error:
        return str(error)
    if start < least:
        return f"beginning of range ({start}) below minimum ({least}): {text}"
    if end > most:
        return f"end of range ({end}) above maximum ({most}): {text}"
    if start > end:
        return f"beginning of range ({start}) beyond end of range ({end}): {text}"
    return "" if step else f"step of range should be a positive number: {text}"


def _number(text: str, known: Mapping[str, int]) -> int:
    if text.lower() in known:
        return known[text.lower()]
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)
