"""Packages on an API server: what helmlite packs both tools install, what helm packs helmlite installs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Run

pytestmark = [pytest.mark.cluster, pytest.mark.helm]


def test_packages_are_installed_by_both_tools(
    helmlite: Run, helm: Callable[..., Any], charts: Path, namespace: str, tmp_path: Path
) -> None:
    """The chart plain, which is in no template language, from either tool's archive."""
    helmlite("package", str(charts / "plain"), "--destination", str(tmp_path / "ours"))
    helm("package", str(charts / "plain"), "--destination", str(tmp_path / "theirs"))
    ours, theirs = (str(tmp_path / each / "plain-1.0.0.tgz") for each in ("ours", "theirs"))
    helm("install", "plain", ours, "--namespace", namespace)
    helmlite("upgrade", "plain", theirs, "--set", "note=changed")
    helm("upgrade", "plain", ours, "--namespace", namespace, "--set", "note=again")
    assert '"plain-1.0.0"' in helm("list", "--namespace", namespace, "-o", "json").stdout
