"""What ``explain`` prints: the examples of its page, word for word, and data for programs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from helmlite.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
EXAMPLES = {
    found[1]: "\n".join(line.removeprefix("    ") for line in found[2].rstrip("\n").split("\n"))
    for found in re.finditer(r"^    \$ (.*)\n((?:(?:    .*)?\n)+)", PAGE, re.MULTILINE)
}


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    for name in ("HELM_NAMESPACE", "HELM_KUBECONTEXT"):
        monkeypatch.delenv(name, raising=False)


def test_the_page_has_examples() -> None:
    """The page shows the command and an error."""
    assert 4 == len(EXAMPLES)


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_page_shows_what_is_printed(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Each command of the page prints what stands below it."""
    main(shlex.split(command)[1:])
    said = capfd.readouterr()
    assert EXAMPLES[command] == f"{said.out}{said.err}".rstrip("\n")


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_data_for_programs(output: str, capfd: pytest.CaptureFixture[str]) -> None:
    """JSON and YAML have the same fields."""
    flags = ["--set", "web.replicas=3", "--name", "shop", "-o", output]
    assert 0 == main(["explain", "charts/shop", "deploy/web", "spec.replicas", *flags])
    text = capfd.readouterr().out
    found: Any = json.loads(text) if output == "json" else yaml.safe_load(text)
    expected = {
        "group": "apps",
        "kind": "Deployment",
        "name": "shop-web",
        "namespace": "default",
        "source": "shop/templates/web.yaml.j2, document 1",
        "fields": [
            {
                "field": "spec.replicas",
                "value": 3,
                "sources": [
                    {
                        "template": "shop/templates/web.yaml.j2",
                        "line": 9,
                        "chain": [],
                        "expression": "values.web.replicas",
                        "values": [
                            {
                                "path": ["web", "replicas"],
                                "setBy": ["--set web.replicas", "charts/shop/values.yaml:8"],
                            }
                        ],
                    }
                ],
            }
        ],
    }
    assert expected == found


def test_a_secret_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    """Of a Secret's data its origin is told, and no form of it."""
    flags = ["--set", "postgresql.password=hunter2hunter2"]
    assert 0 == main(["explain", "charts/shop", "secret/postgresql", "data", *flags])
    said = capfd.readouterr()
    text = f"{said.out}{said.err}"
    assert 'data.password: "(hidden)"' in text
    assert "postgresql.password: set by --set postgresql.password" in text
    assert not re.search("hunter2|aHVudGVy", text)
