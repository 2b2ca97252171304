"""Where many commands run at once, each in a namespace of its own, undisturbed or through the recording proxy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from helmlite.action.lock import LEASE
from helmlite.errors import ClusterError
from helmlite.kube.cluster import Cluster
from helmlite.manifest.capabilities import ServedKind
from helmlite.manifest.identity import GroupVersionKind
from tests.live.snapshot import Snapshot, settled
from tests.recording_proxy import Change, RecordingProxy, Upstream

NAMESPACE = ServedKind(
    gvk=GroupVersionKind(group="", version="v1", kind="Namespace"), plural="namespaces", namespaced=False
)


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

    def clear(self) -> None:
        """Remove all namespaces, without waiting for their end."""
        for each in self.cluster.list(NAMESPACE, None).items:
            if str(each["metadata"]["name"]).startswith(self.prefix):
                with suppress(ClusterError):
                    self.cluster.delete(NAMESPACE, None, each["metadata"]["name"])


def undisturbed(
    ground: Ground, before: Sequence[Sequence[str]], words: Sequence[str]
) -> tuple[Sequence[Change], Snapshot]:
    """Return the changing requests of a command that nothing disturbs, and what is there afterwards.

    The paths of the requests have ``{}`` for the namespace. ``before`` are the commands run first.
    """
    namespace = ground.namespace("undisturbed")
    for each in before:
        ground.run(namespace, each)
    with (
        RecordingProxy(ground.upstream, ground.folder / "undisturbed") as proxy,
        ground.start(str(proxy.kubeconfig), namespace, words) as process,
    ):
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    changes = [replace(each, path=each.path.replace(namespace, "{}")) for each in proxy.changes]
    return changes, settled(ground.cluster, namespace)


def lasting_locks(cluster: Cluster, namespace: str) -> Sequence[str]:
    """Return the names of locks that would not run out by themselves within a minute."""
    lasting = []
    for each in cluster.list(LEASE, namespace).items:
        age = datetime.now(UTC) - datetime.fromisoformat(each["spec"]["renewTime"])
        if not each["spec"]["leaseDurationSeconds"] - age.total_seconds() < 60:
            lasting.append(each["metadata"]["name"])
    return lasting
