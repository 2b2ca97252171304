"""helmlite and the real helm on one machine: each with what the other made, served by Python's own web server."""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from helmlite import documents
from tests.repo.keys import ADA, PASSPHRASE, gpg_rings, needs_gpg
from tests.repo.server import Reply, Seen, Server, stored

pytestmark = [pytest.mark.helm, needs_gpg]

PLAIN = Path(__file__).resolve().parents[2] / "charts" / "plain"
PASSWORD = "correct-horse"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Tools:
    """The two tools of one user, who works in ``folder``."""

    helm: Run
    helmlite: Run
    folder: Path

    def both(self) -> list[Run]:
        """Return helm, then helmlite."""
        return [self.helm, self.helmlite]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """Return the tools, with folders of the test's own that they share as they do at home."""
    folder = tmp_path / "work"
    folder.mkdir()
    root = Path(__file__).resolve().parents[2]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HELM", "KUBE"))}
    environment |= {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "c"),
        "XDG_CACHE_HOME": str(tmp_path / "k"),
    }
    environment |= {"PYTHONPATH": str(root), "KUBECONFIG": "/nowhere"}

    def program(*start: str) -> Run:
        def run(*words: str, stdin: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
            done = subprocess.run(
                [*start, *words],
                env=environment,
                input=stdin,
                capture_output=True,
                text=True,
                cwd=folder,
                timeout=120,
                check=False,
            )
            assert code == done.returncode, f"{' '.join(words)}:\n{done.stdout}\n{done.stderr}"
            return done

        return run

    return Tools(helm=program("helm"), helmlite=program(sys.executable, "-m", "helmlite"), folder=folder)


def chart(folder: Path, version: str) -> Path:
    """Write the chart ``plain`` in another version; return its folder."""
    target = folder / f"source-{version}" / "plain"
    for path in PLAIN.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(PLAIN)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    metadata = documents.read((target / "Chart.yaml").read_bytes()).data
    (target / "Chart.yaml").write_text(documents.write({**metadata, "version": version}))
    return target


VERSIONS = ("1.0.0", "1.1.0", "2.0.0-rc.1")


@pytest.fixture(params=["helm", "helmlite"])
def repository(request: pytest.FixtureRequest, tools: Tools, tmp_path: Path) -> Path:
    """Return the folder of a repository that one of the tools packed, signed and indexed; keys are beside it."""
    keys = gpg_rings(tmp_path)
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    folder = tmp_path / "served"
    folder.mkdir()
    run: Run = getattr(tools, request.param)
    for version in VERSIONS:
        sign = (
            "--sign",
            "--key",
            ADA,
            "--keyring",
            str(keys.private),
            "--passphrase-file",
            str(tmp_path / "passphrase"),
        )
        run("package", str(chart(tmp_path, version)), "-d", str(folder), *sign)
    run("repo", "index", str(folder))
    return folder


@pytest.fixture
def url(repository: Path) -> Iterator[str]:
    """Return the URL of the repository, on Python's own web server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(repository)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_verbs_of_both_tools_agree(url: str, tools: Tools, repository: Path) -> None:
    """add, update, search, pull by name and range, show: on a repository that either made, with the same results."""
    for run in tools.both():
        run("repo", "add", "team", url)
        run("repo", "update")
        found = documents.read(run("search", "repo", "plain", "-l", "--devel", "-o", "json").stdout).data
        assert [("team/plain", each) for each in reversed(VERSIONS)] == [(x["name"], x["version"]) for x in found]
        for words, version in (
            (("team/plain",), "1.1.0"),
            (("team/plain", "--version", "~1.0"), "1.0.0"),
            (("team/plain", "--devel"), "2.0.0-rc.1"),
            (("plain", "--repo", url, "--version", "<1.1"), "1.0.0"),
            ((f"{url}/plain-1.1.0.tgz",), "1.1.0"),
        ):
            run("pull", *words)
            name = f"plain-{version}.tgz"
            assert (repository / name).read_bytes() == (tools.folder / name).read_bytes()
            (tools.folder / name).unlink()
        assert "version: 1.1.0" in run("show", "chart", "team/plain").stdout
        run("repo", "remove", "team")
    shown = [run("repo", "list", "-o", "json").stdout for run in tools.both()]
    assert ["[]\n", "[]\n"] == shown


def test_both_tools_render_the_same(url: str, tools: Tools) -> None:
    """``template`` by name gives what it gives from the archive."""
    tools.helm("repo", "add", "team", url)
    texts = [run("template", "x", "team/plain", "--version", "1.0.0").stdout for run in tools.both()]
    assert [list(map(_data, documents.read_all(text))) for text in texts[:1]] == [
        list(map(_data, documents.read_all(text))) for text in texts[1:]
    ]


def _data(parsed: documents.Parsed) -> object:
    return parsed.data


def test_both_tools_verify_the_signature(url: str, tools: Tools, tmp_path: Path, repository: Path) -> None:
    """The same lines on who signed; an archive that was changed afterwards is refused by both."""
    (public,) = tmp_path.rglob("pubring.gpg")
    ring = ("--keyring", str(public))
    texts = [run("pull", f"{url}/plain-1.0.0.tgz", "--verify", *ring).stdout for run in tools.both()]
    assert "Signed by: Ada Lovelace" in texts[0]
    assert texts[0] == texts[1]
    assert (tools.folder / "plain-1.0.0.tgz.prov").exists()
    tools.helmlite("template", "x", f"{url}/plain-1.0.0.tgz", "--verify", *ring)
    (repository / "plain-1.0.0.tgz").write_bytes((repository / "plain-1.1.0.tgz").read_bytes())
    for run in tools.both():
        assert "1.0.0" in run("pull", f"{url}/plain-1.0.0.tgz", "--verify", *ring, code=1).stderr


def test_each_uses_what_the_other_added(url: str, tools: Tools) -> None:
    """Repositories and indexes, and what is removed is gone for both."""
    tools.helm("repo", "add", "by-helm", url)
    tools.helmlite("repo", "add", "by-helmlite", url)
    lists = [documents.read(run("repo", "list", "-o", "json").stdout).data for run in tools.both()]
    assert [{"name": "by-helm", "url": url}, {"name": "by-helmlite", "url": url}] == lists[0]
    assert lists[0] == lists[1]
    for name in ("by-helm", "by-helmlite"):
        for run in tools.both():
            assert f"{name}/plain" in run("search", "repo", f"{name}/plain").stdout
            run("pull", f"{name}/plain")
    again = tools.helm("repo", "add", "by-helmlite", url).stdout
    assert '"by-helmlite" already exists with the same configuration, skipping\n' == again
    assert again == tools.helmlite("repo", "add", "by-helmlite", url).stdout
    tools.helm("repo", "remove", "by-helmlite")
    tools.helmlite("repo", "remove", "by-helm")
    assert ["no repositories to show\n"] * 2 == [run("repo", "list").stderr for run in tools.both()]


def test_a_swapped_archive_passes_helm_and_not_helmlite(url: str, tools: Tools, repository: Path) -> None:
    """Helm uses it without a word, and keeps it under the sha256 that it does not have."""
    tools.helm("repo", "add", "team", url)
    (repository / "plain-1.0.0.tgz").write_bytes((repository / "plain-1.1.0.tgz").read_bytes())
    assert "version: 1.1.0" in tools.helm("show", "chart", "team/plain", "--version", "1.0.0").stdout
    tools.helm("pull", "team/plain", "--version", "1.0.0", "-d", str(tools.folder))
    (tools.folder / "plain-1.0.0.tgz").unlink()
    assert "# Source: plain/" in tools.helm("template", "x", "team/plain", "--version", "1.0.0").stdout
    for words in (("show", "chart"), ("pull",), ("template", "x")):
        refused = tools.helmlite(*words, "team/plain", "--version", "1.0.0", code=1)
        assert "" == refused.stdout
        assert "but the index says" in refused.stderr
    assert [] == list(tools.folder.iterdir())


@pytest.fixture
def closed(tmp_path: Path, tools: Tools) -> Iterator[Server]:
    """Return a server that lets ada in only."""
    folder = tmp_path / "closed"
    folder.mkdir()
    tools.helm("package", str(chart(tmp_path, "1.0.0")), "-d", str(folder))
    tools.helm("repo", "index", str(folder))

    def answer(path: Path) -> Callable[[Seen], Reply]:
        good = stored(path.read_bytes())

        def answered(seen: Seen) -> Reply:
            allowed = seen.headers.get("authorization") == "Basic YWRhOmNvcnJlY3QtaG9yc2U="
            return good(seen) if allowed else Reply(status=401)

        return answered

    with Server().running() as running:
        running.answers = {f"/{path.name}": answer(path) for path in folder.iterdir()}
        yield running


def test_a_password_that_helm_keeps_is_used(closed: Server, tools: Tools) -> None:
    """From Helm's file, by helmlite too."""
    tools.helm("repo", "add", "team", closed.url, "--username", "ada", "--password", PASSWORD)
    tools.helmlite("repo", "update")
    tools.helmlite("pull", "team/plain")
    assert (tools.folder / "plain-1.0.0.tgz").exists()


def test_a_password_is_helms_only_when_it_is_shared(closed: Server, tools: Tools) -> None:
    """Without --share-password helm asks without one; with it, both have it."""
    words = ("repo", "add", "team", closed.url, "--username", "ada", "--password-stdin")
    tools.helmlite(*words, stdin=PASSWORD)
    tools.helmlite("pull", "team/plain")
    assert "401" in tools.helm("pull", "team/plain", code=1).stderr
    tools.helmlite(*words, "--share-password", "--force-update", stdin=PASSWORD)
    for run in tools.both():
        run("repo", "update")
        run("pull", "team/plain")


@pytest.mark.cluster
def test_helm_installs_plain_by_name(url: str, tools: Tools, kubeconfig: str, unique: str) -> None:
    """By helm, from a repository that either made; and by helmlite, in the next release's place."""
    tools.helmlite("repo", "add", "team", url)
    place = ("--kubeconfig", kubeconfig, "-n", f"shop-{unique}", "--create-namespace")
    tools.helm("install", "one", "team/plain", "--version", "1.0.0", *place)
    tools.helmlite("upgrade", "--install", "one", "team/plain", "--version", "^1.0", *place)
    listed = documents.read(tools.helm("list", "-o", "json", *place[:4]).stdout).data
    assert [("one", "plain-1.1.0", "2")] == [(x["name"], x["chart"], x["revision"]) for x in listed]
    tools.helm("uninstall", "one", *place[:4])
