"""Hooks among documents: what the annotations ``helm.sh/hook...`` say."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from helmlite.errors import ManifestError
from helmlite.manifest.manifest import Document, Hook
from helmlite.manifest.order import by_kind

HOOK = "helm.sh/hook"
WEIGHT = "helm.sh/hook-weight"
DELETE_POLICY = "helm.sh/hook-delete-policy"
LOG_POLICY = "helm.sh/hook-output-log-policy"
TEST_EVENT = "test"
EVENTS: tuple[str, ...] = ("pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade")
EVENTS += ("pre-rollback", "post-rollback", TEST_EVENT)
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")


def split_hooks(documents: Iterable[Document]) -> tuple[list[Document], list[Hook]]:
    """Return the documents that belong to the release, and the hooks in install order; raises ManifestError.

    An event that does not exist is an error (Helm drops such an object without a word).
    """
    resources: list[Document] = []
    hooks: list[Hook] = []
    for each in documents:
        annotations = each.body["metadata"].get("annotations") or {}
        if HOOK not in annotations:
            resources.append(each)
        else:
            hooks.append(_hook(each, annotations))
    return resources, by_kind((hook.kind, hook) for hook in hooks)


def _hook(document: Document, annotations: dict[str, str]) -> Hook:
    events = []
    for word in _words(annotations[HOOK]):
        event = TEST_EVENT if word == "test-success" else word
        if event not in EVENTS:
            near = difflib.get_close_matches(event, EVENTS, 1)
            raise ManifestError.of(
                document.source,
                f"there is no hook event {event!r}",
                *("metadata", "annotations", HOOK),
                hint=f"did you mean {near[0]}?" if near else f"the events are {', '.join(EVENTS)}",
            )
        events.append(event)
    if not events:
        raise ManifestError.of(
            document.source, f"the annotation {HOOK} names no event", "metadata", "annotations", HOOK
        )
    return Hook(
        name=str(document.body["metadata"].get("name") or document.body["metadata"].get("generateName")),
        kind=str(document.body["kind"]),
        path=document.path,
        text=document.text,
        events=tuple(dict.fromkeys(events)),
        weight=_weight(annotations.get(WEIGHT)),
        delete_policies=tuple(_words(annotations.get(DELETE_POLICY))),
        log_policies=tuple(_words(annotations.get(LOG_POLICY))),
    )


def _words(text: str | None) -> list[str]:
    return [word for each in (text or "").split(",") if (word := each.strip().lower())]


def _weight(text: str | None) -> int:
    """Return a weight as Go reads integers (64 bits, no blanks, no underscores); what is none is 0, as in Helm."""
    number = int(text) if text and _INTEGER.fullmatch(text) else 0
    return number if -(2**63) <= number < 2**63 else 0
