"""Services: endpoints of the pods they select, and addresses from outside.

No traffic flows to any of these addresses. Load balancers and Ingresses get one so that what waits for it goes on.
Named ports are those of the first pod that a Service selects.
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
from helmlite.sandbox.objects import Obj, labels_of, meta

SLICES = "endpointslices.discovery.k8s.io"
INGRESSES = "ingresses.networking.k8s.io"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME = "kubernetes.io/service-name"
HEADLESS = "service.kubernetes.io/headless"
FROM_PODS = "endpointslice-controller.k8s.io"
ENDPOINTS_MANAGED_BY = "endpoints.kubernetes.io/managed-by"
OUTSIDE = 1 << 16
"""How far a load balancer's address is from its Service's own."""
INGRESS_ADDRESS = "10.97.0.1"


def _service(client: Client, service: Obj) -> None:
    """Bring the endpoints of a Service in line with the pods."""
    spec, metadata = spec_of(service), meta(service)
    selector = spec.get("selector")
    if not selector or spec.get("type") == "ExternalName" or is_leaving(service):
        return
    pods = [each for each in client.list("pods", metadata["namespace"]) if _is_endpoint(each, selector)]
    labels = {**labels_of(service), **({HEADLESS: ""} if spec.get("clusterIP") == "None" else {})}
    ports = list(_ports(service, pods[0])) if pods else []
    endpoints = [_endpoint(service, pod) for pod in pods]
    _write_slices(client, service, labels, ports, endpoints)
    _write_endpoints(client, service, labels, ports, endpoints)


def _is_endpoint(pod: Obj, selector: Mapping[str, str]) -> bool:
    return bool(status_of(pod).get("podIP")) and not is_finished(pod) and selector.items() <= labels_of(pod).items()


def _ports(service: Obj, pod: Obj) -> Iterator[dict[str, Any]]:
    """Return the Service's ports as they are on a pod; one that the pod does not have is left out."""
    listed = [port for container in pod["spec"].get("containers") or () for port in container.get("ports") or ()]
    named = {(each.get("name"), each.get("protocol", "TCP")): each["containerPort"] for each in listed}
    for port in service["spec"].get("ports") or ():
        protocol, target = port.get("protocol", "TCP"), port.get("targetPort", port["port"])
        number = target if isinstance(target, int) else named.get((target, protocol))
        if number:
            extra = {"appProtocol": port["appProtocol"]} if port.get("appProtocol") else {}
            yield {"name": port.get("name", ""), "port": number, "protocol": protocol, **extra}


def _endpoint(service: Obj, pod: Obj) -> dict[str, Any]:
    spec, serving, terminating = pod["spec"], is_ready(pod), is_leaving(pod)
    ready = service["spec"].get("publishNotReadyAddresses") or (serving and not terminating)
    is_named = spec.get("hostname") and spec.get("subdomain") == meta(service)["name"]
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": bool(ready), "serving": serving, "terminating": terminating},
        **({"hostname": spec["hostname"]} if is_named else {}),
        "targetRef": {"kind": "Pod", **{each: meta(pod)[each] for each in ("namespace", "name", "uid")}},
        "nodeName": spec.get("nodeName", ""),
    }


def _write_slices(
    client: Client, service: Obj, labels: Mapping[str, str], ports: Sequence[Obj], endpoints: Sequence[Obj]
) -> None:
    name, namespace = meta(service)["name"], meta(service)["namespace"]
    labels = {**labels, MANAGED_BY: FROM_PODS, SERVICE_NAME: name}
    content = {"endpoints": endpoints or None, "ports": ports or None}
    old = next(iter(client.controlled(SLICES, service)), None)
    if old:
        client.update(SLICES, {**old, **content, "metadata": {**meta(old), "labels": labels}}, manager=MANAGER)
        return
    metadata = {"generateName": f"{name}-", "namespace": namespace, "labels": labels}
    kind = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    metadata["ownerReferences"] = [reference(service)]
    client.create(SLICES, {**kind, "metadata": metadata, **content}, manager=MANAGER)


def _write_endpoints(
    client: Client, service: Obj, labels: Mapping[str, str], ports: Sequence[Obj], endpoints: Sequence[Obj]
) -> None:
    name, namespace = meta(service)["name"], meta(service)["namespace"]
    subset: dict[str, Any] = {}
    has_ports = bool(ports or not service["spec"].get("ports"))
    for each in sorted(endpoints, key=lambda each: str(each["addresses"])) if has_ports else ():
        said = each["conditions"]
        kept = {key: value for key, value in each.items() if key not in ("addresses", "conditions")}
        if said["ready"] or not said["terminating"]:
            place = "addresses" if said["ready"] else "notReadyAddresses"
            subset.setdefault(place, []).append({"ip": each["addresses"][0], **kept})
    if subset and ports:
        subset["ports"] = [{key: value for key, value in each.items() if value} for each in ports]
    labels = {**labels, ENDPOINTS_MANAGED_BY: "endpoint-controller"}
    old = client.get("endpoints", namespace, name)
    metadata = {**(meta(old) if old else {"name": name, "namespace": namespace}), "labels": labels}
    made = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, **({"subsets": [subset]} if subset else {})}
    (client.update if old else client.create)("endpoints", made, manager=MANAGER)


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


_EACH = each_of("services", _service)


def _reconcile(client: Client, namespace: str, name: str) -> None:
    if name and client.get("services", namespace, name) is None:
        client.delete("endpoints", namespace, name)
    _EACH(client, namespace, name)


CONTROLLERS = (
    Controller(name="endpoints", watches={"services": itself, "pods": everyone}, reconcile=_reconcile),
    Controller(name="load-balancers", watches={"services": itself}, reconcile=each_of("services", _balance)),
    Controller(name="ingress-addresses", watches={INGRESSES: itself}, reconcile=each_of(INGRESSES, _route)),
)
