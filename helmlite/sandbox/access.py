"""Who may do what: roles and bindings, impersonation, and the reviews that tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any
from urllib.parse import unquote

from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.kinds import RBAC, Kind
from helmlite.sandbox.objects import Obj, mapping
from helmlite.sandbox.status import StatusError, bad_request, forbidden

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
SERVICE_ACCOUNT = "system:serviceaccount:"
AUTHENTICATION = "authentication.k8s.io"
EXTRA = "impersonate-extra-"
"""How headers begin that give a user more than a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who asks."""

    name: str
    groups: Sequence[str] = ()
    uid: str = ""
    extra: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What is asked for: an action on a resource, or on a ``path`` that is none."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


ADMIN = User(name="admin", groups=(MASTERS, AUTHENTICATED))
"""The user of the sandbox's own kubeconfig."""


def service_account(namespace: str, name: str, uid: str = "") -> User:
    """Return the user that a service account is."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
    return User(name=f"{SERVICE_ACCOUNT}{namespace}:{name}", groups=groups, uid=uid)


def reason_refused(client: Client, user: User, wanted: Attributes) -> str | None:
    """Return why the user may not, as the server says it; None when they may."""
    if _is_allowed(client, user, wanted):
        return None
    if wanted.path:
        return f'User "{user.name}" cannot {wanted.verb} path "{wanted.path}"'
    resource = f"{wanted.resource}/{wanted.subresource}" if wanted.subresource else wanted.resource
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    return f'User "{user.name}" cannot {wanted.verb} resource "{resource}" in API group "{wanted.group}" {where}'


def _is_allowed(client: Client, user: User, wanted: Attributes) -> bool:
    return MASTERS in user.groups or any(_allows(rule, wanted) for rule in _granted(client, user, wanted.namespace))


def _granted(client: Client, user: User, namespace: str) -> Iterator[Mapping[str, Any]]:
    """Yield each rule that holds for a user in a namespace."""
    bindings = list(client.list(f"clusterrolebindings.{RBAC}"))
    if namespace:
        bindings += client.list(f"rolebindings.{RBAC}", namespace)
    for binding in bindings:
        if any(_is_subject(each, user, binding) for each in binding.get("subjects") or ()):
            yield from rules_of(client, binding["roleRef"], namespace)


def rules_of(client: Client, role: Mapping[str, Any], namespace: str) -> Sequence[Mapping[str, Any]]:
    """Return the rules of the role that a ``roleRef`` names, none where it does not exist."""
    place = ("clusterroles", "") if role["kind"] == "ClusterRole" else ("roles", namespace)
    found = client.get(f"{place[0]}.{RBAC}", place[1], role["name"])
    return (found or {}).get("rules") or ()


def _is_subject(subject: Mapping[str, Any], user: User, binding: Obj) -> bool:
    if subject["kind"] == "User":
        return bool(subject["name"] == user.name)
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    namespace = subject.get("namespace") or binding["metadata"].get("namespace", "")
    return user.name == f"{SERVICE_ACCOUNT}{namespace}:{subject['name']}"


def _allows(rule: Mapping[str, Any], wanted: Attributes) -> bool:
    verbs = rule.get("verbs") or ()
    if wanted.verb not in verbs and "*" not in verbs:
        return False
    if wanted.path:
        return any(_covers_path(each, wanted.path) for each in rule.get("nonResourceURLs") or ())
    groups, names = rule.get("apiGroups") or (), rule.get("resourceNames") or ()
    resources = rule.get("resources") or ()
    whole = f"{wanted.resource}/{wanted.subresource}" if wanted.subresource else wanted.resource
    fits = {whole, "*", *((f"*/{wanted.subresource}",) if wanted.subresource else ())}
    is_group = wanted.group in groups or "*" in groups
    return is_group and bool(fits.intersection(resources)) and (not names or wanted.name in names)


def _covers_path(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))


def check_grant(client: Client, user: User, kind: Kind, body: Obj) -> None:
    """Return when a role or binding gives nothing that its author does not have; raises StatusError 403."""
    if kind.group != RBAC or MASTERS in user.groups:
        return
    namespace, name = body["metadata"].get("namespace", ""), body["metadata"].get("name", "")
    rules, verb = body.get("rules") or (), "escalate"
    if "roleRef" in body:
        rules, verb = rules_of(client, body["roleRef"], namespace), "bind"
    held = list(_granted(client, user, namespace))
    missing = any(not any(_allows(mine, each) for mine in held) for rule in rules for each in _single(rule))
    wanted = Attributes(verb=verb, group=RBAC, resource=kind.plural, namespace=namespace, name=name)
    if missing and not _is_allowed(client, user, wanted):
        who = f'user "{user.name}" (groups={list(user.groups)!r})'
        raise forbidden(kind, name, f"{who} is attempting to grant RBAC permissions not currently held")


def _single(rule: Mapping[str, Any]) -> Iterator[Attributes]:
    """Yield each single thing that a rule allows; ``*`` stands for all there."""
    for verb in rule.get("verbs") or ():
        for path in rule.get("nonResourceURLs") or ():
            yield Attributes(verb=verb, path=path)
        names = rule.get("resourceNames") or ("",)
        for group, whole, name in product(rule.get("apiGroups") or (), rule.get("resources") or (), names):
            resource, _, sub = whole.partition("/")
            yield Attributes(verb=verb, group=group, resource=resource, subresource=sub, name=name)


def impersonated(client: Client, user: User, headers: Mapping[str, Sequence[str]], wanted: Attributes) -> User:
    """Return whom the request's headers ask to act as, the user itself without them; raises StatusError 403."""
    name, uid = (next(iter(headers.get(f"impersonate-{each}") or ()), "") for each in ("user", "uid"))
    groups = tuple(headers.get("impersonate-group") or ())
    extra = {unquote(key[len(EXTRA) :]): values for key, values in headers.items() if key.startswith(EXTRA)}
    if not name:
        if groups or uid or extra:
            raise bad_request("requested a group, uid or extra without impersonating a user name")
        return user
    is_account = name.startswith(SERVICE_ACCOUNT) and name.count(":") == 3
    place, last = name.split(":")[2:] if is_account else ("", name)
    may = partial(Attributes, verb="impersonate")
    asked = [may(resource="serviceaccounts" if is_account else "users", namespace=place, name=last)]
    asked += [may(resource="groups", name=group) for group in groups]
    asked += [may(group=AUTHENTICATION, resource="uids", name=uid)] if uid else []
    for key, values in extra.items():
        asked += [may(group=AUTHENTICATION, resource="userextras", subresource=key, name=each) for each in values]
    for question in asked:
        if reason_refused(client, user, question) is not None:
            # the server names the finer right to act as somebody for this one thing
            raise refused(client, user, replace(wanted, verb=f"impersonate-on:user-info:{wanted.verb}"))
    if is_account and not groups:
        return replace(service_account(place, last, uid), extra=extra)
    is_told = name == "system:anonymous" or not {AUTHENTICATED, "system:unauthenticated"}.isdisjoint(groups)
    return User(name=name, groups=(*groups, *(() if is_told else (AUTHENTICATED,))), uid=uid, extra=extra)


def authorize(client: Client, user: User, wanted: Attributes) -> None:
    """Return when the user may; raises StatusError 403."""
    if reason_refused(client, user, wanted) is not None:
        raise refused(client, user, wanted)


def refused(client: Client, user: User, wanted: Attributes) -> StatusError:
    """Return 403 in the server's words."""
    said = reason_refused(client, user, wanted) or f'User "{user.name}" cannot {wanted.verb}'
    whole = f"{wanted.resource}.{wanted.group}" if wanted.group else wanted.resource
    subject = f'{whole} "{wanted.name}"' if wanted.name else whole
    details = {"name": wanted.name, "group": wanted.group, "kind": wanted.resource}
    found = {key: value for key, value in details.items() if value}
    return StatusError(403, "Forbidden", f"{subject} is forbidden: {said}", found)


def review(client: Client, kind: Kind, body: Any, user: User, namespace: str) -> Obj:
    """Return a review with its answer in ``status``; TokenReviews are answered where tokens are known."""
    spec = mapping(mapping(body).get("spec"))
    made = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": {"creationTimestamp": None}, "spec": spec}
    if kind.kind == "SelfSubjectReview":
        del made["spec"]
        found = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": user.extra}
        return {**made, "status": {"userInfo": {key: value for key, value in found.items() if value}}}
    if kind.kind == "SelfSubjectRulesReview":
        return {**made, "status": _rules_status(client, user, str(spec.get("namespace") or ""))}
    if not kind.kind.startswith("Self"):
        if not spec.get("user") and not spec.get("groups"):
            raise _invalid_review(kind, "spec.user: Required value: at least one of user or group must be specified")
        user = User(name=str(spec.get("user") or ""), groups=tuple(map(str, spec.get("groups") or ())))
    wanted = _attributes(kind, spec)
    if namespace and wanted.namespace != namespace:
        raise _invalid_review(kind, "spec.resourceAttributes.namespace: Invalid value: must match metadata.namespace")
    return {**made, "status": {"allowed": _is_allowed(client, user, wanted)}}


def _invalid_review(kind: Kind, said: str) -> StatusError:
    return StatusError(422, "Invalid", f'{kind.kind}.{kind.group} "" is invalid: {said}', {"kind": kind.kind})


def _attributes(kind: Kind, spec: Mapping[str, Any]) -> Attributes:
    path, resource = spec.get("nonResourceAttributes"), spec.get("resourceAttributes")
    if isinstance(path, dict) and not resource:
        return Attributes(verb=str(path.get("verb", "")), path=str(path.get("path", "")))
    if not isinstance(resource, dict) or path:
        said = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise _invalid_review(kind, f"spec.resourceAttributes: Invalid value: {said}")
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attributes(**{name: str(resource.get(name) or "") for name in names})


def _rules_status(client: Client, user: User, namespace: str) -> Obj:
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, {"verbs": ["*"], "nonResourceURLs": ["*"]}
    rules = [*(everything if MASTERS in user.groups else ()), *_granted(client, user, namespace)]
    return {
        "resourceRules": [each for each in rules if each.get("resources")],
        "nonResourceRules": [each for each in rules if each.get("nonResourceURLs")],
        "incomplete": False,
    }
