"""Checks of amounts of resources: of containers, claims, quotas and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helmlite.sandbox.checks import names
from helmlite.sandbox.checks.places import At, Word, amount, part, tell

CONTAINER = {"cpu", "memory", "ephemeral-storage"}


def _amounts(at: At, value: Any, rest: str) -> None:
    """Check amounts by resource: of a container (``rest`` is ``containers``) only resources that Pods use."""
    for name, given in value.items():
        tell(names.label_key, at.key(name), name)
        if rest and "/" not in name and name not in CONTAINER and not name.startswith("hugepages-"):
            for said in ("must be a standard resource type or fully qualified", "must be a standard resource for "):
                at.key(name).invalid(name, said + (rest if said.endswith(" ") else ""))
        if amount(given) < 0:
            at.key(name).invalid(str(given), "must be greater than or equal to 0")


def _within_limits(at: At, value: Any, _: str) -> None:
    limits = part(value, "limits") or {}
    for name, given in (part(value, "requests") or {}).items():
        if name in limits and amount(given) > amount(limits[name]):
            said = f"must be less than or equal to {name} limit of {limits[name]}"
            at.to("requests").invalid(str(given), said)


def _storage_request(at: At, value: Any, _: str) -> None:
    asked = part(value, "requests", "storage")
    if asked is None:
        at.key("storage").say("required")
    elif amount(asked) <= 0:
        at.key("storage").invalid(str(asked), "must be greater than zero")


WORDS: Mapping[str, Word] = {
    "amounts": _amounts,
    "storage_request": _storage_request,
    "within_limits": _within_limits,
}
"""Rules of the table about amounts."""
