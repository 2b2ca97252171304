"""``helmlite repo index`` as people call it, and as the real helm reads what it makes."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from helmlite.cli.main import main
from tests.repo.folders import archive, put, put_charts, versions

FILES = {"templates/a.yaml": b"kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of archives: two charts, in several versions, one of them a folder below."""
    place = tmp_path / "repo"
    put_charts(place, ("web", "1.0.0"), ("web", "1.1.0"), ("web", "1.1.0+b"), ("web", "2.0.0-rc.1"))
    full: dict[str, Any] = {
        "appVersion": "7.1",
        "description": "A database, <fast> & small: 100% ü",
        "keywords": ["sql", "yes"],
        "maintainers": [{"name": "Ada", "email": "ada@example.org"}],
        "annotations": {"a/b": "c: d\n- e\u2028f", "n": "1"},
        "kubeVersion": ">=1.20.0-0",
        "deprecated": True,
        "sources": ["https://example.org"],
        "icon": "https://example.org/icon.svg",
        "home": "https://example.org",
        "type": "application",
    }
    put(place, "sub/db-0.1.0.tgz", archive("db", "0.1.0", files=FILES, **full))
    needs = [{"name": "db", "version": "^0.1", "repository": "https://example.org", "condition": "db.enabled"}]
    inner = {"charts/db/Chart.yaml": b"apiVersion: v2\nname: db\nversion: 0.1.0\n"}
    put(place, "web-3.0.0.tgz", archive("web", "3.0.0", dependencies=needs, files=inner))
    return place


def lines(text: str) -> list[str]:
    """Return the lines of an output."""
    return text.splitlines()


def test_a_summary_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard output, and nothing else."""
    assert 0 == main(["repo", "index", str(folder)])
    assert 0 == main(["repo", "index", str(folder), "--json"])
    told = capsys.readouterr()
    expected = ["6 added, 0 removed, 0 unchanged", "0 added, 0 removed, 6 unchanged"]
    assert ([f"{folder}/index.yaml: {each}" for each in expected], "") == (lines(told.out), told.err)
    assert "web" in json.loads((folder / "index.yaml").read_text())["entries"]


def test_damaged_archives_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its reason on standard error, exit code 1; the rest is indexed."""
    put(folder, "bad\x1b.tgz", b"junk")
    put(folder, "sub/cut-1.0.0.tgz", archive("cut", "1.0.0")[:-9])
    assert 1 == main(["repo", "index", str(folder)])
    told = capsys.readouterr()
    assert "\x1b" not in told.err
    assert [
        r"bad\x1b.tgz: its path has control characters, or is no UTF-8 text",
        "sub/cut-1.0.0.tgz: the archive is damaged: it ends too early",
        "Error: 2 archives are not in the index: damaged, or no chart",
        "Try: package them again, or remove them",
    ] == lines(told.err)
    assert ["db", "web"] == sorted(versions(folder))


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(["--json", "--yaml"], 2, "index.yaml is one or the other", id="two-forms"),
        pytest.param(["--url", "https://a:b@x"], 1, "it holds a user or password", id="password"),
        pytest.param(["--nonsense"], 2, "No such option", id="flag"),
    ],
)
def test_bad_words_get_one_clear_error(
    folder: Path, words: Sequence[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is written."""
    assert code == main(["repo", "index", str(folder), *words])
    assert message in capsys.readouterr().err
    assert not (folder / "index.yaml").exists()


@pytest.mark.parametrize("value", ["soon", "-1", "1.5", "9" * 13])
def test_a_bad_epoch_is_an_error(folder: Path, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SOURCE_DATE_EPOCH is a number of seconds."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    assert 2 == main(["repo", "index", str(folder)])


def test_the_epoch_is_the_time_of_what_is_new(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As builds that can be repeated want it."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    main(["repo", "index", str(folder)])
    assert "1970-01-01T00:00:00Z" == json.loads((folder / "index.yaml").read_text())["generated"]


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the group and of the command."""
    assert 0 == main(["repo", "--help"])
    assert "index" in capsys.readouterr().out
    assert 0 == main(["repo", "index", "--help"])
    assert "helmlite repo index repo --url https://charts.example.org" in capsys.readouterr().out


def served_entries(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the entries of an index as data, without times, each list sorted."""
    found = documents.read_bulk(path.read_bytes(), limit_bytes=1 << 20, limit_values=100_000)["entries"]
    for listed in found.values():
        for each in listed:
            each.pop("created")
        listed.sort(key=lambda each: str(each["version"]))
    return dict(found)


@pytest.mark.helm
@pytest.mark.parametrize("form", ["--json", "--yaml"])
@pytest.mark.parametrize("url", ["", "https://charts.example.org/some path/"])
def test_helm_makes_the_same_entries(
    folder: Path, tmp_path: Path, helm: Callable[..., Any], form: str, url: str
) -> None:
    """Of the same folder; but for times, which Helm takes from its clock."""
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    helm("repo", "index", str(other), "--url", url)
    assert 0 == main(["repo", "index", str(folder), "--url", url, form])
    assert served_entries(other / "index.yaml") == served_entries(folder / "index.yaml")


@pytest.mark.helm
def test_helm_loses_by_merging_what_is_kept_here(folder: Path, tmp_path: Path, helm: Callable[..., Any]) -> None:
    """Versions that differ in build metadata."""
    main(["repo", "index", str(folder)])
    old = shutil.copyfile(folder / "index.yaml", tmp_path / "old.yaml")
    new = tmp_path / "new"
    put_charts(new, ("web", "1.1.0+c"))
    main(["repo", "index", str(new), "--merge", str(old)])
    kept = versions(new)["web"]
    helm("repo", "index", str(new), "--merge", str(old))
    assert {"1.1.0+c", "1.1.0+b", "1.1.0"} <= set(kept)
    assert {"1.1.0+b", "1.1.0"} & set(versions(new)["web"]) == set()


@pytest.fixture
def server(folder: Path) -> Iterator[str]:
    """Return the URL of Python's own file server for the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
            """Say nothing."""

    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()


@pytest.mark.helm
@pytest.mark.parametrize("form", ["--json", "--yaml"])
def test_helm_uses_the_repository(
    folder: Path, server: str, tmp_path: Path, helm: Callable[..., Any], form: str, unique: str
) -> None:
    """Add, search, show and pull, of what stands in a folder below too."""
    assert 0 == main(["repo", "index", str(folder), form])
    helm("repo", "add", unique, server)
    found = json.loads(helm("search", "repo", f"{unique}/", "--versions", "--devel", "-o", "json").stdout)
    assert 6 == len(found)
    assert "A database, <fast> & small: 100% ü" in {each["description"] for each in found}
    assert "version: 1.1.0+b" in helm("show", "chart", f"{unique}/web", "--version", "1.1.0+b").stdout
    for name in ("db", "web"):
        helm("pull", f"{unique}/{name}", "-d", str(tmp_path))
    assert (folder / "sub/db-0.1.0.tgz").read_bytes() == (tmp_path / "db-0.1.0.tgz").read_bytes()
    assert (folder / "web-3.0.0.tgz").read_bytes() == (tmp_path / "web-3.0.0.tgz").read_bytes()
    helm("repo", "remove", unique)
