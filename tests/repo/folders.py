"""Folders of archives for tests of indexing."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helmlite import documents
from helmlite.repo.index import IndexEntry, read_index
from helmlite.repo.indexing import IndexingResult, index_folder
from tests.chart.archives import file, packed

PACKED_AT = 1_700_000_000
"""When the files of a made archive say that they were written: 2023-11-14T22:13:20Z."""
LONG_AGO = 1_600_000_000


def archive(
    name: str, version: str, *, top: str = "", files: Mapping[str, bytes] | None = None, **fields: Any
) -> bytes:
    """Return the archive of a chart, in the top folder of its name unless another is given."""
    described = documents.write({"apiVersion": "v2", "name": name, "version": version, **fields}).encode()
    members: list[tuple[tarfile.TarInfo, bytes]] = []
    for path, data in {"Chart.yaml": described, "values.yaml": b"a: 1\n", **(files or {})}.items():
        member, data_ = file(f"{top or name}/{path}", data)
        member.mtime = PACKED_AT
        members.append((member, data_))
    return packed(*members)


def put(folder: Path, path: str, data: bytes) -> Path:
    """Write a file that seems to be an old one, in the folders that its path needs."""
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    os.utime(place, (LONG_AGO, LONG_AGO))
    return place


def put_charts(folder: Path, *wanted: tuple[str, str]) -> None:
    """Write archives of charts, by name and version."""
    folder.mkdir(exist_ok=True)
    for name, version in wanted:
        put(folder, f"{name}-{version}.tgz", archive(name, version))


def index(folder: Path, *, at: datetime | None = None, **options: Any) -> IndexingResult:
    """Index a folder at a time far enough after what was written there, unless another is given."""
    return index_folder(folder, now=at or datetime(2099, 1, 1, tzinfo=UTC), **options)


def entries(folder: Path) -> dict[str, list[IndexEntry]]:
    """Return what the index of a folder has."""
    found = read_index((folder / "index.yaml").read_bytes(), source="index")
    assert [] == list(found.warnings)
    return {name: list(each) for name, each in found.entries.items()}


def versions(folder: Path) -> dict[str, list[str]]:
    """Return the versions of each chart in the index of a folder, in order."""
    return {name: [each.version for each in found] for name, found in entries(folder).items()}


def files(folder: Path) -> dict[str, bytes]:
    """Return what is served: index and shards, by path."""
    found = [folder / "index.yaml", *(folder / "charts").glob("*.json")]
    return {str(each.relative_to(folder)): each.read_bytes() for each in found if each.exists()}
