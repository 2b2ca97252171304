"""The API server over HTTP: an ASGI application, and the server that speaks TLS for it.

The web framework and its server are imported here and nowhere else.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from helmlite import documents
from helmlite.sandbox.api import ApiServer
from helmlite.sandbox.faults import Fault, Faults
from helmlite.sandbox.request import Reply, Request, refusal
from helmlite.sandbox.status import StatusError, too_large
from helmlite.sandbox.store import Store

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
FAULTS_PATH = "/sandbox/faults"
LIMIT_BYTES = 3 << 20
"""What a request's body may hold, and its headers."""
WARNING_LIMIT, WARNINGS_LIMIT = 256, 4096
"""How many letters of one warning, and of all, an answer's headers hold."""
TRANSPORT = "helmlite.transport"


class _Protocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, handing on the connection so that one can be dropped; its parser bounds no headers."""

    _head_bytes: int | None = None
    """How much of a request's headers is there while they go on."""

    def data_received(self, data: bytes) -> None:
        """Take what has come, and drop the connection when it is headers without end."""
        super().data_received(data)
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > LIMIT_BYTES:
                self.transport.abort()

    def on_headers_complete(self) -> None:
        """Carry out a request whose headers are there."""
        self._head_bytes = None
        super().on_headers_complete()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._head_bytes = 0
        super().on_message_begin()
        self.scope["state"] = {**self.scope.get("state", {}), TRANSPORT: self.transport}


class Application:
    """One sandbox as an ASGI application. ``store_path`` None keeps everything in memory."""

    def __init__(
        self,
        store_path: Path | None,
        *,
        token: str,
        pace: float = 1.0,
        certificate_pem: str = "",
        faults: Sequence[Fault] = (),
    ) -> None:
        self.faults = Faults()
        for each in faults:
            self.faults.add(each)
        self._token = token
        self._store = Store(store_path)
        self._api = ApiServer(self._store, token=token, pace=pace, certificate_pem=certificate_pem)
        self._ended = False
        self.asgi = Starlette(
            routes=[Route("/{path:path}", self._serve, methods=METHODS)],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, application: Starlette) -> AsyncIterator[None]:  # noqa: ARG002  # the framework's call
        self._api.progress.start(asyncio.get_running_loop())
        try:
            yield
        finally:
            self._api.progress.stop()
            self._store.close()

    def end_watches(self) -> None:
        """End every open watch, for a server that is about to stop; called in the server's own thread."""
        self._ended = True
        self._api.watches.end()

    async def _serve(self, asked: HttpRequest) -> Response:
        path: str = asked.scope["path"]  # the framework's URL would begin its query at an escaped ? or #
        fault = self.faults.of(asked.method, path)
        if fault is not None:
            if fault.action == "delay":
                await asyncio.sleep(fault.seconds)
            elif fault.action == "answer":
                return _written(_of_fault(fault))
            elif fault.action == "drop":
                return self._drop(asked)
        content = await _content(asked)
        if content is None:
            return _written(refusal(too_large(f"limit is {LIMIT_BYTES}")))
        request = Request(
            method="GET" if asked.method == "HEAD" else asked.method,
            path=path,
            query=dict(asked.query_params),
            headers=_headers(asked),
            content=content,
        )
        reply = self._orders(request) if request.path == FAULTS_PATH else self._answer(request)
        if fault is not None and fault.action == "drop-after":
            return self._drop(asked)
        if reply.watch is None:
            return _written(reply)
        events = self._api.watches.events(reply.watch, lambda: self._ended)
        return StreamingResponse(events, media_type="application/json", headers=_header_fields(reply))

    def _answer(self, request: Request) -> Reply:
        try:
            return self._api.answer(request)
        except Exception:
            logging.getLogger(__name__).exception("%s %s failed", request.method, request.path)
            return refusal(StatusError(500, "InternalError", "Internal error occurred: the sandbox's log tells more"))

    @staticmethod
    def _drop(asked: HttpRequest) -> Response:
        asked.scope["state"][TRANSPORT].abort()
        return Response()

    def _orders(self, request: Request) -> Reply:
        """Order faults: POST one, or DELETE all."""
        if request.header("authorization") != f"Bearer {self._token}":
            return refusal(StatusError(401, "Unauthorized", "Unauthorized"))
        if request.method == "DELETE":
            self.faults.clear()
            return Reply(body={})
        if request.method != "POST":
            return refusal(StatusError(405, "MethodNotAllowed", "POST a fault, or DELETE all"))
        try:
            self.faults.add(Fault.of(json.loads(request.content)))
        except ValueError as error:
            return refusal(StatusError(400, "BadRequest", str(error)))
        return Reply(status=201, body={})


def _headers(asked: HttpRequest) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for name, value in asked.headers.items():
        found.setdefault(name, []).append(value)
    return found


async def _content(asked: HttpRequest) -> bytes | None:
    """Return a request's body, None where it is larger than may be."""
    found = bytearray()
    with suppress(ClientDisconnect):  # whoever has gone hears no answer
        async for part in asked.stream():
            found += part
            if len(found) > LIMIT_BYTES:
                break
        else:
            return bytes(found)
    return None


def _of_fault(fault: Fault) -> Reply:
    reasons = {429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable"}
    details = {} if fault.retry_after is None else {"retryAfterSeconds": fault.retry_after}
    message = f"a fault that was ordered: {fault.status}"
    return refusal(StatusError(fault.status, reasons.get(fault.status, "Unknown"), message, details or None))


def _header_fields(reply: Reply) -> dict[str, str]:
    return {**reply.headers, "Cache-Control": "no-cache, private"}


def _written(reply: Reply) -> Response:
    if isinstance(reply.body, str):
        content, media = reply.body.encode(errors="replace"), reply.content_type
    elif reply.is_yaml:
        content, media = documents.write(reply.body).encode(), "application/yaml"
    else:
        content, media = json.dumps(reply.body, separators=(",", ":")).encode(), reply.content_type
    response = Response(content, status_code=reply.status, media_type=media, headers=_header_fields(reply))
    left = WARNINGS_LIMIT
    for warning in reply.warnings:
        said = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in warning[:WARNING_LIMIT])
        left -= len(said)
        if left < 0:
            break
        quoted = said.replace("\\", "\\\\").replace('"', '\\"')
        # headers are Latin-1; what is not becomes an escape
        encoded = quoted.encode("ascii", errors="backslashreplace").decode()
        response.headers.append("Warning", f'299 - "{encoded}"')
    return response


def server(application: Application, certificate: Path, key: Path) -> uvicorn.Server:
    """Return the server of an application; ``serve(sockets=[...])`` runs it until ``should_exit``."""
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "lifespan": "on", "loop": "asyncio"}
    config = uvicorn.Config(
        application.asgi,
        http=_Protocol,
        ws="none",
        ssl_certfile=str(certificate),
        ssl_keyfile=str(key),
        timeout_keep_alive=3600,
        timeout_graceful_shutdown=5,
        **options,
    )
    return uvicorn.Server(config)
