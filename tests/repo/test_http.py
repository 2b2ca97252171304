"""GETs: bounds, conditions, retries, resuming, redirects, proxies, TLS, and where credentials go."""

from __future__ import annotations

import errno
import gzip
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from helmlite import __version__
from helmlite.errors import DownloadError, Interrupted, RepositoryError
from helmlite.repo.credentials import NO_ACCESS, Access, Credentials, Origin
from helmlite.repo.http import Answer, Http, Patience
from helmlite.repo.validators import UNKNOWN, Validators
from helmlite.repo.watch import Watch
from tests.repo.certificates import client_certificate, put_authority, server_context
from tests.repo.server import Clock, Reply, Seen, Server, stored

PASSWORD = "correct-horse"
BODY = bytes(range(256)) * 600


@pytest.fixture
def http(clock: Clock) -> Iterator[Http]:
    """Return the door, with a clock that does not wait."""
    made = Http(monotonic=clock.monotonic, sleep=clock.sleep, patience=Patience(total_seconds=10.0, read_seconds=3.0))
    yield made
    made.close()


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Return a folder with an authority, a server's certificate by it and the server's key."""
    return put_authority(tmp_path)


@pytest.fixture
def secure(authority: Path) -> Iterator[Server]:
    """Return a server that speaks TLS."""
    with Server().running(server_context(authority)) as running:
        yield running


def access(*servers: Server, **more: str | bool) -> Access:
    """Return access with a password that belongs to these servers."""
    origins = frozenset(Origin.of(each.url) for each in servers)
    return Access(origins=origins, credentials=Credentials(username="ada", password=PASSWORD), **more)  # type: ignore[arg-type]  # the fields' names


def got(http: Http, url: str, given: Access = NO_ACCESS, *, limit_bytes: int = 1 << 20) -> bytes:
    """Return the body at a URL."""
    return http.get(url, access=given, limit_bytes=limit_bytes).body


def saved(http: Http, url: str, *, limit_bytes: int = 1 << 20) -> bytes:
    """Return what is saved from a URL."""
    file = io.BytesIO()
    http.save(url, file, access=NO_ACCESS, limit_bytes=limit_bytes)
    return file.getvalue()


def authorization(server: Server) -> list[str]:
    """Return what each request to a server showed."""
    return [each.headers.get("authorization", "") for each in server.seen]


def test_a_request_says_who_asks(server: Server, http: Http) -> None:
    """The program and its version, and nothing else that tells of the user."""
    server.answers["/a"] = Reply(body=b"x")
    assert b"x" == got(http, f"{server.url}/a")
    headers = dict(server.seen[0].headers)
    assert f"helmlite/{__version__}" == headers.pop("user-agent")
    assert {"host", "accept", "accept-encoding", "connection"} >= set(headers)


def test_what_is_unchanged_is_not_sent_again(server: Server, http: Http) -> None:
    """The ETag of the first answer makes the second one empty."""
    server.answers["/index.yaml"] = stored(BODY)
    first = http.get(f"{server.url}/index.yaml", access=NO_ACCESS, limit_bytes=1 << 20)
    server.sent_bytes = 0
    again = http.get(f"{server.url}/index.yaml", access=NO_ACCESS, limit_bytes=1 << 20, known=first.validators)
    assert (BODY, False) == (first.body, first.is_unchanged)
    assert (b"", True, first.validators) == (again.body, again.is_unchanged, again.validators)
    assert 0 == server.sent_bytes


DATED = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}


def dated(body: bytes, date: str = DATED["Last-Modified"]) -> Reply:
    """Return the answer of a server that has no ETags."""
    return Reply(headers={"Last-Modified": date}, body=body)


def test_date_and_length_do_where_there_is_no_etag(server: Server, http: Http) -> None:
    """The server is asked for them alone first, and nothing is sent when both are as they were."""
    server.answers["/a"] = dated(b"first")
    known = got_answer(http, f"{server.url}/a").validators
    server.sent_bytes = 0
    assert got_answer(http, f"{server.url}/a", known).is_unchanged
    assert ("HEAD", 0) == (server.seen[-1].method, server.sent_bytes)


@pytest.mark.parametrize(
    "now",
    [
        dated(b"other", "Thu, 01 Jan 2026 00:00:01 GMT"),
        dated(b"older", "Wed, 31 Dec 2025 00:00:00 GMT"),
        dated(b"more"),
    ],
    ids=["newer", "an older one put back", "in the same second"],
)
def test_another_date_or_length_is_another_version(server: Server, http: Http, now: Reply) -> None:
    """Older ones, too: that a body did not change since would be true of them."""
    server.answers["/a"] = dated(b"first")
    known = got_answer(http, f"{server.url}/a").validators
    server.answers["/a"] = now
    assert now.body == got_answer(http, f"{server.url}/a", known).body


def test_a_server_that_answers_to_get_alone_is_asked_so(server: Server, http: Http) -> None:
    """What HEAD leads to is no matter."""
    server.answers["/a"] = lambda seen: dated(b"x") if seen.method == "GET" else Reply(status=405)
    known = got_answer(http, f"{server.url}/a").validators
    assert b"x" == got_answer(http, f"{server.url}/a", known).body


def got_answer(http: Http, url: str, known: Validators = UNKNOWN) -> Answer:
    """Return the answer to a GET."""
    return http.get(url, access=NO_ACCESS, limit_bytes=100, known=known)


def test_gzip_is_asked_for_and_unpacked(server: Server, http: Http) -> None:
    """An index travels packed, also in several gzip streams."""
    packed = gzip.compress(BODY[:1000]) + gzip.compress(BODY[1000:])
    server.answers["/a"] = Reply(headers={"Content-Encoding": "gzip"}, body=packed)
    assert BODY == got(http, f"{server.url}/a")
    assert "gzip" == server.seen[0].headers["accept-encoding"]


def test_an_archive_is_saved_as_it_is(server: Server, http: Http) -> None:
    """Its bytes are those that were signed and hashed, whatever the server calls them."""
    server.answers["/a.tgz"] = Reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(BODY))
    assert BODY == gzip.decompress(saved(http, f"{server.url}/a.tgz"))
    assert "identity" == server.seen[0].headers["accept-encoding"]


@pytest.mark.parametrize("length", [-1, None], ids=["claimed", "not-claimed"])
def test_what_is_too_large_is_refused(server: Server, http: Http, length: int | None) -> None:
    """By what the server claims, else as it comes."""
    server.answers["/a"] = Reply(body=BODY, length=length)
    with pytest.raises(RepositoryError, match=r"/a: larger than 100 bytes"):
        got(http, f"{server.url}/a", limit_bytes=100)
    assert 1 == len(server.seen)


def test_a_body_of_just_the_limit_is_taken(server: Server, http: Http) -> None:
    """The bound is the most, not the first that is too much."""
    server.answers["/a"] = Reply(body=b"12345")
    assert b"12345" == got(http, f"{server.url}/a", limit_bytes=5)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: Server, http: Http, clock: Clock, status: int) -> None:
    """With a longer pause each time, or the one that it asks for."""
    server.answers["/a"] = [Reply(status=status), Reply(status=status, headers={"Retry-After": "2"}), Reply(body=b"x")]
    assert b"x" == got(http, f"{server.url}/a")
    assert [0.3, 2.0] == clock.slept


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500, 501])
def test_a_server_that_means_it_is_asked_once(server: Server, http: Http, clock: Clock, status: int) -> None:
    """The error has URL, status and what to try."""
    server.answers["/a"] = Reply(status=status)
    with pytest.raises(DownloadError, match=rf"^{server.url}/a: the server answers {status} ") as raised:
        got(http, f"{server.url}/a")
    assert (status, 1, []) == (raised.value.status, len(server.seen), clock.slept)


def test_no_call_waits_longer_than_it_may(server: Server, clock: Clock) -> None:
    """A pause that would end after the deadline is not begun."""
    server.answers["/a"] = Reply(status=503, headers={"Retry-After": "9"})
    http = Http(monotonic=clock.monotonic, sleep=clock.sleep, patience=Patience(total_seconds=5.0))
    with pytest.raises(DownloadError, match="503"):
        got(http, f"{server.url}/a")
    assert [] == clock.slept


@pytest.mark.parametrize("rate", [1 << 10, None], ids=["slow line", "drips"])
def test_a_large_file_over_a_slow_line_is_no_fault(server: Server, clock: Clock, rate: int | None) -> None:
    """What comes at a fair rate puts the end off, which what drips does not, nor anything for an index."""
    patience = Patience(total_seconds=60.0, slowest_bytes_per_second=rate or 1 << 20)
    # three pieces, each of which takes 50 seconds
    http = Http(
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        patience=patience,
        watch=Watch(transferred=lambda *_: clock.sleep(50.0)),
    )
    server.answers = {"/a.tgz": Reply(body=BODY), "/index.yaml": Reply(body=BODY)}
    if rate:
        assert BODY == saved(http, f"{server.url}/a.tgz")
    else:
        with pytest.raises(DownloadError, match=r"no whole answer within 60\.1 seconds"):
            saved(http, f"{server.url}/a.tgz")
    with pytest.raises(DownloadError, match="no whole answer within 60 seconds"):
        got(http, f"{server.url}/index.yaml")
    http.close()


def test_nobody_at_the_port_is_a_clear_error(http: Http, clock: Clock) -> None:
    """Tried twice: it may just be starting."""
    with pytest.raises(DownloadError, match=r"^http://127\.0\.0\.1:1/a: connection refused$") as raised:
        got(http, "http://127.0.0.1:1/a")
    assert (0, [0.3]) == (raised.value.status, clock.slept)


def test_an_unknown_host_is_a_clear_error(http: Http) -> None:
    """The name is told, and that it is not known."""
    with pytest.raises(DownloadError, match=r"^http://charts\.invalid/a: its name is not known"):
        got(http, "http://charts.invalid/a")


def test_a_download_is_resumed(server: Server, http: Http) -> None:
    """What is there is kept, the rest asked for, and only if the file is still the same."""
    whole = stored(BODY)

    def cut_at_first(seen: Seen) -> Reply:
        reply = whole(seen)
        return Reply(headers=reply.headers, body=BODY[:1000], length=len(BODY)) if len(server.seen) == 1 else reply

    server.answers["/a.tgz"] = cut_at_first
    assert BODY == saved(http, f"{server.url}/a.tgz")
    assert ["", "bytes=1000-"] == [each.headers.get("range", "") for each in server.seen]
    assert server.seen[1].headers["if-range"].startswith('"')


@pytest.mark.parametrize(
    ("headers", "second"),
    [
        ({}, Reply(body=BODY)),
        ({"ETag": 'W/"1"', "Accept-Ranges": "bytes"}, Reply(body=BODY)),
        ({"ETag": '"1"', "Accept-Ranges": "none"}, Reply(body=BODY)),
        ({"ETag": '"1"'}, Reply(headers={"ETag": '"2"'}, body=BODY)),
    ],
    ids=["no-etag", "weak-etag", "no-ranges", "changed-meanwhile"],
)
def test_what_cannot_be_resumed_is_fetched_anew(
    server: Server, http: Http, headers: dict[str, str], second: Reply
) -> None:
    """No part of one file is put before the rest of another."""
    server.answers["/a.tgz"] = [Reply(headers=headers, body=b"?" * 1000, length=len(BODY)), second]
    assert BODY == saved(http, f"{server.url}/a.tgz")


@pytest.mark.parametrize(
    "second",
    [
        Reply(status=206, headers={"Content-Range": "bytes 0-9/10", "ETag": '"1"'}, body=b"0123456789"),
        Reply(status=206, headers={"ETag": '"1"'}, body=b"0123456789"),
        Reply(status=416),
    ],
    ids=["another-part", "a-part-of-nothing", "no-such-part"],
)
def test_a_wrong_part_is_not_taken(server: Server, http: Http, second: Reply) -> None:
    """The download starts again."""
    server.answers["/a.tgz"] = [
        Reply(headers={"ETag": '"1"', "Accept-Ranges": "bytes"}, body=BODY[:1000], length=len(BODY)),
        second,
        Reply(body=BODY),
    ]
    assert BODY == saved(http, f"{server.url}/a.tgz")
    assert "" == server.seen[2].headers.get("range", "")


def test_credentials_go_to_their_own_origin(server: Server, other: Server, http: Http) -> None:
    """The header is sent where it belongs, and to no other port of the same host."""
    server.answers["/a"] = other.answers["/a"] = Reply(body=b"x")
    got(http, f"{server.url}/a", access(server))
    got(http, f"{other.url}/a", access(server))
    assert (["Basic YWRhOmNvcnJlY3QtaG9yc2U="], [""]) == (authorization(server), authorization(other))


def test_a_token_is_sent_as_bearer(server: Server, http: Http) -> None:
    """Where there is one it takes the place of user and password."""
    server.answers["/a"] = Reply(body=b"x")
    given = Access(origins=frozenset({Origin.of(server.url)}), credentials=Credentials(token="t0ken"))
    got(http, f"{server.url}/a", given)
    assert ["Bearer t0ken"] == authorization(server)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_no_credentials_along(server: Server, other: Server, http: Http, status: int) -> None:
    """Another port is another server, and would choose what they are shown for if it led back."""
    server.answers["/a"] = Reply(status=status, headers={"Location": f"{other.url}/b"})
    other.answers["/b"] = Reply(status=status, headers={"Location": f"{server.url}/c"})
    server.answers["/c"] = Reply(body=b"x")
    assert b"x" == got(http, f"{server.url}/a", access(server))
    assert [True, False] == [bool(each) for each in authorization(server)]
    assert [""] == authorization(other)


def test_another_name_of_the_host_is_another_origin(server: Server, http: Http) -> None:
    """``localhost`` is not 127.0.0.1 to credentials."""
    server.answers["/a"] = Reply(status=302, headers={"Location": f"http://localhost:{server.port}/b"})
    server.answers["/b"] = Reply(body=b"x")
    got(http, f"{server.url}/a", access(server))
    assert [True, False] == [bool(each) for each in authorization(server)]


def test_a_password_in_a_url_is_neither_sent_nor_shown(server: Server, http: Http) -> None:
    """Neither in the URL that is asked for, nor in a redirect's."""
    place = f"127.0.0.1:{server.port}"
    server.answers["/a"] = Reply(status=302, headers={"Location": f"http://eve:{PASSWORD}@{place}/b?token={PASSWORD}"})
    with pytest.raises(DownloadError) as raised:
        got(http, f"http://ada:{PASSWORD}@{place}/a?token={PASSWORD}")
    assert ["", ""] == authorization(server)
    assert PASSWORD not in f"{raised.value}{raised.value!r}{raised.value.hint}"


def test_no_cookie_is_kept(server: Server, http: Http) -> None:
    """What a server wants remembered is forgotten."""
    server.answers["/a"] = Reply(headers={"Set-Cookie": "id=1"}, body=b"x")
    got(http, f"{server.url}/a")
    got(http, f"{server.url}/a")
    assert [None, None] == [each.headers.get("cookie") for each in server.seen]


def test_netrc_is_not_read(server: Server, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows hosts only, no ports: its passwords would go to strangers."""
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login ada password {PASSWORD}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answers["/a"] = Reply(body=b"x")
    got(http, f"{server.url}/a")
    assert [""] == authorization(server)


def test_proxies_come_from_the_environment(
    server: Server, other: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY is asked in the server's place, but for what NO_PROXY names."""
    monkeypatch.setenv("http_proxy", other.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.answers["/a"] = Reply(body=b"direct")
    other.answers["http://charts.invalid/a"] = Reply(body=b"by proxy")
    assert b"direct" == got(http, f"{server.url}/a")
    assert b"by proxy" == got(http, "http://charts.invalid/a")


def test_a_certificate_is_checked(secure: Server, http: Http, authority: Path, clock: Clock) -> None:
    """An unknown authority is a clear error at once; --ca-file makes it known."""
    secure.answers["/a"] = Reply(body=b"x")
    with pytest.raises(DownloadError, match=r"its certificate is not trusted: .+") as raised:
        got(http, f"{secure.url}/a")
    assert ("give its authority with --ca-file", []) == (raised.value.hint, clock.slept)
    assert b"x" == got(http, f"{secure.url}/a", Access(ca_file=str(authority / "ca.crt")))


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_certificate_is_not_checked_when_told_so(secure: Server, http: Http) -> None:
    """--insecure-skip-tls-verify."""
    secure.answers["/a"] = Reply(body=b"x")
    assert b"x" == got(http, f"{secure.url}/a", Access(insecure_skip_tls_verify=True))


def test_https_never_becomes_http(secure: Server, server: Server, http: Http, authority: Path) -> None:
    """A redirect to http is refused before anything is sent there."""
    secure.answers["/a"] = Reply(status=302, headers={"Location": f"{server.url}/a"})
    server.answers["/a"] = Reply(body=b"x")
    given = access(secure, ca_file=str(authority / "ca.crt"))
    with pytest.raises(RepositoryError, match="redirected from https to http://127"):
        got(http, f"{secure.url}/a", given)
    assert [] == server.seen


def test_http_may_become_https(secure: Server, server: Server, http: Http, authority: Path) -> None:
    """As servers do that want all to come encrypted; credentials stay at their own origin."""
    server.answers["/a"] = Reply(status=301, headers={"Location": f"{secure.url}/a"})
    secure.answers["/a"] = Reply(body=b"x")
    assert b"x" == got(http, f"{server.url}/a", access(server, ca_file=str(authority / "ca.crt")))
    assert [""] == authorization(secure)


def test_a_client_certificate_is_shown_to_its_own_origin(authority: Path, http: Http, tmp_path: Path) -> None:
    """A server that asks for one is satisfied where it belongs, and gets none elsewhere."""
    certificate, key = client_certificate(tmp_path)
    with Server().running(server_context(authority, client=certificate)) as strict:
        strict.answers["/a"] = Reply(body=b"x")
        files = Access(ca_file=str(authority / "ca.crt"), cert_file=certificate, key_file=key)
        ours = access(strict)
        given = replace(files, origins=ours.origins, credentials=ours.credentials)
        assert b"x" == got(http, f"{strict.url}/a", given)
        with pytest.raises(DownloadError):
            got(http, f"{strict.url}/a", files)


def test_files_that_cannot_be_used_are_named(
    secure: Server, http: Http, authority: Path, tmp_path: Path, clock: Clock
) -> None:
    """Which file it is and why; the server is not asked, and nobody for a passphrase."""
    certificate, key = client_certificate(tmp_path)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    junk = tmp_path / "junk"
    junk.write_text("junk")
    ca = str(authority / "ca.crt")
    for given, said in [
        ({"ca_file": "/nowhere/ca.crt"}, "^/nowhere/ca.crt: certificates or keys cannot be read: No such file"),
        ({"ca_file": str(junk)}, f"^{junk}: no authorities' certificates in PEM form: there is no certificate in it"),
        ({"cert_file": "/nowhere/me.crt", "key_file": key}, "^/nowhere/me.crt: certificates or keys cannot be read"),
        (
            {"cert_file": certificate, "key_file": str(junk)},
            f"{certificate} with {junk}: no client certificate and key",
        ),
        ({"cert_file": certificate, "key_file": str(locked)}, f"^{locked}: the key has a passphrase"),
        (
            {"cert_file": certificate, "key_file": str(authority / "server.key")},
            "the key is not that of the certificate",
        ),
        ({"key_file": key}, f"^{key}: a key alone identifies nobody"),
    ]:
        with pytest.raises(RepositoryError, match=said):
            got(http, f"{secure.url}/a", Access(**{"ca_file": ca, **given}))  # type: ignore[arg-type]  # the fields' names
    assert [] == secure.seen
    assert [] == clock.slept


def test_a_server_that_speaks_no_tls_is_told_so(server: Server, http: Http, clock: Clock) -> None:
    """A wrong scheme or port is no matter of authorities."""
    with pytest.raises(DownloadError, match="TLS failed") as raised:
        got(http, f"{server.url}/a".replace("http://", "https://"))
    assert "plain http" in (raised.value.hint or "")
    assert [] == clock.slept


def test_the_progress_is_told(server: Server, clock: Clock) -> None:
    """The URL as it may be shown, and the bytes so far; the last call has all of them."""
    told: list[tuple[str, int, int]] = []
    http = Http(monotonic=clock.monotonic, sleep=clock.sleep, watch=Watch(transferred=lambda *each: told.append(each)))
    server.answers["/a.tgz"] = Reply(body=BODY)
    saved(http, f"{server.url}/a.tgz?token={PASSWORD}")
    http.close()
    assert (f"{server.url}/a.tgz", len(BODY), len(BODY)) == told[-1]


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/a", "file:///etc/passwd", "127.0.0.1/a", "http://", "http://a b/c", ""]
)
def test_only_http_is_spoken(http: Http, url: str) -> None:
    """What is no http or https URL is refused before anything is sent."""
    with pytest.raises(RepositoryError):
        got(http, url)


def test_calls_from_several_threads_do_not_meet(server: Server, http: Http) -> None:
    """Each gets its own body."""
    from concurrent.futures import ThreadPoolExecutor

    server.answers = {f"/{number}": Reply(body=str(number).encode() * 1000) for number in range(20)}
    ask: Callable[[int], bytes] = lambda number: got(http, f"{server.url}/{number}")  # noqa: E731  # one line
    with ThreadPoolExecutor(8) as pool:
        assert [str(number).encode() * 1000 for number in range(20)] == list(pool.map(ask, range(20)))


def test_what_is_awaited_ends_when_the_check_says_so(server: Server) -> None:
    """Though the server sends nothing, or a byte now and then."""
    asked = []

    def check() -> None:
        asked.append(time.monotonic())
        if len(asked) > 3:
            raise Interrupted("enough")

    for reply in (
        Reply(pieces=[b"x"] * 100, pause_seconds=1.0, length=None),
        Reply(body=b"x", pieces=[b"y"], pause_seconds=60.0, length=None),
    ):
        server.answers = {"/x": reply}
        asked.clear()
        http = Http(monotonic=time.monotonic, sleep=time.sleep, watch=Watch(check=check))
        with pytest.raises(Interrupted):
            http.get(f"{server.url}/x", access=NO_ACCESS, limit_bytes=1000)
        assert len(asked) == 4


def test_a_server_that_shuts_the_door_on_head_is_asked_with_get(server: Server, http: Http) -> None:
    """It is asked so once, and quickly given up."""
    server.answers["/a"] = lambda seen: dated(b"x") if seen.method == "GET" else Reply(raw=b"")
    known = got_answer(http, f"{server.url}/a").validators
    assert b"x" == got_answer(http, f"{server.url}/a", known).body
    assert ["GET", "HEAD", "GET"] == [each.method for each in server.seen]


def test_both_questions_are_asked_in_one_time(server: Server, clock: Clock) -> None:
    """What the first took is not there for the second."""
    http = Http(monotonic=clock.monotonic, sleep=clock.sleep)

    def slow(seen: Seen) -> Reply:
        if seen.method == "HEAD":
            clock.slept.append(20.0)
            return Reply(status=405)
        return Reply(status=503)

    server.answers["/a"] = slow
    known = Validators(last_modified=DATED["Last-Modified"], length="1")
    with pytest.raises(DownloadError, match=r"no whole answer within|503"):
        http.get(f"{server.url}/a", access=NO_ACCESS, limit_bytes=9, known=known, seconds=22.0)
    assert sum(clock.slept) < 22.0
    http.close()


class FullDisk(io.BytesIO):
    """A file on a disk that is full."""

    def write(self, _: Any) -> int:
        """Raise what the system says."""
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_no_fault_of_the_server(server: Server, http: Http, clock: Clock) -> None:
    """It is not asked again, and the error is the disk's."""
    server.answers["/a.tgz"] = stored(BODY)
    with pytest.raises(OSError, match="No space left"):
        http.save(f"{server.url}/a.tgz", FullDisk(), access=NO_ACCESS, limit_bytes=1 << 20)
    assert (1, []) == (len(server.seen), clock.slept)
