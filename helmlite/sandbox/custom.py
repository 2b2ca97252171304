"""CustomResourceDefinitions: their defaults and status, the kinds they add, and what objects of those must be like."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from helmlite.sandbox import structural
from helmlite.sandbox.checks.places import At, shown
from helmlite.sandbox.kinds import Kind, Subresource, version_rank
from helmlite.sandbox.objects import Obj, mapping
from helmlite.sandbox.recorded import recorded
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import Cause

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
SUBRESOURCE_VERBS = ("get", "patch", "update")


def default_crd(crd: Obj) -> None:
    """Add what a CustomResourceDefinition has by default, in place; the storage version counts as stored."""
    spec = crd.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if names.get("kind"):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", f"{names['kind']}List")
    spec.setdefault("conversion", {"strategy": "None"})
    status = crd["status"] = {"conditions": None, **(crd.get("status") or {})}
    status.setdefault("acceptedNames", {"plural": "", "kind": ""})
    stored = list(status.get("storedVersions") or ())
    current = [each["name"] for each in spec.get("versions") or () if each.get("storage")]
    status["storedVersions"] = stored + [each for each in current[:1] if each not in stored]


def kinds_of(crd: Obj) -> list[Kind]:
    """Return the kinds that are served for a CustomResourceDefinition, the best version first.

    Their ``custom`` is the version with two more fields: ``deprecationWarning`` is always there, and ``isLeaving``
    says that the definition is being deleted, so that nothing is created any more.
    """
    spec = crd["spec"]
    accepted = mapping(mapping(crd.get("status")).get("acceptedNames"))
    names = {**spec["names"], **{field: each for field, each in accepted.items() if each}}
    versions = sorted(
        (each for each in spec["versions"] if each.get("served")), key=lambda each: version_rank(each["name"])
    )
    is_leaving = "deletionTimestamp" in crd["metadata"]
    return [_kind(spec, names, {**each, "isLeaving": is_leaving}, versions) for each in versions]


def _kind(
    spec: Mapping[str, Any], names: Mapping[str, Any], version: Mapping[str, Any], versions: Sequence[Any]
) -> Kind:
    below = version.get("subresources") or {}
    subresources = {
        "status": Subresource(name="status", kind=names["kind"], verbs=SUBRESOURCE_VERBS),
        "scale": Subresource(name="scale", kind="Scale", verbs=SUBRESOURCE_VERBS, group="autoscaling", version="v1"),
    }
    schema = structural.ready(version["schema"]["openAPIV3Schema"], is_whole=True)
    good = next((each["name"] for each in versions if not each.get("deprecated")), "")
    instead = f"; use {spec['group']}/{good} {names['kind']}" if good else ""
    said = f"{spec['group']}/{version['name']} {names['kind']} is deprecated{instead}"
    return Kind(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names.get("singular", ""),
        namespaced=spec["scope"] == "Namespaced",
        verbs=VERBS,
        short_names=names.get("shortNames") or (),
        categories=names.get("categories") or (),
        subresources={name: each for name, each in subresources.items() if name in below},
        node=Node(schema, recorded()["schemas"]),
        custom={"deprecationWarning": said, **version},
    )


def fill(kind: Kind, body: Obj) -> None:
    """Drop nulls that are no values and add the schema's defaults to an object of a custom kind, in place."""
    structural.fill(kind.node, body)


def causes(kind: Kind, body: Obj, old: Obj | None) -> list[Cause]:
    """Return every fault that a custom kind's schema finds in an object; what an update leaves as it was is let be.

    Rules in CEL are not evaluated, on purpose.
    """
    at = At("", [])
    schema = {**kind.node.raw, "properties": {**kind.node.properties, "metadata": {}}}
    structural.check(at, schema, body, old)
    return at.found


def establish(crd: Obj, others: Sequence[Obj], time: str) -> Obj:
    """Return a CustomResourceDefinition with the status that the server gives it beside others, at a time."""
    names, taken = crd["spec"]["names"], _taken(crd, others)
    accepted: dict[str, Any] = {"plural": "", "kind": ""}
    clash, said = "", ""
    for field in ("plural", "singular", "shortNames", "kind", "listKind", "categories"):
        given = names.get(field) or ()
        used = [each for each in ([given] if isinstance(given, str) else given) if each in taken.get(field, ())]
        if used:
            clash = f"{field[0].upper()}{field[1:]}Conflict"
            said = ", ".join(f"{shown(each)} is already in use" for each in used)
        elif given:
            accepted[field] = given
    before = {each["type"]: each for each in mapping(crd.get("status")).get("conditions") or ()}
    now = {"NamesAccepted": (not clash, clash or "NoConflicts", said or "no conflicts found")}
    if not clash:
        now["Established"] = (True, "InitialNamesAccepted", "the initial names have been accepted")
    elif mapping(before.get("Established")).get("status") != "True":
        now["Established"] = (False, "NotAccepted", "not all names are accepted")
    if "deletionTimestamp" in crd["metadata"]:
        now["Terminating"] = (True, "InstanceDeletionInProgress", "CustomResource deletion is in progress")
    for kind, (is_true, reason, message) in now.items():
        new = {"type": kind, "status": str(is_true), "reason": reason, "message": message}
        old = mapping(before.get(kind))
        before[kind] = {**new, "lastTransitionTime": old["lastTransitionTime"] if {**old, **new} == old else time}
    status = {**mapping(crd.get("status")), "conditions": list(before.values()), "acceptedNames": accepted}
    return {**copy.deepcopy(crd), "status": status}


def _taken(crd: Obj, others: Sequence[Obj]) -> Mapping[str, set[str]]:
    """Return by field of ``names`` which names others of the group have: of resources, and of kinds."""
    resources: set[str] = set()
    kinds: set[str] = set()
    for each in others:
        if each["metadata"]["name"] != crd["metadata"]["name"] and each["spec"]["group"] == crd["spec"]["group"]:
            names = mapping(mapping(each.get("status")).get("acceptedNames"))
            resources |= {names.get("plural", ""), names.get("singular", ""), *(names.get("shortNames") or ())}
            kinds |= {names.get("kind", ""), names.get("listKind", "")}
    return {"plural": resources, "singular": resources, "shortNames": resources, "kind": kinds, "listKind": kinds}
