"""Public charts of many authors are loaded, where they are at hand beside the checkout."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from helmlite.chart.loader import load_chart

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "helm-charts.tar.xz"


@pytest.fixture(scope="module")
def charts(request: pytest.FixtureRequest) -> list[Path]:
    """Return the folders of the corpus's charts, unpacked once into pytest's cache."""
    if not CORPUS.is_file():
        pytest.skip("no corpus of charts beside the checkout")
    cache = request.config.cache
    if cache is None:
        pytest.skip("pytest has no cache to unpack the corpus of charts into")
    unpacked = cache.mkdir("corpus") / str(CORPUS.stat().st_mtime_ns)
    if not (unpacked / "done").exists():
        with tarfile.open(CORPUS) as archive:
            for member in archive:
                if not member.name.removeprefix("./").startswith("charts/"):
                    continue
                if hasattr(tarfile, "data_filter"):
                    archive.extract(member, unpacked, set_attrs=False, filter="data")
                else:  # Python before 3.11.4 has no filter; the corpus is no stranger's
                    archive.extract(member, unpacked, set_attrs=False)
        (unpacked / "done").touch()
    return sorted(each.parent for each in unpacked.glob("charts/*/*/Chart.yaml"))


def test_all_are_loaded(charts: list[Path]) -> None:
    """Each chart is loaded, with the templates and subcharts that its folder holds, and a line for each value."""
    assert len(charts) > 50
    for path in charts:
        found = load_chart(path)
        assert (path / "templates").is_dir() == bool(found.templates), path
        vendored = [each for each in path.glob("charts/*") if each.is_dir() or each.suffix == ".tgz"]
        assert len(vendored) == len(found.subcharts), path
        for _, part in found.walk():
            assert {(key,) for key in part.values} <= set(part.value_lines), part.source
