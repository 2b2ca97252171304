"""Checks of what all objects have: name, labels, annotations, finalizers and owners."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from helmlite.sandbox.checks import names
from helmlite.sandbox.checks.places import At, labels, listed, part, tell
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj

ANNOTATIONS_LIMIT_BYTES = 256 << 10
CRON_JOB_NAME_LIMIT = 52
NAMES: Mapping[str, names.Form] = {
    "clusterrolebindings.rbac.authorization.k8s.io": names.path_segment,
    "clusterroles.rbac.authorization.k8s.io": names.path_segment,
    "namespaces": names.dns_label,
    "rolebindings.rbac.authorization.k8s.io": names.path_segment,
    "roles.rbac.authorization.k8s.io": names.path_segment,
    "services": names.dns_label,
    "statefulsets.apps": names.dns_label,
}
"""What names of a resource must be like, where they are no subdomains."""
_STANDARD_FINALIZERS = {"foregroundDeletion", "kubernetes", "orphan"}


def check_metadata(at: At, kind: Kind, body: Obj, old: Obj | None) -> None:
    """Tell the place of the metadata of every fault there."""
    found = body["metadata"]
    name, annotations = found.get("name"), found.get("annotations") or {}
    if not name:
        at.to("name").say("required", "name or generateName is required")
    elif old is None:
        tell(NAMES.get(kind.resource, names.dns_subdomain), at.to("name"), name)
        if kind.resource == "cronjobs.batch" and len(name) > CRON_JOB_NAME_LIMIT:
            at.to("name").invalid(name, f"must be no more than {CRON_JOB_NAME_LIMIT} characters")
    check_keys(at, found)
    if sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items()) > ANNOTATIONS_LIMIT_BYTES:
        at.to("annotations").say("long", f"may not be more than {ANNOTATIONS_LIMIT_BYTES} bytes")
    _owners(at.to("ownerReferences"), found.get("ownerReferences") or [])
    _finalizers(at.to("finalizers"), kind, found.get("finalizers") or [])
    if old is not None and old["metadata"].get("deletionTimestamp"):
        there = old["metadata"].get("finalizers") or ()
        new = " ".join(json.dumps(each) for each in found.get("finalizers") or () if each not in there)
        if new:
            said = f"found new finalizers []string{{{new}}}"
            at.to("finalizers").say(
                "forbidden", f"no new finalizers can be added if the object is being deleted, {said}"
            )


def check_keys(at: At, metadata: Any) -> None:
    """Tell a place what is wrong with the labels and the keys of annotations."""
    labels(at.to("labels"), metadata.get("labels"))
    for key in metadata.get("annotations") or ():
        for message in names.label_key(key.lower()):
            at.to("annotations").invalid(key, message)


def _finalizers(at: At, kind: Kind, finalizers: list[Any]) -> None:
    for place, given in listed(at, finalizers):
        text = given or ""
        tell(names.label_key, at, text)
        is_core = not kind.custom and kind.group != "apiextensions.k8s.io"
        if is_core and "/" not in text and text not in _STANDARD_FINALIZERS:
            place.invalid(text, "name is neither a standard finalizer name nor is it fully qualified")
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        at.invalid(finalizers, "finalizer orphan and foregroundDeletion cannot be both set")


def _owners(at: At, owners: list[Any]) -> None:
    controllers = []
    for _, owner in listed(at, owners):
        version = part(owner, "apiVersion") or ""
        if not version or version.count("/") > 1:
            at.to("apiVersion").invalid(version, "version must not be empty")
        for field in ("kind", "name", "uid"):
            if not part(owner, field):
                at.to(field).invalid("", "must not be empty")
        if part(owner, "controller"):
            controllers.append(f"{part(owner, 'kind')}/{part(owner, 'name')}")
    if len(controllers) > 1:
        said = f'Found "true" in references for {controllers[0]} and {controllers[1]}'
        at.invalid(owners, f"Only one reference can have Controller set to true. {said}")
