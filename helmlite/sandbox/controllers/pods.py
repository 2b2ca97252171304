"""The one node and its kubelet, which runs nothing: pods get ready, complete, or fail as an annotation orders.

``test.helmlite.dev/pod`` orders how a pod fails (``ORDERS``, and ``failed``), ``test.helmlite.dev/ready-after`` how
long it takes to get ready.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.objects import Obj, annotations_of

NODE_NAME = "node-1"
ADDRESS = "127.0.0.1"
ORDER, READY_AFTER = "test.helmlite.dev/pod", "test.helmlite.dev/ready-after"
MANAGER = COMPONENT = "kubelet"
COMPLETE_SECONDS, FAIL_SECONDS = 1.0, 0.5
"""How long the pod of a Job runs."""
_CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "1k"}
_DURATION = re.compile(r"([0-9.]+)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BEGIN = "2026-01-01T00:00:00Z"

NODES: Sequence[Obj] = (
    {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": NODE_NAME,
            "labels": {
                "kubernetes.io/hostname": NODE_NAME,
                **{f"{start}kubernetes.io/arch": "amd64" for start in ("", "beta.")},
                **{f"{start}kubernetes.io/os": "linux" for start in ("", "beta.")},
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {},
        "status": {
            "addresses": [{"type": "InternalIP", "address": ADDRESS}, {"type": "Hostname", "address": NODE_NAME}],
            "allocatable": _CAPACITY,
            "capacity": _CAPACITY,
            "conditions": [
                {
                    "type": kind,
                    "status": "True" if kind == "Ready" else "False",
                    "reason": reason,
                    "message": f"kubelet {said}",
                    "lastHeartbeatTime": _BEGIN,
                    "lastTransitionTime": _BEGIN,
                }
                for kind, reason, said in (
                    ("Ready", "KubeletReady", "is posting ready status"),
                    ("MemoryPressure", "KubeletHasSufficientMemory", "has sufficient memory available"),
                    ("DiskPressure", "KubeletHasNoDiskPressure", "has no disk pressure"),
                    ("PIDPressure", "KubeletHasSufficientPID", "has sufficient PID available"),
                )
            ],
            "nodeInfo": {
                **dict.fromkeys(("bootID", "machineID", "systemUUID", "kubeProxyVersion"), ""),
                **dict.fromkeys(("containerRuntimeVersion", "kernelVersion", "kubeletVersion", "osImage"), "sandbox"),
                "architecture": "amd64",
                "operatingSystem": "linux",
            },
        },
    },
    {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": NODE_NAME, "namespace": "kube-node-lease"},
        "spec": {"holderIdentity": NODE_NAME, "leaseDurationSeconds": 40},
    },
)
"""The node as it is at the sandbox's start, and its lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How containers fail. ``waiting``: reason and message of the state, None when they run without being ready.

    ``ended``: exit code and reason of the last run. ``events``: type, reason and message of each, oldest first.
    Messages may name ``{image}``, ``{name}`` and ``{pod}`` (name, namespace and uid).
    """

    waiting: tuple[str, str] | None = None
    ended: tuple[int, str] | None = None
    restarts: int = 0
    events: Sequence[tuple[str, str, str]] = ()


_RUN = (
    ("Normal", "Pulled", 'Container image "{image}" already present on machine'),
    ("Normal", "Created", "Created container: {name}"),
    ("Normal", "Started", "Started container {name}"),
)
_BACK_OFF = (*_RUN, ("Warning", "BackOff", "Back-off restarting failed container {name} in pod {pod}"))
_LOOP = ("CrashLoopBackOff", "back-off 40s restarting failed container={name} pod={pod}")
_PULLING = ("Normal", "Pulling", 'Pulling image "{image}"')
_UNAUTHORIZED = "unauthorized: authentication required (image pull secret not found)"
_ERROR = ("Warning", "Failed", "Error: ErrImagePull")
_INITIALIZING = Order(waiting=("PodInitializing", ""))
ORDERS: Mapping[str, Order] = {
    "image-pull": Order(
        waiting=("ImagePullBackOff", 'Back-off pulling image "{image}": manifest unknown'),
        events=(
            _PULLING,
            ("Warning", "Failed", 'Failed to pull image "{image}": manifest unknown'),
            _ERROR,
            ("Normal", "BackOff", 'Back-off pulling image "{image}"'),
            ("Warning", "Failed", "Error: ImagePullBackOff"),
        ),
    ),
    "pull-secret": Order(
        waiting=("ErrImagePull", f'failed to pull image "{{image}}": {_UNAUTHORIZED}'),
        events=(_PULLING, ("Warning", "Failed", f'Failed to pull image "{{image}}": {_UNAUTHORIZED}'), _ERROR),
    ),
    "missing-config": Order(
        waiting=("CreateContainerConfigError", 'configmap "settings" not found'),
        events=(_RUN[0], ("Warning", "Failed", 'Error: configmap "settings" not found')),
    ),
    "crash-loop": Order(waiting=_LOOP, ended=(1, "Error"), restarts=3, events=_BACK_OFF),
    "out-of-memory": Order(waiting=_LOOP, ended=(137, "OOMKilled"), restarts=3, events=_BACK_OFF),
    "not-ready": Order(
        events=(*_RUN, ("Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"))
    ),
    "liveness": Order(
        ended=(137, "Error"),
        restarts=4,
        events=(
            *_RUN,
            ("Warning", "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500"),
            ("Normal", "Killing", "Container {name} failed liveness probe, will be restarted"),
        ),
    ),
    "init-failed": _INITIALIZING,
}
"""What each value of the annotation stands for."""
_INIT_FAILED = Order(waiting=_LOOP, ended=(2, "Error"), restarts=3, events=_BACK_OFF)
_FAILS_AGAIN = Order(waiting=_LOOP, ended=(3, "Error"), restarts=3, events=_BACK_OFF)
"""How ``failed`` looks where the container is restarted, so that no controller replaces the pod again and again."""
_WELL = Order(events=_RUN)
_DONE = Order(ended=(0, "Completed"), events=_RUN)
"""How an init container ends."""


def logs_of(pod: Obj, container: str, previous: bool) -> str:
    """Return what a container has said: 40 lines, and for a run that failed one more that tells of its end."""
    lines = [f"line {number} of the container's log" for number in range(1, 41)]
    status = workloads.status_of(pod)
    found = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    state: Obj = next((each for each in found if each.get("name") == container), {})
    now, last = state.get("state") or {}, state.get("lastState") or {}
    ended = (last if previous or "waiting" in now else now).get("terminated") or {}
    if ended.get("exitCode"):
        lines.append(f"the container was ordered to fail: {ended.get('reason')}, exit code {ended['exitCode']}")
    return "".join(f"{each}\n" for each in lines)


def _reconcile(client: Client, pod: Obj) -> None:
    metadata, status = pod["metadata"], workloads.status_of(pod)
    if workloads.spec_of(pod).get("nodeName") != NODE_NAME:
        return
    if workloads.is_leaving(pod):
        if metadata.get("deletionGracePeriodSeconds"):
            for each in () if workloads.is_finished(pod) else _containers(pod):
                said = f"Stopping container {each['name']}"
                client.event(pod, "Normal", "Killing", said, component=COMPONENT)
            client.delete("pods", metadata["namespace"], metadata["name"], grace=0)
    elif workloads.is_finished(pod):
        return
    elif not status.get("startTime"):
        first = Order(waiting=("PodInitializing" if _containers(pod, "initContainers") else "ContainerCreating", ""))
        begun = {"phase": "Pending", "hostIP": ADDRESS, "hostIPs": [{"ip": ADDRESS}]}
        _write(client, pod, {**begun, "startTime": workloads.timestamp(client)}, first)
    elif status.get("phase") == "Pending" and not status.get("podIP"):
        _start(client, pod)
    elif status.get("phase") == "Running" and workloads.is_ready(pod):
        _end(client, pod)


def _containers(pod: Obj, part: str = "containers") -> Sequence[Mapping[str, Any]]:
    return workloads.spec_of(pod).get(part) or ()


def _restarts(pod: Obj) -> bool:
    return bool(workloads.spec_of(pod).get("restartPolicy", "Always") == "Always")


def _start(client: Client, pod: Obj) -> None:
    """Run the containers once it is time to, or fail them as ordered."""
    metadata, status = pod["metadata"], workloads.status_of(pod)
    ordered = annotations_of(pod).get(ORDER, "")
    order = _FAILS_AGAIN if ordered == "failed" and _restarts(pod) else ORDERS.get(ordered, _WELL)
    delay = sum(
        float(number) * _UNITS[unit] for number, unit in _DURATION.findall(annotations_of(pod).get(READY_AFTER, ""))
    )
    key = (metadata["namespace"], metadata["name"])
    if order is _WELL and delay and not client.waited(delay, status["startTime"], "pods", *key):
        return
    address = ADDRESS if workloads.spec_of(pod).get("hostNetwork") else _free_address(client)
    runs = order.waiting is None or order.waiting is _LOOP
    begun = {"phase": "Running" if runs else "Pending", "podIP": address, "podIPs": [{"ip": address}]}
    written = _write(client, pod, begun, order)
    inits = _containers(pod, "initContainers")
    told = [(each, _INIT_FAILED if order is _INITIALIZING else _WELL) for each in inits]
    for container, how in [*told, *((each, order) for each in _containers(pod))]:
        for kind, reason, message in how.events:
            client.event(written, kind, reason, _filled(message, pod, container), component=COMPONENT)


def _free_address(client: Client) -> str:
    taken = {workloads.status_of(each).get("podIP") for each in client.list("pods")}
    numbers = (f"10.244.{number // 256}.{number % 256}" for number in range(2, 65536))
    return next(each for each in numbers if each not in taken)


def _filled(message: str, pod: Obj, container: Mapping[str, Any]) -> str:
    metadata = pod["metadata"]
    whole = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
    return message.format(image=container.get("image", ""), name=container.get("name", ""), pod=whole)


def _end(client: Client, pod: Obj) -> None:
    """Let the pod of a Job complete or fail, once it has run for a while."""
    metadata, since = pod["metadata"], workloads.condition(pod, "Ready").get("lastTransitionTime", "")
    if _restarts(pod):
        return
    fails = annotations_of(pod).get(ORDER) == "failed"
    seconds = FAIL_SECONDS if fails else COMPLETE_SECONDS
    if client.waited(seconds, since, "pods", metadata["namespace"], metadata["name"]):
        order = Order(ended=(3, "Error") if fails else (0, "Completed"))
        _write(client, pod, {"phase": "Failed" if fails else "Succeeded"}, order)


def _write(client: Client, pod: Obj, changes: Mapping[str, Any], order: Order) -> Obj:
    """Write the pod's status: what changes, with conditions and container states as the order has them."""
    now = workloads.timestamp(client)
    status: dict[str, Any] = {**workloads.status_of(pod), **changes}
    ends, accepted = status["phase"] in ("Succeeded", "Failed"), "podIP" in status
    broken, ready = order is _INITIALIZING, order is _WELL
    since = workloads.condition(pod, "Ready").get("lastTransitionTime", now) if ends else now
    states = [_state(pod, each, order, since, now, over=ends) for each in _containers(pod)]
    initial = []
    for each in _containers(pod, "initContainers"):
        stays = each.get("restartPolicy") == "Always" and not ends
        how = order if not accepted else _INIT_FAILED if broken else _WELL if stays else _DONE
        initial.append(_state(pod, each, how, status["startTime"], now, over=how is _DONE))
    status |= {"containerStatuses": states, **({"initContainerStatuses": initial} if initial else {})}
    names = " ".join(each["name"] for each in _containers(pod))
    inits = " ".join(each["name"] for each in _containers(pod, "initContainers"))
    unready = ("False", "ContainersNotReady", f"containers with unready status: [{names}]")
    if ends:
        unready = ("False", "PodCompleted" if status["phase"] == "Succeeded" else "PodFailed", "")
    incomplete = ("False", "ContainersNotInitialized", f"containers with incomplete status: [{inits}]")
    wanted = {
        "PodReadyToStartContainers": ("False" if ends or not accepted else "True", "", ""),
        "Initialized": incomplete
        if broken or (inits and not accepted)
        else ("True", "PodCompleted" if ends else "", ""),
        "Ready": ("True", "", "") if ready else unready,
        "ContainersReady": ("True", "", "") if ready else unready,
        "PodScheduled": ("True", "", ""),
    }
    for gate in workloads.spec_of(pod).get("readinessGates") or ():
        wanted[gate["conditionType"]] = ("True" if ready else "False", "", "")
    old = {each["type"]: each for each in status.get("conditions") or ()}
    others = [each for kind, each in old.items() if kind not in wanted]
    status["conditions"] = [*(_condition(old.get(kind), kind, *said, now) for kind, said in wanted.items()), *others]
    return workloads.set_status(client, "pods", pod, status, MANAGER)


def _condition(old: Mapping[str, Any] | None, kind: str, status: str, reason: str, message: str, now: str) -> Obj:
    since = old["lastTransitionTime"] if old and old.get("status") == status else now
    made = {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": since}
    return made | {key: value for key, value in (("reason", reason), ("message", message)) if value}


def _state(pod: Obj, container: Mapping[str, Any], how: Order, since: str, now: str, *, over: bool) -> Obj:
    """Return a container's status; ``over``: what the order says of an ended run is how the container stands now."""
    state: dict[str, Any] = {"running": {"startedAt": since}}
    last: dict[str, Any] = {}
    digest = hashlib.sha256(str(container.get("image")).encode()).hexdigest()
    run = hashlib.sha256(f"{pod['metadata']['uid']} {container['name']}".encode()).hexdigest()
    if how.ended:
        code, reason = how.ended
        times = {"startedAt": since, "finishedAt": now}
        last = {"terminated": {"exitCode": code, "reason": reason, **times, "containerID": f"containerd://{run}"}}
    if how.waiting:
        reason, message = how.waiting
        said = _filled(message, pod, container)
        state = {"waiting": {"reason": reason, **({"message": said} if said else {})}}
    elif over and last:
        state, last = last, {}
    pulled = bool(how.ended) or how.waiting is None
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": f"sha256:{digest}" if pulled else "",
        **({"containerID": f"containerd://{run}"} if pulled else {}),
        "ready": how in (_WELL, _DONE),
        "started": "running" in state,
        "restartCount": how.restarts,
        "state": state,
        "lastState": last,
    }


CONTROLLERS: Sequence[Controller] = (
    Controller(name="kubelet", watches={"pods": itself}, reconcile=workloads.each_of("pods", _reconcile)),
)
