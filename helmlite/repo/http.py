"""HTTP: one GET, done with patience and within bounds.

Bodies are bounded in bytes, before and after gzip, and every call in time, however slowly a server drips. Redirects
are followed here, hop by hop, so that credentials go to their own origin only and https never becomes http.
"""

from __future__ import annotations

import http.client
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import urldefrag, urljoin

import requests
import urllib3

from helmlite import __version__
from helmlite.errors import DownloadError, RepositoryError, public_url
from helmlite.repo.bodies import Body, FileBody, Gunzip, MemoryBody, TooLargeError
from helmlite.repo.credentials import Access, Origin, split_url
from helmlite.repo.deadlines import Deadline, Waiting
from helmlite.repo.faults import is_final, reason_of, tls_hint
from helmlite.repo.transport import Transport
from helmlite.repo.validators import UNKNOWN, Validators
from helmlite.repo.watch import UNWATCHED, Watch

USER_AGENT = f"helmlite/{__version__}"
MOST_REDIRECTS = 10
PASSING = (429, 502, 503, 504)
"""Statuses that a server gives for a while only."""
_CHUNK = 64 << 10
_REDIRECTS = (301, 302, 303, 307, 308)
_PROGRESS_SECONDS = 0.1
_HEAD_SECONDS = 10.0
"""How long a server may take to say that nothing changed."""
_TOLD_SECONDS = 1.0
"""From how long a pause on it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds, and how often to try. ``total_seconds`` bounds a call, all attempts together.

    A file may take longer by as much as its bytes take at ``slowest_bytes_per_second``: a large one over a slow line is
    no fault, one that drips is.
    """

    total_seconds: float = 120.0
    slowest_bytes_per_second: float = 32 << 10
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    attempts: int = 4
    first_pause_seconds: float = 0.3
    longest_pause_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered: ``body``, or that the known version is the newest (``is_unchanged``)."""

    body: bytes = field(default=b"", repr=False)
    validators: Validators = UNKNOWN
    is_unchanged: bool = False


class Http:
    """GETs over one pool of connections. Safe to use from several threads.

    ``ca_file`` is the bundle of authorities for access that names none; empty is that of ``requests``. Proxies are
    those of the environment, as ``requests`` reads it.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        patience: Patience | None = None,
        ca_file: str = "",
        watch: Watch = UNWATCHED,
    ) -> None:
        self.monotonic, self.sleep = monotonic, sleep
        self.patience = patience or Patience()
        self.watch = watch
        self.transport = Transport(ca_file=ca_file, connect_seconds=self.patience.connect_seconds)

    def get(
        self,
        url: str,
        *,
        access: Access,
        limit_bytes: int,
        known: Validators = UNKNOWN,
        seconds: float | None = None,
        attempts: int | None = None,
    ) -> Answer:
        """Return a body of at most ``limit_bytes`` once unpacked; ``known`` asks for another version only.

        Of a server that has no ETags, date and length are asked for first. ``seconds`` is how long the call may
        take in all, ``attempts`` how often it is tried, in place of its patience. Raises DownloadError where there
        is no good answer, RepositoryError for what is refused.
        """
        budget = seconds or self.patience.total_seconds
        begun = self.monotonic()
        if known.are_dated():
            with suppress(DownloadError):  # not all servers answer to HEAD: what is asked next says what is wrong
                patience = min(budget / 2, _HEAD_SECONDS)
                if known.tell_no_change(self.head(url, access=access, gzip=True, seconds=patience, attempts=1)):
                    return Answer(validators=known, is_unchanged=True)
            budget -= self.monotonic() - begun
        body = MemoryBody()
        answer = _Fetch(
            self, url, access, body, limit_bytes, known=known, gzip=True, seconds=budget, attempts=attempts
        ).run()
        return Answer(body=body.content, validators=answer.validators, is_unchanged=answer.is_unchanged)

    def head(
        self,
        url: str,
        *,
        access: Access,
        gzip: bool = False,
        seconds: float | None = None,
        attempts: int | None = None,
    ) -> Validators:
        """Return what a server says of the version of a body that it does not send; raises as ``get`` does.

        It may take ``seconds`` and ``attempts``, in place of its patience.
        """
        fetch = _Fetch(self, url, access, MemoryBody(), 0, method="HEAD", gzip=gzip, seconds=seconds, attempts=attempts)
        return fetch.run().validators

    def save(self, url: str, file: BinaryIO, *, access: Access, limit_bytes: int) -> Answer:
        """Write a body of at most ``limit_bytes`` to ``file``, byte for byte as the server stores it.

        What is cut off is resumed where the server can; the more came, the longer it may take. Raises as ``get`` does,
        and OSError where the file cannot be written; the file may hold anything then.
        """
        rate = self.patience.slowest_bytes_per_second
        return _Fetch(self, url, access, FileBody(file), limit_bytes, slowest_bytes_per_second=rate).run()

    def close(self) -> None:
        """Close all connections."""
        self.transport.close()


class _PassingError(Exception):
    """A fault that may be over in a moment; ``error`` is what to tell when it is not, after so many ``attempts``."""

    def __init__(self, error: RepositoryError, *, pause_seconds: float = 0.0, attempts: int = 100) -> None:
        super().__init__(error.message)
        if isinstance(error, DownloadError):
            error.is_passing = True
        self.error = error
        self.pause_seconds = pause_seconds
        self.attempts = attempts


class _Fetch:
    """One call: attempts, each of which follows redirects and takes a body."""

    def __init__(
        self,
        http: Http,
        url: str,
        access: Access,
        body: Body,
        limit_bytes: int,
        *,
        known: Validators = UNKNOWN,
        method: str = "GET",
        gzip: bool = False,
        seconds: float | None = None,
        attempts: int | None = None,
        slowest_bytes_per_second: float | None = None,
    ) -> None:
        self._http, self._access, self._body, self._method = http, access, body, method
        # what stands before a host would be sent as a password by itself; who asks has put it into ``access``
        self._url = split_url(urldefrag(url).url)[0]
        self._shown = public_url(self._url)
        self._limit_bytes, self._known, self._gzip = limit_bytes, known, gzip
        self._attempts = attempts or http.patience.attempts
        self._deadline = Deadline(
            http.monotonic, seconds or http.patience.total_seconds, bytes_per_second=slowest_bytes_per_second
        )
        self._waiting = Waiting(
            deadline=self._deadline, read_seconds=http.patience.read_seconds, check=http.watch.check
        )
        self._begun = ""
        self._told = 0.0

    def run(self) -> Answer:
        """Return the answer; raises DownloadError or RepositoryError."""
        self._http.transport.check_files(self._access)
        patience = self._http.patience
        pause = patience.first_pause_seconds
        for number in range(1, self._attempts + 1):
            try:
                return self._attempt()
            except _PassingError as passing:
                wait = min(max(pause, passing.pause_seconds), patience.longest_pause_seconds)
                if number >= min(passing.attempts, self._attempts) or self._deadline.left <= wait:
                    raise passing.error from None
                told = self._http.watch.waiting if wait >= _TOLD_SECONDS else self._http.watch.detail
                told(f"{passing.error.message}: trying again in {wait:.2g} seconds")
            self._http.sleep(wait)
            pause *= 3
        raise AssertionError  # the last attempt returns or raises

    def _attempt(self) -> Answer:
        url, seen = self._url, [self._url]
        access = self._access
        while True:
            response = self._answer(url, access)
            self._http.watch.detail(f"{self._method} {public_url(url)}: {response.status_code}")
            try:
                if response.status_code not in _REDIRECTS:
                    return self._taken(response, url)
                url = self._next(url, response.headers.get("Location", ""), seen)
                seen.append(url)
                if not access.is_for(url):
                    access = access.anonymous()  # nor does it come back: another server would choose where to
            finally:
                response.close()

    def _answer(self, url: str, access: Access) -> requests.Response:
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip" if self._gzip else "identity"}
        headers |= self._known.conditions
        if self._body.size and self._begun:
            headers |= {"Range": f"bytes={self._body.size}-", "If-Range": self._begun}
        try:
            return self._http.transport.send(self._method, url, headers, access, self._waiting)
        except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError) as error:
            raise self._failed(error) from None

    def _next(self, url: str, location: str, seen: list[str]) -> str:
        """Return where a redirect leads; raises RepositoryError for where it must not."""
        if not location:
            raise DownloadError(f"{self._shown}: a redirect that says not where to", status=0)
        with suppress(UnicodeError):
            # http.client reads headers as Latin-1, and servers write UTF-8
            location = location.encode("latin-1").decode("utf-8")
        try:
            target = split_url(urldefrag(urljoin(url, location)).url)[0]
            target = requests.utils.requote_uri(target)
            origin = Origin.of(target)
        except ValueError:
            raise RepositoryError(f"{self._shown}: redirected to what is no URL") from None
        except RepositoryError as error:
            error.located(f"{self._shown}: redirected to where nothing is fetched from")
            raise
        shown = public_url(target)
        if Origin.of(url).scheme == "https" and origin.scheme == "http":
            raise RepositoryError(
                f"{self._shown}: redirected from https to {shown}, which anybody on the way could read and change",
                hint="give the server's own https URL, or the http one if you mean it",
            )
        if target in seen:
            raise RepositoryError(
                f"{self._shown}: redirected in a loop: {' -> '.join(map(public_url, [*seen, target]))}"
            )
        if len(seen) > MOST_REDIRECTS:
            raise RepositoryError(f"{self._shown}: redirected more than {MOST_REDIRECTS} times, last to {shown}")
        return target

    def _taken(self, response: requests.Response, url: str) -> Answer:
        """Return the answer once its body is taken; raises _PassingError, DownloadError or RepositoryError."""
        status, headers = response.status_code, response.headers
        if status == 304 and self._known.conditions:
            return Answer(validators=self._known, is_unchanged=True)
        if self._method == "HEAD" and status == 200:
            return Answer(validators=Validators.of(headers))
        if status == 206 and self._body.size and self._begun:
            is_next = re.match(rf"bytes {self._body.size}-\d+/", headers.get("Content-Range", ""))
            if not is_next or headers.get("ETag", self._begun) != self._begun:
                self._body.restart()
                self._begun = ""
                raise _PassingError(self._error("the server sent another part than it was asked for"))
        elif status == 200:
            self._body.restart()
        elif status == 416 and self._body.size:
            self._body.restart()
            self._begun = ""
            raise _PassingError(self._error("the server has no such part of it", status=status))
        else:
            raise self._refused(url, status, headers.get("Retry-After", ""), headers.get("WWW-Authenticate", ""))
        validators = Validators.of(headers)
        if not self._gzip and "bytes" in headers.get("Accept-Ranges", "bytes" if validators.strong else ""):
            self._begun = validators.strong
        self._take_body(response)
        return Answer(validators=validators)

    def _take_body(self, response: requests.Response) -> None:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if self._gzip and encoding not in ("", "identity", "gzip", "x-gzip"):
            raise self._error(f"the server sent it packed as {encoding[:40]!r}, which nobody asked for")
        length = response.headers.get("Content-Length", "")
        total = self._body.size + int(length) if re.fullmatch(r"[0-9]{1,18}", length) else 0
        if total > self._limit_bytes:
            raise self._too_large()
        unpack = Gunzip() if self._gzip and encoding.endswith("gzip") else None
        try:
            for piece in self._pieces(response):
                for each in unpack.pieces(piece) if unpack else (piece,):
                    if self._body.size + len(each) > self._limit_bytes:
                        raise TooLargeError
                    self._body.write(each)
                self._deadline.came(self._body.size)
                self._tell(0 if unpack else total)
        except TooLargeError:
            raise self._too_large() from None
        except zlib.error:
            raise self._error("the server sent damaged gzip") from None
        if unpack is not None and not unpack.is_whole:
            raise _PassingError(self._error("the answer was cut off"))

    def _pieces(self, response: requests.Response) -> Iterator[bytes]:
        """Yield what came, without waiting for more: a slow line shows progress."""
        while True:
            try:
                piece = response.raw.read1(_CHUNK, decode_content=False)
            except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
                raise self._failed(error) from None
            if not piece:
                return
            yield piece

    def _tell(self, total: int) -> None:
        now = self._http.monotonic()
        if now - self._told >= _PROGRESS_SECONDS or self._body.size == total:
            self._told = now
            self._http.watch.transferred(self._shown, self._body.size, total)

    def _error(
        self, reason: str, *, status: int = 0, hint: str | None = None, is_passing: bool = False
    ) -> DownloadError:
        return DownloadError(f"{self._shown}: {reason}", status=status, hint=hint, is_passing=is_passing)

    def _too_large(self) -> RepositoryError:
        limit = self._limit_bytes
        size = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit:,} bytes"
        return RepositoryError(f"{self._shown}: larger than {size}, the most that is taken")

    def _failed(self, error: BaseException) -> Exception:
        """Return what to raise for a fault below HTTP."""
        if self._deadline.left <= 0:
            return self._error(
                f"no whole answer within {self._deadline.seconds:.3g} seconds ({self._body.size:,} bytes came)",
                hint="the server or the network is too slow; try again later",
                is_passing=True,
            )
        if isinstance(error, requests.exceptions.InvalidURL | UnicodeError):
            return RepositoryError(f"{self._shown}: no URL that can be asked for")
        reason = reason_of(error)
        made = self._error(reason, hint=_HINTS.get(reason) or tls_hint(error))
        if is_final(error):
            return made
        is_nobody = reason == "connection refused" or reason.startswith("its name is not known")
        return _PassingError(made, attempts=2 if is_nobody else 100)

    def _refused(self, url: str, status: int, retry_after: str, challenge: str) -> Exception:
        """Return what to raise for a status that brings no body, of the URL that was asked last."""
        word = http.client.responses.get(status, "")
        is_elsewhere = Origin.of(url) != Origin.of(self._url)
        server = f"it leads to {public_url(url)}, where the server" if is_elsewhere else "the server"
        text = f"{server} answers {status} {word}".rstrip()
        if status in PASSING:
            pause = float(retry_after) if re.fullmatch(r"[0-9]{1,4}", retry_after) else 0.0
            return _PassingError(self._error(text, status=status, hint="try again later"), pause_seconds=pause)
        hint = None
        if status in (401, 403) and is_elsewhere and self._access.credentials and not self._access.is_for(url):
            hint = "credentials go to their own server only: give the URL that it leads to, if you trust it"
        elif status in (401, 403):
            given = self._access.credentials and self._access.is_for(url)
            kind = " (it asks for a token)" if challenge.lower().startswith("bearer") else ""
            hint = "its user name, password or token is wrong, or may not read this" if given else None
            hint = hint or (
                f"it needs credentials{kind}: `helmlite repo add` keeps them (--username and --password-stdin, or "
                "--token-stdin), and HELMLITE_REPO_<NAME>_USERNAME and _PASSWORD, or _TOKEN, give them for one command"
            )
        elif status == 404:
            hint = "is the address right?"
        return self._error(text, status=status, hint=hint, is_passing=status >= 500)


_HINTS = {
    "connection refused": "is the server running, and is the port right?",
    "TLS failed: wrong version number": "it may speak plain http: are scheme and port of the URL right?",
    "it did not answer in time": "try again later; a proxy may be needed (HTTPS_PROXY)",
}
