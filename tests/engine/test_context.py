"""Files, globs and what a template may reach of our own objects."""

from __future__ import annotations

import pytest

from helmlite.engine.bounds import Meter
from helmlite.engine.context import ChartFiles, glob_expression
from helmlite.engine.failure import TemplateFailure
from helmlite.engine.limits import RenderBounds


@pytest.fixture
def files() -> ChartFiles:
    """Return some files."""
    data = {"b/x.txt": b"x", "a/x.txt": b"one\ntwo\n", "a/bin": b"\xff\x00", "README.md": b"#"}
    return ChartFiles(data, Meter(RenderBounds()))


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.txt", "a.txt", True),
        ("*.txt", "a/a.txt", False),
        ("**.txt", "a/a.txt", True),
        ("conf/**", "conf/a/b", True),
        ("?.txt", "a.txt", True),
        ("?.txt", "/.txt", False),
        ("[a-c].txt", "b.txt", True),
        ("[!a-c].txt", "b.txt", False),
        ("{a,b}.{txt,md}", "b.md", True),
        ("{a,b}.txt", "c.txt", False),
        ("a+b.txt", "a+b.txt", True),
        ("a.txt", "axtxt", False),
    ],
)
def test_a_glob_matches_as_helms(pattern: str, path: str, matches: bool) -> None:
    """Stars stop at slashes, two do not; classes and alternatives work."""
    assert matches == bool(glob_expression(pattern).fullmatch(path))


@pytest.mark.parametrize("pattern", ["[a", "{a,b", "*a*b*c*d*e*f*", "[z-a]"])
def test_a_malformed_glob_is_an_error(pattern: str) -> None:
    """A pattern that means nothing, or costs too much, is refused."""
    with pytest.raises(TemplateFailure, match="pattern"):
        glob_expression(pattern)


def test_files_are_sorted(files: ChartFiles) -> None:
    """Looping gives paths in order."""
    assert ["README.md", "a/bin", "a/x.txt", "b/x.txt"] == list(files)


def test_lines_end_without_an_empty_one(files: ChartFiles) -> None:
    """The last line's end makes no line."""
    assert ["one", "two"] == files.lines("a/x.txt")


def test_a_missing_file_names_the_nearest(files: ChartFiles) -> None:
    """A misspelt path is an error with the right one."""
    with pytest.raises(TemplateFailure, match=r"no file 'a/y.txt'; did you mean 'a/x.txt' or 'b/x.txt'\?"):
        files.get("a/y.txt")


def test_a_binary_file_is_had_in_base64(files: ChartFiles) -> None:
    """Bytes that are no text come as base64 only."""
    assert "/wA=" == files.get_base64("a/bin")
    with pytest.raises(TemplateFailure, match="not text"):
        files.get("a/bin")


def test_equal_base_names_are_an_error(files: ChartFiles) -> None:
    """Two files for one key would overwrite each other."""
    with pytest.raises(TemplateFailure, match=r"'a/x\.txt' and 'b/x\.txt' would both be the key 'x\.txt'"):
        files.glob("**.txt").as_config()
