"""Owner references in memory: the corners that a server's clients do not see."""

from __future__ import annotations

from typing import Any

from helmlite.sandbox.controllers import garbage
from helmlite.sandbox.objects import Obj
from tests.sandbox.memory_client import MemoryClient

MAPS = "configmaps"


def make(client: MemoryClient, name: str, *owners: Obj, **metadata: Any) -> Obj:
    """Create a ConfigMap with owners."""
    references = [
        {"apiVersion": "v1", "kind": each["kind"], "name": each["metadata"]["name"], "uid": each["metadata"]["uid"]}
        for each in owners
    ]
    whole = {"name": name, "namespace": "n", "ownerReferences": references, **metadata}
    return client.create(MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": whole}, manager="test")


def settled() -> MemoryClient:
    """Return a client with the garbage collector."""
    client = MemoryClient()
    client.settle(garbage.CONTROLLERS)
    return client


def names(client: MemoryClient) -> list[str]:
    """Return the names of all ConfigMaps."""
    return [each["metadata"]["name"] for each in client.list(MAPS)]


def test_a_name_may_hold_spaces() -> None:
    """Names of which few rules are asked are found again."""
    client = settled()
    first = make(client, "an owner of old")
    make(client, "a", first)
    client.settle()
    client.remove(MAPS, "n", "an owner of old")
    client.settle()
    assert [] == names(client)


def test_dependents_held_by_finalizers_are_left_alone() -> None:
    """What is being deleted already is not deleted again."""
    client = settled()
    first = make(client, "owner")
    make(client, "a", first, finalizers=["example.com/hold"])
    client.remove(MAPS, "n", "owner")
    client.settle()
    written = len(client.writes)
    client.update(MAPS, {**client.list(MAPS)[0], "data": {"k": "v"}}, manager="test")
    client.settle()
    assert written + 1 == len(client.writes)


def test_nothing_is_written_for_those_without_owners() -> None:
    """Objects without owners cost no writes."""
    client = settled()
    make(client, "a")
    client.settle()
    assert [("create", MAPS, "a")] == client.writes
