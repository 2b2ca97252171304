"""ControllerRevisions: the pod templates that a StatefulSet or DaemonSet has had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helmlite.sandbox.controllers import workloads
from helmlite.sandbox.controllers.controller import Client
from helmlite.sandbox.objects import Obj, annotations_of, labels_of

REVISIONS = "controllerrevisions.apps"
POD_HASH = "controller-revision-hash"
"""The label of pods that tells of which revision they are."""


def template_of(revision: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the pod template that a revision holds."""
    template = ((revision.get("data") or {}).get("spec") or {}).get("template") or {}
    return {key: value for key, value in template.items() if key != "$patch"}


def ensured(client: Client, owner: Obj, label: str) -> tuple[Obj, Sequence[Obj]]:
    """Return the revision of the owner's template, made or renumbered if need be, and all of its revisions in order.

    ``label`` is the key under which a revision bears its hash.
    """
    template, metadata = workloads.template_of(owner), owner["metadata"]
    held = sorted(client.controlled(REVISIONS, owner), key=lambda each: each.get("revision", 0))
    same = next((each for each in held if template_of(each) == template), None)
    if held and same is held[-1]:
        return same, held
    number = 1 + (held[-1].get("revision", 0) if held else 0)
    if same is not None:
        held.remove(same)
        same = client.update(REVISIONS, {**same, "revision": number}, manager=workloads.MANAGER)
        return same, [*held, same]
    mark = workloads.stable_hash(template)
    made = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": f"{metadata['name']}-{mark}",
            "namespace": metadata["namespace"],
            "labels": {**labels_of(template), label: mark},
            "annotations": dict(annotations_of(owner)),
            "ownerReferences": [workloads.reference(owner)],
        },
        "data": {"spec": {"template": {**template, "$patch": "replace"}}},
        "revision": number,
    }
    same = client.create(REVISIONS, made, manager=workloads.MANAGER)
    return same, [*held, same]


def prune(client: Client, owner: Obj, held: Sequence[Obj], live: Sequence[str]) -> None:
    """Delete the oldest revisions beyond the number to be kept; ``live`` are the names of those that are in use."""
    limit = workloads.number(workloads.spec_of(owner).get("revisionHistoryLimit"), 10)
    past = [each for each in held if each["metadata"]["name"] not in live]
    for each in past[: max(len(past) - limit, 0)]:
        client.delete(REVISIONS, each["metadata"]["namespace"], each["metadata"]["name"])
