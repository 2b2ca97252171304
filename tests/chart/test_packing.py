"""Packing: the same bytes for the same chart, and what is packed is what was there."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmlite.chart.chart import Chart
from helmlite.chart.loader import load_archive, load_chart
from helmlite.chart.packing import FIXED_TIME, Packed, pack
from helmlite.errors import ChartError, UsageError
from tests.chart import archives

CHARTS = Path(__file__).resolve().parents[2] / "charts"
NAME = "apiVersion: v2\nname: {}\nversion: {}\n"

Make = Callable[..., Path]


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder; return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture
def chart(tmp_path: Path) -> Make:
    """Return a function that makes a chart directory with a Chart.yaml and more files."""

    def make(files: Mapping[str, str | bytes] | None = None, name: str = "web", **more: str) -> Path:
        extra = "".join(f"{key}: {value}\n" for key, value in more.items())
        return write(tmp_path / name, {"Chart.yaml": NAME.format(name, "1.0.0") + extra, **(files or {})})

    return make


def members(packed: Packed) -> list[tarfile.TarInfo]:
    """Return the members of a packed chart."""
    with tarfile.open(fileobj=io.BytesIO(packed.data)) as archive:
        return archive.getmembers()


def names(packed: Packed) -> list[str]:
    """Return the members' names."""
    return [each.name for each in members(packed)]


def told(part: Chart) -> dict[str, object]:
    """Return what a chart is, whatever it was loaded from."""
    return {
        "metadata": part.metadata.to_data(),
        "values": part.values,
        "raw": (part.raw_values, part.schema, part.raw_lock),
        "files": {each.name: each.data for each in (*part.templates, *part.files)},
        "subcharts": sorted(json.dumps(told(each), default=repr, sort_keys=True) for each in part.subcharts),
    }


def test_members_stand_in_helms_order(chart: Make) -> None:
    """Chart.yaml, lock, values, schema, templates, other files as a walk finds them, then subcharts by name."""
    folder = chart(
        {
            "README.md": "x",
            "Chart.lock": "generated: now\n",
            "values.yaml": "a: 1\n",
            "values.schema.json": "{}",
            "templates/b.yaml": "",
            "templates/a.yaml": "",
            "templates/a/z.yaml": "",
            "crds/c.yaml": "",
            "charts/top/Chart.yaml": NAME.format("top", "1.0.0"),
            "charts/sub-1.0.0.tgz": archives.chart("sub"),
            ".helmignore": "# none\n",
        }
    )
    expected = ["Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"]
    expected += ["templates/a/z.yaml", "templates/a.yaml", "templates/b.yaml"]
    expected += [".helmignore", "README.md", "crds/c.yaml", "charts/sub/Chart.yaml", "charts/top/Chart.yaml"]
    assert [f"web/{each}" for each in expected] == names(pack(folder))


def test_headers_hold_nothing_of_the_machine(chart: Make) -> None:
    """Mode 0644, owner 0 without a name, the fixed time; gzip has neither name nor time."""
    packed = pack(chart({"values.yaml": "a: 1\n"}))
    facts = {(each.mode, each.uid, each.gid, each.uname, each.gname, each.mtime) for each in members(packed)}
    assert {(0o644, 0, 0, "", "", FIXED_TIME)} == facts
    assert b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" == packed.data[:10]


def test_modes_times_and_places_do_not_matter(chart: Make, tmp_path: Path) -> None:
    """A copy elsewhere, with other modes and times, made in another order, gives the same bytes."""
    files = {"values.yaml": "a: 1\n", "templates/a.yaml": "a: 1\n", "bin/run": "#!/bin/sh\n"}
    first = pack(chart(files))
    other = write(tmp_path / "elsewhere" / "copy", dict(reversed(files.items())))
    write(other, {"Chart.yaml": NAME.format("web", "1.0.0")})
    for number, path in enumerate(sorted(other.rglob("*"))):
        path.chmod(0o755 if path.is_dir() else 0o600 + 0o100 * (number % 2))
        os.utime(path, (number, number))
    assert first.data == pack(other).data


def test_the_time_may_be_given(chart: Make) -> None:
    """SOURCE_DATE_EPOCH is the time of every member."""
    assert {1_700_000_000} == {each.mtime for each in members(pack(chart(), epoch_seconds=1_700_000_000))}


def test_version_and_app_version_are_overridden(chart: Make) -> None:
    """Both are in Chart.yaml and the version is in the name, as it was written."""
    packed = pack(chart(appVersion="1"), version="v2.0.0+b.1", app_version="3")
    loaded = load_archive(packed.data, source="x").metadata
    assert ("v2.0.0+b.1", "3", "web-v2.0.0+b.1.tgz") == (loaded.version, loaded.app_version, packed.file_name)


@pytest.mark.parametrize("version", ["latest", "1.2.3.4", "../1.0.0", "1.0.0/x", "1.0.0\n"])
def test_bad_versions_are_refused(chart: Make, version: str) -> None:
    """``--version`` is a semantic version."""
    with pytest.raises(UsageError, match="--version: "):
        pack(chart(), version=version)


def test_ignored_files_are_left_out(chart: Make) -> None:
    """``.helmignore`` is honoured."""
    folder = chart({".helmignore": "*.bak\nnotes/\n", "a.bak": "x", "notes/a": "x", "kept": "x"})
    assert ["web/Chart.yaml", "web/.helmignore", "web/kept"] == names(pack(folder))


def test_links_within_the_chart_are_packed_as_files(chart: Make) -> None:
    """A link is what it leads to; one that leaves the chart is refused."""
    folder = chart({"a": "text"})
    (folder / "b").symlink_to("a")
    packed = pack(folder)
    assert [True] * 3 == [each.isreg() for each in members(packed)]
    assert {"a": b"text", "b": b"text"} == {
        each.name: each.data for each in load_archive(packed.data, source="x").files
    }
    (folder / "c").symlink_to("/etc/passwd")
    with pytest.raises(ChartError, match="leaves the chart"):
        pack(folder)


def test_missing_dependencies_are_refused(chart: Make) -> None:
    """What Chart.yaml declares is in charts/, or the error names it and says what to do."""
    folder = chart(dependencies='[{name: redis, version: ">=1", repository: "https://example.com"}]')
    with pytest.raises(ChartError, match="declares dependencies that are not in its charts/: redis") as caught:
        pack(folder)
    assert caught.value.hint


def test_two_versions_of_a_subchart_are_kept_apart(chart: Make) -> None:
    """Each is in a folder of its own, so that both aliases find theirs."""
    folder = chart(
        {
            "charts/one/Chart.yaml": NAME.format("redis", "1.0.0"),
            "charts/two/Chart.yaml": NAME.format("redis", "2.0.0"),
        },
        dependencies="[{name: redis, version: 1.0.0, alias: a}, {name: redis, version: 2.0.0, alias: b}]",
    )
    packed = pack(folder)
    assert ["web/charts/redis-1.0.0/Chart.yaml", "web/charts/redis-2.0.0/Chart.yaml"] == names(packed)[1:]
    assert told(load_chart(folder)) == told(load_archive(packed.data, source="x"))


def test_a_subchart_that_is_there_twice_is_refused(chart: Make) -> None:
    """As a folder and as an archive, for instance: which one is meant nobody knows."""
    folder = chart({"charts/sub/Chart.yaml": NAME.format("sub", "1.0.0"), "charts/sub.tgz": archives.chart("sub")})
    with pytest.raises(ChartError, match=r"holds sub 1\.0\.0 twice"):
        pack(folder)


def test_old_charts_keep_requirements(chart: Make) -> None:
    """Of apiVersion v1, dependencies stay in requirements.yaml, and are not in Chart.yaml too."""
    folder = chart(
        {
            "Chart.yaml": "apiVersion: v1\nname: web\nversion: 1.0.0\n",
            "requirements.yaml": "dependencies: [{name: sub, version: 1.0.0}]\n",
            "requirements.lock": "digest: x\n",
            "charts/sub.tgz": archives.chart("sub"),
        }
    )
    packed = pack(folder)
    assert ["requirements.lock", "requirements.yaml"] == [each[4:] for each in names(packed) if "requirements" in each]
    with tarfile.open(fileobj=io.BytesIO(packed.data)) as archive:
        written = archive.extractfile("web/Chart.yaml")
        assert written is not None
        assert b"dependencies" not in written.read()
    assert told(load_chart(folder)) == told(load_archive(packed.data, source="x"))


@pytest.mark.parametrize(("schema", "said"), [(b"{", "no JSON"), (b"\xff", "no UTF-8 text")])
def test_a_schema_is_json(chart: Make, schema: bytes, said: str) -> None:
    """What could never be checked against is not packed."""
    with pytest.raises(ChartError, match=f"values.schema.json: {said}"):
        pack(chart({"values.schema.json": schema}))


@pytest.mark.parametrize(("make", "said"), [(False, "not there"), (True, "a file")])
def test_only_directories_are_packed(tmp_path: Path, make: bool, said: str) -> None:
    """An archive is packed already."""
    path = tmp_path / "x.tgz"
    if make:
        path.write_bytes(archives.chart())
    with pytest.raises(ChartError, match=f"it is {said}; what is packed is the directory"):
        pack(path)


def test_names_that_could_not_be_loaded_are_refused(chart: Make) -> None:
    """What helmlite would not read it does not write."""
    with pytest.raises(ChartError, match="has a backslash in its name"):
        pack(chart({"a\\b": "x"}))


def test_long_and_foreign_names_are_kept(chart: Make) -> None:
    """Names that no old tar header holds are in one that every reader of today knows."""
    name = f"{'d' * 120}/{'f' * 120}/größe.txt"
    assert f"web/{name}" in names(pack(chart({name: "x"})))


def test_the_tar_stream_does_not_depend_on_zlib(chart: Make) -> None:
    """Unpacked, the archive is the same bytes whatever has compressed it."""
    packed = pack(chart({"a": "b"}))
    assert 0x460E4BC3 == zlib.crc32(gzip.decompress(packed.data))


@pytest.mark.parametrize("name", sorted(each.name for each in CHARTS.iterdir()))
def test_packed_examples_load_as_they_were(name: str) -> None:
    """Every chart in charts/, packed and loaded again, is the chart that it was."""
    assert told(load_chart(CHARTS / name)) == told(load_archive(pack(CHARTS / name).data, source="x"))


PARTS = st.text(st.sampled_from("ab.-_ é"), min_size=1, max_size=6).filter(lambda each: each not in (".", ".."))
FILES = st.dictionaries(
    st.lists(PARTS, min_size=1, max_size=3).map(lambda each: "/".join(["x", *each])), st.binary(max_size=50), max_size=6
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


@settings(max_examples=50, deadline=None)
@given(files=FILES, description=TEXTS, values=st.dictionaries(st.text("abc", min_size=1), st.integers()))
def test_packing_and_loading_gives_the_same_chart(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], description: str, values: dict[str, int]
) -> None:
    """Whatever files a chart has, and whatever it says of itself."""
    folder = tmp_path_factory.mktemp("chart")
    files = {name: data for name, data in files.items() if not any(each.startswith(f"{name}/") for each in files)}
    metadata = {"apiVersion": "v2", "name": "web", "version": "1.0.0", "description": description}
    write(folder, {**files, "Chart.yaml": json.dumps(metadata, ensure_ascii=False), "values.yaml": json.dumps(values)})
    packed = pack(folder)
    assert told(load_chart(folder)) == told(load_archive(packed.data, source="x"))
    assert packed.data == pack(folder).data
