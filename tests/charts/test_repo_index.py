"""The folder repo-index/: the example charts as a repository. `make repo-index` makes it."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Mapping
from pathlib import Path

from helmlite import Configuration
from helmlite.action.index_repository import index_repository
from helmlite.chart.packing import pack

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "repo-index"


def files(folder: Path) -> Mapping[str, bytes]:
    """Return the index and its shards by path."""
    found = [folder / "index.yaml", *folder.glob("charts/*.json")]
    return {str(each.relative_to(folder)): each.read_bytes() for each in found}


def test_it_holds_the_example_charts() -> None:
    """Each as it is now; what is packed is compared, since compressed bytes are the machine's zlib's."""
    packed = [pack(each.parent) for each in sorted((ROOT / "charts").glob("*/Chart.yaml"))]
    assert sorted(each.file_name for each in packed) == sorted(each.name for each in FOLDER.glob("*.tgz"))
    for each in packed:
        there = gzip.decompress((FOLDER / each.file_name).read_bytes())
        assert gzip.decompress(each.data) == there, f"{each.name} changed: run `make repo-index`"


def test_its_index_is_of_these_archives(tmp_path: Path) -> None:
    """Made anew in another folder, of the archives alone, it is the same to the byte."""
    for each in FOLDER.glob("*.tgz"):
        shutil.copy(each, tmp_path)
    index_repository(Configuration(), tmp_path)
    assert files(FOLDER) == files(tmp_path), "run `make repo-index`"
