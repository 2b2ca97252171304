"""What becomes of pods: their node, their containers, how they fail when they are ordered to, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.running import (
    conditions,
    create_pod,
    events,
    get,
    message,
    path,
    status,
)

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster
HELP = "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."


def phase(api: Api, wanted: str, name: str = "a") -> dict[str, Any]:
    """Wait until a pod is in a phase, and return its status."""
    return api.eventually(lambda: status(api, "pods", name) if status(api, "pods", name).get("phase") == wanted else {})


def with_states(api: Api, name: str = "a") -> dict[str, Any]:
    """Wait until a pod's container is past its creation, and return the pod's status."""

    def look() -> dict[str, Any]:
        found = status(api, "pods", name)
        states = [each["state"] for each in found.get("containerStatuses") or ()]
        begins = any(each.get("waiting", {}).get("reason") == "ContainerCreating" for each in states)
        return found if states and not begins and found.get("podIP", found["phase"]) else {}

    return api.eventually(look)


def state(found: dict[str, Any]) -> tuple[str, str]:
    """Return what the first container of a status is (waiting, running, terminated), and why."""
    ((kind, more),) = found["containerStatuses"][0]["state"].items()
    return kind, more.get("reason", "")


def test_a_pod_gets_ready(api: Api) -> None:
    """It runs, and all of its conditions are true."""
    create_pod(api)
    found = phase(api, "Running")
    expected = {"Initialized", "ContainersReady", "Ready", "PodScheduled"}
    api.eventually(
        lambda: {each for each, said in conditions(status(api, "pods", "a")).items() if said[0] == "True"} >= expected
    )
    assert ("running", "") == state(found)


def test_a_running_pod_has_an_address(api: Api) -> None:
    """Its status tells when and where it has started."""
    create_pod(api)
    found = phase(api, "Running")
    assert [{"ip": found["podIP"]}] == found["podIPs"]
    assert {"startTime", "hostIP"} <= set(found)


def test_pods_have_addresses_of_their_own(api: Api) -> None:
    """No two pods share one."""
    for name in ("a", "b"):
        create_pod(api, name)
    assert phase(api, "Running", "a")["podIP"] != phase(api, "Running", "b")["podIP"]


def test_a_containers_status_tells_of_its_image(api: Api) -> None:
    """It has not been restarted, and is ready and started."""
    create_pod(api)
    found = phase(api, "Running")["containerStatuses"][0]
    assert ("c", "x", True, True, 0) == tuple(
        found[each] for each in ("name", "image", "ready", "started", "restartCount")
    )


def test_a_pod_is_assigned_to_the_node(api: Api) -> None:
    """Its spec names the node, and an event tells of it."""
    create_pod(api)
    phase(api, "Running")
    assert "node-1" == get(api, "pods", "a")["spec"]["nodeName"]
    said = ("Normal", "Scheduled", f"Successfully assigned {api.namespace}/a to node-1")
    assert api.eventually(lambda: said in events(api, "a"))


def test_a_pod_may_name_its_node(api: Api) -> None:
    """Then no scheduler is needed."""
    create_pod(api, nodeName="node-1", schedulerName="none")
    assert phase(api, "Running")


def test_a_pod_of_another_scheduler_waits(api: Api) -> None:
    """The default scheduler leaves it alone."""
    create_pod(api, schedulerName="other")
    create_pod(api, "b")
    phase(api, "Running", "b")
    found = get(api, "pods", "a")
    assert ("Pending", None) == (found["status"]["phase"], found["spec"].get("nodeName"))


def test_a_gated_pod_waits(api: Api) -> None:
    """Its condition says so, until the gate is taken away."""
    create_pod(api, schedulingGates=[{"name": "example.com/gate"}])
    expected = ("False", "SchedulingGated")
    api.eventually(lambda: conditions(status(api, "pods", "a")).get("PodScheduled") == expected)
    api.patch(path(api, "pods", "a"), {"spec": {"schedulingGates": None}}).expect(200)
    assert phase(api, "Running")


def asks(**requests: str) -> dict[str, Any]:
    """Return a pod's spec whose container requests resources."""
    return {"containers": [{"name": "c", "image": "x", "resources": {"requests": requests}}]}


def claims(name: str) -> dict[str, Any]:
    """Return a pod's spec that mounts a claim."""
    return {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": name}}]}


def affinity(operator: str) -> dict[str, Any]:
    """Return a pod's spec that requires a node by a label it does not have."""
    rule = {"key": "disk", "operator": operator, **({} if operator == "Exists" else {"values": ["fast"]})}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (asks(cpu="100"), f"1 Insufficient cpu. {HELP}"),
        (asks(memory="1Ti"), f"1 Insufficient memory. {HELP}"),
        (asks(cpu="100", memory="1Ti"), f"1 Insufficient cpu, 1 Insufficient memory. {HELP}"),
        ({"nodeSelector": {"disk": "fast"}}, f"1 node(s) didn't match Pod's node affinity/selector. {HELP}"),
        (affinity("In"), f"1 node(s) didn't match Pod's node affinity/selector. {HELP}"),
        (affinity("Exists"), f"1 node(s) didn't match Pod's node affinity/selector. {HELP}"),
        (claims("none"), 'persistentvolumeclaim "none" not found. not found'),
    ],
    ids=["cpu", "memory", "both", "selector", "affinity", "affinity-exists", "claim"],
)
def test_a_pod_may_suit_no_node(api: Api, spec: dict[str, Any], said: str) -> None:
    """Its condition and an event tell why, in the same words."""
    create_pod(api, **spec)
    expected = ("False", "Unschedulable")
    api.eventually(lambda: conditions(status(api, "pods", "a")).get("PodScheduled") == expected)
    whole = f"0/1 nodes are available: {said}"
    assert whole == message(status(api, "pods", "a"), "PodScheduled")
    assert api.eventually(lambda: ("Warning", "FailedScheduling", whole) in events(api, "a"))


def test_an_affinity_that_holds_is_no_hindrance(api: Api) -> None:
    """A label that the node does not have is not in a list."""
    create_pod(api, **affinity("NotIn"))
    assert phase(api, "Running")


def test_a_waiting_pod_gets_its_claim(api: Api) -> None:
    """Once the claim is there and bound, the pod is scheduled."""
    create_pod(api, **claims("store"))
    api.eventually(lambda: "PodScheduled" in conditions(status(api, "pods", "a")))
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    api.post(path(api, "persistentvolumeclaims"), {"metadata": {"name": "store"}, "spec": spec}).expect(201)
    assert phase(api, "Running")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("image-pull", ("Pending", ("waiting", "ImagePullBackOff"), 0)),
        ("pull-secret", ("Pending", ("waiting", "ErrImagePull"), 0)),
        ("missing-config", ("Pending", ("waiting", "CreateContainerConfigError"), 0)),
        ("crash-loop", ("Running", ("waiting", "CrashLoopBackOff"), 3)),
        ("out-of-memory", ("Running", ("waiting", "CrashLoopBackOff"), 3)),
        ("liveness", ("Running", ("running", ""), 4)),
        ("not-ready", ("Running", ("running", ""), 0)),
    ],
)
def test_a_pod_fails_as_ordered(api: Api, order: str, expected: tuple[str, tuple[str, str], int]) -> None:
    """Phase, state of the container and count of restarts are a real failure's, and the container is not ready."""
    create_pod(api, order=order)
    found = with_states(api)
    container = found["containerStatuses"][0]
    assert expected == (found["phase"], state(found), container["restartCount"])
    assert not container["ready"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("crash-loop", (1, "Error")), ("out-of-memory", (137, "OOMKilled")), ("liveness", (137, "Error"))],
)
def test_a_containers_last_end_is_told(api: Api, order: str, expected: tuple[int, str]) -> None:
    """The last state has exit code, reason and times of the run before."""
    create_pod(api, order=order)
    last = with_states(api)["containerStatuses"][0]["lastState"]["terminated"]
    assert expected == (last["exitCode"], last["reason"])
    assert {"startedAt", "finishedAt"} <= set(last)


@pytest.mark.parametrize(
    ("order", "start"),
    [
        ("image-pull", 'Back-off pulling image "x"'),
        ("pull-secret", 'failed to pull image "x": unauthorized'),
        ("missing-config", 'configmap "settings" not found'),
        ("crash-loop", "back-off 40s restarting failed container=c"),
    ],
)
def test_a_waiting_container_says_why(api: Api, order: str, start: str) -> None:
    """The state's message names image, container or what is missing."""
    create_pod(api, order=order)
    assert with_states(api)["containerStatuses"][0]["state"]["waiting"]["message"].startswith(start)


def test_an_unready_pod_names_its_containers(api: Api) -> None:
    """Both conditions do."""
    create_pod(api, order="not-ready")
    found = with_states(api)
    for kind in ("Ready", "ContainersReady"):
        assert ("False", "ContainersNotReady") == conditions(found)[kind]
        assert "containers with unready status: [c]" == message(found, kind)


def test_an_init_container_may_fail(api: Api) -> None:
    """The pod is not initialized, and its containers wait for that."""
    create_pod(api, order="init-failed", initContainers=[{"name": "i", "image": "y"}])
    found = api.eventually(lambda: status(api, "pods", "a") if (_init(api) or {}).get("restartCount") else {})
    assert ("Pending", ("waiting", "PodInitializing")) == (found["phase"], state(found))
    assert ("False", "ContainersNotInitialized") == conditions(found)["Initialized"]
    first = found["initContainerStatuses"][0]
    assert ("CrashLoopBackOff", 2) == (
        first["state"]["waiting"]["reason"],
        first["lastState"]["terminated"]["exitCode"],
    )


def _init(api: Api) -> dict[str, Any] | None:
    return next(iter(status(api, "pods", "a").get("initContainerStatuses") or ()), None)


def test_init_containers_come_first(api: Api) -> None:
    """Once the pod runs they have ended well."""
    create_pod(api, initContainers=[{"name": "i", "image": "y"}])
    first = phase(api, "Running")["initContainerStatuses"][0]
    ended = first["state"]["terminated"]
    assert (True, 0, "Completed") == (first["ready"], ended["exitCode"], ended["reason"])


def test_readiness_gates_open(api: Api) -> None:
    """Nobody else would set their conditions."""
    create_pod(api, readinessGates=[{"conditionType": "example.com/gate"}])
    assert api.eventually(lambda: conditions(status(api, "pods", "a")).get("example.com/gate") == ("True", ""))


def test_a_pod_may_be_slow(api: Api) -> None:
    """It is pending until the time that its annotation gives has passed."""
    create_pod(api, after="1.5s")
    create_pod(api, "b")
    phase(api, "Running", "b")
    assert "Pending" == status(api, "pods", "a")["phase"]
    assert phase(api, "Running")


def test_a_pod_that_is_not_restarted_completes(api: Api) -> None:
    """After a second it has succeeded, and is not ready any longer."""
    create_pod(api, restartPolicy="Never")
    found = phase(api, "Succeeded")
    assert ("terminated", "Completed") == state(found)
    assert 0 == found["containerStatuses"][0]["state"]["terminated"]["exitCode"]
    assert ("False", "PodCompleted") == conditions(found)["Ready"]


def test_a_pod_that_is_not_restarted_may_fail(api: Api) -> None:
    """Its container's exit code is 3."""
    create_pod(api, order="failed", restartPolicy="Never")
    found = phase(api, "Failed")
    assert ("terminated", "Error") == state(found)
    assert 3 == found["containerStatuses"][0]["state"]["terminated"]["exitCode"]
    assert ("False", "PodFailed") == conditions(found)["Ready"]


def test_a_failing_pod_is_told_of(api: Api) -> None:
    """There is a warning about a pod that does not get ready."""
    create_pod(api, order="not-ready")
    assert api.eventually(lambda: [each for each in events(api, "a") if each[:2] == ("Warning", "Unhealthy")])


@pytest.mark.parametrize(
    ("order", "reasons"),
    [
        ("", ["Scheduled", "Pulled", "Created", "Started"]),
        ("image-pull", ["Scheduled", "Pulling", "Failed", "Failed", "BackOff", "Failed"]),
        ("pull-secret", ["Scheduled", "Pulling", "Failed", "Failed"]),
        ("missing-config", ["Scheduled", "Pulled", "Failed"]),
        ("crash-loop", ["Scheduled", "Pulled", "Created", "Started", "BackOff"]),
        ("liveness", ["Scheduled", "Pulled", "Created", "Started", "Unhealthy", "Killing"]),
    ],
    ids=["ready", "image-pull", "pull-secret", "missing-config", "crash-loop", "liveness"],
)
def test_a_kubelet_tells_what_it_does(api: Api, order: str, reasons: list[str]) -> None:
    """The sandbox's events are a kubelet's; the test plane's node, which has none, only says that a pod fails."""
    create_pod(api, order=order)
    expected = reasons if api.is_sandbox else ["Scheduled", *(["Unhealthy"] if order else [])]
    assert api.eventually(lambda: sorted(each[1] for each in events(api, "a")) == sorted(expected))


def test_a_deleted_pod_goes_at_once(api: Api) -> None:
    """Nothing runs that would have to be waited for."""
    create_pod(api)
    phase(api, "Running")
    api.delete(path(api, "pods", "a")).expect(200)
    assert api.eventually(lambda: api.get(path(api, "pods", "a")).status == 404)


def test_a_pod_has_time_to_end(api: Api) -> None:
    """A pod on a node has 30 s to end, or what it or the request says; one without a node has none."""
    held = {"metadata": {"finalizers": ["example.com/hold"]}}
    create_pod(api, "a")
    create_pod(api, "b", terminationGracePeriodSeconds=7)
    create_pod(api, "c")
    create_pod(api, "d", schedulerName="none")
    for name in "abc":
        phase(api, "Running", name)
    found = {}
    for name in "abcd":
        api.patch(path(api, "pods", name), held).expect(200)
        asked = {"gracePeriodSeconds": 3} if name == "c" else {}
        ending = api.delete(path(api, "pods", name), **asked).expect(200)["metadata"]
        found[name] = ending["deletionGracePeriodSeconds"]
        api.patch(path(api, "pods", name), {"metadata": {"finalizers": None}})
    assert {"a": 30, "b": 7, "c": 3, "d": 0} == found


def test_a_finalizer_holds_a_pod(api: Api) -> None:
    """A pod that is deleted stays until the finalizer is taken off."""
    create_pod(api)
    phase(api, "Running")
    api.patch(path(api, "pods", "a"), {"metadata": {"finalizers": ["example.com/hold"]}}).expect(200)
    api.delete(path(api, "pods", "a")).expect(200)
    api.eventually(lambda: get(api, "pods", "a")["metadata"].get("deletionTimestamp"))
    api.patch(path(api, "pods", "a"), {"metadata": {"finalizers": None}}).expect(200)
    assert api.eventually(lambda: api.get(path(api, "pods", "a")).status == 404)


def test_an_evicted_pod_goes(api: Api) -> None:
    """The eviction subresource deletes it."""
    create_pod(api)
    phase(api, "Running")
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
    api.post(path(api, "pods", "a", "eviction"), body).expect(201)
    assert api.eventually(lambda: api.get(path(api, "pods", "a")).status == 404)


def test_a_pod_has_a_log(api: Api) -> None:
    """It is plain text of 40 lines."""
    create_pod(api)
    phase(api, "Running")
    answer = api.get(path(api, "pods", "a", "log"))
    lines = str(answer.expect(200)).splitlines()
    assert (40, "line 1 of the container's log") == (len(lines), lines[0])
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_log_may_be_read_from_its_end(api: Api) -> None:
    """``tailLines`` says how many lines."""
    create_pod(api)
    phase(api, "Running")
    said = str(api.get(path(api, "pods", "a", "log"), tailLines=2).expect(200))
    assert ["line 39 of the container's log", "line 40 of the container's log"] == said.splitlines()


def test_a_log_is_one_containers(api: Api) -> None:
    """A pod of several wants a name, and a name must be one of them."""
    create_pod(api, containers=[{"name": "c", "image": "x"}, {"name": "d", "image": "y"}])
    phase(api, "Running")
    where = path(api, "pods", "a", "log")
    expected = "a container name must be specified for pod a, choose one of: [c d]"
    assert expected == api.get(where).message
    assert "container e is not valid for pod a" == api.get(where, container="e").message
    assert 200 == api.get(where, container="d").status


def test_a_crashing_container_has_a_log_of_before(api: Api) -> None:
    """``previous`` reads it, and how it ended; the test plane's node keeps none, and refuses."""
    create_pod(api, order="crash-loop")
    with_states(api)
    answer = api.get(path(api, "pods", "a", "log"), previous=True)
    if api.is_sandbox:
        lines = str(answer.expect(200)).splitlines()
        assert ("line 1 of the container's log", True) == (lines[0], "exit code 1" in lines[-1])
    else:
        assert (400, "BadRequest") == (answer.status, answer.body["reason"])


def bind(api: Api, node: str, **query: Any) -> Answer:
    """Bind the pod to a node, as a scheduler does."""
    body = {"metadata": {"name": "a"}, "target": {"kind": "Node", "name": node}}
    return api.post(path(api, "pods", "a", "binding"), body, **query)


def test_another_scheduler_binds_a_pod(api: Api) -> None:
    """A Binding puts a pod on a node, once: the next is 409."""
    create_pod(api, schedulerName="other")
    bind(api, "node-1").expect(201)
    assert "node-1" == get(api, "pods", "a")["spec"]["nodeName"]
    said = 'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "node-1"'
    assert said == bind(api, "node-2").expect(409)["message"]


def test_a_dry_run_binds_nothing(api: Api) -> None:
    """A dry run of a Binding leaves the pod where it was."""
    create_pod(api, schedulerName="other")
    bind(api, "node-1", dryRun="All").expect(201)
    assert None is get(api, "pods", "a")["spec"].get("nodeName")
