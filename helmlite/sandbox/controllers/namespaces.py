"""Namespaces: what they hold from the start, and how they end; and how CustomResourceDefinitions end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from helmlite.sandbox.controllers.controller import Client, Controller, Key
from helmlite.sandbox.controllers.workloads import (
    MANAGER,
    condition,
    is_leaving,
    set_status,
    spec_of,
    status_of,
    timestamp,
)
from helmlite.sandbox.objects import Obj, meta

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
AUTHORITY = "kube-root-ca.crt"
AUTHORITY_KEPT = ("kube-system", "extension-apiserver-authentication")
"""The ConfigMap that the cluster's authority is copied from."""
STEP = 200
"""How many objects are deleted at once, so that requests get in between."""
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)
NOTHING_FAILED = {
    "NamespaceDeletionDiscoveryFailure": (False, "ResourcesDiscovered", "All resources successfully discovered"),
    "NamespaceDeletionGroupVersionParsingFailure": (
        *(False, "ParsedGroupVersions"),
        "All legacy kube types successfully parsed",
    ),
    "NamespaceDeletionContentFailure": (
        *(False, "ContentDeleted"),
        "All content successfully deleted, may be waiting on finalization",
    ),
}
"""Conditions of a namespace whose end goes as it should: whether it is so, reason and message."""


def authority(certificate_pem: str) -> Obj:
    """Return the object that holds the cluster's authority, for the server to create first of all."""
    namespace, name = AUTHORITY_KEPT
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": {"client-ca-file": certificate_pem},
    }


def _namespace_of(obj: Obj) -> Iterable[Key]:
    namespace = meta(obj)["name"] if obj.get("kind") == "Namespace" else meta(obj).get("namespace")
    return [("", namespace)] if namespace else []


def _fill(client: Client, _: str, name: str) -> None:
    """Create what every namespace has, and put it right."""
    namespace = client.get("namespaces", "", name)
    if namespace is None or is_leaving(namespace):
        return
    if client.get("serviceaccounts", name, "default") is None:
        account: Obj = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": name},
        }
        client.create("serviceaccounts", account, manager=MANAGER)
    kept = client.get("configmaps", *AUTHORITY_KEPT)
    content = {"ca.crt": kept["data"]["client-ca-file"]} if kept else {}
    found = client.get("configmaps", name, AUTHORITY)
    if found is None:
        annotations = {"kubernetes.io/description": DESCRIPTION}
        metadata = {"name": AUTHORITY, "namespace": name, "annotations": annotations}
        made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": content}
        client.create("configmaps", made, manager=MANAGER)
    elif found.get("data") != content:
        client.update("configmaps", {**found, "data": content}, manager=MANAGER)


def _fill_for(obj: Obj) -> Iterable[Key]:
    if meta(obj)["name"] in ("default", AUTHORITY):
        yield "", meta(obj)["namespace"]


def _end(client: Client, _: str, name: str) -> None:
    """Delete what is in a namespace that is being deleted, pods first; let it go when nothing is left."""
    namespace = client.get("namespaces", "", name)
    if namespace is None or not is_leaving(namespace):
        return
    finalizers = spec_of(namespace).get("finalizers") or ()
    if "kubernetes" not in finalizers:
        return
    resources = ["pods"] if client.list("pods", name) else sorted(client.resources())
    whole = [(resource, each) for resource in resources for each in client.list(resource, name)]
    due = [(resource, each) for resource, each in whole if not is_leaving(each)]
    for resource, each in due[:STEP]:
        client.delete(resource, name, meta(each)["name"])
    if len(due) > STEP:
        return  # each deletion brings us back here
    left = [(resource, each) for resource in client.resources() for each in client.list(resource, name)]
    if left:
        _tell_what_is_left(client, namespace, left)
        return
    spec = {**namespace["spec"], "finalizers": [each for each in finalizers if each != "kubernetes"]}
    client.update("namespaces", {**namespace, "spec": spec}, manager=MANAGER, subresource="finalize")


def _tell_what_is_left(client: Client, namespace: Obj, left: Sequence[tuple[str, Obj]]) -> None:
    # the group of the core is empty, and stands after the dot all the same
    counted = Counter(resource if "." in resource else f"{resource}." for resource, _ in left)
    listed = ", ".join(f"{resource} has {count} resource instances" for resource, count in sorted(counted.items()))
    held = Counter(finalizer for _, each in left for finalizer in meta(each).get("finalizers") or ())
    waits = ", ".join(f"{finalizer} in {count} resource instances" for finalizer, count in sorted(held.items()))
    finalizing = (False, "ContentHasNoFinalizers", "All content-preserving finalizers finished")
    if held:
        message = f"Some content in the namespace has finalizers remaining: {waits}"
        finalizing = (True, "SomeFinalizersRemain", message)
    said = {
        **NOTHING_FAILED,
        "NamespaceContentRemaining": (True, "SomeResourcesRemain", f"Some resources are remaining: {listed}"),
        "NamespaceFinalizersRemaining": finalizing,
    }
    conditions = []
    for type_, (is_so, reason, message) in said.items():
        made = {"type": type_, "status": str(is_so), "reason": reason, "message": message}
        old = condition(namespace, type_)
        time = old.get("lastTransitionTime") if old.get("status") == made["status"] else None
        conditions.append({**made, "lastTransitionTime": time or timestamp(client)})
    set_status(client, "namespaces", namespace, {**status_of(namespace), "conditions": conditions})


def _definition_of(obj: Obj) -> Iterable[Key]:
    if obj.get("kind") == "CustomResourceDefinition":
        yield obj["spec"]["group"], obj["spec"]["names"]["kind"]
    elif is_leaving(obj):
        yield str(obj.get("apiVersion")).partition("/")[0], str(obj.get("kind"))


def _end_definition(client: Client, group: str, kind: str) -> None:
    """Delete the objects of a definition that is being deleted; let it go when none is left."""
    for definition in client.list(CRDS):
        spec, metadata = definition["spec"], meta(definition)
        finalizers = metadata.get("finalizers") or ()
        if (spec["group"], spec["names"]["kind"]) != (group, kind) or not is_leaving(definition):
            continue
        status = definition.get("status") or {}
        conditions = status.get("conditions") or []
        if CLEANUP in finalizers and "Terminating" not in [each["type"] for each in conditions]:
            said = {"reason": "InstanceDeletionInProgress", "message": "CustomResource deletion is in progress"}
            now = {"lastTransitionTime": f"{client.now():%Y-%m-%dT%H:%M:%SZ}", **said}
            conditions = [*conditions, {"type": "Terminating", "status": "True", **now}]
            marked = {**definition, "status": {**status, "conditions": conditions}}
            client.update(CRDS, marked, manager=MANAGER, subresource="status")
            return
        objects = [each for each in client.list(metadata["name"]) if not is_leaving(each)]
        for each in objects[:STEP]:
            client.delete(metadata["name"], meta(each).get("namespace", ""), meta(each)["name"])
        if client.list(metadata["name"]):
            if len(objects) > STEP:
                client.later(0, CRDS, "", metadata["name"])
        elif CLEANUP in finalizers:
            left = [each for each in finalizers if each != CLEANUP]
            client.update(CRDS, {**definition, "metadata": {**metadata, "finalizers": left}}, manager=MANAGER)


CONTROLLERS = (
    Controller(
        name="namespace-contents",
        watches={"namespaces": _namespace_of, "serviceaccounts": _fill_for, "configmaps": _fill_for},
        reconcile=_fill,
    ),
    Controller(name="namespace-end", watches={"*": _namespace_of}, reconcile=_end),
    Controller(name="definition-end", watches={CRDS: _definition_of, "*": _definition_of}, reconcile=_end_definition),
)
