"""What the objects of a release name, and whether it is there.

References are computed from rendered objects; what they name is looked for with a function, so that the same check
runs offline (among the rendered objects) and on a cluster. Optional references are left out, and so is what every
cluster or namespace brings (the account ``default``, the role ``cluster-admin``, the system's priority classes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Obj = Mapping[str, Any]
Find = Callable[[str, str], "Obj | None"]
"""``find(kind, name)``: the object of that name, None when there is none."""

BROUGHT = {
    *(("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"), ("ClusterRole", "cluster-admin")),
    *(("PriorityClass", "system-cluster-critical"), ("PriorityClass", "system-node-critical")),
}
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """``part`` is what the named object must have: a key of its data, or a port; empty for the object alone."""

    source: str
    kind: str
    name: str
    part: str | int = ""

    def __str__(self) -> str:
        part = f" with {self.part!r}" if self.part else ""
        return f"{self.source} names {self.kind} {self.name!r}{part}"


def unresolved(objects: Sequence[Obj], find: Find) -> list[str]:
    """Return a line for each reference, port name, selector or mount among the objects that leads nowhere."""
    named = [each for body in objects for each in references(body)]
    missing = [f"{each}, which is not there" for each in named if not _is_there(each, find)]
    return [*missing, *_selectors(objects), *_inner_names(objects)]


def among(objects: Sequence[Obj]) -> Find:
    """Return a function that finds objects among these."""
    there = {(body["kind"], body["metadata"]["name"]): body for body in objects}
    return lambda kind, name: there.get((kind, name))


def label(body: Obj) -> str:
    """Return what an object is called in messages."""
    return f"{body['kind']} {body['metadata']['name']}"


def pod_of(body: Obj) -> Obj | None:
    """Return the pod (``metadata``, ``spec``) that a workload makes, None for other kinds."""
    if body["kind"] not in WORKLOADS:
        return None
    if body["kind"] == "Pod":
        return body
    spec = body["spec"]["jobTemplate"]["spec"] if body["kind"] == "CronJob" else body["spec"]
    return spec["template"]  # type: ignore[no-any-return] # an object's fields are Any


def references(body: Obj) -> Iterator[Reference]:
    """Yield what an object names."""
    source, spec = label(body), body.get("spec") or {}
    pod = pod_of(body)
    if pod is not None:
        for kind, name, part in _of_pod(pod["spec"]):
            yield Reference(source=source, kind=kind, name=name, part=part)
    for kind, name, part in _of_spec(body, spec):
        yield Reference(source=source, kind=kind, name=name, part=part)


Named = tuple[str, str, "str | int"]


def _of_spec(body: Obj, spec: Obj) -> Iterator[Named]:
    match body["kind"]:
        case "StatefulSet":
            yield "Service", spec["serviceName"], ""
            for claim in spec.get("volumeClaimTemplates") or ():
                yield from _class_of(claim["spec"])
        case "PersistentVolumeClaim":
            yield from _class_of(spec)
        case "HorizontalPodAutoscaler":
            yield spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"], ""
        case "RoleBinding" | "ClusterRoleBinding":
            yield body["roleRef"]["kind"], body["roleRef"]["name"], ""
            for each in body.get("subjects") or ():
                if each["kind"] == "ServiceAccount":
                    yield "ServiceAccount", each["name"], ""
        case "ServiceAccount":
            for each in body.get("imagePullSecrets") or ():
                yield "Secret", each["name"], ""
        case "Ingress":
            if spec.get("ingressClassName"):
                yield "IngressClass", spec["ingressClassName"], ""
            for each in spec.get("tls") or ():
                yield "Secret", each["secretName"], ""
            for each in _all_at(spec, "service"):
                yield "Service", each["name"], each["port"].get("name") or each["port"]["number"]


def _class_of(claim: Obj) -> Iterator[Named]:
    if claim.get("storageClassName"):
        yield "StorageClass", claim["storageClassName"], ""


def _of_pod(spec: Obj) -> Iterator[Named]:
    yield "ServiceAccount", spec.get("serviceAccountName") or "default", ""
    if spec.get("priorityClassName"):
        yield "PriorityClass", spec["priorityClassName"], ""
    if spec.get("runtimeClassName"):
        yield "RuntimeClass", spec["runtimeClassName"], ""
    for each in spec.get("imagePullSecrets") or ():
        yield "Secret", each["name"], ""
    for each in _all_at(spec, "persistentVolumeClaim"):
        yield "PersistentVolumeClaim", each["claimName"], ""
    for kind, fields in (
        ("ConfigMap", ("configMap", "configMapRef", "configMapKeyRef")),
        ("Secret", ("secret", "secretRef", "secretKeyRef")),
    ):
        for each in (found for field in fields for found in _all_at(spec, field)):
            if not each.get("optional"):
                name = each.get("name") or each["secretName"]
                yield kind, name, each.get("key", "")
                for item in each.get("items") or ():
                    yield kind, name, item["key"]


def _all_at(value: Any, field: str) -> Iterator[Any]:
    """Yield the mappings that lie under a field, at any depth."""
    if isinstance(value, Mapping):
        if isinstance(value.get(field), Mapping):
            yield value[field]
        for each in value.values():
            yield from _all_at(each, field)
    elif isinstance(value, list):
        for each in value:
            yield from _all_at(each, field)


def _is_there(reference: Reference, find: Find) -> bool:
    if (reference.kind, reference.name) in BROUGHT:
        return True
    found = find(reference.kind, reference.name)
    if found is None or not reference.part:
        return found is not None
    if reference.kind == "Service":
        ports = found["spec"].get("ports") or ()
        return any(reference.part in (port["port"], port.get("name")) for port in ports)
    return any(reference.part in (found.get(field) or {}) for field in ("data", "stringData", "binaryData"))


def _pods(objects: Sequence[Obj]) -> Iterator[tuple[str, Obj]]:
    for body in objects:
        pod = pod_of(body)
        if pod is not None:
            yield label(body), pod


def _selectors(objects: Sequence[Obj]) -> Iterator[str]:
    """Yield the selectors that match no pod, and the Services whose port names their pods do not have."""
    pods = [pod for _, pod in _pods(objects)]
    for body in objects:
        spec = body.get("spec") or {}
        own = pod_of(body)
        if body["kind"] == "Service" and spec.get("selector"):
            chosen = [pod for pod in pods if spec["selector"].items() <= _labels(pod).items()]
            for port in spec["ports"]:
                target = port.get("targetPort", port["port"])
                if isinstance(target, str) and not all(target in _port_names(pod) for pod in chosen):
                    yield f"{label(body)} leads to port {target!r}, which its pods do not have"
        elif body["kind"] in ("PodDisruptionBudget", "NetworkPolicy"):
            selector = spec.get("selector") if body["kind"] == "PodDisruptionBudget" else spec["podSelector"]
            chosen = [pod for pod in pods if _matches(selector or {}, _labels(pod))]
        elif own is not None and spec.get("selector"):
            chosen = [own] if _matches(spec["selector"], _labels(own)) else []
        else:
            continue
        if not chosen:
            yield f"{label(body)} selects no pod"


def _matches(selector: Obj, labels: Mapping[str, str]) -> bool:
    if not (selector.get("matchLabels") or {}).items() <= labels.items():
        return False
    for each in selector.get("matchExpressions") or ():
        value = labels.get(each["key"])
        match each["operator"]:
            case "In":
                fits = value in each["values"]
            case "NotIn":
                fits = value not in each["values"]
            case "Exists":
                fits = value is not None
            case _:
                fits = value is None
        if not fits:
            return False
    return True


def _labels(pod: Obj) -> Mapping[str, str]:
    return pod["metadata"].get("labels") or {}


def _containers(pod: Obj) -> Iterator[Obj]:
    yield from pod["spec"]["containers"]
    yield from pod["spec"].get("initContainers") or ()


def _port_names(pod: Obj) -> set[str]:
    return {port.get("name", "") for each in _containers(pod) for port in each.get("ports") or ()}


def _inner_names(objects: Sequence[Obj]) -> Iterator[str]:
    """Yield probes and hooks that ask a port which their container lacks, and mounts of volumes that are not there."""
    for source, pod in _pods(objects):
        body = next(each for each in objects if label(each) == source)
        volumes = {each["name"] for each in pod["spec"].get("volumes") or ()}
        volumes |= {each["metadata"]["name"] for each in (body["spec"].get("volumeClaimTemplates") or ())}
        for container in _containers(pod):
            ports = {port.get("name") for port in container.get("ports") or ()}
            for field in ("httpGet", "tcpSocket"):
                for probe in _all_at(container, field):
                    if isinstance(probe["port"], str) and probe["port"] not in ports:
                        yield f"{source}: container {container['name']} is asked at port {probe['port']!r}"
            for mount in container.get("volumeMounts") or ():
                if mount["name"] not in volumes:
                    yield f"{source}: container {container['name']} mounts volume {mount['name']!r}"
