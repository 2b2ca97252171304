"""Claims and volumes: binding, provisioning at once, protection while in use, and what becomes of released volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from helmlite.sandbox.controllers.controller import Client, Controller, Key, itself
from helmlite.sandbox.controllers.workloads import MANAGER, everyone, is_leaving, set_status, spec_of, status_of
from helmlite.sandbox.objects import Obj, annotations_of, meta
from helmlite.sandbox.quantities import parse_quantity
from helmlite.sandbox.selectors import of_selector

COMPONENT = "persistentvolume-controller"
CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
CLASSES = "storageclasses.storage.k8s.io"
PROVISIONER = "kubernetes.io/host-path"
CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"
VOLUME_HELD = "kubernetes.io/pv-controller"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
STANDARD: Obj = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": PROVISIONER,
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
}
"""The default class, for the server to create first of all."""
PROVISIONER_KEYS = ("volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner")


def _claims_of_pod(pod: Obj) -> Iterable[Key]:
    for name in _claim_names(pod):
        yield meta(pod).get("namespace", ""), name


def _claim_names(pod: Obj) -> list[str]:
    volumes = spec_of(pod).get("volumes") or ()
    return [each["persistentVolumeClaim"]["claimName"] for each in volumes if each.get("persistentVolumeClaim")]


def _volume_of_claim(claim: Obj) -> Iterable[Key]:
    name = spec_of(claim).get("volumeName")
    return [("", name)] if name else []


def _reconcile_claim(client: Client, namespace: str, name: str) -> None:
    if not name:
        for each in client.list(CLAIMS):
            if status_of(each).get("phase") == "Pending":
                _reconcile_claim(client, meta(each)["namespace"], meta(each)["name"])
        return
    claim = client.get(CLAIMS, namespace, name)
    if claim is None:
        return
    users = [each for each in client.list("pods", namespace) if name in _claim_names(each)]
    if is_leaving(claim):
        if not any(each["spec"].get("nodeName") for each in users):
            _without_finalizers(client, CLAIMS, claim, {CLAIM_PROTECTION})
    elif status_of(claim).get("phase") != "Bound":
        _find_volume(client, claim, bool(users))


def _find_volume(client: Client, claim: Obj, is_used: bool) -> None:
    """Bind a claim to the volume it names, to one that fits, or to a new one; or say why there is none."""
    spec = claim["spec"]
    if spec.get("volumeName"):
        volume = client.get(VOLUMES, "", spec["volumeName"])
        if volume and _may_take(claim, volume):
            _bind(client, claim, volume, {})
        return
    class_name = spec.get("storageClassName") or ""
    found = client.get(CLASSES, "", class_name) if class_name else None
    waits = found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"
    if waits and not is_used:
        _tell(client, claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
        return
    chosen: dict[str, str] = {}
    if waits:
        chosen[SELECTED_NODE] = meta(client.list("nodes")[0])["name"] if client.list("nodes") else ""
    fitting = sorted((each for each in client.list(VOLUMES) if _fits(claim, each)), key=_capacity)
    if fitting:
        _bind(client, claim, fitting[0], {**chosen, BOUND_BY_CONTROLLER: "yes"})
    elif not class_name:
        said = "no persistent volumes available for this claim and no storage class is set"
        _tell(client, claim, "FailedBinding", said)
    elif found is None:
        said = f'storageclass.storage.k8s.io "{class_name}" not found'
        _tell(client, claim, "ProvisioningFailed", said, "Warning")
    elif found.get("provisioner") != PROVISIONER:
        _wait_for_provisioner(client, claim, found["provisioner"], chosen)
    else:
        volume = client.create(VOLUMES, _new_volume(claim, found), manager=MANAGER)
        named = dict.fromkeys(PROVISIONER_KEYS, PROVISIONER)
        said = f"Successfully provisioned volume {meta(volume)['name']} using {PROVISIONER}"
        _tell(client, claim, "ProvisioningSucceeded", said)
        _bind(client, claim, volume, {**chosen, **named, BOUND_BY_CONTROLLER: "yes"})


def _wait_for_provisioner(client: Client, claim: Obj, provisioner: str, chosen: Mapping[str, str]) -> None:
    if annotations_of(claim).get(PROVISIONER_KEYS[0]) == provisioner:
        return
    annotations = {**annotations_of(claim), **chosen, **dict.fromkeys(PROVISIONER_KEYS, provisioner)}
    client.update(CLAIMS, {**claim, "metadata": {**meta(claim), "annotations": annotations}}, manager=MANAGER)
    start = f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the"
    said = "system administrator. If volume creation is delayed, please verify that the provisioner is running and"
    _tell(client, claim, "ExternalProvisioning", f"{start} {said} correctly registered.")


def _tell(client: Client, claim: Obj, reason: str, message: str, kind: str = "Normal") -> None:
    client.event(claim, kind, reason, message, component=COMPONENT)


def _requested(claim: Obj) -> str:
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _capacity(volume: Obj) -> Decimal:
    return parse_quantity((volume["spec"].get("capacity") or {}).get("storage", "0")) or Decimal(0)


def _may_take(claim: Obj, volume: Obj) -> bool:
    """Return whether a volume is nobody's, or reserved for the claim."""
    reference = volume["spec"].get("claimRef") or {}
    own = (meta(claim)["namespace"], meta(claim)["name"])
    is_own = (reference.get("namespace"), reference.get("name")) == own
    return not reference or (is_own and reference.get("uid") in (None, "", meta(claim)["uid"]))


def _fits(claim: Obj, volume: Obj) -> bool:
    wanted, given = claim["spec"], volume["spec"]
    same = all((wanted.get(key) or "") == (given.get(key) or "") for key in ("storageClassName", "volumeMode"))
    selector = wanted.get("selector")
    return (
        same
        and _may_take(claim, volume)
        and not is_leaving(volume)
        and set(wanted.get("accessModes") or ()) <= set(given.get("accessModes") or ())
        and (parse_quantity(_requested(claim)) or Decimal(0)) <= _capacity(volume)
        and (not selector or of_selector(selector)(volume))
    )


def _new_volume(claim: Obj, found: Obj) -> Obj:
    uid, policy = meta(claim)["uid"], found.get("reclaimPolicy", "Delete")
    metadata: dict[str, Any] = {
        "name": f"pvc-{uid}",
        "annotations": {"kubernetes.io/createdby": "hostpath-dynamic-provisioner", PROVISIONED_BY: PROVISIONER},
    }
    if policy == "Delete":
        metadata["finalizers"] = [VOLUME_HELD]
    spec: dict[str, Any] = {
        "accessModes": claim["spec"].get("accessModes"),
        "capacity": {"storage": _requested(claim)},
        "hostPath": {"path": f"/tmp/hostpath_pv/{uid}", "type": ""},  # noqa: S108  # on a node that there is not
        "persistentVolumeReclaimPolicy": policy,
        "storageClassName": meta(found)["name"],
        "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
        **({"mountOptions": found["mountOptions"]} if found.get("mountOptions") else {}),
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}


def _bind(client: Client, claim: Obj, volume: Obj, annotations: Mapping[str, str]) -> None:
    """Let a volume and a claim refer to each other; ``annotations`` are the claim's."""
    keys = ("namespace", "name", "uid", "resourceVersion")
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **{key: meta(claim)[key] for key in keys}}
    metadata = meta(volume)
    if not (volume["spec"].get("claimRef") or {}).get("uid"):
        if not volume["spec"].get("claimRef"):
            metadata = {**metadata, "annotations": {**annotations_of(volume), BOUND_BY_CONTROLLER: "yes"}}
        spec = {**volume["spec"], "claimRef": reference}
        volume = client.update(VOLUMES, {**volume, "metadata": metadata, "spec": spec}, manager=MANAGER)
    _set_phase(client, volume, "Bound")
    metadata = {**meta(claim), "annotations": {**annotations_of(claim), **annotations, BIND_COMPLETED: "yes"}}
    spec = {**claim["spec"], "volumeName": meta(volume)["name"]}
    claim = client.update(CLAIMS, {**claim, "metadata": metadata, "spec": spec}, manager=MANAGER)
    status = {
        "phase": "Bound",
        "accessModes": volume["spec"].get("accessModes"),
        "capacity": volume["spec"]["capacity"],
    }
    set_status(client, CLAIMS, claim, status)


def _set_phase(client: Client, volume: Obj, phase: str) -> None:
    set_status(client, VOLUMES, volume, {**status_of(volume), "phase": phase})


def _without_finalizers(client: Client, resource: str, obj: Obj, finalizers: set[str]) -> None:
    left = [each for each in meta(obj).get("finalizers") or () if each not in finalizers]
    client.update(resource, {**obj, "metadata": {**meta(obj), "finalizers": left}}, manager=MANAGER)


def _reconcile_volume(client: Client, _: str, name: str) -> None:
    volume = client.get(VOLUMES, "", name)
    if volume is None:
        return
    reference = volume["spec"].get("claimRef") or {}
    claim = client.get(CLAIMS, reference.get("namespace", ""), reference["name"]) if reference.get("uid") else None
    is_bound = claim is not None and meta(claim)["uid"] == reference["uid"]
    if is_leaving(volume):
        if not is_bound:
            _without_finalizers(client, VOLUMES, volume, {VOLUME_PROTECTION, VOLUME_HELD})
    elif not reference.get("uid"):
        _set_phase(client, volume, "Available")
    elif not is_bound:
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            client.delete(VOLUMES, "", name)
        else:
            _set_phase(client, volume, "Released")


CONTROLLERS = (
    Controller(name="volumes", watches={VOLUMES: itself, CLAIMS: _volume_of_claim}, reconcile=_reconcile_volume),
    Controller(
        name="claims",
        watches={CLAIMS: itself, "pods": _claims_of_pod, VOLUMES: everyone, CLASSES: everyone},
        reconcile=_reconcile_claim,
    ),
)
