"""``--pass-credentials``: whether the hosts that an index names for archives see a password or token, and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helmlite import documents
from tests.cli.fetching.conftest import BASIC, PASSWORD, WEB, Run
from tests.repo.charts import entry, index
from tests.repo.server import Reply, Seen, Server, stored

BEARER = f"Bearer {PASSWORD}"
KINDS = {
    "password": (("--username", "ada", "--password-stdin"), BASIC),
    "token": (("--token-stdin",), BEARER),
}
Fetch = Callable[[Run, str, tuple[str, ...], tuple[str, ...]], None]


def kept_and_pulled(run: Run, url: str, secret: tuple[str, ...], flag: tuple[str, ...]) -> None:
    """Say all when the repository is added; pull by its name."""
    run("repo", "add", "team", url, *secret, *flag, stdin=PASSWORD)
    run("pull", "team/web")


def pulled_with_flag(run: Run, url: str, secret: tuple[str, ...], flag: tuple[str, ...]) -> None:
    """Keep the secret with the repository; give the flag to ``pull``."""
    run("repo", "add", "team", url, *secret, stdin=PASSWORD)
    run("pull", "team/web", *flag)


def pulled_by_url(run: Run, url: str, secret: tuple[str, ...], flag: tuple[str, ...]) -> None:
    """Keep nothing: all are flags of ``pull --repo``."""
    run("pull", "web", "--repo", url, *secret, *flag, stdin=PASSWORD)


def rendered(run: Run, url: str, secret: tuple[str, ...], flag: tuple[str, ...]) -> None:
    """Give all to ``template --repo``."""
    run("template", "web", "--repo", url, *secret, *flag, stdin=PASSWORD)


def depended_on(run: Run, url: str, secret: tuple[str, ...], flag: tuple[str, ...]) -> None:
    """Say all when the repository is added; fetch the chart as a dependency."""
    run("repo", "add", "team", url, *secret, *flag, stdin=PASSWORD)
    dependencies = [{"name": "web", "version": "1.x", "repository": "@team"}]
    chart = {"apiVersion": "v2", "name": "app", "version": "1.0.0", "dependencies": dependencies}
    Path("app").mkdir()
    Path("app/Chart.yaml").write_text(documents.write(chart))
    run("dependency", "update", "app")
    assert WEB == Path("app/charts/web-1.0.0.tgz").read_bytes()


WAYS: tuple[Fetch, ...] = (kept_and_pulled, pulled_with_flag, pulled_by_url, rendered, depended_on)


def shown(server: Server) -> set[str]:
    """Return what those who asked a server showed it, empty text for nothing; nothing at all where nobody asked."""
    return {each.headers.get("authorization", "") for each in server.seen}


def only_for(header: str, answer: Callable[[Seen], Reply]) -> Callable[[Seen], Reply]:
    """Return an answer for who shows a header, and 401 for others."""
    return lambda seen: answer(seen) if seen.headers.get("authorization") == header else Reply(status=401)


@pytest.fixture(params=KINDS.values(), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> tuple[tuple[str, ...], str]:
    """Return flags that read a secret from standard input, and the header that it becomes."""
    found: tuple[tuple[str, ...], str] = request.param
    return found


@pytest.fixture
def apart(server: Server, other: Server, kind: tuple[tuple[str, ...], str]) -> Server:
    """Return a repository that wants the secret, whose archive is at ``other``, which takes everybody."""
    listed = stored(index(entry(WEB, urls=[f"{other.url}/files/web-1.0.0.tgz"])))
    server.answers = {"/index.yaml": only_for(kind[1], listed)}
    other.answers = {"/files/web-1.0.0.tgz": stored(WEB)}
    return server


@pytest.mark.parametrize("fetch", WAYS)
def test_another_host_sees_nothing(
    apart: Server, other: Server, run: Run, kind: tuple[tuple[str, ...], str], fetch: Fetch
) -> None:
    """Without the flag an archive elsewhere is fetched as anybody would."""
    fetch(run, apart.url, kind[0], ())
    assert ({kind[1]}, {""}) == (shown(apart), shown(other))


@pytest.mark.parametrize("fetch", WAYS)
def test_another_host_sees_them_when_told_so(
    apart: Server, other: Server, run: Run, kind: tuple[tuple[str, ...], str], fetch: Fetch
) -> None:
    """With the flag the host that the index names is shown what the repository is."""
    fetch(run, apart.url, kind[0], ("--pass-credentials",))
    assert ({kind[1]}, {kind[1]}) == (shown(apart), shown(other))


@pytest.mark.parametrize("flag", [(), ("--pass-credentials",)], ids=["without", "with"])
@pytest.mark.parametrize("fetch", WAYS)
def test_a_redirects_target_sees_nothing(
    apart: Server,
    other: Server,
    third: Server,
    run: Run,
    kind: tuple[tuple[str, ...], str],
    fetch: Fetch,
    flag: tuple[str, ...],
) -> None:
    """The index did not name where the archive's host leads to: that is shown nothing, flag or not."""
    other.answers["/files/web-1.0.0.tgz"] = Reply(status=302, headers={"Location": f"{third.url}/web-1.0.0.tgz"})
    third.answers["/web-1.0.0.tgz"] = stored(WEB)
    fetch(run, apart.url, kind[0], flag)
    assert ({kind[1] if flag else ""}, {""}) == (shown(other), shown(third))


@pytest.mark.parametrize("fetch", WAYS)
def test_a_redirect_of_the_index_is_no_name_in_it(
    server: Server, other: Server, run: Run, kind: tuple[tuple[str, ...], str], fetch: Fetch
) -> None:
    """Where the index itself is redirected to is shown nothing, and its relative archives stay the repository's own."""
    server.answers = {
        "/index.yaml": Reply(status=302, headers={"Location": f"{other.url}/moved.yaml"}),
        "/web-1.0.0.tgz": only_for(kind[1], stored(WEB)),
    }
    other.answers = {"/moved.yaml": stored(index(entry(WEB)))}
    fetch(run, server.url, kind[0], ("--pass-credentials",))
    assert ({kind[1]}, {""}) == (shown(server), shown(other))


def test_https_is_never_told_to_http(secure: Server, other: Server, run: Run, authority: Path) -> None:
    """What belongs to an https repository is not sent in clear to an http host that its index names, flag or not."""
    secure.answers = {"/index.yaml": stored(index(entry(WEB, urls=[f"{other.url}/web-1.0.0.tgz"])))}
    other.answers = {"/web-1.0.0.tgz": stored(WEB)}
    given = ("--username", "ada", "--password-stdin", "--pass-credentials", "--ca-file", str(authority / "ca.crt"))
    run("pull", "web", "--repo", secure.url, *given, stdin=PASSWORD)
    assert ({BASIC}, {""}) == (shown(secure), shown(other))


@pytest.mark.parametrize("flag", [(), ("--pass-credentials",)], ids=["without", "with"])
def test_a_client_certificate_goes_the_same_way(
    strict: Server, asking: Server, run: Run, authority: Path, flag: tuple[str, ...]
) -> None:
    """A host that the index names, and that asks for a certificate, is shown the repository's with the flag only."""
    strict.answers = {"/index.yaml": stored(index(entry(WEB, urls=[f"{asking.url}/web-1.0.0.tgz"])))}
    asking.answers = {"/web-1.0.0.tgz": stored(WEB)}
    files = {"--ca-file": "ca.crt", "--cert-file": "me.crt", "--key-file": "me.key"}
    given = [word for name, file in files.items() for word in (name, str(authority / file))]
    run("repo", "add", "team", strict.url, *given, *flag)
    run("pull", "team/web")
    assert ["ada"] == [each.certificate for each in strict.seen]
    assert ["ada" if flag else ""] == [each.certificate for each in asking.seen]
