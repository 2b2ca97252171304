"""Endpoints and addresses in memory: pods that differ, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox.controllers import network
from helmlite.sandbox.objects import Obj
from tests.sandbox.memory_client import MemoryClient


def serve(client: MemoryClient, name: str = "web", **spec: Any) -> Obj:
    """Create a Service for pods of ``app: web``, let all settle, and return it."""
    whole = {
        "selector": {"app": "web"},
        "clusterIP": "10.96.1.1",
        "ports": [{"port": 80, "targetPort": "http"}],
        **spec,
    }
    made = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "n"}, "spec": whole}
    client.create("services", made, manager="test")
    client.settle(network.CONTROLLERS)
    return client.list("services")[0]


def pod(client: MemoryClient, name: str, port: int = 8080, *, ready: bool = True, **spec: Any) -> None:
    """Create a pod of ``app: web``."""
    ports = [{"name": "http", "containerPort": port}]
    status = {"podIP": f"10.0.0.{len(client.list('pods')) + 1}", "phase": "Running"}
    made = {
        "metadata": {"name": name, "namespace": "n", "labels": {"app": "web"}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "c", "ports": ports}], **spec},
        "status": {**status, "conditions": [{"type": "Ready", "status": str(ready)}]},
    }
    client.create("pods", made, manager="test")


def slices(client: MemoryClient) -> list[tuple[list[int], list[str]]]:
    """Return ports and pods of each slice."""
    return [
        ([port["port"] for port in each["ports"] or ()], [one["targetRef"]["name"] for one in each["endpoints"] or ()])
        for each in client.list(network.SLICES)
    ]


def test_a_pod_without_the_port_is_no_endpoint() -> None:
    """Endpoints leave out a pod that has no port of the name; its slice has no port."""
    client = MemoryClient()
    pod(client, "a")
    serve(client, ports=[{"port": 80, "targetPort": "metrics"}])
    assert [([], ["a"])] == slices(client)
    assert "subsets" not in client.list("endpoints")[0]


@pytest.mark.parametrize(("all_ready", "place"), [(False, "notReadyAddresses"), (True, "addresses")])
def test_pods_that_are_not_ready(all_ready: bool, place: str) -> None:
    """They are told of as such, unless the Service publishes them all the same."""
    client = MemoryClient()
    pod(client, "a", ready=False)
    serve(client, publishNotReadyAddresses=all_ready)
    assert [place] == [each for each in client.list("endpoints")[0]["subsets"][0] if each != "ports"]
    assert all_ready == client.list(network.SLICES)[0]["endpoints"][0]["conditions"]["ready"]


def test_pods_of_the_service_have_hostnames() -> None:
    """A pod whose subdomain is the Service has a hostname there."""
    client = MemoryClient()
    pod(client, "a", hostname="web-0", subdomain="web")
    serve(client)
    assert "web-0" == client.list(network.SLICES)[0]["endpoints"][0]["hostname"]


def test_nothing_new_is_not_written() -> None:
    """A change that concerns no endpoint costs no write."""
    client = MemoryClient()
    pod(client, "a")
    serve(client)
    client.writes.clear()
    client.update("pods", {**client.list("pods")[0], "extra": True}, manager="test")
    client.settle()
    assert [("update", "pods", "a")] == client.writes


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, {"ingress": [{"ip": "10.97.1.1", "ipMode": "VIP"}]}),
        ({"loadBalancerIP": "192.0.2.7"}, {"ingress": [{"ip": "192.0.2.7", "ipMode": "VIP"}]}),
        ({"loadBalancerClass": "example.com/other"}, {}),
    ],
    ids=["own", "asked", "class"],
)
def test_load_balancers_have_addresses(spec: dict[str, Any], expected: dict[str, Any]) -> None:
    """A load balancer's address follows from its Service's, or is the one asked for; another class is left alone."""
    assert expected == serve(MemoryClient(), type="LoadBalancer", **spec)["status"]["loadBalancer"]


def test_what_is_no_load_balancer_any_more() -> None:
    """A Service that is no load balancer any longer loses the address."""
    client = MemoryClient()
    made = serve(client, type="LoadBalancer")
    client.update("services", {**made, "spec": {**made["spec"], "type": "ClusterIP"}}, manager="test")
    client.settle()
    assert {} == client.list("services")[0]["status"]["loadBalancer"]
