"""Helm's file of repositories, shared with it."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from helmlite import documents
from helmlite.errors import RepositoryError
from helmlite.repo.repositories import RepositoriesFile, Repository, check_name, check_new_name
from tests.repo.server import Clock

HELMS = """\
apiVersion: ""
generated: "0001-01-01T00:00:00Z"
repositories:
- caFile: ""
  certFile: ""
  insecure_skip_tls_verify: false
  keyFile: ""
  name: team
  pass_credentials_all: true
  password: correct-horse
  url: https://charts.example.com/team
  username: ada
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file is."""
    return tmp_path / "helm" / "repositories.yaml"


@pytest.fixture
def file(path: Path, clock: Clock) -> RepositoriesFile:
    """Return the file."""
    return RepositoriesFile(path, monotonic=clock.monotonic, sleep=clock.sleep)


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder."""
    return sorted(each.name for each in folder.iterdir())


def written(path: Path, text: str) -> None:
    """Write the file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_no_file_has_no_repositories(file: RepositoriesFile) -> None:
    """As before the first one is added."""
    assert [] == list(file.read())


def test_what_helm_wrote_is_read(file: RepositoriesFile, path: Path) -> None:
    """All fields, the password too, which is shown by nothing."""
    written(path, HELMS)
    (found,) = file.read()
    expected = Repository(
        name="team",
        url="https://charts.example.com/team",
        username="ada",
        password="correct-horse",
        pass_credentials_all=True,
    )
    assert expected == found
    assert "correct-horse" not in repr(found)


def test_what_is_added_is_as_helm_writes_it(file: RepositoriesFile, path: Path) -> None:
    """The same text, for nobody else to read."""
    file.put(
        Repository(
            name="team",
            url="https://charts.example.com/team",
            username="ada",
            password="correct-horse",
            pass_credentials_all=True,
        )
    )
    assert HELMS == path.read_text()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert ["repositories.lock", path.name] == names(path.parent)


def test_a_token_is_never_in_it(file: RepositoriesFile, path: Path) -> None:
    """Helm has no field for one."""
    file.put(Repository(name="team", url="https://a.example", token="t0ken"))
    assert "t0ken" not in path.read_text()


def test_unknown_fields_stay(file: RepositoriesFile, path: Path) -> None:
    """Of the file and of a repository, also of one that is replaced."""
    written(path, HELMS.replace("  username: ada", "  username: ada\n  mirror: x") + "later: [1]\n")
    file.put(Repository(name="team", url="https://b.example"))
    file.put(Repository(name="more", url="https://c.example"))
    data = documents.read(path.read_bytes()).data
    assert [1] == data["later"]
    assert ("x", "https://b.example", "") == tuple(
        data["repositories"][0][key] for key in ("mirror", "url", "password")
    )
    assert ["team", "more"] == [each["name"] for each in data["repositories"]]


def test_removing_takes_all_or_none(file: RepositoriesFile, path: Path) -> None:
    """A name that is not there is told, and nothing changes."""
    file.put(Repository(name="a", url="https://a.example"))
    file.put(Repository(name="b", url="https://b.example"))
    with pytest.raises(RepositoryError, match="no repo named 'c' found"):
        file.remove(["a", "c"])
    assert ["a", "b"] == [each.name for each in file.read()]
    file.remove(["a"])
    assert ["b"] == [each.name for each in file.read()]


def test_a_link_stays_a_link(file: RepositoriesFile, path: Path, tmp_path: Path) -> None:
    """Who keeps settings elsewhere finds the change there."""
    real = tmp_path / "settings.yaml"
    real.write_text(HELMS)
    path.parent.mkdir()
    path.symlink_to(real)
    file.put(Repository(name="b", url="https://b.example"))
    assert path.is_symlink()
    assert "name: b" in real.read_text()


def test_helms_lock_is_waited_for(file: RepositoriesFile, path: Path, clock: Clock) -> None:
    """For as long as Helm waits; the error says which file."""
    written(path, HELMS)
    with (path.parent / "repositories.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RepositoryError, match=r"repositories\.lock: another process holds the lock"):
            file.put(Repository(name="b", url="https://b.example"))
    assert 30 <= sum(clock.slept) < 31
    assert HELMS == path.read_text()


def test_a_failed_write_leaves_the_file(file: RepositoriesFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing beside it."""
    written(path, HELMS)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RepositoryError, match="cannot be written: No space left"):
        file.put(Repository(name="b", url="https://b.example"))
    assert HELMS == path.read_text()
    assert {"repositories.yaml", "repositories.lock"} == set(names(path.parent))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]", "it holds no mapping"),
        ("repositories: 5", "repositories is no list"),
        ("repositories: [5]", r"repositories\[0\]: is no mapping"),
        ("repositories: [{name: a}]", "repository 'a' has no url"),
        ("repositories: [{name: a, url: 5}]", "url is no text"),
        ("repositories: [{name: ../a, url: x}]", "contains '/'"),
        ("repositories: [{name: a, url: x, insecure_skip_tls_verify: 1}]", "neither true nor false"),
        ("repositories: [\n{password: correct-horse", ":2: no valid YAML"),
    ],
)
def test_a_wrong_file_is_named(file: RepositoriesFile, path: Path, text: str, reason: str) -> None:
    """With the place, and without quoting it."""
    written(path, text)
    with pytest.raises(RepositoryError, match=reason) as raised:
        file.read()
    assert str(path) in str(raised.value)
    assert "correct-horse" not in str(raised.value)


@pytest.mark.parametrize("name", [".hidden", "-flag", "@alias", "a/b", ""])
def test_a_new_name_is_taken_for_nothing_else(name: str) -> None:
    """Neither for a flag nor an alias; what Helm added under such a name stays of use."""
    with pytest.raises(RepositoryError):
        check_new_name(name)
    if "/" not in name and name:
        assert name == Repository.from_data({"name": name, "url": "https://a.example"}, source="file").name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\nb", "x" * 201])
def test_a_name_is_fit_for_files_and_references(name: str) -> None:
    """Files in the cache are called after it."""
    with pytest.raises(RepositoryError):
        check_name(name)


def test_a_url_with_a_password_is_used_and_not_shown() -> None:
    """As Helm's users write it."""
    given = Repository(name="a", url="https://ada:correct-horse@a.example/x")
    assert ("ada", "correct-horse") == (given.credentials.username, given.credentials.password)
    assert "https://a.example/x" == given.shown
    assert "correct-horse" not in f"{given!r}"
