"""Kubeconfigs: whose cluster, as whom, with what trust."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

import pytest

from helmlite.errors import ClusterError, UsageError
from helmlite.kube.cluster import Cluster
from helmlite.kube.config import ClusterConfig


def written(folder: Path, *, user: str = "token: abc", cluster: str = 'server: "https://a.example:6443"') -> str:
    """Return the path of a kubeconfig with two contexts."""
    path = folder / "config"
    path.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: one\n"
        "contexts:\n- {name: one, context: {cluster: c, user: u, namespace: prod}}\n"
        "- {name: two, context: {cluster: d, user: u}}\n"
        f"clusters:\n- {{name: c, cluster: {{{cluster}}}}}\n"
        '- {name: d, cluster: {server: "https://d.example/behind/a/path/"}}\n'
        f"users:\n- {{name: u, user: {{{user}}}}}\n"
    )
    return str(path)


def test_context_and_namespace(tmp_path: Path) -> None:
    """The current context, or the one that is asked for; a namespace asked for goes before the context's."""
    path = written(tmp_path)
    assert ("https://a.example:6443", "prod") == (
        (one := Cluster.connect(ClusterConfig(kubeconfig=path))).server,
        one.namespace,
    )
    two = Cluster.connect(ClusterConfig(kubeconfig=path, context="two"))
    assert ("https://d.example/behind/a/path", "default") == (two.server, two.namespace)
    assert "dev" == Cluster.connect(ClusterConfig(kubeconfig=path, namespace="dev")).namespace


def test_kubeconfig_lists_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KUBECONFIG names several files; those that are not there are passed over, as kubectl does."""
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "nowhere"), written(tmp_path)]))
    assert "https://a.example:6443" == Cluster.connect(ClusterConfig()).server


def test_an_address_without_scheme(tmp_path: Path) -> None:
    """As --kube-apiserver takes it, TLS is meant."""
    config = ClusterConfig(kubeconfig=written(tmp_path), api_server="10.0.0.1:6443")
    assert "https://10.0.0.1:6443" == Cluster.connect(config).server


@pytest.mark.parametrize("namespace", ["Prod", "../x", "a" * 64, "a b", "-a", "a.b"])
def test_namespaces_are_checked(namespace: str) -> None:
    """A namespace is a part of paths."""
    with pytest.raises(UsageError, match="cannot be a namespace's name"):
        ClusterConfig(namespace=namespace)


def plugin(folder: Path, script: str) -> str:
    """Return a user whose credentials come from a program."""
    path = folder / "plugin.py"
    path.write_text(script)
    return f"exec: {{apiVersion: client.authentication.k8s.io/v1, command: {sys.executable}, args: [{path}]}}"


def test_a_credential_plugin_is_run(tmp_path: Path) -> None:
    """Its token is used."""
    answer = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "of-plugin"},
    }
    path = written(tmp_path, user=plugin(tmp_path, f"print({json.dumps(answer)!r})"))
    cluster = Cluster.connect(ClusterConfig(kubeconfig=path))
    assert "Bearer of-plugin" == cluster._authorization()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import sys\nsys.exit('log in first')", "log in first"),
        ("print('nonsense')", "exec: failed to decode process output"),
        ("print('{}')", "exec: malformed response"),
    ],
)
def test_a_credential_plugin_that_fails(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], script: str, words: str
) -> None:
    """No request is sent without credentials, and nothing is printed but by the one who handles the error."""
    before = list(logging.getLogger().handlers)
    with pytest.raises(ClusterError, match=f"gets no credentials: .*{words}"):
        Cluster.connect(ClusterConfig(kubeconfig=written(tmp_path, user=plugin(tmp_path, script))))
    assert ("", "") == capfd.readouterr()
    assert before == logging.getLogger().handlers


def test_a_password_in_the_servers_url_is_not_shown(tmp_path: Path) -> None:
    """Nor is what follows the address."""
    path = written(tmp_path, cluster='server: "https://me:hunter2@a.example:6443"')
    assert "https://a.example:6443" == Cluster.connect(ClusterConfig(kubeconfig=path)).server
