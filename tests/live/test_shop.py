"""The main job, whole: ``shop`` through its life on a real API server."""

from __future__ import annotations

import json
from collections.abc import Callable
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


def test_services_have_their_pods(helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path) -> None:
    """Every Service of shop has as many ready endpoints as it has pods."""
    helmlite("install", "shop", str(charts / "shop"), "--wait", "--timeout", "60s")
    slices = kube("endpointslices")["items"]
    ready: dict[str, int] = {}
    for each in slices:
        name = each["metadata"]["labels"]["kubernetes.io/service-name"]
        addresses = [one for one in each.get("endpoints") or [] if one["conditions"].get("ready")]
        ready[name] = ready.get(name, 0) + len(addresses)
    assert {"shop-web": 2, "shop-api": 2, "shop-postgresql": 1, "shop-redis": 1} == ready


def test_an_upgrade_that_changes_nothing_makes_no_revision(
    helmlite: Callable[..., Any], kube: Callable[..., Any], charts: Path
) -> None:
    """The same chart and values again write nothing and say so."""
    shop = str(charts / "shop")
    helmlite("install", "shop", shop)
    before = {each["metadata"]["uid"]: each["metadata"]["resourceVersion"] for each in kube("secrets,configmaps")["items"]}
    again = helmlite("upgrade", "shop", shop)
    assert "unchanged" in again.stdout
    after = {each["metadata"]["uid"]: each["metadata"]["resourceVersion"] for each in kube("secrets,configmaps")["items"]}
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
