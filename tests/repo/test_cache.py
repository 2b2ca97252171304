"""What is kept of repositories, and when it is believed."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from helmlite.kept import KeptFiles
from helmlite.repo.cache import ContentCache, IndexCache, KnownIndex
from helmlite.repo.repositories import Repository
from helmlite.repo.validators import Validators
from tests.repo.charts import archive, digest

TEAM = Repository(name="team", url="https://a.example/charts")
VALIDATORS = Validators(etag='"1"', last_modified="Thu, 01 Jan 2026 00:00:00 GMT")
KNOWN = KnownIndex(validators=VALIDATORS, has_shards=True)
NAMES = "[a-z0-9]+"


@pytest.fixture
def indexes(tmp_path: Path) -> IndexCache:
    """Return the cache of indexes."""
    return IndexCache(tmp_path / "repository")


@pytest.fixture
def content(tmp_path: Path) -> ContentCache:
    """Return the cache of archives."""
    return ContentCache(tmp_path / "cache")


def kept_archive(content: ContentCache, data: bytes) -> Path:
    """Put an archive into the cache."""
    with content.staged() as staged:
        staged[0].write(data)
        return content.keep_archive(staged, digest(data))


def test_an_index_is_where_helm_looks_for_it(indexes: IndexCache, tmp_path: Path) -> None:
    """With the names of the charts for completion, a line each."""
    indexes.write(TEAM, b"{}", ["a", "b"], KNOWN)
    assert b"{}" == (tmp_path / "repository/team-index.yaml").read_bytes()
    assert "a\nb\n" == (tmp_path / "repository/team-charts.txt").read_text()
    assert ["a", "b"] == list(indexes.names("team"))
    assert (b"{}", KNOWN) == (indexes.read(TEAM), indexes.known(TEAM))


def test_without_a_name_it_is_where_helm_keeps_those_of_dependencies(indexes: IndexCache) -> None:
    """By the sha256 of the URL, and without names to complete."""
    bare = Repository(url="https://a.example/charts")
    indexes.write(bare, b"{}", ["a"], KNOWN)
    name = "helm-manager-" + digest(bare.url.encode()) + "-index.yaml"
    assert name == indexes.path(bare).name
    assert KNOWN == indexes.known(bare)


def test_an_index_that_helm_wrote_since_has_no_known_version(indexes: IndexCache) -> None:
    """What a server said of another file is not said of it."""
    indexes.write(TEAM, b"{}", [], KNOWN)
    path = indexes.path(TEAM)
    path.unlink()
    path.write_bytes(b"{}")
    assert b"{}" == indexes.read(TEAM)
    assert indexes.known(TEAM) is None


def test_a_version_is_of_one_url(indexes: IndexCache) -> None:
    """A name that was given to another server starts anew."""
    indexes.write(TEAM, b"{}", [], KNOWN)
    assert indexes.known(Repository(name="team", url="https://b.example")) is None


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder."""
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize("note", ["", "{", "[]", "5", "null", '{"of": []}', "[" * 100_000])
def test_a_damaged_note_is_none(indexes: IndexCache, tmp_path: Path, note: str) -> None:
    """The index is fetched whole then."""
    indexes.write(TEAM, b"{}", [], KNOWN)
    (tmp_path / "repository/team-index.helmlite.json").write_text(note)
    assert indexes.known(TEAM) is None


def test_removing_leaves_nothing(indexes: IndexCache, tmp_path: Path) -> None:
    """Of that repository; of others all."""
    indexes.write(TEAM, b"{}", [], KNOWN)
    indexes.write(Repository(name="b", url="https://b.example"), b"{}", [], KNOWN)
    indexes.remove("team")
    assert ["b-charts.txt", "b-index.helmlite.json", "b-index.yaml"] == names(tmp_path / "repository")


def test_an_archive_is_found_by_its_sha256(content: ContentCache) -> None:
    """Path and bytes, in a folder for the user alone."""
    data = archive()
    path = kept_archive(content, data)
    assert (path, data) == content.archive(digest(data))
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)


def test_an_archive_that_was_changed_is_not_there(content: ContentCache) -> None:
    """It is hashed again each time, and removed when it is another."""
    data = archive()
    path = kept_archive(content, data)
    path.write_bytes(archive("evil"))
    assert content.archive(digest(data)) is None
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "../x", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_sha256_names_no_file(content: ContentCache, name: str) -> None:
    """An index may say anything."""
    assert content.archive(name) is None


def test_a_folder_that_others_may_write_to_is_not_believed(content: ContentCache, tmp_path: Path) -> None:
    """What is in it could be anybody's by the time that it is used."""
    data = archive()
    kept_archive(content, data)
    (tmp_path / "cache/content").chmod(0o777)
    assert content.archive(digest(data)) is None


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_only_files_are_read(content: ContentCache, kind: str, tmp_path: Path) -> None:
    """Whoever may write there cannot make helmlite wait, or read elsewhere."""
    data = archive()
    path = kept_archive(content, data)
    path.unlink()
    if kind == "link":
        (tmp_path / "x").write_bytes(data)
        path.symlink_to(tmp_path / "x")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    assert content.archive(digest(data)) is None


def test_without_a_folder_one_is_made_for_the_process(tmp_path: Path) -> None:
    """And removed with the cache."""
    data = archive()
    content = ContentCache(None)
    path = kept_archive(content, data)
    assert content.archive(digest(data)) is not None
    del content
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    """A cache is never why a command fails."""
    (tmp_path / "file").write_text("")
    data = archive()
    content = ContentCache(tmp_path / "file" / "cache")
    assert kept_archive(content, data).is_file()


def test_a_shard_is_kept_with_its_version(content: ContentCache) -> None:
    """By its URL."""
    content.keep_shard("https://a.example/charts/web.json", VALIDATORS, b'{\n"a": 1}')
    kept = content.shard("https://a.example/charts/web.json")
    assert (VALIDATORS, b'{\n"a": 1}') == kept
    assert content.shard("https://b.example/charts/web.json") is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    """The bound on files holds; what is in use stays."""
    kept = KeptFiles(tmp_path / "kept", names=NAMES, limit_files=8, limit_bytes=1 << 20)
    for number in range(8):
        path = kept.write(f"f{number}", b"x")
        os.utime(path, ns=(number + 1, number + 1))
    assert b"x" == kept.read("f0", 10)
    kept.write("new9", b"x")
    assert {"f0", "f7", "new9"} <= set(names(tmp_path / "kept"))
    assert "f1" not in names(tmp_path / "kept")
    assert 8 >= len(names(tmp_path / "kept"))


def test_the_bound_on_bytes_holds(tmp_path: Path) -> None:
    """However few the files are."""
    kept = KeptFiles(tmp_path / "kept", names=NAMES, limit_files=100, limit_bytes=1000)
    for number in range(30):
        kept.write(f"f{number}", bytes(100))
    assert 1000 >= sum(path.stat().st_size for path in (tmp_path / "kept").iterdir())


def test_nobody_elses_files_are_removed(tmp_path: Path) -> None:
    """Only what is called as ours are."""
    kept = KeptFiles(tmp_path / "kept", names=NAMES, limit_files=1, limit_bytes=1000)
    kept.write("a", b"x")
    (tmp_path / "kept/README.txt").write_text("mine")
    for number in range(5):
        kept.write(f"f{number}", b"x")
    assert (tmp_path / "kept/README.txt").exists()


def test_what_is_not_kept_is_gone(tmp_path: Path) -> None:
    """A staged file is nobody's once its block ends, by an error too."""
    kept = KeptFiles(tmp_path / "kept", names=NAMES, limit_files=9, limit_bytes=1000)

    def fail() -> None:
        with kept.staged() as (file, _):
            file.write(b"x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [] == names(tmp_path / "kept")


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    """What another one is writing now stays."""
    kept = KeptFiles(tmp_path / "kept", names=NAMES, limit_files=1, limit_bytes=1000)
    kept.write("a", b"x")
    old, fresh = tmp_path / "kept/new-old", tmp_path / "kept/new-fresh"
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(old, ns=(1, 1))
    kept.write("b", b"x")
    assert (False, True) == (old.exists(), fresh.exists())


def _keep_many(home: str, number: int) -> None:
    content = ContentCache(Path(home))
    for version in range(30):
        data = archive("web", f"1.0.{version}")
        kept_archive(content, data)
        found = content.archive(digest(data))
        assert found is not None
        assert data == found[1], number


def test_processes_share_the_cache(tmp_path: Path) -> None:
    """Several that write and read the same archives see whole ones only."""
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=_keep_many, args=(str(tmp_path / "cache"), number)) for number in range(3)]
    for each in started:
        each.start()
    for each in started:
        each.join(60)
    assert [0, 0, 0] == [each.exitcode for each in started]
    assert 30 == len(names(tmp_path / "cache/content"))
