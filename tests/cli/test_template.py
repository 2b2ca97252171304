"""What ``template`` prints and writes, without a cluster."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from helmlite.cli.main import main

NAMED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, namespace: '{{ release.namespace }}'}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: NAME}\nstringData: {a: b}\n"
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: one
contexts:
- {name: one, context: {cluster: c, user: u, namespace: prod}}
- {name: two, context: {cluster: c, user: u, namespace: dev}}
- {name: odd, context: {cluster: c, user: u, namespace: ../x}}
"""


@pytest.fixture
def chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a chart with templates in folders, and Secrets, one of them a hook; the current folder is beside it."""
    folder = tmp_path / "chart"
    for name, text in {
        "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "templates/a.yaml.j2": NAMED.replace("NAME", "a"),
        "templates/below/b.yaml.j2": NAMED.replace("NAME", "b"),
        "templates/secret.yaml": SECRET.replace("NAME", "s"),
        "templates/hook.yaml": SECRET.replace("{name: NAME}", "{name: h, annotations: {helm.sh/hook: pre-install}}"),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    for name in ("HELM_NAMESPACE", "HELM_KUBECONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    return folder


def test_files_with_secrets_are_private(chart: Path, tmp_path: Path) -> None:
    """Of hooks too; all others are for everybody."""
    assert 0 == main(["template", "x", str(chart), "--output-dir", "out"])
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "out").rglob("*.yaml*")}
    assert {0o600} == {modes["secret.yaml"], modes["hook.yaml"]}
    assert modes["a.yaml.j2"] & 0o044


@pytest.mark.parametrize(
    ("pattern", "names"),
    [("templates/*.j2", {"a"}), ("templates/*/*.j2", {"b"}), ("templates/?.yaml.j2", {"a"}), ("*/*/b*", {"b"})],
)
def test_patterns_stop_at_slashes(
    chart: Path, capsys: pytest.CaptureFixture[str], pattern: str, names: set[str]
) -> None:
    """As those of Helm: what is printed may be applied."""
    assert 0 == main(["template", "x", str(chart), "--show-only", pattern])
    printed = capsys.readouterr().out
    assert names == {each for each in ("a", "b", "s", "h") if f"name: {each}" in printed}


@pytest.mark.parametrize(
    ("words", "namespace"),
    [
        ((), "prod"),
        (("--kube-context", "two"), "dev"),
        (("-n", "test"), "test"),
        (("--kube-context", "odd"), "default"),
    ],
)
def test_the_namespace_is_the_contexts(
    chart: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], namespace: str
) -> None:
    """Though no cluster is asked: a preview is of what an install would do."""
    (tmp_path / "config").write_text(KUBECONFIG)
    assert 0 == main([*words, "--kubeconfig", str(tmp_path / "config"), "template", "x", str(chart)])
    assert f"namespace: '{namespace}'" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "no: [yaml", "[1]", "contexts: 7", "contexts: [7, {name: one}]", "\x00"])
def test_a_kubeconfig_that_says_nothing_is_no_matter(
    chart: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Nothing of a cluster is needed to render."""
    (tmp_path / "config").write_text(text)
    assert 0 == main(["--kubeconfig", str(tmp_path / "config"), "template", "x", str(chart)])
    assert "namespace: 'default'" in capsys.readouterr().out


def test_values_from_standard_input_are_read_whole(chart: Path) -> None:
    """More than may be is an error, not cut; closed is an error too."""
    large = b"a: 1\n" + b"#" * (17 << 20)
    for data, shell, words in (
        (large, "", b"standard input is larger than 16 MiB"),
        (b"", "<&-", b"standard input is closed"),
    ):
        done = subprocess.run(
            ["sh", "-c", f'"{sys.executable}" -m helmlite template x "{chart}" -f - {shell}'],
            input=data,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert 1 == done.returncode
        assert words in done.stderr
        assert b"Traceback" not in done.stderr
