"""Who may work on a release: locks that are held, left behind or forbidden, records of others, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from helmlite.action.lock import LEASE, PROCESS
from helmlite.kube.cluster import Cluster
from tests.live.ground import Ground
from tests.recording_proxy import Change, Moment, Order, RecordingProxy, Upstream

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]

Run = Callable[..., Any]
WAITING = ("--wait", "--wait-for-load-balancers", "--timeout", "60s")
LEASE_NAME = "helmlite.lock.web"
FULL = {"apiGroups": [""], "resources": ["secrets", "configmaps", "services"], "verbs": ["*"]}


@pytest.fixture
def door(tmp_path: Path) -> str:
    """Return a chart whose load balancer gets its address from the test, so that a wait ends when the test says."""
    (tmp_path / "door" / "templates").mkdir(parents=True)
    (tmp_path / "door" / "Chart.yaml").write_text("apiVersion: v2\nname: door\nversion: 1.0.0\n")
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "door"},
        "spec": {
            "type": "LoadBalancer",
            "loadBalancerClass": "example.com/test",
            "allocateLoadBalancerNodePorts": False,
            "ports": [{"port": 80}],
        },
    }
    (tmp_path / "door" / "templates" / "service.yaml").write_text(documents.write(service))
    return str(tmp_path / "door")


def until(is_so: Callable[[], object], what: str, *, seconds: float = 30) -> None:
    """Return once something is so; raises AssertionError when it does not become so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not so within {seconds} s: {what}"
        time.sleep(0.1)


def open_door(kubeconfig: str, namespace: str) -> None:
    """Give the load balancer its address."""
    patch = json.dumps({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}})
    words = ("patch", "service", "door", "--subresource=status", "--type=merge", "-p", patch)
    subprocess.run(
        ["kubectl", "--kubeconfig", kubeconfig, "-n", namespace, *words], check=True, capture_output=True, timeout=60
    )


def doors(cluster: Cluster, namespace: str) -> list[str]:
    """Return the names of the Services there are."""
    kind = next(each for gvk, each in cluster.capabilities().kinds.items() if (gvk.group, gvk.kind) == ("", "Service"))
    return [each["metadata"]["name"] for each in cluster.list(kind, namespace).items]


def states(helmlite: Run) -> list[str]:
    """Return the statuses of the release's revisions."""
    return [each["status"] for each in json.loads(helmlite("history", "web", "-o", "json").stdout)]


def lease(namespace: str, *, process: str, seconds: int) -> dict[str, Any]:
    """Return a Lease that somebody else holds from now on."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": LEASE_NAME, "namespace": namespace, "annotations": {PROCESS: process}},
        "spec": {
            "holderIdentity": "ada@elsewhere, process 4711 (helmlite upgrade)",
            "leaseDurationSeconds": seconds,
            "acquireTime": now,
            "renewTime": now,
        },
    }


def test_two_commands_on_one_release_take_turns(
    ground: Ground, cluster: Cluster, kubeconfig: str, namespace: str, helmlite: Run, door: str
) -> None:
    """The second waits and says who is at work (user, host, process, command); both succeed."""
    with ground.start(kubeconfig, namespace, ("install", "web", door, *WAITING)) as first:
        until(lambda: doors(cluster, namespace), "the first has made its objects")
        with ground.start(kubeconfig, namespace, ("upgrade", "web", door, "--set", "x=1")) as second:
            assert second.stdout is not None
            said = second.stdout.readline()
            wanted = rf"waiting for \S+@\S+, process {first.pid} \(helmlite install\), who is at work"
            assert re.search(wanted, said), said
            assert second.poll() is None
            open_door(kubeconfig, namespace)
            first_said, second_said = first.communicate(timeout=60)[0], second.communicate(timeout=60)[0]
    assert (0, 0) == (first.returncode, second.returncode), first_said + second_said
    assert ["superseded", "deployed"] == states(helmlite)
    assert [] == cluster.list(LEASE, namespace).items


def test_a_second_install_waits_for_the_first_to_end(
    ground: Ground, cluster: Cluster, kubeconfig: str, namespace: str, door: str
) -> None:
    """It does not take a live install for a failed one; once that is done, the name is in use."""
    with ground.start(kubeconfig, namespace, ("install", "web", door, *WAITING)) as first:
        until(lambda: doors(cluster, namespace), "the first has made its objects")
        with ground.start(kubeconfig, namespace, ("install", "web", door)) as second:
            assert second.stdout is not None
            assert "who is at work" in second.stdout.readline()
            open_door(kubeconfig, namespace)
            first.communicate(timeout=60)
            said = second.communicate(timeout=60)[0]
    assert (0, 1) == (first.returncode, second.returncode)
    assert "release" in said
    assert "(it is deployed, revision 1)" in said


def test_what_was_seen_before_a_wait_does_not_count(
    ground: Ground, cluster: Cluster, kubeconfig: str, namespace: str, helmlite: Run, charts: Path
) -> None:
    """Whoever had to wait for the lock looks at the cluster again: an object that went meanwhile is made again."""
    plain = str(charts / "plain")
    helmlite("install", "web", plain)
    cluster.create(lease(namespace, process="elsewhere/1/4711/1", seconds=60))
    with ground.start(kubeconfig, namespace, ("upgrade", "web", plain, "--force-revision")) as waiting:
        assert waiting.stdout is not None
        assert "who is at work" in waiting.stdout.readline()
        kind = cluster.capabilities().any_version("", "ConfigMap")
        assert kind is not None
        cluster.delete(kind, namespace, "plain-settings")
        cluster.delete(LEASE, namespace, LEASE_NAME)
        said = waiting.communicate(timeout=60)[0]
    assert 0 == waiting.returncode, said
    assert cluster.get(kind, namespace, "plain-settings") is not None


def test_a_lock_is_not_waited_for_longer_than_the_timeout(
    cluster: Cluster, namespace: str, helmlite: Run, door: str
) -> None:
    """With --timeout over, the error names the holder, and nothing was changed."""
    cluster.create(lease(namespace, process="elsewhere/1/4711/1", seconds=60))
    refused = helmlite("install", "web", door, "--timeout", "1s", check=False)
    assert (1, True) == (refused.returncode, "is locked by ada@elsewhere, process 4711" in refused.stderr)
    assert [] == doors(cluster, namespace)


def test_a_lock_of_another_host_is_taken_over_when_its_renewals_stop(
    ground: Ground, cluster: Cluster, kubeconfig: str, namespace: str, door: str
) -> None:
    """A Lease that is renewed is waited for however long; one that is not is taken over after its duration."""
    seconds, renewals = 3, 4
    held = cluster.create(lease(namespace, process="elsewhere/1/4711/1", seconds=seconds)).body
    with ground.start(kubeconfig, namespace, ("install", "web", door)) as process:
        for _ in range(renewals):
            time.sleep(1.0)
            renewed = {**held["spec"], "renewTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
            held = cluster.replace({**held, "spec": renewed}).body
        assert process.poll() is None, "it took over a lock that was renewed"
        said, _ = process.communicate(timeout=60)
    assert (0, True) == (process.returncode, "waiting for ada@elsewhere" in said), said


@pytest.fixture
def without_leases(kubeconfig: str, namespace: str, unique: str) -> str:
    """Return a user who may do everything that a release needs in the namespace, but has no right to Leases."""
    user, place = f"ada-{unique}", {"name": "no-leases", "namespace": namespace}
    group = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": place, "rules": [FULL]}
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": place,
        "subjects": [{"kind": "User", "name": user, "apiGroup": group}],
        "roleRef": {"kind": "Role", "name": "no-leases", "apiGroup": group},
    }
    subprocess.run(
        ["kubectl", "--kubeconfig", kubeconfig, "create", "-f", "-"],
        input=documents.write_all([role, binding]),
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return user


def test_without_the_right_to_lock_it_says_so_and_goes_on(helmlite: Run, door: str, without_leases: str) -> None:
    """Where Leases are forbidden, install, upgrade and uninstall work, with a warning."""
    for words in (("install", "web", door), ("upgrade", "web", door, "--force-revision"), ("uninstall", "web")):
        done = helmlite(*words, HELM_KUBEASUSER=without_leases)
        assert "no right to use Leases" in done.stderr, done.stderr


@pytest.fixture
def left_by_helm(upstream: Upstream, charts: Path, namespace: str, tmp_path: Path) -> None:
    """Leave a pending revision behind, by a real helm that is killed after it was written."""
    record = Change("POST", f"/api/v1/namespaces/{namespace}/secrets")
    home = {f"HELM_{each}_HOME": str(tmp_path / each) for each in ("CACHE", "CONFIG", "DATA")}
    with RecordingProxy(upstream, tmp_path / "proxied") as proxy:
        process: list[subprocess.Popen[bytes]] = []
        proxy.orders.append(Order(at=record, moment=Moment.AFTER, then=lambda: process[0].kill()))
        with subprocess.Popen(
            ["helm", "install", "web", str(charts / "plain"), "-n", namespace],
            env={**os.environ, **home, "KUBECONFIG": str(proxy.kubeconfig)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as started:
            process.append(started)
            started.wait(timeout=60)
        assert [record] == proxy.disturbed


@pytest.fixture
def upstream(kubeconfig: str) -> Upstream:
    """Return the API server that proxies stand before."""
    return Upstream.of(kubeconfig)


@pytest.mark.helm
@pytest.mark.usefixtures("left_by_helm")
def test_a_pending_revision_of_another_program_is_refused(helmlite: Run, charts: Path) -> None:
    """It may be a live Helm's: the error says for how long it has been pending, and what can be done."""
    refused = helmlite("upgrade", "--install", "web", str(charts / "plain"), check=False)
    assert 1 == refused.returncode
    assert re.search(r"has been pending-install \(revision 1\) for \d+ s", refused.stderr), refused.stderr
    assert "--take-over-pending" in refused.stderr
    assert ["pending-install"] == states(helmlite)


@pytest.mark.helm
@pytest.mark.usefixtures("left_by_helm")
@pytest.mark.parametrize("flags", [("--take-over-pending",), ("--pending-timeout", "1s")], ids=" ".join)
def test_a_pending_revision_of_another_program_is_taken_over(
    helmlite: Run, charts: Path, flags: tuple[str, ...]
) -> None:
    """At once when the user knows that its program is dead, else when it is older than --pending-timeout."""
    time.sleep(1.1)
    helmlite("upgrade", "--install", "web", str(charts / "plain"), *flags)
    assert ["failed", "deployed"] == states(helmlite)


def test_an_interrupt_is_recorded(
    ground: Ground, cluster: Cluster, kubeconfig: str, namespace: str, helmlite: Run, door: str
) -> None:
    """Ctrl-C while waiting: exit code 130, the revision is failed (interrupted), and the next upgrade works."""
    with ground.start(kubeconfig, namespace, ("install", "web", door, *WAITING)) as process:
        until(lambda: doors(cluster, namespace), "the objects are made")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert 130 == process.returncode, said
    (only,) = json.loads(helmlite("history", "web", "-o", "json").stdout)
    assert ("failed", True) == (only["status"], only["description"].endswith("interrupted")), only
    assert [] == cluster.list(LEASE, namespace).items
    helmlite("upgrade", "--install", "web", door)
    assert ["failed", "deployed"] == states(helmlite)


def test_a_second_interrupt_leaves_at_once(
    ground: Ground, upstream: Upstream, namespace: str, helmlite: Run, door: str, tmp_path: Path
) -> None:
    """Ctrl-C finishes the request in flight; a second one does not wait for it, and the next upgrade works."""
    stuck, over = threading.Event(), threading.Event()

    def hold() -> None:
        stuck.set()
        over.wait(60)

    with RecordingProxy(upstream, tmp_path / "proxied") as proxy:
        at = Change("PATCH", f"/api/v1/namespaces/{namespace}/services/door")
        proxy.orders.append(Order(at=at, then=hold))
        with ground.start(str(proxy.kubeconfig), namespace, ("install", "web", door)) as process:
            assert stuck.wait(30)
            process.send_signal(signal.SIGINT)
            assert process.stdout is not None
            said = iter(process.stdout.readline, "")
            assert any("press Ctrl-C again to leave at once" in line for line in said)
            assert process.poll() is None, "it did not wait for the request in flight"
            process.send_signal(signal.SIGINT)
            process.wait(timeout=10)
        over.set()
    assert 130 == process.returncode
    assert ["pending-install"] == states(helmlite)
    helmlite("upgrade", "--install", "web", door)
    assert ["failed", "deployed"] == states(helmlite)
