"""What a request is given, or refused, with a look at other objects: after defaults, before checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helmlite.sandbox import addresses, limits, usage
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.kinds import CRDS, Kind
from helmlite.sandbox.objects import Obj, annotations_of, made_up, meta
from helmlite.sandbox.recorded import stored_as
from helmlite.sandbox.status import StatusError, forbidden
from helmlite.sandbox.strategy import quality_of_service

PROTECTED = frozenset({"default", "kube-public", "kube-system"})
"""Namespaces that may not be deleted."""
CLASSES = "storageclasses.storage.k8s.io"
INGRESS_CLASSES = "ingressclasses.networking.k8s.io"
PRIORITIES = "priorityclasses.scheduling.k8s.io"
TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount"
TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
FINALIZERS = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
}
"""What new objects wait for when they are deleted."""


def admit(client: Client, kind: Kind, body: Obj, old: Obj | None, operation: str) -> None:
    """Complete an object in place, or refuse it; raises StatusError 403, 404 or 422.

    ``operation`` is CREATE, UPDATE or DELETE (of which nothing is changed); ``old`` is what is stored.
    """
    resource, name = stored_as(kind), meta(body).get("name", "")
    if operation == "DELETE":
        if resource == "namespaces" and name in PROTECTED:
            raise forbidden(kind, name, "this namespace may not be deleted")
        return
    if operation == "CREATE":
        _check_place(client, kind, body)
        if resource in FINALIZERS:
            held = meta(body).get("finalizers") or []
            meta(body)["finalizers"] = [*held, *({FINALIZERS[resource]} - set(held))]
        if resource == "pods":
            _fill_pod(client, kind, body)
        elif resource == "persistentvolumeclaims":
            _fill_class(client, body, "storageClassName", CLASSES, "storageclass.kubernetes.io/is-default-class")
        elif resource == "ingresses.networking.k8s.io" and "kubernetes.io/ingress.class" not in annotations_of(body):
            default = "ingressclass.kubernetes.io/is-default-class"
            _fill_class(client, body, "ingressClassName", INGRESS_CLASSES, default)
    if resource == "persistentvolumeclaims" and old:
        _check_growth(client, kind, body, old)
    if (resource == "pods" and not old) or resource == "persistentvolumeclaims":
        found = limits.faults(client, resource, body)
        if found:
            raise forbidden(kind, name, found[0] if len(found) == 1 else f"[{', '.join(found)}]")
    if resource == "services":
        addresses.assign(client, kind, body, old)
    if kind.namespaced:
        _check_quotas(client, kind, body, old)


def _check_place(client: Client, kind: Kind, body: Obj) -> None:
    """Raise StatusError unless objects of the kind can be created in the namespace."""
    name, namespace = meta(body).get("name", ""), meta(body).get("namespace")
    if kind.namespaced:
        found = client.get("namespaces", "", str(namespace))
        if found is None:
            details = {"name": namespace, "kind": "namespaces"}
            raise StatusError(404, "NotFound", f'namespaces "{namespace}" not found', details)
        if meta(found).get("deletionTimestamp"):
            said = f"unable to create new content in namespace {namespace} because it is being terminated"
            error, message = forbidden(kind, name, said), f"namespace {namespace} is being terminated"
            cause = {"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}
            raise StatusError(403, "Forbidden", str(error), {**(error.details or {}), "causes": [cause]})
    if kind.custom:
        definition = client.get(CRDS, "", kind.resource)
        if definition and meta(definition).get("deletionTimestamp"):
            raise forbidden(kind, name, "create not allowed while custom resource definition is terminating")


def _fill_class(client: Client, body: Obj, field: str, resource: str, annotation: str) -> None:
    """Set a class that is not given to the default one, the youngest of several."""
    spec = body.get("spec")
    defaults = [each for each in client.list(resource) if annotations_of(each).get(annotation) == "true"]
    if isinstance(spec, dict) and spec.get(field) is None and defaults:
        spec[field] = meta(max(defaults, key=lambda each: str(meta(each)["creationTimestamp"])))["name"]


def _fill_pod(client: Client, kind: Kind, pod: Obj) -> None:
    spec: dict[str, Any] = pod.setdefault("spec", {})
    _set_account(client, kind, pod, spec)
    _set_priority(client, kind, pod, spec)
    tolerations = spec.get("tolerations") or []
    for key in TOLERATED:
        if not any(_tolerates(each, key) for each in tolerations):
            made = {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            tolerations = [*tolerations, made]
    spec["tolerations"] = tolerations
    limits.fill(client, pod)
    pod["status"] = {**(pod.get("status") or {}), "qosClass": quality_of_service(spec)}


def _tolerates(toleration: Mapping[str, Any], key: str) -> bool:
    return toleration.get("key") in (None, "", key) and toleration.get("effect") in (None, "", "NoExecute")


def _set_account(client: Client, kind: Kind, pod: Obj, spec: dict[str, Any]) -> None:
    namespace, pod_name = meta(pod)["namespace"], meta(pod).get("name", "")
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = client.get("serviceaccounts", namespace, name)
    if account is None:
        said = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise forbidden(kind, pod_name, said)
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = account["imagePullSecrets"]
    wanted = spec.get("automountServiceAccountToken")
    if wanted is None:
        wanted = account.get("automountServiceAccountToken")
    if wanted is not False:
        _mount_token(spec)


def _mount_token(spec: dict[str, Any]) -> None:
    name = made_up("kube-api-access-")
    is_used = False
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        mounts = container.get("volumeMounts") or []
        if all(each.get("mountPath") != TOKENS for each in mounts):
            container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": TOKENS}]
            is_used = True
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    if is_used:
        volume = {"name": name, "projected": {"sources": sources, "defaultMode": 420}}
        spec["volumes"] = [*(spec.get("volumes") or []), volume]


def _set_priority(client: Client, kind: Kind, pod: Obj, spec: dict[str, Any]) -> None:
    pod_name, name = meta(pod).get("name", ""), spec.get("priorityClassName")
    if name:
        chosen = client.get(PRIORITIES, "", name)
        if chosen is None:
            raise forbidden(kind, pod_name, f"no PriorityClass with name {name} was found")
    else:
        defaults = [each for each in client.list(PRIORITIES) if each.get("globalDefault")]
        chosen = min(defaults, key=lambda each: int(each["value"]), default=None)
        if chosen:
            spec["priorityClassName"] = meta(chosen)["name"]
    found = chosen or {}
    for field, what, word, computed in (
        ("priority", "integer", "priority", found.get("value", 0)),
        ("preemptionPolicy", "string", "PreemptionPolicy", found.get("preemptionPolicy", "PreemptLowerPriority")),
    ):
        given = spec.get(field)
        if given is not None and given != computed:
            said = f"the {what} value of {word} ({given}) must not be provided in pod spec; priority admission"
            raise forbidden(kind, pod_name, f"{said} controller computed {computed} from the given PriorityClass name")
        spec[field] = computed


def _check_growth(client: Client, kind: Kind, claim: Obj, old: Obj) -> None:
    if (old.get("status") or {}).get("phase") != "Bound":
        return  # the checks refuse any change of size then
    wanted, there = (usage.of_object("persistentvolumeclaims", each)["requests.storage"] for each in (claim, old))
    found = client.get(CLASSES, "", str((old.get("spec") or {}).get("storageClassName")))
    if usage.value(wanted) > usage.value(there) and not (found or {}).get("allowVolumeExpansion"):
        said = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must"
        raise forbidden(kind, meta(claim)["name"], f"{said} support resize")


def _check_quotas(client: Client, kind: Kind, body: Obj, old: Obj | None) -> None:
    """Raise StatusError 403 when a quota of the namespace would be exceeded by what is new."""
    resource, name = stored_as(kind), meta(body).get("name", "")
    quotas = client.list("resourcequotas", meta(body).get("namespace"))
    if not quotas:
        return
    before = usage.of_object(resource, old) if old else {}
    after = usage.of_object(resource, body)
    for quota in quotas:
        if usage.is_scoped(quota):
            continue
        hard = (quota.get("spec") or {}).get("hard") or {}
        start = f"quota: {meta(quota)['name']}"
        missing = list(_missing(hard, body["spec"])) if resource == "pods" and not old else []
        if missing:
            raise forbidden(kind, name, f"failed {start}: must specify {'; '.join(missing)}")
        asked = {}
        for each in sorted(hard.keys() & after.keys()):
            grown = usage.value(after[each]) - usage.value(before.get(each, "0"))
            if grown > 0:
                asked[each] = usage.written(grown, after[each])
        used = usage.used(client, quota, list(asked)) if asked else {}
        over = [each for each in asked if usage.value(used[each]) + usage.value(asked[each]) > usage.value(hard[each])]
        if over:
            parts = (("requested", asked), ("used", used), ("limited", hard))
            said = [f"{word}: {','.join(f'{each}={amounts[each]}' for each in over)}" for word, amounts in parts]
            raise forbidden(kind, name, f"exceeded {start}, {', '.join(said)}")


def _missing(hard: Mapping[str, str], spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield which limits need an amount that containers do not give, and which containers."""
    containers = [each for key in ("containers", "initContainers") for each in spec.get(key) or ()]
    for name in sorted(hard.keys() & usage.MUST_BE_GIVEN):
        part, _, amount = name.rpartition(".")
        lacking = sorted(
            str(each.get("name")) for each in containers if amount not in usage.given(each, part or "requests")
        )
        if lacking:
            yield f"{name} for: {','.join(lacking)}"
