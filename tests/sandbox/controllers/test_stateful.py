"""StatefulSets in memory: the order of their pods, their updates and claims."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.controllers.pieces import change, cluster, conditions, found, make, names, refuse_pods, template
from tests.sandbox.memory_client import MemoryClient

SETS, CLAIMS = "statefulsets.apps", "persistentvolumeclaims"
STORE = {"metadata": {"name": "store", "labels": {"kept": "yes"}}, "spec": {"accessModes": ["ReadWriteOnce"]}}


def steps(client: MemoryClient) -> list[str]:
    """Return what was done to pods: ``create web-0``."""
    said = [(verb, name) for verb, resource, name in client.writes if resource == "pods" and verb != "update"]
    return [f"{verb} {name}" for verb, name in said]


def test_pods_are_replaced_from_the_last_to_the_first() -> None:
    """Each is made anew before the one before it goes."""
    client = cluster()
    make(client, SETS, replicas=3)
    client.writes.clear()
    change(client, SETS, {"template": template(image="y")})
    expected = [f"{verb} web-{number}" for number in (2, 1, 0) for verb in ("delete", "create")]
    assert expected == steps(client)


def test_an_update_is_done_when_all_pods_are_new() -> None:
    """Then the new revision is the current one."""
    client = cluster()
    first = make(client, SETS, replicas=2)["status"]["currentRevision"]
    status = change(client, SETS, {"template": template(image="y")})["status"]
    assert status["currentRevision"] == status["updateRevision"] != first
    assert (2, 2) == (status["currentReplicas"], status["updatedReplicas"])


def test_an_update_under_way_has_two_revisions() -> None:
    """The pods of each are counted."""
    client = cluster()
    make(client, SETS, replicas=3)
    status = change(client, SETS, {"template": template(order="not-ready")})["status"]
    assert status["currentRevision"] != status["updateRevision"]
    assert (2, 1) == (status["currentReplicas"], status["updatedReplicas"])


def test_going_back_renumbers_the_old_revision() -> None:
    """It is not made twice."""
    client = cluster()
    make(client, SETS)
    for image in ("y", "x"):
        change(client, SETS, {"template": template(image=image)})
    assert [2, 3] == sorted(each["revision"] for each in client.list("controllerrevisions.apps"))


def test_a_pod_below_the_partition_is_made_of_the_old_template() -> None:
    """Even if it is made now."""
    client = cluster()
    make(client, SETS, replicas=2, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
    change(client, SETS, {"template": template(image="y")})
    client.delete("pods", "n", "web-0")
    client.settle()
    images = {each["metadata"]["name"]: each["spec"]["containers"][0]["image"] for each in client.list("pods")}
    assert {"web-0": "x", "web-1": "y"} == images


def test_pods_start_one_after_another() -> None:
    """With 2 s to get ready each, the third is there after 4 s."""
    client = cluster()
    make(client, SETS, made_of=template(after="2s"), replicas=3)
    counts = []
    for _ in range(6):
        counts.append(len(client.list("pods")))
        client.advance(1)
    assert [1, 1, 2, 2, 3, 3] == counts


def test_numbers_may_start_elsewhere() -> None:
    """``ordinals.start`` is the first."""
    client = cluster()
    make(client, SETS, replicas=2, ordinals={"start": 5})
    assert ["web-5", "web-6"] == names(client, "pods")


@pytest.mark.parametrize(("policy", "kept"), [("Retain", ["store-web-0", "store-web-1"]), ("Delete", ["store-web-0"])])
def test_claims_may_go_with_their_pod(policy: str, kept: list[str]) -> None:
    """``whenScaled`` says whether."""
    client = cluster()
    retention = {"whenScaled": policy, "whenDeleted": "Retain"}
    make(
        client,
        SETS,
        replicas=2,
        podManagementPolicy="Parallel",
        volumeClaimTemplates=[STORE],
        persistentVolumeClaimRetentionPolicy=retention,
    )
    change(client, SETS, {"replicas": 1})
    assert kept == names(client, CLAIMS)


@pytest.mark.parametrize(("policy", "owners"), [("Retain", []), ("Delete", ["web"])])
def test_claims_may_go_with_their_set(policy: str, owners: list[str]) -> None:
    """``whenDeleted`` says whether the set is their owner."""
    client = cluster()
    retention = {"whenScaled": "Retain", "whenDeleted": policy}
    make(client, SETS, volumeClaimTemplates=[STORE], persistentVolumeClaimRetentionPolicy=retention)
    claim = found(client, CLAIMS, "store-web-0")
    assert owners == [each["name"] for each in claim["metadata"].get("ownerReferences") or ()]


def test_a_claim_bears_the_labels_of_template_and_selector() -> None:
    """So it can be found by those of the set."""
    client = cluster()
    make(client, SETS, volumeClaimTemplates=[STORE])
    assert {"kept": "yes", "app": "web"} == found(client, CLAIMS, "store-web-0")["metadata"]["labels"]


def test_a_claim_hides_a_volume_of_its_name() -> None:
    """The pod's own volume of this name is left out."""
    client = cluster()
    body = template(volumes=[{"name": "store", "emptyDir": {}}, {"name": "other", "emptyDir": {}}])
    make(client, SETS, made_of=body, volumeClaimTemplates=[STORE])
    volumes = found(client, "pods", "web-0")["spec"]["volumes"]
    assert [["name", "persistentVolumeClaim"], ["name", "emptyDir"]] == [list(each) for each in volumes]


def test_a_failed_pod_is_made_anew() -> None:
    """Under the same name."""
    client = cluster()
    make(client, SETS)
    pod: dict[str, Any] = {**found(client, "pods", "web-0"), "status": {"phase": "Failed"}}
    client.update("pods", pod, manager="test", subresource="status")
    client.settle()
    assert ("True", "") == conditions(found(client, "pods", "web-0"))["Ready"]


def test_a_refused_pod_is_tried_again() -> None:
    """An event tells why."""
    client = cluster()
    refuse_pods(client)
    make(client, SETS)
    assert "Create Pod web-0 in StatefulSet web failed error" in client.events[-1][3]
    client.refuse = lambda resource, obj: None
    client.advance(10)
    assert ["web-0"] == names(client, "pods")
