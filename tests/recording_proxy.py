"""A reverse proxy between a client and an API server: it lists the requests that change something, and disturbs them.

    upstream = Upstream.of(kubeconfig)
    with RecordingProxy(upstream, tmp_path / "kubeconfig") as proxy:
        proxy.orders.append(Order(at=3, moment=Moment.AFTER, then=process.kill))
        ...                              # run the client with KUBECONFIG=proxy.kubeconfig
    assert [...] == proxy.changes

On loopback and without TLS towards the client; the kubeconfig's user towards the server, unless the client brings an
Authorization header of its own. Impersonation headers pass. Answers are passed on as they arrive, watches too.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

READING = ("GET", "HEAD", "OPTIONS")
QUESTIONS = ("/apis/authorization.k8s.io/", "/apis/authentication.k8s.io/")
"""What is asked by POST and stored nowhere."""
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host", "content-length", "trailer")
REASONS = {429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}


@dataclass(frozen=True, slots=True)
class Change:
    """A changing request: its method, its path without query, and the how manyth with both it is (from 1)."""

    method: str
    path: str
    nth: int = 1

    def __str__(self) -> str:
        again = f" ({self.nth})" if self.nth > 1 else ""
        return f"{self.method} {self.path}{again}"


class Moment(StrEnum):
    """When a request is disturbed: before the server has seen it, or when its answer is there but not passed on."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A disturbance of one changing request, and of the ``times - 1`` that follow it (with the same method and path).

    ``at`` names it: its number among all changes (from 1), or the change itself, whose number may differ from run to
    run where clients send several at once. ``then`` is called first. The client is answered ``status``; without one
    its connection is dropped. A request disturbed BEFORE is not forwarded.
    """

    at: int | Change
    moment: Moment = Moment.BEFORE
    then: Callable[[], object] | None = None
    status: int = 0
    times: int = 1

    def meets(self, number: int, change: Change) -> bool:
        """Return whether a change is to be disturbed."""
        if isinstance(self.at, int):
            return self.at <= number < self.at + self.times
        same = (self.at.method, self.at.path) == (change.method, change.path)
        return same and self.at.nth <= change.nth < self.at.nth + self.times


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The API server and how it knows us."""

    host: str
    port: int
    tls: ssl.SSLContext
    authorization: str = field(default="", repr=False)

    @classmethod
    def of(cls, kubeconfig: str) -> Upstream:
        """Return the server of a kubeconfig's current context, with its user's certificate or token."""
        view = ("kubectl", "config", "view", "--raw", "--minify", "--flatten", "-o", "json", "--kubeconfig", kubeconfig)
        read = json.loads(subprocess.run(view, capture_output=True, check=True, timeout=60).stdout)
        cluster, user = read["clusters"][0]["cluster"], read["users"][0]["user"]
        url = urlsplit(cluster["server"])
        token = f"Bearer {user['token']}" if user.get("token") else ""
        return cls(host=url.hostname or "", port=url.port or 443, tls=_tls(cluster, user), authorization=token)

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection of its own, not opened yet."""
        return http.client.HTTPSConnection(self.host, self.port, context=self.tls)


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority := cluster.get("certificate-authority-data"):
        tls.load_verify_locations(cadata=base64.b64decode(authority).decode())
    else:
        tls.load_default_certs()
    if user.get("client-certificate-data"):
        with tempfile.NamedTemporaryFile() as pair:  # ssl reads keys from files only
            pair.write(base64.b64decode(user["client-certificate-data"]) + b"\n")
            pair.write(base64.b64decode(user["client-key-data"]))
            pair.flush()
            tls.load_cert_chain(pair.name)
    return tls


class RecordingProxy:
    """The proxy, as a context: inside it listens, and ``kubeconfig`` points to it.

    ``changes`` are the changing requests in the order of their arrival, ``answers`` what the server said to each
    (absent: it was not asked, or its answer never came), ``disturbed`` those that an order met.
    """

    def __init__(self, upstream: Upstream, kubeconfig: Path) -> None:
        self.upstream = upstream
        self.kubeconfig = kubeconfig
        self.orders: list[Order] = []
        self.changes: list[Change] = []
        self.disturbed: list[Change] = []
        self.answers: dict[Change, int] = {}
        self._guard = threading.Lock()
        self._connections: set[http.client.HTTPConnection] = set()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        server = f"http://127.0.0.1:{self._server.server_port}"
        config = {
            "clusters": [{"name": "proxy", "cluster": {"server": server}}],
            "users": [{"name": "proxy", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
            "current-context": "proxy",
        }
        self.kubeconfig.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **config}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self._guard:
            open_ones = list(self._connections)
        for each in open_ones:
            _end(each.sock)

    def record(self, method: str, target: str) -> tuple[Change | None, Order | None]:
        """Return the change that a request is, noted down, and the order that it meets; None where there is none."""
        url = urlsplit(target)
        if method in READING or url.path.startswith(QUESTIONS) or "dryRun" in parse_qs(url.query):
            return None, None
        with self._guard:
            nth = 1 + sum((method, url.path) == (each.method, each.path) for each in self.changes)
            change = Change(method, url.path, nth)
            self.changes.append(change)
            number = len(self.changes)
            order = next((each for each in self.orders if each.meets(number, change)), None)
            if order is not None:
                self.disturbed.append(change)
        return change, order

    def opened(self) -> http.client.HTTPConnection:
        """Return a new connection to the server, which ends with the proxy at the latest."""
        made = self.upstream.connect()
        with self._guard:
            self._connections.add(made)
        return made

    def closed(self, connection: http.client.HTTPConnection) -> None:
        """Close a connection to the server."""
        with self._guard:
            self._connections.discard(connection)
        connection.close()


class _Server(ThreadingHTTPServer):
    """One thread for each connection; none is waited for at the end."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    proxy: RecordingProxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that was killed, or a server that went, is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of the client, with one connection to the server behind it."""

    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.behind = self.server.proxy.opened()

    def finish(self) -> None:
        self.server.proxy.closed(self.behind)
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def handle_one_request(self) -> None:
        """Read a request and answer it; a connection that breaks on either side ends both."""
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        self._pass()

    def _pass(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        change, order = proxy.record(self.command, self.path)
        if order is not None and order.moment is Moment.BEFORE:
            self._disturb(order)
            return
        self.behind.putrequest(self.command, self.path, skip_accept_encoding=True)
        for key, value in self.headers.items():
            if key.lower() not in HOP_BY_HOP:
                self.behind.putheader(key, value)
        if proxy.upstream.authorization and "Authorization" not in self.headers:
            self.behind.putheader("Authorization", proxy.upstream.authorization)
        if body is not None:
            self.behind.putheader("Content-Length", str(len(body)))
        self.behind.endheaders(body)
        answer = self.behind.getresponse()
        if change is not None:
            proxy.answers[change] = answer.status
        if order is not None:
            answer.read()
            self._disturb(order)
        else:
            self._pass_on(answer)

    def _pass_on(self, answer: http.client.HTTPResponse) -> None:
        """Give the answer to the client, piece by piece as it comes."""
        self.send_response_only(answer.status, answer.reason)
        for key, value in answer.getheaders():
            if key.lower() not in HOP_BY_HOP:
                self.send_header(key, value)
        length = answer.getheader("Content-Length")
        bare = self.command == "HEAD" or answer.status in (204, 304)
        if length is not None:
            self.send_header("Content-Length", length)
        elif not bare:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not bare and (piece := answer.read1(65536)):
            self.wfile.write(piece if length is not None else b"%x\r\n%s\r\n" % (len(piece), piece))
        if length is None and not bare:
            self.wfile.write(b"0\r\n\r\n")
        answer.close()  # a body read to its end by length is not known to be over
        self.close_connection = False

    def _disturb(self, order: Order) -> None:
        if order.then is not None:
            order.then()
        if not order.status:
            _end(cast(socket.socket, self.connection))
            return
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "disturbed by the proxy"}
        said = json.dumps({**status, "reason": REASONS.get(order.status, ""), "code": order.status}).encode()
        self.send_response_only(order.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        self.close_connection = False


def _end(connection: socket.socket | None) -> None:
    """End a connection for both sides, whoever reads from it just now."""
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
