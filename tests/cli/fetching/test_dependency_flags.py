"""Flags on how a server is asked, of the commands that fetch dependencies: TLS, credentials, and whom they reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from helmlite import documents
from tests.cli.fetching.conftest import BASIC, PASSWORD, WEB, Run, snapshot
from tests.repo.charts import archive, entry, index
from tests.repo.server import Reply, Seen, Server, stored

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")

DB = archive("db")
COMMANDS = {
    "update": ("dependency", "update", "app"),
    "build": ("dependency", "build", "app"),
    "package": ("package", "app", "--dependency-update", "--destination", "packed"),
}
PASSWORD_FLAGS = ("--username", "ada", "--password-stdin")


@pytest.fixture(params=COMMANDS.values(), ids=list(COMMANDS))
def line(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return a command that fetches what the chart ``app`` depends on."""
    found: tuple[str, ...] = request.param
    return found


def declare(*repositories: str) -> None:
    """Write the chart ``app`` that depends on ``web`` of the first repository, and on ``db`` of a second."""
    dependencies = [
        {"name": name, "version": "1.x", "repository": url}
        for name, url in zip(("web", "db"), repositories, strict=False)
    ]
    chart = {"apiVersion": "v2", "name": "app", "version": "1.0.0", "dependencies": dependencies}
    Path("app").mkdir()
    Path("app/Chart.yaml").write_text(documents.write(chart))


def vendored() -> dict[str, bytes]:
    """Return what is in charts/ of the chart."""
    return {each.name: each.read_bytes() for each in Path("app").glob("charts/*")}


def files(authority: Path, *names: str) -> list[str]:
    """Return flags with the files that are right for them."""
    right = {"--ca-file": "ca.crt", "--cert-file": "me.crt", "--key-file": "me.key"}
    return [word for name in names for word in (name, str(authority / right[name]))]


def shown(server: Server) -> list[str]:
    """Return what those who asked a server showed it, each once."""
    return sorted({each.headers.get("authorization", "") for each in server.seen})


def for_ada(server: Server) -> None:
    """Let only who has the password in."""

    def closed(path: str) -> None:
        answer = server.answers[path]
        assert callable(answer)
        server.answers[path] = lambda seen: answer(seen) if _is_ada(seen) else Reply(status=401)

    for each in list(server.answers):
        closed(each)


def _is_ada(seen: Seen) -> bool:
    return seen.headers.get("authorization") in (BASIC, f"Bearer {PASSWORD}")


def test_a_client_certificate_is_shown(strict: Server, authority: Path, run: Run, line: tuple[str, ...]) -> None:
    """With --ca-file, --cert-file and --key-file the dependency comes."""
    declare(strict.url)
    run(*line, *files(authority, "--ca-file", "--cert-file", "--key-file"))
    assert {"web-1.0.0.tgz": WEB} == vendored()
    assert {"ada"} == {each.certificate for each in strict.seen}


def test_nothing_is_checked_when_told_so(secure: Server, run: Run, line: tuple[str, ...]) -> None:
    """With --insecure-skip-tls-verify."""
    declare(secure.url)
    run(*line, "--insecure-skip-tls-verify")
    assert {"web-1.0.0.tgz": WEB} == vendored()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((), "give its authority with --ca-file"),
        (("--ca-file",), "the server wants a client certificate"),
    ],
)
def test_what_is_missing_is_an_error(
    strict: Server,
    authority: Path,
    run: Run,
    home: Path,
    line: tuple[str, ...],
    given: tuple[str, ...],
    says: str,
) -> None:
    """It says which flag helps; the server answered nothing, and nothing is written."""
    declare(strict.url)
    before = snapshot(home)
    ended = run(*line, *files(authority, *given), code=1)
    assert says in ended.stderr
    assert ("", [], before) == (ended.stdout, strict.seen, snapshot(home))


@pytest.mark.parametrize("secret", [PASSWORD_FLAGS, ("--token-stdin",)], ids=["password", "token"])
def test_a_secret_is_for_this_run(
    server: Server, run: Run, home: Path, line: tuple[str, ...], secret: tuple[str, ...]
) -> None:
    """It goes to the server, and into no file and no output."""
    for_ada(server)
    declare(server.url)
    assert "it needs credentials" in run(*line, code=1).stderr
    ended = run(*line, *secret, stdin=PASSWORD)
    assert {"web-1.0.0.tgz": WEB} == vendored()
    assert PASSWORD not in f"{ended.stdout}{ended.stderr}"
    assert [] == [path for path in home.rglob("*") if path.is_file() and PASSWORD in path.read_text(errors="replace")]


@pytest.mark.parametrize("flag", [(), ("--pass-credentials",)], ids=["without", "with"])
def test_another_host_sees_a_secret_when_told_so(
    server: Server, other: Server, run: Run, line: tuple[str, ...], flag: tuple[str, ...]
) -> None:
    """An archive elsewhere is fetched as anybody would, unless --pass-credentials says otherwise."""
    server.answers = {"/index.yaml": stored(index(entry(WEB, urls=[f"{other.url}/web-1.0.0.tgz"])))}
    other.answers = {"/web-1.0.0.tgz": stored(WEB)}
    declare(server.url)
    run(*line, *PASSWORD_FLAGS, *flag, stdin=PASSWORD)
    assert {"web-1.0.0.tgz": WEB} == vendored()
    assert ([BASIC], [BASIC if flag else ""]) == (shown(server), shown(other))


def test_a_secret_is_not_for_two_servers(
    server: Server, other: Server, run: Run, home: Path, line: tuple[str, ...]
) -> None:
    """With dependencies of two servers it is an error before either is asked; what shows nobody is no error."""
    other.answers = {"/index.yaml": stored(index(entry(DB, "db"))), "/db-1.0.0.tgz": stored(DB)}
    declare(server.url, other.url)
    before = snapshot(home)
    ended = run(*line, *PASSWORD_FLAGS, stdin=PASSWORD, code=2)
    assert "the credentials that were given are for one server" in ended.stderr
    assert ([], [], before) == (server.seen, other.seen, snapshot(home))
    run(*line, "--insecure-skip-tls-verify")
    assert {"web-1.0.0.tgz": WEB, "db-1.0.0.tgz": DB} == vendored()


def test_a_configured_repository_keeps_its_own(server: Server, other: Server, run: Run, line: tuple[str, ...]) -> None:
    """What ``repo add`` keeps for each of two servers reaches that one alone."""
    other.answers = {"/index.yaml": stored(index(entry(DB, "db"))), "/db-1.0.0.tgz": stored(DB)}
    run("repo", "add", "team", server.url, *PASSWORD_FLAGS, stdin=PASSWORD)
    run("repo", "add", "more", other.url, "--token-stdin", stdin="t0ken")
    declare("@team", other.url)
    run(*line)
    assert {"web-1.0.0.tgz": WEB, "db-1.0.0.tgz": DB} == vendored()
    assert ([BASIC], ["Bearer t0ken"]) == (shown(server), shown(other))
