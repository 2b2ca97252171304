"""What a shell completes, by the scripts that the command prints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("helmlite")


def answered(shell: str, words: str, at: int) -> str:
    """Return what the program answers to a shell's question."""
    variables = {
        "bash": {"COMP_WORDS": words, "COMP_CWORD": str(at)},
        "zsh": {"_TYPER_COMPLETE_ARGS": words},
        "fish": {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        "powershell": {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_WORD_TO_COMPLETE": words.split()[-1]},
    }[shell]
    done = subprocess.run(
        [sys.executable, "-m", "helmlite"],
        env={**os.environ, **variables, "_HELMLITE_COMPLETE": f"complete_{shell}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ("", 0) == (done.stderr, done.returncode)
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_commands_and_flags_are_completed(shell: str) -> None:
    """A command by its beginning, and a command's flags."""
    assert "upgrade" in answered(shell, "helmlite upg", 1)
    assert "--wait-for-jobs" in answered(shell, "helmlite install --wait-", 2)


def test_words_of_an_option_are_completed() -> None:
    """Where only some words fit, they are offered."""
    assert {"json", "yaml", "table"} == set(answered("bash", "helmlite list -o ", 3).split())


@pytest.mark.skipif(not shutil.which("bash") or not PROGRAM.exists(), reason="no bash, or helmlite is not installed")
def test_the_script_works_in_bash() -> None:
    """The function that the script registers fills in what bash shows."""
    script = (
        "source <(helmlite completion bash); COMP_WORDS=(helmlite roll); COMP_CWORD=1; _helmlite_completion helmlite; "
        'printf "%s\\n" "${COMPREPLY[@]}"; complete -p helmlite'
    )
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "rollback" == done.stdout.splitlines()[0]
    assert "_helmlite_completion helmlite" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_that_cannot_be_written() -> None:
    """One clear error, no traceback, exit code 1; also where standard output is closed."""
    for redirect, words in ((">/dev/full", "No space left on device"), (">&-", "standard output is closed")):
        done = subprocess.run(
            ["sh", "-c", f'"{sys.executable}" -m helmlite version {redirect}'],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert 1 == done.returncode
        assert words in done.stderr
        assert 1 == len(done.stderr.splitlines())


@pytest.mark.parametrize(
    "words",
    [
        "helmlite pull team/web --version 1.",
        "helmlite install shop team/web --version 1.",
        "helmlite show values team/web --version 1.",
    ],
)
def test_versions_of_the_chart_on_the_line_are_completed(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the index as last fetched; of a chart that nobody knows there are none."""
    for name in ("HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELMLITE_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "repositories.yaml").write_text("repositories: [{name: team, url: 'https://charts.example.com'}]")
    (tmp_path / "repository").mkdir()
    entries = {"web": [{"name": "web", "version": each} for each in ("1.2.0", "1.10.0", "2.0.0")]}
    (tmp_path / "repository" / "team-index.yaml").write_text(json.dumps({"apiVersion": "v1", "entries": entries}))
    at = len(words.split()) - 1
    assert ["1.10.0", "1.2.0"] == answered("bash", words, at).split()
    assert "" == answered("bash", words.replace("web", "none"), at).strip()
