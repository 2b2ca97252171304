"""The API server, from a request to an answer: who asks, what for, and whether they may."""

from __future__ import annotations

from helmlite.sandbox import access, custom, discovery
from helmlite.sandbox import status as failures
from helmlite.sandbox.access import Attributes, User
from helmlite.sandbox.changing import Changer
from helmlite.sandbox.controllers import namespaces, pods, volumes
from helmlite.sandbox.controllers.roster import CONTROLLERS
from helmlite.sandbox.kinds import CRDS
from helmlite.sandbox.logs import log_of
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.progress import Progress
from helmlite.sandbox.reading import Reader
from helmlite.sandbox.recorded import recorded, registry
from helmlite.sandbox.request import Reply, Request, not_allowed, refusal
from helmlite.sandbox.status import StatusError
from helmlite.sandbox.store import Change, Store, key_of
from helmlite.sandbox.tokens import Tokens
from helmlite.sandbox.watches import Watches
from helmlite.sandbox.writes import Target

OPEN_PATHS = ("/version", "/version/", "/healthz", "/readyz", "/livez")
WITHOUT_CONTAINERS = ("exec", "attach", "portforward", "proxy")


class ApiServer:
    """One API server over one store; not safe for several threads."""

    def __init__(self, store: Store, *, token: str, pace: float = 1.0, certificate_pem: str = "") -> None:
        self.store = store
        self.registry = registry()
        for crd in store.list(CRDS):
            self._serve(crd)
        store.listen(self._definition_changed)
        self.progress = Progress(store, self.registry, CONTROLLERS, pace=pace)
        self.watches = Watches(store)
        self._client = self.progress.client
        self._tokens = Tokens(self._client, token)
        self._reader = Reader(store)
        self._changer = Changer(self._client, self._reader, self._tokens)
        self._token = token
        self._certificate = certificate_pem
        self._bootstrap()

    def _bootstrap(self) -> None:
        """Create what every cluster has from its first moment."""
        nodes = pods.nodes(self._client)
        given = [*recorded()["bootstrap"], namespaces.authority(self._certificate), volumes.STANDARD, *nodes]
        for obj in given:
            kind = self.registry.of(obj["apiVersion"], obj["kind"])
            if kind and self.store.get(kind.resource, *key_of(obj)) is None:
                self._client.create(kind.resource, obj, manager="kube-apiserver")

    def _definition_changed(self, change: Change) -> None:
        if change.resource == CRDS:
            self.registry.remove(change.obj["metadata"]["name"])
            if change.type != "DELETED":
                self._serve(change.obj)

    def _serve(self, crd: Obj) -> None:
        conditions = (crd.get("status") or {}).get("conditions") or ()
        if any(each["type"] == "Established" and each["status"] == "True" for each in conditions):
            for kind in custom.kinds_of(crd):
                self.registry.add(kind)

    def answer(self, request: Request) -> Reply:
        """Return the answer to a request; a refusal is an answer too."""
        try:
            return self._answer(request)
        except StatusError as error:
            return refusal(error)
        except RecursionError:
            return refusal(failures.bad_request("the body of the request nests too deep"))

    def _answer(self, request: Request) -> Reply:
        path = request.path.rstrip("/")
        if path in OPEN_PATHS:
            found = recorded()["version"]
            shown = {**found, "gitVersion": f"{found['gitVersion']}+sandbox"}
            return (
                Reply(body=shown)
                if request.path.startswith("/version")
                else Reply(body="ok", content_type="text/plain")
            )
        user = self._user(request)
        found = discovery.answer(self.registry, request.path, request.header("accept"))
        if found is not None:
            access.impersonated(self._client, user, request.headers, Attributes(verb="get", path=request.path))
            status, content_type, body = found
            return Reply(status=status, body=body, content_type=content_type)
        target, is_watch = self._target(request)
        if target is None:
            return Reply(status=404, body="404 page not found\n", content_type="text/plain; charset=utf-8")
        wanted = _attributes(request, target, is_watch=is_watch)
        user = access.impersonated(self._client, user, request.headers, wanted)
        access.authorize(self._client, user, wanted)
        if wanted.verb not in (target.kind.subresources.get(target.subresource) or target.kind).verbs:
            raise not_allowed()
        if target.subresource in WITHOUT_CONTAINERS:
            said = f"the sandbox runs no containers, so there is no {target.subresource}"
            raise StatusError(501, "NotImplemented", said)
        if target.subresource == "log":
            return log_of(request, target, self.store)
        if target.subresource:
            return self._changer.below(request, target, user)
        if request.method != "GET":
            return self._changer.change(request, target, user)
        if is_watch:
            return self._reader.watch(request, target)
        return self._reader.get(request, target) if target.name else self._reader.list(request, target)

    def _user(self, request: Request) -> User:
        scheme, _, token = request.header("authorization").partition(" ")
        user = None
        if scheme.lower() == "bearer" and token.strip():
            user = access.ADMIN if token.strip() == self._token else self._tokens.user_of(token.strip())
        if user is None:
            raise StatusError(401, "Unauthorized", "Unauthorized")
        return user

    def _target(self, request: Request) -> tuple[Target | None, bool]:
        """Return what a path names, None where nothing is served there; and whether it is watched."""
        parts = [each for each in request.path.split("/") if each]
        is_watch = request.method == "GET" and request.flag("watch")
        group, rest = ("", parts[1:]) if parts[:1] == ["api"] else ("".join(parts[1:2]), parts[2:])
        if parts[:1] not in (["api"], ["apis"]) or len(rest) < 2:
            return None, False
        version, rest = rest[0], rest[1:]
        if rest[0] == "watch":
            rest, is_watch = rest[1:], True
        namespace = ""
        if len(rest) > 2 and rest[0] == "namespaces" and not (not group and rest[2] in ("status", "finalize")):
            namespace, rest = rest[1], rest[2:]
        kind = self.registry.at(group, version, rest[0]) if rest else None
        known = kind is not None or any((each.group, each.version) == (group, version) for each in self.registry)
        if kind is None or (namespace and not kind.namespaced) or (len(rest) > 3 and rest[2] != "proxy"):
            if known:
                raise failures.no_resource()
            return None, False
        name, sub = "".join(rest[1:2]), "".join(rest[2:3])
        if sub and sub not in kind.subresources:
            raise failures.no_resource()
        return Target(kind=kind, namespace=namespace, name=name, subresource=sub), is_watch


def _attributes(request: Request, target: Target, *, is_watch: bool) -> Attributes:
    """Return what a request is to be allowed for."""
    selected = (each.partition("=") for each in request.query.get("fieldSelector", "").replace("==", "=").split(","))
    name = target.name or next((value for field, _, value in selected if field == "metadata.name"), "")
    verbs = {"GET": "get" if target.name else "list", "POST": "create", "PUT": "update", "PATCH": "patch"}
    return Attributes(
        verb="watch" if is_watch else verbs.get(request.method, "delete" if target.name else "deletecollection"),
        group=target.kind.group,
        resource=target.kind.plural,
        subresource=target.subresource,
        namespace=target.namespace,
        name=name,
    )
