"""Server-side apply, and who manages which fields.

It follows what Kubernetes documents of server-side apply. On purpose it differs in two points: fields that managers own
at another version of the kind are taken as those of the same names here, and however many managers update an object,
each keeps an entry of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from helmlite.sandbox.fields import (
    Fields,
    compare,
    difference,
    intersection,
    is_valid,
    merge,
    owned,
    paths,
    union,
    with_structs,
    without,
)
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj, annotations_of
from helmlite.sandbox.shapes import misfits
from helmlite.sandbox.status import StatusError, bad_request
from helmlite.sandbox.strict import type_fault

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
FIELDS_TYPE = "FieldsV1"
UNTRACKED = frozenset(
    {
        *("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "clusterName"),
        "managedFields",
    }
)
"""Fields of metadata that nobody manages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """Who manages fields: the same name counts as another manager when it updates and when it applies."""

    name: str
    operation: str
    subresource: str
    api_version: str = ""
    """The version at which it updates; "" for all that it applies."""

    def __str__(self) -> str:
        """Return it as conflicts name it: ``"kubectl" using v1``."""
        below = f' with subresource "{self.subresource}"' if self.subresource else ""
        return json.dumps(self.name) + below + (f" using {self.api_version}" if self.operation == "Update" else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """What a manager manages; ``time`` is "" where it never changed a value itself."""

    fields: Fields
    api_version: str
    time: str = ""


Managers: TypeAlias = dict[Manager, Managed]


def managers_of(entries: Any) -> Managers | None:
    """Return what ``metadata.managedFields`` says, None where it cannot be read."""
    found: Managers = {}
    for each in entries if isinstance(entries, list) else ():
        if not isinstance(each, dict) or each.get("fieldsType") != FIELDS_TYPE or not each.get("apiVersion"):
            return None
        operation, fields = each.get("operation"), each.get("fieldsV1") or {}
        if operation not in ("Apply", "Update") or not is_valid(fields):
            return None
        version = str(each["apiVersion"])
        manager = Manager(
            name=str(each.get("manager") or ""),
            operation=operation,
            subresource=str(each.get("subresource") or ""),
            api_version=version if operation == "Update" else "",
        )
        found[manager] = Managed(fields=fields, api_version=version, time=str(each.get("time") or ""))
    return found


def entries_of(managers: Managers) -> list[Obj]:
    """Return ``metadata.managedFields``: those who apply first, then by time and name."""

    def order(item: tuple[Manager, Managed]) -> tuple[str, ...]:
        manager, managed = item
        return manager.operation, managed.time, manager.name, managed.api_version, manager.subresource

    return [_entry(manager, managed) for manager, managed in sorted(managers.items(), key=order)]


def _entry(manager: Manager, managed: Managed) -> Obj:
    entry = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": managed.api_version,
        "time": managed.time,
        "fieldsType": FIELDS_TYPE,
        "fieldsV1": managed.fields,
        "subresource": manager.subresource,
    }
    return {key: value for key, value in entry.items() if value != "" and value != {}}


def _tracked(kind: Kind, obj: Mapping[str, Any], subresource: str) -> Obj:
    """Return the part of an object that a write at the subresource may change."""
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key not in UNTRACKED}
    if subresource == "status":
        metadata = {key: value for key, value in metadata.items() if key not in ("labels", "ownerReferences")}
        return {"metadata": metadata, **({"status": obj["status"]} if "status" in obj else {})}
    dropped = ("apiVersion", "kind", *(("status",) if "status" in kind.subresources else ()))
    return {**{key: value for key, value in obj.items() if key not in dropped}, "metadata": metadata}


def _owned(kind: Kind, wanted: Obj) -> Fields:
    """Return what the part of an object that is tracked gives to who applies it; having metadata is nothing."""
    whole = wanted if wanted["metadata"] else {key: value for key, value in wanted.items() if key != "metadata"}
    return (owned(kind.node, whole) or {}) if whole else {}


def _compared(kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any], subresource: str) -> tuple[Fields, Fields]:
    before, after = _tracked(kind, old, subresource), _tracked(kind, new, subresource)
    return compare(kind.node, before, after, is_custom=bool(kind.custom))


def _reduced(managers: Managers, lost: Fields) -> Managers:
    """Return what is left to managers, without those who lose all."""
    left = {
        manager: replace(managed, fields=difference(managed.fields, lost)) if lost else managed
        for manager, managed in managers.items()
    }
    return {manager: managed for manager, managed in left.items() if managed.fields}


def updated(
    kind: Kind, old: Obj | None, new: Obj, *, field_manager: str, subresource: str, time: str
) -> list[dict[str, Any]]:
    """Return the managed fields of ``new`` after a create (``old`` is None), update or patch.

    ``new`` is to have its defaults, and neither what admission adds nor what storing it drops. What it says of managed
    fields itself counts, save at a subresource: ``[]`` and ``[{}]`` clear them, and nothing is tracked until somebody
    applies; unreadable or missing ones are those of ``old``.
    """
    given = None if subresource else (new.get("metadata") or {}).get("managedFields")
    kept = (old or {}).get("metadata", {}).get("managedFields")
    managers = {} if given in ([], [{}]) else managers_of(given) or managers_of(kept) or {}
    if old is not None and not managers:
        return []
    changed, removed = _compared(kind, old or {}, new, subresource)
    managers = _reduced(managers, union(changed, removed))
    mine = Manager(name=field_manager, operation="Update", subresource=subresource, api_version=kind.api_version)
    if subresource == "scale" and not (new.get("spec") or {}).get("replicas"):
        changed = {}  # a Scale leaves out replicas that are 0, so nobody manages them
    if changed:
        fields = union(managers[mine].fields, changed) if mine in managers else changed
        moment = "" if subresource == "scale" else time
        managers[mine] = Managed(fields=fields, api_version=kind.api_version, time=moment)
    return entries_of(managers)


def applied(
    kind: Kind, live: Obj | None, config: Obj, *, field_manager: str, force: bool, subresource: str, time: str
) -> Obj:
    """Return ``live`` with ``config`` applied, and with its managed fields, before any defaults.

    ``config`` is to be as it was sent, its nulls and unknown fields included. Raises StatusError: 400 for a wrong type
    or managed fields, 409 for fields of other managers, 500 (as the server does) for what does not fit the schema.
    """
    _check(kind, config)
    config = {**config, "metadata": config.get("metadata") or {}}
    managers = managers_of(live["metadata"].get("managedFields")) or {} if live else {}
    if live and not managers:
        first = Manager(
            name="before-first-apply", operation="Update", subresource=subresource, api_version=kind.api_version
        )
        fields, _ = _compared(kind, {}, live, subresource)
        managers = _reduced({first: Managed(fields=fields, api_version=kind.api_version, time=time)}, {})
    mine = Manager(name=field_manager, operation="Apply", subresource=subresource)
    wanted = _tracked(kind, config, subresource)
    before = live or {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {}}
    given = {key: config["metadata"][key] for key in UNTRACKED & config["metadata"].keys()}
    merged: Obj = merge(kind.node, before, {**wanted, "metadata": {**given, **wanted["metadata"]}})
    last = managers.pop(mine, None)
    fields = _owned(kind, wanted)
    merged = _pruned(kind, merged, last, [fields, *(each.fields for each in managers.values())])
    changed, removed = _compared(kind, before, merged, subresource)
    _check_conflicts(kind, before, managers, changed, field_manager=field_manager, force=force)
    managers = _reduced(managers, union(changed, removed))
    if fields:
        moment = time if live is None or merged != live else last.time if last else ""
        managers[mine] = Managed(fields=fields, api_version=kind.api_version, time=moment)
    annotations = annotations_of(merged)
    metadata = {**merged["metadata"], "managedFields": entries_of(managers)}
    if field_manager == "kubectl" and LAST_APPLIED in annotations:
        metadata["annotations"] = {**annotations, LAST_APPLIED: _last_applied(config)}
    return {**merged, "metadata": metadata}


def _check(kind: Kind, config: Obj) -> None:
    version, named = config.get("apiVersion") or "", config.get("kind") or ""
    if (version, named) != (kind.api_version, kind.kind):
        whole = version if "/" in str(version) else f"/{version}"
        raise bad_request(f"invalid object type: {whole}, Kind={named}")
    metadata = config.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if metadata.get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    which = f"{metadata.get('namespace') or ''}/{metadata.get('name') or ''}"
    what = f"{kind.group}/{kind.version}, Kind={kind.kind}"
    faults = list(misfits(kind.node, config))
    if faults:
        said = faults[0] if len(faults) == 1 else "\n  ".join(("errors:", *faults))
        raise StatusError(500, "", f"failed to create typed patch object ({which}; {what}): {said}")
    fault = type_fault(kind, config)
    if fault:
        said = f"to proper version: unable to convert unstructured object to {what}: {fault}"
        raise StatusError(500, "", f"failed to convert new object ({which}; {what}) {said}")


def _pruned(kind: Kind, merged: Obj, last: Managed | None, others: list[Fields]) -> Obj:
    """Return an object without what the manager applied before and nobody manages any longer."""
    if last is None:
        return merged
    everything: Fields = {"f:metadata": {"f:name": {}}}
    for fields in others:
        everything = union(everything, fields)
    gone = difference(with_structs(kind.node, last.fields), with_structs(kind.node, everything))
    left: Obj = without(kind.node, merged, gone)
    return left


def _check_conflicts(
    kind: Kind, live: Obj, managers: Managers, changed: Fields, *, field_manager: str, force: bool
) -> None:
    """Raise StatusError 409 for what is changed and managed by others.

    kubectl may take over without force what it once applied client-side and nobody changed since.
    """
    found = {manager: intersection(managed.fields, changed) for manager, managed in managers.items()}
    if field_manager == "kubectl" and any(found.values()):
        allowed = _applied_client_side(kind, live)
        found = {manager: difference(fields, allowed) for manager, fields in found.items()}
    conflicts = sorted((str(manager), path) for manager, fields in found.items() for path in paths(fields))
    if force or not conflicts:
        return
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, path in conflicts
    ]
    if len(conflicts) == 1:
        said = f"1 conflict: conflict with {conflicts[0][0]}: {conflicts[0][1]}"
    else:
        said = f"{len(conflicts)} conflicts: " + "\n".join(_grouped(conflicts))
    raise StatusError(409, "Conflict", f"Apply failed with {said}", {"causes": causes})


def _grouped(conflicts: list[tuple[str, str]]) -> Iterator[str]:
    before = ""
    for manager, path in conflicts:
        if manager != before:
            yield f"conflicts with {manager}:"
        yield f"- {path}"
        before = manager


def _applied_client_side(kind: Kind, live: Obj) -> Fields:
    """Return the fields that the annotation of kubectl's client-side apply holds as they still are."""
    try:
        config = json.loads(annotations_of(live)[LAST_APPLIED])
    except (KeyError, TypeError, ValueError):
        return {}
    if not isinstance(config, dict) or config.get("apiVersion") != kind.api_version or any(misfits(kind.node, config)):
        return {}
    changed, removed = _compared(kind, config, live, "")
    return difference(_owned(kind, _tracked(kind, config, "")), union(changed, removed))


def _last_applied(config: Obj) -> str:
    annotations = {key: value for key, value in annotations_of(config).items() if key != LAST_APPLIED}
    metadata = {key: value for key, value in config["metadata"].items() if key != "annotations"}
    whole = {**config, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
