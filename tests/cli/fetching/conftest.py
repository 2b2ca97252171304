"""A user with folders of the test's own, and the command line in this process: for tests of what is fetched."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from helmlite.cli.main import main
from tests.repo.certificates import client_certificate, put_authority, server_context
from tests.repo.charts import archive, entry, index
from tests.repo.server import Server, stored

WEB = archive(files={"values.yaml": "a: 1\n"})
PASSWORD = "correct-horse"
BASIC = "Basic YWRhOmNvcnJlY3QtaG9yc2U="
HOMES = ("HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELMLITE_CONFIG_HOME", "HELMLITE_CACHE_HOME")


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a user's folder of the test's own, who works in its folder ``work``."""
    for name in os.environ:
        if name.startswith(("HELM", "KUBE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    for name in HOMES:
        monkeypatch.setenv(name, str(home / name.lower()))
    (home / "work").mkdir(parents=True)
    monkeypatch.chdir(home / "work")
    return home


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command line in this process, and fails for another exit code than ``code``."""

    def ran(*words: str, stdin: str = "", code: int = 0) -> Ended:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capfd.readouterr()
        ended = main(list(words))
        printed = capfd.readouterr()
        assert code == ended, printed.err
        return Ended(ended, printed.out, printed.err)

    return ran


def serve_web(server: Server) -> None:
    """Make a server that of a repository with one chart."""
    server.answers = {"/index.yaml": stored(index(entry(WEB))), "/web-1.0.0.tgz": stored(WEB)}


def snapshot(home: Path) -> dict[str, str]:
    """Return all files of a user by path, with their sha256; empty files of locks are left out."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server with a repository."""
    with Server().running() as running:
        serve_web(running)
        yield running


@pytest.fixture
def other() -> Iterator[Server]:
    """Return a second server, which is another origin."""
    with Server().running() as running:
        yield running


@pytest.fixture
def third() -> Iterator[Server]:
    """Return a third server."""
    with Server().running() as running:
        yield running


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Return a folder with an authority, a server's certificate by it, and a client's that signed itself."""
    folder = tmp_path / "authority"
    folder.mkdir()
    client_certificate(folder)
    return put_authority(folder)


@pytest.fixture
def secure(authority: Path) -> Iterator[Server]:
    """Return a repository behind TLS."""
    with Server().running(server_context(authority)) as running:
        serve_web(running)
        yield running


@pytest.fixture
def strict(authority: Path) -> Iterator[Server]:
    """Return a repository behind TLS that takes nobody without the client's certificate."""
    with Server().running(server_context(authority, client=str(authority / "me.crt"))) as running:
        serve_web(running)
        yield running


@pytest.fixture
def asking(authority: Path) -> Iterator[Server]:
    """Return a server without answers, behind TLS, that asks for the client's certificate and does without, too."""
    with Server().running(server_context(authority, client=str(authority / "me.crt"), must=False)) as running:
        yield running
