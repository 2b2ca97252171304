"""Namespaces in memory: large ones, and the order of their end."""

from __future__ import annotations

from typing import Any

from helmlite.sandbox.controllers import definitions, namespaces
from helmlite.sandbox.objects import Obj
from tests.sandbox.memory_client import MemoryClient

NOW = "2026-01-01T00:00:00Z"


def ending(client: MemoryClient) -> None:
    """Create a namespace that is being deleted, and that stays for us to see."""
    metadata = {"name": "n", "deletionTimestamp": NOW, "finalizers": ["example.com/seen"]}
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": {"finalizers": ["kubernetes"]}}
    client.create("namespaces", made, manager="test")


def put(client: MemoryClient, resource: str, name: str, **metadata: Any) -> Obj:
    """Create an object in the namespace."""
    made = {"kind": "Any", "metadata": {"name": name, "namespace": "n", **metadata}, "spec": {}}
    return client.create(resource, made, manager="test")


def test_a_large_namespace_ends_in_steps() -> None:
    """No step deletes more than so many objects, and all are deleted."""
    client = MemoryClient()
    for number in range(2 * definitions.STEP + 1):
        put(client, "configmaps", f"a{number}")
    ending(client)
    controller = next(each for each in namespaces.CONTROLLERS if each.name == "namespace-end")
    controller.reconcile(client, "", "n")
    assert definitions.STEP + 1 == len(client.list("configmaps"))
    client.settle(namespaces.CONTROLLERS)
    assert [] == client.list("configmaps")
    assert [] == client.list("namespaces")[0]["spec"]["finalizers"]


def test_pods_end_first() -> None:
    """What pods may need stays until they are gone."""
    client = MemoryClient()
    put(client, "configmaps", "a")
    put(client, "pods", "p", finalizers=["example.com/hold"])
    ending(client)
    client.settle(namespaces.CONTROLLERS)
    assert 1 == len(client.list("configmaps"))
    client.remove("pods", "n", "p")
    client.settle()
    assert [] == client.list("configmaps")


def test_an_ending_namespace_gets_nothing() -> None:
    """A namespace that is being deleted gets no service account."""
    client = MemoryClient()
    ending(client)
    put(client, "configmaps", "a", finalizers=["example.com/hold"])
    client.settle(namespaces.CONTROLLERS)
    assert [] == client.list("serviceaccounts")


def test_a_wait_is_told_once() -> None:
    """The conditions of a namespace that waits are written once, and their times stand."""
    client = MemoryClient()
    put(client, "configmaps", "a", finalizers=["example.com/hold"])
    ending(client)
    client.settle(namespaces.CONTROLLERS)
    before = client.list("namespaces")[0]
    assert 3 == len(before["status"]["conditions"])
    client.advance(60)
    client.update("configmaps", {**client.list("configmaps")[0], "data": {"k": "v"}}, manager="test")
    client.settle()
    assert before == client.list("namespaces")[0]


def test_the_authority_is_copied() -> None:
    """A namespace gets the certificate that the server was begun with."""
    client = MemoryClient()
    client.create("configmaps", namespaces.authority("PEM"), manager="test")
    client.create("namespaces", {"kind": "Namespace", "metadata": {"name": "n"}}, manager="test")
    client.settle(namespaces.CONTROLLERS)
    found = client.get("configmaps", "n", "kube-root-ca.crt")
    assert found is not None
    assert {"ca.crt": "PEM"} == found["data"]
