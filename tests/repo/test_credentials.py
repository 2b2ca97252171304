"""Credentials: whose they are, where they are kept, and that they are shown nowhere."""

from __future__ import annotations

import json
import stat
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helmlite.errors import RepositoryError
from helmlite.repo import credentials
from helmlite.repo.credentials import Access, Credentials, CredentialStore, Origin, from_environment, split_url
from tests.repo.server import Clock

URL = "https://charts.example.com/team"
ADA = Credentials(username="ada", password="correct-horse", token="")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the store's file is."""
    return tmp_path / "own" / "credentials.json"


@pytest.fixture
def store(file: Path, clock: Clock) -> CredentialStore:
    """Return a store without a keyring."""
    return CredentialStore(file, monotonic=clock.monotonic, sleep=clock.sleep)


class Ring:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, name: str, secret: str) -> None:
        """Keep a secret."""
        self.held[service, name] = secret

    def get_password(self, service: str, name: str) -> str | None:
        """Return a secret."""
        return self.held.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        """Forget a secret."""
        del self.held[service, name]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Return the system's keyring."""
    made = Ring()
    backends: Any = types.ModuleType("keyring.backends")
    backends.fail = types.SimpleNamespace(Keyring=type("Fail", (), {}))
    backends.null = types.SimpleNamespace(Keyring=type("Null", (), {}))
    module: Any = types.ModuleType("keyring")
    module.get_keyring = lambda: made
    module.backends = backends
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.backends", backends)
    return made


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://example.com", Origin("http", "example.com", 80)),
        ("HTTPS://Example.COM/x?y#z", Origin("https", "example.com", 443)),
        ("https://example.com:8443/", Origin("https", "example.com", 8443)),
        ("http://u:p@example.com", Origin("http", "example.com", 80)),
        ("http://[::1]:80/", Origin("http", "::1", 80)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: Origin) -> None:
    """The port that is not written is the scheme's."""
    assert origin == Origin.of(url)


@pytest.mark.parametrize("url", ["", "charts", "/a", "file:///a", "http://", "http://a:x/", "http://a b", "http:\\\\a"])
def test_what_has_no_origin_is_refused(url: str) -> None:
    """It is no URL that can be fetched."""
    with pytest.raises(RepositoryError):
        Origin.of(url)


@pytest.mark.parametrize(
    ("allowed", "asked", "gets"),
    [
        ("https://a.example", "https://a.example/x", True),
        ("https://a.example", "https://a.example:444/x", False),
        ("https://a.example", "http://a.example/x", False),
        ("https://a.example", "https://b.a.example/x", False),
        ("https://a.example", "https://a.example.evil/x", False),
        ("https://a.example", "https://a.example@evil/x", False),
    ],
)
def test_access_is_for_its_origin_only(allowed: str, asked: str, gets: bool) -> None:
    """Scheme, host and port must all be the same."""
    assert gets is Access(origins=frozenset({Origin.of(allowed)})).is_for(asked)


@pytest.mark.parametrize(
    ("mine", "other", "gets"),
    [
        ("https://a.example", "https://cdn.example/x", True),
        ("http://a.example", "http://cdn.example/x", True),
        ("http://a.example", "https://cdn.example/x", True),
        ("https://a.example", "http://cdn.example/x", False),
    ],
)
def test_passing_credentials_on_keeps_them_encrypted(mine: str, other: str, gets: bool) -> None:
    """--pass-credentials sends nothing over http that belongs to https."""
    assert gets is Access(origins=frozenset({Origin.of(mine)})).and_for(other).is_for(other)


@pytest.mark.parametrize(
    ("url", "bare", "username", "password"),
    [
        ("https://a.example/x", "https://a.example/x", "", ""),
        ("https://u:p@a.example:1/x?y=1", "https://a.example:1/x?y=1", "u", "p"),
        ("https://u%40x:p%3A%2F@a.example", "https://a.example", "u@x", "p:/"),
        ("https://token@a.example", "https://a.example", "token", ""),
    ],
)
def test_a_url_is_parted_from_its_password(url: str, bare: str, username: str, password: str) -> None:
    """What stands before the host is no part of where to go."""
    assert (bare, Credentials(username=username, password=password)) == split_url(url)


@pytest.mark.parametrize(
    ("given", "header"),
    [
        (Credentials(), ""),
        (Credentials(username="ada"), ""),
        (Credentials(password="x"), ""),
        (Credentials(username="ada", password="a:b"), "Basic YWRhOmE6Yg=="),
        (Credentials(username="ada", password="é"), "Basic YWRhOsOp"),
        (Credentials(username="ada", password="x", token="t"), "Bearer t"),
    ],
    ids=["none", "no-password", "no-user", "both", "not-ascii", "token"],
)
def test_the_header_needs_both(given: Credentials, header: str) -> None:
    """User and password, as UTF-8; a token goes first."""
    assert header == given.header


@pytest.mark.parametrize(
    "given",
    [
        Credentials(username="a:b", password="x"),
        Credentials(username="a", password="x\r\nHost: evil"),
        Credentials(token="é"),
        Credentials(token="a\nb"),
    ],
)
def test_what_no_header_can_hold_is_refused(given: Credentials) -> None:
    """And is not shown by the refusal."""
    with pytest.raises(RepositoryError) as raised:
        given.checked()
    assert "evil" not in str(raised.value)


def test_nothing_shows_them() -> None:
    """Neither of the two has a ``repr`` that tells."""
    given = Credentials(username="ada", password="correct-horse", token="t0ken")
    assert "correct-horse" not in f"{given!r}{Access(credentials=given)!r}"
    assert "t0ken" not in f"{given!r}{Access(credentials=given)!r}"


def test_the_environment_has_them_by_name() -> None:
    """In capitals, other signs as underscores."""
    environment = {
        "HELMLITE_REPO_MY_TEAM_1_USERNAME": "ada",
        "HELMLITE_REPO_MY_TEAM_1_PASSWORD": "x",
        "HELMLITE_REPO_OTHER_TOKEN": "t",
    }
    assert Credentials(username="ada", password="x") == from_environment("my-team.1", environment)
    assert Credentials(token="t") == from_environment("other", environment)
    assert not from_environment("none", environment)


def test_what_is_saved_is_found(store: CredentialStore, file: Path) -> None:
    """In a file that nobody else may read, in a folder made for it."""
    store.save("team", URL, ADA)
    assert ADA == store.find("team", URL)
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)


def test_what_is_forgotten_is_gone(store: CredentialStore, file: Path) -> None:
    """From the file, too; what others have stays."""
    store.save("team", URL, ADA)
    store.save("mine", URL, Credentials(token="t0ken"))
    store.forget("team")
    store.forget("never-there")
    assert Credentials() == store.find("team", URL)
    assert "t0ken" == store.find("mine", URL).token
    assert "correct-horse" not in file.read_text()


@pytest.mark.parametrize(
    "url", ["https://charts.example.com/other", "http://charts.example.com/team", "https://evil/team"]
)
def test_a_name_that_was_given_to_another_server_gets_nothing(store: CredentialStore, url: str) -> None:
    """They are bound to the URL that they were given for."""
    store.save("team", URL, ADA)
    assert Credentials() == store.find("team", url)
    assert ADA == store.find("team", f"{URL}/")


def test_a_file_that_others_may_read_is_refused(store: CredentialStore, file: Path) -> None:
    """What was open for a while must be thought known."""
    store.save("team", URL, ADA)
    file.chmod(0o640)
    with pytest.raises(RepositoryError, match="others than you may read") as raised:
        store.find("team", URL)
    assert f"chmod 600 {file}" in str(raised.value.hint)


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"repositories": 5}', '{"repositories": {"team": 5}}'])
def test_a_damaged_file_is_no_traceback(store: CredentialStore, file: Path, text: str) -> None:
    """It is an error of ours, or as good as empty."""
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(0o600)
    try:
        assert Credentials() == store.find("team", URL)
    except RepositoryError as error:
        assert "no file of helmlite's passwords" in str(error)  # noqa: PT017  # one of two good ends


def test_without_a_folder_nothing_is_kept(clock: Clock) -> None:
    """A user with no home is told what to set."""
    store = CredentialStore(None, monotonic=clock.monotonic, sleep=clock.sleep)
    assert Credentials() == store.find("team", URL)
    with pytest.raises(RepositoryError, match="no folder to keep a password in"):
        store.save("team", URL, ADA)


def test_the_keyring_holds_them_where_there_is_one(ring: Ring, store: CredentialStore, file: Path) -> None:
    """The file only says so."""
    store.save("team", URL, ADA)
    assert "correct-horse" not in file.read_text()
    assert "keyring" == json.loads(file.read_text())["repositories"]["team"]["store"]
    assert ADA == store.find("team", URL)
    store.forget("team")
    assert {} == ring.held


def test_a_keyring_that_fails_is_done_without(
    ring: Ring, store: CredentialStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file takes its place."""

    def fail(*_: str) -> None:
        raise RuntimeError("no session bus")

    monkeypatch.setattr(ring, "set_password", fail)
    store.save("team", URL, ADA)
    assert ADA == store.find("team", URL)


def test_a_keyring_that_gives_nothing_is_a_clear_error(ring: Ring, store: CredentialStore) -> None:
    """Asking the server without would only tell that it wants a password."""
    store.save("team", URL, ADA)
    ring.held.clear()
    with pytest.raises(RepositoryError, match="'team' is in the system's keyring, which does not give it"):
        store.find("team", URL)


def test_no_keyring_is_started_for_a_repository_without_credentials(
    store: CredentialStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes time, and may ask the user to unlock it."""
    asked: list[str] = []
    ask: Callable[[], None] = lambda: asked.append("keyring")  # noqa: E731  # one line
    monkeypatch.setattr(credentials, "_keyring", ask)
    store.find("team", URL)
    store.forget("team")
    assert [] == asked
