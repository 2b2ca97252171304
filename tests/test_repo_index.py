"""The folder ``repo-index`` is what ``make repo-index`` makes of the example charts."""

from __future__ import annotations

from pathlib import Path

import pytest

from helmlite.cli.main import COMMANDS, main

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "repo-index"


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is served, by path."""
    found = [each for each in folder.rglob("*") if each.is_file() and not each.name.startswith(".")]
    return {str(each.relative_to(folder)): each.read_bytes() for each in found}


@pytest.mark.skipif("package" not in COMMANDS, reason="nothing packs charts yet")
def test_the_repository_is_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every archive, shard and the index; if not, run ``make repo-index``."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    made = tmp_path / "made"
    charts = sorted(str(each.parent) for each in ROOT.glob("charts/*/Chart.yaml"))
    assert 0 == main(["package", *charts, "--destination", str(made)])
    assert 0 == main(["repo", "index", str(made)])
    expected, found = contents(made), contents(FOLDER)
    assert sorted(expected) == sorted(found)
    assert [] == [path for path, data in expected.items() if found[path] != data]
