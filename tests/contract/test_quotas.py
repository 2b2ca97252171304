"""Quotas: what they count, and what they refuse."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

pytestmark = pytest.mark.cluster


def quota(api: Api, hard: Mapping[str, str], name: str = "q", **more: Any) -> None:
    """Create a quota and wait until it counts."""
    path = api.path("v1", "resourcequotas")
    made = {"metadata": {"name": name}, "spec": {"hard": dict(hard), **more}}
    api.eventually(lambda: api.get(api.path("v1", "configmaps", "kube-root-ca.crt")).status == 200)
    api.post(path, made).expect(201)

    def counting() -> bool:
        found = api.get(f"{path}/{name}").body["status"].get("used") or {}
        if found.get("configmaps") == "0":
            # a real controller that had not heard of the one there always is would not look again for minutes
            api.delete(f"{path}/{name}").expect(200)
            api.eventually(lambda: api.get(f"{path}/{name}").status == 404)
            api.post(path, made).expect(201)
            return False
        return bool(found)

    api.eventually(counting)


def counts(api: Api, expected: Mapping[str, str]) -> None:
    """Wait until a quota has counted as much."""
    api.eventually(lambda: used(api) == expected)


def used(api: Api, name: str = "q") -> dict[str, str]:
    """Return what a quota has counted."""
    found: dict[str, str] = api.get(api.path("v1", "resourcequotas", name)).expect(200)["status"]["used"]
    return found


def pod(api: Api, name: str = "p", resources: Mapping[str, Any] | None = None, **spec: Any) -> Answer:
    """Create a pod of one container."""
    containers = [{"name": "c", "image": "x:1", "resources": resources or {}}]
    return api.post(api.path("v1", "pods"), {"metadata": {"name": name}, "spec": {"containers": containers, **spec}})


def post(api: Api, plural: str, name: str, **more: Any) -> Answer:
    """Create an object of the core group."""
    return api.post(api.path("v1", plural), {"metadata": {"name": name}, **more})


def test_status_tells_the_limits(api: Api) -> None:
    """A quota's status repeats its limits, and what is used of each."""
    quota(api, {"pods": "2", "requests.cpu": "1", "services": "3"})
    status = api.get(api.path("v1", "resourcequotas", "q")).body["status"]
    assert {"pods": "2", "requests.cpu": "1", "services": "3"} == status["hard"]
    assert {"pods": "0", "requests.cpu": "0", "services": "0"} == status["used"]


def test_what_was_there_counts(api: Api) -> None:
    """Objects from before the quota are counted."""
    post(api, "configmaps", "a").expect(201)
    quota(api, {"configmaps": "5"})
    limits = itertools.count(6)

    def counted() -> bool:
        if used(api) != {"configmaps": "2"} and not api.is_sandbox:
            # a real controller that had not heard of the object yet looks again in minutes, or when the quota changes
            hard = {"configmaps": str(next(limits))}
            api.patch(api.path("v1", "resourcequotas", "q"), {"spec": {"hard": hard}}).expect(200)
            time.sleep(0.5)
        return bool(used(api) == {"configmaps": "2"})

    api.eventually(counted)


def test_creating_counts_at_once(api: Api) -> None:
    """What is created is counted at once."""
    quota(api, {"configmaps": "5"})
    post(api, "configmaps", "a").expect(201)
    counts(api, {"configmaps": "2"})


def test_deleting_counts_down(api: Api) -> None:
    """Deleting an object frees its share."""
    quota(api, {"secrets": "1"})
    post(api, "secrets", "a").expect(201)
    api.delete(api.path("v1", "secrets", "a")).expect(200)
    counts(api, {"secrets": "0"})
    post(api, "secrets", "b").expect(201)


def test_a_limit_that_changes(api: Api) -> None:
    """Status follows the quota's limits."""
    quota(api, {"pods": "2"})
    path = api.path("v1", "resourcequotas", "q")
    api.patch(path, {"spec": {"hard": {"pods": "9", "secrets": "1"}}}).expect(200)
    api.eventually(lambda: api.get(path).body["status"]["hard"] == {"pods": "9", "secrets": "1"})
    counts(api, {"pods": "0", "secrets": "0"})


@pytest.mark.parametrize(
    ("hard", "plural"),
    [("secrets", "secrets"), ("count/secrets", "secrets"), ("services", "services"), ("count/services", "services")],
)
def test_objects_are_counted(api: Api, hard: str, plural: str) -> None:
    """Objects are counted under their plural, or under count/ and their resource."""
    quota(api, {hard: "1"})
    spec = {"spec": {"ports": [{"port": 80}]}} if plural == "services" else {}
    post(api, plural, "a", **spec).expect(201)
    # a server that did not know the quota yet counts the object later
    counts(api, {hard: "1"})
    answer = post(api, plural, "b", **spec)
    said = f"exceeded quota: q, requested: {hard}=1, used: {hard}=1, limited: {hard}=1"
    assert (403, f'{plural} "b" is forbidden: {said}') == (answer.status, answer.message)


def test_any_kind_can_be_counted(api: Api) -> None:
    """Objects of any group can be counted."""
    quota(api, {"count/deployments.apps": "0"})
    labels, containers = {"a": "b"}, [{"name": "c", "image": "x"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    answer = api.post(api.path("apps/v1", "deployments"), {"metadata": {"name": "a"}, "spec": spec})
    counts = "requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0"
    assert f'deployments.apps "a" is forbidden: exceeded quota: q, {counts}' == answer.message


def test_a_dry_run_is_refused_too(api: Api) -> None:
    """A dry run meets the quota, and counts for nothing."""
    quota(api, {"secrets": "1"})
    path = api.path("v1", "secrets")
    api.post(path, {"metadata": {"name": "a"}}, dryRun="All").expect(201)
    counts(api, {"secrets": "0"})
    post(api, "secrets", "a").expect(201)
    assert 403 == api.post(path, {"metadata": {"name": "b"}}, dryRun="All").status


def test_every_excess_is_told(api: Api) -> None:
    """A refusal names every resource that is exceeded, by name, and no other."""
    quota(api, {"pods": "5", "requests.cpu": "1", "limits.cpu": "2"})
    pod(api, "a", {"requests": {"cpu": "600m"}, "limits": {"cpu": "1"}}).expect(201)
    answer = pod(api, "b", {"requests": {"cpu": "600m"}, "limits": {"cpu": "2"}})
    said = (
        "exceeded quota: q, requested: limits.cpu=2,requests.cpu=600m, used: limits.cpu=1,requests.cpu=600m, "
        "limited: limits.cpu=2,requests.cpu=1"
    )
    assert f'pods "b" is forbidden: {said}' == answer.message


def test_amounts_must_be_given(api: Api) -> None:
    """A pod must give every amount that a quota limits, in all its containers."""
    quota(api, {"requests.memory": "2Gi", "limits.cpu": "1", "memory": "2Gi"})
    init = [{"name": "i", "image": "x:1"}]
    answer = pod(api, "p", {"requests": {"memory": "1Gi"}}, initContainers=init)
    said = "failed quota: q: must specify limits.cpu for: c,i; memory for: i; requests.memory for: i"
    assert (403, f'pods "p" is forbidden: {said}') == (answer.status, answer.message)


def test_a_limit_is_a_request(api: Api) -> None:
    """A container that gives a limit alone requests as much."""
    quota(api, {"requests.memory": "2Gi"})
    pod(api, "p", {"limits": {"memory": "1Gi"}}).expect(201)
    counts(api, {"requests.memory": "1Gi"})


def test_amounts_add_up(api: Api) -> None:
    """Amounts of containers add up, in the form they are written in."""
    quota(api, {"requests.memory": "4Gi", "cpu": "2"})
    containers = [
        {"name": each, "image": "x:1", "resources": {"requests": {"memory": "768Mi", "cpu": "300m"}}} for each in "ab"
    ]
    api.post(api.path("v1", "pods"), {"metadata": {"name": "p"}, "spec": {"containers": containers}}).expect(201)
    counts(api, {"requests.memory": "1536Mi", "cpu": "600m"})


def test_init_containers_run_before(api: Api) -> None:
    """Of init containers the largest counts, where it is more than all containers together."""
    quota(api, {"requests.memory": "4Gi"})
    init = [{"name": "i", "image": "x:1", "resources": {"requests": {"memory": "3Gi"}}}]
    pod(api, "p", {"requests": {"memory": "1Gi"}}, initContainers=init).expect(201)
    counts(api, {"requests.memory": "3Gi"})


def test_ended_pods_do_not_count(api: Api) -> None:
    """A pod that has run to its end is no longer counted as a pod, but still as an object."""
    quota(api, {"pods": "3", "count/pods": "3"})
    job = {"template": {"spec": {"containers": [{"name": "c", "image": "x:1"}], "restartPolicy": "Never"}}}
    api.post(api.path("batch/v1", "jobs"), {"metadata": {"name": "j"}, "spec": job}).expect(201)
    counts(api, {"pods": "1", "count/pods": "1"})
    counts(api, {"pods": "0", "count/pods": "1"})


def test_node_ports_are_counted(api: Api) -> None:
    """Ports of the nodes are counted one by one, load balancers as such."""
    quota(api, {"services.nodeports": "2", "services.loadbalancers": "1"})
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    post(api, "services", "a", spec={"type": "LoadBalancer", "ports": ports}).expect(201)
    answer = post(api, "services", "b", spec={"type": "LoadBalancer", "ports": ports[:1]})
    counted = (
        "requested: services.loadbalancers=1,services.nodeports=1, used: services.loadbalancers=1,services.nodeports=2"
    )
    limited = "limited: services.loadbalancers=1,services.nodeports=2"
    assert f'services "b" is forbidden: exceeded quota: q, {counted}, {limited}' == answer.message


def test_an_update_may_exceed(api: Api) -> None:
    """A Service that becomes one with ports of the nodes is counted as such."""
    quota(api, {"services.nodeports": "0", "services": "1"})
    post(api, "services", "a", spec={"ports": [{"port": 80}]}).expect(201)
    answer = api.patch(api.path("v1", "services", "a"), {"spec": {"type": "NodePort"}})
    said = (
        "exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0"
    )
    assert f'services "a" is forbidden: {said}' == answer.message


def test_an_update_of_what_exceeds(api: Api) -> None:
    """What is there already can be changed, even when a quota is exceeded."""
    post(api, "configmaps", "a").expect(201)
    quota(api, {"configmaps": "0"})
    api.patch(api.path("v1", "configmaps", "a"), {"data": {"k": "v"}}).expect(200)


def test_storage_is_counted(api: Api) -> None:
    """Storage that claims request is counted, in all and by class."""
    by_class = "standard.storageclass.storage.k8s.io/requests.storage"
    quota(api, {"requests.storage": "3Gi", by_class: "2Gi", "persistentvolumeclaims": "4"})
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    post(api, "persistentvolumeclaims", "a", spec=spec).expect(201)
    counts(api, {"requests.storage": "2Gi", by_class: "2Gi", "persistentvolumeclaims": "1"})
    answer = post(api, "persistentvolumeclaims", "b", spec=spec)
    counted = (
        f"requested: requests.storage=2Gi,{by_class}=2Gi, used: requests.storage=2Gi,{by_class}=2Gi, "
        f"limited: requests.storage=3Gi,{by_class}=2Gi"
    )
    assert f'persistentvolumeclaims "b" is forbidden: exceeded quota: q, {counted}' == answer.message


def test_one_quota_refuses(api: Api) -> None:
    """Of several quotas that are exceeded one is told of."""
    quota(api, {"pods": "0"}, "a")
    quota(api, {"pods": "0"}, "b")
    said = 'pods "p" is forbidden: exceeded quota: {}, requested: pods=1, used: pods=0, limited: pods=0'
    assert pod(api).message in {said.format(each) for each in "ab"}
