"""The command line as people write it."""

import pytest
import typer.main
from typer.core import TyperGroup

from helmlite.cli.arguments import arrange, refusal
from helmlite.cli.main import build_app, main

ROOT = typer.main.get_command(build_app())


@pytest.mark.parametrize(
    ("written", "arranged"),
    [
        ("install a b -n prod", "-n prod install a b"),
        ("install a b --namespace=prod", "--namespace=prod install a b"),
        ("install a b -nprod", "-nprod install a b"),
        ("install a b --wait", "install a b --wait=watcher"),
        ("install --wait a b", "install --wait=watcher a b"),
        ("install a b --wait=hookOnly", "install a b --wait=hookOnly"),
        ("upgrade a b --dry-run --debug", "--debug upgrade a b --dry-run=client"),
        ("uninstall a --dry-run", "uninstall a --dry-run"),
        ("install a b --description -n", "install a b --description -n"),
        ("install a b --create-namespace=true --devel=F", f"install a b --create-namespace {refusal('devel')}"),
        ("package a -u=false", f"package a {refusal('dependency_update')}"),
        ("list -At", "list -At"),
        ("package a -u=perhaps", "package a --dependency-update=perhaps"),
        ("install a b --debug=true", "--debug install a b"),
        ("install a b --devel=perhaps", "install a b --devel=perhaps"),
        ("install a b --description=true", "install a b --description=true"),
        ("install a b --dry-run=false", "install a b --dry-run=false"),
        ("install a -- -n", "install a -- -n"),
        ("get values a --kube-context c -a", "--kube-context c get values a -a"),
        ("list -f name -n prod", "-n prod list -f name"),
        ("install a b -f - -n prod", "-n prod install a b -f -"),
        ("sandbox run -n prod kubectl get pods -n kube-system", "-n prod sandbox run kubectl get pods -n kube-system"),
    ],
)
def test_words_are_arranged(written: str, arranged: str) -> None:
    """Global flags come first and bare flags get their values, whatever stands where."""
    assert isinstance(ROOT, TyperGroup)
    assert arranged.split() == arrange(ROOT, written.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--kube-insecure-skip-tls-verify=false", "false"),
        ("--kube-insecure-skip-tls-verify --kube-insecure-skip-tls-verify=false", "false"),
        ("--kube-insecure-skip-tls-verify=false --kube-insecure-skip-tls-verify", "true"),
        ("", "true"),
    ],
)
def test_no_is_as_strong_as_yes(
    words: str, expected: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last word counts, and what is on the line goes before the environment."""
    monkeypatch.setenv("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "true")
    assert 0 == main(["env", *words.split(), "HELM_KUBEINSECURE_SKIP_TLS_VERIFY"])
    assert f"{expected}\n" == capsys.readouterr().out


def test_no_to_a_commands_own_flag(capsys: pytest.CaptureFixture[str]) -> None:
    """Also by its short name; help and errors never show the word that stands between."""
    assert 0 == main(["template", "x", "charts/hello", "--include-crds", "--include-crds=false"])
    capsys.readouterr()
    assert 0 == main(["package", "--help"])
    assert 2 == main(["template", "x", "charts/hello", "--include-crd"])
    told = capsys.readouterr()
    assert "--include-crds" in told.err
    assert "\0" not in f"{told.out}{told.err}"
