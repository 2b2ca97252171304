"""Rendered text into documents. Of a Secret's text nothing is quoted in an error but its keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from helmlite import documents
from helmlite.errors import ManifestError, ManifestFault
from helmlite.manifest.literals import holds_secret, without_literals
from helmlite.manifest.manifest import Document

AROUND = 2
"""Lines shown before and after a faulty one."""

_SEPARATOR = re.compile(r"^---[ \t]*", re.MULTILINE)
_SOURCE = re.compile(r"^# Source: (\S.*)$", re.MULTILINE)


def split(text: str) -> list[tuple[str, int]]:
    """Return each document of a stream with the line (from 1) that it starts at; blank ones are left out."""
    return [(part, text.count("\n", 0, start) + 1) for part, start in pieces(text)]


def pieces(text: str) -> list[tuple[str, int]]:
    """Return each document of a stream with the offset that it starts at; blank ones are left out."""
    found = []
    starts = [0, *(match.end() for match in _SEPARATOR.finditer(text))]
    ends = [*(match.start() for match in _SEPARATOR.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        blank = len(part) - len(part.lstrip())
        # A first line's indent is part of its YAML: only whole blank lines go.
        cut = part[: part[:blank].rfind("\n") + 1]
        if part.strip():
            found.append((part[len(cut) :], start + len(cut)))
    return found


def parse(texts: Mapping[str, str], *, strict: bool = True) -> list[Document]:
    """Return the documents of every template's output, in path order; raises ManifestError naming template and line.

    ``strict`` makes duplicate keys an error, as in what an author writes; records and archives take the last one.
    Documents of comments only are dropped, lists (``kind: List``) taken apart. A text is read with the line end that
    ``compose.section`` puts after it: the record says what is sent.
    """
    found: list[Document] = []
    for path in sorted(texts):
        for number, (text, line) in enumerate(split(texts[path]), 1):
            source = f"{path}, document {number}"
            try:
                body = documents.read(f"{text}\n", duplicates="error" if strict else "last").data
            except documents.DocumentError as error:
                within = min(error.line or 0, text.count("\n") + 1)
                fault = ManifestFault(
                    source=source,
                    reason=f"no valid YAML: {error.message}",
                    index=error.index,
                    line=line + within - 1 if within else None,
                    excerpt=excerpt(text, within, line - 1, is_secret=holds_secret(texts[path])),
                )
                raise ManifestError(faults=[fault]) from None
            if body is None:
                continue
            found += objects(body, text, path, source)
    return found


def excerpt(text: str, faulty: int, before: int, *, is_secret: bool) -> str:
    """Return the lines around a faulty one, for a message; where there is a Secret, without what is in them.

    ``faulty`` counts from 1, 0 is none; ``before`` is how many lines come before the text.
    """
    lines = text.split("\n")
    if not faulty:
        return ""
    if not lines[-1] and faulty < len(lines):
        lines.pop()
    first, last = max(faulty - AROUND, 1), min(faulty + AROUND, len(lines))
    shown = lines[first - 1 : last]
    if is_secret:
        shown = without_literals("\n".join(shown), is_template=False)
    width = len(str(before + last))
    made = []
    for number, each in enumerate(shown, first):
        mark = ">" if number == faulty else " "
        made.append(f"\n  {mark} {before + number:>{width}} | {each[:200]}".rstrip())
    return "".join(made)


def objects(body: Any, text: str, path: str, source: str) -> list[Document]:
    """Return the object that ``body`` is, or those of a List; raises ManifestError for what is none.

    Of ``metadata``, whatever the rest of the house reads has its type afterwards.
    """
    if not isinstance(body, dict):
        raise ManifestError.of(source, f"a Kubernetes object is a mapping, this is a {type_name(body)}")
    for field in ("apiVersion", "kind"):
        given = body.get(field)
        if given is not None and not isinstance(given, str):
            raise ManifestError.of(source, f"{field} is a {type_name(given)}, not text", field)
        if not given:
            raise ManifestError.of(source, f"it has no {field}, so it is no Kubernetes object", field)
    if body["kind"] == "List" and body["apiVersion"] == "v1":
        made = []
        for item, item_text, where in _items(body, source):
            made += objects(item, item_text, path, where)
        return made
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        raise ManifestError.of(source, f"{body['kind']} has no metadata", "metadata")
    for field in ("labels", "annotations"):
        _check_texts(metadata.get(field), field, source)
    if metadata.get("name") is None and metadata.get("generateName") is None:
        raise ManifestError.of(source, f"{body['kind']} has no metadata.name", "metadata", "name")
    for field in ("name", "generateName", "namespace"):
        given = metadata.get(field)
        if given is not None and not isinstance(given, str):
            raise ManifestError.of(
                source,
                f"metadata.{field} is a {type_name(given)}, not text",
                "metadata",
                field,
                hint=None if isinstance(given, list | dict) else "put it into quotes",
            )
        if given == "" and field != "namespace":
            raise ManifestError.of(source, f"metadata.{field} is blank", "metadata", field)
    return [Document(body=body, text=text, path=path, source=source)]


def _items(body: Mapping[str, Any], source: str) -> list[tuple[Any, str, str]]:
    """Return each item of a List with its text and source; raises ManifestError."""
    items = body.get("items") or []
    if not isinstance(items, list):
        raise ManifestError.of(source, f"items of a List is a {type_name(items)}, not a list", "items")
    return [
        (item, documents.write(item) if isinstance(item, dict) else "", f"{source}, item {number}")
        for number, item in enumerate(items, 1)
    ]


def _check_texts(given: Any, field: str, source: str) -> None:
    if given is not None and not isinstance(given, dict):
        raise ManifestError.of(source, f"metadata.{field} is a {type_name(given)}, not a mapping", "metadata", field)
    for key, value in (given or {}).items():
        if value is not None and not isinstance(value, str):
            raise ManifestError.of(
                source,
                f"metadata.{field}[{key!r}] is a {type_name(value)}; labels and annotations are text",
                *("metadata", field, key),
                hint=None if isinstance(value, list | dict) else "put the value into quotes",
            )


def type_name(value: object) -> str:
    """Return what YAML's users call the type of a value."""
    names = {dict: "mapping", list: "list", str: "text", int: "number", float: "number", bool: "boolean"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def parse_stored(text: str) -> tuple[list[Document], list[str]]:
    """Return the documents of a record's manifest, and warnings; ``# Source:`` comments say which template each is of.

    What Helm stored and no server ever took (labels that are numbers, objects without a kind) is passed over with a
    warning: such a record must not stand in the way of those after it.
    """
    found: list[Document] = []
    warnings: list[str] = []
    counts: dict[str, int] = {}
    for part, _ in split(text):
        named = _SOURCE.search(part)
        path = named[1].strip() if named else "stored manifest"
        counts[path] = counts.get(path, 0) + 1
        source = f"{path}, document {counts[path]}"
        try:
            body = documents.read(part, duplicates="last").data
        except documents.DocumentError as error:
            raise ManifestError(f"stored manifest: {source}: no valid YAML: {error.message}") from None
        if body is not None:
            bare = part[: named.start()] + part[named.end() + 1 :] if named else part
            try:
                found += objects(_mended(body), bare, path, source)
            except ManifestError as error:
                warnings.append(error.message)
    return found, warnings


def _mended(body: Any) -> Any:
    """Return a stored body without labels and annotations that are no text, so that the object is still known."""
    metadata = body.get("metadata") if isinstance(body, dict) else None
    if not isinstance(metadata, dict):
        return body
    made = dict(metadata)
    for field in ("labels", "annotations"):
        given = made.get(field)
        if isinstance(given, dict):
            made[field] = {key: value for key, value in given.items() if value is None or isinstance(value, str)}
        elif given is not None:
            del made[field]
    return {**body, "metadata": made}


def sections_of(text: str) -> list[tuple[str, str]]:
    """Return template path and text of each document of a manifest, in its order."""
    found = []
    for part, _ in split(text):
        named = _SOURCE.search(part)
        found.append((named[1].strip(), part[: named.start()] + part[named.end() + 1 :]) if named else ("", part))
    return found
