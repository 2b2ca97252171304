"""Keeping secrets out of what people and programs read: objects without their data, messages without their values."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

HIDDEN = "(hidden)"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SPEAKING = re.compile(r"passw|passphrase|pwd|pass$|secret|token|credential|key", re.IGNORECASE | re.ASCII)
_SHORTEST = 6
"""Characters below which a value is not searched for in messages: words like ``web`` would vanish from all of them."""


def redact(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a live object as it may be shown: a Secret's values hidden, its keys kept."""
    shown = dict(body)
    if body.get("kind") != "Secret" or body.get("apiVersion") != "v1":
        return shown
    for field in ("data", "stringData"):
        if body.get(field) is not None:
            shown[field] = dict.fromkeys(body[field], HIDDEN) if isinstance(body[field], Mapping) else HIDDEN
    metadata = body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    if isinstance(metadata, Mapping) and isinstance(annotations, Mapping) and LAST_APPLIED in annotations:
        shown["metadata"] = {**metadata, "annotations": {**annotations, LAST_APPLIED: HIDDEN}}
    return shown


class Scrubber:
    """Takes secrets out of text. It holds them, so it is never shown itself."""

    __slots__ = ("_pattern",)

    def __init__(self, secrets: Iterable[str], *, names: Iterable[str] = ()) -> None:
        spared = frozenset(names)
        found: set[str] = set()
        for each in secrets:
            for part in {each, each.strip(), *(line.strip() for line in each.splitlines())}:
                if len(part) >= _SHORTEST and part not in spared:
                    found.update(_forms(part))
        longest_first = sorted(found, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def scrub(self, text: str) -> str:
        """Return ``text`` with every secret in it, plain, escaped or in base64, replaced."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def __repr__(self) -> str:
        return "Scrubber()"


def _forms(secret: str) -> Iterator[str]:
    """Yield the texts by which a secret may stand in others: escaped as in JSON and URLs, inside of base64."""
    yield secret
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="")
    data = secret.encode("utf-8", "replace")
    yield base64.b64encode(data).decode("ascii")
    yield base64.urlsafe_b64encode(data).decode("ascii")
    for before in range(3):
        # Of base64 of a longer text, the characters that depend on nothing but the secret.
        first, end = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        padded = bytes(before) + data
        for piece in (base64.b64encode(padded), base64.urlsafe_b64encode(padded)):
            yield piece[first:end].decode("ascii")


def scrubber(bodies: Iterable[Mapping[str, Any]], values: Mapping[str, Any] | None = None) -> Scrubber:
    """Return what hides the data of the Secrets among ``bodies``, and values whose names speak of secrets.

    Names of the objects stay readable, even where a value like ``existingSecret`` holds one.
    """
    secrets: set[str] = set()
    names: set[str] = set()
    for body in bodies:
        names.add(str((body.get("metadata") or {}).get("name", "")))
        if body.get("kind") == "Secret" and body.get("apiVersion") == "v1":
            secrets.update(_secret_texts(body))
    secrets.update(_spoken(values or {}, speaking=False))
    return Scrubber(secrets, names=names)


def _secret_texts(body: Mapping[str, Any]) -> Iterator[str]:
    for field in ("data", "stringData"):
        entries = body.get(field)
        for text in entries.values() if isinstance(entries, Mapping) else ():
            if not isinstance(text, str):
                continue
            yield text
            if field == "data":
                try:
                    yield base64.b64decode(text, validate=True).decode("utf-8")
                except ValueError:
                    continue


def _spoken(value: Any, *, speaking: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _spoken(each, speaking=speaking or bool(_SPEAKING.search(str(key))))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _spoken(each, speaking=speaking)
    elif speaking and value is not None and not isinstance(value, bool):
        yield str(value)
