"""What discovery answers, from a registry; that a real server answers so is stated in the contract suite."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.sandbox.custom import kinds_of
from helmlite.sandbox.discovery import AGGREGATED, answer
from helmlite.sandbox.kinds import Registry, version_rank
from helmlite.sandbox.recorded import recorded, registry
from helmlite.sandbox.status import StatusError

JSON = "application/json"


def definition(plural: str, *versions: str) -> dict[str, Any]:
    """Return a CustomResourceDefinition of example.com; every version has a status."""
    kind = plural.removesuffix("s").title()
    listed = [
        {
            "name": each,
            "served": True,
            "storage": each == versions[0],
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object"}}}},
            "subresources": {"status": {}},
        }
        for each in versions
    ]
    names = {"plural": plural, "singular": kind.lower(), "kind": kind}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": listed}
    return {"metadata": {"name": f"{plural}.example.com"}, "spec": spec}


@pytest.fixture
def served() -> Registry:
    """Return the built-in kinds and two custom ones of one group."""
    made = registry()
    for crd in (definition("gears", "v1beta1"), definition("wheels", "v1")):
        for kind in kinds_of(crd):
            made.add(kind)
    return made


def body(served: Registry, path: str, accept: str = JSON) -> Any:
    """Return the body of an answer that must be there."""
    found = answer(served, path, accept)
    assert found is not None
    assert 200 == found[0]
    return found[2]


@pytest.mark.parametrize(("path", "key"), [("/api", "core"), ("/apis", "apis")])
def test_the_recorded_kinds_are_told_as_recorded(path: str, key: str) -> None:
    """Aggregated discovery of the built-in kinds is what the real server answered."""
    assert recorded()["discovery"][key] == body(registry(), path, AGGREGATED)


def test_versions_of_several_definitions_stand_best_first(served: Registry) -> None:
    """Versions of a group are sorted though they come from different definitions."""
    assert ["v1", "v1beta1"] == [each["version"] for each in body(served, "/apis/example.com")["versions"]]


def test_versions_have_an_order() -> None:
    """Stable versions stand before beta and alpha ones, new before old, other names last."""
    expected = ["v10", "v2", "v1", "v2beta1", "v1beta2", "v1beta1", "v3alpha1", "v0", "vnext"]
    assert expected == sorted(sorted(expected), key=version_rank)


def test_a_removed_kind_is_told_no_longer(served: Registry) -> None:
    """A group goes with its last kind."""
    served.remove("gears.example.com")
    served.remove("wheels.example.com")
    assert answer(served, "/apis/example.com", JSON) == (404, "text/plain; charset=utf-8", "404 page not found\n")


@pytest.mark.parametrize(
    "path",
    ["/", "/version", "/api/v1/pods", "/apis/apps/v1/deployments", "/openapi", "/metrics"],
)
def test_other_paths_are_left_to_others(path: str) -> None:
    """What is no discovery path has no answer here."""
    assert answer(registry(), path, JSON) is None


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (JSON, {"swagger": "2.0", "info": {"title": "Kubernetes", "version": ""}, "paths": {}}),
        ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "\n\x032.0"),
    ],
)
def test_the_older_openapi_tells_of_nothing(accept: str, expected: Any) -> None:
    """OpenAPI v2 is there, as JSON or protobuf, without kinds."""
    assert expected == body(registry(), "/openapi/v2", accept)


@pytest.mark.parametrize("path", ["/apis/apps/v9", "/api/v9"])
def test_an_unknown_version_is_not_found(path: str) -> None:
    """A version that its group does not have raises 404."""
    with pytest.raises(StatusError) as caught:
        answer(registry(), path, JSON)
    assert (404, "NotFound") == (caught.value.code, caught.value.reason)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        (f"{AGGREGATED},{JSON}", AGGREGATED),
        (f"{JSON}, {AGGREGATED}", AGGREGATED),
        (f"{AGGREGATED.replace('v=v2', 'v=v2beta1')}, {JSON};q=0.9", JSON),
        ("application/vnd.kubernetes.protobuf,application/json", JSON),
    ],
)
def test_the_form_is_what_is_accepted(accept: str, expected: str) -> None:
    """The content type follows the Accept header."""
    found = answer(registry(), "/apis", accept)
    assert found is not None
    assert expected == found[1]


@pytest.mark.parametrize("accept", [";;=,", "text/html", f"{JSON};as=Table;g=meta.k8s.io;v=v1"])
def test_an_unknown_form_is_refused(accept: str) -> None:
    """Who takes no form that there is gets 406."""
    with pytest.raises(StatusError) as caught:
        answer(registry(), "/apis", accept)
    assert 406 == caught.value.code
