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
_SPEAKING = re.compile(
    r"passw|passphrase|pwd|pass$|^pw$|[_-]pw$|secret|token|credential|key|^dsn$|[_-]dsn$", re.IGNORECASE | re.ASCII
)
_SHORTEST = 4
"""Characters below which a value is not searched for in messages: words like ``web`` would vanish from all of them."""

_SHORT = 6
"""Characters below which only whole words are taken for a value, or for its base64."""

_WORDS = frozenset({"true", "false", "null", "none"})

_MOST = 20_000
"""Parts of secrets that are looked for; with ten forms each, a message takes a fifth of a second."""

WITHHELD = "(withheld: the release has more secrets than can be looked for in what there is to say)"


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
    """Takes secrets out of text. It holds them, so it is never shown itself.

    Of values of several lines each line is a secret too. Nothing is prepared before there is something to scrub.
    """

    __slots__ = ("_names", "_parts", "_secrets")

    def __init__(self, secrets: Iterable[str], *, names: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        self._names = frozenset(names)
        self._parts: list[str] | None = None

    def scrub(self, text: str) -> str:
        """Return ``text`` with every secret in it, plain, escaped or in base64, replaced.

        Where there are more secrets than can be looked for, nothing of the text is told.
        """
        if self._parts is None:
            self._parts = self._split()
        if len(self._parts) > _MOST:
            return WITHHELD
        for part in self._parts:
            if len(part) > len(text):
                continue
            if len(part) < _SHORT:
                text = _without_word(part, _without_word(base64.b64encode(part.encode()).decode("ascii"), text))
                continue
            for form in _forms(part):
                if form in text:
                    text = text.replace(form, HIDDEN)
        return text

    def _split(self) -> list[str]:
        """Return the parts to look for, the longest first; one more than may be, where there are too many."""
        found: set[str] = set()
        for each in self._secrets:
            for part in (each, each.strip(), *(line.strip() for line in each.splitlines())):
                if part not in self._names and _is_searched(part):
                    found.add(part)
                if len(found) > _MOST:
                    return list(found)
        return sorted(found, key=len, reverse=True)

    def __repr__(self) -> str:
        return "Scrubber()"


def _is_searched(part: str) -> bool:
    """Return whether a value is one to look for: neither too short, nor a short number or a word of YAML."""
    if len(part) >= _SHORT:
        return True
    return len(part) >= _SHORTEST and part.strip().isalnum() and not part.isdigit() and part.lower() not in _WORDS


def _without_word(word: str, text: str) -> str:
    """Return text without a word that stands there by itself, not as a part of another."""
    if word not in text:
        return text
    return re.sub(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", HIDDEN, text)


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


def scrubber(
    bodies: Iterable[Mapping[str, Any]], values: Mapping[str, Any] | None = None, *, words: Iterable[str] = ()
) -> Scrubber:
    """Return what hides the data of the Secrets among ``bodies``, and values whose names speak of secrets.

    What everybody sees anyway stays readable, even where a value is the same: names of the objects (``existingSecret``
    holds one), the keys of the values, and ``words``.
    """
    secrets: set[str] = set()
    names: set[str] = {*words, *_keys(values or {})}
    for body in bodies:
        names.add(str((body.get("metadata") or {}).get("name", "")))
        if body.get("kind") == "Secret" and body.get("apiVersion") == "v1":
            secrets.update(_secret_texts(body))
    secrets.update(_spoken(values or {}, speaking=False))
    return Scrubber(secrets, names=names)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _keys(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _keys(each)


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
        named = value.get("name")
        if isinstance(named, str) and _SPEAKING.search(named):
            # an environment variable, as containers list them
            yield from _spoken(value.get("value"), speaking=True)
        for key, each in value.items():
            yield from _spoken(each, speaking=speaking or bool(_SPEAKING.search(str(key))))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _spoken(each, speaking=speaking)
    elif speaking and value is not None and not isinstance(value, bool):
        yield str(value)
