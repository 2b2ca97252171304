"""Helmlite and the real Helm on the same releases, in both directions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.helm, pytest.mark.kubectl]

Run = Callable[..., Any]


@pytest.mark.parametrize("chart", ["plain", "shop"])
def test_helm_reads_and_removes_what_helmlite_made(
    helmlite: Run, helm: Run, kube: Run, charts: Path, namespace: str, chart: str
) -> None:
    """Helm lists, shows, rolls back and uninstalls a release that helmlite made and upgraded."""
    helmlite("install", "web", str(charts / chart))
    helmlite("upgrade", "web", str(charts / chart), "--force-revision", "--description", "second")
    listed = json.loads(helm("list", "-n", namespace, "-o", "json").stdout)
    assert [("web", "2", "deployed")] == [(each["name"], each["revision"], each["status"]) for each in listed]
    history = json.loads(helm("history", "web", "-n", namespace, "-o", "json").stdout)
    assert ["superseded", "deployed"] == [each["status"] for each in history]
    assert "second" == history[-1]["description"]
    assert "STATUS: deployed" in helm("status", "web", "-n", namespace).stdout
    assert "MANIFEST:" in helm("get", "all", "web", "-n", namespace).stdout
    assert (
        helmlite("get", "manifest", "web").stdout.strip()
        == helm("get", "manifest", "web", "-n", namespace).stdout.strip()
    )
    helm("rollback", "web", "1", "-n", namespace)
    assert ["superseded", "superseded", "deployed"] == [
        each["status"] for each in json.loads(helmlite("history", "web", "-o", "json").stdout)
    ]
    helm("uninstall", "web", "-n", namespace, "--wait")
    assert [] == json.loads(helmlite("list", "-o", "json").stdout)
    assert [] == kube("deployments,services")["items"]


@pytest.mark.parametrize("server_side", ["true", "false"])
def test_helmlite_takes_over_from_helm(
    helmlite: Run, helm: Run, kube: Run, charts: Path, namespace: str, server_side: str
) -> None:
    """All verbs work on a release that Helm made, by server-side or client-side apply, without conflicts."""
    plain = str(charts / "plain")
    helm("install", "web", plain, "-n", namespace, f"--server-side={server_side}")
    assert "deployed" in helmlite("list").stdout
    assert "STATUS: deployed" in helmlite("status", "web").stdout
    assert "MANIFEST:" in helmlite("get", "all", "web").stdout
    helmlite("upgrade", "web", plain, "--force-revision")
    managers = {
        (each["manager"], each["operation"])
        for each in kube("deployment", "plain-web", "--show-managed-fields")["metadata"]["managedFields"]
        if each["manager"] == "helm"
    }
    assert {("helm", "Apply")} == managers
    helmlite("rollback", "web", "1")
    helmlite("uninstall", "web", "--wait")
    assert [] == kube("deployments,services")["items"]


def test_the_two_tools_alternate(helmlite: Run, helm: Run, charts: Path, namespace: str) -> None:
    """Upgrades by turns leave a history without gaps."""
    plain = str(charts / "plain")
    helmlite("install", "web", plain)
    helm("upgrade", "web", plain, "-n", namespace)
    helmlite("upgrade", "web", plain, "--force-revision")
    helm("upgrade", "web", plain, "-n", namespace)
    helmlite("rollback", "web", "2")
    history = json.loads(helm("history", "web", "-n", namespace, "-o", "json").stdout)
    assert [1, 2, 3, 4, 5] == [each["revision"] for each in history]
    assert ["superseded"] * 4 + ["deployed"] == [each["status"] for each in history]


def test_helmlite_works_on_a_helm_create_chart(
    helmlite: Run, helm: Run, charts: Path, namespace: str, tmp_path: Path
) -> None:
    """Every verb but upgrade works on a release of Helm's own starter chart."""
    helm("create", str(tmp_path / "starter"))
    helm("install", "web", str(tmp_path / "starter"), "-n", namespace)
    helm("upgrade", "web", str(tmp_path / "starter"), "-n", namespace, "--set", "replicaCount=2")
    assert "starter-0.1.0" in helmlite("list").stdout
    assert "TEST SUITE" not in helmlite("status", "web").stdout  # its test has never run
    assert "replicaCount: 2" in helmlite("get", "values", "web").stdout
    helmlite("rollback", "web")
    assert "Rollback to 1" in helmlite("history", "web").stdout
    helmlite("uninstall", "web", "--wait")
    assert [] == json.loads(helm("list", "-n", namespace, "-o", "json").stdout)
