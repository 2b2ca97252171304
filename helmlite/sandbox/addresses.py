"""Services' addresses and ports of the nodes: given by themselves or asked for, kept, and freed."""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any

from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj, meta
from helmlite.sandbox.status import Cause, StatusError, invalid

RANGE = ip_network("10.96.0.0/16")
RESERVED = 256
"""How many addresses at the range's start are given to those alone who ask for them."""
PORTS = range(30000, 32768)
ADDRESS_FIELDS = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
FROM_OUTSIDE = ("NodePort", "LoadBalancer")


def assign(client: Client, kind: Kind, service: Obj, old: Obj | None) -> None:
    """Give a Service the address and ports it needs, in place; raises StatusError 422 where they cannot be had."""
    spec: dict[str, Any] = service.setdefault("spec", {})
    before: Mapping[str, Any] = (old or {}).get("spec") or {}
    others = [each.get("spec") or {} for each in client.list("services") if not _is_same(each, service)]
    _drop_what_the_type_has_not(spec, before)
    if spec.get("type") == "ExternalName":
        return
    _keep_what_was_given(spec, before)
    fault = _family_fault(spec) or _address(service, spec, before, others) or _node_ports(spec, others)
    if fault:
        raise invalid(kind, meta(service)["name"], [fault])


def _is_same(one: Obj, other: Obj) -> bool:
    return all(meta(one).get(key) == meta(other).get(key) for key in ("namespace", "name"))


def _fault(field: str, value: Any, message: str) -> Cause:
    said = f"Invalid value: {json.dumps(value)}: {message}"
    return Cause(field=field, reason="FieldValueInvalid", message=said)


def _drop_what_the_type_has_not(spec: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Take out fields of the Service's former type that the update has left as they were."""
    kind = spec.get("type")
    needed = {
        **dict.fromkeys((*ADDRESS_FIELDS, "internalTrafficPolicy"), kind != "ExternalName"),
        **dict.fromkeys(("allocateLoadBalancerNodePorts", "loadBalancerClass"), kind == "LoadBalancer"),
        "externalTrafficPolicy": kind in FROM_OUTSIDE or bool(spec.get("externalIPs")),
    }
    for key, is_needed in needed.items():
        if not is_needed and key in before and spec.get(key) == before[key]:
            spec.pop(key)
    numbers = [each.get("nodePort") for each in before.get("ports") or ()]
    for port in spec.get("ports") or () if kind not in FROM_OUTSIDE else ():
        if port.get("nodePort") in numbers:
            port.pop("nodePort", None)


def _keep_what_was_given(spec: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Take over from before what an update leaves out; ports are known by their names."""
    is_new = spec.get("clusterIP") not in (None, before.get("clusterIP"))
    if is_new and spec.get("clusterIPs") in (None, before.get("clusterIPs")):
        spec["clusterIPs"] = [spec["clusterIP"]]
    for key in ADDRESS_FIELDS:
        if not spec.get(key) and before.get(key):
            spec[key] = copy.deepcopy(before[key])
    if spec.get("type") in FROM_OUTSIDE:
        known = {each.get("name", ""): each.get("nodePort") for each in before.get("ports") or ()}
        taken = {each.get("nodePort") for each in spec.get("ports") or ()}
        for port in spec.get("ports") or ():
            number = known.get(port.get("name", ""))
            if number and not port.get("nodePort") and number not in taken:
                port["nodePort"] = number
                taken.add(number)


def _family_fault(spec: dict[str, Any]) -> Cause | None:
    """Set the Service's family of addresses; returns what is wrong with the one it asks for."""
    asked = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
    if asked == "None" and not spec.get("selector"):
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"])
        spec.setdefault("ipFamilyPolicy", "RequireDualStack")
        return None
    if "IPv6" in (spec.get("ipFamilies") or ()):
        number = spec["ipFamilies"].index("IPv6")
        return _fault(f"spec.ipFamilies[{number}]", "IPv6", "not configured on this cluster")
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        said = "this cluster is not configured for dual-stack services"
        return _fault("spec.ipFamilyPolicy", "RequireDualStack", said)
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    return None


def _address(
    service: Obj, spec: dict[str, Any], before: Mapping[str, Any], others: Iterable[Mapping[str, Any]]
) -> Cause | None:
    asked = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
    taken = {each.get("clusterIP") for each in others}
    if not asked:
        size = RANGE.num_addresses - RESERVED - 1
        start = zlib.crc32(f"{meta(service).get('namespace')}/{meta(service)['name']}".encode())
        addresses = (str(RANGE[RESERVED + (start + step) % size]) for step in range(size))
        asked = next(each for each in addresses if each not in taken)
    spec["clusterIP"] = asked
    spec["clusterIPs"] = spec.get("clusterIPs") or [asked]
    if before.get("clusterIP"):
        same = before["clusterIP"] == spec["clusterIPs"][0]
        return None if same else _fault("spec.clusterIPs[0]", spec["clusterIPs"], "may not change once set")
    said = "provided IP is already allocated" if asked in taken and asked != "None" else ""
    with suppress(ValueError):  # what is no address is told of by the checks
        if ip_address(asked) not in RANGE:
            said = "the provided network does not match the current range"
    return _fault("spec.clusterIPs", [asked], f"failed to allocate IP {asked}: {said}") if said else None


def _node_ports(spec: dict[str, Any], others: Iterable[Mapping[str, Any]]) -> Cause | None:
    if spec.get("type") not in FROM_OUTSIDE:
        return None
    taken = {port.get("nodePort") for each in others for port in each.get("ports") or ()}
    ports = spec.get("ports") or []
    for number, port in enumerate(ports):
        asked = port.get("nodePort")
        field = f"spec.ports[{number}].nodePort"
        if asked and asked not in PORTS:
            said = f"The range of valid ports is {PORTS[0]}-{PORTS[-1]}"
            return _fault(field, asked, f"provided port is not in the valid range. {said}")
        if asked and asked in taken:
            return _fault(field, asked, "provided port is already allocated")
    taken |= {port.get("nodePort") for port in ports}
    start = zlib.crc32(str(spec.get("clusterIP")).encode())
    free = (PORTS[(start + step) % len(PORTS)] for step in range(len(PORTS)))
    gives = spec["type"] == "NodePort" or spec.get("allocateLoadBalancerNodePorts") is not False
    for port in ports if gives else ():
        if not port.get("nodePort"):
            port["nodePort"] = next((each for each in free if each not in taken), 0)
            if not port["nodePort"]:
                said = "Internal error occurred: failed to allocate a nodePort: range is full"
                raise StatusError(500, "InternalError", said)
    return None
