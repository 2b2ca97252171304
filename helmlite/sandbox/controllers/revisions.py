"""ControllerRevisions: the pod templates that a StatefulSet or DaemonSet has had."""

from __future__ import annotations

import copy
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
    template = workloads.spec_of(owner).get("template") or {}
    held = sorted(client.controlled(REVISIONS, owner), key=lambda each: each.get("revision", 0))
    latest = held[-1].get("revision", 0) if held else 0
    same = next((each for each in reversed(held) if template_of(each) == template), None)
    if same is None:
        same = _create(client, owner, label, latest + 1)
    elif same.get("revision", 0) < latest:
        same = client.update(REVISIONS, {**copy.deepcopy(same), "revision": latest + 1}, manager=workloads.MANAGER)
    else:
        return same, held
    return same, [*(each for each in held if each["metadata"]["uid"] != same["metadata"]["uid"]), same]


def _create(client: Client, owner: Obj, label: str, revision: int) -> Obj:
    metadata, template = owner["metadata"], workloads.spec_of(owner).get("template") or {}
    collisions = 0
    while True:
        mark = workloads.stable_hash(template, collisions)
        name = f"{metadata['name']}-{mark}"
        if client.get(REVISIONS, metadata["namespace"], name) is None:
            break
        collisions += 1
    made = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": {**labels_of(template if template.get("metadata") else {"metadata": {}}), label: mark},
            "annotations": dict(annotations_of(owner)),
            "ownerReferences": [workloads.reference(owner)],
        },
        "data": {"spec": {"template": {**copy.deepcopy(template), "$patch": "replace"}}},
        "revision": revision,
    }
    return client.create(REVISIONS, made, manager=workloads.MANAGER)


def prune(client: Client, owner: Obj, held: Sequence[Obj], live: Sequence[str]) -> None:
    """Delete the oldest revisions beyond the number to be kept; ``live`` are the names of those that are in use."""
    limit = workloads.number(workloads.spec_of(owner).get("revisionHistoryLimit"), 10)
    past = [each for each in held if each["metadata"]["name"] not in live]
    for each in past[: max(len(past) - limit, 0)]:
        client.delete(REVISIONS, each["metadata"]["namespace"], each["metadata"]["name"])
