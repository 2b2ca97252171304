"""The sandbox's folder: where it is, what lies in it, and who serves it."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from helmlite.errors import SandboxError
from helmlite.sandbox.home import Home, Settings, default_folder, listen


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a folder that was just made."""
    made = Home(tmp_path / "sandbox")
    made.make()
    return made


def test_the_variable_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """HELMLITE_SANDBOX_HOME is the folder itself."""
    monkeypatch.setenv("HELMLITE_SANDBOX_HOME", str(tmp_path / "mine"))
    assert tmp_path / "mine" == default_folder()


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such variable")
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("/state", Path("/state/helmlite/sandbox"), id="state-folder-of-the-user"),
        pytest.param("", Path("/home/me/.local/state/helmlite/sandbox"), id="unset"),
        pytest.param("state", Path("/home/me/.local/state/helmlite/sandbox"), id="relative-is-ignored"),
    ],
)
def test_the_user_s_state_folder_holds_it(monkeypatch: pytest.MonkeyPatch, state: str, expected: Path) -> None:
    """Without the variable it is where the XDG Base Directory Specification has programs keep their state."""
    monkeypatch.delenv("HELMLITE_SANDBOX_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_STATE_HOME", state)
    assert expected == default_folder()


def test_only_the_owner_may_enter(home: Home) -> None:
    """The folder is 0700."""
    assert 0o700 == home.folder.stat().st_mode & 0o777


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    """What is no sandbox's folder is not made one."""
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SandboxError, match="holds something that is no sandbox"):
        Home(tmp_path).make()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """Where no folder can be, that is said."""
    (tmp_path / "file").touch()
    with pytest.raises(SandboxError, match="cannot be used: "):
        Home(tmp_path / "file" / "sandbox").make()


def test_settings_are_kept(home: Home) -> None:
    """What is written is read again."""
    settings = Settings(port=20123, pace=0.5, programs="/programs")
    home.keep(settings)
    assert settings == home.settings


def test_settings_and_kubeconfig_are_the_owner_s(home: Home) -> None:
    """What holds the token is 0600."""
    home.keep(Settings(port=1))
    home.write_kubeconfig(Settings(port=1), "")
    files = (home.folder / "settings.json", home.kubeconfig)
    assert [0o600, 0o600] == [path.stat().st_mode & 0o777 for path in files]


def test_the_token_is_in_no_text_of_the_settings() -> None:
    """Settings that are shown somewhere do not show the token."""
    made = Settings(port=1)
    assert made.token not in repr(made)


def settings_text(**changed: object) -> str:
    """Return good settings but for what is changed."""
    return json.dumps({"port": 20123, "token": "0" * 32, "pace": 1, "programs": ""} | changed)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "\x00"),
        *(settings_text(port=each) for each in ("many", -5, 1 << 16, None)),
        *(settings_text(token=each) for each in ("", None, "guess")),
        *(settings_text(pace=each) for each in (-1, float("nan"), float("inf"))),
    ],
    ids=repr,
)
def test_damaged_settings_are_an_error(home: Home, text: str) -> None:
    """A damaged file is named, with what to do."""
    (home.folder / "settings.json").write_text(text)
    with pytest.raises(SandboxError, match=r"settings\.json cannot be used") as caught:
        _ = home.settings
    assert "stop the sandbox and remove the file: port and token will be new, objects are kept" == caught.value.hint


@pytest.mark.parametrize("name", ["settings.json", "pid"])
def test_what_cannot_be_read_is_an_error(home: Home, name: str) -> None:
    """The error names the file, the reason and what to do."""
    (home.folder / name).mkdir()
    with pytest.raises(SandboxError, match=rf"cannot be used: Is a directory: .*{name}") as caught:
        _ = home.settings, home.server()
    assert "--dir" in str(caught.value.hint)


def test_the_kubeconfig_names_server_authority_and_user(home: Home) -> None:
    """It holds all that a client needs."""
    home.write_kubeconfig(Settings(port=20123, token="secret"), "PEM")
    content = json.loads(home.kubeconfig.read_text())
    assert {"server": "https://127.0.0.1:20123", "certificate-authority-data": "UEVN"} == content["clusters"][0][
        "cluster"
    ]
    assert {"token": "secret"} == content["users"][0]["user"]


def test_nobody_serves_at_first(home: Home) -> None:
    """Without a pid file nobody serves."""
    assert None is home.server()


def test_who_claims_it_serves(home: Home) -> None:
    """The process that holds the pid file is the one that serves."""
    with home.claim(is_inside=True):
        assert (os.getpid(), True) == home.server()


def test_a_stale_pid_file_is_told_from_a_live_one(home: Home) -> None:
    """The number of a process that lives says nothing: that may be another one by now."""
    home.claim(is_inside=False).close()
    assert f"{os.getpid()}\n" == (home.folder / "pid").read_text()
    assert None is home.server()


@pytest.mark.parametrize("text", ["", "damaged\n", "0\n", "-1\n", "1\n", "1", f"{10**20}\n", "1 aside\n"], ids=repr)
def test_a_damaged_pid_file_of_one_that_runs_is_an_error(home: Home, text: str) -> None:
    """No number is believed that is not a sandbox's process: others are not ended for it."""
    with home.claim(is_inside=False):
        (home.folder / "pid").write_text(text)
        with pytest.raises(SandboxError, match="pid is damaged"):
            home.server()


def test_nobody_else_can_claim_it(home: Home) -> None:
    """Two processes do not serve one folder."""
    with home.claim(is_inside=False), pytest.raises(SandboxError, match="already runs"):
        home.claim(is_inside=False)


def test_two_do_not_start_it_at_once(home: Home) -> None:
    """Who changes whether it runs does so alone."""
    with home.locked(), pytest.raises(SandboxError, match="somebody else"), home.locked(seconds=0.1):
        pass


def test_emptying_removes_the_whole_store(home: Home) -> None:
    """SQLite's files beside the store go with it."""
    for end in ("", "-wal", "-shm"):
        (home.folder / f"state.db{end}").touch()
    home.empty()
    assert [] == list(home.folder.glob("state.db*"))


def test_a_free_port_is_below_those_of_outgoing_connections() -> None:
    """It will be free at the next start too."""
    with listen() as made:
        assert 20000 <= made.getsockname()[1] < 30000


def test_a_port_that_is_taken_is_named() -> None:
    """The error names the port and the option that takes another."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            SandboxError, match=f"port {port} of 127.0.0.1 cannot be had: Address already in use"
        ) as caught:
            listen(port)
    assert "--port" in str(caught.value.hint)
