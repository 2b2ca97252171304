"""What an API server refuses, and how it says so: the facts of refusals.yaml."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.refusals import CASES, changed, check_causes, object_of

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster

PLURALS = {
    "EndpointSlice": "endpointslices",
    "Endpoints": "endpoints",
    "Ingress": "ingresses",
    "IngressClass": "ingressclasses",
    "NetworkPolicy": "networkpolicies",
    "PriorityClass": "priorityclasses",
    "StorageClass": "storageclasses",
}
CLUSTER_SCOPED = {
    *("ClusterRole", "ClusterRoleBinding", "IngressClass", "MutatingWebhookConfiguration", "Namespace"),
    *("PersistentVolume", "PriorityClass", "StorageClass", "ValidatingWebhookConfiguration"),
}


@pytest.fixture(scope="module")
def room(server: Api) -> Iterator[Api]:
    """Return the API server with a namespace for all facts of this file: most of them leave nothing there."""
    name = f"fact-{uuid.uuid4().hex[:8]}"
    server.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).expect(201)
    made = server.within(name)
    made.eventually(lambda: made.get(made.path("v1", "serviceaccounts", "default")).status == 200)
    yield made
    server.delete(f"/api/v1/namespaces/{name}")


def _answer(room: Api, case: Any) -> Answer:
    """Return what is answered to the object of a case, or to its update; no object is left behind."""
    whole = object_of(case, f"fact-{uuid.uuid4().hex[:8]}")
    kind = whole["kind"]
    place = room.path(
        whole["apiVersion"],
        PLURALS.get(kind, f"{kind.lower()}s"),
        namespace="" if kind in CLUSTER_SCOPED else None,
    )
    if "then" not in case:
        return room.post(place, whole, dryRun="All")
    made = room.post(place, whole).expect(201)
    path = f"{place}/{made['metadata']['name']}"
    del made["metadata"]["resourceVersion"]
    answer = room.put(path, changed(made, case["then"]), dryRun="All")
    room.delete(path)
    return answer


@pytest.mark.parametrize("case", CASES, ids=[each["name"].replace(" ", "-") for each in CASES])
def test_what_the_server_says(room: Api, case: Any) -> None:
    """An object is answered with 422 and every fault, its place, reason and text; a good one is taken."""
    answer = _answer(room, case)
    if not case["causes"]:
        assert answer.status in (200, 201), answer.body
        return
    body = answer.expect(422)
    assert "Invalid" == body["reason"]
    check_causes(case, body["details"]["causes"])


def test_one_cause_is_told_alone(room: Api) -> None:
    """The message of one fault names kind, object, field and what is wrong."""
    answer = room.post(room.path("v1", "configmaps"), {"metadata": {"name": "a"}, "data": {"..": ""}}, dryRun="All")
    assert 'ConfigMap "a" is invalid: data[..]: Invalid value: "..": must not be \'..\'' == answer.message


def test_several_causes_stand_in_brackets(room: Api) -> None:
    """The message of several faults lists them in brackets."""
    ports = [{"port": 80}, {"port": 81}]
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": ports}}
    answer = room.post(room.path("v1", "services"), body, dryRun="All")
    said = "[spec.ports[0].name: Required value, spec.ports[1].name: Required value]"
    assert f'Service "a" is invalid: {said}' == answer.message


def test_details_name_the_kind(room: Api) -> None:
    """The details of a refusal name group and kind (not the resource) and the object."""
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {}}
    details = room.post(room.path("apps/v1", "deployments"), body, dryRun="All").expect(422)["details"]
    assert ("apps", "Deployment", "a") == (details["group"], details["kind"], details["name"])
