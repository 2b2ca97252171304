"""Hand-made resources, live objects, releases and observations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from helmlite import documents
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.compose import build_manifest
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Manifest, Resource
from helmlite.plan.plan import Plan, Step
from helmlite.release.release import ChartRecord, Revision, Status

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RELEASE = ReleaseId(namespace="prod", name="shop")
CAPABILITIES = Capabilities.offline()


def manifest(*bodies: Mapping[str, Any]) -> Manifest:
    """Return the manifest of these objects, as rendering would give it."""
    texts = {f"shop/templates/{number}.yaml": documents.write(body) for number, body in enumerate(bodies)}
    return build_manifest(texts, notes="", crds=(), capabilities=CAPABILITIES, release=RELEASE)


def config_map(name: str, **data: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def as_live(resource: Resource, *, uid: str = "", manager: str = "helm", operation: str = "Apply") -> dict[str, Any]:
    """Return a resource as the server would show it after our apply."""
    body = dict(resource.body)
    fields = {
        f"f:{key}": fields_of(value) for key, value in body.items() if key not in ("apiVersion", "kind", "metadata")
    }
    marks = {f"f:{key}": fields_of(body["metadata"][key]) for key in ("labels", "annotations")}
    entry = {
        "manager": manager,
        "operation": operation,
        "apiVersion": body["apiVersion"],
        "fieldsV1": {**fields, "f:metadata": marks},
    }
    metadata = {
        **body["metadata"],
        "uid": uid or f"uid-{resource.id.name}",
        "resourceVersion": "7",
        "managedFields": [entry],
    }
    return {**body, "metadata": metadata}


def fields_of(value: Any) -> dict[str, Any]:
    """Return the field set of a value, lists taken as atomic."""
    return {f"f:{key}": fields_of(each) for key, each in value.items()} if isinstance(value, dict) else {}


def revision(number: int, status: Status, *bodies: Mapping[str, Any], **more: Any) -> Revision:
    """Return a stored revision whose manifest holds these objects."""
    made: dict[str, Any] = {
        "id": RELEASE,
        "number": number,
        "status": status,
        "description": "said so",
        "first_deployed": NOW,
        "last_deployed": NOW,
        "chart": ChartRecord(metadata={"name": "shop", "version": "1.0.0"}),
        "manifest": manifest(*bodies).text,
        "resource_version": str(100 + number),
    }
    return Revision(**{**made, **more})


def steps(plan: Plan) -> list[str]:
    """Return the ids of the plan's steps without barriers, in their order."""
    return [each.id for each in plan.steps if not each.id.startswith("barrier")]


def before(plan: Plan, id: str) -> set[str]:
    """Return the ids of all steps that must be done before one starts."""
    by_id: dict[str, Step] = {each.id: each for each in plan.steps}
    found: set[str] = set()
    waiting = list(by_id[id].after)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += by_id[each].after
    return found
