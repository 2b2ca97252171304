"""Archives are read without being believed."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Sequence

import pytest

from helmlite.chart.archive import read_archive
from helmlite.chart.budget import Budget
from helmlite.errors import ChartError
from tests.chart.archives import CHART_YAML, file, folder, hardlink, packed, special, symlink

Member = tuple[tarfile.TarInfo, bytes]
OWN = file("web/Chart.yaml", CHART_YAML)


def read(data: bytes, source: str = "web.tgz") -> dict[str, bytes]:
    """Return the files of an archive by name."""
    return {each.name: each.data for each in read_archive(data, source=source, budget=Budget())}


def refusal(data: bytes, source: str = "web.tgz") -> ChartError:
    """Return the error that reading raises."""
    with pytest.raises(ChartError) as caught:
        read(data, source)
    return caught.value


REFUSED: list[tuple[str, Sequence[Member], str]] = [
    ("traversal", [file("web/../../etc/passwd")], "member 'web/../../etc/passwd' leads out of the chart"),
    ("traversal from the start", [file("../web/a")], "member '../web/a' leads out of the chart"),
    ("traversal that comes back", [file("web/a/../b")], "member 'web/a/../b' leads out of the chart"),
    ("folder that leads out", [folder("web/..")], "member 'web/..' leads out of the chart"),
    ("absolute path", [file("/web/a")], "member '/web/a' has an absolute path"),
    ("drive letter", [file("C:/web/a")], "member 'C:/web/a' has an absolute path"),
    ("drive letter below", [file("web/c:/a")], "member 'web/c:/a' has an absolute path within its top folder"),
    ("backslash", [file("web\\a")], r"member 'web\\\\a' has a backslash in its name"),
    ("newline in name", [file("web/a\nb")], r"member 'web/a\\nb' has control characters"),
    ("escape in name", [file("web/\x1b[2J")], r"member 'web/\\x1b\[2J' has control characters"),
    ("delete in name", [file("web/\x7f")], r"member 'web/\\x7f' has control characters"),
    ("C1 control in name", [file("web/\x9b")], r"member 'web/\\x9b' has control characters"),
    ("line separator in name", [file("web/\u2028")], r"member 'web/\\u2028' has control characters"),
    ("folder with control characters", [folder("web/a\rb")], r"member 'web/a\\rb' has control characters"),
    ("no UTF-8 in name", [file("web/\udcff")], r"member 'web/\\udcff' has control characters, or no UTF-8 text"),
    ("endless name", [file("web/" + "a" * 5000)], r"member 'web/aaa.*\.\.\.a+' has a name of more than 4096"),
    ("endless target", [symlink("web/a", "b" * 5000)], "member 'web/a' is a link with a target of more than 4096"),
    ("symlink out", [symlink("web/a", "../b")], r"member 'web/a' is a link that leaves the chart, to '\.\./b'"),
    ("symlink out and back", [symlink("web/d/a", "../../web/b")], "member 'web/d/a' is a link that leaves the chart"),
    ("symlink to absolute", [symlink("web/a", "/etc/passwd")], "'web/a' is a link to an absolute path, '/etc/passwd'"),
    ("symlink to a drive", [symlink("web/a", "c:/b")], "member 'web/a' is a link to an absolute path, 'c:/b'"),
    ("symlink, backslash", [symlink("web/a", "..\\b")], "'web/a' is a link with control characters or backslashes"),
    ("symlink, control", [symlink("web/a", "b\n")], "member 'web/a' is a link with control characters or backslashes"),
    ("hardlink out", [hardlink("web/a", "../b")], r"member 'web/a', a link to '\.\./b', leads out of the chart"),
    ("hardlink to absolute", [hardlink("web/a", "/b")], "member 'web/a' is a link to an absolute path, '/b'"),
    ("hardlink to other folder", [hardlink("web/a", "db/b")], "member 'web/a' is a link that leaves the chart"),
    ("dangling symlink", [symlink("web/a", "b")], r"member 'a' is a dangling link \(to 'b'\)"),
    ("dangling hardlink", [hardlink("web/a", "web/b")], r"member 'a' is a dangling link \(to 'b'\)"),
    ("link to itself", [symlink("web/a", "a")], "member 'a' is a cyclic link"),
    ("cyclic links", [symlink("web/a", "b"), symlink("web/b", "a")], r"member 'a' is a cyclic link \(a -> b -> a\)"),
    ("link to a folder", [file("web/d/x"), symlink("web/a", "d")], "member 'a' is a link to a folder"),
    ("link to an empty folder", [folder("web/d"), symlink("web/a", "d")], "member 'a' is a link to a folder"),
    ("link to the chart", [symlink("web/d/a", "..")], "member 'd/a' is a link to a folder"),
    ("file below a link", [symlink("web/d", "e"), file("web/e/x"), file("web/d/y")], "'d/y' is below 'd', which is no"),
    ("fifo", [special("web/a", tarfile.FIFOTYPE)], "member 'web/a' is neither file, folder nor link"),
    ("character device", [special("web/a", tarfile.CHRTYPE)], "member 'web/a' is neither file, folder nor link"),
    ("block device", [special("web/a", tarfile.BLKTYPE)], "member 'web/a' is neither file, folder nor link"),
    ("unknown type", [special("web/a", b"Q")], "member 'web/a' is neither file, folder nor link"),
    ("sparse file", [special("web/a", tarfile.GNUTYPE_SPARSE)], "member 'web/a' is neither file, folder nor link"),
    ("twice", [file("web/a"), file("web/a")], "member 'web/a' is in the archive twice"),
    ("twice, with a dot", [file("web/a"), file("./web/a")], r"member '\./web/a' is in the archive twice"),
    ("twice, inner dot", [file("web/a"), file("web/./a")], r"member 'web/\./a' is in the archive twice"),
    ("twice, slashes", [file("web/d/a"), file("web/d//a")], "member 'web/d//a' is in the archive twice"),
    ("link beside a file", [file("web/a"), symlink("web/a", "Chart.yaml")], "member 'web/a' is in the archive twice"),
    ("same in another top folder", [file("db/Chart.yaml")], "member 'db/Chart.yaml': the archive has two top folders"),
    ("two top folders", [file("db/a")], "member 'db/a': the archive has two top folders, 'web' and 'db'"),
    ("two top folders, one empty", [folder("db")], "member 'db': the archive has two top folders, 'web' and 'db'"),
    ("no top folder", [file("a")], "member 'a' is not in a folder"),
    ("no top folder, with a dot", [file("./a")], r"member '\./a' is not in a folder"),
    ("file without a name", [file(".")], r"member '\.' is not in a folder"),
    ("file named as a folder", [folder("web/a"), file("web/a")], "member 'a' is a file and a folder"),
    ("folder named as a file", [file("web/a"), folder("web/a/")], "member 'a' is a file and a folder"),
    ("file below a file", [file("web/a"), file("web/a/b")], "member 'a/b' is below 'a', which is no folder"),
]


@pytest.mark.parametrize(("members", "expected"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_refused(members: Sequence[Member], expected: str) -> None:
    """What no chart needs is refused, whatever else is packed, and the message names archive and member."""
    error = refusal(packed(OWN, *members, pax=False))
    assert error.message.startswith("web.tgz: ")
    assert re.search(expected, error.message), error.message


@pytest.mark.parametrize("pax", [False, True], ids=["gnu", "pax"])
@pytest.mark.parametrize(
    "link", [symlink("web/d/b", "../a"), hardlink("web/d/b", "web/a")], ids=["symlink", "hardlink"]
)
def test_link_within(link: Member, pax: bool) -> None:
    """A link to a file of the chart is that file, wherever it stands in the archive."""
    assert {"Chart.yaml": CHART_YAML, "d/b": b"text", "a": b"text"} == read(
        packed(OWN, link, file("web/a", b"text"), pax=pax)
    )


def test_link_to_link() -> None:
    """Links are followed to their end."""
    found = read(packed(OWN, symlink("web/a", "b"), symlink("web/b", "./c"), file("web/c", b"text")))
    assert (b"text", b"text") == (found["a"], found["b"])


@pytest.mark.parametrize("prefix", ["web", "./web", ".//web", "any other name"])
def test_top_folder(prefix: str) -> None:
    """The top folder, whatever its name, is no part of the files' names."""
    found = read(packed(folder("./"), folder(prefix), file(f"{prefix}/Chart.yaml", CHART_YAML), file(f"{prefix}/a/b")))
    assert ["Chart.yaml", "a/b"] == list(found)


def test_long_names() -> None:
    """Names that tar can only write with headers of their own are read whole."""
    name = f"{'d' * 120}/{'é' * 120}"
    assert [name] == list(read(packed(file(f"web/{name}"), pax=True)))
    assert [name] == list(read(packed(file(f"web/{name}"), pax=False)))


def test_order_is_kept() -> None:
    """Files come in the archive's order, links among them."""
    found = read(packed(file("web/b"), symlink("web/c", "a"), file("web/a")))
    assert ["b", "c", "a"] == list(found)
