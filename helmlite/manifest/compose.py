"""All that one rendering gives, as a manifest; and the manifest of a stored revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from helmlite import documents
from helmlite.errors import ManifestError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.hooks import split_hooks
from helmlite.manifest.identity import GroupVersionKind, ReleaseId, ResourceId
from helmlite.manifest.manifest import Document, Hook, Manifest, Resource
from helmlite.manifest.order import by_kind
from helmlite.manifest.ownership import stamp
from helmlite.manifest.parse import parse, parse_stored, split
from helmlite.manifest.resolve import resolve


def build_manifest(
    texts: Mapping[str, str],
    *,
    notes: str,
    crds: Sequence[Resource],
    capabilities: Capabilities,
    release: ReleaseId,
    strict_kinds: bool = True,
) -> Manifest:
    """Return the manifest of rendered texts: resources ready to send, in install order, hooks kept apart.

    ``text`` is what the record stores, as Helm writes it. Raises ManifestError naming the template.
    """
    parsed, hooks = split_hooks(parse(texts))
    ordered = by_kind((str(each.body["kind"]), each) for each in parsed)
    resources, warnings = resolve(ordered, capabilities, release.namespace, strict=strict_kinds)
    return Manifest(
        resources=[stamp(each, release) for each in resources],
        hooks=hooks,
        crds=crds,
        notes=notes,
        text="".join(section(each.path, each.text) for each in ordered),
        warnings=warnings,
    )


def section(path: str, text: str) -> str:
    """Return one document as manifests hold it, under its source's path."""
    return f"---\n# Source: {path}\n{text.rstrip(chr(10))}\n"


def read_crds(files: Iterable[tuple[str, bytes]], *, strict: bool = True) -> list[Resource]:
    """Return the CustomResourceDefinitions of ``(chart path, data)`` files in their order; raises ManifestError."""
    found: list[Resource] = []
    seen: dict[ResourceId, str] = {}
    for path, data in files:
        try:
            parts = split(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise ManifestError(f"{path}: no UTF-8 text") from None
        for number, (text, line) in enumerate(parts, 1):
            source = f"{path}, document {number}"
            try:
                body = documents.read(text, duplicates="error" if strict else "last").data
            except documents.DocumentError as error:
                at = f":{line + error.line - 1}" if error.line else ""
                raise ManifestError(f"{path}{at}: no valid YAML: {error.message}") from None
            if body is None:
                continue
            name = (body.get("metadata") or {}).get("name") if isinstance(body, dict) else None
            if (
                not isinstance(body, dict)
                or body.get("kind") != "CustomResourceDefinition"
                or not isinstance(name, str)
            ):
                raise ManifestError(f"{source}: crds/ holds CustomResourceDefinitions only, each with a name")
            gvk = GroupVersionKind.of(body)
            id = ResourceId(group=gvk.group, kind=gvk.kind, namespace=None, name=name)
            if id not in seen:
                seen[id] = source
                found.append(Resource(id=id, gvk=gvk, body=body, text=text, path=path, source=source))
    return found


def stored_manifest(
    text: str, hooks: Sequence[Hook], notes: str, release: ReleaseId, capabilities: Capabilities
) -> Manifest:
    """Return the manifest of a stored revision; kinds that the cluster no longer serves are warnings."""
    parsed: list[Document] = parse_stored(text)
    resources, warnings = resolve(parsed, capabilities, release.namespace, strict=False)
    return Manifest(
        resources=[stamp(each, release) for each in resources],
        hooks=hooks,
        crds=(),
        notes=notes,
        text=text,
        warnings=warnings,
    )
