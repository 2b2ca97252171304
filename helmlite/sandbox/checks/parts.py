"""Checks of parts of objects that the table has no words for, by type."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helmlite.sandbox.checks import names
from helmlite.sandbox.checks.metadata import check_keys
from helmlite.sandbox.checks.places import At, Check, listed, part, tell
from helmlite.sandbox.selectors import of_selector

LIMIT_BYTES = 1 << 20
"""How much a ConfigMap or Secret holds at most."""
NEEDED_KEYS: Mapping[str, Sequence[str]] = {
    "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
    "kubernetes.io/dockercfg": [".dockercfg"],
    "kubernetes.io/tls": ["tls.crt", "tls.key"],
    "kubernetes.io/ssh-auth": ["ssh-privatekey"],
}
"""What a Secret of a type must hold."""
ACCOUNT = "kubernetes.io/service-account.name"
VARIABLE_FIELDS = [
    *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
    *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
]
"""The fields of its Pod that a variable may hold, beside single labels and annotations."""
_NOT_VARIABLES = {"metadata.labels", "metadata.annotations", "spec.restartPolicy", "spec.schedulerName", "status.phase"}
_SIDECARS_ONLY = "may not be set for init containers without restartPolicy=Always"
_NO_MATCH = "`selector` does not match template `labels`"


def variable_field(at: At, path: Any, _: str) -> None:
    """Check which field of its Pod a variable holds."""
    if path in _NOT_VARIABLES:
        at.unsupported(path, VARIABLE_FIELDS)
    elif path not in VARIABLE_FIELDS and not path.startswith(("metadata.labels['", "metadata.annotations['")):
        at.invalid(path, f"error converting fieldPath: field label not supported: {path}")


def _containers(at: At, spec: Any) -> Iterator[tuple[At, Any]]:
    for name in ("initContainers", "containers"):
        yield from listed(at.to(name), part(spec, name))


def _pod_spec(at: At, spec: Any) -> None:
    taken = [part(item, "name") for item in part(spec, "containers") or ()]
    for place, item in listed(at.to("initContainers"), part(spec, "initContainers")):
        if item.get("name") and item["name"] in taken:
            place.to("name").say("duplicate", value=item["name"])
        for name in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if item.get(name) is not None and item.get("restartPolicy") != "Always":
                place.to(name).say("forbidden", _SIDECARS_ONLY)
    volumes = [part(volume, "name") for volume in part(spec, "volumes") or ()]
    host_ports: set[str] = set()
    for place, item in _containers(at, spec):
        _mounts(place.to("volumeMounts"), item, volumes)
        for port_at, port in listed(place.to("ports"), item.get("ports")):
            _host_port(port_at.to("hostPort"), port, host_ports, on_host=bool(part(spec, "hostNetwork")))


def _mounts(at: At, container: Any, volumes: Sequence[Any]) -> None:
    seen = set()
    for place, mount in listed(at, part(container, "volumeMounts")):
        path = mount.get("mountPath")
        if mount.get("name", "") not in volumes:
            place.to("name").say("missing", value=mount.get("name", ""))
        if path in seen:
            place.to("mountPath").invalid(path, "must be unique")
        seen.add(path)
        if mount.get("mountPropagation") == "Bidirectional" and not part(container, "securityContext", "privileged"):
            said = "Bidirectional mount propagation is available only to privileged containers"
            at.to("mountPropagation").say("forbidden", said)


def _host_port(at: At, port: Any, seen: set[str], *, on_host: bool) -> None:
    given = part(port, "hostPort")
    if not given:
        return
    if on_host and given != port.get("containerPort"):
        at.invalid(given, "must match `containerPort` when `hostNetwork` is true")
    key = f"{port.get('protocol', 'TCP')}/{port.get('hostIP', '')}/{given}"
    if key in seen:
        at.say("duplicate", value=key)
    seen.add(key)


def _one_volume_type(at: At, value: Any) -> None:
    for name in [key for key in value if key != "name"][1:]:
        at.to(name).say("forbidden", "may not specify more than 1 volume type")


def _projection(at: At, value: Any) -> None:
    if len(value) > 1:
        at.say("forbidden", "may not specify more than 1 volume type per source")


def _template(at: At, value: Any) -> None:
    check_keys(at, part(value, "metadata") or {})
    if part(value, "spec", "ephemeralContainers"):
        at.to("spec", "ephemeralContainers").say("forbidden", "ephemeral containers not allowed in pod template")


def _selects(word: str, *, is_required: bool = True) -> Check:
    """Return the check of a spec whose selector matches the labels of its template."""

    def check(at: At, spec: Any) -> None:
        selector, place, checked = part(spec, "selector"), at.to("selector"), len(at.found)
        if selector is None and is_required:
            place.say("required")
        elif selector == {}:
            place.invalid({}, f"empty selector is invalid for {word}")
        elif any(each.field.startswith(f"{place.path}.match") for each in at.found[:checked]):
            if is_required:
                place.invalid(selector, "" if word == "statefulset" else "invalid label selector")
            return
        given = part(spec, "template", "metadata", "labels")
        if not of_selector(selector)({"metadata": {"labels": given}}):
            at.to("template", "metadata", "labels").invalid(given or None, _NO_MATCH)

    return check


def _job_spec(at: At, spec: Any) -> None:
    if part(spec, "manualSelector"):
        _selects("job")(at, spec)


def _service_spec(at: At, spec: Any) -> None:
    ports, kind, address = part(spec, "ports") or [], part(spec, "type"), part(spec, "clusterIP")
    seen: list[tuple[Any, Any]] = []
    for place, port in listed(at.to("ports"), ports):
        key = port.get("protocol"), port.get("port")
        if len(ports) > 1 and not port.get("name"):
            place.to("name").say("required")
        if key in seen:
            as_go = {
                "Name": "",
                "Protocol": key[0],
                "AppProtocol": None,
                "Port": key[1],
                "TargetPort": 0,
                "NodePort": 0,
            }
            place.say("duplicate", value=as_go)
        seen.append(key)
        if port.get("nodePort") and kind == "ClusterIP":
            place.to("nodePort").say("forbidden", "may not be used when `type` is 'ClusterIP'")
    if address and address != "None" and kind != "ExternalName":
        tell(names.ip, at.to("clusterIPs", 0), address)


def _ip_block(at: At, value: Any) -> None:
    whole = part(value, "cidr") or ""
    for place, text in listed(at.to("except"), part(value, "except")):
        if not names.cidr(whole) and not names.cidr(text) and not _is_inside(text, whole):
            place.invalid(text, "must be a strict subset of `cidr`")


def _is_inside(text: str, whole: str) -> bool:
    inner, outer = ipaddress.ip_network(text, strict=False), ipaddress.ip_network(whole, strict=False)
    if inner.version != outer.version or inner.prefixlen <= outer.prefixlen:
        return False
    return ipaddress.ip_network((inner.network_address, outer.prefixlen), strict=False) == outer


def _endpoint_slice(at: At, value: Any) -> None:
    for place, endpoint in listed(at.to("endpoints"), part(value, "endpoints")):
        form = names.dns_subdomain if value.get("addressType") == "FQDN" else names.outside_ip
        for address_at, address in listed(place.to("addresses"), part(endpoint, "addresses")):
            tell(form, address_at, address)


def _keys(at: At, value: Any) -> None:
    for key in value or ():
        tell(names.config_key, at.key(key), key)


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text or "")
    except (binascii.Error, TypeError, ValueError):
        return b""


def _config_map(at: At, value: Any) -> None:
    texts, binary = part(value, "data") or {}, part(value, "binaryData") or {}
    _keys(at.to("data"), texts)
    _keys(at.to("binaryData"), binary)
    for key in texts.keys() & binary.keys():
        at.to("data").key(key).invalid(key, "duplicate of key present in binaryData")
    if (
        sum(len(each.encode()) for each in texts.values()) + sum(len(_decoded(each)) for each in binary.values())
        > LIMIT_BYTES
    ):
        at.say("long", f"may not be more than {LIMIT_BYTES} bytes")


def _secret(at: At, value: Any) -> None:
    held, kind, place = part(value, "data") or {}, part(value, "type") or "", at.to("data")
    _keys(place, held)
    if sum(len(_decoded(each)) for each in held.values()) > LIMIT_BYTES:
        place.say("long", f"may not be more than {LIMIT_BYTES} bytes")
    needed = list(NEEDED_KEYS.get(kind, ()))
    if kind == "kubernetes.io/basic-auth" and not held.keys() & {"username", "password"}:
        needed = ["username", "password"]
    for key in needed:
        if key not in held:
            place.key(key).say("required")
        elif key.startswith(".docker"):
            _json(place.key(key), _decoded(held[key]))
    if kind == "kubernetes.io/service-account-token" and not part(value, "metadata", "annotations", ACCOUNT):
        at.to("metadata", "annotations").key(ACCOUNT).say("required")


def _json(at: At, content: bytes) -> None:
    try:
        json.loads(content)
    except ValueError:
        first = content.lstrip()[:1].decode(errors="replace")
        said = (
            f"invalid character '{first}' looking for beginning of value" if first else "unexpected end of JSON input"
        )
        at.invalid("<secret contents redacted>", said)


def _role(at: At, value: Any) -> None:
    for place, rule in listed(at.to("rules"), part(value, "rules")):
        if rule.get("nonResourceURLs"):
            said = "namespaced rules cannot apply to non-resource URLs"
            place.to("nonResourceURLs").invalid(rule["nonResourceURLs"], said)


def _cluster_role_binding(at: At, value: Any) -> None:
    for place, subject in listed(at.to("subjects"), part(value, "subjects")):
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
            place.to("namespace").say("required")


PARTS: Mapping[str, Check] = {
    "apps.v1.DaemonSetSpec": _selects("daemonset", is_required=False),
    "apps.v1.DeploymentSpec": _selects("deployment"),
    "apps.v1.ReplicaSetSpec": _selects("deployment"),  # the server's own slip
    "apps.v1.StatefulSetSpec": _selects("statefulset"),
    "batch.v1.JobSpec": _job_spec,
    "core.v1.ConfigMap": _config_map,
    "core.v1.PodSpec": _pod_spec,
    "core.v1.PodTemplateSpec": _template,
    "core.v1.Secret": _secret,
    "core.v1.ServiceSpec": _service_spec,
    "core.v1.Volume": _one_volume_type,
    "core.v1.VolumeProjection": _projection,
    "discovery.v1.EndpointSlice": _endpoint_slice,
    "networking.v1.IPBlock": _ip_block,
    "rbac.v1.ClusterRoleBinding": _cluster_role_binding,
    "rbac.v1.Role": _role,
}
"""Each is called after the parts of the part are checked."""
