"""Checks of parts of objects that the table has no words for, by type."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from helmlite.sandbox.checks import names
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
_SIDECARS_ONLY = "may not be set for init containers without restartPolicy=Always"
_NO_MATCH = "`selector` does not match template `labels`"


def _pod_spec(at: At, spec: Any) -> None:
    taken = [part(item, "name") for item in part(spec, "containers") or ()]
    for place, item in listed(at.to("initContainers"), part(spec, "initContainers")):
        if item.get("name") and item["name"] in taken:
            place.to("name").say("duplicate", value=item["name"])
        for name in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if item.get(name) is not None and item.get("restartPolicy") != "Always":
                place.to(name).say("forbidden", _SIDECARS_ONLY)
    volumes = [part(volume, "name") for volume in part(spec, "volumes") or ()]
    for field in ("initContainers", "containers"):
        for place, item in listed(at.to(field), part(spec, field)):
            _mounts(place.to("volumeMounts"), item.get("volumeMounts"), volumes)


def _mounts(at: At, mounts: Any, volumes: Sequence[Any]) -> None:
    seen = set()
    for place, mount in listed(at, mounts):
        path = mount.get("mountPath")
        if mount.get("name", "") not in volumes:
            place.to("name").say("missing", value=mount.get("name", ""))
        if path in seen:
            place.to("mountPath").invalid(path, "must be unique")
        seen.add(path)


def _one_volume_type(at: At, value: Any) -> None:
    for name in [key for key in value if key != "name"][1:]:
        at.to(name).say("forbidden", "may not specify more than 1 volume type")


def _selects(word: str, *, is_required: bool = True) -> Check:
    """Return the check of a spec whose selector matches the labels of its template."""

    def check(at: At, spec: Any) -> None:
        selector, place = part(spec, "selector"), at.to("selector")
        given = part(spec, "template", "metadata", "labels")
        if any(each.field.startswith(f"{place.path}.match") for each in at.found):
            if is_required:
                place.invalid(selector, "invalid label selector")
            return
        if selector is None and is_required:
            place.say("required")
        elif selector == {}:
            place.invalid({}, f"empty selector is invalid for {word}")
        if not of_selector(selector)({"metadata": {"labels": given}}):
            at.to("template", "metadata", "labels").invalid(given or None, _NO_MATCH)

    return check


def _service_spec(at: At, spec: Any) -> None:
    ports, kind, address = part(spec, "ports") or [], part(spec, "type"), part(spec, "clusterIP")
    seen: list[tuple[Any, Any]] = []
    for place, port in listed(at.to("ports"), ports):
        key = port.get("protocol"), port.get("port")
        if len(ports) > 1 and not port.get("name"):
            place.to("name").say("required")
        if key in seen:
            place.say("duplicate", value={"Protocol": key[0], "Port": key[1]})
        seen.append(key)
        if port.get("nodePort") and kind == "ClusterIP":
            place.to("nodePort").say("forbidden", "may not be used when `type` is 'ClusterIP'")
    if address and address != "None" and kind != "ExternalName":
        tell(names.ip, at.to("clusterIPs", 0), address)


def _held(at: At, value: Any, field: str, size: int) -> None:
    """Check the keys of what a ConfigMap or Secret holds, and the size of it all."""
    for key in part(value, field) or ():
        tell(names.config_key, at.to(field).key(key), key)
    if size > LIMIT_BYTES:
        (at if field == "binaryData" else at.to(field)).say("long", f"may not be more than {LIMIT_BYTES} bytes")


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text or "")
    except (binascii.Error, TypeError, ValueError):
        return b""


def _config_map(at: At, value: Any) -> None:
    texts, binary = part(value, "data") or {}, part(value, "binaryData") or {}
    size = sum(len(each.encode()) for each in texts.values()) + sum(len(_decoded(each)) for each in binary.values())
    _held(at, value, "data", 0)
    _held(at, value, "binaryData", size)


def _secret(at: At, value: Any) -> None:
    held, kind, place = part(value, "data") or {}, part(value, "type") or "", at.to("data")
    _held(at, value, "data", sum(len(_decoded(each)) for each in held.values()))
    needed = list(NEEDED_KEYS.get(kind, ()))
    if kind == "kubernetes.io/basic-auth" and not held.keys() & {"username", "password"}:
        needed = ["username", "password"]
    for key in needed:
        if key not in held:
            place.key(key).say("required")
        elif key.startswith(".docker"):
            try:
                json.loads(_decoded(held[key]))
            except ValueError as error:
                place.key(key).invalid("<secret contents redacted>", str(error))
    if kind == "kubernetes.io/service-account-token" and not part(value, "metadata", "annotations", ACCOUNT):
        at.to("metadata", "annotations").key(ACCOUNT).say("required")


def _cluster_role_binding(at: At, value: Any) -> None:
    for place, subject in listed(at.to("subjects"), part(value, "subjects")):
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
            place.to("namespace").say("required")


PARTS: Mapping[str, Check] = {
    "apps.v1.DaemonSetSpec": _selects("daemonset", is_required=False),
    "apps.v1.DeploymentSpec": _selects("deployment"),
    "apps.v1.ReplicaSetSpec": _selects("deployment"),  # the server's own slip
    "apps.v1.StatefulSetSpec": _selects("statefulset"),
    "core.v1.ConfigMap": _config_map,
    "core.v1.PodSpec": _pod_spec,
    "core.v1.Secret": _secret,
    "core.v1.ServiceSpec": _service_spec,
    "core.v1.Volume": _one_volume_type,
    "rbac.v1.ClusterRoleBinding": _cluster_role_binding,
}
"""Each is called after the parts of the part are checked."""
