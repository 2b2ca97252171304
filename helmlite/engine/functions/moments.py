"""Times and durations. The clock is the one of the command: every ``now()`` of one rendering is the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, number, text_of
from helmlite.engine.functions.scope import FunctionScope

_UNITS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})(ms|us|µs|ns|[wdhms])", re.ASCII)
_FORMATS = "aAbBdHIjmMpSUWyYzZ%"


def _duration(value: Any) -> float:
    """Return seconds; text is written as in Go: ``1h30m``, and with days and weeks."""
    if not isinstance(value, str):
        return number(value)
    text = value.strip()
    sign, text = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    total, at = 0.0, 0
    for found in _PART.finditer(text):
        if found.start() != at:
            break
        total += float(found[1]) * _UNITS[found[2]]
        at = found.end()
    if not text or at != len(text):
        raise TemplateFailure("this is no duration", hint="Write it as in 1h30m, 45s or 7d.")
    return sign * total


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        except ValueError:
            raise TemplateFailure("this is no time", hint="Write it as in 2026-01-31T12:00:00Z.") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return datetime.fromtimestamp(number(value), UTC)
    except (OverflowError, OSError, ValueError):
        raise TemplateFailure("this number is no time") from None


def _written(moment: datetime) -> str:
    text = moment.isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")


def moments(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""

    def date(value: Any, pattern: str = "%Y-%m-%d") -> str:
        wanted = text_of(pattern)
        signs = re.findall(r"%(.?)", wanted)
        if any(sign not in _FORMATS or not sign for sign in signs) or len(wanted) > 200:
            raise TemplateFailure(
                "this is no format of a time", hint="It has %Y, %m, %d, %H, %M, %S, %j, %a, %b, %z ..."
            )
        return _moment(value).strftime(wanted)

    def modify(value: Any, by: Any) -> str:
        try:
            return _written(_moment(value) + timedelta(seconds=_duration(by)))
        except OverflowError:
            raise TemplateFailure("that time is too far away") from None

    def written_duration(value: Any) -> str:
        seconds = _duration(value)
        whole = round(abs(seconds))
        parts = [(whole // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s")]
        while len(parts) > 1 and parts[0][0] == 0:
            parts.pop(0)
        return ("-" if seconds < 0 and whole else "") + "".join(f"{count}{unit}" for count, unit in parts)

    return Section(
        title="Times and durations",
        functions=[
            Function(
                name="now",
                call=lambda: _written(scope.now.astimezone(UTC)),
                usage="now()",
                does="the time of this rendering in UTC, such as 2026-01-31T12:00:00Z; what uses it differs each time",
                examples=[("now() | date('%Y')", "2026")],
                as_filter=False,
            ),
            Function(
                name="date",
                call=date,
                usage="time | date(format='%Y-%m-%d')",
                does="a time (text, or seconds since 1970) in a format of %Y, %m, %d, %H, %M, %S, %j, %a, %b, %z ...",
                examples=[
                    ("'2026-01-31T12:30:00Z' | date('%d.%m.%Y %H:%M')", "31.01.2026 12:30"),
                    ("0 | date", "1970-01-01"),
                ],
            ),
            Function(
                name="date_modify",
                call=modify,
                usage="time | date_modify(duration)",
                does="the time moved by a duration",
                examples=[("'2026-01-31T12:00:00Z' | date_modify('-36h')", "2026-01-30T00:00:00Z")],
            ),
            Function(
                name="unix",
                call=lambda value: int(_moment(value).timestamp()),
                usage="time | unix",
                does="seconds since 1970",
                examples=[("'1970-01-02T00:00:00Z' | unix", "86400")],
            ),
            Function(
                name="duration_seconds",
                call=_duration,
                usage="duration | duration_seconds",
                does="the seconds of a duration such as 1h30m, 7d or 250ms",
                examples=[("'1h30m' | duration_seconds", "5400.0")],
            ),
            Function(
                name="duration",
                call=written_duration,
                usage="seconds | duration",
                does="a number of seconds as hours, minutes and seconds",
                examples=[("5400 | duration", "1h30m0s")],
            ),
        ],
    )
