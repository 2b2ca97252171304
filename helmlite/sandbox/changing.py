"""Changing by request: bodies and options, and what lies below single objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helmlite.sandbox import access, evictions, strict
from helmlite.sandbox import status as failures
from helmlite.sandbox.access import User
from helmlite.sandbox.controllers.disruption import BUDGETS
from helmlite.sandbox.forms import Form, form_of
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.progress import InnerClient
from helmlite.sandbox.protobuf import decode
from helmlite.sandbox.reading import Reader, shown
from helmlite.sandbox.request import Reply, Request, not_allowed, number
from helmlite.sandbox.scale import scale_of, with_scale
from helmlite.sandbox.status import StatusError
from helmlite.sandbox.tokens import Tokens
from helmlite.sandbox.writes import Options, Target

PROTOBUF = "application/vnd.kubernetes.protobuf"
BODIES = ("application/json", "application/yaml", PROTOBUF)
PATCHES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
REVIEWS = frozenset(
    {
        *("selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews", "localsubjectaccessreviews"),
        *("selfsubjectreviews", "tokenreviews"),
    }
)
"""Resources that are answered and not stored."""
POSTED = {
    "token": ("authentication.k8s.io/v1", "TokenRequest"),
    "eviction": ("policy/v1", "Eviction"),
    "binding": ("v1", "Binding"),
}
"""Subresources that are posted, and what to them."""
RETURNED = frozenset({"pods", "podtemplates", "resourcequotas", "serviceaccounts", "services"})
"""Resources whose DELETE answers with the object itself though it is gone."""
SUCCESS: Mapping[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
VALIDATIONS = ("Ignore", "Strict", "Warn")


def options_of(request: Request, user: User) -> Options:
    """Return how a request wants its change done; raises StatusError 422."""
    query = request.query
    words = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}
    word = words.get(request.method, "DeleteOptions")
    field_manager = query.get("fieldManager", "") or request.header("user-agent").partition("/")[0] or "unknown"
    if len(field_manager) > 128:
        raise failures.invalid_option(
            word, "fieldManager", "FieldValueTooLong", "Too long: may not be more than 128 bytes"
        )
    odd = next((place for place, letter in enumerate(field_manager) if not letter.isprintable()), None)
    if odd is not None:
        said = f"invalid character U+{ord(field_manager[odd]):04X} (at position {odd})"
        shown_name = json.dumps(field_manager)
        raise failures.invalid_option(word, "fieldManager", "FieldValueInvalid", f"Invalid value: {shown_name}: {said}")
    if query.get("dryRun", "All") != "All":
        said = f'Unsupported value: ["{query["dryRun"]}"]: supported values: "All"'
        raise failures.invalid_option(word, "dryRun", "FieldValueNotSupported", said)
    validation = query.get("fieldValidation") or "Warn"
    if validation not in VALIDATIONS:
        said = f'Unsupported value: "{validation}": supported values: "", "Ignore", "Strict", "Warn"'
        raise failures.invalid_option(word, "fieldValidation", "FieldValueNotSupported", said)
    return Options(user=user, field_manager=field_manager, dry_run="dryRun" in query, validation=validation)


def body_of(request: Request, options: Options, kind: str = "") -> Any:
    """Return the body's data: an object of a kind, or (``kind`` "") a patch; raises StatusError.

    What it says twice is kept in the options for an object, told at once for a patch.
    """
    media = request.media or "application/json"
    if media == PROTOBUF:
        return decode(request.content)
    is_applied = media == "application/apply-patch+yaml"
    if media == "application/yaml" or is_applied:
        found, faults = strict.read_yaml(request.content, kind)
    elif media == "application/json" or media in PATCHES:
        found, faults = strict.read_json(request.content, kind)
    else:
        raise _unknown_media(PATCHES if request.method == "PATCH" else BODIES)
    if is_applied and faults and options.validation == "Strict":
        said = "\n  ".join(("yaml: unmarshal errors:", *faults))
        raise failures.bad_request(f"error strict decoding YAML: error converting YAML to JSON: {said}")
    if is_applied:
        options.warnings.extend(faults if options.validation != "Ignore" else ())
    else:
        options.read.extend(faults)
    return found


def _patch_of(request: Request) -> str:
    """Return of which kind a patch is; raises StatusError 415."""
    if request.media not in PATCHES:
        raise StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    return PATCHES[request.media]


def _unknown_media(accepted: Any) -> StatusError:
    said = "the body of the request was in an unknown format - accepted media types include: "
    return StatusError(415, "UnsupportedMediaType", said + ", ".join(accepted))


def _as_asked(asked: Mapping[str, Any], options: Options) -> Options:
    """Return the options of a deletion, which is a dry run where its body says so too; raises StatusError 422."""
    wanted = asked.get("dryRun") or []
    if any(each != "All" for each in wanted):
        said = f'Unsupported value: {json.dumps(wanted)}: supported values: "All"'
        raise failures.invalid_option("DeleteOptions", "dryRun", "FieldValueNotSupported", said)
    return replace(options, dry_run=True) if wanted else options


class Changer:
    """Carries out what requests change."""

    def __init__(self, client: InnerClient, reader: Reader, tokens: Tokens) -> None:
        self._client = client
        self._reader = reader
        self._tokens = tokens
        self._writer = client.writer

    def change(self, request: Request, target: Target, user: User) -> Reply:
        """Answer a POST to a collection, or a PUT, PATCH or DELETE."""
        kind, options = target.kind, options_of(request, user)
        form = form_of(request.header("accept"), request.query, of_list=False)
        if request.method == "DELETE":
            return self._delete(request, target, options, form)
        if request.method == "POST" and not target.name and (target.namespace or not kind.namespaced):
            body = body_of(request, options, kind.kind)
            if kind.plural in REVIEWS:
                strict.check_types(kind, body)
            if kind.plural == "tokenreviews":
                return Reply(status=201, body=self._tokens.review(body))
            if kind.plural in REVIEWS:
                return Reply(status=201, body=access.review(self._client, kind, body, user, target.namespace))
            made = self._writer.create(target, body, options)
            return shown(kind, made, form, status=201, warnings=options.warnings)
        if not target.name or request.method not in ("PUT", "PATCH"):
            raise not_allowed()
        made, is_new = self._updated(request, target, options)
        return shown(kind, made, form, status=201 if is_new else 200, warnings=options.warnings)

    def _updated(self, request: Request, target: Target, options: Options) -> tuple[Obj, bool]:
        """Carry out a PUT or PATCH; return the object and whether it is new."""
        if request.method == "PUT":
            return self._writer.replace(target, body_of(request, options, target.kind.kind), options)
        kind = _patch_of(request)
        if kind == "strategic" and target.kind.custom:
            raise _unknown_media(each for each in PATCHES if PATCHES[each] != "strategic")
        query = request.query
        if kind == "apply" and not query.get("fieldManager"):
            said = "Required value: is required for apply patch"
            raise failures.invalid_option("PatchOptions", "fieldManager", "FieldValueRequired", said)
        if kind != "apply" and "force" in query:
            said = "Forbidden: may not be specified for non-apply patch"
            raise failures.invalid_option("PatchOptions", "force", "FieldValueForbidden", said)
        body = body_of(request, options)
        if kind == "apply":
            return self._writer.applied(target, body, options, force=request.flag("force"))
        return self._writer.patched(target, kind, body, options), False

    def _delete(self, request: Request, target: Target, options: Options, form: Form) -> Reply:
        kind = target.kind
        asked = body_of(request, options, "DeleteOptions") if request.content else {}
        strict.check_shape("v1", "DeleteOptions", asked)
        asked = dict(asked)
        if "propagationPolicy" in request.query:
            asked["propagationPolicy"] = request.query["propagationPolicy"]
        if "gracePeriodSeconds" in request.query:
            asked["gracePeriodSeconds"] = number(request.query, "gracePeriodSeconds")
        options = _as_asked(asked, options)
        if not target.name:
            if kind.namespaced and not target.namespace:
                raise not_allowed()
            found = self._reader.list(request, target, Form()).body
            for each in found["items"]:
                one = Target(kind=kind, namespace=target.namespace, name=each["metadata"]["name"])
                self._writer.delete(one, asked, options)
            return Reply(body=found)
        obj, gone = self._writer.delete(target, asked, options)
        if not gone or kind.resource in RETURNED:
            return shown(kind, obj, form)
        details = {"name": target.name, "group": kind.group, "kind": kind.plural, "uid": obj["metadata"]["uid"]}
        return Reply(body={**SUCCESS, "details": {key: value for key, value in details.items() if value}})

    def below(self, request: Request, target: Target, user: User) -> Reply:
        """Answer what is asked of a subresource, ``log`` excepted."""
        sub, options = target.subresource, options_of(request, user)
        if sub == "scale":
            return self._scaled(request, target, options)
        if request.method == "POST" and sub in POSTED:
            return self._posted(target, body_of(request, options), options)
        form = form_of(request.header("accept"), request.query, of_list=False)
        if request.method == "GET":
            return self._reader.get(request, target)
        made, _ = self._updated(request, target, options)
        return shown(target.kind, made, form, warnings=options.warnings)

    def _posted(self, target: Target, body: Any, options: Options) -> Reply:
        strict.check_shape(*POSTED[target.subresource], body)
        body = body or {}
        whole = Target(kind=target.kind, namespace=target.namespace, name=target.name)
        if target.subresource == "token":
            return Reply(status=201, body=self._tokens.issue(self._writer.stored(whole), body))
        if target.subresource == "eviction":
            self._evict(whole, body, options)
        else:
            self._bind(whole, str((body.get("target") or {}).get("name") or ""), options)
        return Reply(status=201, body=SUCCESS)

    def _evict(self, target: Target, body: Obj, options: Options) -> None:
        if (body.get("metadata") or {}).get("name", target.name) != target.name:
            raise failures.bad_request("name in URL does not match name in Eviction object")
        asked = body.get("deleteOptions") or {}
        options = _as_asked(asked, options)
        counted = evictions.counted(self._client, self._writer.stored(target))
        self._writer.delete(target, asked, options)
        if counted and not options.dry_run:
            self._client.update(BUDGETS, counted, manager=options.field_manager, subresource="status")

    def _bind(self, target: Target, node: str, options: Options) -> None:
        pod = self._writer.stored(target)
        there = pod["spec"].get("nodeName")
        if there:
            said = f'pod {target.name} is already assigned to node "{there}"'
            raise failures.conflict(replace(target.kind, plural="pods/binding"), target.name, said)
        if not options.dry_run:
            bound = {**pod, "spec": {**pod["spec"], "nodeName": node}}
            self._client.update("pods", bound, manager=options.field_manager, subresource="binding")

    def _scaled(self, request: Request, target: Target, options: Options) -> Reply:
        """Read a Scale, or change the object's replicas by one."""
        kind, made = target.kind, self._writer.stored(target)
        if request.method != "GET":
            how = _patch_of(request) if request.method == "PATCH" else ""
            body = body_of(request, options)
            if how:
                body = self._writer.patched_part(target, how, body, scale_of(kind, made))
            made, _ = self._writer.replace(target, with_scale(kind, made, body), options)
        form = form_of(request.header("accept"), request.query, of_list=False)
        return Reply(body=scale_of(kind, made), is_yaml=form.is_yaml)
