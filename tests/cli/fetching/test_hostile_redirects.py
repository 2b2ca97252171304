"""Redirects that mean ill: how each ends for who has credentials, in what time and memory, and who saw them.

Each is tried with a password, a token and a client certificate, for an index and for an archive.
"""

from __future__ import annotations

import base64
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.fetching.conftest import BASIC, PASSWORD, WEB, Run, serve_web, snapshot
from tests.repo.certificates import server_context
from tests.repo.charts import entry, index
from tests.repo.server import Reply, Seen, Server, stored

SECONDS, MEBIBYTES = 10.0, 48
SECRETS = {
    "password": (("--username", "ada", "--password-stdin"), BASIC, ""),
    "token": (("--token-stdin",), f"Bearer {PASSWORD}", ""),
    "certificate": (("--cert-file", "me.crt", "--key-file", "me.key"), "", "ada"),
}
TWIN = base64.b64encode(PASSWORD.encode()).decode()
"""What a password would also be readable as."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A redirect: where to, of the places that are ``{}`` fields, and how it ends: in these words, else well.

    ``asked`` are the places that get to be asked.
    """

    to: str
    says: Sequence[str] = ()
    asked: Sequence[str] = ()


CASES = {
    "another-port": Case(to="{other}{path}", asked=["other"]),
    "another-name-of-the-host": Case(to="{localhost}{path}", asked=["own"]),
    "http": Case(
        to="{plain}{path}",
        says=["redirected from https to {plain}{path}", "which anybody on the way could read and change"],
    ),
    "http-by-way-of-another-port": Case(
        to="{other}/on?to={plain}{path}", says=["redirected from https to {plain}{path}"], asked=["other"]
    ),
    "a-file": Case(
        to="file:///etc/passwd", says=["redirected to where nothing is fetched from", "file:///etc/passwd", "only http"]
    ),
    "a-file-by-way-of-another-port": Case(
        to="{other}/on?to=file:///etc/passwd", says=["where nothing is fetched from", "only http"], asked=["other"]
    ),
    "a-file-of-this-host": Case(to="file://localhost/etc/passwd", says=["only http and https URLs are fetched"]),
    "another-protocol": Case(to="ftp://127.0.0.1/web.tgz", says=["ftp://127.0.0.1/web.tgz", "only http"]),
    "a-user-at-another-port": Case(to="{other_as_eve}{path}", asked=["other"]),
    "a-user-at-the-same-port": Case(to="{own_as_eve}{path}?again", asked=["own"]),
    "a-host-in-the-users-place": Case(to="https://{own_place}@{other_place}{path}", asked=["other"]),
    "a-host-behind-a-backslash": Case(to="https://{other_place}\\@{own_place}{path}?again", asked=["own"]),
    "without-a-scheme": Case(to="//{other_place}{path}", asked=["other"]),
    "a-ring-of-two-hosts": Case(to="{other}/on?to={own}{path}", says=["redirected in a loop: "], asked=["other"]),
    "nowhere": Case(to="", says=["says not where to"]),
}
WHICH = {"index": "/index.yaml", "archive": "/web-1.0.0.tgz"}


@dataclass(frozen=True)
class Places:
    """The servers: the repository's own, which is behind TLS, another such, and one without TLS."""

    own: Server
    other: Server
    plain: Server

    def filled(self, text: str, path: str) -> str:
        """Return a text with URLs in its fields."""
        own, other = (each.url.removeprefix("https://") for each in (self.own, self.other))
        return text.format(
            path=path,
            own=self.own.url,
            other=self.other.url,
            plain=self.plain.url,
            localhost=self.own.url.replace("127.0.0.1", "localhost"),
            own_place=own,
            other_place=other,
            own_as_eve=f"https://eve:{PASSWORD}@{own}",
            other_as_eve=f"https://eve:{PASSWORD}@{other}",
        )


@pytest.fixture
def places(authority: Path, asking: Server, other: Server) -> Iterator[Places]:
    """Return the servers, each with the repository that the redirect would like to be taken for.

    Those behind TLS ask for a client certificate, and do without.
    """
    with Server().running(server_context(authority, client=str(authority / "me.crt"), must=False)) as own:
        for each in (own, asking, other):
            serve_web(each)
        yield Places(own, asking, other)


@pytest.fixture(params=SECRETS.values(), ids=list(SECRETS))
def secret(request: pytest.FixtureRequest) -> tuple[Sequence[str], str, str]:
    """Return flags, the header that they become, and whose certificate they show."""
    found: tuple[Sequence[str], str, str] = request.param
    return found


def on(seen: Seen) -> Reply:
    """Answer with a redirect to where the request says."""
    return Reply(status=302, headers={"Location": seen.path.partition("?to=")[2]})


def first(location: str, then: Callable[[Seen], Reply]) -> Callable[[Seen], Reply]:
    """Return the answer that redirects, but for who comes again, or by another name of the host."""

    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("?again") or seen.headers["host"].startswith("localhost"):
            return then(seen)
        return Reply(status=307, headers={"Location": location})

    return answer


@pytest.mark.parametrize("which", WHICH.values(), ids=WHICH)
@pytest.mark.parametrize("name", CASES)
def test_a_hostile_redirect_ends_well(
    places: Places,
    authority: Path,
    run: Run,
    home: Path,
    secret: tuple[Sequence[str], str, str],
    name: str,
    which: str,
) -> None:
    """Nobody but the repository's own origin sees a secret, and what is refused leaves all as it was."""
    case = CASES[name]
    flags = [str(authority / each) if each.startswith("me.") else each for each in secret[0]]
    run("repo", "add", "team", places.own.url, "--ca-file", str(authority / "ca.crt"), *flags, stdin=PASSWORD)
    places.own.seen.clear()
    location = places.filled(case.to, which)
    places.own.answers[which] = first(location, stored(index(entry(WEB)) if which == "/index.yaml" else WEB))
    places.other.answers["/on"] = on
    before = snapshot(home)

    tracemalloc.start()
    started = time.monotonic()
    line = ("repo", "update") if which == "/index.yaml" else ("pull", "team/web")
    ended = run(*line, code=1 if case.says else 0)
    took = time.monotonic() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    text = f"{ended.stdout}{ended.stderr}"
    assert [] == [each for each in case.says if places.filled(each, which) not in text], text
    assert took < SECONDS
    assert peak < MEBIBYTES << 20
    if case.says:
        assert before == snapshot(home)
    elif which != "/index.yaml":
        assert WEB == Path("web-1.0.0.tgz").read_bytes()
    # by whom something was seen
    own = [each for each in places.own.seen if not each.headers["host"].startswith("localhost")]
    elsewhere = [each for each in places.own.seen if each not in own] + places.other.seen + places.plain.seen
    assert {(secret[1], secret[2])} == {(each.headers.get("authorization", ""), each.certificate) for each in own}
    assert {("", "")} >= {(each.headers.get("authorization", ""), each.certificate) for each in elsewhere}
    assert not any(PASSWORD in each.path or TWIN in str(each.headers) for each in elsewhere)
    assert bool(places.other.seen) is ("other" in case.asked)
    assert (len(places.own.seen) > 1) is ("own" in case.asked)
    assert [] == places.plain.seen
    assert PASSWORD not in text
