"""What the facts about workloads and pods are stated with: bodies to create, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.api import Api

Obj = dict[str, Any]
PLACES = {
    "deployments": "apps/v1",
    "replicasets": "apps/v1",
    "statefulsets": "apps/v1",
    "daemonsets": "apps/v1",
    "controllerrevisions": "apps/v1",
    "jobs": "batch/v1",
    "cronjobs": "batch/v1",
}
MADE_UP = "[bcdfghjklmnpqrstvwxz2-9]{5}"
"""What the made-up ends of names are like."""
ORDER, READY_AFTER = "test.helmlite.dev/pod", "test.helmlite.dev/ready-after"


def path(api: Api, plural: str, name: str = "", sub: str = "") -> str:
    """Return a path in the test's namespace."""
    return api.path(PLACES.get(plural, "v1"), plural, name, sub)


def template(app: str = "web", *, image: str = "x", order: str = "", after: str = "", **spec: Any) -> Obj:
    """Return a pod template; ``order`` is how its pods fail, ``after`` how long they take to get ready."""
    annotations = {key: value for key, value in ((ORDER, order), (READY_AFTER, after)) if value}
    metadata = {"labels": {"app": app}, "annotations": annotations}
    return {"metadata": metadata, "spec": {"containers": [{"name": "c", "image": image}], **spec}}


def create(api: Api, plural: str, name: str = "web", made_of: Obj | None = None, **spec: Any) -> Obj:
    """Create a workload of one replica over a template (by default ``template(name)``) and return it."""
    body: Obj = {"metadata": {"name": name}, "spec": {"template": made_of or template(name), **spec}}
    if plural != "jobs":
        body["spec"].setdefault("selector", {"matchLabels": {"app": name}})
    else:
        body["spec"]["template"]["spec"].setdefault("restartPolicy", "Never")
    found: Obj = api.post(path(api, plural), body).expect(201)
    return found


def create_pod(api: Api, name: str = "a", *, order: str = "", after: str = "", **spec: Any) -> Obj:
    """Create a pod of one container and return it."""
    body = template(name, order=order, after=after, **spec)
    body["metadata"]["name"] = name
    found: Obj = api.post(path(api, "pods"), body).expect(201)
    return found


def get(api: Api, plural: str, name: str = "web") -> Obj:
    """Return an object."""
    found: Obj = api.get(path(api, plural, name)).expect(200)
    return found


def status(api: Api, plural: str, name: str = "web") -> Obj:
    """Return an object's status, empty where it has none."""
    found: Obj = get(api, plural, name).get("status") or {}
    return found


def listed(api: Api, plural: str, app: str = "web") -> Sequence[Obj]:
    """Return the objects of an app."""
    found: Sequence[Obj] = api.get(path(api, plural), labelSelector=f"app={app}").expect(200)["items"]
    return found


def names(objects: Sequence[Obj]) -> list[str]:
    """Return the names of objects, sorted."""
    return sorted(each["metadata"]["name"] for each in objects)


def change(api: Api, plural: str, spec: Mapping[str, Any], name: str = "web") -> Obj:
    """Change parts of an object's spec by a strategic merge and return it."""
    found: Obj = api.patch(path(api, plural, name), {"spec": spec}, "strategic").expect(200)
    return found


def with_image(image: str) -> Obj:
    """Return what a spec is changed by to run another image."""
    return {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}


def image_of(pod: Mapping[str, Any]) -> str:
    """Return the image of a pod's first container."""
    return str(pod["spec"]["containers"][0]["image"])


def conditions(found: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return status and reason of each condition of a status, by type."""
    listed = found.get("conditions") or ()
    return {each["type"]: (each["status"], each.get("reason", "")) for each in listed}


def message(found: Mapping[str, Any], kind: str) -> str:
    """Return the message of a condition of a status, "" where there is none."""
    return next((each.get("message", "") for each in found.get("conditions") or () if each["type"] == kind), "")


def events(api: Api, name: str) -> list[tuple[str, str, str]]:
    """Return type, reason and message of the events about an object."""
    found = api.get(path(api, "events"), fieldSelector=f"involvedObject.name={name}").expect(200)["items"]
    return [(each["type"], each["reason"], each.get("message", "")) for each in found]


def settled(api: Api, plural: str, name: str = "web") -> Obj:
    """Wait until a workload has all replicas it wants, of its newest template, and return it."""

    def look() -> Obj | None:
        found = get(api, plural, name)
        now, wanted = found.get("status") or {}, found["spec"].get("replicas", 1)
        counts = {now.get(each, 0) for each in ("replicas", "readyReplicas", "updatedReplicas", "availableReplicas")}
        done = counts == {wanted} and now.get("observedGeneration") == found["metadata"]["generation"]
        reason = conditions(now).get("Progressing", ("", "NewReplicaSetAvailable"))[1]
        return found if done and reason == "NewReplicaSetAvailable" else None

    return api.eventually(look)
