"""Whose an object is: Helm's label and annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Resource

MANAGED_BY = "app.kubernetes.io/managed-by"
RELEASE_NAME = "meta.helm.sh/release-name"
RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"


def stamp(resource: Resource, release: ReleaseId) -> Resource:
    """Return the resource with the marks of its release, whatever the chart says of them."""
    metadata = dict(resource.body["metadata"])
    metadata["labels"] = {**(metadata.get("labels") or {}), MANAGED_BY: "Helm"}
    metadata["annotations"] = {
        **(metadata.get("annotations") or {}),
        RELEASE_NAME: release.name,
        RELEASE_NAMESPACE: release.namespace,
    }
    return replace(resource, body={**resource.body, "metadata": metadata})


def owner_faults(body: Mapping[str, Any], release: ReleaseId) -> list[str]:
    """Return what keeps a live object from being the release's, one line a key; empty when it is."""
    metadata = body.get("metadata") or {}
    expected = (
        ("label", metadata.get("labels"), MANAGED_BY, "Helm"),
        ("annotation", metadata.get("annotations"), RELEASE_NAME, release.name),
        ("annotation", metadata.get("annotations"), RELEASE_NAMESPACE, release.namespace),
    )
    faults = []
    for what, found, key, value in expected:
        actual = found.get(key) if isinstance(found, Mapping) else None
        if actual is None:
            faults.append(f"{what} {key} is missing, it must be {value}")
        elif actual != value:
            faults.append(f"{what} {key} is {actual}, it must be {value}")
    return faults
