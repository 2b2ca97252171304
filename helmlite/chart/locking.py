"""Chart.lock: what a chart's dependencies were resolved to, in the form that Helm accepts.

Helm's lock says name, repository and version of each dependency, in the order of Chart.yaml, and a digest of what is
declared and what is locked. Ours says the sha256 of each archive too, in the field ``sha256`` of its entry: Helm
passes over fields that it does not know, and its digest does not count them. A chart of apiVersion v1 has it all in
requirements.lock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from helmlite import documents
from helmlite.chart.chart import ChartLock
from helmlite.chart.metadata import ChartMetadata, Dependency
from helmlite.errors import ChartError

FIELDS = ("name", "version", "repository", "sha256")
"""The fields of a locked dependency; the last one is ours."""

LIMIT_ENTRIES = 10_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


def lock_name(metadata: ChartMetadata) -> str:
    """Return the name of a chart's lock file."""
    return "requirements.lock" if metadata.api_version == "v1" else "Chart.lock"


def declaring_file(metadata: ChartMetadata) -> str:
    """Return the name of the file that declares a chart's dependencies, for messages."""
    return "requirements.yaml" if metadata.api_version == "v1" else "Chart.yaml"


def lock_from_data(data: Any, *, source: str) -> ChartLock:
    """Return the lock in a lock file's data; raises ChartError for another shape. Nothing of it is believed yet."""
    data = {} if data is None else data
    listed = data.get("dependencies") or [] if isinstance(data, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ChartError(f"{source}: it is not of a lock's shape")
    for each in listed:
        for key in FIELDS:
            if each.get(key) is not None and not isinstance(each[key], str):
                raise ChartError(f"{source}: the {key} of {str(each.get('name'))[:80]!r} is no text")
    if len(listed) > LIMIT_ENTRIES:
        raise ChartError(f"{source}: it has more than {LIMIT_ENTRIES:,} dependencies")
    return ChartLock(
        generated=str(data.get("generated") or ""),
        digest=str(data.get("digest") or ""),
        dependencies=[{key: each[key] for key in FIELDS if each.get(key) is not None} for each in listed],
    )


def lock_text(lock: ChartLock) -> str:
    """Return a lock file's text: sorted keys, as Helm writes it."""
    data = {
        "dependencies": [_entry(each.get) for each in lock.dependencies],
        "digest": lock.digest,
        "generated": lock.generated,
    }
    return documents.write(data)


def _entry(get: Any) -> dict[str, str]:
    entry = {"name": get("name", ""), "repository": get("repository", ""), "version": get("version", "")}
    return {**entry, "sha256": get("sha256")} if get("sha256") else entry


def make_lock(
    declared: Sequence[Dependency], locked: Sequence[Dependency], pins: Sequence[str], now: datetime
) -> ChartLock:
    """Return the lock of dependencies as declared (repositories by URL) and as resolved, in the same order.

    ``pins`` are the sha256 of the archives in hexadecimal digits, empty for a dependency that has none: it is taken
    from a folder.
    """
    # what else is declared of it (its alias, its condition) does not enter a lock
    locked = [Dependency(name=each.name, version=each.version, repository=each.repository) for each in locked]
    return ChartLock(
        generated=lock_time(now),
        digest=lock_digest(declared, locked),
        dependencies=[
            _entry({"name": each.name, "repository": each.repository, "version": each.version, "sha256": pin}.get)
            for each, pin in zip(locked, pins, strict=True)
        ],
    )


def renewed(before: ChartLock | None, lock: ChartLock) -> ChartLock:
    """Return the new lock, with the time of the one before when nothing but missing pins is new in it."""
    if before is None or before.digest != lock.digest or len(before.dependencies) != len(lock.dependencies):
        return lock
    for old, new in zip(before.dependencies, lock.dependencies, strict=True):
        if any(old.get(key, "") != new.get(key, "") for key in FIELDS[:-1]):
            return lock
        if old.get("sha256") and old["sha256"] != new.get("sha256", ""):
            return lock
    return replace(lock, generated=before.generated or lock.generated)


def lock_digest(declared: Sequence[Dependency], locked: Sequence[Dependency]) -> str:
    """Return the digest of a lock as Helm 3 and 4 compute it, from both lists, with repositories by URL."""
    return _digest([[each.to_data() for each in declared], [each.to_data() for each in locked]])


def old_lock_digest(declared: Sequence[Dependency]) -> str:
    """Return the digest of a lock as Helm 2 computed it, from what requirements.yaml has, repositories as written."""
    return _digest({"dependencies": [each.to_data() for each in declared]})


def _digest(data: Any) -> str:
    return f"sha256:{hashlib.sha256(documents.write_json(data).encode('utf-8')).hexdigest()}"


def locked_dependencies(lock: ChartLock) -> list[Dependency]:
    """Return a lock's dependencies, as its digest counts them."""
    return [
        Dependency(name=each.get("name", ""), version=each.get("version", ""), repository=each.get("repository", ""))
        for each in lock.dependencies
    ]


def pins_of(lock: ChartLock, *, source: str) -> list[str]:
    """Return the sha256 of each dependency's archive, empty where the lock has none.

    Raises ChartError for a pin that is no sha256.
    """
    pins = []
    for number, each in enumerate(lock.dependencies):
        pin = each.get("sha256", "")
        if pin and not _SHA256.fullmatch(pin):
            raise ChartError(f"{source}: dependencies[{number}].sha256: {pin[:80]!r} is not 64 hexadecimal digits")
        pins.append(pin)
    return pins


def lock_time(moment: datetime) -> str:
    """Return a time in RFC 3339, in UTC, to the microsecond where it has some."""
    moment = moment.astimezone(UTC)
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
