"""What controllers make of Deployments, ReplicaSets and DaemonSets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.contract.running import (
    MADE_UP,
    change,
    conditions,
    create,
    create_pod,
    events,
    get,
    image_of,
    listed,
    message,
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
REVISION = "deployment.kubernetes.io/revision"


def quota(api: Api, pods: int) -> None:
    """Allow so many pods in the namespace, and wait until that counts."""
    made = path(api, "resourcequotas")
    api.post(made, {"metadata": {"name": "q"}, "spec": {"hard": {"pods": str(pods)}}}).expect(201)
    api.eventually(lambda: (get(api, "resourcequotas", "q").get("status") or {}).get("hard"))


def test_a_deployment_becomes_available(api: Api) -> None:
    """All replicas are ready, and the conditions say that the newest ReplicaSet is available."""
    create(api, "deployments", replicas=2)
    found = settled(api, "deployments")["status"]
    expected = {"Available": ("True", "MinimumReplicasAvailable"), "Progressing": ("True", "NewReplicaSetAvailable")}
    assert expected == conditions(found)


def test_a_deployments_conditions_have_messages(api: Api) -> None:
    """The messages name the ReplicaSet."""
    create(api, "deployments")
    found = settled(api, "deployments")["status"]
    made = names(listed(api, "replicasets"))[0]
    assert f'ReplicaSet "{made}" has successfully progressed.' == message(found, "Progressing")
    assert "Deployment has minimum availability." == message(found, "Available")


def test_a_deployment_makes_a_replicaset(api: Api) -> None:
    """It is named and labelled with the template's hash, which its selector and template bear too."""
    create(api, "deployments")
    settled(api, "deployments")
    (made,) = listed(api, "replicasets")
    mark = made["metadata"]["labels"]["pod-template-hash"]
    assert f"web-{mark}" == made["metadata"]["name"]
    assert {"app": "web", "pod-template-hash": mark} == made["spec"]["selector"]["matchLabels"]
    assert mark == made["spec"]["template"]["metadata"]["labels"]["pod-template-hash"]


def test_a_replicaset_is_controlled_by_its_deployment(api: Api) -> None:
    """Its owner reference blocks the Deployment's deletion in the foreground."""
    uid = create(api, "deployments")["metadata"]["uid"]
    settled(api, "deployments")
    (made,) = listed(api, "replicasets")
    expected = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": uid}
    assert [{**expected, "controller": True, "blockOwnerDeletion": True}] == made["metadata"]["ownerReferences"]


def test_pods_are_named_after_their_replicaset(api: Api) -> None:
    """Five characters without vowels follow the ReplicaSet's name, which is the pod's generateName."""
    create(api, "deployments")
    settled(api, "deployments")
    (pod,), (made,) = listed(api, "pods"), listed(api, "replicasets")
    assert f"{made['metadata']['name']}-" == pod["metadata"]["generateName"]
    assert re.fullmatch(f"{made['metadata']['name']}-{MADE_UP}", pod["metadata"]["name"])
    assert "ReplicaSet" == pod["metadata"]["ownerReferences"][0]["kind"]


def test_equal_templates_have_equal_hashes(api: Api) -> None:
    """Two Deployments of one template make ReplicaSets of one hash."""
    for name in ("one", "two"):
        create(api, "deployments", name, template("same"), selector={"matchLabels": {"app": "same"}}, replicas=0)
        api.eventually(lambda name=name: status(api, "deployments", name).get("observedGeneration"))  # type: ignore[misc]  # the default binds the name
    found = api.eventually(
        lambda: [] if len(listed(api, "replicasets", "same")) < 2 else listed(api, "replicasets", "same")
    )
    assert 1 == len({each["metadata"]["labels"]["pod-template-hash"] for each in found})


def test_an_update_makes_a_new_revision(api: Api) -> None:
    """The Deployment is at revision 2, and the first ReplicaSet stays without replicas."""
    create(api, "deployments")
    settled(api, "deployments")
    change(api, "deployments", with_image("y"))
    found = settled(api, "deployments")
    assert "2" == found["metadata"]["annotations"][REVISION]
    sizes = {each["metadata"]["annotations"][REVISION]: each["spec"]["replicas"] for each in listed(api, "replicasets")}
    assert {"1": 0, "2": 1} == sizes


def test_going_back_takes_the_old_replicaset(api: Api) -> None:
    """It gets the next revision."""
    create(api, "deployments")
    settled(api, "deployments")
    for image in ("y", "x"):
        change(api, "deployments", with_image(image))
        found = settled(api, "deployments")
    assert "3" == found["metadata"]["annotations"][REVISION]
    assert {"2", "3"} == {each["metadata"]["annotations"][REVISION] for each in listed(api, "replicasets")}


def test_a_change_beside_the_template_makes_no_revision(api: Api) -> None:
    """Labels and annotations of the Deployment are none of the pods' business."""
    create(api, "deployments")
    settled(api, "deployments")
    body = {"metadata": {"labels": {"b": "c"}, "annotations": {"example.com/d": "e"}}}
    api.patch(path(api, "deployments", "web"), body).expect(200)
    (made,) = api.eventually(
        lambda: [each for each in listed(api, "replicasets") if "example.com/d" in each["metadata"]["annotations"]]
    )
    assert ("1", "e") == tuple(made["metadata"]["annotations"][each] for each in (REVISION, "example.com/d"))
    assert 1 == len(listed(api, "replicasets"))


def test_what_was_applied_is_not_copied(api: Api) -> None:
    """The annotation of client-side apply is the Deployment's alone."""
    create(api, "deployments")
    settled(api, "deployments")
    last, other = "kubectl.kubernetes.io/last-applied-configuration", "example.com/d"
    body = {"metadata": {"annotations": {last: "{}", other: "e"}}}
    api.patch(path(api, "deployments", "web"), body).expect(200)
    (made,) = api.eventually(
        lambda: [each for each in listed(api, "replicasets") if other in each["metadata"]["annotations"]]
    )
    assert last not in made["metadata"]["annotations"]


def test_scaling_up_adds_pods(api: Api) -> None:
    """The scale subresource is enough, and there is no new ReplicaSet."""
    create(api, "deployments")
    settled(api, "deployments")
    api.patch(path(api, "deployments", "web", "scale"), {"spec": {"replicas": 3}}).expect(200)
    settled(api, "deployments")
    assert (3, 1) == (len(listed(api, "pods")), len(listed(api, "replicasets")))


def test_scaling_to_nothing_is_available(api: Api) -> None:
    """Without replicas there are no pods, the counts are left out, and the Deployment is available."""
    create(api, "deployments")
    settled(api, "deployments")
    change(api, "deployments", {"replicas": 0})
    found = settled(api, "deployments")["status"]
    api.eventually(lambda: not listed(api, "pods"))
    assert set() == {"replicas", "readyReplicas", "availableReplicas"} & set(found)
    assert ("True", "MinimumReplicasAvailable") == conditions(found)["Available"]


def test_scaling_is_told_by_events(api: Api) -> None:
    """The Deployment tells of its ReplicaSet, and that one of its pods."""
    create(api, "deployments")
    settled(api, "deployments")
    made, pod = names(listed(api, "replicasets"))[0], names(listed(api, "pods"))[0]
    said = ("Normal", "ScalingReplicaSet", f"Scaled up replica set {made} from 0 to 1")
    assert api.eventually(lambda: said in events(api, "web"))
    assert api.eventually(lambda: ("Normal", "SuccessfulCreate", f"Created pod: {pod}") in events(api, made))


def test_what_is_told_again_is_counted(api: Api) -> None:
    """An event about the same, in the same words, is no second event."""
    create(api, "deployments")
    settled(api, "deployments")
    for replicas in (2, 1, 2):
        change(api, "deployments", {"replicas": replicas})
        settled(api, "deployments")
    said = f"Scaled up replica set {names(listed(api, 'replicasets'))[0]} from 1 to 2"

    def counts() -> list[int]:
        found = api.get(path(api, "events"), fieldSelector="reason=ScalingReplicaSet").expect(200)["items"]
        return [each["count"] for each in found if each["message"] == said]

    assert api.eventually(lambda: counts() == [2])


def test_a_paused_deployment_rolls_nothing_out(api: Api) -> None:
    """The condition says so, and a new template makes no ReplicaSet."""
    create(api, "deployments")
    settled(api, "deployments")
    change(api, "deployments", {"paused": True, **with_image("y")})
    api.eventually(lambda: conditions(status(api, "deployments")).get("Progressing") == ("Unknown", "DeploymentPaused"))
    assert 1 == len(listed(api, "replicasets"))


def test_a_paused_deployment_scales(api: Api) -> None:
    """Its one ReplicaSet gets the replicas."""
    create(api, "deployments")
    settled(api, "deployments")
    change(api, "deployments", {"paused": True, "replicas": 2})
    assert api.eventually(lambda: len(listed(api, "pods")) == 2)


def test_a_resumed_deployment_goes_on(api: Api) -> None:
    """What was changed while it was paused is rolled out."""
    create(api, "deployments", paused=True)
    api.eventually(lambda: status(api, "deployments").get("observedGeneration") == 1)
    assert [] == listed(api, "replicasets")
    change(api, "deployments", {"paused": False})
    assert "1" == settled(api, "deployments")["metadata"]["annotations"][REVISION]


def test_a_rollout_may_take_too_long(api: Api) -> None:
    """After progressDeadlineSeconds the condition Progressing is False and names the ReplicaSet."""
    create(api, "deployments", made_of=template(order="image-pull"), progressDeadlineSeconds=1)
    expected = ("False", "ProgressDeadlineExceeded")
    api.eventually(lambda: conditions(status(api, "deployments")).get("Progressing") == expected)
    made = names(listed(api, "replicasets"))[0]
    assert f'ReplicaSet "{made}" has timed out progressing.' == message(status(api, "deployments"), "Progressing")


def test_a_deployment_without_ready_pods_is_not_available(api: Api) -> None:
    """It counts its pods as unavailable."""
    create(api, "deployments", made_of=template(order="not-ready"))
    found = api.eventually(lambda: status(api, "deployments") if status(api, "deployments").get("replicas") else {})
    assert 1 == found["unavailableReplicas"]
    assert ("False", "MinimumReplicasUnavailable") == conditions(found)["Available"]


def test_a_failing_rollout_keeps_the_old_pods(api: Api) -> None:
    """With maxUnavailable 0 as many as before are available, and one pod is there beyond."""
    rolling = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    create(api, "deployments", replicas=2, strategy=rolling)
    settled(api, "deployments")
    change(api, "deployments", {"template": template(order="crash-loop")})
    found = api.eventually(lambda: status(api, "deployments") if len(listed(api, "pods")) == 3 else {})
    assert (2, "True") == (found["availableReplicas"], conditions(found)["Available"][0])


def test_recreate_ends_the_old_pods_first(api: Api) -> None:
    """No new pod is made before the last old one is gone."""
    create(api, "deployments", replicas=2, strategy={"type": "Recreate"})
    version = api.get(path(api, "pods")).body["metadata"]["resourceVersion"]
    settled(api, "deployments")
    version = api.get(path(api, "pods")).body["metadata"]["resourceVersion"]
    with api.watch(path(api, "pods"), resourceVersion=version) as watch:
        change(api, "deployments", with_image("y"))
        settled(api, "deployments")

        def kinds() -> list[str]:
            return [each["type"] for each in watch.events if each["type"] != "MODIFIED"]

        api.eventually(lambda: len(kinds()) >= 4)
        assert ["DELETED", "DELETED", "ADDED", "ADDED"] == kinds()


def test_old_replicasets_are_pruned(api: Api) -> None:
    """With revisionHistoryLimit 0 none but the newest stays."""
    create(api, "deployments", revisionHistoryLimit=0)
    settled(api, "deployments")
    change(api, "deployments", with_image("y"))
    settled(api, "deployments")
    assert api.eventually(lambda: len(listed(api, "replicasets")) == 1)


def test_a_pod_must_stay_ready_to_be_available(api: Api) -> None:
    """Until minReadySeconds have passed it is ready, and not available."""
    create(api, "deployments", minReadySeconds=30)
    found = api.eventually(
        lambda: status(api, "deployments") if status(api, "deployments").get("readyReplicas") else {}
    )
    assert (1, None) == (found["readyReplicas"], found.get("availableReplicas"))


def test_a_quota_refuses_pods(api: Api) -> None:
    """ReplicaSet and Deployment bear the condition ReplicaFailure with the server's words."""
    quota(api, 1)
    create(api, "deployments", replicas=2)
    expected = ("True", "FailedCreate")
    api.eventually(lambda: conditions(status(api, "deployments")).get("ReplicaFailure") == expected)
    (made,) = listed(api, "replicasets")
    assert expected == conditions(made["status"])["ReplicaFailure"]
    pattern = rf'pods "{made["metadata"]["name"]}-{MADE_UP}" is forbidden: exceeded quota: q, requested: pods=1, .*'
    assert re.fullmatch(pattern, message(status(api, "deployments"), "ReplicaFailure"))


def test_a_quota_that_is_gone_refuses_nothing(api: Api) -> None:
    """The pods that were refused are made after a while, and the condition goes."""
    quota(api, 0)
    create(api, "deployments")
    api.eventually(lambda: "ReplicaFailure" in conditions(status(api, "deployments")))
    api.delete(path(api, "resourcequotas", "q")).expect(200)
    assert "ReplicaFailure" not in conditions(settled(api, "deployments")["status"])


def test_a_deployments_dependents_go_with_it(api: Api) -> None:
    """ReplicaSets and pods are deleted in the background."""
    create(api, "deployments")
    settled(api, "deployments")
    api.delete(path(api, "deployments", "web")).expect(200)
    assert api.eventually(lambda: not listed(api, "replicasets") and not listed(api, "pods"))


def test_a_deployments_dependents_may_be_orphaned(api: Api) -> None:
    """With propagationPolicy Orphan the ReplicaSet stays, without an owner, and keeps its pod."""
    create(api, "deployments")
    settled(api, "deployments")
    pods = names(listed(api, "pods"))
    api.delete(path(api, "deployments", "web"), propagationPolicy="Orphan").expect(200)
    api.eventually(lambda: api.get(path(api, "deployments", "web")).status == 404)
    api.eventually(lambda: not listed(api, "replicasets")[0]["metadata"].get("ownerReferences"))
    assert pods == names(listed(api, "pods"))


def test_an_orphan_is_adopted(api: Api) -> None:
    """A Deployment takes over a ReplicaSet that its selector and template match."""
    create(api, "deployments")
    settled(api, "deployments")
    before = names(listed(api, "replicasets"))
    api.delete(path(api, "deployments", "web"), propagationPolicy="Orphan").expect(200)
    api.eventually(lambda: api.get(path(api, "deployments", "web")).status == 404)
    uid = create(api, "deployments")["metadata"]["uid"]
    settled(api, "deployments")
    (made,) = listed(api, "replicasets")
    assert (before, uid) == (names([made]), made["metadata"]["ownerReferences"][0]["uid"])


def test_a_deleted_pod_is_replaced(api: Api) -> None:
    """Another one, of another name, takes its place."""
    create(api, "deployments")
    settled(api, "deployments")
    before = names(listed(api, "pods"))
    api.delete(path(api, "pods", before[0])).expect(200)
    assert api.eventually(lambda: len(listed(api, "pods")) == 1 and names(listed(api, "pods")) != before)


def test_a_replicaset_adopts_pods(api: Api) -> None:
    """A pod without an owner that it selects counts as its own."""
    create_pod(api, "web")
    create(api, "replicasets")
    api.eventually(lambda: status(api, "replicasets").get("readyReplicas") == 1)
    (pod,) = listed(api, "pods")
    assert ("web", "ReplicaSet") == (pod["metadata"]["name"], pod["metadata"]["ownerReferences"][0]["kind"])


def test_a_replicaset_releases_pods(api: Api) -> None:
    """A pod that it does not select any longer is let go, and replaced."""
    create(api, "replicasets")
    api.eventually(lambda: status(api, "replicasets").get("readyReplicas") == 1)
    name = names(listed(api, "pods"))[0]
    api.patch(path(api, "pods", name), {"metadata": {"labels": {"app": "other"}}}).expect(200)
    api.eventually(lambda: not get(api, "pods", name)["metadata"].get("ownerReferences"))
    assert api.eventually(lambda: len(listed(api, "pods")) == 1)


def test_a_replicasets_status_counts(api: Api) -> None:
    """It counts pods, those that are ready, available, labelled as the template, and on their way out."""
    create(api, "replicasets", replicas=2)
    expected = {
        "replicas": 2,
        "fullyLabeledReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }
    assert api.eventually(lambda: status(api, "replicasets") == expected)


def test_pods_that_are_not_ready_go_first(api: Api) -> None:
    """Scaling down keeps the pod that is ready."""
    body = template(order="not-ready")
    body["metadata"]["name"] = "zzz"  # whose turn it would be last by name
    api.post(path(api, "pods"), body).expect(201)
    create(api, "replicasets", replicas=2)
    api.eventually(lambda: status(api, "replicasets").get("readyReplicas") == 1 and len(listed(api, "pods")) == 2)
    change(api, "replicasets", {"replicas": 1})
    api.eventually(lambda: len(listed(api, "pods")) == 1)
    assert ["zzz"] != names(listed(api, "pods"))


def test_cheap_pods_go_first(api: Api) -> None:
    """Of pods that are ready, scaling down takes the one whose deletion costs least."""
    create(api, "replicasets", replicas=3)
    api.eventually(lambda: status(api, "replicasets").get("readyReplicas") == 3)
    *dear, cheap = names(listed(api, "pods"))
    cost = {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-5"}}}
    api.patch(path(api, "pods", cheap), cost).expect(200)
    change(api, "replicasets", {"replicas": 2})
    api.eventually(lambda: len(listed(api, "pods")) == 2)
    assert dear == names(listed(api, "pods"))


def test_a_daemonset_runs_on_the_node(api: Api) -> None:
    """It has one pod there, and its status says so."""
    create(api, "daemonsets")
    expected = {
        "currentNumberScheduled": 1,
        "desiredNumberScheduled": 1,
        "numberAvailable": 1,
        "numberMisscheduled": 0,
        "numberReady": 1,
        "observedGeneration": 1,
        "updatedNumberScheduled": 1,
    }
    assert api.eventually(lambda: status(api, "daemonsets") == expected)


def test_a_daemons_pod_is_made_for_its_node(api: Api) -> None:
    """Its affinity names the node, and its tolerations let it stay when the node has trouble."""
    create(api, "daemonsets")
    api.eventually(lambda: status(api, "daemonsets").get("numberReady") == 1)
    (pod,) = listed(api, "pods")
    required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    field = {"key": "metadata.name", "operator": "In", "values": [pod["spec"]["nodeName"]]}
    assert {"nodeSelectorTerms": [{"matchFields": [field]}]} == required
    tolerated = {each["key"].partition("/")[2] for each in pod["spec"]["tolerations"]}
    pressures = {"disk-pressure", "memory-pressure", "pid-pressure"}
    assert {"not-ready", "unreachable", "unschedulable", *pressures} == tolerated


def test_a_daemonset_is_updated(api: Api) -> None:
    """Its pod is replaced by one of the new template."""
    create(api, "daemonsets")
    api.eventually(lambda: status(api, "daemonsets").get("numberReady") == 1)
    change(api, "daemonsets", with_image("y"))
    api.eventually(lambda: status(api, "daemonsets").get("observedGeneration") == 2)
    api.eventually(lambda: status(api, "daemonsets").get("updatedNumberScheduled") == 1)
    assert ["y"] == [image_of(each) for each in listed(api, "pods")]


def test_a_daemonset_may_want_no_node(api: Api) -> None:
    """With a nodeSelector that matches none, nothing is wanted."""
    create(api, "daemonsets", made_of=template(nodeSelector={"disk": "fast"}))
    found = api.eventually(
        lambda: status(api, "daemonsets") if status(api, "daemonsets").get("observedGeneration") else {}
    )
    assert (0, 0) == (found["desiredNumberScheduled"], found["currentNumberScheduled"])
