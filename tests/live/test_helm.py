"""The real helm on its own starter chart, on charts with hooks and with CustomResourceDefinitions."""

from __future__ import annotations

import json
import re
import shlex
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents

pytestmark = [pytest.mark.cluster, pytest.mark.helm, pytest.mark.kubectl]
Run = Callable[..., str]
WAITING = "--wait --timeout 20s"


@pytest.fixture(scope="session")
def helm_in(helm: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a function that runs a line of helm in a namespace, where STARTER is what ``helm create`` makes.

    It returns all that was printed, and fails where the exit code is another than ``exits``.
    """
    starter = tmp_path_factory.mktemp("charts") / "starter"
    helm("create", str(starter))

    def run(namespace: str, line: str, *, exits: int = 0) -> str:
        done = helm("--namespace", namespace, *shlex.split(line.replace("STARTER", str(starter))), check=False)
        said = f"{done.stdout}{done.stderr}".strip()
        assert exits == done.returncode, f"helm {line} exited {done.returncode}:\n{said}"
        return said

    return run


@pytest.fixture
def run(helm_in: Run, namespace: str) -> Run:
    """Return a function that runs a line of helm in the test's namespace."""
    return partial(helm_in, namespace)


@pytest.fixture(scope="module")
def web(helm_in: Run, kubectl_in: Run) -> Iterator[Run]:
    """Return a function that runs helm where release web has two revisions; its tests change nothing there."""
    namespace = f"web-{uuid.uuid4().hex[:8]}"
    made = partial(helm_in, namespace)
    made("install web STARTER --create-namespace --labels tier=front")
    made(f"upgrade web STARTER --set replicaCount=2 {WAITING}")
    yield made
    made("uninstall web")
    kubectl_in("default", f"delete namespace {namespace} --wait=false")


def statuses(run: Run, name: str) -> list[str]:
    """Return the status of each revision of a release."""
    return [each["status"] for each in json.loads(run(f"history {name} -o json"))]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("list", r"\nweb\s+web-\w+\s+2\s+.*\sdeployed\s+starter-0.1.0\s+1.16.0", id="list"),
        pytest.param("list --selector tier=front --short", r"^web$", id="list-selected"),
        pytest.param("list --selector tier=back --short", r"^$", id="list-none"),
        pytest.param("list --all-namespaces --filter ^web$", r"\nweb\s+web-\w+\s+2\s", id="list-all-namespaces"),
        pytest.param("status web", r"\nSTATUS: deployed\nREVISION: 2\n", id="status"),
        pytest.param("status web --revision 1", r"\nSTATUS: superseded\nREVISION: 1\n", id="status-before"),
        pytest.param(
            "history web",
            r"\n1\s.*\ssuperseded\s.*\sInstall complete *\n2\s.*\sdeployed\s.*\sUpgrade complete",
            id="history",
        ),
        pytest.param(
            "get all web",
            r"(?s)USER-SUPPLIED VALUES:\nreplicaCount: 2\n.*\nHOOKS:\n.*\nMANIFEST:\n.*\nNOTES:\n",
            id="all",
        ),
        pytest.param("get metadata web", r"\nAPPLY_METHOD: server-side apply", id="metadata"),
        pytest.param("get values web --all", r"\nreplicaCount: 2\n", id="values"),
        pytest.param("upgrade web STARTER --dry-run=server --set replicaCount=7", r"\n  replicas: 7\n", id="dry-run"),
        pytest.param("template web STARTER --dry-run=server", r"\nkind: Deployment\n", id="template"),
    ],
)
def test_it_shows(web: Run, line: str, expected: str) -> None:
    """A line that changes nothing prints what it should."""
    assert re.search(expected, web(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("install web STARTER", "cannot reuse a name that is still in use"),
        ("install other STARTER --namespace nowhere", 'namespaces "nowhere" not found'),
        ("upgrade other STARTER", '"other" has no deployed releases'),
        ("rollback web 9", "release has no 9 version"),
        ("uninstall other", "release: not found"),
        ("install other STARTER --dry-run=server --set fullnameOverride=web-starter", "exists and cannot be imported"),
    ],
    ids=["name-in-use", "no-namespace", "nothing-to-upgrade", "no-revision", "no-release", "of-another"],
)
def test_it_fails(web: Run, line: str, expected: str) -> None:
    """A line that cannot succeed exits 1 and says why."""
    assert expected in web(line, exits=1)


@pytest.mark.parametrize("server_side", ["true", "false"])
def test_the_starter_chart_through_its_life(run: Run, kubectl: Run, server_side: str) -> None:
    """It is installed, upgraded, rolled back and uninstalled, by server-side and by client-side apply."""
    apply = f"--server-side={server_side} {WAITING}"
    run(f"install web STARTER {apply}")
    run(f"upgrade web STARTER --set replicaCount=2 --set ingress.enabled=true {apply}")
    assert "2" == kubectl("get deployment web-starter -o jsonpath={.status.readyReplicas}")
    assert "ingress.networking.k8s.io/web-starter" == kubectl("get ingresses -o name")
    run(f"rollback web 1 {apply}")
    assert "1" == kubectl("get deployment web-starter -o jsonpath={.spec.replicas}")
    assert ["superseded", "superseded", "deployed"] == statuses(run, "web")
    run(f"uninstall web {WAITING}")
    assert "No resources found" in kubectl("get all,ingress,serviceaccount,secret -l app.kubernetes.io/instance=web")


def test_its_test_runs(run: Run) -> None:
    """``helm test`` runs the chart's test pod to its end."""
    run("install web STARTER")
    assert "Succeeded" in run("test web --timeout 20s")


def test_upgrade_installs(run: Run) -> None:
    """``helm upgrade --install`` makes a release where there is none."""
    run("upgrade web STARTER --install")
    assert ["deployed"] == statuses(run, "web")


def test_a_dry_run_makes_nothing(run: Run, kubectl: Run) -> None:
    """``--dry-run=server`` leaves no object and no release."""
    run("install web STARTER --dry-run=server")
    assert "No resources found" in kubectl("get all,secrets")


@pytest.mark.pods
def test_a_failed_upgrade_is_rolled_back(run: Run, kubectl: Run) -> None:
    """An upgrade whose pods crash ends after its time, and --rollback-on-failure returns to what ran."""
    run(f"install web STARTER {WAITING}")
    crash = r"podAnnotations.test\.helmlite\.dev/pod=crash-loop"
    said = run(f"upgrade web STARTER --set '{crash}' --wait --timeout 1500ms --rollback-on-failure", exits=1)
    assert "has been rolled back due to rollback-on-failure" in said
    assert ["superseded", "failed", "deployed"] == statuses(run, "web")
    assert "1" == kubectl("get deployment web-starter -o jsonpath={.status.readyReplicas}")


def test_a_conflict_is_named_and_forced(run: Run, kubectl: Run) -> None:
    """A field that another manager owns fails an upgrade, unless conflicts are forced."""
    run("install web STARTER")
    theirs = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web-starter"}}
    body = documents.write({**theirs, "spec": {"replicas": 3}})
    kubectl("apply --server-side --field-manager=them --force-conflicts -f -", stdin=body)
    said = run("upgrade web STARTER --set replicaCount=2", exits=1)
    assert 'Apply failed with 1 conflict: conflict with "them": .spec.replicas' in said
    run("upgrade web STARTER --set replicaCount=2 --force-conflicts")
    assert "2" == kubectl("get deployment web-starter -o jsonpath={.spec.replicas}")


def test_kept_history_can_be_returned_to(run: Run) -> None:
    """A release that was uninstalled with --keep-history is listed as such, and rolled back to life."""
    run("install web STARTER")
    run("uninstall web --keep-history")
    assert "web" == run("list --uninstalled --short")
    run("rollback web 1")
    assert "web" == run("list --short")


def test_history_is_limited(run: Run) -> None:
    """Revisions beyond --history-max are deleted."""
    run("install web STARTER")
    for _ in range(3):
        run("upgrade web STARTER --history-max 2")
    assert 2 == len(statuses(run, "web"))


def test_releases_can_be_kept_in_config_maps(run: Run, kubectl: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """HELM_DRIVER=configmap stores records as ConfigMaps."""
    monkeypatch.setenv("HELM_DRIVER", "configmap")
    run("install web STARTER")
    assert "configmap/sh.helm.release.v1.web.v1" == kubectl("get configmaps -l owner=helm -o name")


@pytest.fixture
def chart(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a chart of these objects, with CustomResourceDefinitions in ``crds``."""

    def made(*bodies: Mapping[str, Any], crds: str = "") -> Path:
        for folder in ("crds", "templates"):
            (tmp_path / "extra" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "extra" / "Chart.yaml").write_text("apiVersion: v2\nname: extra\nversion: 1.0.0\n")
        (tmp_path / "extra" / "templates" / "all.yaml").write_text(documents.write_all(bodies))
        if crds:
            (tmp_path / "extra" / "crds" / "all.yaml").write_text(crds)
        return tmp_path / "extra"

    return made


def hook(event: str, **annotations: str) -> Mapping[str, Any]:
    """Return a Job that is a hook."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.example.com/app:1"}]}
    spec = {"backoffLimit": 0, "template": {"metadata": {"annotations": annotations}, "spec": pod}}
    metadata = {"name": event, "annotations": {"helm.sh/hook": event}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def test_hooks_run_to_their_end(run: Run, kubectl: Run, chart: Callable[..., Path]) -> None:
    """Hook Jobs complete before and after what the chart installs."""
    run(f"install extra {chart(hook('pre-install'), hook('post-install'))} --timeout 20s")
    assert "1 1" == kubectl("get jobs -o jsonpath={.items[*].status.succeeded}")


@pytest.mark.pods
def test_a_hook_that_fails_ends_an_install(run: Run, chart: Callable[..., Path]) -> None:
    """A hook Job that fails is named, and the release has failed."""
    made = chart(hook("pre-install", **{"test.helmlite.dev/pod": "failed"}))
    assert "failed pre-install" in run(f"install extra {made} --timeout 20s", exits=1)
    assert ["failed"] == statuses(run, "extra")


def test_a_chart_brings_its_kinds(run: Run, kubectl: Run, chart: Callable[..., Path], unique: str) -> None:
    """CustomResourceDefinitions in ``crds`` are known before the chart's objects of these kinds."""
    gadget = (Path(__file__).parent / "kubectl" / "gadget.yaml").read_text(encoding="utf-8")
    crd, _, body = gadget.replace("GROUP", f"helm-{unique}.example.com").partition("---\n")
    run(f"install extra {chart(documents.read(body.encode()).data, crds=crd)} --timeout 20s")
    assert f"gadget.helm-{unique}.example.com/small" == kubectl(f"get gadgets.helm-{unique}.example.com -o name")
    run("uninstall extra")
    kubectl(f"delete crd gadgets.helm-{unique}.example.com")
