"""The one node and its kubelet, which runs nothing: pods get ready, complete, or fail as an annotation orders.

``test.helmlite.dev/pod`` orders how a pod fails (``pods.yaml`` says how that looks), ``test.helmlite.dev/ready-after``
how long it takes to get ready.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from helmlite import documents
from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client, Controller, itself
from helmlite.sandbox.objects import Obj, annotations_of
from helmlite.sandbox.store import key_of

NODE_NAME = "node-1"
ADDRESS = "127.0.0.1"
ORDER, READY_AFTER = "test.helmlite.dev/pod", "test.helmlite.dev/ready-after"
MANAGER = COMPONENT = "kubelet"
COMPLETE_SECONDS, FAIL_SECONDS = 1.0, 0.5
"""How long the pod of a Job runs."""
_DURATION = re.compile(r"([0-9.]+)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How containers fare. ``waiting``: reason and message of the state, None when they run.

    ``ended``: exit code and reason of the last run. ``events``: type, reason and message of each, oldest first.
    Messages may name ``{image}``, ``{name}`` and ``{pod}`` (name, namespace and uid).
    """

    waiting: tuple[str, str] | None = None
    ended: tuple[int, str] | None = None
    restarts: int = 0
    events: Sequence[tuple[str, str, str]] = ()


_TABLE = documents.read(resources.files("helmlite.sandbox.controllers").joinpath("pods.yaml").read_bytes()).data
ORDERS: Mapping[str, Order] = {name: Order(**said) for name, said in _TABLE["orders"].items()}
"""What each value of the annotation stands for."""
_OTHERS: Mapping[str, Order] = {name: Order(**said) for name, said in _TABLE["others"].items()}
_WELL, _COMPLETED, _FAILED = _OTHERS["well"], _OTHERS["completed"], _OTHERS["failed"]


def nodes(client: Client) -> Sequence[Obj]:
    """Return the node as it is at the sandbox's start, and its lease."""
    node, *others = copy.deepcopy(_TABLE["objects"])
    for each in node["status"]["conditions"]:
        each.update(dict.fromkeys(("lastHeartbeatTime", "lastTransitionTime"), workloads.timestamp(client)))
    return [node, *others]


def _reconcile(client: Client, pod: Obj) -> None:
    status = workloads.status_of(pod)
    if workloads.spec_of(pod).get("nodeName") != NODE_NAME:
        return
    if workloads.is_leaving(pod):
        if pod["metadata"].get("deletionGracePeriodSeconds"):
            for each in () if workloads.is_finished(pod) else _containers(pod):
                said = f"Stopping container {each['name']}"
                client.event(pod, "Normal", "Killing", said, component=COMPONENT)
            client.delete("pods", *key_of(pod), grace=0)
    elif workloads.is_finished(pod):
        return
    elif not status.get("startTime"):
        first = _OTHERS["initializing" if _containers(pod, "initContainers") else "creating"]
        begun = {"phase": "Pending", "hostIP": ADDRESS, "hostIPs": [{"ip": ADDRESS}]}
        _write(client, pod, {**begun, "startTime": workloads.timestamp(client)}, first, first)
    elif status.get("phase") == "Pending" and not status.get("podIP"):
        _start(client, pod)
    elif status.get("phase") == "Running" and workloads.is_ready(pod) and not _restarts(pod):
        _end(client, pod)


def _containers(pod: Obj, part: str = "containers") -> Sequence[Mapping[str, Any]]:
    return workloads.spec_of(pod).get(part) or ()


def _restarts(pod: Obj) -> bool:
    return bool(workloads.spec_of(pod).get("restartPolicy", "Always") == "Always")


def _start(client: Client, pod: Obj) -> None:
    """Run the containers once it is time to, or fail them as ordered."""
    annotations, ordered = annotations_of(pod), annotations_of(pod).get(ORDER, "")
    order = _WELL if ordered == "failed" and not _restarts(pod) else ORDERS.get(ordered, _WELL)
    delay = sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(annotations.get(READY_AFTER, "")))
    begin = workloads.status_of(pod)["startTime"]
    if order is _WELL and delay and not client.waited(delay, begin, "pods", *key_of(pod)):
        return
    address = ADDRESS if workloads.spec_of(pod).get("hostNetwork") else _free_address(client)
    runs = order.waiting is None or order.ended is not None
    begun = {"phase": "Running" if runs else "Pending", "podIP": address, "podIPs": [{"ip": address}]}
    init = _OTHERS["crashing-init"] if ordered == "init-failed" else _COMPLETED
    written = _write(client, pod, begun, order, init)
    told = [(each, _WELL if init is _COMPLETED else init) for each in _containers(pod, "initContainers")]
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
    fails = annotations_of(pod).get(ORDER) == "failed"
    since = workloads.condition(pod, "Ready").get("lastTransitionTime", "")
    if client.waited(FAIL_SECONDS if fails else COMPLETE_SECONDS, since, "pods", *key_of(pod)):
        order = _FAILED if fails else _COMPLETED
        _write(client, pod, {"phase": "Failed" if fails else "Succeeded"}, order, _COMPLETED)


def _write(client: Client, pod: Obj, changes: Mapping[str, Any], order: Order, init: Order) -> Obj:
    """Write the pod's status: what changes, with conditions and states of containers and init containers."""
    status: dict[str, Any] = {**workloads.status_of(pod), **changes}
    for part, how in (("containers", order), ("initContainers", init)):
        states = [_state(client, pod, each, how, status["startTime"]) for each in _containers(pod, part)]
        for each in states:  # one that has ended is ready only where the next one waits for it
            each["ready"] = how is _WELL or (how is _COMPLETED and part == "initContainers")
        if states:
            status[f"{part.removesuffix('s')}Statuses"] = states
    ends, ready = status["phase"] in ("Succeeded", "Failed"), ("True" if order is _WELL else "False")
    names = " ".join(each["name"] for each in _containers(pod))
    unready = ("ContainersNotReady", f"containers with unready status: [{names}]")
    why = () if order is _WELL else (f"Pod{'Completed' if order is _COMPLETED else 'Failed'}",) if ends else unready
    waits = " ".join(each["name"] for each in _containers(pod, "initContainers") if init is not _COMPLETED)
    incomplete = ("False", "ContainersNotInitialized", f"containers with incomplete status: [{waits}]")
    wanted: dict[str, Sequence[str]] = {
        "PodReadyToStartContainers": ("True" if "podIP" in status and not ends else "False",),
        "Initialized": incomplete if waits else ("True",),
        "Ready": (ready, *why),
        "ContainersReady": (ready, *why),
        **{gate["conditionType"]: (ready,) for gate in workloads.spec_of(pod).get("readinessGates") or ()},
        "PodScheduled": ("True",),
    }
    made = [
        workloads.conditioned(client, workloads.condition(pod, kind), kind, *said, lastProbeTime=None)
        for kind, said in wanted.items()
    ]
    return workloads.set_status(client, "pods", pod, workloads.with_conditions(status, *made), MANAGER)


def _state(client: Client, pod: Obj, container: Mapping[str, Any], how: Order, since: str) -> Obj:
    digest = hashlib.sha256(str(container.get("image")).encode()).hexdigest()
    run = hashlib.sha256(f"{pod['metadata']['uid']} {container['name']}".encode()).hexdigest()
    state: dict[str, Any] = {"running": {"startedAt": since}}
    last: dict[str, Any] = {}
    if how.ended:
        said = {"exitCode": how.ended[0], "reason": how.ended[1], "containerID": f"containerd://{run}"}
        last = {"terminated": {**said, "startedAt": since, "finishedAt": workloads.timestamp(client)}}
    if how.waiting:
        reason, message = how.waiting
        state = {"waiting": {"reason": reason, **({"message": _filled(message, pod, container)} if message else {})}}
    elif how in (_COMPLETED, _FAILED):
        state, last = last, {}
    is_pulled = bool(how.ended) or how.waiting is None
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": f"sha256:{digest}" if is_pulled else "",
        **({"containerID": f"containerd://{run}"} if is_pulled else {}),
        "started": "running" in state,
        "restartCount": how.restarts,
        "state": state,
        "lastState": last,
    }


CONTROLLERS: Sequence[Controller] = (
    Controller(name="kubelet", watches={"pods": itself}, reconcile=workloads.each_of("pods", _reconcile)),
)
