"""What is admitted, in memory: odd objects, and several to choose from."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox import addresses, admission
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.recorded import registry
from helmlite.sandbox.status import StatusError
from tests.sandbox.memory_client import MemoryClient

KINDS = registry()


@pytest.fixture
def client() -> MemoryClient:
    """Return a client with a namespace and its service account."""
    made = MemoryClient()
    made.create("namespaces", {"metadata": {"name": "n"}}, manager="test")
    made.create("serviceaccounts", {"metadata": {"name": "default", "namespace": "n"}}, manager="test")
    return made


def admit(client: MemoryClient, resource: str, old: Obj | None = None, **body: Any) -> Obj:
    """Return an object as it is admitted."""
    made: Obj = {"metadata": {"name": "a", "namespace": "n", "uid": "own"}, **body}
    admission.admit(client, KINDS.best(resource), made, old, "UPDATE" if old else "CREATE")
    return made


def message(client: MemoryClient, resource: str, **body: Any) -> str:
    """Return why an object is refused."""
    with pytest.raises(StatusError) as caught:
        admit(client, resource, **body)
    return str(caught.value)


ODD: list[dict[str, Any]] = [
    {},
    {"spec": {}},
    {"spec": {"containers": [{}]}},
    {"spec": {"ports": [{}, {}]}},
    {"spec": {"type": "NodePort", "ports": [{}, {"protocol": "UDP"}]}},
    {"spec": {"resources": {}}},
    {"spec": {"clusterIP": "no address"}},
]


@pytest.mark.parametrize("resource", ["pods", "services", "persistentvolumeclaims", "ingresses.networking.k8s.io"])
@pytest.mark.parametrize("body", ODD, ids=str)
def test_odd_objects_are_left_to_the_checks(client: MemoryClient, resource: str, body: dict[str, Any]) -> None:
    """Objects that lack what they need are no trouble here."""
    limits = [{"type": kind, "min": {"cpu": "1", "storage": "1"}} for kind in ("Pods", "Other")]
    client.create("limitranges", {"metadata": {"name": "l", "namespace": "n"}, "spec": {"limits": limits}}, manager="t")
    quota = {"spec": {"hard": {"pods": "9", "services.nodeports": "9", "requests.storage": "9"}}}
    client.create("resourcequotas", {"metadata": {"name": "q", "namespace": "n"}, **quota}, manager="test")
    assert "metadata" in admit(client, resource, **body)


@pytest.mark.parametrize(
    ("resource", "classes", "annotation", "field"),
    [
        (
            "persistentvolumeclaims",
            admission.CLASSES,
            "storageclass.kubernetes.io/is-default-class",
            "storageClassName",
        ),
        (
            "ingresses.networking.k8s.io",
            admission.INGRESS_CLASSES,
            "ingressclass.kubernetes.io/is-default-class",
            "ingressClassName",
        ),
    ],
    ids=["storage", "ingress"],
)
def test_the_youngest_default_class(
    client: MemoryClient, resource: str, classes: str, annotation: str, field: str
) -> None:
    """Of several default classes the youngest is taken, and one that is given stays."""
    for name in ("b", "a"):
        client.create(classes, {"metadata": {"name": name, "annotations": {annotation: "true"}}}, manager="test")
        client.advance(1)
    client.create(classes, {"metadata": {"name": "c"}}, manager="test")
    assert "a" == admit(client, resource, spec={})["spec"][field]
    assert "mine" == admit(client, resource, spec={field: "mine"})["spec"][field]


def test_a_priority_for_all(client: MemoryClient) -> None:
    """Pods without a priority class are of the one that is for all."""
    made = {"metadata": {"name": "usual"}, "value": 5, "globalDefault": True}
    client.create(admission.PRIORITIES, made, manager="test")
    spec = admit(client, "pods", spec={})["spec"]
    assert ("usual", 5) == (spec["priorityClassName"], spec["priority"])


def test_a_controllers_tolerations_are_enough(client: MemoryClient) -> None:
    """A pod that tolerates all of an effect gets nothing."""
    given = [{"operator": "Exists", "effect": "NoExecute"}]
    assert given == admit(client, "pods", spec={"tolerations": given})["spec"]["tolerations"]


def test_limits_make_a_class_of_service(client: MemoryClient) -> None:
    """A pod whose amounts come from a LimitRange has the class of service that they make."""
    item = {"type": "Container", "default": {"cpu": "1", "memory": "1"}, "defaultRequest": {"cpu": "1", "memory": "1"}}
    made = {"metadata": {"name": "l", "namespace": "n"}, "spec": {"limits": [item]}}
    client.create("limitranges", made, manager="test")
    assert "Guaranteed" == admit(client, "pods", spec={"containers": [{"name": "c"}]})["status"]["qosClass"]


def test_protected_namespaces(client: MemoryClient) -> None:
    """The namespaces of the cluster may not be deleted; others may."""
    kind = KINDS.best("namespaces")
    body: Obj = {"metadata": {"name": "kube-system"}}
    with pytest.raises(StatusError, match="may not be deleted"):
        admission.admit(client, kind, body, body, "DELETE")
    other: Obj = {"metadata": {"name": "other"}}
    admission.admit(client, kind, other, other, "DELETE")


def serve(client: MemoryClient, name: str, **spec: Any) -> Obj:
    """Create a Service as it is admitted."""
    body: Obj = {"metadata": {"name": name, "namespace": "n", "uid": name}, "spec": spec}
    admission.admit(client, KINDS.best("services"), body, None, "CREATE")
    return client.create("services", body, manager="test")


def test_addresses_are_stable(client: MemoryClient) -> None:
    """A Service of the same name has the same address again, as long as it is free."""
    first = serve(client, "web")["spec"]["clusterIP"]
    client.remove("services", "n", "web")
    assert first == serve(client, "web")["spec"]["clusterIP"]
    assert first != serve(client, "other", clusterIP="")["spec"]["clusterIP"]


def test_the_start_of_the_range_is_not_given(client: MemoryClient) -> None:
    """The range's first addresses are left to those who ask for them."""
    found = {serve(client, f"s{number}")["spec"]["clusterIP"] for number in range(50)}
    assert 50 == len(found)
    assert not any(each.startswith("10.96.0.") for each in found)


def test_ports_run_out(client: MemoryClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all ports of the nodes are given, the next is refused as an error of the server."""
    monkeypatch.setattr(addresses, "PORTS", range(30000, 30002))
    serve(client, "a", type="NodePort", ports=[{"name": "a", "port": 1}, {"name": "b", "port": 2}])
    with pytest.raises(StatusError, match="range is full"):
        serve(client, "b", type="NodePort", ports=[{"port": 1}])
