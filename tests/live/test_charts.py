"""Every example chart through its life on an API server: with its defaults, then with values that change much of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from helmlite.kube.cluster import Cluster
from helmlite.manifest.identity import GroupVersionKind
from tests.live.snapshot import differences, settled, snapshot
from tests.references import Obj, label, unresolved

pytestmark = [pytest.mark.cluster, pytest.mark.pods]

CHARTS = Path(__file__).resolve().parents[2] / "charts"
VALUES = Path(__file__).resolve().parents[1] / "charts" / "values"
UPGRADES: Mapping[str, Sequence[str]] = {
    "hello": ("--set", "replicas=2,greeting=Good morning,service.type=NodePort"),
    "plain": ("--set", "note=changed"),
    "shop": ("--set", "image.tag=4f2c1aa,web.replicas=3,worker.queues={orders,mails,slow}"),
    "ingress-nginx": (
        *("--set", "controller.kind=DaemonSet,controller.metrics.enabled=true,controller.networkPolicy.enabled=true"),
        *("--set", "defaultBackend.enabled=true,defaultBackend.replicaCount=2,controller.service.type=NodePort"),
        *("--set", "controller.service.internal.enabled=true,controller.config.use-gzip=true"),
        *("--set", "controller.addHeaders.X-Frame-Options=DENY,controller.ingressClassResource.default=true"),
        *("--set-json", 'tcp={"5432": "shop/shop-postgresql:5432"}'),
    ),
    "postgresql": (
        *("--set", "architecture=replication,readReplicas.replicaCount=2,auth.username=shop,auth.database=shop"),
        *("--set", "metrics.enabled=true,primary.parameters.max_connections=200,backup.enabled=true"),
    ),
    "prometheus": (
        *("--set", "server.statefulSet.enabled=true,server.replicaCount=2,server.retention=30d"),
        *("--set", "server.podDisruptionBudget.enabled=true,alertmanager.replicaCount=2"),
    ),
}
"""What each chart is upgraded with."""
SHARED = {"ingress-nginx": "controller.ingressClassResource.name"}
"""The value that names an object of the whole cluster, where tests that run at the same time would meet."""
UNCHANGED = {"plain"}
"""Charts whose manifest does not depend on values."""


def installable() -> list[str]:
    """Return the names of the example charts that are not libraries."""
    found: dict[str, Any] = {
        each.parent.name: documents.read(each.read_text(encoding="utf-8")).data for each in CHARTS.glob("*/Chart.yaml")
    }
    return sorted(name for name, metadata in found.items() if metadata.get("type") != "library")


def apart(chart: str, unique: str) -> list[str]:
    """Return the flags that keep a release apart from others of its chart in the same cluster."""
    return ["--set", f"{SHARED[chart]}=test-{unique}"] if chart in SHARED else []


def finder(cluster: Cluster, namespace: str) -> Callable[[str, str], Obj | None]:
    """Return a function that finds an object of the namespace, or of the cluster, by kind and name."""
    kinds = {
        each.gvk.kind: each
        for each in cluster.capabilities().kinds.values()
        if "get" in each.verbs and not each.gvk.group.startswith("metrics.")
    }
    return lambda kind, name: cluster.get(kinds[kind], namespace if kinds[kind].namespaced else None, name)


def live(cluster: Cluster, namespace: str, body: Obj) -> Obj | None:
    """Return a manifest's object as the cluster has it."""
    kind = cluster.capabilities().served(GroupVersionKind.of(body))
    assert kind is not None, label(body)
    place = body["metadata"].get("namespace", namespace) if kind.namespaced else None
    return cluster.get(kind, place, body["metadata"]["name"])


def unready(cluster: Cluster, namespace: str, objects: Sequence[Obj]) -> list[str]:
    """Return the workloads that have fewer ready pods than they want, or none."""
    found = []
    for body in objects:
        if body["kind"] in ("Deployment", "StatefulSet", "DaemonSet"):
            there = live(cluster, namespace, body) or {}
            status = there.get("status", {})
            wanted = there.get("spec", {}).get("replicas", status.get("desiredNumberScheduled", 0))
            ready = status.get("readyReplicas", status.get("numberReady", 0))
            if not ready == wanted > 0:
                found.append(f"{label(body)}: {ready} of {wanted} pods are ready")
    return found


def claims_that_stay(objects: Sequence[Obj]) -> list[str]:
    """Return what the names of claims begin with that outlive their StatefulSet."""
    return [
        f"{claim['metadata']['name']}-{body['metadata']['name']}-"
        for body in objects
        if body["kind"] == "StatefulSet"
        for claim in body["spec"].get("volumeClaimTemplates") or ()
    ]


def test_every_chart_has_values_for_an_upgrade() -> None:
    """The table of this file names the charts that there are."""
    assert sorted(UPGRADES) == installable()


@pytest.mark.parametrize("chart", installable())
def test_a_chart_through_its_life(
    helmlite: Callable[..., Any], cluster: Cluster, namespace: str, unique: str, chart: str
) -> None:
    """It installs, upgrades and rolls back without a warning, all ready, all references resolved; then all is gone."""
    release, path = f"{chart[:20]}-{unique}", str(CHARTS / chart)
    before = settled(cluster, namespace)

    def run(*words: str) -> list[Any]:
        """Run a command that changes the release, check what is there then, return the manifest's objects."""
        done = helmlite(*words, "--wait", "--timeout", "90s")
        assert "warning" not in (done.stdout + done.stderr).lower(), done.stderr
        texts = documents.read_all(helmlite("get", "manifest", release).stdout)
        objects: list[Any] = [each.data for each in texts if each.data]
        assert [] == [label(each) for each in objects if live(cluster, namespace, each) is None]
        assert [] == unready(cluster, namespace, objects)
        assert [] == unresolved(objects, finder(cluster, namespace))
        return objects

    first = run("install", release, path, *apart(chart, unique))
    second = run("upgrade", release, path, *UPGRADES[chart], *apart(chart, unique))
    assert (first == second) == (chart in UNCHANGED)
    assert first == run("rollback", release, "1")

    done = helmlite("uninstall", release, "--wait", "--timeout", "90s")
    assert "warning" not in (done.stdout + done.stderr).lower(), done.stderr
    assert [] == [label(each) for each in [*first, *second] if live(cluster, namespace, each) is not None]
    kept = tuple(claims_that_stay([*first, *second]))
    assert "" == differences(
        before,
        lambda: [each for each in snapshot(cluster, namespace) if not each["metadata"]["name"].startswith(kept)],
        seconds=60,
    )


@pytest.mark.parametrize("values", sorted(VALUES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_server_takes_every_golden_case(helmlite: Callable[..., Any], unique: str, values: Path) -> None:
    """A dry run on the server gives no error and no warning, with values of every kind."""
    chart = next(each for each in installable() if values.stem.startswith(f"{each}-"))
    flags = ["-f", str(values), *apart(chart, unique)]
    done = helmlite("install", f"case-{unique}", str(CHARTS / chart), *flags, "--dry-run=server")
    assert "warning" not in done.stderr.lower(), done.stderr
