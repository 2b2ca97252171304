"""Waiting, on a node whose pods fail to order: what is awaited, what is said when it does not come."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from os import environ
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]
Run = Callable[..., Any]


def workload(kind: str = "Deployment", *, order: str = "", after: str = "", **spec: Any) -> dict[str, Any]:
    """Return a workload of one pod that behaves as ordered."""
    orders = {"test.helmlite.dev/pod": order, "test.helmlite.dev/ready-after": after}
    metadata = {"labels": {"app": "w"}, "annotations": {key: value for key, value in orders.items() if value}}
    pod: dict[str, Any] = {"containers": [{"name": "main", "image": "registry.example.com/app:1"}]}
    if order == "init-failed":
        pod["initContainers"] = [{"name": "prepare", "image": "registry.example.com/prepare:1"}]
    if kind == "Job":
        pod["restartPolicy"] = "Never"
        body: dict[str, Any] = {"template": {"metadata": metadata, "spec": pod}, **spec}
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": "w"}, "spec": body}
    body = {"selector": {"matchLabels": {"app": "w"}}, "template": {"metadata": metadata, "spec": pod}, **spec}
    if kind == "StatefulSet":
        body["serviceName"] = "w"
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "w"}, "spec": body}


@pytest.fixture
def chart(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a chart of these objects and returns its path."""

    def made(*bodies: dict[str, Any], version: str = "1.0.0") -> str:
        folder = tmp_path / f"demo-{version}"
        (folder / "templates").mkdir(parents=True, exist_ok=True)
        (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: demo\nversion: {version}\n")
        (folder / "templates" / "all.yaml").write_text(documents.write_all(bodies))
        return str(folder)

    return made


@pytest.mark.pods
@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("image-pull", "ImagePullBackOff"),
        ("pull-secret", "ErrImagePull"),
        ("crash-loop", "CrashLoopBackOff"),
        ("out-of-memory", "OOMKilled"),
        ("not-ready", "not ready"),
        ("liveness", "restarts"),
        ("missing-config", "CreateContainerConfigError"),
        ("init-failed", "container prepare"),
    ],
)
def test_a_pod_that_fails_is_explained(helmlite: Run, chart: Run, order: str, said: str) -> None:
    """A Deployment that does not become ready names its template, its pod and what the pod says."""
    failed = helmlite("install", "demo", chart(workload(order=order)), "--wait", "--timeout", "4s", check=False)
    assert 1 == failed.returncode
    assert "demo/templates/all.yaml, document 1" in failed.stderr
    assert "pod w-" in failed.stderr
    assert said.lower() in failed.stderr.lower()
    assert "failed" == json.loads(helmlite("list", "-o", "json").stdout)[0]["status"]


@pytest.mark.pods
@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_a_slow_start_is_awaited(helmlite: Run, chart: Run, kube: Run, kind: str) -> None:
    """--wait ends when the pods are ready, not before."""
    started = time.monotonic()
    helmlite("install", "demo", chart(workload(kind, after="3s")), "--wait", "--timeout", "60s")
    assert time.monotonic() - started >= 3
    status = kube(kind.lower(), "w")["status"]
    assert 1 == status.get("readyReplicas", status.get("numberReady"))


@pytest.mark.pods
def test_a_job_is_awaited_when_asked(helmlite: Run, chart: Run, kube: Run) -> None:
    """--wait-for-jobs ends when the Job is complete."""
    helmlite("install", "demo", chart(workload("Job")), "--wait", "--wait-for-jobs", "--timeout", "60s")
    assert 1 == kube("job", "w")["status"]["succeeded"]


@pytest.mark.pods
def test_a_failed_job_ends_the_wait_at_once(helmlite: Run, chart: Run) -> None:
    """A Job that failed for good ends the wait long before the timeout, with the reason."""
    started = time.monotonic()
    made = chart(workload("Job", order="failed", backoffLimit=0))
    failed = helmlite("install", "demo", made, "--wait", "--wait-for-jobs", "--timeout", "120s", check=False)
    assert (1, True) == (failed.returncode, "the Job failed" in failed.stderr)
    assert time.monotonic() - started < 60


@pytest.mark.pods
def test_a_bad_upgrade_returns_to_what_ran(helmlite: Run, chart: Run, kube: Run) -> None:
    """An upgrade whose pods never start goes back by itself, and the old pods run on."""
    helmlite("install", "demo", chart(workload()), "--wait", "--timeout", "60s")
    bad = chart(workload(order="image-pull"), version="1.1.0")
    failed = helmlite("upgrade", "demo", bad, "--rollback-on-failure", "--timeout", "5s", check=False)
    assert (1, True) == (failed.returncode, "was returned to revision 1" in failed.stderr)
    assert "test.helmlite.dev/pod" not in kube("deployment", "w")["spec"]["template"]["metadata"].get("annotations", {})


def test_a_load_balancer_is_ready_with_its_cluster_ip(helmlite: Run, chart: Run) -> None:
    """A pending load balancer does not hold up --wait; --wait-for-load-balancers asks for its address."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {
            "type": "LoadBalancer",
            "loadBalancerClass": "example.com/nobody-s",
            "ports": [{"port": 80}],
            "selector": {"app": "none"},
        },
    }
    helmlite("install", "demo", chart(service), "--wait", "--timeout", "30s")
    late = helmlite(
        "upgrade", "demo", chart(service), "--wait", "--wait-for-load-balancers", "--timeout", "3s", check=False
    )
    assert 1 == late.returncode
    assert "load balancer has no address yet" in late.stderr


def test_a_claim_that_nobody_mounts_is_ready(helmlite: Run, chart: Run, cluster: Any, unique: str) -> None:
    """A claim of a WaitForFirstConsumer class is pending for good without a pod, so that is ready enough."""
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": f"late-{unique}"},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c"},
        "spec": {
            "storageClassName": f"late-{unique}",
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    helmlite("install", "demo", chart(storage_class, claim), "--wait", "--timeout", "30s")
    helmlite("uninstall", "demo")


@pytest.mark.pods
def test_an_interrupted_wait_is_recorded(
    helmlite: Run, chart: Run, kubeconfig: str, namespace: str, tmp_path: Path
) -> None:
    """Ctrl-C during a wait ends it at once with exit code 130; the revision is failed, and the next command works."""
    words = ["install", "demo", chart(workload(order="not-ready")), "--wait", "--timeout", "120s"]
    process = subprocess.Popen(
        [sys.executable, "-m", "helmlite", *words],
        env={**environ, "KUBECONFIG": kubeconfig, "HELM_NAMESPACE": namespace},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while "Deployment" not in helmlite("status", "demo", check=False).stdout and time.monotonic() < end:
        time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert (130, True) == (process.returncode, "interrupted" in stderr)
    info = json.loads(helmlite("status", "demo", "-o", "json").stdout)["info"]
    assert ("failed", True) == (info["status"], "interrupted" in info["description"])
    helmlite("upgrade", "--install", "demo", chart(workload(), version="1.1.0"), "--wait", "--timeout", "60s")
