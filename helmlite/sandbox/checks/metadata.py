"""Checks of the metadata of whole objects: what the table says of all metadata is not told here."""

from __future__ import annotations

from collections.abc import Mapping

from helmlite.sandbox.checks import names
from helmlite.sandbox.checks.places import At, shown, tell
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj

ANNOTATIONS_LIMIT_BYTES = 256 << 10
CRON_JOB_NAME_LIMIT = 52
NAMES: Mapping[str, names.Form] = {
    **dict.fromkeys(("namespaces", "services", "statefulsets.apps"), names.dns_label),
    **{
        f"{plural}.rbac.authorization.k8s.io": names.path_segment
        for plural in ("clusterrolebindings", "clusterroles", "rolebindings", "roles")
    },
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
    if sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items()) > ANNOTATIONS_LIMIT_BYTES:
        at.to("annotations").say("long", f"may not be more than {ANNOTATIONS_LIMIT_BYTES} bytes")
    finalizers = [each or "" for each in found.get("finalizers") or ()]
    for index, each in enumerate(finalizers):
        tell(names.label_key, at.to("finalizers"), each)
        is_core = kind.custom is None and kind.group != "apiextensions.k8s.io"
        if is_core and "/" not in each and each not in _STANDARD_FINALIZERS:
            said = "name is neither a standard finalizer name nor is it fully qualified"
            at.to("finalizers", index).invalid(each, said)
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds") if old is not None else ():
        if old is not None and found.get(key) != old["metadata"].get(key):
            at.to(key).invalid(found.get(key), "field is immutable")
    if old is not None and old["metadata"].get("deletionTimestamp"):
        new = [each for each in finalizers if each not in (old["metadata"].get("finalizers") or ())]
        if new:
            said = f"found new finalizers []string{{{' '.join(map(shown, new))}}}"
            at.to("finalizers").say(
                "forbidden", f"no new finalizers can be added if the object is being deleted, {said}"
            )
