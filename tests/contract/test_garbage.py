"""Owner references: what happens to dependents when their owners go."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster
HOLD = ("example.com/hold",)


def make(api: Api, name: str, *owners: Mapping[str, Any], finalizers: Sequence[str] = ()) -> dict[str, Any]:
    """Create a ConfigMap with owner references and return it."""
    metadata = {"name": name, "ownerReferences": list(owners), "finalizers": list(finalizers)}
    found: dict[str, Any] = api.post(api.path("v1", "configmaps"), {"metadata": metadata}).expect(201)
    return found


def owner(found: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a reference to an object."""
    metadata = found["metadata"]
    return {
        "apiVersion": found["apiVersion"],
        "kind": found["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        **more,
    }


def stranger(name: str = "none") -> dict[str, Any]:
    """Return a reference to a ConfigMap that there never was."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": str(uuid.uuid4())}


def path_of(api: Api, name: str) -> str:
    """Return the path of a ConfigMap."""
    return api.path("v1", "configmaps", name)


def wait_gone(api: Api, *names: str) -> None:
    """Wait until there is none of some ConfigMaps."""
    api.eventually(lambda: all(api.get(path_of(api, each)).status == 404 for each in names))


def release(api: Api, *names: str) -> None:
    """Take the finalizers off some ConfigMaps."""
    for each in names:
        api.patch(path_of(api, each), {"metadata": {"finalizers": None}}).expect(200)


def names_of_owners(api: Api, name: str) -> list[str]:
    """Return the names of a ConfigMap's owners."""
    return [each["name"] for each in api.get(path_of(api, name)).expect(200)["metadata"].get("ownerReferences") or ()]


def test_dependents_follow(api: Api) -> None:
    """By default an owner goes at once, and its dependents after it."""
    first = make(api, "owner")
    make(api, "a", owner(first))
    make(api, "b", owner(first))
    answer = api.delete(path_of(api, "owner")).expect(200)
    assert ("Status", "Success") == (answer["kind"], answer["status"])
    wait_gone(api, "owner", "a", "b")


def test_dependents_of_dependents_follow(api: Api) -> None:
    """A dependent's own dependents go too."""
    first = make(api, "owner")
    second = make(api, "a", owner(first))
    make(api, "b", owner(second))
    api.delete(path_of(api, "owner")).expect(200)
    wait_gone(api, "a", "b")


@pytest.mark.parametrize("name", ["none", "owner"])
def test_an_owner_that_never_was(api: Api, name: str) -> None:
    """An object whose owner's uid is not there is deleted, also where another object bears the owner's name."""
    make(api, "owner")
    make(api, "a", stranger(name))
    wait_gone(api, "a")


def test_an_unknown_kind_of_owner(api: Api) -> None:
    """An object whose owner's kind is not served is left alone."""
    make(api, "a", {**stranger(), "apiVersion": "example.com/v1", "kind": "Unknown"})
    make(api, "b", stranger())
    wait_gone(api, "b")
    assert ["none"] == names_of_owners(api, "a")


def test_one_owner_is_enough(api: Api) -> None:
    """An object with one owner left stays, and loses the references to those that are gone."""
    make(api, "a", owner(make(api, "owner")), stranger())
    api.eventually(lambda: names_of_owners(api, "a") == ["owner"])


def test_an_owner_in_another_namespace(api: Api) -> None:
    """An owner in another namespace counts as absent, and an event says so."""
    elsewhere = api.get("/api/v1/namespaces/default/configmaps/kube-root-ca.crt").expect(200)
    make(api, "a", owner(elsewhere))
    wait_gone(api, "a")
    events = api.path("v1", "events")
    found = api.eventually(lambda: api.get(events, fieldSelector="involvedObject.name=a").body["items"])
    assert ("Warning", "OwnerRefInvalidNamespace") == (found[0]["type"], found[0]["reason"])


def test_a_cluster_wide_owner(api: Api) -> None:
    """A namespaced object goes with its cluster-wide owner."""
    roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    role = api.post(roles, {"metadata": {"name": f"{api.namespace}-owner"}}).expect(201)
    make(api, "a", owner(role))
    api.delete(f"{roles}/{api.namespace}-owner").expect(200)
    wait_gone(api, "a")


def test_a_namespaced_owner_of_a_cluster_wide_object(api: Api) -> None:
    """A cluster-wide object cannot have a namespaced owner: the reference does nothing."""
    roles, first = "/apis/rbac.authorization.k8s.io/v1/clusterroles", make(api, "owner")
    name = f"{api.namespace}-owned"
    api.post(roles, {"metadata": {"name": name, "ownerReferences": [owner(first)]}}).expect(201)
    make(api, "a", owner(first))
    api.delete(path_of(api, "owner")).expect(200)
    wait_gone(api, "a")
    api.get(f"{roles}/{name}").expect(200)
    api.delete(f"{roles}/{name}").expect(200)


@pytest.mark.parametrize("asked", [{"propagationPolicy": "Orphan"}, {"orphanDependents": True}], ids=["policy", "old"])
def test_orphans_stay(api: Api, asked: dict[str, Any]) -> None:
    """Orphaned dependents stay without their reference to the owner, which goes."""
    make(api, "a", owner(make(api, "owner")))
    api.delete(path_of(api, "owner"), asked).expect(200)
    wait_gone(api, "owner")
    assert [] == names_of_owners(api, "a")


def test_orphaning_is_a_finalizer(api: Api) -> None:
    """Deleting with Orphan answers with the object, which waits for the finalizer orphan."""
    make(api, "owner")
    found = api.delete(path_of(api, "owner"), propagationPolicy="Orphan").expect(200)
    assert ["orphan"] == found["metadata"]["finalizers"]
    assert found["metadata"]["deletionTimestamp"]


def test_foreground_is_a_finalizer(api: Api) -> None:
    """Deleting in the foreground answers with the object, which waits for the finalizer foregroundDeletion."""
    make(api, "owner")
    found = api.delete(path_of(api, "owner"), propagationPolicy="Foreground").expect(200)
    assert ["foregroundDeletion"] == found["metadata"]["finalizers"]
    wait_gone(api, "owner")


def test_foreground_waits_for_those_that_block(api: Api) -> None:
    """Deleted in the foreground, an owner waits until its blocking dependents are gone."""
    first = make(api, "owner")
    make(api, "a", owner(first, blockOwnerDeletion=True), finalizers=HOLD)
    api.delete(path_of(api, "owner"), propagationPolicy="Foreground").expect(200)
    api.eventually(lambda: api.get(path_of(api, "a")).body["metadata"].get("deletionTimestamp"))
    api.get(path_of(api, "owner")).expect(200)
    release(api, "a")
    wait_gone(api, "a", "owner")


def test_foreground_does_not_wait_for_others(api: Api) -> None:
    """Deleted in the foreground, an owner deletes dependents that do not block, and does not wait for their end."""
    first = make(api, "owner")
    make(api, "a", owner(first), finalizers=HOLD)
    api.delete(path_of(api, "owner"), propagationPolicy="Foreground").expect(200)
    wait_gone(api, "owner")
    api.eventually(lambda: api.get(path_of(api, "a")).body["metadata"].get("deletionTimestamp"))
    release(api, "a")


def test_foreground_goes_down(api: Api) -> None:
    """Blocking dependents are deleted in the foreground too: the owner waits for theirs."""
    first = make(api, "owner")
    second = make(api, "a", owner(first, blockOwnerDeletion=True))
    make(api, "b", owner(second, blockOwnerDeletion=True), finalizers=HOLD)
    api.delete(path_of(api, "owner"), propagationPolicy="Foreground").expect(200)
    api.eventually(lambda: api.get(path_of(api, "b")).body["metadata"].get("deletionTimestamp"))
    assert ["foregroundDeletion"] == api.get(path_of(api, "a")).body["metadata"]["finalizers"]
    api.get(path_of(api, "owner")).expect(200)
    release(api, "b")
    wait_gone(api, "owner", "a", "b")


def test_foreground_leaves_those_with_another_owner(api: Api) -> None:
    """A dependent with another owner outlives one that is deleted in the foreground, without its reference."""
    first, other = make(api, "owner"), make(api, "other")
    make(api, "a", owner(first, blockOwnerDeletion=True), owner(other))
    api.delete(path_of(api, "owner"), propagationPolicy="Foreground").expect(200)
    wait_gone(api, "owner")
    assert ["other"] == names_of_owners(api, "a")


def test_a_finalizer_holds(api: Api) -> None:
    """An object with finalizers stays, marked, until the last is removed."""
    make(api, "a", finalizers=HOLD)
    found = api.delete(path_of(api, "a")).expect(200)
    assert ("ConfigMap", list(HOLD)) == (found["kind"], found["metadata"]["finalizers"])
    assert 0 == found["metadata"]["deletionGracePeriodSeconds"]
    release(api, "a")
    assert 404 == api.get(path_of(api, "a")).status


def test_an_owner_held_by_a_finalizer_keeps_its_dependents(api: Api) -> None:
    """Dependents stay as long as a finalizer holds their owner, which is deleted in the background."""
    first = make(api, "owner", finalizers=HOLD)
    make(api, "a", owner(first))
    api.delete(path_of(api, "owner")).expect(200)
    make(api, "b", stranger())
    wait_gone(api, "b")
    api.get(path_of(api, "a")).expect(200)
    release(api, "owner")
    wait_gone(api, "a")
