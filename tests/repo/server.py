"""A web server on this machine whose every answer is written down beforehand, well or badly meant."""

from __future__ import annotations

import hashlib
import http.server
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request: its path with the query, its headers by small names, whose certificate the client showed."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    certificate: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer. ``length`` is what it claims (None: nothing); ``pieces`` follow ``body``, a pause before each.

    ``raw`` are bytes in place of all of it.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = -1
    pieces: Iterable[bytes] = ()
    pause_seconds: float = 0.0
    raw: bytes | None = None


Answer = Reply | Sequence[Reply] | Callable[[Seen], Reply]


def stored(body: bytes, *, resumes: bool = True) -> Callable[[Seen], Reply]:
    """Return the answer of a good server for a file: ETag, conditional requests, ranges."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'

    def answer(seen: Seen) -> Reply:
        if seen.headers.get("if-none-match") == etag:
            return Reply(status=304, headers={"ETag": etag}, length=None)
        wanted = seen.headers.get("range", "")
        if resumes and wanted and seen.headers.get("if-range") == etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            headers = {"ETag": etag, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
            return Reply(status=206, headers=headers, body=body[start:])
        return Reply(headers={"ETag": etag, "Accept-Ranges": "bytes"}, body=body)

    return answer


class Server:
    """The server: ``answers`` by path without query; what has none is 404. ``seen`` are the requests that came."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[Seen] = []
        self.sent_bytes = 0
        self.ended = threading.Event()
        self.scheme = "http"
        self.port = 0
        self._turns: dict[str, int] = {}
        self._guard = threading.Lock()

    @property
    def url(self) -> str:
        """Return the URL of its root, without a slash at the end."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """Return the paths that were asked for."""
        return [each.path for each in self.seen]

    def reset(self) -> None:
        """Forget all answers and requests."""
        with self._guard:
            self.answers, self.seen, self._turns, self.sent_bytes = {}, [], {}, 0

    def reply(self, seen: Seen) -> Reply:
        """Return the next answer to a request, and note it."""
        with self._guard:
            self.seen.append(seen)
            path = seen.path.partition("?")[0]
            answer = self.answers.get(path)
            if answer is None:
                return Reply(status=404, body=b"not here")
            if isinstance(answer, Reply):
                return answer
            if not callable(answer):
                turn = self._turns.get(path, 0)
                self._turns[path] = turn + 1
                return answer[min(turn, len(answer) - 1)]
        return answer(seen)  # which may take its time, while others ask

    @contextmanager
    def running(self, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
        """Serve until the block ends."""
        server = _Listener(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        server.block_on_close = False
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            server.shutdown()
            server.server_close()


class _Listener(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
        with suppress(OSError):  # whoever is refused in TLS shall read why: a close with bytes unread would be a reset
            request.shutdown(socket.SHUT_WR)
            request.settimeout(2.0)
            while request.recv(1 << 16):
                pass


def _handler(server: Server) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:  # the library's name
            headers = {name.lower(): value for name, value in self.headers.items()}
            shown = _common_name(self.connection)
            seen = Seen(path=self.path, headers=headers, method=self.command, certificate=shown)
            with suppress(OSError):
                self._send(server.reply(seen))

        do_HEAD = do_GET  # noqa: N815  # the library's name

        def _send(self, reply: Reply) -> None:
            if reply.raw is not None:
                self._write(reply.raw)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            length = len(reply.body) if reply.length == -1 and reply.pieces == () else reply.length
            if length is not None and length >= 0:
                self.send_header("Content-Length", str(length))
            exact = length == len(reply.body) or reply.status in (204, 304)
            if not exact:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            if self.command == "HEAD":
                return
            self._write(reply.body)
            for piece in reply.pieces:
                if reply.pause_seconds and server.ended.wait(reply.pause_seconds):
                    return
                self._write(piece)

        def _write(self, data: bytes) -> None:
            server.sent_bytes += len(data)  # before: who has read it all may ask at once
            self.wfile.write(data)

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    return Handler


def _common_name(connection: socket.socket) -> str:
    """Return whose certificate the other side showed, empty where it showed none."""
    shown = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    subject: Any = (shown or {}).get("subject", ())
    return str(dict(each[0] for each in subject).get("commonName", ""))


class Clock:
    """A clock that sleeping moves on at once, beside the real time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Return seconds."""
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
