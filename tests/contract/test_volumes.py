"""Claims and volumes: how they find each other, and how they part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster
VOLUMES = "/api/v1/persistentvolumes"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
HOST_PATH = "kubernetes.io/host-path"


@pytest.fixture
def classes(api: Api) -> Iterator[Callable[..., str]]:
    """Return a maker of storage classes, which are removed afterwards."""
    made: list[str] = []

    def make(**more: Any) -> str:
        name = f"{api.namespace}-{len(made)}"
        api.post(CLASSES, {"metadata": {"name": name}, "provisioner": HOST_PATH, **more}).expect(201)
        made.append(name)
        return name

    yield make
    for each in made:
        api.delete(f"{CLASSES}/{each}")


@pytest.fixture
def volumes(api: Api) -> Iterator[Callable[..., str]]:
    """Return a maker of volumes of 5Gi, which are removed afterwards."""
    made: list[str] = []

    def make(**more: Any) -> str:
        name = f"{api.namespace}-{len(made)}"
        spec = {"capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}, **more}
        api.post(VOLUMES, {"metadata": {"name": name}, "spec": spec}).expect(201)
        made.append(name)
        return name

    yield make
    for each in made:
        api.delete(f"{VOLUMES}/{each}")


def claim(api: Api, name: str = "data", **more: Any) -> dict[str, Any]:
    """Create a claim of 1Gi and return it."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **more}
    path = api.path("v1", "persistentvolumeclaims")
    found: dict[str, Any] = api.post(path, {"metadata": {"name": name}, "spec": spec}).expect(201)
    return found


def get(api: Api, name: str = "data") -> dict[str, Any]:
    """Return a claim."""
    found: dict[str, Any] = api.get(api.path("v1", "persistentvolumeclaims", name)).expect(200)
    return found


def bound(api: Api, name: str = "data") -> dict[str, Any]:
    """Return a claim once it is bound."""
    api.eventually(lambda: get(api, name)["status"]["phase"] == "Bound")
    return get(api, name)


def pod(api: Api, name: str = "web", claim_name: str = "data") -> None:
    """Create a pod that uses a claim."""
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": claim_name}}
    spec = {"containers": [{"name": "c", "image": "x:1"}], "volumes": [volume]}
    api.post(api.path("v1", "pods"), {"metadata": {"name": name}, "spec": spec}).expect(201)


def test_a_claim_begins_pending(api: Api) -> None:
    """A claim is made Pending, with a finalizer that protects it and the default class."""
    found = claim(api)
    assert ("Pending", "standard") == (found["status"]["phase"], found["spec"]["storageClassName"])
    assert ["kubernetes.io/pvc-protection"] == found["metadata"]["finalizers"]


def test_a_claim_is_bound(api: Api) -> None:
    """A claim of the default class is bound by itself, to a volume named after its uid."""
    claim(api)
    found = bound(api)
    assert f"pvc-{found['metadata']['uid']}" == found["spec"]["volumeName"]
    assert {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}} == found["status"]


def test_a_bound_claim_says_how(api: Api) -> None:
    """A bound claim's annotations tell of the binding and of the provisioner."""
    claim(api)
    assert {
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
        "volume.beta.kubernetes.io/storage-provisioner": HOST_PATH,
        "volume.kubernetes.io/storage-provisioner": HOST_PATH,
    } == bound(api)["metadata"]["annotations"]


def test_a_volume_is_made(api: Api) -> None:
    """The volume made for a claim has its size, class and modes, refers to it, and is Bound."""
    claim(api)
    found = bound(api)
    volume = api.get(f"{VOLUMES}/{found['spec']['volumeName']}").expect(200)
    spec, metadata = volume["spec"], volume["metadata"]
    assert ("Bound", {"storage": "1Gi"}) == (volume["status"]["phase"], spec["capacity"])
    assert ("standard", "Delete", ["ReadWriteOnce"]) == (
        spec["storageClassName"],
        spec["persistentVolumeReclaimPolicy"],
        spec["accessModes"],
    )
    assert (api.namespace, "data", found["metadata"]["uid"]) == tuple(
        spec["claimRef"][each] for each in ("namespace", "name", "uid")
    )
    assert "kubernetes.io/pv-protection" in metadata["finalizers"]
    assert HOST_PATH == metadata["annotations"]["pv.kubernetes.io/provisioned-by"]


def test_provisioning_is_an_event(api: Api) -> None:
    """An event tells that a volume was made for a claim."""
    claim(api)
    name = bound(api)["spec"]["volumeName"]
    found = api.eventually(lambda: api.get(api.path("v1", "events")).body["items"])[0]
    said = f"Successfully provisioned volume {name} using {HOST_PATH}"
    assert ("Normal", "ProvisioningSucceeded", said) == (found["type"], found["reason"], found["message"])


def test_no_class_is_no_volume(api: Api) -> None:
    """A claim with an empty class gets no default and stays Pending; an event says that no volume fits."""
    assert "" == claim(api, storageClassName="")["spec"]["storageClassName"]
    found = api.eventually(lambda: api.get(api.path("v1", "events")).body["items"])[0]
    said = "no persistent volumes available for this claim and no storage class is set"
    assert ("Normal", "FailedBinding", said) == (found["type"], found["reason"], found["message"])
    assert "Pending" == get(api)["status"]["phase"]


def test_an_unknown_class_is_no_volume(api: Api) -> None:
    """A claim of a class that is not there stays Pending, with an event."""
    claim(api, storageClassName="fact-none")
    found = api.eventually(lambda: api.get(api.path("v1", "events")).body["items"])[0]
    said = 'storageclass.storage.k8s.io "fact-none" not found'
    assert ("Warning", "ProvisioningFailed", said) == (found["type"], found["reason"], found["message"])
    assert "Pending" == get(api)["status"]["phase"]


def test_a_provisioner_from_elsewhere(api: Api, classes: Callable[..., str]) -> None:
    """A claim of a class whose provisioner is not here stays Pending, and an event says that it waits for it."""
    claim(api, storageClassName=classes(provisioner="example.com/disk"))
    found = api.eventually(lambda: api.get(api.path("v1", "events")).body["items"])[0]
    said = "Waiting for a volume to be created either by the external provisioner 'example.com/disk' or manually"
    assert ("Normal", "ExternalProvisioning", said) == (found["type"], found["reason"], found["message"][: len(said)])
    assert "Pending" == get(api)["status"]["phase"]


def test_a_claim_in_use_stays(api: Api) -> None:
    """A claim that a pod uses is deleted once the pod is gone."""
    claim(api)
    bound(api)
    pod(api)
    api.eventually(lambda: api.get(api.path("v1", "pods", "web")).body["spec"].get("nodeName"))
    path = api.path("v1", "persistentvolumeclaims", "data")
    api.delete(path).expect(200)
    claim(api, "other")
    api.delete(api.path("v1", "persistentvolumeclaims", "other"))
    api.eventually(lambda: api.get(api.path("v1", "persistentvolumeclaims", "other")).status == 404)
    assert get(api)["metadata"]["deletionTimestamp"]
    api.delete(api.path("v1", "pods", "web"), gracePeriodSeconds=0).expect(200)
    api.eventually(lambda: api.get(path).status == 404)


def test_a_volume_goes_with_its_claim(api: Api) -> None:
    """A volume whose policy is Delete goes with its claim."""
    claim(api)
    name = bound(api)["spec"]["volumeName"]
    api.delete(api.path("v1", "persistentvolumeclaims", "data")).expect(200)
    api.eventually(lambda: api.get(f"{VOLUMES}/{name}").status == 404)


def test_a_volume_may_be_retained(api: Api, classes: Callable[..., str]) -> None:
    """A volume whose policy is Retain outlives its claim, as Released."""
    claim(api, storageClassName=classes(reclaimPolicy="Retain"))
    name = bound(api)["spec"]["volumeName"]
    api.delete(api.path("v1", "persistentvolumeclaims", "data")).expect(200)
    api.eventually(lambda: api.get(f"{VOLUMES}/{name}").body["status"]["phase"] == "Released")
    api.delete(f"{VOLUMES}/{name}").expect(200)
    api.eventually(lambda: api.get(f"{VOLUMES}/{name}").status == 404)


def test_a_bound_volume_stays(api: Api) -> None:
    """A volume that is deleted while it is bound waits for its claim."""
    claim(api)
    name = bound(api)["spec"]["volumeName"]
    found = api.delete(f"{VOLUMES}/{name}").expect(200)
    assert "kubernetes.io/pv-protection" in found["metadata"]["finalizers"]
    api.delete(api.path("v1", "persistentvolumeclaims", "data")).expect(200)
    api.eventually(lambda: api.get(f"{VOLUMES}/{name}").status == 404)


def test_a_volume_becomes_available(api: Api, volumes: Callable[..., str]) -> None:
    """A volume that somebody makes becomes Available, and is protected."""
    name = volumes(storageClassName=f"{api.namespace}-own")
    api.eventually(lambda: api.get(f"{VOLUMES}/{name}").body["status"]["phase"] == "Available")
    assert ["kubernetes.io/pv-protection"] == api.get(f"{VOLUMES}/{name}").body["metadata"]["finalizers"]


def test_a_claim_finds_a_volume(api: Api, volumes: Callable[..., str]) -> None:
    """A claim is bound to a volume of its class that is large enough, and has the volume's capacity."""
    name = volumes(storageClassName=f"{api.namespace}-own")
    claim(api, storageClassName=f"{api.namespace}-own")
    found = bound(api)
    assert (name, {"storage": "5Gi"}) == (found["spec"]["volumeName"], found["status"]["capacity"])


@pytest.mark.parametrize(
    "more",
    [{"resources": {"requests": {"storage": "6Gi"}}}, {"accessModes": ["ReadWriteMany"]}],
    ids=["size", "mode"],
)
def test_a_volume_that_does_not_fit(api: Api, volumes: Callable[..., str], more: dict[str, Any]) -> None:
    """A volume that is too small or lacks a mode is not taken."""
    name = volumes(storageClassName=f"{api.namespace}-own")
    claim(api, storageClassName=f"{api.namespace}-own", **more)
    claim(api, "fits", storageClassName=f"{api.namespace}-own")
    assert name == bound(api, "fits")["spec"]["volumeName"]
    assert "Pending" == get(api)["status"]["phase"]


@pytest.mark.parametrize(
    ("taken", "other"),
    [
        ({"capacity": {"storage": "2Gi"}}, {"capacity": {"storage": "9Gi"}}),
        ({}, {"volumeMode": "Block"}),
        ({}, {"claimRef": {"namespace": "fact-none", "name": "data"}}),
        ({"accessModes": ["ReadWriteOnce", "ReadWriteMany"]}, {"accessModes": ["ReadWriteMany"]}),
    ],
    ids=["size", "kind", "reserved", "mode"],
)
def test_which_volume_is_taken(
    api: Api, volumes: Callable[..., str], taken: dict[str, Any], other: dict[str, Any]
) -> None:
    """Of several volumes the smallest that fits is taken, and none that is reserved for another claim."""
    own = {"storageClassName": f"{api.namespace}-own"}
    found = [volumes(**own, **more) for more in (other, taken)]
    api.eventually(lambda: all(api.get(f"{VOLUMES}/{each}").body["status"]["phase"] != "Pending" for each in found))
    claim(api, **own)
    assert found[1] == bound(api)["spec"]["volumeName"]


def test_a_volume_can_be_selected(api: Api, volumes: Callable[..., str]) -> None:
    """A claim with a selector is bound to a volume of these labels, and to no other."""
    own = {"storageClassName": f"{api.namespace}-own"}
    small, large = volumes(**own), volumes(**own, capacity={"storage": "9Gi"})
    api.patch(f"{VOLUMES}/{large}", {"metadata": {"labels": {"disk": "fast"}}}).expect(200)
    claim(api, **own, selector={"matchLabels": {"disk": "fast"}})
    assert large == bound(api)["spec"]["volumeName"]
    assert "Available" == api.eventually(lambda: api.get(f"{VOLUMES}/{small}").body["status"]["phase"])


def test_a_volume_can_be_reserved(api: Api, volumes: Callable[..., str]) -> None:
    """A volume that names a claim is kept for it."""
    own = {"storageClassName": f"{api.namespace}-own"}
    name = volumes(**own, claimRef={"namespace": api.namespace, "name": "mine"})
    claim(api, "other", **own)
    claim(api, "mine", **own)
    assert name == bound(api, "mine")["spec"]["volumeName"]
    assert "Pending" == get(api, "other")["status"]["phase"]


def test_a_volume_can_be_named(api: Api, volumes: Callable[..., str]) -> None:
    """A claim that names a volume is bound to it."""
    name = volumes()
    claim(api, storageClassName="", volumeName=name)
    assert {"pv.kubernetes.io/bind-completed": "yes"} == bound(api)["metadata"]["annotations"]


def test_a_claim_cannot_grow_everywhere(api: Api) -> None:
    """A bound claim can grow only where its class allows it."""
    claim(api)
    bound(api)
    path = api.path("v1", "persistentvolumeclaims", "data")
    answer = api.patch(path, {"spec": {"resources": {"requests": {"storage": "2Gi"}}}})
    said = (
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must "
        "support resize"
    )
    assert (403, f'persistentvolumeclaims "data" is forbidden: {said}') == (answer.status, answer.message)
