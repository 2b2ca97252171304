"""A Kubernetes API server of the tests: it answers what is read from a table, and records whatever would change it."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from helmlite.manifest.capabilities import Capabilities, ServedKind

READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked: path and query apart, header names in lower case, the body as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, Sequence[str]]
    data: bytes

    @property
    def body(self) -> Any:
        """Return the body of JSON."""
        return json.loads(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer in place of the table's; ``body`` is text or bytes, or what is sent as JSON.

    ``drops`` closes the connection in place of any answer.
    """

    status: int = 200
    drops: bool = False
    body: Any = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def failure(cls, status: int, reason: str, message: str) -> Reply:
        """Return a Status object, as API servers refuse with."""
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": status}
        return cls(status=status, body={**body, "message": message})

    @property
    def data(self) -> bytes:
        """Return the body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


class FakeApi:
    """One server; ``objects`` are bodies by path, ``replies`` answers by a regular expression over METHOD and path.

    Of a list of answers each is given once, and then the table's. ``changes`` lists each changing request as
    ``METHOD path``. None is carried out: a write answers with its own body.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Mapping[str, Any]] = {}
        self.replies: dict[str, Reply | list[Reply]] = {}
        self.changes: list[str] = []
        self.requests: list[Request] = []
        self._kinds = Capabilities.offline()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://{self.address}"

    @property
    def address(self) -> str:
        """Return its address and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def reset(self) -> None:
        """Forget objects, answers and what was asked."""
        for each in (self.objects, self.replies, self.changes, self.requests):
            each.clear()

    def add(self, body: Mapping[str, Any]) -> None:
        """Put an object into the server."""
        metadata = body["metadata"]
        kind = next(
            each
            for gvk, each in self._kinds.kinds.items()
            if gvk.api_version == body["apiVersion"] and gvk.kind == body["kind"]
        )
        filled = {"resourceVersion": "7", "uid": f"uid-of-{metadata['name']}", **metadata}
        path = f"{collection(kind, metadata.get('namespace'))}/{metadata['name']}"
        self.objects[path] = {**body, "metadata": filled}

    def answer(self, request: Request) -> Reply:
        """Return what a request is answered with."""
        method, path = request.method, request.path
        self.requests.append(request)
        if method not in READING and request.query.get("dryRun") != "All":
            self.changes.append(f"{method} {path}")
        for pattern, reply in self.replies.items():
            if not re.fullmatch(pattern, f"{method} {path}"):
                continue
            if isinstance(reply, Reply):
                return reply
            if reply:
                return reply.pop(0)
        if method == "DELETE":
            return Reply(body={"kind": "Status", "apiVersion": "v1", "status": "Success"})
        if method not in READING:
            sent = request.body
            sent = sent if isinstance(sent, dict) else {}
            metadata = {"resourceVersion": "8", "uid": "uid-of-what-was-sent", **(sent.get("metadata") or {})}
            return Reply(status=201, body={**sent, "metadata": metadata})
        if path == "/version":
            version = self._kinds.kube_version
            return Reply(body={"gitVersion": version.version, "major": version.major, "minor": version.minor})
        if path in ("/api", "/apis"):
            return Reply(body=self._discovery(core=path == "/api"))
        if path in self.objects:
            return Reply(body=self.objects[path])
        if self._is_collection(path):
            return Reply(body=self._list(path, request.query.get("labelSelector", "")))
        return Reply.failure(404, "NotFound", f"{path.rpartition('/')[2]} not found")

    def _discovery(self, *, core: bool) -> dict[str, Any]:
        groups: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for gvk, kind in self._kinds.kinds.items():
            if bool(gvk.group) is core:
                continue
            entry = {
                "resource": kind.plural,
                "responseKind": {"kind": gvk.kind},
                "scope": "Namespaced" if kind.namespaced else "Cluster",
                "verbs": list(kind.verbs),
            }
            groups.setdefault(gvk.group, {}).setdefault(gvk.version, []).append(entry)
        items = [
            {
                "metadata": {"name": group},
                "versions": [
                    {"version": version, "resources": found, "freshness": "Current"}
                    for version, found in versions.items()
                ],
            }
            for group, versions in groups.items()
        ]
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}

    def _is_collection(self, path: str) -> bool:
        return path.rpartition("/")[2] in {each.plural for each in self._kinds.kinds.values()}

    def _list(self, path: str, selector: str) -> dict[str, Any]:
        wanted = dict(each.split("=", 1) for each in selector.split(",") if "=" in each)
        items = [
            body
            for place, body in self.objects.items()
            if place.rpartition("/")[0] == path and wanted.items() <= (body["metadata"].get("labels") or {}).items()
        ]
        return {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}, "items": items}

    @contextmanager
    def running(self) -> Iterator[FakeApi]:
        """Answer requests until the block is left."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def collection(kind: ServedKind, namespace: str | None) -> str:
    """Return the path of a kind's objects."""
    start = f"/apis/{kind.gvk.group}/{kind.gvk.version}" if kind.gvk.group else f"/api/{kind.gvk.version}"
    return f"{start}/namespaces/{namespace or 'default'}/{kind.plural}" if kind.namespaced else f"{start}/{kind.plural}"


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Hands every request to the table."""

        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): self.headers.get_all(name, []) for name in self.headers},
                data=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
            reply = api.answer(request)
            if reply.drops:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.data)))
            self.end_headers()
            self.wfile.write(reply.data)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  # http.server's names

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  # http.server's signature
            """Keep quiet."""

    return Handler
