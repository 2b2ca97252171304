"""Schemas' faults name the marked lines and flags that set what is at fault, and what those overrode."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from helmlite.errors import ValuesError
from helmlite.values.schema import check_schemas
from tests.values.rows import Row, marked, parent, subchart
from tests.values.tables_of_dependencies import TWO_DB

INTEGER: Mapping[str, Any] = {"type": "integer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Values, the rules of the chart and of its subchart db, and the lines told: path, places newest first, words."""

    told: Sequence[tuple[str, Sequence[str], str]]
    values: str = ""
    mine: str | None = None
    flags: str = ""
    rules: Mapping[str, Any] = field(default_factory=dict)
    db: str = ""
    db_rules: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)

    def row(self) -> Row:
        """Return the row of the charts and what the user gives."""
        files = {
            **subchart("db", self.db),
            "chart/values.schema.json": json.dumps(self.rules),
            "chart/charts/db/values.schema.json": json.dumps(self.db_rules),
            **self.more,
        }
        return Row(expected={}, values=self.values, mine=self.mine, flags=self.flags, files=files)


def below(key: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules of a mapping of which one key has rules."""
    return {"properties": {key: rules}}


NO_TEXT = "must be an integer, not text"
FAULTS = {
    "flag-over-file-over-chart": Fault(
        rules=below("m", below("x", INTEGER)),
        values="m:\n  x: 1  #chart\n",
        mine="m:\n  a: 1\n  x: 2  #mine\n",
        flags="--set m.x=many",
        told=[("m.x", ["--set m.x", "#mine", "#chart"], NO_TEXT)],
    ),
    "item": Fault(
        rules=below("l", {"items": below("x", INTEGER)}),
        mine="l:\n- x: 1\n- x: many  #mine\n",
        told=[("l[1].x", ["#mine"], NO_TEXT)],
    ),
    "missing": Fault(
        rules=below("m", {"required": ["x", "a"]}),
        values="b: 1\nm:  #chart\n  a: 1\n",
        told=[("m", ["#chart"], "must have x")],
    ),
    "missing-in-a-mapping-of-both": Fault(
        rules=below("m", {"required": ["x"]}),
        values="m:  #chart\n  a: 1\n",
        mine="b: 1\nm:  #mine\n  b: 1\n",
        told=[("m", ["#mine", "#chart"], "must have x")],
    ),
    "missing-in-an-item": Fault(
        rules=below("l", {"items": {"required": ["x"]}}),
        mine="l:\n- x: 1\n- a: 1  #mine\n",
        told=[("l[1]", ["#mine"], "must have x")],
    ),
    "missing-at-the-top": Fault(
        rules={"required": ["x"]}, values="# values\na: 1  #chart\n", told=[("the values", ["#chart"], "must have x")]
    ),
    "missing-since-a-null-removed-it": Fault(
        rules=below("m", {"required": ["x", "w"]}),
        values="m:  #chart\n  x: 1  #x\n",
        flags="--set m.x=null",
        told=[("m.x", ["null --set m.x", "#x"], "is required"), ("m", ["#chart"], "must have w")],
    ),
    "missing-since-the-chart-leaves-it-to-the-user": Fault(
        rules={"required": ["x"]}, values="a: 1\nx: null  #chart\n", told=[("x", ["null #chart"], "is required")]
    ),
    "not-allowed": Fault(
        rules=below("m", {"additionalProperties": False, "properties": {"a": {}}}),
        values="m:\n  a: 1\n",
        mine="m:\n  a: 1\n  b: 1  #b\n  c: {d: 1}  #c\n",
        told=[("m.b", ["#b"], "is not allowed (allowed: a)"), ("m.c", ["#c"], "is not allowed (allowed: a)")],
    ),
    "key": Fault(
        rules=below("m", {"propertyNames": {"pattern": "^[a-z]+$"}}),
        mine="m:\n  a: 1\n  B: 1  #mine\n",
        told=[("m.B", ["#mine"], 'the key must match the pattern "^[a-z]+$"')],
    ),
    "subchart": Fault(db="x: many  #db\n", db_rules=below("x", INTEGER), told=[("db.x", ["#db"], NO_TEXT)]),
    "subchart-set-from-above": Fault(
        db="x: 1  #db\n",
        db_rules=below("x", INTEGER),
        values="db:\n  x: many  #chart\n",
        told=[("db.x", ["#chart", "#db"], NO_TEXT)],
    ),
    "subchart-missing": Fault(
        db="m:  #db\n  a: 1\n", db_rules=below("m", {"required": ["x"]}), told=[("db.m", ["#db"], "must have x")]
    ),
    "subchart-not-allowed": Fault(
        db="x: 1\n",
        db_rules={"additionalProperties": False, "properties": {"x": {}, "global": {}}},
        mine="db:\n  x: 1\n  w: 1  #mine\n",
        told=[("db.w", ["#mine"], "is not allowed (allowed: x, global)")],
    ),
    "subchart-global": Fault(
        db="global:\n  x: 1  #db\n",
        db_rules=below("global", below("x", INTEGER)),
        values="global:\n  x: many  #chart\n",
        told=[("db.global.x", ["#chart", "#db"], NO_TEXT)],
    ),
    "subchart-under-an-alias": Fault(
        more=parent(TWO_DB),
        db="x: 1  #db\n",
        db_rules=below("x", INTEGER),
        flags="--set replica.x=many",
        told=[("replica.x", ["--set replica.x", "#db"], NO_TEXT)],
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_places_of_faults(fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fault is one line: path, places from the newest, rule."""
    row = fault.row()
    row.lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    places = marked(tmp_path)
    expected = []
    for path, marks, words in fault.told:
        bare = [each.removeprefix("null ") for each in marks]
        found = [places.get(each, each) for each in bare]
        how = "set to null by" if marks[0] != bare[0] else "set by"
        expected.append(f"  {path} ({how} {', over '.join(found)}): {words}")
    with pytest.raises(ValuesError) as caught:
        check_schemas(row.computed())

    assert expected == caught.value.message.splitlines()[1:]
