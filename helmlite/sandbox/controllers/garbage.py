"""Owner references: what becomes of dependents when their owners go, and when owners may go.

As on a real server an owner is looked for in the dependent's own namespace, by kind and name, and must bear the uid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from helmlite.sandbox.controllers.controller import Client, Controller, Key
from helmlite.sandbox.controllers.workloads import MANAGER, is_leaving
from helmlite.sandbox.objects import Obj, meta, owners_of
from helmlite.sandbox.recorded import stored_as

COMPONENT = "garbage-collector-controller"
ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"

Reference = Mapping[str, Any]


def _keys(obj: Obj) -> Iterable[Key]:
    """Return keys of the object and of its owners: what is needed to find them, the name last."""
    metadata = meta(obj)
    namespace = metadata.get("namespace", "")
    own = {"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), "name": metadata["name"]}
    yield namespace, _text({**own, "uid": metadata.get("uid")}, "itself")
    for each in owners_of(obj):
        yield namespace, _text(each, "owner")


def _text(found: Reference, part: str) -> str:
    return " ".join(str(found.get(each)) for each in ("uid", "apiVersion", "kind")) + f" {part} {found.get('name')}"


def _reconcile(client: Client, namespace: str, name: str) -> None:
    uid, api_version, kind, part, own_name = name.split(" ", 4)
    reference = {"apiVersion": api_version, "kind": kind, "name": own_name, "uid": uid}
    found = _look_up(client, reference, namespace)
    if found is None:
        if part == "itself" and any(
            _has_uid(client.get(each, namespace, own_name), uid) for each in client.resources()
        ):
            return  # it is there, though its kind is not served
        gone = uid if part == "itself" else ""
        for resource, each in client.owned(uid):
            _collect(client, resource, each, gone)
        return
    resource, owner = found
    finalizers = meta(owner).get("finalizers") or ()
    if is_leaving(owner) and ORPHAN in finalizers:
        for dependents, each in _dependents(client, owner):
            _without_owners(client, dependents, each, {uid})
        _without_finalizer(client, resource, owner, ORPHAN)
    elif _is_waiting(owner):
        for dependents, each in _dependents(client, owner):
            _collect(client, dependents, each)
        if not any(_blocks(each, uid) for _, each in _dependents(client, owner)):
            _without_finalizer(client, resource, owner, FOREGROUND)


def _look_up(client: Client, reference: Reference, namespace: str) -> tuple[str, Obj] | None:
    """Return resource and object that a reference from a namespace leads to, None where there is none."""
    kind = client.kind(str(reference.get("apiVersion")), str(reference.get("kind")))
    if kind is None:
        return None
    resource = stored_as(kind)
    found = client.get(resource, namespace if kind.namespaced else "", str(reference.get("name")))
    return (resource, found) if found and _has_uid(found, reference.get("uid")) else None


def _has_uid(obj: Obj | None, uid: Any) -> bool:
    return obj is not None and meta(obj)["uid"] == uid


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


def _collect(client: Client, resource: str, obj: Obj, gone: str = "") -> None:
    """Delete an object that has no owner left, or take references to owners that are gone off it.

    ``gone`` is the uid of an owner that was there a moment ago, though its kind may be served no longer.
    """
    metadata = meta(obj)
    if is_leaving(obj):
        return
    absent, waiting, present = set(), set(), False
    for each in owners_of(obj):
        kind = client.kind(str(each.get("apiVersion")), str(each.get("kind")))
        found = _look_up(client, each, metadata.get("namespace", ""))
        if found and _is_waiting(found[1]):
            waiting.add(each["uid"])
        elif found:
            present = True
        elif kind is None and each.get("uid") == gone:
            absent.add(each["uid"])
        elif kind is None or (kind.namespaced and not metadata.get("namespace")):
            present = True  # nobody can tell, so it is left alone
        else:
            absent.add(each["uid"])
            _tell_of_namespace(client, obj, each, stored_as(kind))
    if present:
        _without_owners(client, resource, obj, absent | waiting)
        return
    finalizers = metadata.get("finalizers") or ()
    is_blocking = any(_blocks(obj, each) for each in waiting) and bool(_dependents(client, obj))
    policy = "Orphan" if ORPHAN in finalizers else "Foreground" if is_blocking or FOREGROUND in finalizers else ""
    client.delete(resource, metadata.get("namespace", ""), metadata["name"], propagation=policy or "Background")


def _tell_of_namespace(client: Client, obj: Obj, reference: Reference, resource: str) -> None:
    if not any(meta(each)["uid"] == reference.get("uid") for each in client.list(resource)):
        return
    namespace = meta(obj).get("namespace", "")
    place = f"{reference.get('apiVersion')}/{reference.get('kind')}, namespace: {namespace}"
    named = f"ownerRef [{place}, name: {reference.get('name')}, uid: {reference.get('uid')}]"
    message = f'{named} does not exist in namespace "{namespace}"'
    client.event(obj, "Warning", "OwnerRefInvalidNamespace", message, component=COMPONENT)


def _without_owners(client: Client, resource: str, obj: Obj, uids: set[str]) -> None:
    if uids:
        left = [each for each in owners_of(obj) if each.get("uid") not in uids]
        _put(client, resource, obj, "ownerReferences", left)


def _without_finalizer(client: Client, resource: str, obj: Obj, finalizer: str) -> None:
    left = [each for each in meta(obj).get("finalizers") or () if each != finalizer]
    _put(client, resource, obj, "finalizers", left)


def _put(client: Client, resource: str, obj: Obj, key: str, left: list[Any]) -> None:
    metadata = {name: value for name, value in meta(obj).items() if name != key}
    made = {**obj, "metadata": {**metadata, **({key: left} if left else {})}}
    client.update(resource, made, manager=MANAGER)


CONTROLLERS = (Controller(name="garbage", watches={"*": _keys}, reconcile=_reconcile),)
