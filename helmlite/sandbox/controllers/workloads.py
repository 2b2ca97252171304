"""What all workloads ask of pods: to be made from a template, to be theirs, to be ready."""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from helmlite.sandbox.controllers.controller import Client, Controller, Key, itself
from helmlite.sandbox.objects import LETTERS, Obj, controller_of, labels_of, owners_of
from helmlite.sandbox.selectors import of_selector
from helmlite.sandbox.status import StatusError

MANAGER = "kube-controller-manager"
RETRY_SECONDS = 10.0
"""After how long a pod that was refused is tried again, when no quota or service account has changed before."""
BURST = 50
"""How many pods of one owner may wait for a node before no more are made: nothing grows without end by a typing error,
and requests are answered in between."""


def timestamp(client: Client) -> str:
    """Return the time of day as objects write it."""
    return client.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def stable_hash(value: Any) -> str:
    """Return up to 10 letters that are the same for equal values, as ``pod-template-hash`` has them."""
    number = zlib.crc32(json.dumps(value, sort_keys=True).encode())
    return "".join(LETTERS[ord(digit) % len(LETTERS)] for digit in str(number))


def spec_of(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object's spec, empty where it has none."""
    return obj.get("spec") or {}


def status_of(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object's status, empty where it has none."""
    return obj.get("status") or {}


def template_of(owner: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the pod template of a workload, empty where it has none."""
    return spec_of(owner).get("template") or {}


def number(found: Any, default: int) -> int:
    """Return a number of a spec, the default where it is not set."""
    return found if isinstance(found, int) else default


def share(found: Any, total: int, default: Any, *, up: bool) -> int:
    """Return a number that may be written as a part of ``total`` (``25%``), rounded up or down."""
    chosen = default if found is None else found
    if isinstance(chosen, int):
        return chosen
    percent = int(str(chosen).rstrip("%") or 0) if str(chosen).rstrip("%").isdecimal() else 0
    return -(-total * percent // 100) if up else total * percent // 100


def is_leaving(obj: Mapping[str, Any]) -> bool:
    """Return whether the object is being deleted."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def is_finished(pod: Mapping[str, Any]) -> bool:
    """Return whether the pod's containers have ended for good."""
    return status_of(pod).get("phase") in ("Succeeded", "Failed")


def is_active(pod: Mapping[str, Any]) -> bool:
    """Return whether the pod counts for those who want a number of pods."""
    return not is_leaving(pod) and not is_finished(pod)


def condition(obj: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a condition of the object's status, empty where it has none of this type."""
    return next((each for each in status_of(obj).get("conditions") or () if each.get("type") == name), {})


def conditioned(
    client: Client, old: Mapping[str, Any], name: str, status: str, reason: str = "", message: str = "", **more: Any
) -> Obj:
    """Return a condition, which has been so since the old one's time when that is of the same status."""
    since = old.get("lastTransitionTime") if old.get("status") == status else None
    made = {"type": name, "status": status, "lastTransitionTime": since or timestamp(client), **more}
    return made | {key: value for key, value in (("reason", reason), ("message", message)) if value}


def with_conditions(status: Mapping[str, Any], *made: Obj) -> Obj:
    """Return a status with conditions in place of those of the same types."""
    names = [each["type"] for each in made]
    others = [each for each in status.get("conditions") or () if each["type"] not in names]
    return {**status, "conditions": [*others, *made]}


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Return whether the pod is ready."""
    return condition(pod, "Ready").get("status") == "True"


def is_available(client: Client, pod: Mapping[str, Any], seconds: int) -> bool:
    """Return whether the pod has been ready for so many seconds; if not, its watchers are told when it is."""
    if not is_ready(pod) or is_leaving(pod):
        return False
    metadata, since = pod["metadata"], condition(pod, "Ready").get("lastTransitionTime") or timestamp(client)
    return seconds <= 0 or client.waited(seconds, since, "pods", metadata["namespace"], metadata["name"])


def reference(owner: Mapping[str, Any]) -> Obj:
    """Return the reference by which an object names its controller."""
    metadata = owner["metadata"]
    found = {key: owner[key] for key in ("apiVersion", "kind")} | {key: metadata[key] for key in ("name", "uid")}
    return {**found, "controller": True, "blockOwnerDeletion": True}


def owned_by(kind: str) -> Callable[[Obj], Iterable[Key]]:
    """Return which keys of a kind an object concerns: its controller, or (name "") all that may adopt it."""

    def keys(obj: Obj) -> Iterable[Key]:
        owner, namespace = controller_of(obj), obj["metadata"].get("namespace", "")
        if owner is None and labels_of(obj) and not is_leaving(obj):
            yield namespace, ""
        elif owner is not None and owner.get("kind") == kind:
            yield namespace, str(owner.get("name"))

    return keys


def everyone(obj: Obj) -> Iterable[Key]:
    """Return the key that stands for all: of the namespace whose quota has changed, of all when a node has."""
    yield obj["metadata"].get("namespace", ""), ""


REFUSALS = {"resourcequotas": everyone, "serviceaccounts": everyone}
"""What to watch so that a pod that was refused is tried again at once."""


def each_of(resource: str, step: Callable[[Client, Obj], None]) -> Callable[[Client, str, str], None]:
    """Return a reconcile that does the step for one object, or for all (of the namespace) when the name is ""."""

    def reconcile(client: Client, namespace: str, name: str) -> None:
        found = client.get(resource, namespace, name) if name else None
        for each in [found] if found else [] if name else client.list(resource, namespace or None):
            step(client, each)

    return reconcile


def of_pods(kind: str, resource: str, step: Callable[[Client, Obj], None], *also: str) -> Controller:
    """Return the controller of a workload that makes pods; a change of ``also`` concerns all workloads of the kind."""
    watches = {resource: itself, "pods": owned_by(kind), **REFUSALS, **dict.fromkeys(also, everyone)}
    return Controller(name=kind.lower(), watches=watches, reconcile=each_of(resource, step))


def claimed(client: Client, resource: str, owner: Obj) -> Sequence[Obj]:
    """Return the owner's objects of a resource, after adopting orphans it selects and releasing what it does not."""
    held = client.controlled(resource, owner)
    if is_leaving(owner):
        return held
    matches = of_selector(spec_of(owner).get("selector"))
    mine = []
    for each in held:
        if matches(each) or is_leaving(each):
            mine.append(each)
        else:
            kept = [one for one in owners_of(each) if one["uid"] != owner["metadata"]["uid"]]
            client.update(resource, with_metadata(each, ownerReferences=kept), manager=MANAGER)
    for each in client.list(resource, owner["metadata"]["namespace"]):
        if controller_of(each) is None and not is_leaving(each) and matches(each):
            adopted = with_metadata(each, ownerReferences=[*owners_of(each), reference(owner)])
            mine.append(client.update(resource, adopted, manager=MANAGER))
    return mine


def with_metadata(obj: Obj, **fields: Any) -> Obj:
    """Return an object with other fields of its metadata; an empty one is left out."""
    metadata = {**obj["metadata"], **fields}
    return {**obj, "metadata": {key: value for key, value in metadata.items() if value or key not in fields}}


def without_finalizers(client: Client, resource: str, obj: Obj, *finalizers: str) -> None:
    """Take finalizers off an object."""
    left = [each for each in obj["metadata"].get("finalizers") or () if each not in finalizers]
    client.update(resource, with_metadata(obj, finalizers=left), manager=MANAGER)


def pod_of(template: Mapping[str, Any], owner: Obj, **metadata: Any) -> Obj:
    """Return a pod as the template wants it; ``metadata`` is its ``name`` or ``generateName``, and more labels."""
    wanted = template.get("metadata") or {}
    metadata["labels"] = {**(wanted.get("labels") or {}), **metadata.get("labels", {})}
    metadata |= {key: wanted[key] for key in ("annotations", "finalizers") if wanted.get(key)}
    metadata |= {"namespace": owner["metadata"]["namespace"], "ownerReferences": [reference(owner)]}
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template.get("spec") or {}}
    return copy.deepcopy(made)


def room(pods: Iterable[Obj]) -> int:
    """Return how many more pods their owner may be given now."""
    return BURST - sum(not spec_of(each).get("nodeName") for each in pods)


def create_pod(client: Client, resource: str, owner: Obj, pod: Obj, *, component: str) -> StatusError | None:
    """Create a pod and tell of it by an event on the owner; returns the error when the server refuses it."""
    try:
        made = client.create("pods", pod, manager=MANAGER)
    except StatusError as error:
        client.event(owner, "Warning", "FailedCreate", f"Error creating: {error}", component=component)
        client.later(RETRY_SECONDS, resource, owner["metadata"]["namespace"], owner["metadata"]["name"])
        return error
    client.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}", component=component)
    return None


def delete_pod(client: Client, owner: Obj, pod: Obj, *, component: str) -> None:
    """Delete a pod and tell of it by an event on the owner."""
    name = pod["metadata"]["name"]
    client.delete("pods", pod["metadata"]["namespace"], name)
    client.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {name}", component=component)


def set_status(client: Client, resource: str, obj: Obj, status: Mapping[str, Any], manager: str = MANAGER) -> Obj:
    """Write the object's status if it differs; returns the object as it then is."""
    if status == status_of(obj):
        return obj
    return client.update(resource, {**obj, "status": dict(status)}, manager=manager, subresource="status")


def without_zeros(status: Mapping[str, Any], *kept: str) -> dict[str, Any]:
    """Return a status without what is 0 or empty, as Go leaves that out, save some fields."""
    return {key: value for key, value in status.items() if key in kept or value not in (0, None, [], "")}
