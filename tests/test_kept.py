"""Files that can be had again: believed while they are the user's own, whole, and bounded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helmlite.kept import KeptFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder, which is made when there is something to keep."""
    return tmp_path / "cache" / "kept"


def kept(folder: Path, *, files: int = 100, size: int = 1 << 20) -> KeptFiles:
    """Return what keeps files that are called by a letter."""
    return KeptFiles(folder, names="[a-z]", limit_files=files, limit_bytes=size)


def names(folder: Path) -> list[str]:
    """Return the names of all files there."""
    return sorted(each.name for each in folder.iterdir())


def test_what_is_kept_is_there(folder: Path) -> None:
    """For the user alone; a name that nobody wrote is none."""
    kept(folder).write("a", b"one")
    assert [b"one", None] == [kept(folder).read(each, 10) for each in "ab"]
    assert [0o700, 0o600] == [each.stat().st_mode & 0o777 for each in (folder, folder / "a")]


def test_what_is_too_large_is_not_read(folder: Path) -> None:
    """Somebody else wrote it."""
    kept(folder).write("a", b"1234")
    assert [b"1234", None] == [kept(folder).read("a", limit) for limit in (4, 3)]


def test_what_is_not_kept_is_gone(folder: Path) -> None:
    """A file that was begun, and whatever ended that."""

    def broken() -> None:
        with kept(folder).staged() as (file, _):
            file.write(b"half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        broken()
    assert [] == names(folder)


def test_links_pipes_and_foreign_modes_are_not_believed(folder: Path, tmp_path: Path) -> None:
    """Nor waited for."""
    kept(folder).write("a", b"one")
    (tmp_path / "aside").write_bytes(b"other")
    (folder / "b").symlink_to(tmp_path / "aside")
    os.mkfifo(folder / "c")
    (folder / "d").write_bytes(b"x")
    (folder / "d").chmod(0o666)
    assert [None, None] == [kept(folder).read(each, 10) for each in "cd"]
    with pytest.raises(OSError, match="symbolic links"):
        kept(folder).read("b", 10)
    folder.chmod(0o777)
    with pytest.raises(PermissionError):
        kept(folder).read("a", 10)


@pytest.mark.parametrize(("files", "size"), [(4, 1 << 20), (100, 40)], ids=["files", "bytes"])
def test_what_was_not_used_for_the_longest_time_goes_first(folder: Path, files: int, size: int) -> None:
    """Where one more would pass a bound; what bears another name stays, so does a file that is being written."""
    keeping = kept(folder, files=files, size=size)
    for number, name in enumerate("abcd"):
        path = keeping.write(name, b"0123456789")
        os.utime(path, (number + 1, number + 1))
    (folder / "README").write_text("mine")
    (folder / "new-x").write_text("")
    keeping.write("e", b"0123456789")
    assert ["README", "d", "e", "new-x"] == [each for each in names(folder) if each not in "bc"]
    assert "a" not in names(folder)


def test_what_a_dead_writer_left_goes_after_a_day(folder: Path) -> None:
    """It counts then, as the oldest."""
    keeping = kept(folder, files=1)
    keeping.write("a", b"")
    (folder / "new-x").write_text("")
    os.utime(folder / "new-x", (1, 1))
    keeping.write("b", b"")
    assert ["b"] == names(folder)


def test_another_process_may_remove_it_meanwhile(folder: Path) -> None:
    """What is gone is gone, and can be kept anew."""
    keeping = kept(folder)
    keeping.write("a", b"one")
    keeping.drop("a")
    keeping.drop("a")
    assert keeping.read("a", 10) is None
    assert (folder / "a") == keeping.write("a", b"two")
