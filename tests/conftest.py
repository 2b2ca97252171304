"""What all tests share: the real peers, where they are at hand, and why a test is skipped where they are not."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from helmlite.kube.cluster import Cluster

# how fast a machine is, and what else it does, is no property of what is tested
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--kubeconfig``."""
    parser.addoption(
        "--kubeconfig", default="", help="run tests marked `cluster` on the cluster of this file, not on a sandbox"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a peer that is not there, saying which."""
    missing = {} if config.getoption("--kubeconfig") else {"real": "no real control plane: give --kubeconfig FILE"}
    for program in ("helm", "kubectl"):
        if not shutil.which(program):
            missing[program] = f"no {program} on PATH"
    for item in items:
        for name, reason in missing.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the cache folder of the run, in place of the user's own; settings and repositories have their own, too."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("HELMLITE_CACHE_HOME", str(folder))
        patch.setenv("HELMLITE_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        for name in ("HELM_CONFIG_HOME", "HELM_CACHE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp("helm")))
        yield folder


@pytest.fixture(scope="session")
def kubeconfig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the path of the kubeconfig that the run was given, else of a sandbox that lives as long as the run."""
    given = request.config.getoption("--kubeconfig")
    if given:
        yield str(Path(given).resolve())
        return
    from helmlite.sandbox import Sandbox

    with Sandbox(tmp_path_factory.mktemp("sandbox"), pace=1.0) as sandbox:
        yield str(sandbox.kubeconfig)


@pytest.fixture(scope="session")
def cluster(kubeconfig: str) -> Cluster:
    """Return a connection to the cluster."""
    from helmlite.kube.cluster import Cluster
    from helmlite.kube.config import ClusterConfig

    return Cluster.connect(ClusterConfig(kubeconfig=kubeconfig))


@pytest.fixture
def unique() -> str:
    """Return a suffix for names of cluster-scoped objects."""
    return uuid.uuid4().hex[:8]


@pytest.fixture
def namespace(cluster: Cluster, unique: str) -> Iterator[str]:
    """Return a fresh namespace, removed afterwards without waiting for its end."""
    from helmlite.manifest.capabilities import ServedKind
    from helmlite.manifest.identity import GroupVersionKind

    name = f"test-{unique}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    kind = ServedKind(
        gvk=GroupVersionKind(group="", version="v1", kind="Namespace"), plural="namespaces", namespaced=False
    )
    cluster.delete(kind, None, name)


@pytest.fixture(scope="session")
def helm(kubeconfig: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Return a function that runs the real helm with folders of its own; a failure shows what it printed."""
    home = tmp_path_factory.mktemp("helm")
    folders = {f"HELM_{each}_HOME": str(home / each.lower()) for each in ("CACHE", "CONFIG", "DATA")}

    def run(*words: str, check: bool = True, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["helm", *words],
            env={**os.environ, **folders, "KUBECONFIG": kubeconfig},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"helm {' '.join(words)} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    return run
