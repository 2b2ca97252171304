"""What the real Helm reads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from helmlite.documents import read


@pytest.fixture(scope="session")
def read_by_helm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Return a function that gives what the real helm reads from values files, None where it refuses one."""
    chart = tmp_path_factory.mktemp("echo")
    (chart / "templates").mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: echo\nversion: 1.0.0\n")
    (chart / "templates" / "echo.yaml").write_text("echo: {{ toJson .Values | b64enc }}\n")

    def run(text: str) -> Any:
        values = chart.parent / f"{chart.name}.yaml"
        values.write_text(text, encoding="utf-8")
        words = ["helm", "template", "echo", str(chart), "-f", str(values)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            return None
        encoded = done.stdout.rpartition("echo: ")[2]
        return json.loads(read(f"!!binary {encoded}").data)

    return run
