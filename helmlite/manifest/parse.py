"""Rendered text into documents. Text is never quoted in an error: it may be a Secret's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from helmlite import documents
from helmlite.errors import ManifestError
from helmlite.manifest.manifest import Document

_SEPARATOR = re.compile(r"^---[ \t]*", re.MULTILINE)
_SOURCE = re.compile(r"^# Source: (\S.*)$", re.MULTILINE)


def split(text: str) -> list[tuple[str, int]]:
    """Return each document of a stream with the line (from 1) that it starts at; blank ones are left out."""
    found = []
    starts = [0, *(match.end() for match in _SEPARATOR.finditer(text))]
    ends = [*(match.start() for match in _SEPARATOR.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        blank = len(part) - len(part.lstrip())
        # A first line's indent is part of its YAML: only whole blank lines go.
        cut = part[: part[:blank].rfind("\n") + 1]
        if part.strip():
            found.append((part[len(cut) :], text.count("\n", 0, start + len(cut)) + 1))
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
                at = f", line {line + within - 1} of what it rendered" if within else ""
                raise ManifestError(
                    f"{source}{at}: no valid YAML: {error.message}",
                    hint=f"`helmlite template --show-only {path.partition('/')[2]}` shows the text",
                ) from None
            if body is None:
                continue
            found += objects(body, text, path, source)
    return found


def objects(body: Any, text: str, path: str, source: str) -> list[Document]:
    """Return the object that ``body`` is, or those of a List; raises ManifestError for what is none.

    Of ``metadata``, whatever the rest of the house reads has its type afterwards.
    """
    if not isinstance(body, dict):
        raise ManifestError(f"{source}: a Kubernetes object is a mapping, this is a {type_name(body)}")
    for field in ("apiVersion", "kind"):
        if not isinstance(body.get(field), str) or not body[field]:
            raise ManifestError(f"{source}: it has no {field}, so it is no Kubernetes object")
    if body["kind"] == "List" and body["apiVersion"] == "v1":
        items = body.get("items") or []
        if not isinstance(items, list):
            raise ManifestError(f"{source}: items of a List is a {type_name(items)}, not a list")
        made = []
        for number, item in enumerate(items, 1):
            where = f"{source}, item {number}"
            item_text = documents.write(item) if isinstance(item, dict) else ""
            made += objects(item, item_text, path, where)
        return made
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        raise ManifestError(f"{source}: {body['kind']} has no metadata")
    for field in ("labels", "annotations"):
        given = metadata.get(field)
        if given is not None and not isinstance(given, dict):
            raise ManifestError(f"{source}: metadata.{field} is a {type_name(given)}, not a mapping")
        for key, value in (given or {}).items():
            if value is not None and not isinstance(value, str):
                raise ManifestError(
                    f"{source}: metadata.{field}[{key!r}] is a {type_name(value)}; labels and annotations are text",
                    hint=None if isinstance(value, list | dict) else "put the value into quotes",
                )
    if metadata.get("name") is None and metadata.get("generateName") is None:
        raise ManifestError(f"{source}: {body['kind']} has no metadata.name")
    for field in ("name", "generateName", "namespace"):
        given = metadata.get(field)
        if given is not None and not isinstance(given, str):
            raise ManifestError(
                f"{source}: metadata.{field} is a {type_name(given)}, not text",
                hint=None if isinstance(given, list | dict) else "put it into quotes",
            )
        if given == "" and field != "namespace":
            raise ManifestError(f"{source}: metadata.{field} is blank")
    return [Document(body=body, text=text, path=path, source=source)]


def type_name(value: object) -> str:
    """Return what YAML's users call the type of a value."""
    names = {dict: "mapping", list: "list", str: "text", int: "number", float: "number", bool: "boolean"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def parse_stored(text: str) -> list[Document]:
    """Return the documents of a record's manifest; ``# Source:`` comments say which template each came from."""
    found: list[Document] = []
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
            found += objects(body, bare, path, source)
    return found


def sections_of(text: str) -> list[tuple[str, str]]:
    """Return template path and text of each document of a manifest, in its order."""
    found = []
    for part, _ in split(text):
        named = _SOURCE.search(part)
        found.append((named[1].strip(), part[: named.start()] + part[named.end() + 1 :]) if named else ("", part))
    return found
