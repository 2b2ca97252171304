"""Owner references: what becomes of dependents when their owners go, and when owners may go.

As on a real server an owner is looked for in the dependent's own namespace, by kind and name, and must bear the uid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from helmlite.sandbox.controllers.controller import Client, Controller, Key
from helmlite.sandbox.controllers.workloads import MANAGER, is_leaving, with_metadata, without_finalizers
from helmlite.sandbox.objects import Obj, meta, owners_of
from helmlite.sandbox.recorded import stored_as

COMPONENT = "garbage-collector-controller"
ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"
PARTS = ("uid", "apiVersion", "kind", "name")

Reference = Mapping[str, Any]


def _keys(obj: Obj) -> Iterable[Key]:
    """Return keys of the object and of its owners: what is needed to find them, the name last."""
    for each in ({**obj, **meta(obj)}, *owners_of(obj)):
        yield meta(obj).get("namespace", ""), " ".join(str(each.get(part)) for part in PARTS)


def _reconcile(client: Client, namespace: str, name: str) -> None:
    reference = dict(zip(PARTS, name.split(" ", 3), strict=True))
    found, uid = _look_up(client, reference, namespace), reference["uid"]
    if found is None:
        for resource, each in client.owned(uid):
            _collect(client, resource, each)
        return
    resource, owner = found
    if is_leaving(owner) and ORPHAN in (meta(owner).get("finalizers") or ()):
        for dependents, each in _dependents(client, owner):
            _without_owners(client, dependents, each, {uid})
        without_finalizers(client, resource, owner, ORPHAN)
    elif _is_waiting(owner):
        for dependents, each in _dependents(client, owner):
            _collect(client, dependents, each)
        if not any(_blocks(each, uid) for _, each in _dependents(client, owner)):
            without_finalizers(client, resource, owner, FOREGROUND)


def _look_up(client: Client, reference: Reference, namespace: str) -> tuple[str, Obj] | None:
    """Return resource and object that a reference from a namespace leads to, None where there is none."""
    kind = client.kind(str(reference.get("apiVersion")), str(reference.get("kind")))
    if kind is None:
        return None
    found = client.get(stored_as(kind), namespace if kind.namespaced else "", str(reference.get("name")))
    return (stored_as(kind), found) if found and meta(found)["uid"] == reference.get("uid") else None


def _dependents(client: Client, owner: Obj) -> list[tuple[str, Obj]]:
    """Return the objects that the owner can own: those of its namespace, or all if it has none."""
    namespace = meta(owner).get("namespace")
    listed = client.owned(meta(owner)["uid"])
    return [pair for pair in listed if namespace in (None, meta(pair[1]).get("namespace"))]


def _is_waiting(owner: Obj) -> bool:
    """Return whether an object goes once its dependents are gone."""
    return is_leaving(owner) and FOREGROUND in (meta(owner).get("finalizers") or ())


def _blocks(dependent: Obj, uid: str) -> bool:
    return any(each.get("blockOwnerDeletion") and each.get("uid") == uid for each in owners_of(dependent))


def _collect(client: Client, resource: str, obj: Obj) -> None:
    """Delete an object that has no owner left, or take references to owners that are gone off it."""
    metadata, namespace = meta(obj), meta(obj).get("namespace", "")
    if is_leaving(obj):
        return
    absent, waiting, present = set(), set(), False
    for each in owners_of(obj):
        kind = client.kind(str(each.get("apiVersion")), str(each.get("kind")))
        found = _look_up(client, each, namespace)
        if found and _is_waiting(found[1]):
            waiting.add(each["uid"])
        elif found or kind is None or (kind.namespaced and not namespace):
            present = True  # it is there, or nobody can tell, so the object is left alone
        else:
            absent.add(each["uid"])
            if any(meta(other)["uid"] == each["uid"] for other in client.list(stored_as(kind))):
                place = f"{each['apiVersion']}/{each['kind']}, namespace: {namespace}"
                said = f"ownerRef [{place}, name: {each['name']}, uid: {each['uid']}] does not exist in namespace"
                message = f'{said} "{namespace}"'
                client.event(obj, "Warning", "OwnerRefInvalidNamespace", message, component=COMPONENT)
    if present:
        _without_owners(client, resource, obj, absent | waiting)
        return
    finalizers = metadata.get("finalizers") or ()
    is_blocking = any(_blocks(obj, each) for each in waiting) and bool(_dependents(client, obj))
    policy = "Orphan" if ORPHAN in finalizers else "Foreground" if is_blocking or FOREGROUND in finalizers else ""
    client.delete(resource, namespace, metadata["name"], propagation=policy or "Background")


def _without_owners(client: Client, resource: str, obj: Obj, uids: set[str]) -> None:
    left = [each for each in owners_of(obj) if each.get("uid") not in uids]
    if uids:
        client.update(resource, with_metadata(obj, ownerReferences=left), manager=MANAGER)


CONTROLLERS = (Controller(name="garbage", watches={"*": _keys}, reconcile=_reconcile),)
