"""Services: endpoints of the pods they select, mirrors of Endpoints that somebody writes, addresses from outside.

No traffic flows to any of these addresses. Load balancers and Ingresses get one so that what waits for it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.controllers.workloads import (
    MANAGER,
    each_of,
    everyone,
    is_finished,
    is_leaving,
    is_ready,
    reference,
    set_status,
    spec_of,
    status_of,
)
from helmlite.sandbox.objects import Obj, annotations_of, labels_of, meta

SLICES = "endpointslices.discovery.k8s.io"
INGRESSES = "ingresses.networking.k8s.io"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME = "kubernetes.io/service-name"
HEADLESS = "service.kubernetes.io/headless"
FROM_PODS = "endpointslice-controller.k8s.io"
FROM_ENDPOINTS = "endpointslicemirroring-controller.k8s.io"
ENDPOINTS_MANAGED_BY = "endpoints.kubernetes.io/managed-by"
LEADER = "control-plane.alpha.kubernetes.io/leader"
OUTSIDE = 1 << 16
"""How far a load balancer's address is from its Service's own."""
INGRESS_ADDRESS = "10.97.0.1"

Ports = tuple[tuple[tuple[str, Any], ...], ...]
"""Ports as something that can be compared: each a sequence of field and value."""


def _service(client: Client, service: Obj) -> None:
    """Bring the endpoints of a Service in line with the pods."""
    spec, metadata = spec_of(service), meta(service)
    selector = spec.get("selector")
    if not selector or spec.get("type") == "ExternalName" or is_leaving(service):
        return
    pods = [each for each in client.list("pods", metadata["namespace"]) if _is_endpoint(each, selector)]
    by_ports: dict[Ports, list[Obj]] = {}
    for pod in pods:
        by_ports.setdefault(tuple(_ports(service, pod)), []).append(pod)
    labels = {**labels_of(service), **({HEADLESS: ""} if spec.get("clusterIP") == "None" else {})}
    groups = [(ports, [_endpoint(service, pod) for pod in found]) for ports, found in sorted(by_ports.items())]
    _write_slices(client, service, labels, FROM_PODS, groups or [((), [])])
    _write_endpoints(client, service, labels, sorted(by_ports.items()))


def _is_endpoint(pod: Obj, selector: Mapping[str, str]) -> bool:
    return bool(status_of(pod).get("podIP")) and not is_finished(pod) and selector.items() <= labels_of(pod).items()


def _ports(service: Obj, pod: Obj) -> Iterator[tuple[tuple[str, Any], ...]]:
    """Return the Service's ports as they are on a pod; one that the pod does not have is left out."""
    for port in service["spec"].get("ports") or ():
        protocol, target = port.get("protocol", "TCP"), port.get("targetPort", port["port"])
        number = target if isinstance(target, int) else _named_port(pod, target, protocol)
        if number:
            extra = [("appProtocol", port["appProtocol"])] if port.get("appProtocol") else []
            yield ("name", port.get("name", "")), ("port", number), ("protocol", protocol), *extra


def _named_port(pod: Obj, name: str, protocol: str) -> int:
    for container in pod["spec"].get("containers") or ():
        for port in container.get("ports") or ():
            if (port.get("name"), port.get("protocol", "TCP")) == (name, protocol):
                return int(port["containerPort"])
    return 0


def _hostname(service: Obj, pod: Obj) -> dict[str, str]:
    spec = pod["spec"]
    is_of_service = spec.get("hostname") and spec.get("subdomain") == meta(service)["name"]
    return {"hostname": spec["hostname"]} if is_of_service else {}


def _reference(pod: Obj) -> dict[str, str]:
    return {"kind": "Pod", **{each: meta(pod)[each] for each in ("namespace", "name", "uid")}}


def _endpoint(service: Obj, pod: Obj) -> dict[str, Any]:
    serving, terminating = is_ready(pod), is_leaving(pod)
    ready = service["spec"].get("publishNotReadyAddresses") or (serving and not terminating)
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": bool(ready), "serving": serving, "terminating": terminating},
        **_hostname(service, pod),
        "targetRef": _reference(pod),
        "nodeName": pod["spec"].get("nodeName", ""),
    }


def _write_slices(
    client: Client, owner: Obj, labels: Mapping[str, str], manager: str, groups: Sequence[tuple[Ports, list[Any]]]
) -> None:
    """Make as many slices as there are groups of ports and endpoints, and no more."""
    name, namespace = meta(owner)["name"], meta(owner)["namespace"]
    labels = {**labels, MANAGED_BY: manager, SERVICE_NAME: name}
    there = [each for each in client.controlled(SLICES, owner) if labels_of(each).get(MANAGED_BY) == manager]
    for number, (ports, endpoints) in enumerate(groups):
        content = {"endpoints": endpoints or None, "ports": [dict(each) for each in ports] or None}
        if number < len(there):
            made = {**there[number], **content, "metadata": {**meta(there[number]), "labels": labels}}
            client.update(SLICES, made, manager=MANAGER)
            continue
        metadata = {"generateName": f"{name}-", "namespace": namespace, "labels": labels}
        kind = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
        metadata["ownerReferences"] = [reference(owner)]
        client.create(SLICES, {**kind, "metadata": metadata, **content}, manager=MANAGER)
    for each in there[len(groups) :]:
        client.delete(SLICES, namespace, meta(each)["name"])


def _write_endpoints(
    client: Client, service: Obj, labels: Mapping[str, str], groups: Sequence[tuple[Ports, list[Obj]]]
) -> None:
    name, namespace = meta(service)["name"], meta(service)["namespace"]
    all_ready = service["spec"].get("publishNotReadyAddresses")
    subsets = []
    for ports, pods in groups:
        if not ports and service["spec"].get("ports"):
            continue
        subset: dict[str, Any] = {}
        for pod in sorted(pods, key=lambda each: str(each["status"]["podIP"])):
            if is_leaving(pod) and not all_ready:
                continue
            address = {"ip": pod["status"]["podIP"], **_hostname(service, pod), "targetRef": _reference(pod)}
            address["nodeName"] = pod["spec"].get("nodeName", "")
            place = "addresses" if all_ready or is_ready(pod) else "notReadyAddresses"
            subset.setdefault(place, []).append(address)
        if subset:
            listed = [{key: value for key, value in each if value} for each in ports]
            subsets.append({**subset, **({"ports": listed} if listed else {})})
    labels = {**labels, ENDPOINTS_MANAGED_BY: "endpoint-controller"}
    old = client.get("endpoints", namespace, name) or {}
    metadata = {**old.get("metadata", {"name": name, "namespace": namespace}), "labels": labels}
    made = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}
    made |= {"subsets": subsets} if subsets else {}
    if old:
        client.update("endpoints", made, manager=MANAGER)
    else:
        client.create("endpoints", made, manager=MANAGER)


def _mirror(client: Client, namespace: str, name: str) -> None:
    """Show Endpoints that somebody wrote for a Service without a selector as slices."""
    endpoints, service = client.get("endpoints", namespace, name), client.get("services", namespace, name)
    if endpoints is None or service is None or spec_of(service).get("selector"):
        return
    if ENDPOINTS_MANAGED_BY in labels_of(endpoints) or LEADER in annotations_of(endpoints):
        return
    groups = []
    for subset in endpoints.get("subsets") or ():
        ports = [tuple(sorted({"name": "", **each}.items())) for each in subset.get("ports") or ()]
        found = [
            {"addresses": [each["ip"]], "conditions": {"ready": is_ready}}
            for key, is_ready in (("addresses", True), ("notReadyAddresses", False))
            for each in subset.get(key) or ()
        ]
        groups.append((tuple(ports), found))
    _write_slices(client, endpoints, labels_of(endpoints), FROM_ENDPOINTS, groups)


def _balance(client: Client, service: Obj) -> None:
    """Give a load balancer its address, unless its class is another's; take it from what is none any longer."""
    spec = spec_of(service)
    wanted: Mapping[str, Any] = {}
    if spec.get("type") == "LoadBalancer" and spec.get("loadBalancerClass"):
        wanted = status_of(service).get("loadBalancer") or {}
    elif spec.get("type") == "LoadBalancer" and spec.get("clusterIP"):
        address = spec.get("loadBalancerIP") or str(ip_address(spec["clusterIP"]) + OUTSIDE)
        wanted = {"ingress": [{"ip": address, "ipMode": "VIP"}]}
    set_status(client, "services", service, {**status_of(service), "loadBalancer": wanted})


def _route(client: Client, ingress: Obj) -> None:
    """Give an Ingress its address."""
    set_status(client, INGRESSES, ingress, {"loadBalancer": {"ingress": [{"ip": INGRESS_ADDRESS}]}})


_SERVICES = each_of("services", _service, lambda client, *key: client.delete("endpoints", *key))

CONTROLLERS = (
    Controller(name="endpoints", watches={"services": itself, "pods": everyone}, reconcile=_SERVICES),
    Controller(name="mirrored-endpoints", watches={"services": itself, "endpoints": itself}, reconcile=_mirror),
    Controller(name="load-balancers", watches={"services": itself}, reconcile=each_of("services", _balance)),
    Controller(name="ingress-addresses", watches={INGRESSES: itself}, reconcile=each_of(INGRESSES, _route)),
)
