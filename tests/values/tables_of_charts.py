"""The tables on charts: defaults, nulls, subcharts, globals."""

from __future__ import annotations

from tests.values.rows import REFUSED, Row, subchart

ALWAYS = "in Helm a null removes this only in some places"
COALESCING: dict[str, Row] = {
    "user-wins": Row(values="a: 1\nb: 1\n", mine="a: 2\n", expected={"a": 2, "b": 1}),
    "mappings-merge": Row(
        values="m: {a: {x: 1, z: 1}, b: 1}\n", mine="m: {a: {z: 2}}\n", expected={"m": {"a": {"x": 1, "z": 2}, "b": 1}}
    ),
    "lists-are-replaced": Row(values="l: [1, 2, 3]\n", mine="l: [4]\n", expected={"l": [4]}),
    "empty-mapping-changes-nothing": Row(values="m: {a: 1}\n", mine="m: {}\n", expected={"m": {"a": 1}}),
    "empty-list-replaces": Row(values="l: [1]\n", mine="l: []\n", expected={"l": []}),
    "null-removes": Row(values="a: 1\nb: 1\n", mine="a: null\n", expected={"b": 1}),
    "null-removes-mapping": Row(values="a: {x: 1}\nb: 1\n", mine="a: null\n", expected={"b": 1}),
    "null-removes-list": Row(values="a: [1]\nb: 1\n", mine="a: null\n", expected={"b": 1}),
    "null-removes-deep": Row(
        values="m: {a: {x: 1, z: 1}}\n", mine="m: {a: {x: null}}\n", expected={"m": {"a": {"z": 1}}}
    ),
    "null-by-set-removes": Row(values="m: {x: 1, z: 1}\n", flags="--set m.x=null", expected={"m": {"z": 1}}),
    "null-of-nothing-stays": Row(values="b: 1\n", mine="a: null\n", expected={"a": None, "b": 1}),
    "null-of-nothing-stays-deep": Row(values="m: {b: 1}\n", mine="m: {a: null}\n", expected={"m": {"a": None, "b": 1}}),
    "null-below-nothing-stays": Row(values="b: 1\n", mine="m: {a: null}\n", expected={"m": {"a": None}, "b": 1}),
    "null-in-list-stays": Row(values="l: [1]\n", mine="l: [null, {a: null}]\n", expected={"l": [None, {"a": None}]}),
    "chart's-null-is-dropped": Row(values="a: null\nb: 1\n", expected={"b": 1}),
    "chart's-null-is-dropped-deep": Row(values="m: {a: null, b: 1}\n", expected={"m": {"b": 1}}),
    "chart's-null-in-list-stays": Row(values="l: [null]\n", expected={"l": [None]}),
    "chart's-null-is-set": Row(values="a: null\n", mine="a: 1\n", expected={"a": 1}),
    "chart's-null-and-user's": Row(values="a: null\nb: 1\n", mine="a: null\n", expected={"b": 1}),
    "null-does-not-reset": Row(
        values="m: {x: 1}\n",
        flags="-f one.yaml -f two.yaml",
        files={"one.yaml": "m: null\n", "two.yaml": "m: {z: 2}\n"},
        expected={"m": {"x": 1, "z": 2}},
    ),
    "mapping-over-text": Row(values="a: text\n", mine="a: {b: 1}\n", expected={"a": {"b": 1}}, warns="a"),
    "mapping-over-text-deep": Row(
        values="m: {a: text}\n", mine="m: {a: {b: 1}}\n", expected={"m": {"a": {"b": 1}}}, warns="m.a"
    ),
    "text-over-mapping": Row(values="a: {b: 1}\n", mine="a: text\n", expected={"a": "text"}, warns="a"),
    "text-over-mapping-deep": Row(
        values="m: {a: {b: 1}}\n", mine="m: {a: text}\n", expected={"m": {"a": "text"}}, warns="m.a"
    ),
    "list-over-mapping": Row(values="a: {b: 1}\n", mine="a: [1]\n", expected={"a": [1]}, warns="a"),
}

SUBCHARTS: dict[str, Row] = {
    "own-values": Row(files=subchart("db", "a: 1\n"), expected={"db": {"a": 1, "global": {}}}),
    "no-values": Row(files=subchart("db"), expected={"db": {"global": {}}}),
    "parent-over-own": Row(
        values="db: {a: 2}\n", files=subchart("db", "a: 1\nb: 1\n"), expected={"db": {"a": 2, "b": 1, "global": {}}}
    ),
    "user-over-parent": Row(
        values="db: {a: 2, b: 2}\n",
        mine="db: {a: 3}\n",
        files=subchart("db", "a: 1\nb: 1\nc: 1\n"),
        expected={"db": {"a": 3, "b": 2, "c": 1, "global": {}}},
    ),
    "of-a-subchart": Row(
        values="db: {metrics: {a: 3}}\n",
        files={**subchart("db", "metrics: {a: 2, b: 2}\n"), **subchart("db/metrics", "a: 1\nb: 1\nc: 1\n")},
        expected={"db": {"metrics": {"a": 3, "b": 2, "c": 1, "global": {}}, "global": {}}},
        charts=("app", "app/charts/db", "app/charts/db/charts/metrics"),
    ),
    "user's-text": Row(mine="db: text\n", files=subchart("db", "a: 1\n"), expected=REFUSED),
    "user's-list": Row(mine="db: [1]\n", files=subchart("db", "a: 1\n"), expected=REFUSED),
    "user's-false": Row(flags="--set db=false", files=subchart("db", "a: 1\n"), expected=REFUSED),
    "parent's-text": Row(values="db: text\n", files=subchart("db", "a: 1\n"), expected=REFUSED),
    "parent's-null": Row(values="db: null\n", files=subchart("db", "a: 1\n"), expected={"db": {"a": 1, "global": {}}}),
    "user-null-removes-own": Row(
        mine="db: {a: null}\n", files=subchart("db", "a: 1\nb: 1\n"), expected={"db": {"b": 1, "global": {}}}
    ),
    "user-null-removes-own-deep": Row(
        mine="db: {m: {x: null}}\n",
        files=subchart("db", "m: {x: 1, z: 1}\n"),
        expected={"db": {"m": {"z": 1}, "global": {}}},
    ),
    "user-null-removes-parent's": Row(
        values="db: {a: 2}\n",
        mine="db: {a: null}\n",
        files=subchart("db", "b: 1\n"),
        expected={"db": {"b": 1, "global": {}}},
        differs=ALWAYS,
    ),
    "user-null-removes-both": Row(
        values="db: {a: 2}\n",
        mine="db: {a: null}\n",
        files=subchart("db", "a: 1\nb: 1\n"),
        expected={"db": {"b": 1, "global": {}}},
    ),
    "user-null-removes-both-deep": Row(
        values="db: {m: {x: 2}}\n",
        mine="db: {m: {x: null}}\n",
        files=subchart("db", "m: {x: 1, z: 1}\n"),
        expected={"db": {"m": {"z": 1}, "global": {}}},
    ),
    "user-null-removes-in-subchart's-subchart": Row(
        mine="db: {metrics: {a: null}}\n",
        files={**subchart("db"), **subchart("db/metrics", "a: 1\nb: 1\n")},
        expected={"db": {"metrics": {"b": 1, "global": {}}, "global": {}}},
    ),
    "user-null-removes-what-two-above-say": Row(
        values="db: {metrics: {a: 3}}\n",
        mine="db: {metrics: {a: null}}\n",
        files={**subchart("db", "metrics: {a: 2}\n"), **subchart("db/metrics", "a: 1\nb: 1\n")},
        expected={"db": {"metrics": {"b": 1, "global": {}}, "global": {}}},
    ),
    "null-of-subchart-drops-parent's": Row(
        values="db: {a: 2}\n",
        flags="--set db=null",
        files=subchart("db", "a: 1\nb: 1\n"),
        expected={"db": {"a": 1, "b": 1, "global": {}}},
    ),
    "null-of-subchart-without-parent's": Row(
        flags="--set db=null",
        files=subchart("db", "a: 1\n"),
        expected={"db": {"a": 1, "global": {}}},
        differs="Helm refuses a null where the parent says nothing of the subchart",
    ),
    "null-of-subchart's-subchart": Row(
        values="db: {metrics: {a: 3}}\n",
        flags="--set db.metrics=null",
        files={**subchart("db", "metrics: {a: 2}\n"), **subchart("db/metrics", "a: 1\n")},
        expected={"db": {"metrics": {"a": 1, "global": {}}, "global": {}}},
    ),
    "parent's-null-removes": Row(
        values="db: {a: null}\n",
        files=subchart("db", "a: 1\nb: 1\n"),
        expected={"db": {"b": 1, "global": {}}},
        differs=ALWAYS,
    ),
    "parent's-null-removes-deep": Row(
        values="db: {m: {x: null}}\n",
        files=subchart("db", "m: {x: 1, z: 1}\n"),
        expected={"db": {"m": {"z": 1}, "global": {}}},
        differs=ALWAYS,
    ),
    "parent's-null-removes-deep-beside-user's": Row(
        values="db: {m: {x: null}}\n",
        mine="db: {z: 1}\n",
        files=subchart("db", "m: {x: 1, z: 1}\n"),
        expected={"db": {"m": {"z": 1}, "z": 1, "global": {}}},
    ),
    "parent's-null-of-nothing": Row(
        values="db: {z: null}\n", files=subchart("db", "a: 1\n"), expected={"db": {"a": 1, "global": {}}}
    ),
    "user-sets-what-parent-nulls": Row(
        values="db: {a: null}\n",
        mine="db: {a: 3}\n",
        files=subchart("db", "a: 1\n"),
        expected={"db": {"a": 3, "global": {}}},
    ),
    "subchart's-null": Row(files=subchart("db", "a: null\nb: 1\n"), expected={"db": {"b": 1, "global": {}}}),
    "subchart's-null-set-by-parent": Row(
        values="db: {a: 2}\n", files=subchart("db", "a: null\n"), expected={"db": {"a": 2, "global": {}}}
    ),
    "library": Row(
        values="kit: {a: 2}\n",
        files=subchart("kit", "a: 1\nb: 1\n", more="type: library\n"),
        expected={"kit": {"a": 2, "b": 1, "global": {}}},
        charts=("app", "app/charts/kit"),
    ),
    "mapping-over-subchart's-text": Row(
        values="db: {a: {b: 1}}\n",
        files=subchart("db", "a: text\n"),
        expected={"db": {"a": {"b": 1}, "global": {}}},
        warns="db.a",
    ),
}

GLOBALS: dict[str, Row] = {
    "reach-every-subchart": Row(
        values="global: {a: 1}\n",
        files={**subchart("db"), **subchart("db/metrics")},
        expected={
            "global": {"a": 1},
            "db": {"global": {"a": 1}, "metrics": {"global": {"a": 1}}},
        },
    ),
    "parent-wins": Row(
        values="global: {a: 1}\n",
        files=subchart("db", "global: {a: 2, b: 2}\n"),
        expected={"global": {"a": 1}, "db": {"global": {"a": 1, "b": 2}}},
    ),
    "user-wins": Row(
        values="global: {a: 1}\n",
        flags="--set global.a=3",
        files=subchart("db", "global: {a: 2}\n"),
        expected={"global": {"a": 3}, "db": {"global": {"a": 3}}},
    ),
    "merge-deep": Row(
        values="global: {m: {x: 1}}\n",
        files=subchart("db", "global: {m: {x: 2, z: 2}}\n"),
        expected={"global": {"m": {"x": 1}}, "db": {"global": {"m": {"x": 1, "z": 2}}}},
    ),
    "of-a-subchart-stay-below": Row(
        files={**subchart("db", "global: {a: 2}\n"), **subchart("db/metrics"), **subchart("web")},
        expected={
            "db": {"global": {"a": 2}, "metrics": {"global": {"a": 2}}},
            "web": {"global": {}},
        },
    ),
    "in-a-subchart's-section": Row(
        values="db: {global: {a: 2}}\n",
        files={**subchart("db"), **subchart("web")},
        expected={"db": {"global": {"a": 2}}, "web": {"global": {}}},
    ),
    "top-wins-over-a-subchart's-section": Row(
        values="global: {a: 1}\ndb: {global: {a: 2, b: 2}}\n",
        files=subchart("db"),
        expected={"global": {"a": 1}, "db": {"global": {"a": 1, "b": 2}}},
    ),
    "text": Row(
        values="global: text\n",
        files=subchart("db"),
        expected={"global": "text", "db": {"global": {}}},
        warns="global",
        differs="in Helm a subchart then has no globals at all, here it has none in them",
    ),
    "mapping-meets-text": Row(
        values="global: {a: {x: 1}}\n",
        files=subchart("db", "global: {a: text}\n"),
        expected={"global": {"a": {"x": 1}}, "db": {"global": {"a": {"x": 1}}}},
        warns="global.a",
    ),
    "mapping-meets-text-of-section": Row(
        values="global: {a: {x: 1}}\ndb: {global: {a: text}}\n",
        files=subchart("db"),
        expected={"global": {"a": {"x": 1}}, "db": {"global": {"a": "text"}}},
        warns="db.global.a",
    ),
    "text-meets-mapping-of-section": Row(
        values="global: {a: text}\ndb: {global: {a: {x: 1}}}\n",
        files=subchart("db"),
        expected={"global": {"a": "text"}, "db": {"global": {"a": {"x": 1}}}},
        warns="db.global.a",
    ),
    "text-meets-mapping": Row(
        values="global: {a: text}\n",
        files=subchart("db", "global: {a: {x: 1}}\n"),
        expected={"global": {"a": "text"}, "db": {"global": {"a": "text"}}},
        warns="global.a",
    ),
    "null-removes": Row(
        values="global: {a: 1, b: 1}\n",
        flags="--set global.a=null",
        files=subchart("db"),
        expected={"global": {"b": 1}, "db": {"global": {"b": 1}}},
    ),
    "null-removes-subchart's": Row(
        values="global: {a: 1}\n",
        flags="--set global.a=null",
        files=subchart("db", "global: {a: 2, b: 2}\n"),
        expected={"global": {}, "db": {"global": {"b": 2}}},
        differs=ALWAYS,
    ),
    "null-removes-subchart's-alone": Row(
        flags="--set global.a=null",
        files=subchart("db", "global: {a: 2, b: 2}\n"),
        expected={"global": {"a": None}, "db": {"global": {"b": 2}}},
    ),
    "null-in-section-removes-subchart's": Row(
        flags="--set db.global.a=null",
        files=subchart("db", "global: {a: 2, b: 2}\n"),
        expected={"db": {"global": {"b": 2}}},
    ),
}
