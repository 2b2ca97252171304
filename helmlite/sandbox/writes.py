"""Changing objects: what a create, an update, a patch and a delete do, whoever asks for it."""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from helmlite.sandbox import admission, apply, custom, defaults, patch, strategy, strict
from helmlite.sandbox import status as failures
from helmlite.sandbox.access import Attributes, User, authorize, check_grant
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.controllers.definitions import CLEANUP
from helmlite.sandbox.definitions import check_crd
from helmlite.sandbox.kinds import CRDS, RBAC, Kind, Registry
from helmlite.sandbox.objects import Obj, made_up
from helmlite.sandbox.recorded import convert, stored_as
from helmlite.sandbox.status import Cause, StatusError
from helmlite.sandbox.store import Store

CREATED_BY_PUT = frozenset(
    {
        *("endpoints", "events", "limitranges", "leases.coordination.k8s.io", "services"),
        *(f"{each}.{RBAC}" for each in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
    }
)
"""Resources whose objects a PUT creates where they are missing."""

REPLACED_BY_VERSION = frozenset(
    {
        *("apiservices", "csidrivers", "runtimeclasses", "customresourcedefinitions"),
        *("leases", "poddisruptionbudgets"),
        *("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
        *("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
    }
)
"""Resources, beside custom ones, of which a PUT says the resourceVersion that it replaces."""
MOST_SECONDS = 1 << 31
"""What a grace period is cut to, so that its end is a date."""
ORPHANING = ("jobs.batch", "replicationcontrollers")
"""Resources whose dependents stay unless the request says otherwise; kubectl always does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a request wants its change done. ``warnings`` collects what the answer's headers say."""

    user: User
    field_manager: str
    dry_run: bool = False
    validation: str = "Warn"
    read: list[str] = field(default_factory=list)
    """What reading the body has found said twice."""
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a request is about: a kind, a namespace ("" for none), a name ("" for the collection), a subresource."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def timestamp(moment: datetime) -> str:
    """Return a time as the API writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Writer:
    """Changes objects in a store; every refusal is a StatusError."""

    def __init__(self, store: Store, registry: Registry, client: Client) -> None:
        self._store = store
        self._registry = registry
        self._client = client

    def stored(self, target: Target) -> Obj:
        """Return the object, at the version asked for; raises StatusError 404."""
        found = self._find(target)
        if found is None:
            raise failures.not_found(target.kind, target.name)
        return found

    def _find(self, target: Target) -> Obj | None:
        found = self._store.get(stored_as(target.kind), target.namespace, target.name)
        return None if found is None else convert(found, target.kind)

    def create(self, target: Target, body: Obj, options: Options) -> Obj:
        """Create an object and return it as it is stored, or would be."""
        return self._create(target, self._decoded(target.kind, body, options), options)

    def _create(self, target: Target, made: Obj, options: Options, *, fields: list[Any] | None = None) -> Obj:
        """Store a new object; ``fields`` are managed fields that an apply has already worked out."""
        kind, now = target.kind, timestamp(self._client.now())
        metadata = made["metadata"]
        self._place(target, made)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = made_up(metadata["generateName"])
        if not metadata.get("name"):
            said = "Required value: name or generateName is required"
            cause = Cause(field="metadata.name", reason="FieldValueRequired", message=said)
            raise failures.invalid(kind, "", [cause])
        if metadata.get("resourceVersion") not in (None, "", "0"):
            raise StatusError(500, "", "resourceVersion should not be set on objects to be created")
        for each in ("resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"):
            metadata.pop(each, None)
        metadata["uid"], metadata["creationTimestamp"] = str(uuid.uuid4()), now
        self._fill(kind, made)
        self._track(target, None, made, options, fields)
        admission.admit(self._client, kind, made, None, "CREATE")
        check_grant(self._client, options.user, kind, made)
        strategy.prepare_create(kind, made)
        self._check(kind, made, None, "")
        if self._store.get(stored_as(kind), target.namespace, metadata["name"]) is not None:
            raise failures.already_exists(kind, metadata["name"])
        return self._save(kind, made, options)

    def _place(self, target: Target, made: Obj) -> None:
        metadata = made["metadata"]
        given = metadata.get("namespace") or target.namespace
        if given != target.namespace:
            raise failures.bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        if target.namespace:
            metadata["namespace"] = target.namespace
        else:
            metadata.pop("namespace", None)

    def _decoded(self, kind: Kind, body: Any, options: Options) -> Obj:
        """Return a body as the kind's fields, told of what is wrong with it as the request's validation asks."""
        if not isinstance(body, dict):
            raise failures.bad_request("the body of the request is no object")
        strict.check_kind(kind, body)
        strict.check_types(kind, body)
        whole = {**body, "apiVersion": kind.api_version, "kind": kind.kind, "metadata": body.get("metadata") or {}}
        found = [*options.read, *strict.faults(kind.node, whole)] if options.validation != "Ignore" else []
        if found and options.validation == "Strict":
            raise strict.refused(kind, found)
        options.warnings.extend(found)
        made: Obj = strict.pruned(kind.node, whole)
        return made

    def _track(self, target: Target, old: Obj | None, made: Obj, options: Options, fields: list[Any] | None) -> None:
        """Say who manages the fields: before admission, for what the server adds is nobody's."""
        if fields is None:
            manager, now = options.field_manager, timestamp(self._client.now())
            fields = apply.updated(
                target.kind, old, made, field_manager=manager, subresource=target.subresource, time=now
            )
        made["metadata"].pop("managedFields", None)
        if fields:
            made["metadata"]["managedFields"] = fields

    def _fill(self, kind: Kind, made: Obj) -> None:
        entries = made["metadata"].get("managedFields")
        if kind.custom:
            custom.fill(kind, made)
        else:
            defaults.fill(kind, made)
            defaults.canonical(kind.node, made)
        if entries == []:
            made["metadata"]["managedFields"] = entries  # which asks for them to be cleared

    def _check(self, kind: Kind, made: Obj, old: Obj | None, subresource: str) -> None:
        if kind.resource == CRDS:
            custom.default_crd(made)
        causes = strategy.check(kind, made, old, subresource)
        if kind.custom:
            causes = [*causes, *custom.causes(kind, made, old)]
        if kind.resource == CRDS and not subresource:
            causes = [*causes, *check_crd(made, old)]
        if causes:
            raise failures.invalid(kind, made["metadata"].get("name", ""), causes)

    def _save(self, kind: Kind, made: Obj, options: Options) -> Obj:
        if options.dry_run:
            return made
        best = self._registry.best(stored_as(kind))
        return convert(self._store.put(best.resource, convert(made, best)), kind)

    def replace(self, target: Target, body: Obj, options: Options) -> tuple[Obj, bool]:
        """Put a whole object in place of what is stored; returns it, and whether it is new."""
        _check_name(target, _name_of(body))
        if self._find(target) is None and stored_as(target.kind) in CREATED_BY_PUT and not target.subresource:
            new = self._decoded(target.kind, body, options)
            if new["metadata"].get("uid"):
                raise _other_uid(target, new["metadata"]["uid"], "")
            new["metadata"].pop("resourceVersion", None)
            return self._put_first(target, new, options), True
        old = self.stored(target)
        made = self._decoded(target.kind, body, options)
        is_strict = target.kind.custom or target.kind.plural in REPLACED_BY_VERSION
        if is_strict and made["metadata"].get("resourceVersion") in (None, "", "0"):
            said = "Invalid value: 0: must be specified for an update"
            cause = Cause(field="metadata.resourceVersion", reason="FieldValueInvalid", message=said)
            raise failures.invalid(target.kind, target.name, [cause])
        return self._update(target, old, made, options), False

    def _put_first(self, target: Target, made: Obj, options: Options, *, fields: list[Any] | None = None) -> Obj:
        """Create what a PUT or an apply does not find: who may change an object may not create it for that."""
        kind = target.kind
        wanted = Attributes(
            verb="create", group=kind.group, resource=kind.plural, namespace=target.namespace, name=target.name
        )
        authorize(self._client, options.user, wanted)
        return self._create(target, made, options, fields=fields)

    def patched(self, target: Target, kind: str, change: Any, options: Options) -> Obj:
        """Change an object by a ``json``, ``merge`` or ``strategic`` patch and return it."""
        old = self.stored(target)
        new = self.patched_part(target, kind, change, copy.deepcopy(old))
        try:
            made = self._decoded(target.kind, new, options)
        except StatusError as error:
            if error.code != 400:
                raise
            # what is wrong is wrong with the patch
            said = str(error).partition(f" cannot be handled as a {target.kind.kind}: ")[2] or str(error)
            # the server shows Secrets too; no error of ours does
            shown = "{...}" if target.kind.resource == "secrets" else json.dumps(new, separators=(",", ":"))
            message = f"Invalid value: {json.dumps(shown)}: {said}"
            cause = {"reason": "FieldValueInvalid", "message": message, "field": "patch"}
            raise StatusError(422, "Invalid", f' "" is invalid: patch: {message}', {"causes": [cause]}) from None
        _check_name(target, _name_of(made))
        _check_uid(target.kind, made, old)
        return self._update(target, old, made, options)

    @staticmethod
    def patched_part(target: Target, kind: str, change: Any, before: Obj) -> Obj:
        """Return what a patch makes of ``before``, which it may change: an object, or the Scale of one."""
        if kind == "json":
            new = patch.json_patch(before, change)
        elif kind == "strategic":
            new = patch.strategic_merge(target.kind.node, before, change)
        else:
            new = patch.merge_patch(before, change)
        if not isinstance(new, dict):
            raise failures.bad_request("the patch leaves no object")
        return new

    def applied(self, target: Target, config: Obj, options: Options, *, force: bool) -> tuple[Obj, bool]:
        """Apply fields server-side; returns the object, and whether it is new."""
        kind, now = target.kind, timestamp(self._client.now())
        live = self._find(target)
        if live is None and target.subresource:
            raise failures.not_found(kind, target.name)
        wanted: Obj = config if isinstance(config, dict) else {}
        merged = apply.applied(
            kind,
            live,
            wanted,
            field_manager=options.field_manager,
            force=force,
            subresource=target.subresource,
            time=now,
        )
        merged = strict.pruned(kind.node, merged)
        metadata = merged["metadata"]
        fields = metadata.pop("managedFields", [])
        _check_name(target, metadata.get("name"))
        self._place(target, merged)
        if live is None:
            if metadata.get("uid"):
                said = f"the provided object specified uid {metadata['uid']}, and no existing object was found"
                raise failures.conflict(kind, target.name, f"uid mismatch: {said}")
            metadata.pop("resourceVersion", None)
            return self._put_first(target, merged, options, fields=fields), True
        _check_uid(kind, merged, live)
        if live["metadata"].get("deletionTimestamp"):
            options.warnings.append("the object is being deleted")
        return self._update(target, live, merged, options, fields=fields), False

    def _update(self, target: Target, old: Obj, made: Obj, options: Options, *, fields: list[Any] | None = None) -> Obj:
        """Store ``made`` in place of ``old``; ``fields`` are managed fields that an apply has already worked out."""
        kind, metadata = target.kind, made["metadata"]
        self._place(target, made)
        name = metadata.setdefault("name", target.name)
        _check_name(target, name)
        if metadata.get("uid") and metadata["uid"] != old["metadata"]["uid"]:
            raise _other_uid(target, metadata["uid"], old["metadata"]["uid"])
        if metadata.get("resourceVersion") not in (None, "", "0", old["metadata"]["resourceVersion"]):
            said = "the object has been modified; please apply your changes to the latest version and try again"
            raise failures.conflict(kind, name, said)
        metadata["resourceVersion"] = old["metadata"]["resourceVersion"]
        self._fill(kind, made)
        self._track(target, old, made, options, fields)
        strategy.prepare_update(kind, made, old, target.subresource)
        admission.admit(self._client, kind, made, old, "UPDATE")
        check_grant(self._client, options.user, kind, made)
        self._check(kind, made, old, target.subresource)
        metadata = made["metadata"]
        if _same(old, made):
            return old
        if metadata.get("deletionTimestamp") and not _is_held(made):
            return made if options.dry_run else self._store.remove(stored_as(kind), made)
        return self._save(kind, made, options)

    def delete(self, target: Target, asked: Mapping[str, Any], options: Options) -> tuple[Obj, bool]:
        """Delete an object as DeleteOptions ask; returns it, and whether it is gone already."""
        kind, old = target.kind, self.stored(target)
        metadata = old["metadata"]
        self._check_preconditions(target, metadata, asked.get("preconditions"))
        admission.admit(self._client, kind, old, old, "DELETE")
        made: Obj = {**old, "metadata": dict(metadata)}
        finalizers = [each for each in metadata.get("finalizers") or () if each not in _PROPAGATED.values()]
        finalizers += [_PROPAGATED[each] for each in (_propagation(kind, asked),) if each in _PROPAGATED]
        if kind.resource == CRDS and CLEANUP not in finalizers:
            finalizers.append(CLEANUP)
        made["metadata"].pop("finalizers", None)
        if finalizers:
            made["metadata"]["finalizers"] = finalizers
        grace = _grace_seconds(kind, old, asked.get("gracePeriodSeconds"))
        if metadata.get("deletionTimestamp"):
            grace = min(grace, metadata.get("deletionGracePeriodSeconds", 0))
        else:
            made["metadata"]["deletionTimestamp"] = timestamp(self._client.now() + timedelta(seconds=grace))
            if metadata.get("generation"):
                made["metadata"]["generation"] = metadata["generation"] + 1
        made["metadata"]["deletionGracePeriodSeconds"] = grace
        if kind.resource == "namespaces":
            made = {**made, "status": {**(made.get("status") or {}), "phase": "Terminating"}}
        if _is_held(made):
            return (old if _same(old, made) else self._save(kind, made, options)), False
        if not options.dry_run:
            self._store.remove(stored_as(kind), self._store.get(stored_as(kind), target.namespace, target.name) or made)
        return old, True

    @staticmethod
    def _check_preconditions(target: Target, metadata: Mapping[str, Any], wanted: Any) -> None:
        wanted = wanted if isinstance(wanted, Mapping) else {}
        for key, word, ending in (
            ("uid", "UID", "The object might have been deleted and then recreated"),
            ("resourceVersion", "ResourceVersion", "The object might have been modified"),
        ):
            if wanted.get(key) is not None and wanted[key] != metadata[key]:
                said = (
                    f"the {word} in the precondition ({wanted[key]}) does not match the {word} in record "
                    f"({metadata[key]}). {ending}"
                )
                raise failures.conflict_of_kind(target.kind, target.name, said)


_PROPAGATED = {"Orphan": "orphan", "Foreground": "foregroundDeletion"}


def _propagation(kind: Kind, asked: Mapping[str, Any]) -> str:
    """Return what becomes of dependents; raises StatusError 422."""
    policy, orphan = asked.get("propagationPolicy"), asked.get("orphanDependents")
    if policy and orphan is not None:
        said = f'Invalid value: "{policy}": orphanDependents and deletionPropagation cannot be both set'
        raise failures.invalid_option("DeleteOptions", "propagationPolicy", "FieldValueInvalid", said)
    if policy and policy not in ("Background", *_PROPAGATED):
        said = f'Unsupported value: "{policy}": supported values: "Foreground", "Background", "Orphan", "nil"'
        raise failures.invalid_option("DeleteOptions", "propagationPolicy", "FieldValueNotSupported", said)
    if orphan is not None:
        return "Orphan" if orphan is True else "Background"
    return str(policy or ("Orphan" if kind.resource in ORPHANING else "Background"))


def _grace_seconds(kind: Kind, obj: Obj, asked: Any) -> int:
    """Return how long a pod on a node may take to end; all else goes at once."""
    spec = obj.get("spec") or {}
    if kind.resource != "pods" or not spec.get("nodeName") or (obj.get("status") or {}).get("phase") in _ENDED:
        return 0
    seconds = spec.get("terminationGracePeriodSeconds", 30) if asked is None else asked
    return max(0, min(int(seconds), MOST_SECONDS))


_ENDED = ("Succeeded", "Failed")


def _is_held(obj: Obj) -> bool:
    """Return whether an object that is deleted stays for now."""
    metadata = obj["metadata"]
    of_namespace = (obj.get("spec") or {}).get("finalizers") if obj.get("kind") == "Namespace" else None
    return bool(metadata.get("finalizers") or of_namespace or metadata.get("deletionGracePeriodSeconds"))


def _name_of(body: Any) -> str:
    metadata = body.get("metadata") if isinstance(body, dict) else None
    return str(metadata.get("name") or "") if isinstance(metadata, dict) else ""


def _other_uid(target: Target, given: str, stored: str) -> StatusError:
    """Return 409: a PUT that names another object's uid."""
    place = "/".join(("/registry", target.kind.plural, *filter(None, (target.namespace,)), target.name))
    said = f"UID in precondition: {given}, UID in object meta: {stored}"
    where = f"StorageError: invalid object, Code: 4, Key: {place}, ResourceVersion: 0, AdditionalErrorMsg"
    return failures.conflict(target.kind, target.name, f"{where}: Precondition failed: {said}")


def _check_uid(kind: Kind, made: Obj, old: Obj) -> None:
    """Raise StatusError 422 for a patch that changes the uid; a replacement is refused otherwise."""
    uid = made["metadata"].get("uid")
    if uid and uid != old["metadata"]["uid"]:
        said = f'Invalid value: "{uid}": field is immutable'
        cause = Cause(field="metadata.uid", reason="FieldValueInvalid", message=said)
        raise failures.invalid(kind, old["metadata"]["name"], [cause, cause])


def _check_name(target: Target, name: Any) -> None:
    if not name:
        said = f"the name of the object ({target.name} based on URL) was undeterminable: name must be provided"
        raise failures.bad_request(said)
    if name != target.name:
        said = f"the name of the object ({name}) does not match the name on the URL ({target.name})"
        raise failures.bad_request(said)


def _same(old: Obj, new: Obj) -> bool:
    """Return whether nothing changes but times in managed fields."""

    def bare(obj: Obj) -> Any:
        metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
        entries = [
            {key: value for key, value in each.items() if key != "time"}
            for each in obj["metadata"].get("managedFields") or ()
        ]
        return {**obj, "metadata": metadata}, entries

    before, after = bare(old), bare(new)
    # to Python alone, true is 1
    return bool(before == after) and json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
