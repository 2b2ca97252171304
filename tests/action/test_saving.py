"""Files that are written: there in full, or as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helmlite.action.saving import save_file
from helmlite.errors import HelmliteError


def test_folders_are_made(tmp_path: Path) -> None:
    """All that are missing."""
    save_file(tmp_path / "a" / "b" / "c", b"x")
    assert b"x" == (tmp_path / "a" / "b" / "c").read_bytes()


def test_a_fault_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing beside it."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_bytes(b"older")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HelmliteError, match="file: cannot be written: No space left on device"):
        save_file(path, b"newer")
    assert b"older" == path.read_bytes()
    assert ["file"] == [each.name for each in tmp_path.iterdir()]


def test_what_a_dead_process_left_is_no_hindrance(tmp_path: Path) -> None:
    """Its half-written file stays beside, under a name of its own."""
    (tmp_path / ".helmlite-0-file.tmp").write_bytes(b"half")
    save_file(tmp_path / "file", b"x")
    assert {".helmlite-0-file.tmp": b"half", "file": b"x"} == {
        each.name: each.read_bytes() for each in tmp_path.iterdir()
    }


@pytest.mark.parametrize("name", ["x" * 300, "é" * 200], ids=["long", "long in bytes"])
def test_names_that_no_disk_takes_are_told(tmp_path: Path, name: str) -> None:
    """A chart may have such a name."""
    with pytest.raises(HelmliteError, match="cannot be written: File name too long"):
        save_file(tmp_path / name, b"x")
    assert [] == list(tmp_path.iterdir())
