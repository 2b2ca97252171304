"""What becomes of StatefulSets: their pods in order, their claims, their revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.running import (
    change,
    create,
    events,
    get,
    image_of,
    listed,
    names,
    path,
    settled,
    status,
    template,
    with_image,
)

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster


def test_a_statefulsets_pods_have_names(api: Api) -> None:
    """Their names are numbered, and their labels and host names tell of it."""
    create(api, "statefulsets", replicas=2, serviceName="peers")
    settled(api, "statefulsets")
    pods = listed(api, "pods")
    assert ["web-0", "web-1"] == names(pods)
    labels, spec = pods[1]["metadata"]["labels"], pods[1]["spec"]
    assert ("web-1", "1") == tuple(
        labels[each] for each in ("statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index")
    )
    assert ("web-1", "peers") == (spec["hostname"], spec["subdomain"])


def test_a_statefulset_starts_in_order(api: Api) -> None:
    """The second pod waits for the first, which does not get ready."""
    create(api, "statefulsets", made_of=template(order="not-ready"), replicas=2)
    api.eventually(lambda: status(api, "statefulsets").get("replicas") == 1)
    api.eventually(lambda: get(api, "pods", "web-0")["status"]["phase"] == "Running")
    assert ["web-0"] == names(listed(api, "pods"))


def test_a_parallel_statefulset_starts_at_once(api: Api) -> None:
    """No pod waits for another."""
    create(api, "statefulsets", made_of=template(order="not-ready"), replicas=2, podManagementPolicy="Parallel")
    assert api.eventually(lambda: names(listed(api, "pods")) == ["web-0", "web-1"])


def test_a_statefulset_shrinks_from_the_end(api: Api) -> None:
    """The pod of the highest number goes."""
    create(api, "statefulsets", replicas=2)
    settled(api, "statefulsets")
    change(api, "statefulsets", {"replicas": 1})
    assert api.eventually(lambda: names(listed(api, "pods")) == ["web-0"])


def claims() -> list[Any]:
    """Return claim templates of one small volume."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return [{"metadata": {"name": "store"}, "spec": spec}]


def test_a_statefulset_claims_volumes(api: Api) -> None:
    """Each pod has a claim of its own, named after template and pod."""
    create(api, "statefulsets", volumeClaimTemplates=claims())
    settled(api, "statefulsets")
    assert ["store-web-0"] == names(listed(api, "persistentvolumeclaims"))
    volume = {"name": "store", "persistentVolumeClaim": {"claimName": "store-web-0"}}
    assert volume in get(api, "pods", "web-0")["spec"]["volumes"]


def test_claims_outlive_a_statefulset(api: Api) -> None:
    """Its pods go with it, its volumes stay."""
    create(api, "statefulsets", volumeClaimTemplates=claims())
    settled(api, "statefulsets")
    api.delete(path(api, "statefulsets", "web")).expect(200)
    api.eventually(lambda: not listed(api, "pods"))
    assert ["store-web-0"] == names(listed(api, "persistentvolumeclaims"))


def test_claims_may_go_with_a_statefulset(api: Api) -> None:
    """With whenDeleted Delete the StatefulSet owns its claims."""
    retention = {"whenDeleted": "Delete"}
    create(api, "statefulsets", volumeClaimTemplates=claims(), persistentVolumeClaimRetentionPolicy=retention)
    settled(api, "statefulsets")
    api.delete(path(api, "statefulsets", "web")).expect(200)
    assert api.eventually(lambda: not listed(api, "persistentvolumeclaims"))


def test_claims_may_go_with_their_pods(api: Api) -> None:
    """With whenScaled Delete the claim of a pod that is scaled away goes, and no other."""
    retention = {"whenScaled": "Delete"}
    spec: dict[str, Any] = {"volumeClaimTemplates": claims(), "persistentVolumeClaimRetentionPolicy": retention}
    create(api, "statefulsets", replicas=2, **spec)
    settled(api, "statefulsets")
    change(api, "statefulsets", {"replicas": 1})
    assert api.eventually(lambda: names(listed(api, "persistentvolumeclaims")) == ["store-web-0"])


def test_ordinals_may_start_later(api: Api) -> None:
    """The first pod has the number that the StatefulSet says."""
    create(api, "statefulsets", ordinals={"start": 5}, replicas=2)
    settled(api, "statefulsets")
    assert ["web-5", "web-6"] == names(listed(api, "pods"))


def test_a_statefulsets_pods_must_stay_ready(api: Api) -> None:
    """The second pod waits until minReadySeconds have passed for the first."""
    create(api, "statefulsets", replicas=2, minReadySeconds=30)
    found = api.eventually(
        lambda: status(api, "statefulsets") if status(api, "statefulsets").get("readyReplicas") else {}
    )
    assert (1, 0, ["web-0"]) == (found["readyReplicas"], found["availableReplicas"], names(listed(api, "pods")))


def test_a_statefulset_replaces_a_failed_pod(api: Api) -> None:
    """A pod that has failed, as evicted ones have, is made anew under its name."""
    create(api, "statefulsets")
    uid = settled(api, "statefulsets") and get(api, "pods", "web-0")["metadata"]["uid"]
    api.patch(path(api, "pods", "web-0", "status"), {"status": {"phase": "Failed"}}).expect(200)
    api.eventually(lambda: [each["metadata"]["uid"] for each in listed(api, "pods")] not in ([uid], []))
    assert api.eventually(lambda: status(api, "statefulsets").get("readyReplicas") == 1)


def test_a_statefulset_tells_of_its_pods(api: Api) -> None:
    """There is an event for claim and pod."""
    create(api, "statefulsets", volumeClaimTemplates=claims())
    settled(api, "statefulsets")
    said = {
        "Create Claim store-web-0 Pod web-0 in StatefulSet web success",
        "Create Pod web-0 in StatefulSet web successful",
    }
    assert api.eventually(lambda: said <= {each for _, _, each in events(api, "web")})


def test_a_statefulsets_revisions_are_kept(api: Api) -> None:
    """There is a ControllerRevision for each template, and the newest is the current one."""
    create(api, "statefulsets")
    settled(api, "statefulsets")
    first = status(api, "statefulsets")["updateRevision"]
    change(api, "statefulsets", with_image("y"))
    found = settled(api, "statefulsets")["status"]
    assert api.eventually(lambda: status(api, "statefulsets")["currentRevision"] == found["updateRevision"] != first)
    assert [1, 2] == sorted(each["revision"] for each in listed(api, "controllerrevisions"))


def test_a_revision_holds_the_template(api: Api) -> None:
    """Its data is a patch that replaces the template."""
    create(api, "statefulsets")
    settled(api, "statefulsets")
    (made,) = listed(api, "controllerrevisions")
    held = made["data"]["spec"]["template"]
    assert ("replace", "x") == (held["$patch"], held["spec"]["containers"][0]["image"])
    assert made["metadata"]["name"] == get(api, "pods", "web-0")["metadata"]["labels"]["controller-revision-hash"]


def test_a_statefulset_is_updated_from_the_end(api: Api) -> None:
    """When the new pods do not get ready, the last is replaced and the first is not."""
    create(api, "statefulsets", replicas=2)
    settled(api, "statefulsets")
    change(api, "statefulsets", {"template": template(order="not-ready", image="y")})
    api.eventually(lambda: status(api, "statefulsets").get("updatedReplicas") == 1)
    images = api.eventually(lambda: {each["metadata"]["name"]: image_of(each) for each in listed(api, "pods")})
    assert {"web-0": "x", "web-1": "y"} == images


def test_a_partition_keeps_pods_as_they_are(api: Api) -> None:
    """Pods of a number below it are not updated."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    create(api, "statefulsets", replicas=2, updateStrategy=rolling)
    settled(api, "statefulsets")
    change(api, "statefulsets", with_image("y"))
    api.eventually(lambda: status(api, "statefulsets").get("updatedReplicas") == 1)
    api.eventually(lambda: status(api, "statefulsets").get("readyReplicas") == 2)
    assert {"web-0": "x", "web-1": "y"} == {each["metadata"]["name"]: image_of(each) for each in listed(api, "pods")}


def test_a_partition_holds_for_new_pods(api: Api) -> None:
    """A pod below it that is made anew is of the old template."""
    create(api, "statefulsets", updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
    settled(api, "statefulsets")
    uid = get(api, "pods", "web-0")["metadata"]["uid"]
    change(api, "statefulsets", with_image("y"))
    api.eventually(lambda: status(api, "statefulsets")["observedGeneration"] == 2)
    api.delete(path(api, "pods", "web-0")).expect(200)
    api.eventually(lambda: [each["metadata"]["uid"] for each in listed(api, "pods")] not in ([uid], []))
    assert "x" == image_of(get(api, "pods", "web-0"))


def test_old_revisions_are_pruned(api: Api) -> None:
    """With revisionHistoryLimit 0 none but the newest stays."""
    create(api, "statefulsets", revisionHistoryLimit=0)
    settled(api, "statefulsets")
    change(api, "statefulsets", with_image("y"))
    settled(api, "statefulsets")
    assert api.eventually(lambda: [2] == [each["revision"] for each in listed(api, "controllerrevisions")])


def test_pods_may_be_updated_when_deleted(api: Api) -> None:
    """With OnDelete a pod is of the new template once somebody deletes the old one."""
    create(api, "statefulsets", updateStrategy={"type": "OnDelete"})
    settled(api, "statefulsets")
    for generation, image in enumerate(("y", "z"), 2):
        change(api, "statefulsets", with_image(image))
        api.eventually(lambda: status(api, "statefulsets")["observedGeneration"] == generation)  # noqa: B023 - at once
    # once a change is seen, all is done that the one before it led to
    pod = get(api, "pods", "web-0")
    assert ("x", False) == (image_of(pod), "deletionTimestamp" in pod["metadata"])
    api.delete(path(api, "pods", "web-0")).expect(200)
    assert api.eventually(lambda: [image_of(each) for each in listed(api, "pods")] == ["z"])
