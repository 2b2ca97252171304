"""Archives are read with measure: bombs, damage, and what is no archive at all."""

from __future__ import annotations

import contextlib
import gzip
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmlite.chart.archive import read_archive
from helmlite.chart.budget import Budget
from helmlite.chart.loader import load_archive
from helmlite.errors import ChartError
from tests.chart.archives import CHART_YAML, chart, file, folder, packed, special, symlink, tar

MIB = 1 << 20
LARGE = 256 * MIB
OWN = file("web/Chart.yaml", CHART_YAML)


def refusal(data: bytes, source: str = "web.tgz") -> ChartError:
    """Return the error that loading raises."""
    with pytest.raises(ChartError) as caught:
        load_archive(data, source=source)
    return caught.value


def bomb(head: bytes, zeros: int, tail: bytes = b"") -> bytes:
    """Return gzip of bytes around that many zeros, made without having them."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [squeeze.compress(head)]
    parts += [squeeze.compress(bytes(min(MIB, zeros - start))) for start in range(0, zeros, MIB)]
    return b"".join([*parts, squeeze.compress(tail), squeeze.flush()])


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return the block that announces a member of that size."""
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


def start(*blocks: bytes) -> bytes:
    """Return a chart's first member and other blocks, without the end of an archive."""
    return tar([OWN])[:1024] + b"".join(blocks)


BOMBS: list[tuple[str, Callable[[], bytes], str]] = [
    ("one large file", lambda: bomb(start(header("web/big", LARGE)), LARGE), "web.tgz: member 'web/big': the chart"),
    ("lies of a small size", lambda: bomb(start(header("web/big", 10)), LARGE), "web.tgz: the chart is larger"),
    ("zeros after the end", lambda: bomb(tar([OWN]), LARGE), "web.tgz: the chart is larger than 100 MiB"),
    ("size in base 256", lambda: bomb(start(header("web/big", 1 << 62)), MIB), "web.tgz: member 'web/big': the"),
    (
        "PAX header",
        lambda: bomb(start(header("pax", LARGE, tarfile.XHDTYPE)), LARGE),
        "web.tgz: member 'pax' is a header larger than 1 MiB",
    ),
    (
        "global PAX header",
        lambda: bomb(start(header("pax", LARGE, tarfile.XGLTYPE)), LARGE),
        "web.tgz: member 'pax' is a header larger than 1 MiB",
    ),
    (
        "long name",
        lambda: bomb(start(header("long", LARGE, tarfile.GNUTYPE_LONGNAME)), LARGE),
        "web.tgz: member 'long' is a header larger than 1 MiB",
    ),
    (
        "headers without an end",
        lambda: gzip.compress(start(*[header("pax", 0, tarfile.XGLTYPE)] * 5000)),
        "web.tgz: the archive is damaged: its headers follow each other without end",
    ),
    (
        "streams without an end",
        lambda: packed(OWN) + gzip.compress(b"") * 10_001,
        "web.tgz: the chart has more than 10,000 files",
    ),
]


@pytest.mark.parametrize(("made", "expected"), [each[1:] for each in BOMBS], ids=[each[0] for each in BOMBS])
def test_bomb(made: Callable[[], bytes], expected: str) -> None:
    """What unpacks without measure is refused, and little of it is ever in memory."""
    data = made()
    tracemalloc.start()
    try:
        error = refusal(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert error.message.startswith(expected), error.message
    assert peak < 80 * MIB


def many(count: int) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Yield a chart of that many files."""
    yield OWN
    for number in range(count - 1):
        yield file(f"web/files/{number}")


def test_ten_thousand_members() -> None:
    """Ten thousand files are a chart, one more are none, and the hint says what to do."""
    assert 9999 == len(load_archive(gzip.compress(tar(many(10_000)), 1), source="web.tgz").files)
    error = refusal(gzip.compress(tar(many(10_001)), 1))
    assert "web.tgz: the chart has more than 10,000 files" == error.message
    assert error.hint is not None
    assert ".helmignore" in error.hint


def test_links_count() -> None:
    """What a link brings counts like a file of its own: many links to one file are a bomb too."""
    members = [OWN, file("web/a", bytes(MIB)), *(symlink(f"web/{number}", "a") for number in range(100))]
    assert refusal(packed(*members)).message.endswith("the chart is larger than 100 MiB unpacked")


def test_headers_count() -> None:
    """Headers count as bytes: the budget is of the whole tar, not of the files' contents."""
    budget = Budget(limit_bytes=8 * 512)
    members = [OWN, *(folder(f"web/{number}") for number in range(7))]
    with pytest.raises(ChartError, match=r"web.tgz: the chart is larger"):
        read_archive(packed(*members), source="web.tgz", budget=budget)


def test_limit_is_exact() -> None:
    """A chart of exactly the limit is read, whatever was unpacked ahead of its last member."""
    data = tar([OWN, file("web/a", bytes(200_000)), file("web/b", b"end")])
    assert 3 == len(read_archive(gzip.compress(data), source="web.tgz", budget=Budget(limit_bytes=len(data))))
    with pytest.raises(ChartError, match="larger than"):
        read_archive(gzip.compress(data), source="web.tgz", budget=Budget(limit_bytes=len(data) - 1))


def test_subcharts_share_the_bytes() -> None:
    """Packed subcharts spend from the budget of the whole, so that nesting them multiplies nothing."""
    inner = chart("db", {"big": bytes(45 * MIB)})
    outer = chart("web", {"charts/db-1.tgz": inner, "charts/db-2.tgz": inner, "charts/db-3.tgz": inner})
    assert refusal(outer).message.startswith("web.tgz/charts/db-3.tgz: member 'db/big': the chart is larger than 100")


def test_subcharts_share_the_count() -> None:
    """Files of packed subcharts count too."""
    inner = gzip.compress(tar(many(6_000)), 1)
    outer = chart("web", {"charts/a.tgz": inner, "charts/b.tgz": inner})
    assert "web.tgz/charts/b.tgz: the chart has more than 10,000 files" == refusal(outer).message


def test_subcharts_within_each_other() -> None:
    """Charts within charts are read only so deep."""
    data = chart("db")
    for _ in range(21):
        data = chart("web", {"charts/a.tgz": data})
    assert refusal(data).message.endswith("charts are nested more than 20 deep")


WHOLE = chart("web", {"a": bytes(range(256)) * 100})


@pytest.mark.parametrize("length", [4, 10, 11, len(WHOLE) // 2, len(WHOLE) - 9, len(WHOLE) - 8, len(WHOLE) - 1])
def test_truncated(length: int) -> None:
    """An archive that ends too early is damaged, were it by the last byte of its checksum."""
    assert refusal(WHOLE[:length]).message.startswith("web.tgz: the archive is damaged: ")


def test_wrong_checksum() -> None:
    """An archive whose content is not what was packed is damaged."""
    data = bytearray(WHOLE)
    data[-6] ^= 1
    assert refusal(bytes(data)).message.startswith("web.tgz: the archive is damaged: ")


@pytest.mark.parametrize("data", [b"\x1f\x8b\x08garbage", gzip.compress(b"garbage" * 200)], ids=["gzip", "tar"])
def test_garbage(data: bytes) -> None:
    """What only begins like an archive is damaged."""
    assert refusal(data).message.startswith("web.tgz: the archive is damaged: ")


@pytest.mark.parametrize("data", [gzip.compress(b""), packed(), packed(folder("web"))], ids=["gzip", "tar", "folder"])
def test_empty(data: bytes) -> None:
    """An archive without a file is no chart."""
    assert "web.tgz: the archive holds no files" == refusal(data).message


@pytest.mark.parametrize("data", [b"", b"\x1f", b"a: 1\n", tar([OWN]), b"PK\x03\x04"])
def test_no_gzip(data: bytes) -> None:
    """What is not gzipped is no archive."""
    error = refusal(data)
    assert ("web.tgz: no chart archive: it is not gzipped", None) == (error.message, error.hint)


@pytest.mark.parametrize("name", ["web/values.yaml", "Chart.YML"])
def test_no_gzip_but_yaml(name: str) -> None:
    """Who gives a chart's YAML file is told to give its folder."""
    assert "give the folder of the chart, not one of its files" == refusal(b"a: 1\n", name).hint


def test_several_streams() -> None:
    """Several gzip streams after each other are one archive, and what follows them is nothing."""
    data = tar([OWN, file("web/a", b"text")])
    streams = b"".join(gzip.compress(data[at : at + 700]) for at in range(0, len(data), 700))
    assert [b"text"] == [each.data for each in load_archive(streams + b"\0\0rest", source="web.tgz").files]


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    """Whatever bytes are changed in an archive's tar, it is read, or refused as a chart's fault."""
    members = [OWN, file(f"web/{'long' * 40}", b"x" * 600), symlink("web/b", "a"), special("web/d", tarfile.DIRTYPE)]
    content = bytearray(tar(members, pax=data.draw(st.booleans())).rstrip(b"\0") + bytes(1024))
    for at, new in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)):
        content[at] = new
    for block in range(0, len(content) - 512, 512):
        if content[block + 257 : block + 262] == b"ustar":
            content[block + 148 : block + 156] = b" " * 8
            content[block + 148 : block + 156] = b"%06o\0 " % sum(content[block : block + 512])
    found = gzip.compress(bytes(content), 1)
    with contextlib.suppress(ChartError):
        read_archive(found, source="web.tgz", budget=Budget())


def test_chains_of_links_take_no_time() -> None:
    """Each link is followed once, however long the chain."""
    links = [symlink(f"web/l{number}", f"l{number - 1}") for number in range(1, 5_000)]
    files = read_archive(packed(OWN, file("web/l0", b"x"), *links), source="web.tgz", budget=Budget())
    assert 5_000 == sum(each.data == b"x" for each in files)


def test_deep_folders_are_refused() -> None:
    """No chart needs a hundred folders within each other."""
    assert "in more than 100 folders" in refusal(packed(OWN, file("web/" + "a/" * 200 + "x"))).message
