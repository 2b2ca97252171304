"""The tables on assignments: ``--set``, ``--set-string``, ``--set-json``, ``--set-file``, ``--set-literal``."""

from __future__ import annotations

from typing import Any

from tests.values.rows import REFUSED, Row


def given(flag: str, text: str, expected: Any, *, differs: str = "") -> Row:
    """Return the row of one flag."""
    return Row(flags=(flag, text), expected=expected, differs=differs)


def nested(depth: int, value: Any) -> Any:
    """Return mappings of one key each, so deep."""
    for _ in range(depth):
        value = {"a": value}
    return value


_SET: dict[str, Any] = {
    "": {},
    "=1": {},
    "a=": {"a": ""},
    "a": REFUSED,
    "a,b=1": REFUSED,
    "a=1,": {"a": 1},
    "a=1,b": REFUSED,
    "a=1,,b=2": REFUSED,
    "a.=1": REFUSED,
    ".a=1": REFUSED,
    "a..b=1": REFUSED,
    "a=1,b=2": {"a": 1, "b": 2},
    "a.b.c=1,a.b.d=2": {"a": {"b": {"c": 1, "d": 2}}},
    "a=b=c": {"a": "b=c"},
    "a= x ": {"a": " x "},
    " a=1": {" a": 1},
    r"a\.b=c": {"a.b": "c"},
    r"a\,b=c": {"a,b": "c"},
    r"a\=b=c": {"a=b": "c"},
    r"a\[0\]=c": {"a[0]": "c"},
    r"a=b\,c": {"a": "b,c"},
    r"a=\{x": {"a": "{x"},
    r"a=\{x\}": {"a": "{x}"},
    r"a=b\\c": {"a": r"b\c"},
    r"a=\n": {"a": "n"},
    "a=b\\": {"a": "b"},
    "a={b,c,d}": {"a": ["b", "c", "d"]},
    "a={1,true,null,x}": {"a": [1, True, None, "x"]},
    "a={}": {"a": [""]},
    "a={b,}": {"a": ["b", ""]},
    r"a={b\,c,d}": {"a": ["b,c", "d"]},
    r"a={b\},c}": {"a": ["b}", "c"]},
    "a={b": REFUSED,
    "a={b,c": REFUSED,
    "a={{b},c}": REFUSED,
    "a={b},c=1": {"a": ["b"], "c": 1},
    "a={b}c=1": {"a": ["b"], "c": 1},
    "a[0]=1": {"a": [1]},
    "a[0]=1,a[1]=2": {"a": [1, 2]},
    "a[1]=1,a[0]=0": {"a": [0, 1]},
    "a[2]=1": {"a": [None, None, 1]},
    "a[0].b=1,a[0].c=2": {"a": [{"b": 1, "c": 2}]},
    "a[0][1]=x": {"a": [[None, "x"]]},
    "a[0][0].b=x": {"a": [[{"b": "x"}]]},
    "a[0]={b,c}": {"a": [["b", "c"]]},
    "a[0].b[1].c=1": {"a": [{"b": [None, {"c": 1}]}]},
    "a[0]x=1": REFUSED,
    "a[0],b=1": REFUSED,
    "a[x]=1": REFUSED,
    "a[=1": REFUSED,
    "a[]=1": REFUSED,
    "a[-1]=1": REFUSED,
    "a[0": REFUSED,
    "a[0]": REFUSED,
    "a[65536]=1": {"a": [None] * 65536 + [1]},
    "a[65537]=1": REFUSED,
    "a[99999999999999999999]=1": REFUSED,
    "[0]=1": REFUSED,
    "a.[0]=1": REFUSED,
    "a=b,a.c=d": REFUSED,
    "a.c=d,a=b": {"a": "b"},
    "a=1,a[0]=1": REFUSED,
    "a.b=1,a[0]=1": REFUSED,
    "a[0]=1,a.b=1": REFUSED,
    "a[0]=1,a[0].b=1": REFUSED,
    "a=null,a.b=1": {"a": {"b": 1}},
    "a={x,y},a[0]=z": {"a": ["z", "y"]},
    "a=true": {"a": True},
    "a=False": {"a": False},
    "a=TRUE": {"a": True},
    "a=yes": {"a": "yes"},
    "a=null": {"a": None},
    "a=NULL": {"a": None},
    "a=~": {"a": "~"},
    "a=0": {"a": 0},
    "a=7": {"a": 7},
    "a=-1": {"a": -1},
    "a=+5": {"a": 5},
    "a=-0": {"a": 0},
    "a=+05": {"a": 5},
    "a=01": {"a": "01"},
    "a=1_000": {"a": "1_000"},
    "a=1.5": {"a": "1.5"},
    "a=1e3": {"a": "1e3"},
    "a=0x10": {"a": "0x10"},
    "a=1 ": {"a": "1 "},
    "a=\u0661": {"a": "\u0661"},
    "a=9223372036854775807": {"a": 2**63 - 1},
    "a=9223372036854775808": {"a": "9223372036854775808"},
    "a=-9223372036854775808": {"a": -(2**63)},
    "a=-9223372036854775809": {"a": "-9223372036854775809"},
    "a=00000000000000000000000000000001": {"a": "00000000000000000000000000000001"},
    "a=+0000000000000000000000000000001": {"a": 1},
    "ключ=знач": {"ключ": "знач"},
    ".".join("a" * 31) + "=1": nested(31, 1),
    ".".join("a" * 32) + "=1": REFUSED,
}

_STRING: dict[str, Any] = {
    "a=1": {"a": "1"},
    "a=true,b=null": {"a": "true", "b": "null"},
    "a={1,null}": {"a": ["1", "null"]},
    "a[1]=1": {"a": [None, "1"]},
    "a=": {"a": ""},
    "a": REFUSED,
    r"a=1\,2": {"a": "1,2"},
}

_JSON: dict[str, Any] = {
    "a=1": {"a": 1},
    "a=1.50": {"a": 1.5},
    'a="x"': {"a": "x"},
    "a=x": REFUSED,
    "a=": {"a": None},
    "a=,b=1": {"a": None, "b": 1},
    "a=1,": {"a": 1},
    "a=true,b=[1,2],c=null": {"a": True, "b": [1, 2], "c": None},
    'a={"b":{"c":1}},d=2': {"a": {"b": {"c": 1}}, "d": 2},
    'a= {"b": 1} ,c= 2 ': {"a": {"b": 1}, "c": 2},
    'a.b[1]="x,y"': {"a": {"b": [None, "x,y"]}},
    r"a\.b=1": {"a.b": 1},
    "a=1 2": REFUSED,
    "a={": REFUSED,
    "a=[1,]": REFUSED,
    "a": REFUSED,
    '{"a": {"b": 1}}': {"a": {"b": 1}},
    ' {"a": 1} ': {"a": 1},
    '{"a": 1} x': REFUSED,
    '{"a": 1': REFUSED,
    "{}": {},
    "[1]": REFUSED,
    "": {},
    "=1": {},
}

_LITERAL: dict[str, Any] = {
    "a=b": {"a": "b"},
    "a=1": {"a": "1"},
    "a=null": {"a": "null"},
    "a=": {"a": ""},
    "a": REFUSED,
    "a=x,b=y": {"a": "x,b=y"},
    "a={x,y}": {"a": "{x,y}"},
    r"a=\n\\": {"a": r"\n\\"},
    "a=b=c": {"a": "b=c"},
    "a.b=x": {"a": {"b": "x"}},
    "a[1]=x": {"a": [None, "x"]},
    "a[0].b=x": {"a": [{"b": "x"}]},
    r"a\.b=x": {"a\\": {"b": "x"}},
    "a=x\ny": {"a": "x\ny"},
    "a[65537]=1": REFUSED,
    "a[-1]=1": REFUSED,
    ".".join("a" * 32) + "=1": REFUSED,
}

_IN_SILENCE = "Helm passes over it in silence"
_DIFFERS = {
    "--set-json [1]": _IN_SILENCE,
    "--set .a=1": _IN_SILENCE,
    "--set [0]=1": _IN_SILENCE,
    "--set a[=1": _IN_SILENCE,
    "--set a[0": "Helm makes an empty list of it",
    "--set a[0]": "Helm makes an empty list of it",
    "--set a[0]=1,a[0].b=1": "in Helm this replaces in a list, though not in a mapping",
    "--set a=null,a.b=1": "Helm fails on the null with a fault of its own",
}

ASSIGNMENTS: dict[str, Row] = {
    f"{flag} {text if len(text) < 60 else f'{text[:60]}..{len(text)}'}": given(
        flag, text, expected, differs=_DIFFERS.get(f"{flag} {text}", "")
    )
    for flag, table in (
        ("--set", _SET),
        ("--set-string", _STRING),
        ("--set-json", _JSON),
        ("--set-literal", _LITERAL),
    )
    for text, expected in table.items()
}

OVER_ANOTHER: dict[str, Row] = {
    "set-then-below": Row(flags="--set a=b --set a.c=d", expected=REFUSED),
    "below-then-set": Row(flags="--set a.c=d --set a=b", expected={"a": "b"}),
    "index-then-lower-index": Row(flags="--set a[1]=1 --set a[0]=0", expected={"a": [0, 1]}),
    "below-a-file's-text": Row(mine="a: text\n", flags="--set a.b=1", expected=REFUSED),
    "index-of-a-file's-mapping": Row(mine="a: {b: 1}\n", flags="--set a[0]=1", expected=REFUSED),
    "below-a-file's-null": Row(
        mine="a: null\n", flags="--set a.b=1", expected={"a": {"b": 1}}, differs=_DIFFERS["--set a=null,a.b=1"]
    ),
    "below-the-chart's-text": Row(values="a: text\n", flags="--set a.b=1", expected={"a": {"b": 1}}, warns="a"),
    "json-object-merges-with-file": Row(
        mine="a: {b: 1, c: 1}\n", flags=("--set-json", '{"a": {"c": 2}}'), expected={"a": {"b": 1, "c": 2}}
    ),
    "json-at-key-replaces-file's": Row(
        mine="a: {b: 1, c: 1}\n", flags=("--set-json", 'a={"c": 2}'), expected={"a": {"c": 2}}
    ),
    "json-at-key-merges-with-chart's": Row(
        values="a: {b: 1, c: 1}\n", flags=("--set-json", 'a={"c": 2}'), expected={"a": {"b": 1, "c": 2}}
    ),
    "json-objects-left-to-right": Row(
        flags=("--set-json", '{"a": 1, "b": 1}', "--set-json", "b=2", "--set-json", '{"b": 3, "c": 3}'),
        expected={"a": 1, "b": 3, "c": 3},
    ),
    "json-null-removes-chart's": Row(values="a: 1\nb: 1\n", flags=("--set-json", "a=null"), expected={"b": 1}),
}
