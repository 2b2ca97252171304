"""The one class through which all else talks to a Kubernetes API server, with plain dicts."""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from helmlite.errors import ClusterError, InvalidObjectError, NotFoundError, UnreachableError, public_url
from helmlite.kube import connection
from helmlite.kube.answers import Answer, Listed, WatchEvent, as_object, mappings, retry_seconds, warnings_of
from helmlite.kube.client import client
from helmlite.kube.config import ClusterConfig
from helmlite.kube.discovery import discover
from helmlite.manifest.capabilities import Capabilities, ServedKind
from helmlite.manifest.identity import GroupVersionKind, ResourceId
from helmlite.manifest.redact import HIDDEN

FIELD_MANAGER = "helm"
"""Helm's own field manager: that is what lets both tools take over from each other without conflicts."""


LIMIT_BYTES = 256 << 20
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
ATTEMPTS = 5
ONE_METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
TOKEN_SECONDS = 5.0
"""How long a token is used before the client is asked for the one that holds now."""


class Cluster:
    """A connection to one API server; safe to use from several threads over one pool. Raises ClusterError's family."""

    def __init__(self, client_configuration: Any, namespace: str, config: ClusterConfig) -> None:
        self._configuration = client_configuration
        # kept, since the client library takes the kubeconfig's again whenever it looks for a new token
        self._url = str(client_configuration.host)
        self._pool, self._root = _pool(client().rest(client_configuration).pool_manager, self._url)
        self._namespace = config.namespace or namespace
        self._extra = {"User-Agent": "helmlite"}
        if config.as_user:
            self._extra["Impersonate-User"] = config.as_user
        self._groups = tuple(config.as_groups)
        self._capabilities: Capabilities | None = None
        self._guard = threading.Lock()
        self._qps = config.qps
        self._burst = max(config.burst_limit, 1)
        self._token, self._asked = "", -TOKEN_SECONDS - 1.0
        self._tokens, self._filled = float(self._burst), time.monotonic()

    @classmethod
    def connect(cls, config: ClusterConfig) -> Cluster:
        """Return a connection as the kubeconfig says; touches no network. Raises ClusterError for a bad kubeconfig."""
        made, namespace = connection.load(config)
        return cls(made, namespace, config)

    @property
    def server(self) -> str:
        """Return the API server's URL, as it may be shown."""
        return public_url(self._url)

    @property
    def namespace(self) -> str:
        """Return the namespace of the context, ``default`` when it has none."""
        return self._namespace

    def _throttle(self) -> None:
        if self._qps <= 0:
            return
        with self._guard:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._qps)
            self._filled = now
            self._tokens -= 1
            delay = max(0.0, -self._tokens / self._qps)
        time.sleep(delay)

    def _authorization(self) -> str:
        """Return the Authorization header; the client is asked again from time to time, since tokens expire."""
        with self._guard:
            now = time.monotonic()
            if now < self._asked + TOKEN_SECONDS:
                return self._token
            auth = self._configuration.auth_settings().get("BearerToken")
            if auth and auth["value"]:
                self._token = str(auth["value"])
            elif self._configuration.username:
                self._token = str(self._configuration.get_basic_auth_token())
            self._asked = now
            return self._token

    def _headers(self, accept: str, content_type: str) -> Any:
        headers = {**self._extra, "Accept": accept}
        if content_type:
            headers["Content-Type"] = content_type
        authorization = self._authorization()
        if authorization:
            headers["Authorization"] = authorization
        if not self._groups:
            return headers
        from urllib3 import HTTPHeaderDict

        several = HTTPHeaderDict(headers)
        for group in self._groups:
            several.add("Impersonate-Group", group)
        return several

    def _send(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        accept: str = "application/json",
        content_type: str = "",
        is_secret: bool = False,
        repeatable: bool | None = None,
        stream: bool = False,
        read_seconds: float = READ_SECONDS,
    ) -> Any:
        """Return the answer (of urllib3) with a status below 400; repeats what may be repeated."""
        import urllib3

        from helmlite.kube import failures

        url = f"{self._root}{path}" + (_encoded(tuple(query.items())) if query else "")
        sent = (
            json.dumps(body, ensure_ascii=False).encode("utf-8", errors="surrogatepass") if body is not None else None
        )
        may_repeat = method == "GET" if repeatable is None else repeatable
        for attempt in range(1, ATTEMPTS + 1):
            self._throttle()
            try:
                answer = self._pool.request(
                    method,
                    url,
                    body=sent,
                    headers=self._headers(accept, content_type),
                    timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, read_seconds), read=read_seconds),
                    preload_content=False,
                    redirect=False,
                    retries=False,
                )
                if answer.status < 400 and stream:
                    return answer
                data = answer.read(LIMIT_BYTES + 1, decode_content=True)
                answer.release_conn()
            except (urllib3.exceptions.HTTPError, OSError) as error:
                failure = failures.from_exception(error, server=self.server)
                refused = isinstance(error, urllib3.exceptions.NewConnectionError)
                late = isinstance(error, (TimeoutError, urllib3.exceptions.TimeoutError))
                if attempt < ATTEMPTS and may_repeat and not refused and not late:
                    time.sleep(0.1 * 2**attempt)
                    continue
                raise failure from None
            if len(data) > LIMIT_BYTES:
                raise ClusterError(f"{what}: the answer is larger than {LIMIT_BYTES >> 20} MiB")
            if answer.status < 300:
                return answer.headers, answer.status, data
            if answer.status < 400:
                raise UnreachableError(f"{self.server} answers with a redirect ({answer.status}); is it an API server?")
            again = answer.status in (429, 502, 503, 504) and (may_repeat or answer.status == 429)
            leader = answer.status >= 500 and (
                b"etcdserver: leader changed" in data or b"raft proposal dropped" in data
            )
            if attempt < ATTEMPTS and (again or (leader and may_repeat)):
                time.sleep(retry_seconds(answer.headers.get("Retry-After"), attempt))
                continue
            raise self._hiding(failures.from_answer(answer.status, data, what=what, is_secret=is_secret))
        raise UnreachableError(f"{what}: {self.server} gave no answer")

    def _hiding(self, error: ClusterError) -> ClusterError:
        """Return the error without our own credentials: a server may say them back."""
        secret = self._token.rpartition(" ")[2]
        if secret:
            error.reworded(lambda text: text.replace(secret, HIDDEN))
        return error

    def _json(self, data: bytes, what: str) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            raise ClusterError(f"{what}: the answer of {self.server} is no JSON; is it an API server?") from None
        if not isinstance(found, dict):
            raise ClusterError(f"{what}: the answer of {self.server} is no object")
        return found

    def version(self) -> Mapping[str, str]:
        """Return what ``/version`` says."""
        _, _, data = self._send("GET", "/version", what="version")
        return {str(key): str(value) for key, value in self._json(data, "version").items()}

    def capabilities(self, *, refresh: bool = False) -> Capabilities:
        """Return what the server can do, from aggregated discovery, read once (again with ``refresh``)."""
        with self._guard:
            known = self._capabilities
        if known is not None and not refresh:
            return known

        def fetch(path: str, accept: str) -> Mapping[str, Any]:
            _, _, data = self._send("GET", path, what=f"discovery of {path}", accept=accept)
            return self._json(data, path)

        found = discover(fetch, self.version())
        with self._guard:
            self._capabilities = found
        return found

    def _path(self, kind: ServedKind, namespace: str | None, name: str = "") -> str:
        gvk = kind.gvk
        parts = ["", "apis", gvk.group, gvk.version] if gvk.group else ["", "api", gvk.version]
        if kind.namespaced and namespace:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(kind.plural)
        if name:
            parts.append(quote(name, safe=""))
        return "/".join(parts)

    def get(
        self,
        kind: ServedKind,
        namespace: str | None,
        name: str,
        *,
        metadata_only: bool = False,
        read_seconds: float = READ_SECONDS,
    ) -> Mapping[str, Any] | None:
        """Return one object, None when there is none (or no such kind any more)."""
        try:
            _, _, data = self._send(
                "GET",
                self._path(kind, namespace, name),
                what=_what("reading", kind, namespace, name),
                accept=ONE_METADATA_ONLY if metadata_only else "application/json",
                read_seconds=read_seconds,
            )
        except NotFoundError:
            return None
        return as_object(self._json(data, name), kind)

    def list(
        self,
        kind: ServedKind,
        namespace: str | None,
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 500,
        metadata_only: bool = False,
    ) -> Listed:
        """Return all objects of a kind (in every namespace when ``namespace`` is None), page by page."""
        query: dict[str, Any] = {"limit": limit}
        if label_selector:
            query["labelSelector"] = label_selector
        if field_selector:
            query["fieldSelector"] = field_selector
        what = _what("listing", kind, namespace)
        items: list[Mapping[str, Any]] = []
        while True:
            _, _, data = self._send(
                "GET",
                self._path(kind, namespace),
                what=what,
                query=query,
                accept=METADATA_ONLY if metadata_only else "application/json",
            )
            page = self._json(data, what)
            metadata = page.get("metadata")
            metadata = metadata if isinstance(metadata, dict) else {}
            found = [as_object(each, kind) for each in mappings(page.get("items"), what)]
            if not all(isinstance(each["metadata"].get("name"), str) for each in found):
                raise ClusterError(f"{what}: an item of the answer has no name")
            items += found
            token = metadata.get("continue")
            if not token:
                return Listed(items=items, resource_version=str(metadata.get("resourceVersion", "")))
            query["continue"] = token

    def watch(
        self,
        kind: ServedKind,
        namespace: str | None,
        *,
        resource_version: str,
        timeout_seconds: float,
        label_selector: str = "",
        field_selector: str = "",
        stop: threading.Event | None = None,
    ) -> Iterator[WatchEvent]:
        """Yield changes until the time is up or ``stop`` is set; raises ExpiredError when the version is too old."""
        import urllib3

        from helmlite.kube import failures

        query: dict[str, Any] = {
            "watch": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": max(1, int(timeout_seconds)),
            "allowWatchBookmarks": "true",
        }
        if label_selector:
            query["labelSelector"] = label_selector
        if field_selector:
            query["fieldSelector"] = field_selector
        what = _what("watching", kind, namespace)
        answer = self._send(
            "GET", self._path(kind, namespace), what=what, query=query, stream=True, read_seconds=timeout_seconds + 15
        )
        closer = threading.Thread(target=_close_on, args=(stop, answer), daemon=True) if stop else None
        if closer:
            closer.start()
        pending = b""
        try:
            for chunk in answer.stream(65536, decode_content=True):
                pending += chunk
                if len(pending) > LIMIT_BYTES:
                    raise ClusterError(f"{what}: an event is larger than {LIMIT_BYTES >> 20} MiB")
                *lines, pending = pending.split(b"\n")
                for line in lines:
                    if line.strip():
                        event = self._json(line, what)
                        body = event.get("object")
                        if not isinstance(body, dict):
                            raise ClusterError(f"{what}: an event without an object")
                        if event.get("type") == "ERROR":
                            raise failures.from_answer(
                                int(body.get("code") or 500), json.dumps(body).encode(), what=what, is_secret=False
                            )
                        yield WatchEvent(type=str(event.get("type")), body=as_object(body, kind))
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            if stop is not None and stop.is_set():
                return
            raise failures.from_exception(error, server=self.server) from None
        finally:
            answer.close()

    def _kind_of(self, body: Mapping[str, Any]) -> ServedKind:
        gvk = GroupVersionKind.of(body)
        kind = self.capabilities().served(gvk) or self.capabilities(refresh=True).served(gvk)
        if kind is None:
            raise InvalidObjectError(f"the cluster does not serve {gvk}", status=404)
        return kind

    def _write(
        self,
        method: str,
        body: Mapping[str, Any],
        *,
        named: bool,
        query: dict[str, Any],
        content_type: str,
        repeatable: bool,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        kind = self._kind_of(body)
        metadata = body.get("metadata") or {}
        namespace, name = metadata.get("namespace"), str(metadata.get("name", ""))
        path = self._path(kind, namespace, name if named else "")
        headers, status, data = self._send(
            method,
            path,
            what=_what("writing", kind, namespace, name),
            query={"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict", **query},
            body=body,
            content_type=content_type,
            is_secret=kind.gvk.kind == "Secret" and not kind.gvk.group,
            repeatable=repeatable,
            read_seconds=read_seconds,
        )
        return Answer(
            body=as_object(self._json(data, name), kind), warnings=warnings_of(headers), created=status == 201
        )

    def apply(self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False) -> Answer:
        """Server-side apply as ``helm`` with strict field validation; ``metadata`` has the namespace it needs."""
        query = {"force": "true" if force else "false", **_dry(dry_run)}
        return self._write(
            "PATCH", body, named=True, query=query, content_type="application/apply-patch+yaml", repeatable=True
        )

    def create(self, body: Mapping[str, Any], *, dry_run: bool = False, repeatable: bool = False) -> Answer:
        """POST one object as ``helm`` with strict field validation; ``repeatable``: it may meet its own first try."""
        return self._write(
            "POST", body, named=False, query=_dry(dry_run), content_type="application/json", repeatable=repeatable
        )

    def replace(self, body: Mapping[str, Any], *, dry_run: bool = False, read_seconds: float = READ_SECONDS) -> Answer:
        """PUT one object in place of the live one; ``read_seconds`` is how long the answer may take."""
        return self._write(
            "PUT",
            body,
            named=True,
            query=_dry(dry_run),
            content_type="application/json",
            repeatable=False,
            read_seconds=read_seconds,
        )

    def patch(
        self,
        kind: ServedKind,
        namespace: str | None,
        name: str,
        patch: Any,
        *,
        content_type: str,
        dry_run: bool = False,
        repeatable: bool = False,
    ) -> Answer:
        """PATCH one object with a JSON patch (a list) or merge patch, as ``content_type`` says; see create."""
        headers, _, data = self._send(
            "PATCH",
            self._path(kind, namespace, name),
            what=_what("patching", kind, namespace, name),
            query={"fieldManager": FIELD_MANAGER, **_dry(dry_run)},
            body=patch,
            content_type=content_type,
            is_secret=kind.gvk.kind == "Secret" and not kind.gvk.group,
            repeatable=repeatable,
        )
        return Answer(body=as_object(self._json(data, name), kind), warnings=warnings_of(headers))

    def delete(
        self,
        kind: ServedKind,
        namespace: str | None,
        name: str,
        *,
        propagation: str = "Background",
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
    ) -> bool:
        """Delete one object (that with ``uid`` only); return False when it was gone already."""
        options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        preconditions = {key: value for key, value in (("uid", uid), ("resourceVersion", resource_version)) if value}
        if preconditions:
            options["preconditions"] = preconditions
        try:
            self._send(
                "DELETE",
                self._path(kind, namespace, name),
                what=_what("deleting", kind, namespace, name),
                query=_dry(dry_run),
                body=options,
                content_type="application/json",
                repeatable=True,
            )
        except NotFoundError:
            return False
        return True

    def served(self, id: ResourceId) -> ServedKind | None:
        """Return the kind of an id at the best served version."""
        return self.capabilities().any_version(id.group, id.kind)

    def logs(self, namespace: str, pod: str, container: str, *, tail_lines: int | None = None) -> str:
        """Return a container's log."""
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(pod, safe='')}/log"
        query: dict[str, Any] = {"container": container}
        if tail_lines is not None:
            query["tailLines"] = tail_lines
        _, _, data = self._send("GET", path, what=f"the log of pod {namespace}/{pod}", query=query, accept="*/*")
        return str(data.decode("utf-8", errors="replace"))


def _pool(manager: Any, url: str) -> tuple[Any, str]:
    """Return what requests go through, and what their paths follow: the server's own connections, or a proxy's."""
    import urllib3

    if type(manager) is not urllib3.PoolManager:
        return manager, url
    return manager.connection_from_url(url), urlsplit(url).path


@functools.lru_cache(maxsize=64)
def _encoded(query: tuple[tuple[str, Any], ...]) -> str:
    return f"?{urlencode(query)}"


def _dry(dry_run: bool) -> dict[str, Any]:
    return {"dryRun": "All"} if dry_run else {}


def _what(verb: str, kind: ServedKind, namespace: str | None, name: str = "") -> str:
    place = f"{namespace}/{name}" if namespace and name else name or (f"in {namespace}" if namespace else "")
    return f"{verb} {kind.gvk.kind if name else kind.plural} {place}".rstrip()


def _close_on(stop: threading.Event, answer: Any) -> None:
    """Close a watch's connection when asked to; looks up now and then whether it ended by itself."""
    while not stop.wait(1.0):
        if answer.closed:
            return
    with suppress(OSError, RuntimeError, ValueError):
        answer.shutdown()
