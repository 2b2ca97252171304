"""Folders for the user alone: how they are made, and which folders and files are believed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helmlite.private import is_own, make_private_folder

IS_ROOT = os.geteuid() == 0
NOBODY = 65534
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can give a folder to somebody else")
not_as_root = pytest.mark.skipif(IS_ROOT, reason="modes keep nobody out who is root")


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Return a function that sets the umask until the test ends."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode(path: Path) -> int:
    """Return the permissions of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o027, 0o077])
def test_whatever_the_umask_nobody_else_enters(tmp_path: Path, umask: Callable[[int], int], mask: int) -> None:
    """All folders that were missing are 0700; those that were there stay as they were."""
    tmp_path.chmod(0o755)
    umask(mask)
    folder = tmp_path / "one" / "two" / "three"
    make_private_folder(folder)
    assert [0o700] * 3 == [mode(each) for each in (folder, folder.parent, folder.parent.parent)]
    assert 0o755 == mode(tmp_path)
    assert is_own(folder.stat())


@pytest.mark.parametrize("given", [0o700, 0o755, 0o770, 0o777, 0o500])
def test_one_that_is_there_stays_as_it_is(tmp_path: Path, given: int) -> None:
    """With its modes and what is in it: its user may have meant them."""
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "file").write_text("mine")
    folder.chmod(given)
    make_private_folder(folder)
    assert (given, "file") == (mode(folder), next(folder.iterdir()).name)


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    """Who keeps caches elsewhere has what is missing made there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    make_private_folder(tmp_path / "cache" / "helmlite")
    assert 0o700 == mode(tmp_path / "elsewhere" / "helmlite")


def test_a_link_to_nowhere_is_an_error(tmp_path: Path) -> None:
    """Nothing is made where somebody else's link leads."""
    (tmp_path / "cache").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        make_private_folder(tmp_path / "cache" / "helmlite")
    assert ["cache"] == [each.name for each in tmp_path.iterdir()]


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    """It stays."""
    (tmp_path / "cache").write_text("mine")
    with pytest.raises(NotADirectoryError):
        make_private_folder(tmp_path / "cache" / "helmlite")
    assert "mine" == (tmp_path / "cache").read_text()


@not_as_root
def test_a_folder_that_may_not_be_written_to_is_an_error(tmp_path: Path) -> None:
    """Nothing is made."""
    (tmp_path / "cache").mkdir(mode=0o500)
    with pytest.raises(PermissionError):
        make_private_folder(tmp_path / "cache" / "helmlite")
    assert [] == list((tmp_path / "cache").iterdir())


@needs_root
def test_root_makes_nothing_in_a_users_home(tmp_path: Path) -> None:
    """By sudo: the user could not use it later. What is there already is no reason to fail."""
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    with pytest.raises(PermissionError):
        make_private_folder(home / ".cache" / "helmlite")
    assert [] == list(home.iterdir())
    make_private_folder(home)


def test_who_acts_as_root_makes_nothing_in_a_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, where the test itself is no root: the folder is the test's, the process root's."""
    if IS_ROOT:
        os.chown(tmp_path, NOBODY, NOBODY)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(PermissionError):
        make_private_folder(tmp_path / "helmlite")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["folder", "file"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0o700, True),
        (0o755, True),
        (0o500, True),
        (0o720, False),
        (0o770, False),
        (0o775, False),
        (0o702, False),
        (0o707, False),
        (0o1777, False),
        (0o2770, False),
    ],
    ids=lambda each: f"{each:o}" if not isinstance(each, bool) else "",
)
def test_what_others_may_write_to_is_not_believed(tmp_path: Path, kind: str, given: int, expected: bool) -> None:
    """Whether by group or by everybody; that they may read it is no reason against it."""
    place = tmp_path / "place"
    place.mkdir() if kind == "folder" else place.write_text("")
    place.chmod(given)
    assert expected is is_own(place.stat())


def test_what_belongs_to_another_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its modes: its owner may change them."""
    tmp_path.chmod(0o700)
    found = tmp_path.stat()
    assert is_own(found)
    monkeypatch.setattr(os, "geteuid", lambda: found.st_uid + 1)
    assert not is_own(found)


@needs_root
def test_root_believes_nobody_else_either(tmp_path: Path) -> None:
    """A user's folder is the user's, though root could change it."""
    os.chown(tmp_path, NOBODY, NOBODY)
    tmp_path.chmod(0o700)
    assert not is_own(tmp_path.stat())


def test_a_link_is_not_what_it_leads_to(tmp_path: Path) -> None:
    """Looked at itself, a link counts as what everybody may write to, on systems that give it such modes."""
    (tmp_path / "own").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "own")
    assert is_own((tmp_path / "link").stat())
    looked_at = (tmp_path / "link").lstat()
    assert is_own(looked_at) is not bool(looked_at.st_mode & 0o022)
