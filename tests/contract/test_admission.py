"""What a create is given, or refused, with a look at other objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster
TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount"
PRIORITIES = "/apis/scheduling.k8s.io/v1/priorityclasses"


def post(api: Api, name: str = "p", resources: Mapping[str, Any] | None = None, **spec: Any) -> Answer:
    """Create a pod of one container, for show only."""
    containers = [{"name": "c", "image": "x:1", "resources": resources or {}}]
    body = {"metadata": {"name": name}, "spec": {"containers": containers, **spec}}
    return api.post(api.path("v1", "pods"), body, dryRun="All")


def spec_of(api: Api, **spec: Any) -> dict[str, Any]:
    """Return the spec that a pod would have."""
    found: dict[str, Any] = post(api, **spec).expect(201)["spec"]
    return found


def account(api: Api, **more: Any) -> None:
    """Create the service account ``robot``."""
    api.post(api.path("v1", "serviceaccounts"), {"metadata": {"name": "robot"}, **more}).expect(201)


def test_a_pod_has_an_account(api: Api) -> None:
    """A pod runs as the service account default, under both of the field's names."""
    spec = spec_of(api)
    assert ("default", "default") == (spec["serviceAccountName"], spec["serviceAccount"])


def test_the_old_name_of_an_account(api: Api) -> None:
    """The field's old name is taken too."""
    account(api)
    assert "robot" == spec_of(api, serviceAccount="robot")["serviceAccountName"]


def test_an_account_must_be_there(api: Api) -> None:
    """A pod of a service account that is not there is forbidden."""
    answer = post(api, serviceAccountName="ghost")
    said = f'error looking up service account {api.namespace}/ghost: serviceaccount "ghost" not found'
    assert (403, f'pods "p" is forbidden: {said}') == (answer.status, answer.message)


def test_a_token_is_mounted(api: Api) -> None:
    """A pod gets a volume with a token, the cluster's authority and the namespace."""
    volume = spec_of(api)["volumes"][0]
    items = [{"key": "ca.crt", "path": "ca.crt"}]
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": items}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    assert re.fullmatch(r"kube-api-access-[a-z0-9]{5}", volume["name"])
    assert {"sources": sources, "defaultMode": 420} == volume["projected"]


def test_every_container_has_the_token(api: Api) -> None:
    """The token is mounted in every container, init containers too."""
    spec = spec_of(api, initContainers=[{"name": "i", "image": "x:1"}])
    mount = {"name": spec["volumes"][0]["name"], "readOnly": True, "mountPath": TOKENS}
    assert [[mount], [mount]] == [each["volumeMounts"] for each in (*spec["containers"], *spec["initContainers"])]


def test_a_pod_may_decline_the_token(api: Api) -> None:
    """A pod that declines the token has no volume."""
    assert "volumes" not in spec_of(api, automountServiceAccountToken=False)


@pytest.mark.parametrize(("pod", "mounted"), [({}, False), ({"automountServiceAccountToken": True}, True)])
def test_an_account_may_decline_the_token(api: Api, pod: dict[str, Any], mounted: bool) -> None:
    """A service account declines the token for its pods; a pod's own word counts for more."""
    account(api, automountServiceAccountToken=False)
    assert mounted == ("volumes" in spec_of(api, serviceAccountName="robot", **pod))


def test_a_mount_in_the_tokens_place(api: Api) -> None:
    """Where all containers mount something in the token's place, there is no token."""
    mounts = [{"name": "v", "mountPath": TOKENS}]
    containers = [{"name": "c", "image": "x:1", "volumeMounts": mounts}]
    spec = spec_of(api, containers=containers, volumes=[{"name": "v", "emptyDir": {}}])
    assert ["v"] == [each["name"] for each in spec["volumes"]]


@pytest.mark.parametrize(
    ("pod", "expected"), [({}, ["pull"]), ({"imagePullSecrets": [{"name": "own"}]}, ["own"])], ids=["none", "own"]
)
def test_secrets_for_images(api: Api, pod: dict[str, Any], expected: list[str]) -> None:
    """A pod without secrets for images takes its service account's."""
    account(api, imagePullSecrets=[{"name": "pull"}])
    found = spec_of(api, serviceAccountName="robot", **pod)["imagePullSecrets"]
    assert expected == [each["name"] for each in found]


@pytest.fixture
def priority(api: Api) -> Iterator[Callable[..., str]]:
    """Return a maker of PriorityClasses, which are removed afterwards."""
    made: list[str] = []

    def make(**more: Any) -> str:
        name = f"{api.namespace}-{len(made)}"
        api.post(PRIORITIES, {"metadata": {"name": name}, "value": 77, **more}).expect(201)
        made.append(name)
        return name

    yield make
    for each in made:
        api.delete(f"{PRIORITIES}/{each}")


def test_a_pod_has_a_priority(api: Api) -> None:
    """A pod without a priority class has priority 0, and preempts."""
    spec = spec_of(api)
    assert (0, "PreemptLowerPriority") == (spec["priority"], spec["preemptionPolicy"])


def test_a_priority_is_of_its_class(api: Api, priority: Callable[..., str]) -> None:
    """A pod has the priority and the preemption policy of its class."""
    name = priority(preemptionPolicy="Never")
    api.eventually(lambda: post(api, priorityClassName=name).status == 201)
    spec = spec_of(api, priorityClassName=name)
    assert (77, "Never") == (spec["priority"], spec["preemptionPolicy"])


def test_a_priority_class_must_be_there(api: Api) -> None:
    """A pod of a priority class that is not there is forbidden."""
    answer = post(api, priorityClassName="ghost")
    said = 'pods "p" is forbidden: no PriorityClass with name ghost was found'
    assert (403, said) == (answer.status, answer.message)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"priority": 5},
            "the integer value of priority (5) must not be provided in pod spec; priority admission controller "
            "computed 0 from the given PriorityClass name",
        ),
        (
            {"preemptionPolicy": "Never"},
            "the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission "
            "controller computed PreemptLowerPriority from the given PriorityClass name",
        ),
    ],
    ids=["priority", "policy"],
)
def test_a_priority_is_not_given(api: Api, spec: dict[str, Any], message: str) -> None:
    """A pod may not give another priority than its class."""
    assert f'pods "p" is forbidden: {message}' == post(api, **spec).message


@pytest.mark.parametrize("name", ["system-cluster-critical", "system-node-critical"])
def test_priorities_of_the_cluster(api: Api, name: str) -> None:
    """Two priority classes are there from the start."""
    assert 2000000000 <= spec_of(api, priorityClassName=name)["priority"]


def toleration(key: str) -> dict[str, Any]:
    """Return what a pod tolerates for five minutes."""
    taint = f"node.kubernetes.io/{key}"
    return {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}


MINE = {"key": "node.kubernetes.io/not-ready", "operator": "Exists"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], [toleration("not-ready"), toleration("unreachable")]),
        ([MINE], [MINE, toleration("unreachable")]),
        ([{"operator": "Exists"}], [{"operator": "Exists"}]),
    ],
    ids=["none", "one", "all"],
)
def test_a_pod_tolerates_a_node_for_a_while(api: Api, given: list[Any], expected: list[Any]) -> None:
    """A pod tolerates a node that is not ready or not reached for 300 s, unless it says otherwise."""
    assert expected == spec_of(api, tolerations=given)["tolerations"]


def limits(api: Api, *items: Mapping[str, Any]) -> list[Any]:
    """Create a LimitRange, wait until it works, and return its limits as they are stored."""
    body = {"metadata": {"name": "l"}, "spec": {"limits": list(items)}}
    found: list[Any] = api.post(api.path("v1", "limitranges"), body).expect(201)["spec"]["limits"]
    return found


def test_limits_default(api: Api) -> None:
    """A container without amounts gets a LimitRange's defaults, and the pod an annotation that says so."""
    limits(api, {"type": "Container", "default": {"cpu": "200m"}, "defaultRequest": {"cpu": "100m", "memory": "64Mi"}})
    api.eventually(lambda: post(api).body["spec"]["containers"][0]["resources"])
    found = post(api).body
    expected = {"limits": {"cpu": "200m"}, "requests": {"cpu": "100m", "memory": "64Mi"}}
    assert expected == found["spec"]["containers"][0]["resources"]
    said = "LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c"
    assert said == found["metadata"]["annotations"]["kubernetes.io/limit-ranger"]


def test_given_amounts_stay(api: Api) -> None:
    """Amounts that a container gives stay, and a limit alone is its request."""
    limits(api, {"type": "Container", "default": {"cpu": "200m"}, "defaultRequest": {"cpu": "100m", "memory": "64Mi"}})
    api.eventually(lambda: post(api).body["spec"]["containers"][0]["resources"])
    found = post(api, resources={"limits": {"cpu": "300m"}}).body["spec"]["containers"][0]["resources"]
    assert {"limits": {"cpu": "300m"}, "requests": {"cpu": "300m", "memory": "64Mi"}} == found


@pytest.mark.parametrize(
    ("item", "resources", "message"),
    [
        (
            {"type": "Container", "max": {"memory": "1Gi"}},
            {"limits": {"memory": "2Gi"}},
            "maximum memory usage per Container is 1Gi, but limit is 2Gi",
        ),
        (
            {"type": "Container", "min": {"cpu": "50m"}},
            {"requests": {"cpu": "10m"}},
            "minimum cpu usage per Container is 50m, but request is 10m",
        ),
        (
            {"type": "Pod", "max": {"memory": "1Gi"}},
            {"requests": {"memory": "1Gi"}, "limits": {"memory": "1200Mi"}},
            "maximum memory usage per Pod is 1Gi, but limit is 1200Mi",
        ),
        (
            {"type": "Pod", "max": {"cpu": "1"}, "min": {"cpu": "100m"}},
            {},
            "[minimum cpu usage per Pod is 100m.  No request is specified, "
            "maximum cpu usage per Pod is 1.  No limit is specified]",
        ),
    ],
    ids=["max", "min", "pod-max", "pod-none"],
)
def test_limits_refuse(api: Api, item: dict[str, Any], resources: dict[str, Any], message: str) -> None:
    """Amounts outside of a LimitRange are forbidden, with every fault."""
    limits(api, item)
    answer = api.eventually(lambda: (found := post(api, resources=resources)).status == 403 and found)
    assert f'pods "p" is forbidden: {message}' == answer.message


@pytest.mark.parametrize(
    ("item", "default", "request_"),
    [
        ({"max": {"cpu": "1"}}, {"cpu": "1"}, {"cpu": "1"}),
        ({"default": {"cpu": "1"}, "min": {"cpu": "10m"}}, {"cpu": "1"}, {"cpu": "1"}),
        ({"min": {"cpu": "10m"}}, None, {"cpu": "10m"}),
    ],
    ids=["max", "default", "min"],
)
def test_limits_complete_themselves(api: Api, item: dict[str, Any], default: Any, request_: Any) -> None:
    """A LimitRange's defaults follow from its bounds."""
    found = limits(api, {"type": "Container", **item})[0]
    assert (default, request_) == (found.get("default"), found.get("defaultRequest"))


def claim(api: Api, storage: str) -> Answer:
    """Create a claim."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}}
    path = api.path("v1", "persistentvolumeclaims")
    return api.post(path, {"metadata": {"name": "c"}, "spec": spec}, dryRun="All")


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("3Gi", "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"),
        ("1Mi", "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi"),
    ],
    ids=["max", "min"],
)
def test_limits_of_claims(api: Api, storage: str, message: str) -> None:
    """A claim's storage is within the bounds of a LimitRange."""
    limits(api, {"type": "PersistentVolumeClaim", "max": {"storage": "2Gi"}, "min": {"storage": "1Gi"}})
    answer = api.eventually(lambda: (found := claim(api, storage)).status == 403 and found)
    assert f'persistentvolumeclaims "c" is forbidden: {message}' == answer.message


INGRESS_CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"


def test_no_ingress_class_by_default(api: Api) -> None:
    """An Ingress without a class has none unless there is a default, and its old annotation is left alone."""
    backend = {"service": {"name": "a", "port": {"number": 80}}}
    metadata = {"name": "i", "annotations": {"kubernetes.io/ingress.class": "old"}}
    body = {"metadata": metadata, "spec": {"defaultBackend": backend}}
    found = api.post(api.path("networking.k8s.io/v1", "ingresses"), body, dryRun="All").expect(201)
    assert "ingressClassName" not in found["spec"]
