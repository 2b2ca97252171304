"""CustomResourceDefinitions that facts are stated with."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.api import Api

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SIZED: dict[str, Any] = {
    "type": "object",
    "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
}


def definition(schema: Any = SIZED, *, plural: str = "widgets", group: str = "", **version: Any) -> dict[str, Any]:
    """Return a definition of Widgets in a group of its own, with one version that ``version`` adds to."""
    group = group or f"g{uuid.uuid4().hex[:8]}.example.com"
    only = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": "Widget"},
            "versions": [only],
        },
    }


def spec_of(**schema: Any) -> dict[str, Any]:
    """Return the schema of objects whose ``spec`` is such a mapping."""
    return {"type": "object", "properties": {"spec": {"type": "object", **schema}}}


def group_of(crd: dict[str, Any]) -> str:
    """Return the API version that objects of a definition's first version bear."""
    return f"{crd['spec']['group']}/{crd['spec']['versions'][0]['name']}"


def widget(crd: dict[str, Any], name: str = "a", **fields: Any) -> dict[str, Any]:
    """Return a Widget."""
    return {"apiVersion": group_of(crd), "kind": "Widget", "metadata": {"name": name}, **fields}


def conditions(api: Api, crd: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return status and reason of each condition of a definition."""
    status = api.get(f"{CRDS}/{crd['metadata']['name']}").expect(200).get("status") or {}
    return {each["type"]: (each["status"], each["reason"]) for each in status.get("conditions") or ()}


def define(api: Api, crd: dict[str, Any]) -> str:
    """Create a definition, wait until its objects are served, and return their path in the test's namespace."""
    api.post(CRDS, crd).expect(201)
    namespace = None if crd["spec"]["scope"] == "Namespaced" else ""
    path = api.path(group_of(crd), crd["spec"]["names"]["plural"], namespace=namespace)
    api.eventually(lambda: api.get(path).status == 200)
    return path
