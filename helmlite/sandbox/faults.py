"""Faults to order, for tests of clients: an error in place of the N-th answer, a dropped connection, a delay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACTIONS = ("answer", "drop", "drop-after", "delay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to some requests: those whose ``METHOD path`` a pattern matches as a whole.

    ``action``: ``answer`` gives ``status`` and carries nothing out; ``drop`` closes the connection before the request
    is carried out, ``drop-after`` afterwards, before the answer; ``delay`` waits ``seconds`` first. It happens to the
    ``nth`` such request (from 1) and the ``times - 1`` after it; ``times`` 0 means to all from then on.
    """

    pattern: str = ".*"
    action: str = "answer"
    status: int = 503
    seconds: float = 0.0
    nth: int = 1
    times: int = 1
    retry_after: int | None = None

    @classmethod
    def of(cls, body: Any) -> Fault:
        """Return the fault that JSON orders; raises ValueError with what is wrong."""
        if not isinstance(body, Mapping):
            raise ValueError("a fault is a mapping")
        fields: Mapping[str, type | tuple[type, ...]] = {
            **dict.fromkeys(("pattern", "action"), str),
            **dict.fromkeys(("status", "nth", "times", "retry_after"), int),
            "seconds": (int, float),
        }
        for key, value in body.items():
            if key not in fields:
                raise ValueError(f"{key}: no such field; there are {', '.join(fields)}")
            if not isinstance(value, fields[key]) or isinstance(value, bool):
                raise ValueError(f"{key}: {value!r} is of the wrong type")
        made = cls(**body)
        if made.action not in ACTIONS:
            raise ValueError(f"action: {made.action!r} is none of {', '.join(ACTIONS)}")
        if not 400 <= made.status <= 599:
            raise ValueError(f"status: {made.status} is no error's")
        try:
            re.compile(made.pattern)
        except re.error as error:
            raise ValueError(f"pattern: {error}") from None
        return made


class Faults:
    """The faults that are ordered now, in that order; each counts the requests that it matches."""

    def __init__(self) -> None:
        self._ordered: list[tuple[Fault, list[int]]] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        self._ordered.append((fault, [0]))

    def clear(self) -> None:
        """Order no fault any longer."""
        self._ordered.clear()

    def of(self, method: str, path: str) -> Fault | None:
        """Return the first fault that this request meets, None for none; all that match it are counted."""
        found = None
        for fault, count in self._ordered:
            if not re.fullmatch(fault.pattern, f"{method} {path}"):
                continue
            count[0] += 1
            due = count[0] >= fault.nth and (not fault.times or count[0] < fault.nth + fault.times)
            if due and found is None:
                found = fault
        return found
