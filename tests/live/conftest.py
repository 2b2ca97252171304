"""Running the command line as its users do, against the control plane."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from helmlite.kube.cluster import Cluster
    from tests.live.ground import Ground

CHARTS = Path(__file__).resolve().parents[2] / "charts"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def charts() -> Path:
    """Return the folder of the example charts."""
    return CHARTS


@pytest.fixture
def helmlite(kubeconfig: str, namespace: str) -> Run:
    """Return a function that runs ``helmlite`` in the test's namespace; a failure shows what was printed."""

    def run(*words: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "helmlite", *words],
            env={**os.environ, "KUBECONFIG": str(kubeconfig), "HELM_NAMESPACE": namespace, **environment},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"helmlite {' '.join(words)} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    return run


@pytest.fixture(scope="session")
def kubectl_in(kubeconfig: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return a function that runs a line of the real kubectl in a namespace, among the files of ``kubectl/``.

    It returns all that was printed, and fails where the exit code is another than ``exits``.
    """
    environment = {**os.environ, "KUBECONFIG": kubeconfig, "KUBECACHEDIR": str(tmp_path_factory.mktemp("kubectl"))}

    def run(namespace: str, line: str, *, exits: int = 0, stdin: str = "") -> str:
        done = subprocess.run(
            ["kubectl", "--namespace", namespace, *shlex.split(line)],
            cwd=Path(__file__).parent / "kubectl",
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = f"{done.stdout}{done.stderr}".strip()
        assert exits == done.returncode, f"kubectl {line} exited {done.returncode}:\n{said}"
        return said

    return run


@pytest.fixture
def kubectl(kubectl_in: Callable[..., str], namespace: str) -> Callable[..., str]:
    """Return a function that runs a line of the real kubectl in the test's namespace."""
    return partial(kubectl_in, namespace)


@pytest.fixture
def ground(cluster: Cluster, kubeconfig: str, tmp_path: Path, unique: str) -> Iterator[Ground]:
    """Return where many commands can run at once; its namespaces are removed afterwards."""
    from tests.live.ground import Ground
    from tests.recording_proxy import Upstream

    upstream = Upstream.of(kubeconfig)
    made = Ground(cluster=cluster, kubeconfig=kubeconfig, upstream=upstream, folder=tmp_path, prefix=f"ground-{unique}")
    yield made
    made.clear()


@pytest.fixture
def kube(kubeconfig: str, namespace: str) -> Callable[..., Any]:
    """Return a function that reads objects with the real kubectl, as data."""

    def get(*words: str) -> Any:
        done = subprocess.run(
            ["kubectl", "--kubeconfig", str(kubeconfig), "--namespace", namespace, "get", *words, "-o", "json"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return get
