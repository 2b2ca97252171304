"""CustomResourceDefinitions: whether their names are free, and so whether they are served; and how they end."""

from __future__ import annotations

from collections.abc import Iterable

from helmlite.sandbox.controllers.controller import Client, Controller, Key, itself
from helmlite.sandbox.controllers.workloads import (
    condition,
    conditioned,
    is_leaving,
    set_status,
    status_of,
    timestamp,
    with_conditions,
    without_finalizers,
)
from helmlite.sandbox.custom import establish
from helmlite.sandbox.kinds import CRDS
from helmlite.sandbox.objects import Obj, meta

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
STEP = 200
"""How many objects are deleted at once, so that requests get in between."""


def _accept(client: Client, _: str, name: str) -> None:
    """Give a definition its status; when it is gone, look at those of its group, which its names may have held up."""
    listed = client.list(CRDS)
    group = name.partition(".")[2]
    is_gone = client.get(CRDS, "", name) is None
    for each in listed:
        is_meant = each["spec"]["group"] == group if is_gone else meta(each)["name"] == name
        if is_meant:
            set_status(client, CRDS, each, establish(each, listed, timestamp(client))["status"], "kube-apiserver")


def _definition_of(obj: Obj) -> Iterable[Key]:
    if obj.get("kind") == "CustomResourceDefinition":
        yield obj["spec"]["group"], obj["spec"]["names"]["kind"]
    elif is_leaving(obj):
        yield str(obj.get("apiVersion")).partition("/")[0], str(obj.get("kind"))


def _end(client: Client, group: str, kind: str) -> None:
    """Delete the objects of a definition that is being deleted; let it go when none is left."""
    for definition in client.list(CRDS):
        spec, name = definition["spec"], meta(definition)["name"]
        if (spec["group"], spec["names"]["kind"]) != (group, kind) or not is_leaving(definition):
            continue
        if not condition(definition, "Terminating"):
            said = ("InstanceDeletionInProgress", "CustomResource deletion is in progress")
            made = conditioned(client, {}, "Terminating", "True", *said)
            set_status(client, CRDS, definition, with_conditions(status_of(definition), made))
            return
        objects = [each for each in client.list(name) if not is_leaving(each)]
        for each in objects[:STEP]:
            client.delete(name, meta(each).get("namespace", ""), meta(each)["name"])
        if objects:  # once what depends on these has been found
            client.later(0, CRDS, "", name)
        elif not client.list(name):
            without_finalizers(client, CRDS, definition, CLEANUP)


CONTROLLERS = (
    Controller(name="definitions", watches={CRDS: itself}, reconcile=_accept),
    Controller(name="definition-end", watches={CRDS: _definition_of, "*": _definition_of}, reconcile=_end),
)
