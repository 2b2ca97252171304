"""What the facts about applying and managed fields are stated with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.api import Answer, Api

Obj = dict[str, Any]
PLURALS = {
    "ConfigMap": ("v1", "configmaps"),
    "Secret": ("v1", "secrets"),
    "Service": ("v1", "services"),
    "Deployment": ("apps/v1", "deployments"),
}


def config_map(data: Any = None, *, name: str = "a", **metadata: Any) -> Obj:
    """Return a ConfigMap to be written."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}
    return body if data is None else {**body, "data": data}


def deployment(*containers: Obj, spec: Any = None, pod: Any = None, **metadata: Any) -> Obj:
    """Return a Deployment to be written; without ``containers`` it has one."""
    listed = list(containers) or [{"name": "c", "image": "x"}]
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": listed, **(pod or {})}}
    body = {"replicas": 0, "selector": {"matchLabels": {"app": "a"}}, "template": template, **(spec or {})}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", **metadata}, "spec": body}


def service(*ports: Obj, **spec: Any) -> Obj:
    """Return a Service to be written."""
    body = {"ports": list(ports), "selector": {"app": "a"}, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": body}


def path_to(api: Api, body: Obj, sub: str = "") -> str:
    """Return the path to an object in the test's namespace."""
    version, plural = PLURALS[body["kind"]]
    return api.path(version, plural, body["metadata"]["name"], sub)


def applied(api: Api, body: Obj, manager: str = "tester", **query: Any) -> Obj:
    """Apply an object and return it."""
    answer = api.apply(path_to(api, body), body, manager, **query)
    assert answer.status in (200, 201), answer.body
    return dict(answer.body)


def refused(api: Api, body: Obj, manager: str = "tester", **query: Any) -> Answer:
    """Return a refusal to apply."""
    answer = api.apply(path_to(api, body), body, manager, **query)
    assert answer.status >= 400, answer.body
    return answer


def posted(api: Api, body: Obj, manager: str = "poster") -> Obj:
    """Create an object and return it."""
    version, plural = PLURALS[body["kind"]]
    return dict(api.post(api.path(version, plural), body, fieldManager=manager).expect(201))


def entries(obj: Mapping[str, Any], manager: str) -> list[Obj]:
    """Return the managed fields' entries of a manager."""
    return [each for each in obj["metadata"].get("managedFields") or () if each.get("manager") == manager]


def fields(obj: Mapping[str, Any], manager: str = "tester") -> Obj | None:
    """Return what a manager with one entry or none manages."""
    found = [each["fieldsV1"] for each in entries(obj, manager)]
    assert len(found) < 2, found
    return found[0] if found else None


def managers(obj: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return manager and operation of each entry."""
    return [(each["manager"], each["operation"]) for each in obj["metadata"].get("managedFields") or ()]


def containers(obj: Mapping[str, Any]) -> list[Obj]:
    """Return a Deployment's containers."""
    return list(obj["spec"]["template"]["spec"]["containers"])


def of_container(found: Obj | None, name: str = "c") -> Any:
    """Return what of a container belongs to a set of fields."""
    assert found is not None
    return found["f:spec"]["f:template"]["f:spec"]["f:containers"][f'k:{{"name":"{name}"}}']
