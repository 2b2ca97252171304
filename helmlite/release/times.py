"""Times as Helm's records write them: RFC 3339 with up to nine digits of fraction."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def read_time(text: object) -> datetime | None:
    """Return a time, None for an empty or zero one; raises ValueError for what is none."""
    if text in (None, ""):
        return None
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise ValueError("no RFC 3339 time")
    year, month, day, hour, minute, second = (int(each) for each in found.groups()[:6])
    if year == 1:
        return None
    zone = found[8]
    if zone in "Zz":
        offset = UTC
    else:
        minutes = int(zone[1:3]) * 60 + int(zone[4:])
        offset = timezone(timedelta(minutes=minutes if zone[0] == "+" else -minutes))
    fraction = int((found[7] or "0").ljust(9, "0")[:6])
    return datetime(year, month, day, hour, minute, min(second, 59), fraction, tzinfo=offset)


def write_time(moment: datetime) -> str:
    """Return a time in RFC 3339, the fraction without trailing zeros."""
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    offset = moment.strftime("%z")
    zone = "Z" if offset in ("+0000", "") else f"{offset[:3]}:{offset[3:5]}"
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}{fraction}{zone}"
