"""Reading: one object, lists and their pages, and what a watch asks for."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence

from helmlite.sandbox import status as failures
from helmlite.sandbox.forms import Form, form_of
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.recorded import convert, stored_as
from helmlite.sandbox.request import Reply, Request, deprecation, number
from helmlite.sandbox.selectors import field_selector, label_selector
from helmlite.sandbox.status import StatusError
from helmlite.sandbox.store import ExpiredError, Key, Store, key_of
from helmlite.sandbox.watches import Wanted
from helmlite.sandbox.writes import Target


def shown(kind: Kind, obj: Obj, form: Form, *, status: int = 200, warnings: Sequence[str] = ()) -> Reply:
    """Return the answer that shows one object."""
    said = [*deprecation(kind), *warnings]
    return Reply(status=status, body=form.one(kind, obj), is_yaml=form.is_yaml, warnings=said)


def selected(request: Request, kind: Kind, name: str = "") -> Callable[[Obj], bool]:
    """Return the question that a request's selectors ask of a stored object; ``name`` selects that one alone."""
    labels = label_selector(request.query.get("labelSelector", ""))
    fields = field_selector(kind, f"metadata.name={name}" if name else request.query.get("fieldSelector", ""))
    return lambda obj: labels(obj) and fields(convert(obj, kind))


class Reader:
    """Reads a store; every refusal is a StatusError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, request: Request, target: Target) -> Reply:
        """Answer with one object."""
        found = self._store.get(stored_as(target.kind), target.namespace, target.name)
        form = form_of(request.header("accept"), request.query, of_list=False)
        if found is None:
            raise failures.not_found(target.kind, target.name)
        return shown(target.kind, convert(found, target.kind), form)

    def watch(self, request: Request, target: Target) -> Reply:
        """Answer with what the watch asks for."""
        initial = request.flag("sendInitialEvents")
        if initial and request.query.get("resourceVersionMatch") != "NotOlderThan":
            said = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            raise failures.invalid_option("ListOptions", "resourceVersionMatch", "FieldValueForbidden", said)
        kind = target.kind
        form = form_of(request.header("accept"), request.query, of_list=False)
        wanted = Wanted(
            kind=kind,
            namespace=target.namespace if target.namespace or not kind.namespaced else None,
            matches=selected(request, kind, target.name),
            form=form,
            revision=number(request.query, "resourceVersion") or None,
            initial=initial,
            bookmarks=request.flag("allowWatchBookmarks"),
            seconds=float(number(request.query, "timeoutSeconds") or 0),
        )
        return Reply(watch=wanted, warnings=deprecation(kind))

    def list(self, request: Request, target: Target, form: Form | None = None) -> Reply:
        """Answer with a list, or a page of one, as it was at the resourceVersion that is asked for."""
        kind, query = target.kind, request.query
        form = form or form_of(request.header("accept"), query, of_list=True)
        revision, after = self._place(request)
        objects = [each for each in self._as_of(revision, request, target) if key_of(each) > after]
        matches, limit = selected(request, kind), number(query, "limit") or 0
        objects = [each for each in objects if matches(each)]
        metadata: Obj = {"resourceVersion": str(revision)}
        if 0 < limit < len(objects):
            place = json.dumps([revision, *key_of(objects[limit - 1])]).encode()
            metadata["continue"] = base64.urlsafe_b64encode(place).decode()
            if not query.get("labelSelector") and not query.get("fieldSelector"):
                metadata["remainingItemCount"] = len(objects) - limit
            objects = objects[:limit]
        body = form.many(kind, [convert(each, kind) for each in objects], metadata)
        return Reply(body=body, is_yaml=form.is_yaml, warnings=deprecation(kind))

    def _place(self, request: Request) -> tuple[int, Key]:
        """Return as of which write a list is wanted, and after which object."""
        query = request.query
        asked = number(query, "resourceVersion")
        if query.get("continue"):
            return _continued(query["continue"])
        if asked and asked > self._store.revision:
            raise failures.too_new(asked, self._store.revision)
        exact = query.get("resourceVersionMatch") == "Exact" and asked
        return (asked if exact and asked else self._store.revision), ("", "")

    def _as_of(self, revision: int, request: Request, target: Target) -> Sequence[Obj]:
        resource, namespace = stored_as(target.kind), target.namespace or None
        if revision >= self._store.revision:
            return self._store.list(resource, namespace)
        try:
            return self._store.list_at(revision, resource, namespace)
        except ExpiredError as error:
            said = f"The resourceVersion for the provided list is too old ({revision}, oldest is {error.oldest})"
            if request.query.get("continue"):
                said = (
                    "The provided continue parameter is too old to display a consistent list result. You must start a "
                    "new list without the continue parameter."
                )
            raise StatusError(410, "Expired", said) from None


def _continued(text: str) -> tuple[int, Key]:
    """Return the place that an earlier page ended at."""
    try:
        revision, namespace, name = json.loads(base64.urlsafe_b64decode(text.encode()))
        return int(revision), (str(namespace), str(name))
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise failures.bad_request("continue key is not valid") from None
