"""One API server as the facts see it: requests, answers and watches over plain HTTP."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

import urllib3

from helmlite import documents

Found = TypeVar("Found")
PATCHES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
SANDBOX = "sandbox"
"""What the embedded server's version bears as build metadata (``v1.36.3+sandbox``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer: its status, its headers in lower case, its body as data (or text where it is no JSON)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    warnings: Sequence[str] = ()

    def expect(self, status: int) -> Any:
        """Return the body; raises AssertionError with what the server said when the status is another."""
        assert status == self.status, self.body
        return self.body

    @property
    def message(self) -> str:
        """Return what a refusal says."""
        return str(self.body["message"])

    @property
    def causes(self) -> set[tuple[str, str]]:
        """Return field and reason of each cause of a refusal."""
        return {(each.get("field", ""), each["reason"]) for each in self.body["details"].get("causes") or ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API server; with ``namespace`` set, ``path`` stays inside it. ``identity`` holds impersonation headers.

    ``patience_seconds`` is how long ``eventually`` asks where it is not told; a watch waits half as long.
    """

    url: str
    token: str = field(repr=False)
    pool: urllib3.PoolManager = field(repr=False)
    namespace: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)
    patience_seconds: float = 20

    @classmethod
    def of(cls, kubeconfig: str) -> Api:
        """Return the server of a kubeconfig that holds one cluster and one user with a token."""
        content: Any = documents.read(Path(kubeconfig).read_bytes(), duplicates="last").data
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        context = ssl.create_default_context(cadata=authority)
        pool = urllib3.PoolManager(ssl_context=context, retries=False, maxsize=4)
        return cls(url=cluster["server"], token=user["token"], pool=pool)

    def within(self, namespace: str) -> Api:
        """Return the same server, in another namespace."""
        return replace(self, namespace=namespace)

    def acting_as(self, user: str, *groups: str) -> Api:
        """Return the same server, as another user."""
        found = urllib3.HTTPHeaderDict({"Impersonate-User": user})
        for group in groups:
            found.add("Impersonate-Group", group)
        return replace(self, identity=found)

    def with_token(self, token: str) -> Api:
        """Return the same server, with another token."""
        return replace(self, token=token)

    @property
    def is_sandbox(self) -> bool:
        """Return whether this is the embedded server: for the facts that differ there on purpose, and say so."""
        return SANDBOX in str(self.get("/version").body["gitVersion"])

    def path(
        self, api_version: str, plural: str, name: str = "", sub: str = "", *, namespace: str | None = None
    ) -> str:
        """Return a path in the namespace (``namespace=""``: of a cluster-scoped kind, or across all namespaces)."""
        start = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        place = self.namespace if namespace is None else namespace
        parts = [start, *((f"namespaces/{place}",) if place else ()), plural, name, sub]
        return "/".join(each for each in parts if each)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Answer:
        """Return the answer. ``body`` is sent as JSON unless it is text or bytes; a query value may be a list."""
        sent = body if isinstance(body, (str, bytes)) or body is None else json.dumps(body)
        answer = self._open(method, path, sent, content_type, accept, headers, query)
        data = answer.read(decode_content=True)
        answer.release_conn()
        try:
            found: Any = json.loads(data)
        except ValueError:
            found = data.decode()
        lower = {name.lower(): value for name, value in answer.headers.items()}
        warnings = answer.headers.getlist("Warning")
        return Answer(status=answer.status, headers=lower, body=found, warnings=warnings)

    def _open(
        self,
        method: str,
        path: str,
        body: str | bytes | None,
        content_type: str,
        accept: str,
        headers: Mapping[str, str] | None,
        query: Mapping[str, Any],
        *,
        read_seconds: float = 30,
    ) -> Any:
        sent = urllib3.HTTPHeaderDict({"Accept": accept})
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = content_type
        sent.extend(self.identity)
        sent.extend(headers or {})
        pairs = [
            (key, each) for key, value in query.items() for each in (value if isinstance(value, list) else [value])
        ]
        asked = urlencode([(key, str(value).lower() if isinstance(value, bool) else value) for key, value in pairs])
        whole = f"{self.url}{path}" + (f"?{asked}" if asked else "")
        return self.pool.request(
            method,
            whole,
            body=body,
            headers=sent,
            preload_content=False,
            timeout=urllib3.Timeout(connect=5, read=read_seconds),
        )

    def get(self, path: str, **query: Any) -> Answer:
        """Read."""
        return self.request("GET", path, **query)

    def post(self, path: str, body: Any, **query: Any) -> Answer:
        """Create."""
        return self.request("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Answer:
        """Replace."""
        return self.request("PUT", path, body, **query)

    def delete(self, path: str, body: Any = None, **query: Any) -> Answer:
        """Delete."""
        return self.request("DELETE", path, body, **query)

    def patch(self, path: str, body: Any, kind: str = "merge", **query: Any) -> Answer:
        """Patch; ``kind`` is json, merge, strategic or apply."""
        return self.request("PATCH", path, body, content_type=PATCHES[kind], **query)

    def apply(self, path: str, body: Any, manager: str = "tester", **query: Any) -> Answer:
        """Apply server-side."""
        return self.patch(path, body, "apply", fieldManager=manager, **query)

    def eventually(self, question: Callable[[], Found | Literal[False] | None], seconds: float | None = None) -> Found:
        """Return the first true answer to a question that is asked again and again; raises AssertionError."""
        seconds = self.patience_seconds if seconds is None else seconds
        deadline = time.monotonic() + seconds
        while True:
            found = question()
            if found:
                return found
            assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
            time.sleep(0.05)

    @contextmanager
    def watch(self, path: str, **query: Any) -> Iterator[Watch]:
        """Watch a path until the block is left."""
        answer = self._open("GET", path, None, "", "application/json", None, {"watch": True, **query})
        made = Watch(answer, self.patience_seconds / 2)
        try:
            yield made
        finally:
            made.close()


class Watch:
    """The events of one watch, read by a thread of its own. ``status`` is the answer's."""

    def __init__(self, answer: Any, patience_seconds: float) -> None:
        self._answer = answer
        self._patience_seconds = patience_seconds
        self.status = int(answer.status)
        self.events: list[dict[str, Any]] = []
        self.ended = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        rest = b""
        try:
            for part in self._answer.stream(amt=None):
                *lines, rest = (rest + part).split(b"\n")
                self.events += [json.loads(each) for each in lines if each]
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError):
            pass  # closed by us, or cut off by the server
        finally:
            self.ended.set()

    def wait(self, count: int) -> list[dict[str, Any]]:
        """Return the events so far once there are ``count`` of them; raises AssertionError with those there are."""
        deadline = time.monotonic() + self._patience_seconds
        while len(self.events) < count:
            assert time.monotonic() < deadline, f"{len(self.events)} of {count} events: {self.events}"
            time.sleep(0.02)
        return self.events

    def named(self) -> list[tuple[str, str]]:
        """Return type and object name of each event so far."""
        return [(each["type"], each["object"]["metadata"].get("name", "")) for each in self.events]

    def close(self) -> None:
        """End the watch."""
        with suppress(OSError, AttributeError):
            self._answer.connection.sock.shutdown(socket.SHUT_RDWR)  # else closing waits for the reading thread
        self._answer.close()
