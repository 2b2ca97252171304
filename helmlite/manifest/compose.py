"""All that one rendering gives, as a manifest; and the manifest of a stored revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from helmlite import documents
from helmlite.errors import ManifestError
from helmlite.manifest.capabilities import Capabilities
from helmlite.manifest.hooks import split_hooks
from helmlite.manifest.identity import GroupVersionKind, ReleaseId, ResourceId
from helmlite.manifest.manifest import Hook, Manifest, Resource
from helmlite.manifest.order import by_kind
from helmlite.manifest.ownership import stamp
from helmlite.manifest.parse import objects, parse, parse_stored, split
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

    ``text`` is what the record stores, byte for byte as Helm writes it, but that documents of comments only are left
    out and lists taken apart. Raises ManifestError naming the template.
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
    """Return one document as Helm's manifests hold it: under its source's path, one line end more than it has."""
    return f"---\n# Source: {path}\n{text}\n"


def read_crds(files: Iterable[tuple[str, bytes]], *, strict: bool = True) -> list[Resource]:
    """Return the CustomResourceDefinitions of ``(chart path, data)`` files in their order, the first of a name.

    Raises ManifestError for whatever else they hold.
    """
    found: list[Resource] = []
    seen: set[ResourceId] = set()
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
            for each in objects(body, text, path, source):
                gvk = GroupVersionKind.of(each.body)
                name = each.body["metadata"].get("name")
                if (gvk.group, gvk.kind) != ("apiextensions.k8s.io", "CustomResourceDefinition") or name is None:
                    raise ManifestError.of(
                        each.source, "crds/ holds CustomResourceDefinitions only, each with a name", "kind"
                    )
                id = ResourceId(group=gvk.group, kind=gvk.kind, namespace=None, name=name)
                if id not in seen:
                    seen.add(id)
                    found.append(
                        Resource(id=id, gvk=gvk, body=each.body, text=each.text, path=path, source=each.source)
                    )
    return found


def stored_manifest(
    text: str, hooks: Sequence[Hook], notes: str, release: ReleaseId, capabilities: Capabilities
) -> Manifest:
    """Return the manifest of a stored revision; what Helm let through and we would not is a warning.

    Kinds that the cluster no longer serves, objects without a name, the same object twice (the last one counts).
    """
    parsed, odd = parse_stored(text)
    resources, warnings = resolve(parsed, capabilities, release.namespace, strict=False, stored=True)
    return Manifest(
        resources=[stamp(each, release) for each in resources],
        hooks=hooks,
        crds=(),
        notes=notes,
        text=text,
        warnings=[*odd, *warnings],
    )
