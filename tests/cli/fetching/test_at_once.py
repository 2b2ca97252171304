"""Two commands at once on the same files, one in the midst of the other: what is there afterwards fits together.

The second runs whole, or until it waits for the first, at a point of the first that the test chooses.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helmlite import documents
from tests.cli.fetching.conftest import PASSWORD, WEB, Run, snapshot
from tests.repo.charts import archive, entry, index
from tests.repo.server import Reply, Seen, Server, stored

ROOT = Path(__file__).resolve().parents[3]
NEW = archive(version="1.1.0")
OTHERS = archive(files={"values.yaml": "of: another\n"})
DEADLINE_SECONDS = 60.0
"""When a test gives up on what does not come; nothing waits for it that works."""
LOCKS = Path("/proc/locks")
needs_locks = pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells who waits for a lock: /proc/locks")


def start(*words: str) -> subprocess.Popen[str]:
    """Start the command line in a process of its own, as the same user in the same folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "helmlite", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end(process: subprocess.Popen[str], *, stdin: str = "") -> None:
    """Wait for the end of a process that is to succeed."""
    try:
        said, _ = process.communicate(stdin, timeout=DEADLINE_SECONDS)
    finally:
        process.kill()  # one that waits for good
    assert 0 == process.returncode, said


class Once:
    """What is done the first time that it is asked for, and not again; ``happened`` tells whether it was."""

    def __init__(self, what: Callable[[], object]) -> None:
        self._what = what
        self.happened = False

    def __call__(self) -> None:
        """Do it, unless it was done."""
        if not self.happened:
            self.happened = True
            self._what()

    def before(self, answer: Callable[[Seen], Reply]) -> Callable[[Seen], Reply]:
        """Return an answer before which it is done."""

        def answered(seen: Seen) -> Reply:
            self()
            return answer(seen)

        return answered


def around(patch: pytest.MonkeyPatch, name: str, *, before: Once | None = None, after: Once | None = None) -> None:
    """Have this process do something around the moment in which it puts a file of that name in place."""
    put = Path.replace

    def replace(path: Path, target: Any) -> Path:
        is_it = Path(target).name == name
        if is_it and before is not None:
            before()
        done = put(path, target)
        if is_it and after is not None:
            after()
        return done

    patch.setattr(Path, "replace", replace)


def waits_for_a_lock(process: subprocess.Popen[str]) -> bool:
    """Wait until a process waits for a lock; return False where it ended without."""
    waiting = re.compile(rf"-> +FLOCK +ADVISORY +WRITE +{process.pid} ")
    until = time.monotonic() + DEADLINE_SECONDS
    while process.poll() is None:
        if waiting.search(LOCKS.read_text()):
            return True
        assert time.monotonic() < until
        time.sleep(0.01)
    return False


def configured(home: Path) -> dict[str, str]:
    """Return the URLs of repositories by name."""
    data: Any = documents.read((home / "helm_config_home" / "repositories.yaml").read_bytes()).data
    return {each["name"]: each["url"] for each in data["repositories"]}


def holding(home: Path, text: str) -> list[str]:
    """Return the files that hold a text."""
    found = (path for path in home.rglob("*") if path.is_file() and text in path.read_text(errors="replace"))
    return [str(path.relative_to(home)) for path in found]


SECRET = ("--username", "ada", "--password-stdin")


@pytest.mark.parametrize("other_has_one", [False, True], ids=["against-none", "against-another"])
@pytest.mark.parametrize("flag", [SECRET, ("--token-stdin",), (*SECRET, "--share-password")], ids=" ".join)
def test_who_loses_a_name_leaves_nothing_under_it(
    server: Server, other: Server, run: Run, home: Path, flag: tuple[str, ...], other_has_one: bool
) -> None:
    """While one asks the server, another process takes the name: the password of the first is kept nowhere.

    The name is the other's, with the other's password and index, and its server sees nothing of the first one's.
    """
    other.answers = {"/index.yaml": stored(index(entry(OTHERS))), "/web-1.0.0.tgz": stored(OTHERS)}
    theirs = ("--username", "bob", "--password-stdin") if other_has_one else ()

    def add() -> None:
        end(start("repo", "add", "team", other.url, *theirs), stdin="staple" if other_has_one else "")

    meanwhile = Once(add)
    server.answers["/index.yaml"] = meanwhile.before(stored(index(entry(WEB))))
    ended = run("repo", "add", "team", server.url, *flag, stdin=PASSWORD, code=1)
    assert meanwhile.happened
    assert "repository name (team) was taken by another process just now" in ended.stderr
    assert {"team": other.url} == configured(home)
    assert [] == holding(home, PASSWORD)
    assert (["helmlite_config_home/credentials.json"] if other_has_one else []) == holding(home, "staple")
    run("pull", "team/web")
    assert OTHERS == Path("web-1.0.0.tgz").read_bytes()
    expected = "Basic Ym9iOnN0YXBsZQ==" if other_has_one else ""
    assert {expected} == {each.headers.get("authorization", "") for each in other.seen}


@pytest.mark.parametrize("flags", [(), SECRET], ids=["without-password", "with-password"])
def test_who_replaces_a_name_last_has_it_whole(
    server: Server, other: Server, run: Run, home: Path, flags: tuple[str, ...]
) -> None:
    """With --force-update the later one wins: URL, password and index are of one repository."""
    other.answers = {"/index.yaml": stored(index(entry(OTHERS))), "/web-1.0.0.tgz": stored(OTHERS)}

    def add() -> None:
        end(start("repo", "add", "team", other.url, "--username", "bob", "--password-stdin"), stdin="staple")

    meanwhile = Once(add)
    server.answers["/index.yaml"] = meanwhile.before(stored(index(entry(WEB))))
    run("repo", "add", "team", server.url, *flags, "--force-update", stdin=PASSWORD)
    assert meanwhile.happened
    assert {"team": server.url} == configured(home)
    assert [] == holding(home, "staple")
    run("pull", "team/web")
    assert WEB == Path("web-1.0.0.tgz").read_bytes()


def test_the_same_twice_is_there_once(server: Server, run: Run, home: Path) -> None:
    """Who loses to the same command finds it there already, and the repository is of use."""
    meanwhile = Once(lambda: end(start("repo", "add", "team", server.url)))
    server.answers["/index.yaml"] = meanwhile.before(stored(index(entry(WEB))))
    assert "already exists with the same configuration" in run("repo", "add", "team", server.url).stdout
    assert {"team": server.url} == configured(home)
    run("pull", "team/web")
    assert WEB == Path("web-1.0.0.tgz").read_bytes()


def test_a_note_is_of_the_index_that_is_there(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """An older index that another process puts over ours just then is not taken for the newest ever after."""
    newest = index(entry(NEW, version="1.1.0"))
    run("repo", "add", "team", server.url)

    def tagged(body: bytes, tag: str) -> Reply:
        return Reply(body=body, headers={"ETag": f'"{tag}"'})

    server.answers["/index.yaml"] = [tagged(newest, "new"), tagged(index(entry(WEB, description="old")), "old")]
    meanwhile = Once(lambda: end(start("repo", "update")))
    with monkeypatch.context() as patch:
        around(patch, "team-index.yaml", after=meanwhile)
        run("repo", "update")
    assert meanwhile.happened
    kept = home / "helm_cache_home" / "repository" / "team-index.yaml"
    assert newest != kept.read_bytes()
    server.answers["/index.yaml"] = lambda seen: (
        Reply(status=304, length=None) if seen.headers.get("if-none-match") == '"new"' else tagged(newest, "new")
    )
    run("repo", "update")
    assert newest == kept.read_bytes()
    assert "1.1.0" == json.loads(run("search", "repo", "web", "-o", "json").stdout)[0]["version"]


def write_chart() -> Path:
    """Write a chart that depends on the newest ``web``; return its folder."""
    dependencies = [{"name": "web", "version": "1.x", "repository": "@team"}]
    chart = {"apiVersion": "v2", "name": "app", "version": "1.0.0", "dependencies": dependencies}
    Path("app").mkdir()
    Path("app/Chart.yaml").write_text(documents.write(chart))
    return Path("app")


def publish_newer(server: Server) -> None:
    """Have a server list a newer version."""
    server.answers["/index.yaml"] = stored(index(entry(NEW, version="1.1.0"), entry(WEB)))
    server.answers["/web-1.1.0.tgz"] = stored(NEW)


def state(chart: Path) -> tuple[list[str], list[str]]:
    """Return what is in a chart's folder but for Chart.yaml and the lock's digits, and the locked versions."""
    lock: Any = documents.read((chart / "Chart.lock").read_text()).data
    found = sorted(str(each.relative_to(chart)) for each in chart.rglob("*") if each.name != "Chart.yaml")
    return found, [each["version"] for each in lock["dependencies"]]


def test_the_later_update_of_dependencies_counts(server: Server, run: Run) -> None:
    """One that began earlier and ends later puts its own archives and lock, and nothing is left of the other's."""
    run("repo", "add", "team", server.url)
    chart = write_chart()

    def update() -> None:
        publish_newer(server)
        end(start("repo", "update"))
        end(start("dependency", "update", str(chart)))
        assert (["Chart.lock", "charts", "charts/web-1.1.0.tgz"], ["1.1.0"]) == state(chart)

    meanwhile = Once(update)
    server.answers["/web-1.0.0.tgz"] = meanwhile.before(stored(WEB))
    run("dependency", "update", str(chart))
    assert meanwhile.happened
    assert (["Chart.lock", "charts", "charts/web-1.0.0.tgz"], ["1.0.0"]) == state(chart)
    before = snapshot(chart)
    run("dependency", "build", str(chart))
    assert before == snapshot(chart)


@needs_locks
def test_dependencies_are_changed_by_one_at_a_time(server: Server, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between new archives and their lock nobody else changes the chart: the second waits, and is the last then."""
    run("repo", "add", "team", server.url)
    chart = write_chart()
    second: list[subprocess.Popen[str]] = []
    waited: list[bool] = []

    def begin() -> None:
        publish_newer(server)
        end(start("repo", "update"))
        second.append(start("dependency", "update", str(chart)))
        waited.append(waits_for_a_lock(second[0]))

    meanwhile = Once(begin)
    with monkeypatch.context() as patch:
        around(patch, "Chart.lock", before=meanwhile)
        run("dependency", "update", str(chart))
    end(second[0])
    assert [True] == waited
    assert (["Chart.lock", "charts", "charts/web-1.1.0.tgz"], ["1.1.0"]) == state(chart)
