"""Checks of amounts of resources: of containers, claims, quotas and limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from helmlite.sandbox.checks import names
from helmlite.sandbox.checks.places import At, Word, amount, part

CONTAINER = {"cpu", "memory", "ephemeral-storage"}
COUNTED = {
    *("pods", "services", "services.nodeports", "services.loadbalancers", "replicationcontrollers", "resourcequotas"),
    *("secrets", "configmaps", "persistentvolumeclaims"),
}
QUOTA = {
    *COUNTED,
    *CONTAINER,
    *(f"{side}.{name}" for side in ("requests", "limits") for name in CONTAINER),
    "requests.storage",
}


def _amounts(known: Collection[str], use: str) -> Word:
    """Return the check of a mapping of amounts by resource; ``use`` is ``containers`` or ``quota``."""

    def check(at: At, value: Any, _: str) -> None:
        for name, given in value.items() if isinstance(value, Mapping) else ():
            place = at.key(name)
            for message in _name_faults(name, known, use):
                place.invalid(name, message)
            if amount(given) < 0:
                place.invalid(str(given), "must be greater than or equal to 0")
            elif (_is_whole(name) or name in COUNTED) and amount(given) % 1:
                place.invalid(str(given), "must be an integer")

    return check


def _name_faults(name: str, known: Collection[str], use: str) -> list[str]:
    found = list(names.label_key(name))
    if "/" in name or name in known or name.startswith(("hugepages-", "requests.hugepages-")):
        return found
    if not found and name not in QUOTA and name != "storage":
        found.append("must be a standard resource type or fully qualified")
    return [*found, f"must be a standard resource for {use}"]


def _is_whole(name: str) -> bool:
    """Return whether a resource is counted in whole numbers, as devices are."""
    domain, slash, _ = name.removeprefix("requests.").rpartition("/")
    return bool(slash) and not domain.endswith(("kubernetes.io", "k8s.io"))


def _within_limits(at: At, value: Any, _: str) -> None:
    limits = part(value, "limits") or {}
    for name, given in (part(value, "requests") or {}).items():
        limit, is_strict = limits.get(name), _is_whole(name) or name.startswith("hugepages-")
        if limit is None:
            if is_strict:
                at.to("limits").say("required", "Limit must be set for non overcommitable resources")
        elif is_strict and amount(given) != amount(limit):
            at.to("requests").invalid(str(given), f"must be equal to {name} limit of {limit}")
        elif amount(given) > amount(limit):
            at.to("requests").invalid(str(given), f"must be less than or equal to {name} limit of {limit}")


def _storage_request(at: At, value: Any, _: str) -> None:
    asked = part(value, "requests", "storage")
    if asked is None:
        at.key("storage").say("required")
    elif amount(asked) <= 0:
        at.key("storage").invalid(str(asked), "must be greater than zero")


WORDS: Mapping[str, Word] = {
    "container_amounts": _amounts(CONTAINER, "containers"),
    "container_bounds": _amounts({*CONTAINER, "storage"}, "containers"),
    "quota_amounts": _amounts(QUOTA, "quota"),
    "storage_request": _storage_request,
    "within_limits": _within_limits,
}
"""Rules of the table about amounts."""
