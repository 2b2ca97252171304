"""Who we are, as others are told, and whether another process is dead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helmlite.action.configuration import (
    Configuration,
    Identity,
    is_dead,
    process_mark,
    repository_places,
    this_process,
    user_cache_folder,
)
from helmlite.errors import Interrupted
from tests.repo.server import Reply, Server

OWN = "boot/1/100/5"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["/usr/bin/helmlite", "upgrade", "web", "chart"], "helmlite upgrade"),
        (["/x/helmlite/__main__.py", "-n", "prod", "install", "web"], "helmlite install"),
        (["helmlite", "--kube-token", "hunter2", "uninstall", "web"], "helmlite uninstall"),
        (["helmlite", "upgrade", "--set", "password=hunter2"], "helmlite upgrade"),
        (["deploy.py", "hunter2"], "deploy.py"),
        ([], "python"),
    ],
    ids=["plain", "as a module", "token before the verb", "values", "as a library", "embedded"],
)
def test_only_program_and_verb_are_told(words: list[str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Lease may be read by others: no flag's value is in it."""
    monkeypatch.setattr(sys, "argv", words)
    assert expected == this_process().command


def test_the_holder_names_user_host_process_and_command() -> None:
    """One line for people."""
    identity = Identity(user="ada", host="build-7", pid=4711, command="helmlite upgrade")
    assert "ada@build-7, process 4711 (helmlite upgrade)" == identity.holder


@pytest.mark.parametrize(
    "mark",
    ["", "boot/1", "other/1/100/5", "boot/2/100/5", "boot/1/x/5", "boot/1/²/5", f"boot/1/{10**30}/5", "boot/1/-1/5"],
    ids=["unknown", "cut off", "another boot", "another container", "no number", "odd digit", "too large", "negative"],
)
def test_a_process_that_cannot_be_seen_is_not_called_dead(mark: str) -> None:
    """Only a process of this boot and this process namespace can be known to be gone."""
    assert not is_dead(mark, OWN)


HAS_PROC = pytest.mark.skipif(not process_mark(os.getpid()), reason="the system does not tell processes apart")


@HAS_PROC
def test_a_process_is_dead_once_it_has_ended() -> None:
    """A child is alive while it runs, and dead when it was killed, waited for or not, whoever gets its id."""
    own = process_mark(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        mark = process_mark(child.pid)
        alive = not is_dead(mark, own)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # type: ignore[attr-defined,unused-ignore]  # types for macOS lack it; HAS_PROC leaves macOS out
        ended = is_dead(mark, own)
    assert (True, True, True) == (alive, ended, is_dead(mark, own))


@HAS_PROC
def test_an_id_that_another_process_got_is_not_its_first_owner() -> None:
    """A process that was started at another time under the same id is another one."""
    own = process_mark(os.getpid())
    assert (False, True) == (is_dead(own, own), is_dead(f"{own}1", own))


@HAS_PROC
@pytest.mark.parametrize("hides", [PermissionError, FileNotFoundError], ids=["not to be read", "hidden"])
def test_another_users_live_process_is_not_called_dead(hides: type[OSError], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system does not let us look at is alive as long as its id is in use."""
    own = process_mark(os.getpid())

    def refuse(*_: object) -> None:
        raise PermissionError

    def hide(*_: object, **__: object) -> str:
        raise hides

    monkeypatch.setattr(os, "kill", refuse)
    monkeypatch.setattr(Path, "read_text", hide)
    monkeypatch.setattr(Path, "stat", hide)
    assert not is_dead(own, own)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HELMLITE_CACHE_HOME": "/there", "XDG_CACHE_HOME": "/caches"}, "/there"),
        ({"XDG_CACHE_HOME": "/caches"}, "/caches/helmlite"),
        ({"XDG_CACHE_HOME": "not/absolute"}, "/home/ada/.cache/helmlite"),
        ({"HELMLITE_CACHE_HOME": ""}, "/home/ada/.cache/helmlite"),
    ],
    ids=["named", "the system's caches", "a relative one does not count", "nothing named"],
)
def test_the_cache_is_in_the_users_own_folder(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the system has it, unless HELMLITE_CACHE_HOME names the folder itself."""
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("HELMLITE_CACHE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/ada", **variables}.items():
        monkeypatch.setenv(name, value)
    assert Path(expected) == user_cache_folder()


def test_without_a_home_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home folder (in a container, say) has none, which is no error."""
    for name in ("HELMLITE_CACHE_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987_654)
    assert user_cache_folder() is None


def test_a_download_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    """Ctrl-C does not wait for a slow server: the next piece, or pause, ends the call, and nothing is kept."""
    configuration = Configuration(
        cache_folder=tmp_path / "cache",
        repository_config=str(tmp_path / "repositories.yaml"),
        repository_cache=str(tmp_path / "indexes"),
    )
    configuration.stop.set()
    with Server().running() as server:
        server.answers["/web.tgz"] = Reply(body=bytes(1 << 20))
        with pytest.raises(Interrupted):
            configuration.repositories.download_url(f"{server.url}/web.tgz")
        server.answers["/web.tgz"] = Reply(status=503)
        with pytest.raises(Interrupted):
            configuration.repositories.download_url(f"{server.url}/web.tgz")
    configuration.repositories.close()
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.skipif(sys.platform == "darwin", reason="there the folders are the Library's")
@pytest.mark.parametrize(
    ("environment", "flags", "file", "folder"),
    [
        ({}, {}, "/home/ada/.config/helm/repositories.yaml", "/home/ada/.cache/helm/repository"),
        (
            {"XDG_CONFIG_HOME": "/c", "XDG_CACHE_HOME": "/k"},
            {},
            "/c/helm/repositories.yaml",
            "/k/helm/repository",
        ),
        ({"HELM_CONFIG_HOME": "/c", "HELM_CACHE_HOME": "/k"}, {}, "/c/repositories.yaml", "/k/repository"),
        ({"HELM_REPOSITORY_CONFIG": "/r", "HELM_REPOSITORY_CACHE": "/i"}, {}, "/r", "/i"),
        (
            {"HELM_REPOSITORY_CONFIG": "/r", "HELM_REPOSITORY_CACHE": "/i"},
            {"repositories": "/fr", "indexes": "/fi"},
            "/fr",
            "/fi",
        ),
    ],
    ids=["home", "xdg", "helms-folders", "helms-files", "flags"],
)
def test_repositories_are_where_helm_has_them(
    environment: dict[str, str], flags: dict[str, str], file: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By flag, by Helm's variables, by those of the desktop, below the home."""
    for name in (*os.environ,):
        if name.startswith(("HELM", "XDG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/home/ada")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = repository_places(**flags)  # type: ignore[arg-type]  # texts only
    assert (file, folder) == (str(found.repositories), str(found.indexes))
    assert "credentials.json" == Path(str(found.credentials)).name
