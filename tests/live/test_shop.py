"""The main job, whole: ``shop`` through its life on a real API server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]


def test_shop_through_its_life(helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path) -> None:
    """Shop is installed, upgraded, rolled back, looked at, uninstalled, and installed again at once."""
    shop = str(charts / "shop")
    installed = helmlite("install", "shop", shop, "--wait", "--timeout", "60s")
    assert "Warning" not in installed.stderr
    assert "STATUS: deployed" in installed.stdout
    tags = {each["spec"]["template"]["spec"]["containers"][0]["image"] for each in kube("deployments")["items"]}
    assert "ghcr.io/example/shop-web:2026.11.0" in tags

    helmlite("upgrade", "shop", shop, "--wait", "--timeout", "60s", "--set", "image.tag=4f2c1aa")
    web = kube("deployment", "shop-web")
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "ghcr.io/example/shop-web:4f2c1aa"

    helmlite("rollback", "shop", "1", "--wait", "--timeout", "60s")
    web = kube("deployment", "shop-web")
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "ghcr.io/example/shop-web:2026.11.0"

    listed = json.loads(helmlite("list", "-o", "json").stdout)
    assert [("shop", "3", "deployed")] == [(each["name"], each["revision"], each["status"]) for each in listed]
    revisions = json.loads(helmlite("history", "shop", "-o", "json").stdout)
    assert ["superseded", "superseded", "deployed"] == [each["status"] for each in revisions]
    assert "Rollback to 1" == revisions[-1]["description"]
    assert "shop-web" in helmlite("status", "shop").stdout
    assert "4f2c1aa" in helmlite("get", "values", "shop", "--revision", "2").stdout

    helmlite("uninstall", "shop", "--wait", "--timeout", "60s")
    helmlite("install", "shop", shop, "--wait", "--timeout", "60s")
    helmlite("uninstall", "shop", "--wait", "--timeout", "60s")
    left = kube("all,configmaps,secrets,persistentvolumeclaims,ingresses,serviceaccounts,leases")["items"]
    names = {f"{each['kind']}/{each['metadata']['name']}" for each in left}
    assert {"ConfigMap/kube-root-ca.crt", "ServiceAccount/default"} >= names


def ready_endpoints(kube: Callable[..., Any]) -> dict[str, int]:
    """Return how many ready endpoints each Service has."""
    ready: dict[str, int] = {}
    for each in kube("endpointslices")["items"]:
        name = each["metadata"]["labels"]["kubernetes.io/service-name"]
        addresses = [one for one in each.get("endpoints") or [] if one["conditions"].get("ready")]
        ready[name] = ready.get(name, 0) + len(addresses)
    return ready


def test_services_have_their_pods(helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path) -> None:
    """Every Service of shop has as many ready endpoints as it has pods (the cluster writes them a moment later)."""
    helmlite("install", "shop", str(charts / "shop"), "--wait", "--timeout", "60s")
    expected = {"shop-web": 2, "shop-api": 2, "shop-postgresql": 1, "shop-redis": 1}
    end = time.monotonic() + 20
    while ready_endpoints(kube) != expected and time.monotonic() < end:
        time.sleep(0.5)
    assert expected == ready_endpoints(kube)


def named(value: Any, kind: str, key: str) -> Iterator[str]:
    """Yield the names that ``kind: {key: NAME}`` gives anywhere in an object, but for optional references."""
    if isinstance(value, dict):
        found = value.get(kind)
        if isinstance(found, dict) and key in found and not found.get("optional"):
            yield found[key]
        for each in value.values():
            yield from named(each, kind, key)
    elif isinstance(value, list):
        for each in value:
            yield from named(each, kind, key)


def test_every_reference_resolves(helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path) -> None:
    """ConfigMaps, Secrets and keys in env, volumes, claims, service accounts and Ingress backends all exist."""
    done = helmlite("install", "shop", str(charts / "shop"), "--wait", "--timeout", "60s")
    assert "warning" not in done.stderr.lower()
    users = kube("deployments,statefulsets,ingresses")["items"]
    there = {
        kind: {each["metadata"]["name"]: each for each in kube(kind)["items"]}
        for kind in ("configmaps", "secrets", "persistentvolumeclaims", "services", "serviceaccounts")
    }
    for kind, reference, key in (
        ("configmaps", "configMapRef", "name"),
        ("configmaps", "configMapKeyRef", "name"),
        ("configmaps", "configMap", "name"),
        ("secrets", "secretRef", "name"),
        ("secrets", "secretKeyRef", "name"),
        ("secrets", "secret", "secretName"),
        ("persistentvolumeclaims", "persistentVolumeClaim", "claimName"),
        ("services", "service", "name"),
    ):
        assert set(named(users, reference, key)) <= set(there[kind]), reference
    for kind, reference in (("configmaps", "configMapKeyRef"), ("secrets", "secretKeyRef")):
        keys = zip(named(users, reference, "name"), named(users, reference, "key"), strict=True)
        assert all(key in there[kind][name]["data"] for name, key in keys)
    accounts = {
        each["spec"]["template"]["spec"].get("serviceAccountName", "default")
        for each in users
        if "template" in each["spec"]
    }
    assert accounts <= set(there["serviceaccounts"])


def test_an_upgrade_that_changes_nothing_makes_no_revision(
    helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path
) -> None:
    """The same chart and values again write nothing and say so."""
    shop = str(charts / "shop")
    helmlite("install", "shop", shop)
    before = {
        each["metadata"]["uid"]: each["metadata"]["resourceVersion"] for each in kube("secrets,configmaps")["items"]
    }
    again = helmlite("upgrade", "shop", shop)
    assert "unchanged" in again.stdout
    after = {
        each["metadata"]["uid"]: each["metadata"]["resourceVersion"] for each in kube("secrets,configmaps")["items"]
    }
    assert before == after


@pytest.mark.parametrize("service_type", ["ClusterIP", "NodePort", "LoadBalancer"])
def test_service_types_become_ready(
    helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path, service_type: str
) -> None:
    """Every Service type that selects pods is accepted and becomes ready."""
    flags = [f"--set={part}.service.type={service_type}" for part in ("web", "api", "redis", "postgresql")]
    helmlite("install", "shop", str(charts / "shop"), "--wait", "--timeout", "60s", *flags)
    assert {service_type} == {each["spec"]["type"] for each in kube("services")["items"]}


def test_an_external_name_becomes_ready(helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path) -> None:
    """A Service of type ExternalName points where the values say."""
    flags = ["--set=redis.service.type=ExternalName", "--set=redis.service.externalName=redis.example.com"]
    helmlite("install", "shop", str(charts / "shop"), "--wait", "--timeout", "60s", *flags)
    assert "redis.example.com" == kube("service", "shop-redis")["spec"]["externalName"]


@pytest.mark.parametrize("mode", ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"])
def test_access_modes_are_accepted(
    helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path, mode: str
) -> None:
    """Every access mode of a claim is reachable through values."""
    helmlite("install", "shop", str(charts / "shop"), "--set", f"postgresql.storage.accessMode={mode}")
    assert [mode] == kube("pvc", "shop-postgresql")["spec"]["accessModes"]
