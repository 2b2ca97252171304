"""Whose an object is."""

from __future__ import annotations

from typing import Any

import pytest

from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.ownership import MANAGED_BY, RELEASE_NAME, RELEASE_NAMESPACE, owner_faults, stamp
from tests.manifest.cases import RELEASE, body, resolved

LABELS = {"app.kubernetes.io/managed-by": "Helm"}
ANNOTATIONS = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "prod"}


def stamped(**metadata: Any) -> dict[str, Any]:
    """Return the metadata of a stamped ConfigMap."""
    made: dict[str, Any] = stamp(resolved(body(metadata=metadata)), RELEASE).body["metadata"]
    return made


def test_marks_are_helms() -> None:
    """One label and two annotations say whose an object is."""
    assert {"name": "web", "namespace": "prod", "labels": LABELS, "annotations": ANNOTATIONS} == stamped()


def test_marks_stand_beside_the_charts_own() -> None:
    """What the chart says otherwise stays."""
    made = stamped(labels={"app": "web"}, annotations={"note": "here"})
    assert ({"app": "web", **LABELS}, {"note": "here", **ANNOTATIONS}) == (made["labels"], made["annotations"])


def test_the_chart_cannot_give_an_object_away() -> None:
    """Marks of another owner in a template are overwritten."""
    made = stamped(labels={MANAGED_BY: "Somebody"}, annotations={RELEASE_NAME: "other", RELEASE_NAMESPACE: "dev"})
    assert (LABELS, ANNOTATIONS) == (made["labels"], made["annotations"])


def test_stamping_leaves_the_resource_alone() -> None:
    """The resource that is given stays as it was, and so does the text that the record keeps."""
    before = resolved(body(metadata={"labels": {"app": "web"}}))
    after = stamp(before, RELEASE)
    assert {"app": "web"} == before.body["metadata"]["labels"]
    assert before.text == after.text


def test_stamping_twice_is_stamping_once() -> None:
    """Marks are there once."""
    once = stamp(resolved(body()), RELEASE)
    assert once == stamp(once, RELEASE)


def test_what_is_stamped_is_ours() -> None:
    """A stamped object has no faults, for its own release."""
    assert [] == owner_faults(stamp(resolved(body()), RELEASE).body, RELEASE)


FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nobody's": (
        {},
        [
            "label app.kubernetes.io/managed-by is missing, it must be Helm",
            "annotation meta.helm.sh/release-name is missing, it must be shop",
            "annotation meta.helm.sh/release-namespace is missing, it must be prod",
        ],
    ),
    "no label": (
        {"annotations": ANNOTATIONS},
        ["label app.kubernetes.io/managed-by is missing, it must be Helm"],
    ),
    "another tool's": (
        {"labels": {MANAGED_BY: "Flux"}, "annotations": ANNOTATIONS},
        ["label app.kubernetes.io/managed-by is Flux, it must be Helm"],
    ),
    "a label in another case": (
        {"labels": {MANAGED_BY: "helm"}, "annotations": ANNOTATIONS},
        ["label app.kubernetes.io/managed-by is helm, it must be Helm"],
    ),
    "another release's": (
        {"labels": LABELS, "annotations": {**ANNOTATIONS, RELEASE_NAME: "blog"}},
        ["annotation meta.helm.sh/release-name is blog, it must be shop"],
    ),
    "another namespace's": (
        {"labels": LABELS, "annotations": {**ANNOTATIONS, RELEASE_NAMESPACE: "dev"}},
        ["annotation meta.helm.sh/release-namespace is dev, it must be prod"],
    ),
    "no namespace": (
        {"labels": LABELS, "annotations": {RELEASE_NAME: "shop"}},
        ["annotation meta.helm.sh/release-namespace is missing, it must be prod"],
    ),
    "null labels": (
        {"labels": None, "annotations": ANNOTATIONS},
        ["label app.kubernetes.io/managed-by is missing, it must be Helm"],
    ),
    "labels of no shape": (
        {"labels": [MANAGED_BY], "annotations": ANNOTATIONS},
        ["label app.kubernetes.io/managed-by is missing, it must be Helm"],
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_every_fault_is_named(case: str) -> None:
    """What keeps an object from being the release's is told key by key."""
    metadata, expected = FAULTS[case]
    assert expected == owner_faults({"metadata": {"name": "web", **metadata}}, RELEASE)


def test_a_release_of_the_same_name_elsewhere_is_another() -> None:
    """Name and namespace both count."""
    other = ReleaseId(namespace="dev", name="shop")
    assert 1 == len(owner_faults(stamp(resolved(body()), RELEASE).body, other))


def test_an_object_without_metadata_is_nobodys() -> None:
    """A live object of no shape has faults and raises nothing."""
    assert 3 == len(owner_faults({}, RELEASE))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("keep", True), (" Keep ", True), ("KEEP", True), ("delete", False), ("", False), (None, False)],
)
def test_keep_is_read_from_the_annotation(policy: str | None, expected: bool) -> None:
    """``helm.sh/resource-policy: keep`` is trimmed and of any case; nothing else keeps an object."""
    made = resolved(body(metadata={"annotations": {"helm.sh/resource-policy": policy}}))
    assert expected is made.keep


def test_without_the_annotation_nothing_is_kept() -> None:
    """An object without annotations may be deleted."""
    assert resolved(body()).keep is False
