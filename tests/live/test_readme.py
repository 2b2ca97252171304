"""The README's promises: its tour, its Python and the demo work as written."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.pods]
ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def environment(kubeconfig: str, namespace: str, tmp_path: Path) -> dict[str, str]:
    """Return an environment in which ``helmlite`` is on PATH and works in the test's namespace."""
    program = tmp_path / "helmlite"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m helmlite "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    return {
        **os.environ,
        "PATH": path,
        "KUBECONFIG": kubeconfig,
        "DEMO_KUBECONFIG": kubeconfig,
        "HELM_NAMESPACE": namespace,
        "HELMLITE_SANDBOX_HOME": str(tmp_path / "sandbox"),
    }


def shell(script: str, environment: dict[str, str], *, cwd: Path = ROOT) -> str:
    """Return what a shell script prints, run from the repository's root or another folder; every line must succeed."""
    done = subprocess.run(
        ["bash", "-euc", script], cwd=cwd, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def test_the_tour_works_when_pasted(environment: dict[str, str]) -> None:
    """Every helmlite line of the tour succeeds, in order, and the second upgrade changes nothing."""
    tour = README.partition("## A short tour")[2].partition("\n## ")[0]
    lines = re.findall(r"^    (helmlite .*)$", tour, re.MULTILINE)
    assert len(lines) >= 8
    printed = shell("\n".join(lines), environment)
    assert "unchanged" in printed
    assert 'release "shop" uninstalled' in printed


def test_the_repository_works_when_pasted(environment: dict[str, str], tmp_path: Path) -> None:
    """Every line from an empty folder on, but for the port and the end of the web server."""
    part = README.partition("## A chart repository")[2].partition("\n## ")[0]
    lines = [each.removeprefix("    ") for each in part.splitlines() if re.match("    (helmlite|python3) ", each)]
    assert len(lines) >= 7
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    ready = f"""
        trap 'kill %1' EXIT
        for _ in $(seq 100); do {sys.executable} -c 'import socket; socket.create_connection(("127.0.0.1", {port}))' \\
            2>/dev/null && break; sleep 0.1; done"""
    script = "\n".join(each + ready if each.endswith("&") else each for each in lines).replace("8080", port)
    homes = {"HELM_CONFIG_HOME": str(tmp_path / "config"), "HELM_CACHE_HOME": str(tmp_path / "cache")}
    (tmp_path / "empty").mkdir()
    printed = shell(script, {**environment, **homes}, cwd=tmp_path / "empty")
    assert "ours/demo" in printed
    assert "STATUS: deployed" in printed
    assert (tmp_path / "empty" / "charts" / "demo" / "Chart.yaml").is_file()


def test_the_python_example_works_when_pasted(environment: dict[str, str]) -> None:
    """The example from Python runs as it stands, in the namespace that it names."""
    [code] = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    code = code.replace('namespace="default"', f'namespace="{environment["HELM_NAMESPACE"]}"')
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert ["1 deployed", "['Install complete', 'Upgrade complete']"] == done.stdout.splitlines()


def test_the_demo_runs(environment: dict[str, str]) -> None:
    """``make demo``'s script goes through the shop's life."""
    assert "Done." in shell("bash .ci/demo", environment)


def test_the_demo_needs_no_cluster(environment: dict[str, str]) -> None:
    """By itself the demo runs on a sandbox, and leaves the cluster of KUBECONFIG alone."""
    bare = {key: value for key, value in environment.items() if key != "DEMO_KUBECONFIG"}
    assert "Done." in shell("bash .ci/demo", {**bare, "KUBECONFIG": "/nonexistent"})


def test_the_sandbox_s_page_works_when_pasted(environment: dict[str, str]) -> None:
    """Its examples from Python run as they stand."""
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=False)
        assert (0, b"") == (done.returncode, done.stderr)
