"""A server of the tests and a connection to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helmlite.kube.cluster import Cluster
from helmlite.kube.config import ClusterConfig
from tests.fake_api import FakeApi

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: here
contexts: [{{name: here, context: {{cluster: here, user: me, namespace: prod}}}}]
clusters: [{{name: here, cluster: {{server: "{server}"}}}}]
users: [{{name: me, user: {{token: "token-of-file"}}}}]
"""


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """Return a server."""
    with FakeApi().running() as running:
        yield running


@pytest.fixture
def connect(api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Cluster]:
    """Return a function that connects to the server by a kubeconfig, with fields of ClusterConfig; it never sleeps."""
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG.format(server=api.url))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)

    def connected(**fields: object) -> Cluster:
        return Cluster.connect(ClusterConfig(kubeconfig=str(path), **fields))  # type: ignore[arg-type]  # the fields' names

    return connected


@pytest.fixture
def cluster(connect: Callable[..., Cluster]) -> Cluster:
    """Return a connection to the server."""
    return connect()
