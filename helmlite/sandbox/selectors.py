"""Label and field selectors: from a query's text to a question about an object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helmlite.sandbox.kinds import Kind
from helmlite.sandbox.objects import Obj, labels_of
from helmlite.sandbox.status import bad_request

Question = Callable[[Obj], bool]

_KEY = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_SET = re.compile(r"\s*(\S+)\s+(in|notin)\s*\(([^()]*)\)\s*")
_EQUALS = re.compile(r"\s*([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)\s*")
_PART = re.compile(r"((?:[^,()]|\([^()]*\))*)(?:,|$)")

FIELDS: Mapping[str, Sequence[str]] = {
    "pods": [
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork"),
        *("status.phase", "status.podIP", "status.nominatedNodeName"),
    ],
    "events": [
        *(f"involvedObject.{each}" for each in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion")),
        *("involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"),
    ],
    "secrets": ["type"],
    "namespaces": ["status.phase"],
    "nodes": ["spec.unschedulable"],
    "replicasets.apps": ["status.replicas"],
    "replicationcontrollers": ["status.replicas"],
    "jobs.batch": ["status.successful"],
    "certificatesigningrequests.certificates.k8s.io": ["spec.signerName"],
}
"""The fields that a resource can be selected by, beside its name and namespace."""


def label_selector(text: str) -> Question:
    """Return the question that ``text`` asks (``app=web,tier in (a, b),!old``); raises StatusError 400."""
    questions: list[Callable[[Mapping[str, str]], bool]] = []
    for part in _parts(text):
        questions.append(_requirement(part))
    return lambda obj: all(each(labels_of(obj)) for each in questions)


def _parts(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None or match.end() == place:
            raise bad_request(f"unable to parse requirement: found '{text[place : place + 40]}'")
        found.append(match[1])
        place = match.end()
    if len(found) > 1 and not all(each.strip() for each in found):
        raise bad_request("found ',', expected: identifier")
    return [each for each in found if each.strip()]


def _requirement(part: str) -> Callable[[Mapping[str, str]], bool]:
    if match := _SET.fullmatch(part):
        key, values = _key(match[1]), {_value(each.strip()) for each in match[3].split(",")}
        if match[2] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if match := _EQUALS.fullmatch(part):
        key, value = _key(match[1]), _value(match[3])
        if match[2] == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    bare = part.strip()
    if bare.startswith("!"):
        absent = _key(bare[1:].strip())
        return lambda labels: absent not in labels
    present = _key(bare)
    return lambda labels: present in labels


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise bad_request(f"unable to parse requirement: <nil>: Invalid value: {_quoted(text)}: not a label's key")
    return text


def _value(text: str) -> str:
    if not _VALUE.fullmatch(text):
        raise bad_request(f"unable to parse requirement: values[0][...]: Invalid value: {_quoted(text)}: not a label's")
    return text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def of_selector(selector: Mapping[str, Any] | None) -> Question:
    """Return the question of an object's own selector (``matchLabels``, ``matchExpressions``); none matches nothing."""
    exact = dict((selector or {}).get("matchLabels") or {})
    rules = list((selector or {}).get("matchExpressions") or ())

    def matches(obj: Obj) -> bool:
        labels = labels_of(obj)
        return selector is not None and exact.items() <= labels.items() and all(_holds(rule, labels) for rule in rules)

    return matches


def _holds(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = rule.get("key", ""), rule.get("values") or ()
    answers = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return answers.get(rule.get("operator", ""), False)


def field_selector(kind: Kind, text: str) -> Question:
    """Return the question that ``text`` asks (``metadata.name=web,status.phase!=Failed``); raises StatusError 400."""
    extra = [each["jsonPath"].lstrip(".") for each in (kind.custom or {}).get("selectableFields") or ()]
    everywhere = {"metadata.name", "metadata.namespace"} if kind.namespaced else {"metadata.name"}
    known = everywhere.union(FIELDS.get(kind.resource, extra))
    questions: list[tuple[str, str, bool]] = []
    for part in filter(None, text.split(",")):
        match = re.fullmatch(r"\s*([^=!\s]+)\s*(==|=|!=)(.*)", part)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        path, value = match[1], match[3]
        if path not in known:
            only = ", ".join(f'"{each}"' for each in sorted(everywhere))
            plain = kind.resource not in FIELDS
            said = (
                f'"{path}" is not a known field selector: only {only}'
                if plain
                else f"field label not supported: {path}"
            )
            raise bad_request(said)
        questions.append((path, value, match[2] != "!="))
    return lambda obj: all((_field(obj, path) == value) is wanted for path, value, wanted in questions)


def _field(obj: Obj, path: str) -> str:
    if path == "source":
        path = "source.component"
    value: Any = obj
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if path in ("status.replicas", "status.successful") and value is None:
        return "0"
    if path in ("spec.unschedulable", "spec.hostNetwork") and value is None:
        return "false"
    return str(value).lower() if isinstance(value, bool) else str(value if value is not None else "")
