"""Claims and volumes in memory: which volume is taken, and what happens once something else turns up."""

from __future__ import annotations

from typing import Any

from helmlite.sandbox.controllers import volumes
from helmlite.sandbox.objects import Obj
from tests.sandbox.memory_client import MemoryClient


def claim(client: MemoryClient, name: str = "data", **more: Any) -> None:
    """Create a claim of 1Gi and let all settle."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **more}
    metadata = {"name": name, "namespace": "n", "finalizers": [volumes.CLAIM_PROTECTION]}
    made = {"kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec, "status": {"phase": "Pending"}}
    client.create(volumes.CLAIMS, made, manager="test")
    client.settle(volumes.CONTROLLERS)


def volume(client: MemoryClient, name: str, size: str, **more: Any) -> None:
    """Create a volume and let all settle."""
    spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, **more}
    metadata = {"name": name, "labels": {"name": name}}
    client.create(volumes.VOLUMES, {"metadata": metadata, "spec": spec, "status": {"phase": "Pending"}}, manager="test")
    client.settle(volumes.CONTROLLERS)


def found(client: MemoryClient, name: str = "data") -> Obj:
    """Return a claim that must be there."""
    obj = client.get(volumes.CLAIMS, "n", name)
    assert obj is not None
    return obj


def test_the_smallest_that_fits_is_taken() -> None:
    """Of several volumes the smallest that is large enough is bound."""
    client = MemoryClient()
    for name, size in (("large", "9Gi"), ("small", "500Mi"), ("right", "2Gi")):
        volume(client, name, size)
    claim(client)
    assert "right" == found(client)["spec"]["volumeName"]


def test_a_selector_is_kept_to() -> None:
    """A claim with a selector takes no other volume."""
    client = MemoryClient()
    volume(client, "small", "2Gi")
    volume(client, "large", "9Gi")
    claim(client, selector={"matchLabels": {"name": "large"}})
    assert "large" == found(client)["spec"]["volumeName"]


def test_a_volume_of_another_is_not_taken() -> None:
    """A volume reserved for one claim waits for it."""
    client = MemoryClient()
    volume(client, "reserved", "2Gi", claimRef={"namespace": "n", "name": "data"})
    claim(client, "other")
    assert "Pending" == found(client, "other")["status"]["phase"]
    claim(client)
    assert "reserved" == found(client)["spec"]["volumeName"]


def test_a_class_that_turns_up_late() -> None:
    """A claim is bound once its class is there."""
    client = MemoryClient()
    claim(client, storageClassName="standard")
    assert [("data", "Warning", "ProvisioningFailed")] == [each[:3] for each in client.events]
    client.create(volumes.CLASSES, volumes.STANDARD, manager="test")
    client.settle()
    assert "Bound" == found(client)["status"]["phase"]


def test_a_volume_that_turns_up_late() -> None:
    """A claim is bound once a volume fits it."""
    client = MemoryClient()
    claim(client)
    volume(client, "late", "2Gi")
    assert "Bound" == found(client)["status"]["phase"]


def test_an_unused_claim_goes() -> None:
    """A claim that only a pod without a node uses can be deleted."""
    client = MemoryClient()
    claim(client)
    spec = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}
    client.create("pods", {"metadata": {"name": "p", "namespace": "n"}, "spec": spec}, manager="test")
    client.delete(volumes.CLAIMS, "n", "data")
    client.settle()
    assert None is client.get(volumes.CLAIMS, "n", "data")
