"""Namespaces: what they hold from the start, and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.api import Api

pytestmark = pytest.mark.cluster


def ended(api: Api) -> bool:
    """Return whether the test's namespace is gone."""
    return api.get(f"/api/v1/namespaces/{api.namespace}").status == 404


def test_it_gets_an_authority(api: Api) -> None:
    """A new namespace gets the ConfigMap kube-root-ca.crt with a certificate."""
    path = api.path("v1", "configmaps", "kube-root-ca.crt")
    api.eventually(lambda: api.get(path).status == 200)
    assert api.get(path).body["data"]["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")


def test_a_service_account_comes_back(api: Api) -> None:
    """The service account default is made anew when it is deleted."""
    path = api.path("v1", "serviceaccounts", "default")
    first = api.get(path).body["metadata"]["uid"]
    api.delete(path).expect(200)
    api.eventually(lambda: api.get(path).body["metadata"].get("uid", first) != first)


def test_an_authority_comes_back(api: Api) -> None:
    """The ConfigMap kube-root-ca.crt is made anew when it is deleted."""
    path = api.path("v1", "configmaps", "kube-root-ca.crt")
    first = api.eventually(lambda: api.get(path).body["metadata"].get("uid"))
    api.delete(path).expect(200)
    api.eventually(lambda: api.get(path).body["metadata"].get("uid", first) != first)


def test_an_authority_is_restored(api: Api) -> None:
    """What somebody writes into kube-root-ca.crt is put right."""
    path = api.path("v1", "configmaps", "kube-root-ca.crt")
    api.eventually(lambda: api.get(path).status == 200)
    api.patch(path, {"data": {"ca.crt": "mine"}}).expect(200)
    api.eventually(lambda: api.get(path).body["data"]["ca.crt"] != "mine")


def test_a_missing_one_takes_nothing(api: Api) -> None:
    """Creating an object in a namespace that is not there answers 404 about the namespace."""
    answer = api.post(api.path("apps/v1", "deployments", namespace="fact-none"), {"metadata": {"name": "a"}})
    assert (404, 'namespaces "fact-none" not found') == (answer.status, answer.message)
    assert {"name": "fact-none", "kind": "namespaces"} == answer.body["details"]


def test_a_missing_one_takes_no_apply(api: Api) -> None:
    """Applying an object in a namespace that is not there answers 404 about the namespace."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    answer = api.apply(api.path("v1", "configmaps", "a", namespace="fact-none"), config)
    assert (404, 'namespaces "fact-none" not found') == (answer.status, answer.message)


def test_a_missing_one_lists_nothing(api: Api) -> None:
    """A list in a namespace that is not there is empty."""
    assert [] == api.get(api.path("v1", "configmaps", namespace="fact-none")).expect(200)["items"]


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_some_are_protected(api: Api, name: str) -> None:
    """The namespaces that the cluster needs may not be deleted."""
    answer = api.delete(f"/api/v1/namespaces/{name}", dryRun="All")
    said = f'namespaces "{name}" is forbidden: this namespace may not be deleted'
    assert (403, said) == (answer.status, answer.message)


def test_an_end_is_told_at_once(api: Api) -> None:
    """Deleting a namespace answers 200 with the namespace, which is Terminating."""
    found = api.delete(f"/api/v1/namespaces/{api.namespace}").expect(200)
    assert ("Namespace", "Terminating") == (found["kind"], found["status"]["phase"])
    assert found["metadata"]["deletionTimestamp"]


def held(api: Api) -> str:
    """Hold the test's namespace by a finalizer on a ConfigMap, delete it, and return the ConfigMap's path."""
    path = api.path("v1", "configmaps")
    api.post(path, {"metadata": {"name": "held", "finalizers": ["example.com/hold"]}}).expect(201)
    api.delete(f"/api/v1/namespaces/{api.namespace}").expect(200)
    return f"{path}/held"


def test_an_ending_one_takes_nothing(api: Api) -> None:
    """Creating an object in a namespace that is being deleted is forbidden, with a cause that names it."""
    path = held(api)
    answer = api.post(api.path("v1", "secrets"), {"metadata": {"name": "late"}})
    said = f"unable to create new content in namespace {api.namespace} because it is being terminated"
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {api.namespace} is being terminated",
        "field": "metadata.namespace",
    }
    api.patch(path, {"metadata": {"finalizers": None}}).expect(200)
    assert (403, f'secrets "late" is forbidden: {said}') == (answer.status, answer.message)
    assert [cause] == answer.body["details"]["causes"]


def test_an_ending_one_can_still_be_changed(api: Api) -> None:
    """Objects in a namespace that is being deleted can be changed."""
    path = held(api)
    api.patch(path, {"data": {"k": "v"}}).expect(200)
    api.patch(path, {"metadata": {"finalizers": None}}).expect(200)


def test_an_end_deletes_what_is_inside(api: Api) -> None:
    """Objects of a namespace that is deleted are deleted; those with finalizers wait for them."""
    path = held(api)
    api.eventually(lambda: api.get(path).body["metadata"].get("deletionTimestamp"), seconds=60)
    api.patch(path, {"metadata": {"finalizers": None}}).expect(200)


def test_an_end_comes(api: Api) -> None:
    """A namespace without content is gone soon after it is deleted."""
    api.delete(f"/api/v1/namespaces/{api.namespace}").expect(200)
    api.eventually(lambda: ended(api), seconds=60)


def test_an_end_waits_and_says_for_what(api: Api) -> None:
    """A namespace whose content waits for finalizers says so in its conditions."""
    path = held(api)

    def conditions() -> dict[str, tuple[str, str, str]]:
        found = api.get(f"/api/v1/namespaces/{api.namespace}").body["status"].get("conditions") or ()
        return {each["type"]: (each["status"], each["reason"], each["message"]) for each in found}

    found = api.eventually(conditions, seconds=60)
    api.patch(path, {"metadata": {"finalizers": None}}).expect(200)
    remaining = "Some resources are remaining: configmaps. has 1 resource instances"
    finalizers = "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    deleted = "All content successfully deleted, may be waiting on finalization"
    assert ("True", "SomeResourcesRemain", remaining) == found["NamespaceContentRemaining"]
    assert ("True", "SomeFinalizersRemain", finalizers) == found["NamespaceFinalizersRemaining"]
    assert ("False", "ContentDeleted", deleted) == found["NamespaceDeletionContentFailure"]


def test_an_ending_one_waits_for_its_own_finalizers(api: Api) -> None:
    """The finalizers of ``spec.finalizers`` are set at /finalize alone, and a namespace waits for them."""
    path = f"/api/v1/namespaces/{api.namespace}"
    body = {"metadata": {"name": api.namespace}, "spec": {"finalizers": ["kubernetes", "example.com/hold"]}}
    api.put(f"{path}/finalize", body).expect(200)
    api.patch(path, {"spec": {"finalizers": None}}).expect(200)
    api.delete(path).expect(200)
    api.eventually(lambda: api.get(path).body["spec"]["finalizers"] == ["example.com/hold"], seconds=60)
    api.put(f"{path}/finalize", {"metadata": {"name": api.namespace}, "spec": {"finalizers": []}}).expect(200)
    api.eventually(lambda: ended(api), seconds=60)


def test_a_definition_takes_its_objects_along(api: Api) -> None:
    """Deleting a CustomResourceDefinition deletes its objects, waits for their finalizers, and takes no new ones."""
    group = f"{api.namespace}.example.com"
    versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]
    definition = {
        "metadata": {"name": f"things.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": versions,
        },
    }
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    api.post(definitions, definition).expect(201)
    path, kind = api.path(f"{group}/v1", "things"), {"apiVersion": f"{group}/v1", "kind": "Thing"}
    api.eventually(lambda: api.get(path).status == 200, seconds=60)
    held = {**kind, "metadata": {"name": "a", "finalizers": ["example.com/hold"]}}
    api.eventually(lambda: api.post(path, held).status in (201, 409), seconds=60)
    api.delete(f"{definitions}/things.{group}").expect(200)
    api.eventually(lambda: api.get(f"{path}/a").body["metadata"].get("deletionTimestamp"), seconds=60)
    late = api.post(path, {**kind, "metadata": {"name": "late"}})
    api.patch(f"{path}/a", {"metadata": {"finalizers": None}}).expect(200)
    api.eventually(lambda: api.get(f"{definitions}/things.{group}").status == 404, seconds=60)
    said = "create not allowed while custom resource definition is terminating"
    assert (403, f'things.{group} "late" is forbidden: {said}') == (late.status, late.message)
