"""``helmlite sandbox`` as its users type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def helmlite(tmp_path: Path) -> Iterator[Run]:
    """Return a function that runs ``helmlite sandbox`` with a folder of its own; what runs is stopped afterwards."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "helmlite", "sandbox", *words],
            env={**os.environ, "HELMLITE_SANDBOX_HOME": str(tmp_path / "sandbox"), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    yield run
    run("stop")


def test_its_life(helmlite: Run, tmp_path: Path) -> None:
    """Start, state, kubeconfig, reset and stop, each a second time too: words, streams and exit codes."""
    kubeconfig = tmp_path / "sandbox" / "kubeconfig"
    started = helmlite("start")
    url = json.loads(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    runs, export = f"The sandbox runs at {url}\n", f'export KUBECONFIG="{kubeconfig}"\n'
    expected = [
        (started, 0, runs + export),
        (helmlite("start"), 0, runs.replace("runs", "already runs") + export),
        (helmlite("status"), 0, "running\n"),
        (helmlite("kubeconfig"), 0, f"{kubeconfig}\n"),
        (helmlite("reset"), 0, "The sandbox is empty and runs\n"),
        (helmlite("status"), 0, "running\n"),
        (helmlite("stop"), 0, "The sandbox is stopped\n"),
        (helmlite("stop"), 0, "The sandbox does not run\n"),
        (helmlite("status"), 1, "not running\n"),
        (helmlite("reset"), 0, "The sandbox is empty\n"),
        (helmlite("status"), 1, "not running\n"),
        (helmlite("kubeconfig"), 0, f"{kubeconfig}\n"),
    ]
    found = [(done.returncode, done.stdout, done.stderr) for done, _, _ in expected]
    assert [(code, text, "") for _, code, text in expected] == found


def test_the_state_as_json(helmlite: Run, tmp_path: Path) -> None:
    """Programs get address, process, kubeconfig and folder."""
    helmlite("start")
    found = json.loads(helmlite("status", "-o", "json").stdout)
    pid = int((tmp_path / "sandbox" / "pid").read_text())
    assert {"status", "kind", "url", "pid", "kubeconfig", "folder"} == set(found)
    assert ("running", "embedded", pid, str(tmp_path / "sandbox")) == (
        *(found["status"], found["kind"], found["pid"], found["folder"]),
    )


def test_a_folder_by_flag(helmlite: Run, tmp_path: Path) -> None:
    """--dir goes before the variable."""
    found = json.loads(helmlite("status", "--dir", str(tmp_path / "other"), "-o", "json").stdout)
    assert {"status": "not running", "kind": "embedded", "folder": str(tmp_path / "other")} == found


def test_no_kubeconfig_before_a_start(helmlite: Run, tmp_path: Path) -> None:
    """The error says what to do, and nothing stands on standard output."""
    done = helmlite("kubeconfig")
    said = f"Error: no sandbox was started in {tmp_path / 'sandbox'}\nTry: helmlite sandbox start\n"
    assert (1, "", said) == (done.returncode, done.stdout, done.stderr)


def test_a_command_on_a_fresh_one(helmlite: Run) -> None:
    """The command finds the sandbox by KUBECONFIG; what is printed is the command's alone."""
    done = helmlite("run", "--", sys.executable, "-m", "helmlite", "list", "--short")
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_a_command_s_flags_and_exit_code_are_its_own(helmlite: Run) -> None:
    """What follows -- is left as it is, global flags of ours too."""
    script = "import sys; print(sys.argv[1:]); sys.exit(7)"
    done = helmlite("run", "--pace", "0", "--", sys.executable, "-c", script, "--namespace", "a b", "--", "--help")
    assert (7, "['--namespace', 'a b', '--', '--help']\n") == (done.returncode, done.stdout)


def test_a_command_needs_no_dashes(helmlite: Run) -> None:
    """From the command's name on, words are its own."""
    done = helmlite("run", "--pace", "0", "echo", "-n", "a", "--pace", "b")
    assert (0, "a --pace b", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "words",
    [
        "--port 65536",
        "--port -1",
        "--port many",
        "--pace -1",
        "--pace nan",
        "--pace inf",
        "--pace much",
        "--frob",
        "it",
    ],
)
def test_what_cannot_be_meant_is_an_error(helmlite: Run, tmp_path: Path, words: str) -> None:
    """A start that is asked for wrongly does nothing."""
    assert 2 == helmlite("start", *words.split()).returncode
    assert not (tmp_path / "sandbox").exists()


def test_a_run_needs_a_command(helmlite: Run) -> None:
    """Without one the command line is at fault."""
    assert 2 == helmlite("run", "--").returncode


def test_a_real_one_needs_its_programs(helmlite: Run) -> None:
    """The error names the variable."""
    done = helmlite("start", "--real", KUBEBUILDER_ASSETS="")
    assert 1 == done.returncode
    assert done.stderr.startswith("Error: KUBEBUILDER_ASSETS is not set")


def test_without_the_extra_its_name_is_told(helmlite: Run, tmp_path: Path) -> None:
    """Where the web server is not installed, the error says what to install."""
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    (hiding / "sitecustomize.py").write_text("import sys\nsys.modules['starlette'] = None\n")
    expected = (
        "Error: the sandbox needs the library starlette, which is not installed\nTry: pip install 'helmlite[sandbox]'\n"
    )
    for words in (["start"], ["run", "--", "true"]):
        assert expected == helmlite(*words, PYTHONPATH=str(hiding)).stderr


@pytest.mark.parametrize("verb", ["start", "stop", "status", "reset", "kubeconfig", "run"])
def test_help_has_an_example(helmlite: Run, verb: str) -> None:
    """Each verb says what it does, with an example."""
    done = helmlite(verb, "--help")
    assert 0 == done.returncode
    assert f"helmlite sandbox {verb}" in done.stdout.partition("Examples:\n")[2]


def test_verbs_are_completed() -> None:
    """A shell offers the verbs of the group."""
    done = subprocess.run(
        [sys.executable, "-m", "helmlite"],
        env={
            **os.environ,
            "COMP_WORDS": "helmlite sandbox st",
            "COMP_CWORD": "2",
            "_HELMLITE_COMPLETE": "complete_bash",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert {"start", "stop", "status"} == set(done.stdout.split())
