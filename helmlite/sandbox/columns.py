"""The columns of built-in kinds: what ``kubectl get`` shows of each, and how it is worked out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from helmlite.sandbox.objects import Obj

Cell = str | Callable[[Obj], Any]
"""What a cell shows: the value at a path (``.spec.type``), or what a function says of the object."""

NONE = "<none>"
UNSET = "<unset>"


def at(obj: Any, path: str) -> Any:
    """Return the value at a path of names and indices (``.spec.ports[0].port``), None where there is none."""
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path.replace(r"\.", "\0")):
        if name:
            obj = obj.get(name.replace("\0", ".")) if isinstance(obj, Mapping) else None
        else:
            obj = obj[int(index)] if isinstance(obj, list) and int(index) < len(obj) else None
    return obj


def age(obj: Obj) -> str:
    """Return an object's age."""
    return since(obj["metadata"].get("creationTimestamp")) or "<unknown>"


def since(moment: Any) -> str | None:
    """Return how long ago a time of an object was, None where it is none."""
    try:
        began = datetime.fromisoformat(moment)
    except (TypeError, ValueError):
        return None
    return duration((datetime.now(UTC) - began).total_seconds())


def duration(seconds: float) -> str:
    """Return a duration as kubectl shows it: ``45s``, ``3m20s``, ``5h``, ``12d``."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    return f"{days}d{hours % 24}h" if days < 8 and hours % 24 else f"{days}d"


def _or(path: str, missing: str = NONE) -> Cell:
    return lambda obj: at(obj, path) if at(obj, path) not in (None, "") else missing


def _text(path: str) -> Cell:
    return lambda obj: str(at(obj, path) or False)


def _pod_spec(obj: Obj) -> Mapping[str, Any]:
    spec = obj.get("spec") or {}
    found: Mapping[str, Any] = at(spec, ".jobTemplate.spec.template.spec") or at(spec, ".template.spec") or {}
    return found or at(obj, ".template.spec") or {}


def _containers(key: str) -> Cell:
    return lambda obj: ",".join(str(each.get(key, "")) for each in _pod_spec(obj).get("containers") or ())


def _selector(path: str = ".spec.selector") -> Cell:
    def cell(obj: Obj) -> str:
        found = at(obj, path)
        if not isinstance(found, Mapping):
            return NONE
        exact = found
        if "matchLabels" in found or "matchExpressions" in found:
            exact = found.get("matchLabels") or {}
        return ",".join(f"{key}={value}" for key, value in sorted(exact.items())) or NONE

    return cell


def _ready(obj: Obj) -> str:
    status, spec = obj.get("status") or {}, obj.get("spec") or {}
    return f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"


def _keys(*parts: str) -> Cell:
    return lambda obj: sum(len(obj.get(part) or ()) for part in parts)


def _modes(path: str) -> Cell:
    short = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
    return lambda obj: ",".join(short.get(each, each) for each in at(obj, path) or ())


# pods


def _pod_ready(obj: Obj) -> str:
    found = at(obj, ".status.containerStatuses") or ()
    return f"{sum(bool(each.get('ready')) for each in found)}/{len(at(obj, '.spec.containers') or ())}"


def _pod_status(obj: Obj) -> str:
    """Return what is said first of a pod: why a container waits or ended, else its phase."""
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    status = obj.get("status") or {}
    said = str(status.get("reason") or status.get("phase") or "")
    wanted = len(at(obj, ".spec.initContainers") or ())
    for place, each in enumerate(status.get("initContainerStatuses") or ()):
        state = each.get("state") or {}
        if (state.get("terminated") or {}).get("exitCode") == 0 and "terminated" in state:
            continue
        reason = (state.get("terminated") or state.get("waiting") or {}).get("reason")
        return f"Init:{reason}" if reason and reason != "PodInitializing" else f"Init:{place}/{wanted}"
    for each in reversed(status.get("containerStatuses") or ()):
        state = each.get("state") or {}
        reason = (state.get("waiting") or state.get("terminated") or {}).get("reason")
        said = str(reason) if reason else said
    return said


def _restarts(obj: Obj) -> str:
    found = at(obj, ".status.containerStatuses") or ()
    count = sum(int(each.get("restartCount") or 0) for each in found)
    ended = [at(each, ".lastState.terminated.finishedAt") for each in found]
    last = max((each for each in ended if each), default=None)
    return f"{count} ({since(last)} ago)" if count and last else str(count)


def _gates(obj: Obj) -> str:
    gates = at(obj, ".spec.readinessGates") or ()
    met = {each["type"] for each in at(obj, ".status.conditions") or () if each.get("status") == "True"}
    return f"{sum(each.get('conditionType') in met for each in gates)}/{len(gates)}" if gates else NONE


# services and networks


def _external(obj: Obj) -> str:
    spec = obj.get("spec") or {}
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    given = [each.get("ip") or each.get("hostname") for each in at(obj, ".status.loadBalancer.ingress") or ()]
    found = [*(each for each in given if each), *(spec.get("externalIPs") or ())]
    return ",".join(found) or ("<pending>" if spec.get("type") == "LoadBalancer" else NONE)


def _ports(obj: Obj) -> str:
    def one(port: Mapping[str, Any]) -> str:
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        return f"{port.get('port')}{node}/{port.get('protocol', 'TCP')}"

    return ",".join(map(one, at(obj, ".spec.ports") or ())) or NONE


def _endpoints(obj: Obj) -> str:
    found = [
        f"{address.get('ip')}:{port.get('port')}"
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or ()
        for address in subset.get("addresses") or ()
    ]
    return _shortened(found)


def _shortened(found: Sequence[str]) -> str:
    more = f" + {len(found) - 3} more..." if len(found) > 3 else ""
    return ",".join(found[:3]) + more if found else NONE


def _slice_ports(obj: Obj) -> str:
    return ",".join(str(each.get("port", "*")) for each in obj.get("ports") or ()) or UNSET


def _slice_addresses(obj: Obj) -> str:
    found = [address for each in obj.get("endpoints") or () for address in each.get("addresses") or ()]
    return _shortened(found) if found else UNSET


def _hosts(obj: Obj) -> str:
    found = [str(each.get("host") or "*") for each in at(obj, ".spec.rules") or ()]
    return _shortened(found) if found else "*"


def _addresses(obj: Obj) -> str:
    found = [each.get("ip") or each.get("hostname") for each in at(obj, ".status.loadBalancer.ingress") or ()]
    return ",".join(each for each in found if each)


# the rest


def _job_status(obj: Obj) -> str:
    for each in at(obj, ".status.conditions") or ():
        if each["type"] in ("Complete", "Failed", "Suspended") and each["status"] == "True":
            return str(each["type"])
    return "Terminating" if obj["metadata"].get("deletionTimestamp") else "Running"


def _completions(obj: Obj) -> str:
    wanted, done = at(obj, ".spec.completions"), at(obj, ".status.succeeded") or 0
    parallel = at(obj, ".spec.parallelism") or 0
    return f"{done}/{wanted}" if wanted is not None else f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _lasted(obj: Obj) -> str:
    began, ended = at(obj, ".status.startTime"), at(obj, ".status.completionTime")
    if not began:
        return ""
    if not ended:
        return since(began) or ""
    return duration((datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds())


def _node_status(obj: Obj) -> str:
    found = [each.get("status") for each in at(obj, ".status.conditions") or () if each["type"] == "Ready"]
    said = "Ready" if found == ["True"] else "NotReady"
    return f"{said},SchedulingDisabled" if at(obj, ".spec.unschedulable") else said


def _claim(obj: Obj) -> str:
    found = at(obj, ".spec.claimRef") or {}
    return f"{found['namespace']}/{found['name']}" if "name" in found and "namespace" in found else ""


def _quota(prefix: bool) -> Cell:
    def cell(obj: Obj) -> str:
        hard, used = at(obj, ".status.hard") or {}, at(obj, ".status.used") or {}
        names = [each for each in sorted(hard) if each.startswith("limits.") is prefix]
        return ", ".join(f"{each}: {used.get(each, '0')}/{hard[each]}" for each in names)

    return cell


def _class_name(obj: Obj) -> str:
    name = str(obj["metadata"]["name"])
    default = at(obj, r".metadata.annotations.storageclass\.kubernetes\.io/is-default-class") == "true"
    return f"{name} (default)" if default else name


def _subjects(kind: str) -> Cell:
    def cell(obj: Obj) -> str:
        found = [each for each in obj.get("subjects") or () if each.get("kind") == kind]
        return ", ".join(
            f"{each['namespace']}/{each['name']}" if kind == "ServiceAccount" else each["name"] for each in found
        )

    return cell


def _about(obj: Obj) -> str:
    involved = obj.get("involvedObject") or obj.get("regarding") or {}
    return f"{str(involved.get('kind', '')).lower()}/{involved.get('name', '')}"


def _last_seen(obj: Obj) -> str:
    times = ("lastTimestamp", "deprecatedLastTimestamp", "eventTime")
    return next((said for each in times if (said := since(obj.get(each)))), "<unknown>")


def _targets(obj: Obj) -> str:
    metrics = at(obj, ".spec.metrics") or ()
    found = [
        f"{at(each, '.resource.name')}: <unknown>/{at(each, '.resource.target.averageUtilization')}%"
        for each in metrics
        if each.get("type") == "Resource"
    ]
    return ", ".join(found) or NONE


def _columns(*given: tuple[str, Cell] | tuple[str, str, Cell]) -> Sequence[tuple[str, str, Cell]]:
    found = [(each[0], "string", each[1]) if len(each) == 2 else each for each in given]
    return [("Name", "string", ".metadata.name"), *found]


_AGE = ("Age", age)
_POD_COLUMNS: Sequence[tuple[str, Cell]] = (("Containers*", _containers("name")), ("Images*", _containers("image")))
_REPLICAS: Sequence[tuple[str, str, Cell]] = (
    ("Desired", "integer", ".spec.replicas"),
    ("Current", "integer", ".status.replicas"),
    ("Ready", "integer", ".status.readyReplicas"),
)
_ROLE = ("Role", lambda obj: f"{at(obj, '.roleRef.kind')}/{at(obj, '.roleRef.name')}")
_BOUND: Sequence[tuple[str, Cell]] = (
    _ROLE,
    _AGE,
    ("Users*", _subjects("User")),
    ("Groups*", _subjects("Group")),
    ("ServiceAccounts*", _subjects("ServiceAccount")),
)
_EVENT: Sequence[tuple[str, str, Cell]] = (
    ("Last Seen", "string", _last_seen),
    ("Type", "string", ".type"),
    ("Reason", "string", ".reason"),
    ("Object", "string", _about),
    ("Subobject*", "string", ".involvedObject.fieldPath"),
    ("Source*", "string", ".source.component"),
    ("Message", "string", lambda obj: str(obj.get("message") or obj.get("note") or "").strip()),
    ("First Seen*", "string", lambda obj: since(obj.get("firstTimestamp")) or "<unknown>"),
    ("Count*", "string", lambda obj: obj.get("count") or 1),
    ("Name*", "string", ".metadata.name"),
)

DEFAULT = _columns(("Created At", "date", ".metadata.creationTimestamp"))
COLUMNS: Mapping[str, Sequence[tuple[str, str, Cell]]] = {
    "configmaps": _columns(("Data", _keys("data", "binaryData")), _AGE),
    "endpoints": _columns(("Endpoints", _endpoints), _AGE),
    "events": _EVENT,
    "namespaces": _columns(("Status", ".status.phase"), _AGE),
    "nodes": _columns(
        ("Status", _node_status),
        ("Roles", _or(".metadata.labels.kubernetes\\.io/role")),
        _AGE,
        ("Version", ".status.nodeInfo.kubeletVersion"),
        ("Internal-IP*", _or(".status.addresses[0].address")),
        ("External-IP*", _or(".status.addresses[9].address")),
        ("OS-Image*", _or(".status.nodeInfo.osImage", "<unknown>")),
        ("Kernel-Version*", _or(".status.nodeInfo.kernelVersion", "<unknown>")),
        ("Container-Runtime*", _or(".status.nodeInfo.containerRuntimeVersion", "<unknown>")),
    ),
    "persistentvolumeclaims": _columns(
        ("Status", ".status.phase"),
        ("Volume", ".spec.volumeName"),
        ("Capacity", ".status.capacity.storage"),
        ("Access Modes", _modes(".status.accessModes")),
        ("StorageClass", ".spec.storageClassName"),
        ("VolumeAttributesClass", _or(".spec.volumeAttributesClassName", UNSET)),
        _AGE,
        ("VolumeMode*", ".spec.volumeMode"),
    ),
    "persistentvolumes": _columns(
        ("Capacity", ".spec.capacity.storage"),
        ("Access Modes", _modes(".spec.accessModes")),
        ("Reclaim Policy", ".spec.persistentVolumeReclaimPolicy"),
        ("Status", ".status.phase"),
        ("Claim", _claim),
        ("StorageClass", ".spec.storageClassName"),
        ("VolumeAttributesClass", _or(".spec.volumeAttributesClassName", UNSET)),
        ("Reason", ".status.reason"),
        _AGE,
        ("VolumeMode*", ".spec.volumeMode"),
    ),
    "pods": _columns(
        ("Ready", _pod_ready),
        ("Status", _pod_status),
        ("Restarts", _restarts),
        _AGE,
        ("IP*", _or(".status.podIP")),
        ("Node*", _or(".spec.nodeName")),
        ("Nominated Node*", _or(".status.nominatedNodeName")),
        ("Readiness Gates*", _gates),
    ),
    "podtemplates": _columns(("Containers", _containers("name")), ("Images", _containers("image"))),
    "replicationcontrollers": _columns(*_REPLICAS, _AGE, *_POD_COLUMNS, ("Selector*", _selector())),
    "resourcequotas": _columns(("Request", _quota(False)), ("Limit", _quota(True)), _AGE),
    "secrets": _columns(("Type", ".type"), ("Data", _keys("data")), _AGE),
    "serviceaccounts": _columns(_AGE),
    "services": _columns(
        ("Type", ".spec.type"),
        ("Cluster-IP", _or(".spec.clusterIP")),
        ("External-IP", _external),
        ("Port(s)", _ports),
        _AGE,
        ("Selector*", _selector()),
    ),
    "controllerrevisions.apps": _columns(
        ("Controller", _or(".metadata.ownerReferences[0].name")), ("Revision", ".revision"), _AGE
    ),
    "daemonsets.apps": _columns(
        ("Desired", "integer", ".status.desiredNumberScheduled"),
        ("Current", "integer", ".status.currentNumberScheduled"),
        ("Ready", "integer", ".status.numberReady"),
        ("Up-to-date", "integer", ".status.updatedNumberScheduled"),
        ("Available", "integer", ".status.numberAvailable"),
        ("Node Selector", _selector(".spec.template.spec.nodeSelector")),
        _AGE,
        *_POD_COLUMNS,
        ("Selector*", _selector()),
    ),
    "deployments.apps": _columns(
        ("Ready", _ready),
        ("Up-to-date", lambda obj: at(obj, ".status.updatedReplicas") or 0),
        ("Available", lambda obj: at(obj, ".status.availableReplicas") or 0),
        _AGE,
        *_POD_COLUMNS,
        ("Selector*", _selector()),
    ),
    "replicasets.apps": _columns(*_REPLICAS, _AGE, *_POD_COLUMNS, ("Selector*", _selector())),
    "statefulsets.apps": _columns(("Ready", _ready), _AGE, *_POD_COLUMNS),
    "horizontalpodautoscalers.autoscaling": _columns(
        ("Reference", lambda obj: f"{at(obj, '.spec.scaleTargetRef.kind')}/{at(obj, '.spec.scaleTargetRef.name')}"),
        ("Targets", _targets),
        ("MinPods", lambda obj: str(at(obj, ".spec.minReplicas") or UNSET)),
        ("MaxPods", ".spec.maxReplicas"),
        ("Replicas", lambda obj: at(obj, ".status.currentReplicas") or 0),
        _AGE,
    ),
    "cronjobs.batch": _columns(
        ("Schedule", ".spec.schedule"),
        ("Timezone", _or(".spec.timeZone")),
        ("Suspend", "boolean", _text(".spec.suspend")),
        ("Active", "integer", lambda obj: len(at(obj, ".status.active") or ())),
        ("Last Schedule", lambda obj: since(at(obj, ".status.lastScheduleTime")) or NONE),
        _AGE,
        *_POD_COLUMNS,
        ("Selector*", _selector(".spec.jobTemplate.spec.selector")),
    ),
    "jobs.batch": _columns(
        ("Status", _job_status),
        ("Completions", _completions),
        ("Duration", _lasted),
        _AGE,
        *_POD_COLUMNS,
        ("Selector*", _selector()),
    ),
    "ingressclasses.networking.k8s.io": _columns(
        ("Controller", ".spec.controller"), ("Parameters", _or(".spec.parameters.name")), _AGE
    ),
    "ingresses.networking.k8s.io": _columns(
        ("Class", _or(".spec.ingressClassName")),
        ("Hosts", _hosts),
        ("Address", _addresses),
        ("Ports", lambda obj: "80, 443" if at(obj, ".spec.tls") else "80"),
        _AGE,
    ),
    "networkpolicies.networking.k8s.io": _columns(("Pod-Selector", _selector(".spec.podSelector")), _AGE),
    "poddisruptionbudgets.policy": _columns(
        ("Min Available", lambda obj: str(_given(at(obj, ".spec.minAvailable")))),
        ("Max Unavailable", lambda obj: str(_given(at(obj, ".spec.maxUnavailable")))),
        ("Allowed Disruptions", "integer", ".status.disruptionsAllowed"),
        _AGE,
    ),
    "rolebindings.rbac.authorization.k8s.io": _columns(*_BOUND),
    "clusterrolebindings.rbac.authorization.k8s.io": _columns(*_BOUND),
    "storageclasses.storage.k8s.io": [
        ("Name", "string", _class_name),
        *_columns(
            ("Provisioner", ".provisioner"),
            ("ReclaimPolicy", _or(".reclaimPolicy", "Delete")),
            ("VolumeBindingMode", _or(".volumeBindingMode", UNSET)),
            ("AllowVolumeExpansion", lambda obj: bool(obj.get("allowVolumeExpansion"))),
            _AGE,
        )[1:],
    ],
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _columns(
        ("Webhooks", "integer", _keys("webhooks")), _AGE
    ),
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _columns(
        ("Webhooks", "integer", _keys("webhooks")), _AGE
    ),
    "priorityclasses.scheduling.k8s.io": _columns(
        ("Value", "integer", ".value"),
        ("Global-Default", "boolean", ".globalDefault"),
        _AGE,
        ("PreemptionPolicy", _or(".preemptionPolicy")),
    ),
    "leases.coordination.k8s.io": _columns(("Holder", ".spec.holderIdentity"), _AGE),
    "endpointslices.discovery.k8s.io": _columns(
        ("AddressType", ".addressType"), ("Ports", _slice_ports), ("Endpoints", _slice_addresses), _AGE
    ),
}
"""Each resource's columns: name (``*`` for those of ``-o wide``), type, and what the cells show."""


def _given(value: Any) -> Any:
    return "N/A" if value is None else value
