"""Claims and volumes: binding, provisioning at once, protection while in use, and what becomes of released volumes.

Nothing waits for a first consumer: a class of a provisioner from elsewhere gets no volume at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from helmlite.sandbox.controllers.controller import Client, Controller, Key, itself
from helmlite.sandbox.controllers.workloads import (
    MANAGER,
    each_of,
    everyone,
    is_leaving,
    set_status,
    spec_of,
    status_of,
    with_metadata,
    without_finalizers,
)
from helmlite.sandbox.objects import Obj, annotations_of, meta
from helmlite.sandbox.selectors import of_selector
from helmlite.sandbox.store import key_of
from helmlite.sandbox.usage import given, value

COMPONENT = "persistentvolume-controller"
CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
CLASSES = "storageclasses.storage.k8s.io"
PROVISIONER = "kubernetes.io/host-path"
CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
STANDARD: Obj = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": PROVISIONER,
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
}
"""The default class, for the server to create first of all."""
ELSEWHERE = (
    "Waiting for a volume to be created either by the external provisioner '{}' or manually by the system "
    "administrator. If volume creation is delayed, please verify that the provisioner is running and correctly "
    "registered."
)
PROVISIONER_KEYS = ("volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner")


def _claim_names(pod: Obj) -> list[str]:
    volumes = spec_of(pod).get("volumes") or ()
    return [each["persistentVolumeClaim"]["claimName"] for each in volumes if each.get("persistentVolumeClaim")]


def _claims_of_pod(pod: Obj) -> Iterable[Key]:
    return [(meta(pod).get("namespace", ""), name) for name in _claim_names(pod)]


def _volume_of_claim(claim: Obj) -> Iterable[Key]:
    name = spec_of(claim).get("volumeName")
    return [("", name)] if name else []


def _reconcile_claim(client: Client, claim: Obj) -> None:
    namespace, name = key_of(claim)
    if is_leaving(claim):
        users = [each for each in client.list("pods", namespace) if name in _claim_names(each)]
        if not any(each["spec"].get("nodeName") for each in users):
            without_finalizers(client, CLAIMS, claim, CLAIM_PROTECTION)
    elif status_of(claim).get("phase") != "Bound":
        _find_volume(client, claim)


def _find_volume(client: Client, claim: Obj) -> None:
    """Bind a claim to the volume it names, to one that fits, or to a new one; or say why there is none."""
    named, class_name = claim["spec"].get("volumeName"), claim["spec"].get("storageClassName") or ""
    if named:
        volume = client.get(VOLUMES, "", named)
        if volume and _may_take(claim, volume):
            _bind(client, claim, volume)
        return
    found = client.get(CLASSES, "", class_name)
    fitting = sorted((each for each in client.list(VOLUMES) if _fits(claim, each)), key=_capacity)
    kind, said = "Normal", ""
    if fitting:
        _bind(client, claim, fitting[0], BOUND_BY_CONTROLLER)
    elif not class_name:
        reason, said = "FailedBinding", "no persistent volumes available for this claim and no storage class is set"
    elif found is None:
        kind, reason = "Warning", "ProvisioningFailed"
        said = f'storageclass.storage.k8s.io "{class_name}" not found'
    elif found.get("provisioner") != PROVISIONER:
        reason, said = "ExternalProvisioning", ELSEWHERE.format(found.get("provisioner"))
    else:
        volume = client.create(VOLUMES, _new_volume(claim, found), manager=MANAGER)
        _bind(client, claim, volume, BOUND_BY_CONTROLLER, **dict.fromkeys(PROVISIONER_KEYS, PROVISIONER))
        reason = "ProvisioningSucceeded"
        said = f"Successfully provisioned volume {meta(volume)['name']} using {PROVISIONER}"
    if said:
        client.event(claim, kind, reason, said, component=COMPONENT)


def _requested(claim: Obj) -> str:
    return str(given(claim["spec"], "requests").get("storage", "0"))


def _capacity(volume: Obj) -> Decimal:
    return value((volume["spec"].get("capacity") or {}).get("storage", "0"))


def _may_take(claim: Obj, volume: Obj) -> bool:
    """Return whether a volume is nobody's, or reserved for the claim."""
    reference = volume["spec"].get("claimRef") or {}
    is_own = (reference.get("namespace"), reference.get("name")) == key_of(claim)
    return not reference or (is_own and reference.get("uid") in (None, "", meta(claim)["uid"]))


def _fits(claim: Obj, volume: Obj) -> bool:
    wanted, given = claim["spec"], volume["spec"]
    same = all((wanted.get(key) or "") == (given.get(key) or "") for key in ("storageClassName", "volumeMode"))
    return (
        same
        and _may_take(claim, volume)
        and not is_leaving(volume)
        and set(wanted.get("accessModes") or ()) <= set(given.get("accessModes") or ())
        and value(_requested(claim)) <= _capacity(volume)
        and (not wanted.get("selector") or of_selector(wanted["selector"])(volume))
    )


def _new_volume(claim: Obj, found: Obj) -> Obj:
    uid, policy = meta(claim)["uid"], found.get("reclaimPolicy", "Delete")
    spec: dict[str, Any] = {
        "accessModes": claim["spec"].get("accessModes"),
        "capacity": {"storage": _requested(claim)},
        "hostPath": {"path": f"/tmp/hostpath_pv/{uid}", "type": ""},  # noqa: S108  # on a node that there is not
        "persistentVolumeReclaimPolicy": policy,
        "storageClassName": meta(found)["name"],
        "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
    }
    metadata = {"name": f"pvc-{uid}", "annotations": {PROVISIONED_BY: PROVISIONER}}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}


def _bind(client: Client, claim: Obj, volume: Obj, *marks: str, **more: str) -> None:
    """Let a volume and a claim refer to each other, with annotations of the claim: ``marks`` are ``yes``."""
    keys = ("namespace", "name", "uid", "resourceVersion")
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **{key: meta(claim)[key] for key in keys}}
    if not (volume["spec"].get("claimRef") or {}).get("uid"):
        changed = {**volume, "spec": {**volume["spec"], "claimRef": reference}}
        volume = client.update(VOLUMES, changed, manager=MANAGER)
    _set_phase(client, volume, "Bound")
    annotations = {**annotations_of(claim), **more, **dict.fromkeys((*marks, BIND_COMPLETED), "yes")}
    spec = {**claim["spec"], "volumeName": meta(volume)["name"]}
    claim = client.update(CLAIMS, {**with_metadata(claim, annotations=annotations), "spec": spec}, manager=MANAGER)
    given = {"accessModes": volume["spec"].get("accessModes"), "capacity": volume["spec"]["capacity"]}
    set_status(client, CLAIMS, claim, {"phase": "Bound", **given})


def _set_phase(client: Client, volume: Obj, phase: str) -> None:
    set_status(client, VOLUMES, volume, {**status_of(volume), "phase": phase})


def _reconcile_volume(client: Client, volume: Obj) -> None:
    reference = volume["spec"].get("claimRef") or {}
    claim = client.get(CLAIMS, reference.get("namespace", ""), reference["name"]) if reference.get("uid") else None
    if claim is not None and meta(claim)["uid"] == reference["uid"]:
        return
    if is_leaving(volume):
        without_finalizers(client, VOLUMES, volume, VOLUME_PROTECTION)
    elif not reference.get("uid"):
        _set_phase(client, volume, "Available")
    elif volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
        client.delete(VOLUMES, "", meta(volume)["name"])
    else:
        _set_phase(client, volume, "Released")


CONTROLLERS = (
    Controller(
        name="volumes",
        watches={VOLUMES: itself, CLAIMS: _volume_of_claim},
        reconcile=each_of(VOLUMES, _reconcile_volume),
    ),
    Controller(
        name="claims",
        watches={CLAIMS: itself, "pods": _claims_of_pod, VOLUMES: everyone, CLASSES: everyone},
        reconcile=each_of(CLAIMS, _reconcile_claim),
    ),
)
