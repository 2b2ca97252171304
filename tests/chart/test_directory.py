"""Chart directories are read as far as they reach, and no further."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from helmlite.chart.budget import Budget
from helmlite.chart.directory import read_directory
from helmlite.errors import ChartError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of a chart, beside which other things may lie."""
    made = tmp_path / "web"
    (made / "templates").mkdir(parents=True)
    (made / "Chart.yaml").write_text("name: web\nversion: 1.0.0\n")
    (made / "templates" / "a.yaml").write_text("a: 1\n")
    return made


def names(root: Path) -> list[str]:
    """Return the names of a chart's files."""
    return [each.name for each in read_directory(root, source="web", budget=Budget())]


def refusal(root: Path) -> ChartError:
    """Return the error that reading raises."""
    with pytest.raises(ChartError) as caught:
        names(root)
    return caught.value


def test_names_and_order(root: Path) -> None:
    """Files are named from the chart's root, with slashes, in path order, dotfiles among them."""
    (root / ".hidden").write_text("")
    (root / "z").mkdir()
    (root / "z" / "é b").write_text("")
    assert [".hidden", "Chart.yaml", "templates/a.yaml", "z/é b"] == names(root)


def test_content(root: Path) -> None:
    """Files keep their bytes."""
    (root / "logo.png").write_bytes(bytes(range(256)))
    found = {each.name: each.data for each in read_directory(root, source="web", budget=Budget())}
    assert bytes(range(256)) == found["logo.png"]


def test_ignored_files_are_not_there(root: Path) -> None:
    """What .helmignore names is left out, and so are dotfiles in templates."""
    (root / ".helmignore").write_bytes(b"\xef\xbb\xbfsecret*\ntests/\n")
    (root / "secret.txt").write_text("")
    (root / "tests").mkdir()
    (root / "tests" / "x").write_text("")
    (root / "templates" / ".swp").write_text("")
    assert [".helmignore", "Chart.yaml", "templates/a.yaml"] == names(root)


def test_what_is_ignored_is_not_looked_at(root: Path) -> None:
    """A link, a pipe and an unreadable folder do no harm where they are ignored."""
    (root / ".helmignore").write_text("skip\nfarther\n")
    (root / "skip").mkdir()
    (root / "skip" / "farther").symlink_to("/etc/passwd")
    os.mkfifo(root / "farther")
    assert [".helmignore", "Chart.yaml", "templates/a.yaml"] == names(root)


@pytest.mark.parametrize("target", ["../templates/a.yaml", "b"], ids=["up", "beside"])
def test_link_to_file_within(root: Path, target: str) -> None:
    """A link to a file of the chart is that file."""
    (root / "d").mkdir()
    (root / "d" / "b").write_text("b: 1\n")
    (root / "d" / "link").symlink_to(target)
    found = {each.name: each.data for each in read_directory(root, source="web", budget=Budget())}
    assert (root / "d" / target).read_bytes() == found["d/link"]


def test_link_to_folder_within(root: Path) -> None:
    """A link to a folder of the chart is that folder."""
    (root / "copy").symlink_to("templates")
    assert ["Chart.yaml", "copy/a.yaml", "templates/a.yaml"] == names(root)


def test_chart_that_is_a_link(root: Path) -> None:
    """The chart's own path may be a link; links within are still of the chart."""
    (root / "copy").symlink_to("templates")
    (root.parent / "link").symlink_to("web")
    assert ["Chart.yaml", "copy/a.yaml", "templates/a.yaml"] == names(root.parent / "link")


LEAVING: list[tuple[str, str]] = [
    ("a file", "../beside"),
    ("folder above", ".."),
    ("root of all", "/"),
    ("other folder", "../web-other"),
    ("name that begins alike", "../web-other/x"),
    ("over a link", "over"),
]


@pytest.mark.parametrize("target", [each[1] for each in LEAVING], ids=[each[0] for each in LEAVING])
def test_link_that_leaves(root: Path, target: str) -> None:
    """A link out of the chart is refused, named, with where it leads."""
    (root.parent / "beside").write_text("secret")
    (root.parent / "web-other").mkdir()
    (root.parent / "web-other" / "x").write_text("secret")
    (root / "over").symlink_to("../beside")
    (root / "a").symlink_to(target)
    error = refusal(root)
    assert f"web: 'a' is a link that leaves the chart (to {target!r})" == error.message
    assert "copy the file instead" == error.hint


def test_absolute_link(root: Path) -> None:
    """It does not matter how a link is written that stays in the chart, or leaves it."""
    (root / "a").symlink_to(root / "Chart.yaml")
    assert ["Chart.yaml", "a", "templates/a.yaml"] == names(root)
    (root / "b").symlink_to(root.parent / "beside")
    (root.parent / "beside").write_text("secret")
    assert refusal(root).message.startswith("web: 'b' is a link that leaves the chart")


def test_helmignore_that_leaves(root: Path) -> None:
    """A .helmignore is not read from outside either, where its lines could show in messages."""
    (root.parent / "beside").write_text("secret**\n")
    (root / ".helmignore").symlink_to("../beside")
    assert "web: '.helmignore' is a link that leaves the chart (to '../beside')" == refusal(root).message


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({"a": "nowhere"}, "web: 'a' is a dangling link (to 'nowhere')"),
        ({"a": "../nowhere"}, "web: 'a' is a dangling link (to '../nowhere')"),
        ({"a": "Chart.yaml/x"}, "web: 'a' is a dangling link (to 'Chart.yaml/x')"),
        ({"a": "a"}, "web: 'a' is a cyclic link (to 'a')"),
        ({"a": "b", "b": "a"}, "web: 'a' is a cyclic link (to 'b')"),
        ({"a": "."}, "web: 'a' is a cyclic link: it leads to a folder that it is in"),
        ({"templates/a": "."}, "web: 'templates/a' is a cyclic link: it leads to a folder that it is in"),
        ({"templates/a": "../templates"}, "web: 'templates/a' is a cyclic link: it leads to a folder that it is in"),
        ({"templates/a": ".."}, "web: 'templates/a' is a cyclic link: it leads to a folder that it is in"),
        ({"d/a": "../e", "e/b": "../d"}, "web: 'd/a/b' is a cyclic link: it leads to a folder that it is in"),
    ],
    ids=["nowhere", "out", "below file", "itself", "each other", "root", "here", "here by name", "above", "folders"],
)
def test_link_that_leads_nowhere(root: Path, links: dict[str, str], expected: str) -> None:
    """Dangling and cyclic links are refused, named."""
    for name, target in links.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).symlink_to(target)
    assert expected == refusal(root).message


def test_chart_that_is_a_cyclic_link(tmp_path: Path) -> None:
    """A path that leads to itself is refused."""
    (tmp_path / "web").symlink_to("web")
    assert "web: the path is a cyclic link" == refusal(tmp_path / "web").message


@pytest.mark.parametrize("name", ["a", "templates/a"])
def test_fifo(root: Path, name: str) -> None:
    """A pipe is refused without waiting for somebody to write to it."""
    os.mkfifo(root / name)
    assert f"web: {name!r} is neither file, folder nor link" == refusal(root).message


def test_fifo_as_helmignore(root: Path) -> None:
    """A pipe in the place of .helmignore is refused like any other."""
    os.mkfifo(root / ".helmignore")
    assert "web: '.helmignore' is neither file, folder nor link" == refusal(root).message


def test_link_to_fifo(root: Path) -> None:
    """A link to a pipe is no file either."""
    os.mkfifo(root / "z")
    (root / "a").symlink_to("z")
    assert "web: 'a' is neither file, folder nor link" == refusal(root).message


def test_socket(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket is refused."""
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("a")
    assert "web: 'a' is neither file, folder nor link" == refusal(root).message


@pytest.mark.parametrize(
    "name", [b"a\nb", b"a\x1b", b"a\x7f", b"\xc2\x9b", b"\xff", "\u2028".encode()], ids=lambda name: ascii(name)
)
@pytest.mark.parametrize("is_folder", [False, True], ids=["file", "folder"])
def test_control_characters(root: Path, name: bytes, is_folder: bool) -> None:
    """A name that a terminal would obey, or that is no text, is refused and shown escaped."""
    path = os.path.join(os.fsencode(root), name)  # noqa: PTH118  # pathlib knows no bytes
    if is_folder:
        os.mkdir(path)  # noqa: PTH102  # likewise
    else:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    error = refusal(root)
    assert f"web: {os.fsdecode(name)!r} has control characters, or no UTF-8 text, in its name" == error.message
    assert error.message.isprintable()


def test_bytes_are_bounded(root: Path) -> None:
    """A file larger than a chart may be is not read to its end, and is named."""
    with (root / "big").open("wb") as file:
        file.truncate(1 << 40)
    assert "web: 'big': the chart is larger than 100 MiB unpacked" == refusal(root).message


def test_files_are_bounded(root: Path) -> None:
    """More files than a chart may have are refused; folders count."""
    for number in range(10):
        (root / f"d{number}").mkdir()
    with pytest.raises(ChartError, match="web: the chart has more than 12 files"):
        read_directory(root, source="web", budget=Budget(limit_files=12))
    assert 2 == len(read_directory(root, source="web", budget=Budget(limit_files=13)))


def test_folders_linked_over_and_over(root: Path) -> None:
    """Links that multiply folders end at the count of files, not with the day."""
    for level in range(20):
        (root / f"l{level}").mkdir()
        for each in "ab":
            (root / f"l{level}" / each).symlink_to(f"../l{level + 1}")
    (root / "l20").mkdir()
    assert "web: the chart has more than 10,000 files" == refusal(root).message


def test_folders_too_deep(root: Path) -> None:
    """A tree deeper than any chart's is refused."""
    (root / "/".join("d" * 99)).mkdir(parents=True)
    assert 2 == len(names(root))
    (root / "/".join("d" * 100)).mkdir(parents=True)
    assert "web: folders are nested more than 100 deep" == refusal(root).message
