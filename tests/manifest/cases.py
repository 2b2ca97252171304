"""Hand-made documents, and what most tests of manifests start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helmlite import documents
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.compose import build_manifest
from helmlite.manifest.identity import ReleaseId
from helmlite.manifest.manifest import Document, Manifest, Resource
from helmlite.manifest.parse import parse
from helmlite.manifest.resolve import resolve

RELEASE = ReleaseId(namespace="prod", name="shop")
CAPABILITIES = Capabilities.offline()
PATH = "shop/templates/web.yaml.j2"


def body(kind: str = "ConfigMap", name: str = "web", api: str = "v1", **more: Any) -> dict[str, Any]:
    """Return an object; what is given as ``metadata`` is added to its name."""
    metadata = {"name": name, **more.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}


def document(content: Mapping[str, Any], *, path: str = PATH) -> Document:
    """Return an object as a document of a template."""
    return Document(body=content, text=documents.write(content), path=path, source=f"{path}, document 1")


def parsed(text: str) -> list[Document]:
    """Return the documents that one template's text holds."""
    return parse({PATH: text})


def resolved(content: Mapping[str, Any], capabilities: Capabilities = CAPABILITIES) -> Resource:
    """Return an object as the resource that is sent."""
    return resolve([document(content)], capabilities, RELEASE.namespace)[0][0]


def built(texts: Mapping[str, str], *, notes: str = "", crds: Sequence[Resource] = ()) -> Manifest:
    """Return the manifest of rendered texts, kinds that nobody knows being warnings."""
    return build_manifest(texts, notes=notes, crds=crds, capabilities=CAPABILITIES, release=RELEASE, strict_kinds=False)
