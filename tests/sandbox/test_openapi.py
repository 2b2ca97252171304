"""OpenAPI documents from a registry."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox.custom import kinds_of
from helmlite.sandbox.kinds import Registry
from helmlite.sandbox.openapi import document, index
from helmlite.sandbox.recorded import registry
from tests.sandbox.test_discovery import definition

PLACES = sorted(index(registry())["paths"])
WIDGETS = "apis/example.com/v1"


def widgets(**schema: Any) -> Registry:
    """Return the kinds of one custom definition whose schema is changed."""
    crd = definition("widgets", "v1")
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].update(schema)
    return Registry(kinds_of(crd))


@pytest.mark.parametrize("place", PLACES)
def test_a_document_has_every_type_it_refers_to(place: str) -> None:
    """Each reference in a document leads to a type in it."""
    found: Any = document(registry(), place)
    types = found["components"]["schemas"]
    assert set() == set(references(found)) - set(types)


def references(value: Any) -> list[str]:
    """Return the names of all types that are referred to."""
    if isinstance(value, list):
        return [name for each in value for name in references(each)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"].rpartition("/")[2]] if isinstance(value.get("$ref"), str) else []
    return own + [name for each in value.values() for name in references(each)]


def test_every_kind_has_its_paths() -> None:
    """A namespaced kind is served across namespaces, in one, and by name with its subresources."""
    found: Any = document(registry(), "apis/batch/v1")
    start = "/apis/batch/v1/namespaces/{namespace}/jobs"
    paths = [each for each in found["paths"] if each.endswith(("jobs", "jobs/{name}", "jobs/{name}/status"))]
    expected = [
        "/apis/batch/v1/cronjobs",
        "/apis/batch/v1/jobs",
        start,
        f"{start}/{{name}}",
        f"{start}/{{name}}/status",
    ]
    assert expected == [each for each in sorted(paths) if "namespaces/{namespace}/cronjobs" not in each]


def test_a_path_names_its_parameters() -> None:
    """What stands in braces is a parameter of the path."""
    found: Any = document(registry(), "apis/batch/v1")
    item = found["paths"]["/apis/batch/v1/namespaces/{namespace}/jobs/{name}"]
    assert ["namespace", "name"] == [each["name"] for each in item["parameters"]]


def test_a_review_is_only_created() -> None:
    """A kind that is stored nowhere has one operation."""
    found: Any = document(registry(), "apis/authentication.k8s.io/v1")
    assert {"post"} == set(found["paths"]["/apis/authentication.k8s.io/v1/tokenreviews"])


def test_a_list_answers_its_own_type() -> None:
    """The type of a list's answer is that of the list."""
    found: Any = document(registry(), "apis/apps/v1")
    content = found["paths"]["/apis/apps/v1/deployments"]["get"]["responses"]["200"]["content"]
    assert "#/components/schemas/io.k8s.api.apps.v1.DeploymentList" == content["application/json"]["schema"]["$ref"]


def test_what_is_not_served_has_no_document() -> None:
    """There is no document of an unknown place."""
    assert document(registry(), "apis/nothing/v1") is None


def test_a_custom_type_is_named_backwards() -> None:
    """A custom kind's types bear the group's name from its end."""
    found: Any = document(widgets(), WIDGETS)
    names = {each for each in found["components"]["schemas"] if each.startswith("com.")}
    assert {"com.example.v1.Widget", "com.example.v1.WidgetList"} == names


def test_a_custom_type_keeps_its_descriptions() -> None:
    """What a definition says for people is told."""
    found: Any = document(widgets(description="A widget."), WIDGETS)
    assert "A widget." == found["components"]["schemas"]["com.example.v1.Widget"]["description"]


def test_an_address_changes_with_the_schema() -> None:
    """Two schemas of a custom kind have different hashes, one has always the same."""
    first, again, other = (
        index(each)["paths"][WIDGETS]["serverRelativeURL"]
        for each in (widgets(), widgets(), widgets(description="A widget."))
    )
    assert (True, False) == (first == again, first == other)
