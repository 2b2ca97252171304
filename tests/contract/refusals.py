"""The table of what an API server says of objects (``refusals.yaml``), for the facts and for the unit tests."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helmlite import documents

REASONS = {
    "Required value": "FieldValueRequired",
    "Invalid value": "FieldValueInvalid",
    "Unsupported value": "FieldValueNotSupported",
    "Forbidden": "FieldValueForbidden",
    "Duplicate value": "FieldValueDuplicate",
    "Too long": "FieldValueTooLong",
    "Not found": "FieldValueNotFound",
}
"""The reason of a cause by the beginning of its message."""

_TABLE: Any = documents.read(Path(__file__).with_name("refusals.yaml").read_bytes()).data
CASES: Sequence[Mapping[str, Any]] = _TABLE["cases"]


def object_of(case: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the object of a case as it is created."""
    made: dict[str, Any] = copy.deepcopy(_TABLE["bases"][case["of"]])
    made["metadata"] = {"name": name}
    return changed(made, case.get("with", {}))


def changed(made: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object with values put at paths (``spec.ports[0].port``)."""
    for path, value in values.items():
        parts = [int(each) if each.isdecimal() else each for each in re.findall(r"[^.\[\]]+", path)]
        place: Any = made
        for part in parts[:-1]:
            place = place[part] if isinstance(part, int) else place.setdefault(part, {})
        place[parts[-1]] = _grown(value)
    return made


def _grown(value: Any) -> Any:
    if isinstance(value, dict):
        return {_grown(key): _grown(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_grown(each) for each in value]
    match = re.fullmatch(r"(\w)\*(\d+)", value) if isinstance(value, str) else None
    return match[1] * int(match[2]) if match else copy.deepcopy(value)


def check_causes(case: Mapping[str, Any], said: Sequence[Mapping[str, str]]) -> None:
    """Raise AssertionError when what is said of an object are not the causes of its case, in any order."""
    wanted = sorted(case["causes"])
    found = sorted(f"{each.get('field', '')}: {each['message']}" for each in said)
    alike = len(wanted) == len(found) and all(map(_is_like, wanted, found))
    assert alike, {"wanted": wanted, "found": found}
    for each in said:
        assert REASONS[re.split(r":|\n", each["message"])[0]] == each["reason"]


def _is_like(wanted: str, found: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, wanted.split("..."))), found, re.DOTALL) is not None
