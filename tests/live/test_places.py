"""What the API server refuses is told at the template's line, before and after anything was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.cluster

TEXT = """\
# the shop's web server
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
    tier: front
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: registry.example/web:1
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: v1
kind: Secret
metadata:
  name: web
stringData:
  password: hunter2hunter2
"""

FAULTS: Mapping[str, tuple[str, str]] = {
    "a negative number": ("  replicas: 1\n", "  replicas: -1\n"),
    "a text for a number": ("  replicas: 1\n", "  replicas: one\n"),
    "an unknown field": ("  replicas: 1\n", "  replicas: 1\n  replicass: 1\n"),
    "an unknown field in a list": (
        "              containerPort: 8080\n",
        "              containerPort: 8080\n              hostPorts: 1\n",
    ),
    "a label that is none": ("    tier: front\n", "    tier: front end\n"),
    "a port that is none": ("              containerPort: 8080\n", "              containerPort: 80800\n"),
    "a selector of others": ("        app: web\n    spec", "        app: other\n    spec"),
    "a name that is none": ("        - name: web\n", "        - name: Web_1\n"),
    "a key of a Secret": ("  password: hunter2hunter2\n", "  pass word: hunter2hunter2\n"),
    "an unknown field of a Secret": ("stringData:\n", "stringDatas: {}\nstringData:\n"),
}
"""Fault: what is put in place of what."""


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[str], tuple[Path, int]]:
    """Return a function that plants a fault in a sound chart; it gives the chart and the fault's line."""

    def plant(fault: str) -> tuple[Path, int]:
        old, new = FAULTS[fault]
        assert 1 == TEXT.count(old)
        faulty = TEXT.replace(old, new)
        before, after = TEXT.split("\n"), faulty.split("\n")
        line = next(at for at, (one, other) in enumerate(zip(before, after, strict=False), 1) if one != other)
        (tmp_path / "templates").mkdir()
        (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
        (tmp_path / "templates" / "web.yaml").write_text(faulty)
        return tmp_path, line

    return plant


@pytest.mark.parametrize("flags", [(), ("--dry-run=server",)], ids=["install", "dry run"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_refusal_points_at_the_line(
    helmlite: Callable[..., object], planted: Callable[[str], tuple[Path, int]], fault: str, flags: tuple[str, ...]
) -> None:
    """The error begins with the template and the line at fault, shows it, and quotes no Secret."""
    chart, line = planted(fault)
    done = helmlite("install", "web", str(chart), *flags, check=False)
    said = done.stderr  # type: ignore[attr-defined]  # a finished process
    if fault == "a selector of others":
        line -= 1  # what the server names is the labels as a whole
    assert f"Error: shop/templates/web.yaml:{line}: " in said
    assert re.search(rf"^  > +{line} \| ", said, re.MULTILINE)
    assert "hunter2" not in said
