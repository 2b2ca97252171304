"""What is wrong with an object, as the API server says it.

``table.yaml`` holds what each type of part must be like, and what an update may not change; the modules here are the
words it is written in, and what it has no words for. All of it is what an object shows by itself (and beside the one it
takes the place of): what needs a look at others is admission's, and what a CustomResourceDefinition asks for is its
own. It is no full list of the server's checks: those are here that charts and their users meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helmlite.sandbox.checks.metadata import check_metadata
from helmlite.sandbox.checks.parts import PARTS
from helmlite.sandbox.checks.places import At, listed, part
from helmlite.sandbox.checks.table import checks_by_type, kept_by_resource, within
from helmlite.sandbox.checks.updates import UPDATES
from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj
from helmlite.sandbox.schema import Node
from helmlite.sandbox.status import Cause

ALWAYS_THERE = {"jobTemplate", "resources", "roleRef", "scaleTargetRef", "spec", "template"}
"""Parts that are empty where they are missing, not absent (they are no pointers in the server's source)."""


def causes(kind: Kind, body: Obj, old: Obj | None, subresource: str) -> list[Cause]:
    """Return every fault of an object that has its defaults; ``old`` is what it takes the place of, if anything.

    Of a custom kind only the metadata are looked at, and so of what is written to a subresource: only the server itself
    and those who know it well write there.
    """
    at = At("", [])
    check_metadata(at.to("metadata"), kind, body, old)
    metadata = kind.node.field("metadata")
    if metadata is not None and (subresource or kind.custom is not None):
        _check(metadata, at.to("metadata"), body["metadata"])
    if subresource or kind.custom is not None:
        return at.found
    group = kind.group.partition(".")[0] or "core"
    _check(kind.node, at, _with_claims(body), f"{group}.{kind.version}.{kind.kind}")
    if old is not None:
        for path, reason, said in kept_by_resource().get(kind.resource, ()):
            now = part(body, *path.split("."))
            if now != part(old, *path.split(".")):
                at.to(path).say(reason, said, now)
        if kind.resource in UPDATES:
            UPDATES[kind.resource](at, body, old)
    return at.found


def _check(node: Node, at: At, value: Any, type_name: str = "") -> None:
    """Check a value and all its parts by their types."""
    if isinstance(value, list):
        if node.items is not None and node.items.type_name:
            for place, each in listed(at, value):
                _check(node.items, place, each)
        return
    if not isinstance(value, Mapping) or not node.properties:
        return
    name = type_name or ".".join(node.type_name.split(".")[-3:])
    for field, check in checks_by_type().get(name, ()):
        *above, last = field.removeprefix("../").split(".") if field != "." else ("",)
        holder = {} if above and above[0] in ALWAYS_THERE and above[0] not in value else part(value, *above)
        if holder is not None:
            check(within(at, field), part(holder, last) if last else value)
    for field in [*value, *(ALWAYS_THERE & node.properties.keys() - value.keys())]:
        given = {} if value.get(field) is None else value[field]
        child = node.field(field) if isinstance(given, list | Mapping) else None
        if child is not None:
            is_of_template = field == "metadata" and at.path  # the server leaves the word out of their places
            _check(child, at if is_of_template else at.to(field), given)
    if name in PARTS:
        PARTS[name](at, value)


def _with_claims(body: Obj) -> Obj:
    """Return a StatefulSet as its Pods will be, with a volume for each claim; any other object as it is."""
    spec = part(body, "spec")
    claims = part(spec, "volumeClaimTemplates")
    if not claims or not isinstance(part(spec, "template", "spec"), dict):
        return body
    wanted = [part(each, "metadata", "name") for each in claims]
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in wanted]
    own = [each for each in part(spec, "template", "spec", "volumes") or () if part(each, "name") not in wanted]
    template = {**spec["template"], "spec": {**spec["template"]["spec"], "volumes": [*volumes, *own]}}
    return {**body, "spec": {**spec, "template": template}}
