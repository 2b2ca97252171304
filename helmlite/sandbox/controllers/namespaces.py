"""Namespaces: what they hold from the start, and how they end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from helmlite.sandbox.controllers.controller import Client, Controller, Key
from helmlite.sandbox.controllers.definitions import STEP
from helmlite.sandbox.controllers.workloads import (
    MANAGER,
    condition,
    conditioned,
    is_leaving,
    set_status,
    spec_of,
    status_of,
    with_conditions,
)
from helmlite.sandbox.objects import Obj, meta

AUTHORITY = "kube-root-ca.crt"
AUTHORITY_KEPT = ("kube-system", "extension-apiserver-authentication")
"""The ConfigMap that the cluster's authority is copied from."""
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)
DELETED = "All content successfully deleted, may be waiting on finalization"


def _configmap(namespace: str, name: str, content: dict[str, str], **metadata: object) -> Obj:
    whole = {"name": name, "namespace": namespace, **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": whole, "data": content}


def authority(certificate_pem: str) -> Obj:
    """Return the object that holds the cluster's authority, for the server to create first of all."""
    return _configmap(*AUTHORITY_KEPT, {"client-ca-file": certificate_pem})


def _namespace_of(obj: Obj) -> Iterable[Key]:
    namespace = meta(obj)["name"] if obj.get("kind") == "Namespace" else meta(obj).get("namespace")
    return [("", namespace)] if namespace else []


def _fill(client: Client, _: str, name: str) -> None:
    """Create what every namespace has, and put it right."""
    namespace = client.get("namespaces", "", name)
    if namespace is None or is_leaving(namespace):
        return
    if client.get("serviceaccounts", name, "default") is None:
        metadata = {"name": "default", "namespace": name}
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
        client.create("serviceaccounts", account, manager=MANAGER)
    kept = client.get("configmaps", *AUTHORITY_KEPT)
    content = {"ca.crt": kept["data"]["client-ca-file"]} if kept else {}
    found = client.get("configmaps", name, AUTHORITY)
    if found is None:
        made = _configmap(name, AUTHORITY, content, annotations={"kubernetes.io/description": DESCRIPTION})
        client.create("configmaps", made, manager=MANAGER)
    elif found.get("data") != content:
        client.update("configmaps", {**found, "data": content}, manager=MANAGER)


def _fill_for(obj: Obj) -> Iterable[Key]:
    if meta(obj)["name"] in ("default", AUTHORITY):
        yield "", meta(obj)["namespace"]


def _end(client: Client, _: str, name: str) -> None:
    """Delete what is in a namespace that is being deleted, pods first; let it go when nothing is left."""
    namespace = client.get("namespaces", "", name)
    finalizers = spec_of(namespace or {}).get("finalizers") or ()
    if namespace is None or not is_leaving(namespace) or "kubernetes" not in finalizers:
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
    resources = Counter(resource if "." in resource else f"{resource}." for resource, _ in left)
    listed = ", ".join(f"{resource} has {count} resource instances" for resource, count in sorted(resources.items()))
    held = Counter(finalizer for _, each in left for finalizer in meta(each).get("finalizers") or ())
    waits = ", ".join(f"{finalizer} in {count} resource instances" for finalizer, count in sorted(held.items()))
    finalizing = ("False", "ContentHasNoFinalizers", "All content-preserving finalizers finished")
    if held:
        message = f"Some content in the namespace has finalizers remaining: {waits}"
        finalizing = ("True", "SomeFinalizersRemain", message)
    said = {
        "NamespaceDeletionContentFailure": ("False", "ContentDeleted", DELETED),
        "NamespaceContentRemaining": ("True", "SomeResourcesRemain", f"Some resources are remaining: {listed}"),
        "NamespaceFinalizersRemaining": finalizing,
    }
    made = [conditioned(client, condition(namespace, name), name, *answer) for name, answer in said.items()]
    set_status(client, "namespaces", namespace, with_conditions(status_of(namespace), *made))


CONTROLLERS = (
    Controller(
        name="namespace-contents",
        watches={"namespaces": _namespace_of, "serviceaccounts": _fill_for, "configmaps": _fill_for},
        reconcile=_fill,
    ),
    Controller(name="namespace-end", watches={"*": _namespace_of}, reconcile=_end),
)
