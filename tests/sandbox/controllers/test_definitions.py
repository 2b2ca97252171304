"""CustomResourceDefinitions in memory: when their names become free."""

from __future__ import annotations

from helmlite.sandbox import custom
from helmlite.sandbox.controllers import definitions
from helmlite.sandbox.kinds import CRDS
from tests.contract.definitions import definition
from tests.sandbox.memory_client import MemoryClient


def reason(client: MemoryClient, name: str) -> str:
    """Return why a definition is established, or is not."""
    found = client.get(CRDS, "", name)
    assert found is not None
    return next(str(each["reason"]) for each in found["status"]["conditions"] if each["type"] == "Established")


def test_names_become_free() -> None:
    """A definition is established once the one is gone that had its names."""
    client = MemoryClient()
    for plural in ("widgets", "gadgets"):
        crd = definition(plural=plural, group="a.example")
        custom.default_crd(crd)
        client.create(CRDS, crd, manager="test")
        client.settle(definitions.CONTROLLERS)
    assert "InitialNamesAccepted" == reason(client, "widgets.a.example")
    assert "NotAccepted" == reason(client, "gadgets.a.example")
    client.delete(CRDS, "", "widgets.a.example")
    client.settle(definitions.CONTROLLERS)
    assert "InitialNamesAccepted" == reason(client, "gadgets.a.example")


def test_a_large_definition_ends_in_steps() -> None:
    """Objects of a definition that is deleted go, however many there are."""
    client = MemoryClient()
    for number in range(definitions.STEP + 1):
        thing = {"kind": "Thing", "metadata": {"name": f"a{number}", "namespace": "n"}}
        client.create("things.example.com", thing, manager="test")
    metadata = {
        "name": "things.example.com",
        "deletionTimestamp": "2026-01-01T00:00:00Z",
        "finalizers": [definitions.CLEANUP],
    }
    spec = {"group": "example.com", "names": {"kind": "Thing"}}
    made = {"kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}
    client.create(CRDS, made, manager="test")
    client.settle(definitions.CONTROLLERS)
    client.advance(1)
    assert [] == client.list("things.example.com")
    assert [] == client.list(CRDS)
