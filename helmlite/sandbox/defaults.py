"""What the API server adds to an object of a built-in kind by itself, and the form in which it keeps values.

What OpenAPI does not say of it stands in ``defaults.json``, recorded from a real server. There, types are named by the
last three parts of their OpenAPI names (``core.v1.Container``), and a field stands with its type where it is not the
same in all that have it.
"""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from helmlite.sandbox.kinds import RBAC, Kind
from helmlite.sandbox.objects import Obj, mapping, mappings
from helmlite.sandbox.quantities import canonical_quantity
from helmlite.sandbox.schema import Node

METADATA_NAME = "kubernetes.io/metadata.name"
"""Label of a namespace that bears its name."""
MILLI = Decimal("0.001")
NO_LIMIT = 2**31 - 1
SCALARS = frozenset({"string", "integer", "number", "boolean"})
TAGGED = re.compile(r"[^:@]+(?::[0-9]+(?=/)[^:@]*)?(?::(?P<tag>[^:@/]+))?(?P<digest>@.+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is recorded of built-in kinds."""

    pointers: frozenset[str]
    """Fields in which 0, false and "" are values. Elsewhere they are the same as no value, and are not shown."""
    nulls: frozenset[str]
    """Fields that are null where they have no value, beside lists and mappings that the schema requires."""
    unshown: frozenset[str]
    """Fields that are not shown where they have no value, though the schema gives them a default (of none)."""
    counted: frozenset[str]
    """Resources whose objects begin at generation 1."""
    defaults: Mapping[str, Mapping[str, Any]]
    """Values that a type's fields get where they have none, beside those of the schema."""
    scaling: Mapping[str, Mapping[str, Any]]
    """The policies of an autoscaler that has a ``behavior``, by ``scaleUp`` and ``scaleDown``."""
    metric: Mapping[str, Any]
    """What an autoscaler goes by when it is told nothing."""


@cache
def table() -> Table:
    """Return the table, read once."""
    found: dict[str, Any] = json.loads(resources.files("helmlite.sandbox").joinpath("defaults.json").read_bytes())
    sets: dict[str, Any] = {key: frozenset(value) for key, value in found.items() if isinstance(value, list)}
    return Table(**{**found, **sets})


def fill(kind: Kind, body: Obj) -> None:
    """Drop values that mean nothing (``hostNetwork: false``) and add the defaults of a built-in kind, in place."""
    group = kind.group.partition(".")[0] or "core"
    _fill(kind.node, body, f"{group}.{kind.version}.{kind.kind}")


def fill_labels(body: Obj) -> Mapping[str, Any]:
    """Give an object without labels those of its pod template, in place, and return the template's."""
    template = mapping(mapping(body.get("spec")).get("template"))
    labels = mapping(mapping(template.get("metadata")).get("labels"))
    metadata = mapping(body.get("metadata"))
    if labels and not metadata.get("labels"):
        metadata["labels"] = dict(labels)
    return labels


def fresh_status(kind: Kind) -> Obj | None:
    """Return the status of a new object of a built-in kind, None where it has none."""
    node = kind.node.field("status")
    if node is None or node.default is None:
        return None
    made: Obj = {}
    _fill(node, made)
    return made


def canonical(node: Node, body: Any) -> None:
    """Put every quantity in its canonical form (``1000m`` as ``1``), in place; what is no quantity stays."""
    if isinstance(body, list) and node.items is not None:
        for each in body:
            canonical(node.items, each)
    elif isinstance(body, dict):
        for name, value in body.items():
            field = node.field(name)
            if field is None:
                continue
            if field.is_quantity:
                is_resource = name not in node.properties  # resource lists know no less than a thousandth
                text = canonical_quantity(value, step=MILLI) if is_resource else canonical_quantity(value)
                body[name] = value if text is None else text
            elif isinstance(value, dict | list):
                canonical(field, value)


def _fill(node: Node, value: Any, type_name: str = "") -> None:
    name = type_name or ".".join(node.type_name.split(".")[-3:])
    if isinstance(value, list):
        if node.items is not None and value and isinstance(value[0], dict):
            for each in value:
                _fill(node.items, each)
        return
    if not isinstance(value, dict):
        return
    if not node.properties:
        _fill_map(node.values, value)
        return
    for field, given in list(value.items()):
        if given is None or _means_nothing(node, name, field, given):
            del value[field]
    rule = RULES.get(name)
    if rule:
        rule(value)
    for field, default in table().defaults.get(name, {}).items():
        if field not in value:
            value[field] = copy.deepcopy(default)
    for field, default in _always_there(node, name):
        if field not in value:
            value[field] = copy.deepcopy(default)
    for field, given in value.items():
        if isinstance(given, dict | list):
            child = node.field(field)
            if child is not None:
                _fill(child, given)


def _fill_map(values: Node | None, value: dict[str, Any]) -> None:
    """Fill the values of a mapping of free keys; a label that is null is an empty text."""
    for key, each in value.items():
        if isinstance(each, dict | list) and values is not None:
            _fill(values, each)
        elif each is None and values is not None and values.type == "string":
            value[key] = ""


def _means_nothing(node: Node, type_name: str, field: str, given: Any) -> bool:
    """Return whether a value is one that Go's encoder leaves out: zero or empty, where it is no value of its own."""
    if given or not isinstance(given, bool | int | float | str | list | dict):
        return False
    child, whole = node.field(field), f"{type_name}.{field}"
    if child is None:
        return False
    if isinstance(given, dict):
        return child.values is not None
    if isinstance(given, list):
        return child.type == "array"
    return child.type in SCALARS and table().pointers.isdisjoint((field, whole))


_ALWAYS: dict[str, list[tuple[str, Any]]] = {}


def _always_there(node: Node, type_name: str) -> list[tuple[str, Any]]:
    """Return the fields that every object of a type has, with the value they have by themselves."""
    if type_name not in _ALWAYS:
        _ALWAYS[type_name] = list(_fields_always_there(node, type_name))
    return _ALWAYS[type_name]


def _fields_always_there(node: Node, type_name: str) -> Iterator[tuple[str, Any]]:
    for field in node.properties:
        child, whole = node.field(field), f"{type_name}.{field}"
        if child is None or whole in table().unshown:
            continue
        is_required = field in node.required and (child.type == "array" or child.values is not None)
        if child.default is not None:
            yield field, child.default
        elif is_required or not table().nulls.isdisjoint((field, whole)):
            yield field, None


# Rules: what a type's defaults depend on. Each changes one value of the type, before the table's defaults are added.


def _pull_policy(image: Any) -> str:
    match = TAGGED.fullmatch(image) if isinstance(image, str) else None
    newest = match is not None and (match["tag"] == "latest" or not (match["tag"] or match["digest"]))
    return "Always" if newest else "IfNotPresent"


def _container(value: Obj) -> None:
    value.setdefault("imagePullPolicy", _pull_policy(value.get("image")))


def _volume(value: Obj) -> None:
    if not value.keys() - {"name"}:
        value["emptyDir"] = {}


def _secret(value: Obj) -> None:
    """Move ``stringData``, which is only written, into ``data``."""
    given = value.pop("stringData", None)
    if given and isinstance(given, dict):
        written = {key: base64.b64encode(str(text).encode()).decode() for key, text in given.items()}
        value["data"] = {**mapping(value.get("data")), **written}


def _pod_spec(value: Obj) -> None:
    account = value.get("serviceAccountName") or value.get("serviceAccount")
    if account:
        value["serviceAccountName"] = value["serviceAccount"] = account


def _pod(value: Obj) -> None:
    spec = mapping(value.get("spec"))
    spec.setdefault("enableServiceLinks", True)
    for container in mappings(spec.get("containers")) + mappings(spec.get("initContainers")):
        resources = mapping(container.get("resources"))
        limits = mapping(resources.get("limits"))
        if limits:
            resources["requests"] = {**limits, **mapping(resources.get("requests"))}
        for port in mappings(container.get("ports")) if spec.get("hostNetwork") is True else ():
            if not port.get("hostPort"):
                port["hostPort"] = port.get("containerPort")


def _rolling(value: Obj) -> None:
    if value.get("type", "RollingUpdate") == "RollingUpdate":
        value.setdefault("rollingUpdate", {})


def _stateful_strategy(value: Obj) -> None:
    if "type" not in value:
        value.setdefault("rollingUpdate", {})


def _job(value: Obj) -> None:
    spec = mapping(value.get("spec"))
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    defaults = {
        "parallelism": 1,
        "backoffLimit": 6 if spec.get("backoffLimitPerIndex") is None else NO_LIMIT,
        "completionMode": "NonIndexed",
        "manualSelector": False,
        "podReplacementPolicy": "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed",
        "suspend": False,
    }
    _complete(spec, defaults)
    fill_labels(value)


def _complete(value: Obj, defaults: Mapping[str, Any]) -> None:
    for key, default in defaults.items():
        if value.get(key) is None:
            value[key] = copy.deepcopy(default)


def _replication_controller(value: Obj) -> None:
    labels = fill_labels(value)
    spec = mapping(value.get("spec"))
    if labels and not spec.get("selector"):
        spec["selector"] = dict(labels)


def _service_spec(value: Obj) -> None:
    kind = value.get("type", "ClusterIP")
    affinity = value.get("sessionAffinity", "None")
    if affinity == "None":
        value.pop("sessionAffinityConfig", None)
    elif affinity == "ClientIP":
        mapping(value.setdefault("sessionAffinityConfig", {})).setdefault("clientIP", {})
    for port in mappings(value.get("ports")):
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    if kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and value.get("externalIPs")):
        value.setdefault("externalTrafficPolicy", "Cluster")
    if kind in ("NodePort", "LoadBalancer", "ClusterIP"):
        value.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        value.setdefault("allocateLoadBalancerNodePorts", True)


def _network_policy_spec(value: Obj) -> None:
    if "policyTypes" not in value:
        value["policyTypes"] = ["Ingress", "Egress"] if value.get("egress") else ["Ingress"]


def _subject(value: Obj) -> None:
    if value.get("kind") in ("User", "Group"):
        value.setdefault("apiGroup", RBAC)


def _autoscaler_spec(value: Obj) -> None:
    if not value.get("metrics"):
        value["metrics"] = [copy.deepcopy(table().metric)]


def _autoscaler_behavior(value: Obj) -> None:
    for key, defaults in table().scaling.items():
        _complete(value.setdefault(key, {}), defaults)


def _namespace(value: Obj) -> None:
    metadata = mapping(value.get("metadata"))
    if metadata.get("name"):
        metadata["labels"] = {**mapping(metadata.get("labels")), METADATA_NAME: metadata["name"]}


def _limit_range_item(value: Obj) -> None:
    if value.get("type") != "Container":
        return
    least, most = mapping(value.get("min")), mapping(value.get("max"))
    default = {**most, **mapping(value.get("default"))}
    wanted = {**least, **default, **mapping(value.get("defaultRequest"))}
    value |= {key: made for key, made in (("default", default), ("defaultRequest", wanted)) if made}


RULES: Mapping[str, Callable[[Obj], None]] = {
    "apps.v1.DaemonSetUpdateStrategy": _rolling,
    "apps.v1.DeploymentStrategy": _rolling,
    "apps.v1.StatefulSetUpdateStrategy": _stateful_strategy,
    "autoscaling.v2.HorizontalPodAutoscalerBehavior": _autoscaler_behavior,
    "autoscaling.v2.HorizontalPodAutoscalerSpec": _autoscaler_spec,
    "batch.v1.Job": _job,
    "core.v1.Container": _container,
    "core.v1.EphemeralContainer": _container,
    "core.v1.LimitRangeItem": _limit_range_item,
    "core.v1.Namespace": _namespace,
    "core.v1.Pod": _pod,
    "core.v1.PodSpec": _pod_spec,
    "core.v1.ReplicationController": _replication_controller,
    "core.v1.Secret": _secret,
    "core.v1.ServiceSpec": _service_spec,
    "core.v1.Volume": _volume,
    "networking.v1.NetworkPolicySpec": _network_policy_spec,
    "rbac.v1.Subject": _subject,
}
