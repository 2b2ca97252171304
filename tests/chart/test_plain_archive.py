"""The fast reader of plain archives gives what the careful one gives, or nothing."""

from __future__ import annotations

import gzip
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.chart.archive import read_archive
from helmlite.chart.budget import Budget
from helmlite.chart.plain_archive import read_plain
from tests.chart.archives import file, folder, hardlink, packed, symlink, tar

PLAIN = packed(file("web/Chart.yaml", b"a"), file("web/templates/x.yaml", b"b" * 1000), file("web/empty"))


def carefully(data: bytes) -> list[tuple[str, bytes]]:
    """Return what the careful reader gives."""
    return [(each.name, each.data) for each in read_archive(data, source="x", budget=Budget())]


def test_a_plain_archive_is_read() -> None:
    """With the same files in the same order, and its newest time."""
    member, data = file("web/late", b"x")
    member.mtime = 1_700_000_000
    archive = packed(file("web/Chart.yaml", b"a"), (member, data))
    found = read_plain(archive)
    assert found is not None
    assert (carefully(archive), 1_700_000_000) == (list(found.files.items()), found.newest)


def _long() -> bytes:
    return packed(file("web/" + "a" * 90 + "/" + "b" * 90, b"x"))


OTHERS = [
    pytest.param(packed(folder("web"), file("web/a")), id="folder"),
    pytest.param(packed(file("web/a"), symlink("web/b", "a")), id="symlink"),
    pytest.param(packed(file("web/a"), hardlink("web/b", "web/a")), id="hardlink"),
    pytest.param(packed(file("web/a"), file("web/a")), id="twice"),
    pytest.param(packed(file("web/a"), file("api/a")), id="two-tops"),
    pytest.param(packed(file("web/a"), file("web/a/b")), id="file-as-folder"),
    pytest.param(packed(file("a")), id="no-top"),
    pytest.param(packed(file("web/../a")), id="traversal"),
    pytest.param(packed(file("/web/a")), id="absolute"),
    pytest.param(packed(file("./web/a")), id="dot"),
    pytest.param(packed(file("web//a")), id="slashes"),
    pytest.param(packed(file("web/a\x1b")), id="control"),
    pytest.param(packed(file("web/\udcff")), id="not-utf8"),
    pytest.param(packed(file("web/a"), pax=False), id="gnu"),
    pytest.param(packed(file("web/é")), id="pax"),
    pytest.param(packed(), id="no-files"),
    pytest.param(PLAIN[:-10], id="truncated"),
    pytest.param(PLAIN + b"\0", id="trailing"),
    pytest.param(PLAIN + PLAIN, id="two-streams"),
    pytest.param(gzip.compress(tar([file("web/a", b"x" * 600)])[:1024]), id="truncated-tar"),
    pytest.param(gzip.compress(bytes(40 << 20)), id="bomb"),
    pytest.param(b"", id="empty"),
    pytest.param(b"\x1f\x8b\x08", id="magic"),
]


@pytest.mark.parametrize("data", OTHERS)
def test_what_is_not_plain_is_left_to_the_careful_reader(data: bytes) -> None:
    """It says why, where it is at fault."""
    assert read_plain(data) is None


def test_long_names_are_plain() -> None:
    """Up to what a header of ustar holds."""
    found = read_plain(_long())
    assert found is None or carefully(_long()) == list(found.files.items())


names = st.one_of(
    st.sampled_from(["web/a", "web/b", "web/a/b", "web/", "api/a", "web/./a", "web", "", "/", "..", "web/.."]),
    st.text("ab/.\\é\0: ", max_size=8),
)
members = st.lists(
    st.one_of(
        st.builds(file, names, st.binary(max_size=700)), st.builds(folder, names), st.builds(symlink, names, names)
    ),
    max_size=4,
)


@given(members, st.booleans(), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=2))
def test_whatever_it_takes_is_taken_with_the_same_result(
    given: list[tuple[tarfile.TarInfo, bytes]], pax: bool, damage: list[tuple[int, int]]
) -> None:
    """Of any members, with bytes of the tar changed."""
    text = bytearray(tar(given, pax=pax))
    for at, value in damage:
        text[at % len(text)] = value
    data = gzip.compress(bytes(text))
    found = read_plain(data)
    if found is not None:
        assert carefully(data) == list(found.files.items())
