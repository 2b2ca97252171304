"""All that is in a namespace, without what no two runs have in common: so that two runs can be compared.

Dropped are ids, times, addresses, what controllers say in status, their share of managedFields, and Events (they tell
what happened, not what is). Generated names end in ``*``. Release records are decoded, the Leases of locks left out.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from helmlite.kube.cluster import Cluster
from helmlite.release.codec import decode
from helmlite.release.release import Revision, Status

DROPPED = {
    *("uid", "resourceVersion", "creationTimestamp", "time", "status", "selfLink"),
    *("clusterIP", "clusterIPs", "addresses", "ip", "nodeName"),
    "endpoints.kubernetes.io/last-change-trigger-time",
}
RECORD = "helm.sh/release.v1"
LOCK = "helmlite.lock."

Snapshot = list[dict[str, Any]]


def snapshot(cluster: Cluster, namespace: str) -> Snapshot:
    """Return every object of every kind of a namespace, made comparable, in a fixed order."""
    found: list[Mapping[str, Any]] = []
    for kind in cluster.capabilities().kinds.values():
        if kind.namespaced and "list" in kind.verbs and kind.gvk.kind != "Event":
            found += cluster.list(kind, namespace).items
    generated = {
        each["metadata"]["name"]: f"{each['metadata']['generateName']}*"
        for each in found
        if each["metadata"].get("generateName")
    }
    objects = [_comparable(each) for each in found if each.get("type") != RECORD and not _is_lock(each)]
    text = json.dumps([*objects, *_records(found)], sort_keys=True).replace(namespace, "NAMESPACE")
    for name, stem in generated.items():
        text = text.replace(name, stem)
    text = re.sub(r"kube-api-access-\w{5}", "kube-api-access-*", text)
    return sorted(json.loads(text), key=lambda each: json.dumps(each, sort_keys=True))


def settled(cluster: Cluster, namespace: str, *, seconds: float = 2.0) -> Snapshot:
    """Return a snapshot that has not changed for some seconds: the controllers are done."""
    seen, since = snapshot(cluster, namespace), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.25)
        now = snapshot(cluster, namespace)
        if now != seen:
            seen, since = now, time.monotonic()
    return seen


def differences(expected: Snapshot, read: Callable[[], Snapshot], *, seconds: float = 30.0) -> str:
    """Return how a namespace differs from what is expected, empty once it does not; controllers get time for that."""
    deadline = time.monotonic() + seconds
    while True:
        actual = read()
        if actual == expected:
            return ""
        if time.monotonic() > deadline:
            missing = [each for each in expected if each not in actual]
            extra = [each for each in actual if each not in expected]
            return "".join(f"\n  {line}" for line in _told(missing, extra))
        time.sleep(0.25)


def _told(missing: Snapshot, extra: Snapshot) -> Iterator[str]:
    """Yield lines on objects that are missing, too many, or different in some fields."""
    for each in missing:
        twin = next((other for other in extra if _name(other) == _name(each)), None)
        if twin is None:
            yield f"missing: {_name(each)}"
            continue
        extra = [other for other in extra if other is not twin]
        for key in sorted({*each, *twin}):
            if each.get(key) != twin.get(key):
                yield f"{_name(each)}: {key} is {json.dumps(twin.get(key))} and not {json.dumps(each.get(key))}"
    for each in extra:
        yield f"too many: {_name(each)} {json.dumps(each)[:500]}"


def _name(body: Mapping[str, Any]) -> str:
    return f"{body.get('apiVersion', '')} {body['kind']} {body.get('metadata', {}).get('name', '')}"


def _is_lock(body: Mapping[str, Any]) -> bool:
    return body["kind"] == "Lease" and str(body["metadata"]["name"]).startswith(LOCK)


def _comparable(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what differs from run to run; its generation stays where helm manages it."""
    metadata = dict(body["metadata"])
    ours = [each for each in metadata.pop("managedFields", ()) if each["manager"] == "helm"]
    if ours:
        metadata["managedFields"] = ours
    else:
        metadata.pop("generation", None)
    kept: dict[str, Any] = _without({**body, "metadata": metadata})
    if not kept["metadata"].get("annotations"):
        kept["metadata"].pop("annotations", None)  # controllers leave an empty one, or none
    return kept


def _without(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(each) for key, each in value.items() if key not in DROPPED}
    return [_without(each) for each in value] if isinstance(value, list) else value


def _records(found: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the deployed revisions hold, and the status of those that are in the way.

    Numbers and descriptions are left out: after an install that died comes revision 2, and it is an upgrade.
    """
    told: list[dict[str, Any]] = []
    for each in found:
        if each.get("type") != RECORD:
            continue
        revision = decode(each)
        if not isinstance(revision, Revision):
            told.append({"kind": "Revision", "bad": revision.reason})
        elif revision.status == Status.DEPLOYED:
            told.append(
                {
                    "kind": "Revision",
                    "status": str(revision.status),
                    "chart": dict(revision.chart.metadata) if revision.chart else None,
                    "values": dict(revision.chart.values or {}) if revision.chart else None,
                    "config": revision.config,
                    "manifest": revision.manifest,
                    "notes": revision.notes,
                    "labels": dict(revision.labels),
                    "marks": dict(revision.marks),
                    "apply_method": revision.apply_method,
                }
            )
        elif revision.status not in (Status.SUPERSEDED, Status.FAILED):
            told.append({"kind": "Revision", "status": str(revision.status), "number": revision.number})
    return told
