"""How a wanted object stands to the live one: plainly the same, plainly different, or for the server to say.

Wanted fields, live values and our managed fields are walked together. What the server may have rewritten, and what we
own without wanting it any more, is *unsure*: a server-side dry run settles it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from helmlite.manifest.manifest import Resource
from helmlite.plan.fields import FieldSet, owned_fields, take_over_patch
from helmlite.plan.observation import Verdict
from helmlite.plan.quantities import quantity

_METADATA = ("labels", "annotations", "finalizers", "ownerReferences")
_ORDER = (Verdict.SAME, Verdict.UNSURE, Verdict.DIFFERS)


def compare(resource: Resource, live: Mapping[str, Any] | None) -> Verdict:
    """Return the verdict on a wanted object, given the live one (None: there is none)."""
    if live is None:
        return Verdict.NEW
    if is_terminating(live):
        return Verdict.TERMINATING
    owned = owned_fields(live)
    if owned is None:
        return Verdict.UNSURE
    if take_over_patch(live) is not None:
        return Verdict.DIFFERS
    body = resource.body
    wanted = {key: value for key, value in body.items() if key not in ("apiVersion", "kind", "metadata", "status")}
    verdict = _mapping(wanted, live, {key: each for key, each in owned.items() if key != "f:metadata"})
    metadata = {key: body["metadata"][key] for key in _METADATA if body["metadata"].get(key)}
    return _worst(verdict, _mapping(metadata, live.get("metadata") or {}, owned.get("f:metadata") or {}))


def settle(live: Mapping[str, Any], tried: Mapping[str, Any]) -> Verdict:
    """Return the verdict after a dry run: the same when the server would change neither the object nor our fields."""
    same = shown(live) == shown(tried) and owned_fields(live) == owned_fields(tried)
    return Verdict.SAME if same else Verdict.DIFFERS


def shown(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a live body without what the server adds and keeps for itself."""
    hidden = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
    metadata = {key: value for key, value in (body.get("metadata") or {}).items() if key not in hidden}
    return {**{key: value for key, value in body.items() if key != "status"}, "metadata": metadata}


def is_terminating(live: Mapping[str, Any]) -> bool:
    """Return whether an object is being deleted."""
    return bool((live.get("metadata") or {}).get("deletionTimestamp"))


def _worst(*verdicts: Verdict) -> Verdict:
    return max(verdicts, key=_ORDER.index, default=Verdict.SAME)


def _value(wanted: Any, live: Any, owned: FieldSet) -> Verdict:
    if isinstance(wanted, Mapping):
        if not isinstance(live, Mapping):
            return Verdict.UNSURE
        return _mapping(wanted, live, owned) if owned else _atomic(wanted, live)
    if isinstance(wanted, list):
        if not isinstance(live, list):
            return Verdict.UNSURE
        return _list(wanted, live, owned) if owned else _atomic(wanted, live)
    return _scalar(wanted, live)


def _mapping(wanted: Mapping[str, Any], live: Mapping[str, Any], owned: FieldSet) -> Verdict:
    verdict = Verdict.SAME
    for key, value in wanted.items():
        below = owned.get(f"f:{key}")
        if below is None or key not in live:
            verdict = _worst(verdict, Verdict.UNSURE)
        else:
            verdict = _worst(verdict, _value(value, live[key], below))
        if verdict is Verdict.DIFFERS:
            return verdict
    if any(key.startswith("f:") and key[2:] not in wanted for key in owned):
        return Verdict.UNSURE
    return verdict


def _list(wanted: Sequence[Any], live: Sequence[Any], owned: FieldSet) -> Verdict:
    """Compare a list whose items the server knows by their keys, or by their values."""
    by_key = {key: json.loads(key[2:]) for key in owned if key.startswith("k:")}
    by_value = [json.loads(key[2:]) for key in owned if key.startswith("v:")]
    if by_value:
        agree = _as_set(by_value) == _as_set(wanted) and _as_set(wanted) <= _as_set(live)
        return Verdict.SAME if agree and not by_key else Verdict.UNSURE
    verdict = Verdict.SAME
    matched = set()
    places: list[int] = []
    for item in wanted:
        entry = next((each for each, keys in by_key.items() if each not in matched and _bears(item, keys, True)), None)
        if entry is None:
            return Verdict.UNSURE
        place = next((at for at, each in enumerate(live) if _bears(each, by_key[entry], False)), None)
        if place is None:
            return Verdict.UNSURE
        matched.add(entry)
        places.append(place)
        verdict = _worst(verdict, _value(item, live[place], owned[entry]))
        if verdict is Verdict.DIFFERS:
            return verdict
    # an order other than the live one is a change, though others' items may stand between ours
    return verdict if len(matched) == len(by_key) and places == sorted(places) else Verdict.UNSURE


def _bears(item: Any, keys: Any, may_lack: bool) -> bool:
    """Return whether an item bears these keys; a wanted one ``may_lack`` those that the server fills in."""
    if not isinstance(item, Mapping) or not isinstance(keys, Mapping):
        return False
    present = [key for key in keys if key in item]
    return bool(present) and (may_lack or len(present) == len(keys)) and all(item[key] == keys[key] for key in present)


def _as_set(values: Sequence[Any]) -> set[str]:
    return {json.dumps(each, sort_keys=True) for each in values}


def _atomic(wanted: Any, live: Any) -> Verdict:
    """Compare what is owned as a whole: defaults within it make the live value the larger one."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        verdicts = [_atomic(value, live[key]) if key in live else Verdict.UNSURE for key, value in wanted.items()]
        return _worst(*verdicts, Verdict.SAME if set(live) <= set(wanted) else Verdict.UNSURE)
    if isinstance(wanted, list) and isinstance(live, list):
        if len(wanted) != len(live):
            return Verdict.DIFFERS
        return _worst(Verdict.SAME, *(_atomic(*pair) for pair in zip(wanted, live, strict=True)))
    return _scalar(wanted, live)


def _scalar(wanted: Any, live: Any) -> Verdict:
    if wanted == live and isinstance(wanted, bool) == isinstance(live, bool):
        return Verdict.SAME
    one, other = quantity(wanted), quantity(live)
    if one is not None and one == other:
        # "1000m" and "1" are one quantity, but "1.0" and "1" may be two image tags.
        return Verdict.UNSURE
    return Verdict.DIFFERS if type(wanted) is type(live) and wanted else Verdict.UNSURE
