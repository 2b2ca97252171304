"""Making an index: what is in it, what is read again, what a folder may hold."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helmlite.errors import RepositoryError
from helmlite.repo import examining
from helmlite.repo.index import read_index, read_shard, summed_length
from helmlite.repo.indexing import Listener
from helmlite.repo.scanning import CACHE
from tests.repo.folders import PACKED_AT, archive, entries, files, index, put, put_charts, versions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of three archives."""
    place = tmp_path / "repo"
    put_charts(place, ("web", "1.0.0"), ("web", "1.1.0"), ("api", "0.1.0"))
    return place


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the paths of all archives that are read from now on."""
    seen: list[str] = []
    before = examining.examine_all

    def noted(folder: Path, paths: list[str], **options: Any) -> Any:
        seen.extend(paths)
        return before(folder, paths, **options)

    monkeypatch.setattr(examining, "examine_all", noted)
    return seen


def test_an_entry_says_what_the_archive_is(folder: Path) -> None:
    """Metadata, a relative URL, the sha256, and as time that of the archive's newest file."""
    data = archive("db", "2.0.0", appVersion="17", keywords=["sql"], description="A <database> & more")
    put(folder, "db-2.0.0.tgz", data)
    index(folder)
    found = entries(folder)["db"][0]
    assert ("2.0.0", ("db-2.0.0.tgz",), hashlib.sha256(data).hexdigest()) == (found.version, found.urls, found.digest)
    assert ("17", ("sql",), "A <database> & more") == (found.app_version, found.keywords, found.description)
    assert PACKED_AT == datetime.fromisoformat(found.created).timestamp()


def test_archives_are_found_at_any_depth(folder: Path) -> None:
    """URLs have the path; what is no archive is passed over."""
    put(folder, "a/b/c/deep-1.0.0.tgz", archive("deep", "1.0.0"))
    put(folder, "a/readme.txt", b"")
    put(folder, "web-1.0.0.tgz.prov", b"")
    index(folder)
    assert ("a/b/c/deep-1.0.0.tgz",) == entries(folder)["deep"][0].urls
    assert ["api", "deep", "web"] == sorted(entries(folder))


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [
        pytest.param("", "sub/a b%#?.tgz", "sub/a%20b%25%23%3F.tgz", id="relative"),
        pytest.param("", "a:b.tgz", "./a:b.tgz", id="no-scheme"),
        pytest.param("https://x.org", "a+b.tgz", "https://x.org/a+b.tgz", id="base"),
        pytest.param("https://x.org/charts/", "s/a.tgz", "https://x.org/charts/s/a.tgz", id="base-with-path"),
        pytest.param("https://x.org/c?t=1", "a.tgz", "https://x.org/c/a.tgz?t=1", id="base-with-query"),
        pytest.param("https://x.org/é c", "a.tgz", "https://x.org/%C3%A9%20c/a.tgz", id="base-to-escape"),
    ],
)
def test_urls_are_paths_escaped(tmp_path: Path, url: str, path: str, expected: str) -> None:
    """Relative without --url, else below it."""
    put(tmp_path, path, archive("a", "1.0.0"))
    index(tmp_path, url=url)
    assert (expected,) == entries(tmp_path)["a"][0].urls


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://ada:hunter2@x.org", "it holds a user or password"),
        ("https://ada:hunter2#a@x.org/y", "this is no URL"),
        ("https://[x/", "this is no URL"),
    ],
)
def test_a_password_in_the_url_is_refused(folder: Path, url: str, said: str) -> None:
    """The index would tell it everybody; the error does not."""
    with pytest.raises(RepositoryError, match=f"--url: {said}") as caught:
        index(folder, url=url)
    assert "hunter2" not in caught.value.message


def test_each_chart_has_a_shard(folder: Path) -> None:
    """The entries of the index, with sizes; the index announces them."""
    index(folder)
    data = (folder / "index.yaml").read_bytes()
    assert read_index(data, source="x").has_shards
    shard = read_shard((folder / "charts" / "web.json").read_bytes(), source="x", name="web")
    sizes = [(folder / f"web-{each}.tgz").stat().st_size for each in ("1.1.0", "1.0.0")]
    assert sizes == [each.size for each in shard]
    assert entries(folder)["web"] == [replace(each, size=None) for each in shard]


def test_the_summary_says_which_index_the_shards_are_of(folder: Path) -> None:
    """By its length; it is written anew with the index."""
    for version in ("1.0.0", "1.0.10"):
        put_charts(folder, ("more", version))
        index(folder)
        assert (folder / "index.yaml").stat().st_size == summed_length((folder / "shards.json").read_bytes())


def test_each_index_is_of_a_later_second(folder: Path) -> None:
    """Servers without ETags tell versions of a file apart by whole seconds: publishers may be faster."""
    times = []
    for version in range(4):
        put_charts(folder, ("more", f"1.0.{version}"))
        index(folder)
        times.append(tuple(int((folder / each).stat().st_mtime) for each in ("index.yaml", "charts/more.json")))
    assert sorted(set(times)) == times
    assert 4 == len({each for each, _ in times}) == len({each for _, each in times})


def test_versions_that_differ_in_build_metadata_are_all_kept(folder: Path) -> None:
    """And come in the order of its text; so do two spellings of one version."""
    put_charts(folder, ("b", "1.0.0"), ("b", "1.0.0+a"), ("b", "1.0.0+b"), ("b", "v1.0.0"), ("b", "1.0.0-rc.1"))
    index(folder)
    assert ["1.0.0+b", "1.0.0+a", "v1.0.0", "1.0.0", "1.0.0-rc.1"] == versions(folder)["b"]


def test_nothing_is_written_when_nothing_changed(folder: Path, reads: list[str]) -> None:
    """No archive is read either."""
    first = index(folder)
    marks = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    reads.clear()
    again = index(folder)
    assert (3, (), first.digest, []) == (again.unchanged, again.written, again.digest, reads)
    assert marks == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_only_a_new_archive_is_read(folder: Path, reads: list[str]) -> None:
    """And of the shards only its chart's is written."""
    index(folder)
    reads.clear()
    put_charts(folder, ("web", "1.2.0"))
    found = index(folder)
    assert ["web-1.2.0.tgz"] == reads
    assert (["web 1.2.0"], [], 3) == (found.added, found.removed, found.unchanged)
    assert ["charts/web.json", "index.yaml", "shards.json"] == sorted(found.written)
    assert ["1.2.0", "1.1.0", "1.0.0"] == versions(folder)["web"]


def test_a_removed_archive_leaves_index_and_shards(folder: Path) -> None:
    """The shard of a chart that has no versions goes."""
    index(folder)
    (folder / "api-0.1.0.tgz").unlink()
    found = index(folder)
    assert (["api 0.1.0"], {"web": ["1.1.0", "1.0.0"]}) == (found.removed, versions(folder))
    assert {"index.yaml", "charts/web.json"} == set(files(folder))


def test_another_archive_in_place_of_one_is_read(folder: Path) -> None:
    """Even with the same size and times: its inode differs."""
    index(folder)
    before = entries(folder)["web"][1].digest
    place = folder / "web-1.0.0.tgz"
    changed = bytearray(place.read_bytes())
    changed[9] ^= 1  # the gzip header's operating system
    put(folder, "new", bytes(changed)).replace(place)
    index(folder)
    assert hashlib.sha256(changed).hexdigest() == entries(folder)["web"][1].digest != before


def test_an_archive_that_is_touched_keeps_its_time(folder: Path) -> None:
    """It is read, is the same, and nothing that is served is written."""
    index(folder)
    before = files(folder)
    (folder / "web-1.0.0.tgz").touch()
    assert () == tuple(index(folder).written)
    assert before == files(folder)


def test_a_young_archive_is_read_again(folder: Path, reads: list[str]) -> None:
    """What changed within the last two seconds may change again without a sign."""
    index(folder, at=datetime.now(UTC))
    reads.clear()
    index(folder)
    assert 3 == len(reads)
    reads.clear()
    index(folder)
    assert [] == reads


def test_the_same_archives_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """In another folder, on another day, added in another order, without the cache."""
    index(folder)
    other = tmp_path / "other"
    other.mkdir()
    for name in ("web-1.1.0", "web-1.0.0", "api-0.1.0"):
        shutil.copyfile(folder / f"{name}.tgz", other / f"{name}.tgz")
        index(other, at=datetime(2098, 5, 5, tzinfo=UTC))
    assert files(folder) == files(other)
    (other / CACHE).unlink()
    assert () == tuple(index(other).written)


def test_created_stays_as_it_was_first_told(folder: Path) -> None:
    """SOURCE_DATE_EPOCH is for what is new; a cache that is gone is made up for by the index that is there."""
    index(folder, epoch_seconds=1_000_000_000)
    put_charts(folder, ("web", "1.2.0"))
    (folder / CACHE).unlink()
    index(folder, epoch_seconds=1_100_000_000)
    assert ["2004-11-09T11:33:20Z", *["2001-09-09T01:46:40Z"] * 2] == [each.created for each in entries(folder)["web"]]


def test_a_cache_that_is_not_believed_does_no_harm(folder: Path, reads: list[str]) -> None:
    """Damaged, of another form, a link, readable by others: all is read, and the cache is made anew."""
    index(folder)
    good = (folder / CACHE).read_bytes()
    wanted = files(folder)
    other = b'{"form": "other"}'
    for content in (
        b"",
        b"x",
        good[:100],
        good.replace(b"charts/web", b"charts/WEB"),
        hashlib.sha256(other).hexdigest().encode() + b"\n" + other,
    ):
        (folder / CACHE).write_bytes(content)
        reads.clear()
        index(folder)
        assert (3, wanted, good) == (len(reads), files(folder), (folder / CACHE).read_bytes())
    (folder / CACHE).chmod(0o666)
    reads.clear()
    index(folder)
    assert 3 == len(reads)
    (folder / CACHE).rename(folder / "elsewhere")
    (folder / CACHE).symlink_to(folder / "elsewhere")
    reads.clear()
    index(folder)
    assert (3, False) == (len(reads), (folder / CACHE).is_symlink())


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data.replace(b'"name":"web"', b'"name":"WEB"')]
)
def test_what_the_cache_says_of_archives_is_believed_only_when_whole(
    folder: Path, reads: list[str], damage: Callable[[bytes], bytes]
) -> None:
    """It is needed, and looked at, when something changed; times come from the index then."""
    index(folder, epoch_seconds=1_000_000_000)
    (folder / CACHE).write_bytes(damage((folder / CACHE).read_bytes()))
    put_charts(folder, ("web", "1.2.0"))
    reads.clear()
    index(folder)
    assert (4, ["1.2.0", "1.1.0", "1.0.0"]) == (len(reads), versions(folder)["web"])
    assert "2001-09-09T01:46:40Z" == entries(folder)["web"][-1].created


def test_the_cache_is_private(folder: Path) -> None:
    """Mode 0600; index and shards are for all."""
    index(folder)
    modes = [oct((folder / name).stat().st_mode & 0o777) for name in (CACHE, "index.yaml", "charts/web.json")]
    assert ["0o600", "0o644", "0o644"] == modes


@pytest.mark.parametrize("path", ["index.yaml", "charts/web.json"])
@pytest.mark.parametrize("damage", ["removed", "changed", "emptied"])
def test_what_was_damaged_by_others_is_made_good(folder: Path, path: str, damage: str) -> None:
    """Index and shards are looked at in each run."""
    index(folder)
    wanted = files(folder)
    place = folder / path
    if damage == "removed":
        place.unlink()
    else:
        place.write_bytes(b"" if damage == "emptied" else place.read_bytes().replace(b"1.0.0", b"6.6.6"))
    index(folder)
    assert wanted == files(folder)


DAMAGED = [
    pytest.param(b"", "no chart archive", id="empty"),
    pytest.param(b"junk", "no chart archive", id="junk"),
    pytest.param(archive("bad", "1.0.0")[:-20], "damaged", id="truncated"),
    pytest.param(archive("bad", "1.0.0")[:-4] + b"\0\0\0\0", "damaged", id="checksum"),
    pytest.param(archive("bad", "nonsense"), "no semantic version", id="version"),
    pytest.param(archive("bad", "1.0.0", type="other"), "neither application nor library", id="type"),
    pytest.param(archive("bad", "1.0.0", files={"values.yaml": b"a: ["}), "values.yaml", id="values"),
    pytest.param(archive("bad", "1.0.0", files={"charts/x": b""}), "charts/x", id="subchart"),
    pytest.param(archive("bad", "1.0.0", files={"../../x": b""}), "leads out of the chart", id="traversal"),
    pytest.param(archive("..", "1.0.0"), "leads out of the chart", id="dots"),
]


@pytest.mark.parametrize(("data", "reason"), DAMAGED)
def test_a_damaged_archive_is_told_and_the_rest_indexed(folder: Path, data: bytes, reason: str) -> None:
    """Again in each run, until it is mended."""
    put(folder, "sub/bad.tgz", data)
    for _ in range(2):
        ((path, why),) = index(folder).damaged
        assert ("sub/bad.tgz", True) == (path, reason in why), why
        assert {"api": ["0.1.0"], "web": ["1.1.0", "1.0.0"]} == versions(folder)
    put(folder, "sub/bad.tgz", archive("good", "1.0.0"))
    assert () == tuple(index(folder).damaged)
    assert ["1.0.0"] == versions(folder)["good"]


def test_a_name_with_a_slash_never_becomes_a_path(folder: Path) -> None:
    """The archive is refused; nothing is written outside."""
    put(folder, "ok.tgz", archive("../../evil", "1.0.0", top="ok"))
    ((path, why),) = index(folder).damaged
    assert ("ok.tgz", True) == (path, "it is, or holds, a part of a path" in why)
    assert [] == list(folder.parent.glob("evil*"))


@pytest.mark.parametrize("name", ["Web", "web app", "été", "-x", "x" * 210])
def test_a_name_that_is_no_file_name_has_no_shard(tmp_path: Path, name: str) -> None:
    """It is in the index all the same."""
    put(tmp_path, "a.tgz", archive(name, "1.0.0", top="a"))
    index(tmp_path)
    assert ({name: ["1.0.0"]}, {"index.yaml"}) == (versions(tmp_path), set(files(tmp_path)))


def test_one_version_in_two_archives_is_an_error(folder: Path) -> None:
    """It names both, with their digests, and nothing is written."""
    index(folder)
    before = files(folder)
    put(folder, "sub/web-again.tgz", archive("web", "1.0.0", description="other"))
    put_charts(folder, ("api", "9.0.0"))
    with pytest.raises(RepositoryError) as caught:
        index(folder)
    for path in ("sub/web-again.tgz", "web-1.0.0.tgz"):
        digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
        assert f"{path} (sha256 {digest})" in caught.value.message
    assert before == files(folder)


def test_copies_of_an_archive_are_one_entry(folder: Path) -> None:
    """With the URL of each."""
    put(folder, "old/web-1.0.0.tgz", (folder / "web-1.0.0.tgz").read_bytes())
    index(folder)
    assert [("old/web-1.0.0.tgz", "web-1.0.0.tgz")] == [e.urls for e in entries(folder)["web"] if e.version == "1.0.0"]


def test_a_folder_may_have_archives_where_the_shards_go(folder: Path) -> None:
    """And other files, which stay when a shard goes."""
    put(folder, "charts/db-1.0.0.tgz", archive("db", "1.0.0"))
    put(folder, "charts/notes.json", b"{}")
    index(folder)
    assert ("charts/db-1.0.0.tgz",) == entries(folder)["db"][0].urls
    (folder / "charts/db-1.0.0.tgz").unlink()
    index(folder)
    assert ["api.json", "notes.json", "web.json"] == sorted(each.name for each in (folder / "charts").iterdir())


@pytest.mark.parametrize("kind", ["file", "link", "folder-is-link", "folder-is-file", "summary"])
def test_other_files_are_not_overwritten(folder: Path, tmp_path: Path, kind: str) -> None:
    """A file of a shard's name that is none, or a way out of the folder, is an error and stays."""
    aside = put(tmp_path, "aside/web.json", b"mine")
    if kind == "file":
        put(folder, "charts/web.json", b"mine")
    elif kind == "link":
        (folder / "charts").mkdir()
        (folder / "charts/web.json").symlink_to(aside)
    elif kind == "summary":
        put(folder, "shards.json", b"mine")
    elif kind == "folder-is-link":
        (folder / "charts").symlink_to(aside.parent)
    else:
        put(folder, "charts", b"mine")
    with pytest.raises(RepositoryError, match=r"charts|shards\.json: this is no summary"):
        index(folder)
    assert b"mine" == aside.read_bytes()
    assert not (folder / "index.yaml").exists()


def test_links_to_folders_and_hidden_files_are_passed_over(folder: Path, tmp_path: Path) -> None:
    """A link to an archive is read; pipes, folders and files under way are not archives."""
    put(tmp_path, "outside/x-1.0.0.tgz", archive("x", "1.0.0"))
    put(folder, ".git/y-1.0.0.tgz", archive("y", "1.0.0"))
    put(folder, ".y-1.0.0.tgz", archive("y", "1.0.0"))
    (folder / "away").symlink_to(tmp_path / "outside")
    (folder / "round").symlink_to(folder)
    (folder / "link-1.0.0.tgz").symlink_to(tmp_path / "outside/x-1.0.0.tgz")
    (folder / "dangling.tgz").symlink_to("nowhere")
    (folder / "folder.tgz").mkdir()
    os.mkfifo(folder / "pipe.tgz")
    found = index(folder)
    assert {"api", "web", "x"} == set(versions(folder))
    assert [("dangling.tgz", "cannot be read: No such file or directory")] == list(found.damaged)


def test_merging_keeps_what_the_folder_has_not(folder: Path, tmp_path: Path) -> None:
    """By exact version: build metadata tells versions apart; times, digests and URLs are kept; the folder's win."""
    old = [
        {"name": "web", "version": "1.0.0", "urls": ["http://old/web.tgz"], "digest": "ab" * 32, "strange": 1},
        {"name": "web", "version": "1.0.0+b", "urls": ["http://old/b.tgz"], "created": "2020-01-01T00:00:00Z"},
        {"name": "web", "version": "v1.1.0", "urls": ["http://old/v.tgz"], "digest": "ab" * 32},
        {"name": "web", "version": "odd", "strange": 1},
    ]
    merge = put(tmp_path, "old.yaml", json.dumps({"apiVersion": "v1", "entries": {"web": old, "x": None}}).encode())
    warnings: list[str] = []
    index(folder, merge=merge, listener=Listener(warning=warnings.append))
    found = {each.version: each for each in entries(folder)["web"]}
    assert ["v1.1.0", "1.1.0", "1.0.0+b", "1.0.0", "odd"] == list(found)
    assert ("2020-01-01T00:00:00Z", ("http://old/b.tgz",)) == (found["1.0.0+b"].created, found["1.0.0+b"].urls)
    assert ("ab" * 32, "web-1.0.0.tgz") == (found["v1.1.0"].digest, found["1.0.0"].urls[0])
    assert ["web 1.0.0: the merged index has another archive; the folder's counts"] == warnings
    assert "strange" not in found["odd"].metadata
    assert read_shard((folder / "charts/web.json").read_bytes(), source="x", name="web")[2].size is None


def test_merging_with_its_own_index_adds(folder: Path) -> None:
    """The usual step of CI: the archives of today, merged into the index of before; twice gives the same."""
    index(folder)
    for path in folder.glob("*.tgz"):
        path.unlink()
    put_charts(folder, ("web", "2.0.0"))
    results = [index(folder, merge=folder / "index.yaml").digest for _ in range(3)]
    assert {"api": ["0.1.0"], "web": ["2.0.0", "1.1.0", "1.0.0"]} == versions(folder)
    assert 1 == len(set(results))
    index(folder)
    assert {"web": ["2.0.0"]} == versions(folder)


@pytest.mark.parametrize(
    "field",
    [
        {"keywords": "web"},
        {"keywords": ["web", 1]},
        {"appVersion": 1.5},
        {"deprecated": "yes"},
        {"annotations": {"a": 1}},
        {"maintainers": [{"name": 1}]},
        {"maintainers": "ada"},
        {"dependencies": [{"name": "db", "tags": "x"}]},
        {"dependencies": [{"name": "db", "enabled": "yes"}]},
    ],
    ids=str,
)
def test_what_helm_could_not_read_is_not_merged(folder: Path, tmp_path: Path, field: dict[str, Any]) -> None:
    """It would refuse the whole index; what is left out is told."""
    bad = {"name": "old", "version": "1.0.0", "urls": ["old-1.0.0.tgz"], **field}
    good = {**bad, "version": "2.0.0"} | dict.fromkeys(field)
    text = json.dumps({"apiVersion": "v1", "entries": {"old": [bad, good]}}).encode()
    warnings: list[str] = []
    index(folder, merge=put(tmp_path, "old/index.yaml", text), listener=Listener(warning=warnings.append))
    assert ["2.0.0"] == versions(folder)["old"]
    name = next(iter(field))
    assert [
        f"old 1.0.0: left out of what is merged, for Helm could not read it: its {name} is of another type"
    ] == warnings


@pytest.mark.parametrize("created", ["2026-01-01 00:00:00+00:00", "20260101T000000Z", "2026-01-01T00:00:00"])
def test_a_time_that_helm_could_not_read_is_left_out(folder: Path, tmp_path: Path, created: str) -> None:
    """The entry stays."""
    old = {"name": "old", "version": "1.0.0", "urls": ["old-1.0.0.tgz"], "created": created}
    text = json.dumps({"apiVersion": "v1", "entries": {"old": [old]}}).encode()
    index(folder, merge=put(tmp_path, "old/index.yaml", text))
    assert [""] == [each.created for each in entries(folder)["old"]]


def test_a_missing_index_to_merge_is_empty(folder: Path, tmp_path: Path) -> None:
    """As Helm has it, but that no file is made."""
    index(folder, merge=tmp_path / "none")
    assert (2, False) == (len(entries(folder)), (tmp_path / "none").exists())


def test_a_broken_index_to_merge_is_an_error(folder: Path, tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(RepositoryError, match="broken"):
        index(folder, merge=put(tmp_path, "broken", b"entries: ["))
    assert not (folder / "index.yaml").exists()


def test_a_broken_index_that_is_there_is_made_anew(folder: Path) -> None:
    """With a warning, for times are lost with it."""
    put(folder, "index.yaml", b"<<<<<<< HEAD\n")
    warnings: list[str] = []
    index(folder, listener=Listener(warning=warnings.append))
    assert (2, 1) == (len(entries(folder)), len(warnings))


def test_yaml_has_the_same_entries(folder: Path, tmp_path: Path) -> None:
    """The form is another, the data the same; going back gives the same bytes."""
    index(folder)
    json_files = files(folder)
    index(folder, form="yaml")
    text = (folder / "index.yaml").read_text()
    assert text.startswith("annotations:\n")
    assert read_index(json_files["index.yaml"], source="x") == read_index(text.encode(), source="x")
    index(folder)
    assert json_files == files(folder)


def test_an_empty_folder_has_an_empty_index(tmp_path: Path) -> None:
    """Which every reader takes."""
    index(tmp_path)
    assert ({}, {"index.yaml"}) == (entries(tmp_path), set(files(tmp_path)))


@pytest.mark.parametrize("path", ["missing", "file"])
def test_what_is_no_folder_is_an_error(tmp_path: Path, path: str) -> None:
    """And nothing is made there."""
    put(tmp_path, "file", b"")
    with pytest.raises(RepositoryError, match="no folder to index"):
        index(tmp_path / path)
    assert ["file"] == [each.name for each in tmp_path.iterdir()]


names = st.sampled_from(["a", "b-c", "D", "e f"])
builds = st.sampled_from(["", "-rc.1", "+x", "+y"])
charts = st.sets(st.tuples(names, st.integers(0, 2), builds), max_size=6)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(deadline=None, max_examples=50)  # each example is some dozen files, written safely
@given(st.lists(charts, min_size=1, max_size=4), texts)
@example([{("a", 0, ""), ("a", 0, "-rc.1")}, {("a", 0, ""), ("b-c", 0, "")}], "a file is of another chart now")
def test_the_index_follows_the_folder(tmp_path_factory: pytest.TempPathFactory, steps: list[Any], about: str) -> None:
    """After any changes it has exactly the archives that are there, and the bytes of an index made at once."""
    folder, fresh = tmp_path_factory.mktemp("steps"), tmp_path_factory.mktemp("fresh")
    for wanted in steps:
        for path in folder.glob("*.tgz"):
            path.unlink()
        for number, (name, major, build) in enumerate(sorted(wanted)):
            put(folder, f"{number}.tgz", archive(name, f"{major}.0.0{build}", annotations={about: about}))
        index(folder)
        made = {(each.name, each.version) for found in entries(folder).values() for each in found}
        assert {(name, f"{major}.0.0{build}") for name, major, build in wanted} == made
    for path in folder.glob("*.tgz"):
        shutil.copyfile(path, fresh / path.name)
    index(fresh)
    assert files(fresh) == files(folder)


def test_what_others_write_beside_is_left_alone(tmp_path: Path) -> None:
    """A package that is being written, a folder of a new chart; what an index left half-written goes."""
    put_charts(tmp_path, ("web", "1.0.0"))
    (tmp_path / "charts").mkdir()
    (tmp_path / ".helmlite-0-web").mkdir()
    (tmp_path / ".helmlite-0-index.yaml.tmp").mkdir()
    theirs = [".helmlite-0-web-1.1.0.tgz.tmp", ".helmlite-0-web-1.1.0.tgz.prov.tmp", "charts/.helmlite-1-a-1.tgz.tmp"]
    ours = [".helmlite-1-index.yaml.tmp", ".helmlite-0-.helmlite-index.json.tmp", "charts/.helmlite-0-web.json.tmp"]
    for each in (*theirs, *ours):
        (tmp_path / each).write_bytes(b"half")
    index(tmp_path)
    assert [(each, True) for each in theirs] == [(each, (tmp_path / each).exists()) for each in theirs]
    assert [(each, False) for each in ours] == [(each, (tmp_path / each).exists()) for each in ours]


def test_times_of_a_merged_index_are_times(tmp_path: Path) -> None:
    """Whatever stands there in their place is data, and can rewrite nothing."""
    put_charts(tmp_path / "repo", ("web", "1.0.0"))
    evil = 'zz","entries":{"web":[{"name":"web","version":"9.0.0","urls":["http://evil/x"]}]},"a":"'
    entry = {"name": "zzz", "version": "1.0.0", "urls": ["http://x/z.tgz"], "created": evil}
    merged = tmp_path / "merged.yaml"
    merged.write_text(json.dumps({"apiVersion": "v1", "entries": {"zzz": [entry]}}))
    index(tmp_path / "repo", merge=merged)
    found = entries(tmp_path / "repo")
    assert {"web": ["1.0.0"], "zzz": ["1.0.0"]} == {name: [each.version for each in found[name]] for name in found}
