"""Heavy libraries are loaded by the commands that need them, and by no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HELLO = str(Path(__file__).resolve().parents[1] / "charts" / "hello")
REPORT = """
import json, sys
from helmlite.cli.main import main
code = main(sys.argv[2:])
open(sys.argv[1], "w").write(json.dumps([code, sorted({name.split(".")[0] for name in sys.modules})]))
"""


def loaded(report: Path, *words: str) -> set[str]:
    """Return the names of the top modules in memory after one command line, which must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT, str(report), *words], capture_output=True, text=True, timeout=60, check=False
    )
    code, modules = json.loads(report.read_text()) if report.exists() else (None, [])
    assert (0, 0) == (done.returncode, code), done.stderr
    return set(modules)


@pytest.mark.parametrize(
    "words", [["--help"], ["install", "--help"], ["version"], ["completion", "bash"]], ids=" ".join
)
def test_what_needs_no_chart_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    """Help and version import neither the Kubernetes client nor Jinja2 nor an HTTP library."""
    assert set() == loaded(tmp_path / "report", *words) & {"kubernetes", "jinja2", "requests", "urllib3"}


def test_template_loads_no_client(tmp_path: Path) -> None:
    """Rendering a chart imports neither the Kubernetes client nor an HTTP library."""
    assert set() == loaded(tmp_path / "report", "template", HELLO) & {"kubernetes", "requests", "urllib3"}


def test_listing_repositories_loads_no_client(tmp_path: Path) -> None:
    """Neither an HTTP library nor a keyring, nor what signatures need; nor what checks the words of a command."""
    heavy = {"kubernetes", "requests", "urllib3", "keyring", "cryptography", "pysequoia", "pydantic", "jinja2"}
    assert set() == loaded(tmp_path / "report", "repo", "list") & heavy


def test_the_package_loads_nothing_of_its_own() -> None:
    """``import helmlite`` loads no room; a public name loads the rooms that it needs."""
    report = "import sys, helmlite; print(sorted(name for name in sys.modules if name.startswith('helmlite.')))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, timeout=60, check=True)
    assert "[]" == done.stdout.strip()
