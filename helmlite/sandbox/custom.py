"""CustomResourceDefinitions: their defaults and status, the kinds they add, and what objects of those must be like."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from helmlite.sandbox import structural
from helmlite.sandbox.checks.places import At, shown
from helmlite.sandbox.kinds import Kind, Subresource, version_rank
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.recorded import recorded
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import Cause
from helmlite.sandbox.structural import mapping

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
    """Return the kinds that are served for a CustomResourceDefinition, the best version first."""
    spec = crd["spec"]
    names = {**spec["names"], **(mapping(crd.get("status")).get("acceptedNames") or {})}
    versions = sorted(
        (each for each in spec["versions"] if each["served"]), key=lambda each: version_rank(each["name"])
    )
    return [_kind(spec, names, each, versions) for each in versions]


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


def establish(crd: Obj, others: Sequence[Obj]) -> Obj:
    """Return a CustomResourceDefinition with the status that the server gives it beside others."""
    names, taken = crd["spec"]["names"], _taken(crd, others)
    made = copy.deepcopy(crd)
    status = made.setdefault("status", {})
    accepted: dict[str, Any] = {"plural": "", "kind": ""}
    reason, message = "NoConflicts", "no conflicts found"
    for field in ("plural", "singular", "shortNames", "kind", "listKind", "categories"):
        given = names.get(field) or ()
        wanted = [given] if isinstance(given, str) else given
        clashes = [each for each in wanted if each in taken.get(field, ())]
        if clashes:
            reason = f"{field[0].upper()}{field[1:]}Conflict"
            message = ", ".join(f"{shown(each)} is already in use" for each in clashes)
        elif given:
            accepted[field] = given
    is_free = reason == "NoConflicts"
    given = {each["type"]: each for each in status.get("conditions") or ()}
    conditions = [_condition("NamesAccepted", is_free, reason, message)]
    if is_free:
        conditions.append(
            _condition("Established", True, "InitialNamesAccepted", "the initial names have been accepted")
        )
    elif mapping(given.get("Established")).get("status") != "True":
        conditions.append(_condition("Established", False, "NotAccepted", "not all names are accepted"))
    for each in conditions:
        kept = mapping(given.get(each["type"]))
        if any(kept.get(key) != each[key] for key in ("status", "reason", "message")):
            given[each["type"]] = each
    status |= {"conditions": list(given.values()), "acceptedNames": accepted}
    return made


def _taken(crd: Obj, others: Sequence[Obj]) -> Mapping[str, set[str]]:
    """Return by field of ``names`` which names others of the group have: of resources, and of kinds."""
    resources: set[str] = set()
    kinds: set[str] = set()
    for each in others:
        if each["metadata"]["name"] != crd["metadata"]["name"] and each["spec"]["group"] == crd["spec"]["group"]:
            names = mapping(mapping(each.get("status")).get("acceptedNames"))
            resources |= {str(names.get("plural")), str(names.get("singular")), *(names.get("shortNames") or ())}
            kinds |= {str(names.get("kind")), str(names.get("listKind"))}
    return {"plural": resources, "singular": resources, "shortNames": resources, "kind": kinds, "listKind": kinds}


def _condition(kind: str, is_true: bool, reason: str, message: str) -> dict[str, str]:
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = "True" if is_true else "False"
    return {"type": kind, "status": status, "lastTransitionTime": moment, "reason": reason, "message": message}
