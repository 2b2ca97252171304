"""A process killed at any changing request: the next command ends where an undisturbed one would have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helmlite.action.lock import LEASE
from helmlite.errors import ClusterError
from helmlite.kube.cluster import Cluster
from helmlite.manifest.capabilities import ServedKind
from helmlite.manifest.identity import GroupVersionKind
from tests.live.snapshot import Snapshot, differences, settled, snapshot
from tests.recording_proxy import Change, Moment, Order, RecordingProxy, Upstream

pytestmark = [pytest.mark.cluster, pytest.mark.kubectl]

NAMESPACE = ServedKind(
    gvk=GroupVersionKind(group="", version="v1", kind="Namespace"), plural="namespaces", namespaced=False
)
ADDED = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "plain-added"}, "data": {"since": "2.0.0"}}
CASES_AT_ONCE = 4
NEXT_MUST_END_SECONDS = 20
"""Far less than a Lease lasts: a dead process's lock is taken over at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A command that is disturbed: what must be there before it, and what is run after it was killed."""

    name: str
    before: Sequence[Sequence[str]]
    words: Sequence[str]
    again: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where cases take place: a cluster, namespaces of their own, a folder for their kubeconfigs."""

    cluster: Cluster
    kubeconfig: str
    upstream: Upstream
    folder: Path
    prefix: str

    def namespace(self, name: str) -> str:
        """Return a fresh namespace, removed at the end of the test."""
        made = f"{self.prefix}-{name}"
        self.cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": made}})
        return made

    def start(self, kubeconfig: str, namespace: str, words: Sequence[str]) -> subprocess.Popen[str]:
        """Start the command line."""
        return subprocess.Popen(
            [sys.executable, "-m", "helmlite", *words],
            env={**os.environ, "KUBECONFIG": kubeconfig, "HELM_NAMESPACE": namespace},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, namespace: str, words: Sequence[str], *, seconds: float = 60) -> None:
        """Run the command line, undisturbed; raises AssertionError with its output when it fails."""
        with self.start(self.kubeconfig, namespace, words) as process:
            try:
                said, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                said, _ = process.communicate()
                raise AssertionError(f"{' '.join(words)} did not end in {seconds} s:\n{said}") from None
        assert process.returncode == 0, f"{' '.join(words)} exited {process.returncode}:\n{said}"


@pytest.fixture
def ground(cluster: Cluster, kubeconfig: str, tmp_path: Path, unique: str) -> Iterator[Ground]:
    """Return where cases take place; its namespaces are removed afterwards."""
    prefix = f"crash-{unique}"
    upstream = Upstream.of(kubeconfig)
    yield Ground(cluster=cluster, kubeconfig=kubeconfig, upstream=upstream, folder=tmp_path, prefix=prefix)
    for each in cluster.list(NAMESPACE, None).items:
        if str(each["metadata"]["name"]).startswith(prefix):
            with suppress(ClusterError):
                cluster.delete(NAMESPACE, None, each["metadata"]["name"])


@pytest.fixture
def verb(request: pytest.FixtureRequest, charts: Path, tmp_path: Path) -> Verb:
    """Return the command that the test names: its second version adds, changes and removes an object each."""
    first, second = str(charts / "plain"), tmp_path / "plain"
    shutil.copytree(charts / "plain", second)
    chart, settings = second / "Chart.yaml", second / "templates" / "configmap.yaml"
    chart.write_text(chart.read_text().replace("version: 1.0.0", "version: 2.0.0"))
    settings.write_text(settings.read_text().replace("LOG_LEVEL: info", "LOG_LEVEL: debug") + f"---\n{ADDED!r}\n")
    web = second / "templates" / "web.yaml"
    web.write_text(web.read_text().rpartition("---\n")[0])
    install = ("upgrade", "--install", "web", first)
    upgrade = ("upgrade", "--install", "web", str(second))
    uninstall = ("uninstall", "web")
    verbs = {
        "install": Verb(name="install", before=(), words=("install", "web", first), again=install),
        "upgrade": Verb(name="upgrade", before=(install,), words=("upgrade", "web", str(second)), again=upgrade),
        "uninstall": Verb(
            name="uninstall",
            before=(install, upgrade),
            words=uninstall,
            again=(*uninstall, "--ignore-not-found"),
        ),
    }
    return verbs[request.param]


def undisturbed(ground: Ground, verb: Verb) -> tuple[Sequence[Change], Snapshot]:
    """Return the changing requests of a verb that nothing disturbs, and what is there afterwards."""
    namespace = ground.namespace("undisturbed")
    for each in verb.before:
        ground.run(namespace, each)
    with (
        RecordingProxy(ground.upstream, ground.folder / "undisturbed") as proxy,
        ground.start(str(proxy.kubeconfig), namespace, verb.words) as process,
    ):
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return [replace(each, path=each.path.replace(namespace, "{}")) for each in proxy.changes], settled(
        ground.cluster, namespace
    )


def lasting_locks(cluster: Cluster, namespace: str) -> Sequence[str]:
    """Return the names of locks that would not run out by themselves within a minute."""
    lasting = []
    for each in cluster.list(LEASE, namespace).items:
        age = datetime.now(UTC) - datetime.fromisoformat(each["spec"]["renewTime"])
        if not each["spec"]["leaseDurationSeconds"] - age.total_seconds() < 60:
            lasting.append(each["metadata"]["name"])
    return lasting


def killed(ground: Ground, verb: Verb, change: Change, moment: Moment, expected: Snapshot, name: str) -> str:
    """Kill a verb at one request, run the next command; return what is wrong then, empty when nothing is."""
    namespace = ground.namespace(name)
    try:
        for each in verb.before:
            ground.run(namespace, each)
        meant = replace(change, path=change.path.format(namespace))
        with RecordingProxy(ground.upstream, ground.folder / name) as proxy:
            process: list[subprocess.Popen[str]] = []

            def kill() -> None:
                process[0].kill()
                process[0].wait()

            proxy.orders.append(Order(at=meant, moment=moment, then=kill))
            with ground.start(str(proxy.kubeconfig), namespace, verb.words) as started:
                process.append(started)
                said, _ = started.communicate(timeout=60)
        assert -9 == started.returncode, f"it was not killed but exited {started.returncode}:\n{said}"
        ground.run(namespace, verb.again, seconds=NEXT_MUST_END_SECONDS)
        assert [] == lasting_locks(ground.cluster, namespace), "a lock is left for good"
    except (AssertionError, subprocess.TimeoutExpired, ClusterError) as error:
        return f"killed {moment} {change}: {error}"
    wrong = differences(expected, lambda: snapshot(ground.cluster, namespace))
    return f"killed {moment} {change}:{wrong}" if wrong else ""


@pytest.mark.parametrize("verb", ["install", "upgrade", "uninstall"], indirect=True, ids=str)
def test_the_next_command_ends_as_if_nothing_had_been_killed(ground: Ground, verb: Verb) -> None:
    """Killed before or after any changing request, a verb run again leaves what the undisturbed run leaves."""
    changes, expected = undisturbed(ground, verb)
    cases = [(change, moment) for change in changes for moment in Moment]
    assert len(cases) >= 10
    with ThreadPoolExecutor(CASES_AT_ONCE) as pool:
        found = pool.map(
            lambda case: killed(ground, verb, case[1][0], case[1][1], expected, f"case-{case[0]}"), enumerate(cases)
        )
    wrong = [each for each in found if each]
    assert not wrong, "\n".join(wrong)
