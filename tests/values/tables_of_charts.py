"""The tables on charts: defaults, nulls, globals, subcharts, conditions, tags, aliases, imports."""

from __future__ import annotations

from tests.values.rows import REFUSED, Row, parent, subchart

ALWAYS = "in Helm a null removes this only in some places"
TWO_DB = """dependencies:
- {name: db, version: 1.x.x, alias: main}
- {name: db, version: 1.x.x, alias: replica}
"""


def with_db(**fields: str) -> str:
    """Return the lines of Chart.yaml that declare the dependency db."""
    more = "".join(f", {name.replace('_', '-')}: {text}" for name, text in fields.items())
    return f"dependencies:\n- {{name: db, version: 1.0.0{more}}}\n"


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

CONDITION = with_db(condition="db.enabled")
OFF = {"charts": ("app",)}
ON = {"charts": ("app", "app/charts/db")}
EITHER = with_db(condition="'db.first,db.second'")
BOTH = with_db(condition="db.enabled", tags="[storage]")

DEPENDENCIES: dict[str, Row] = {
    "declared": Row(
        files={**parent(with_db()), **subchart("db")}, expected={"db": {"global": {}}}, charts=ON["charts"]
    ),
    "condition-true": Row(
        files={**parent(CONDITION), **subchart("db")},
        flags="--set db.enabled=true",
        expected={"db": {"enabled": True, "global": {}}},
        charts=ON["charts"],
    ),
    "condition-false": Row(
        files={**parent(CONDITION), **subchart("db", "a: 1\n")},
        flags="--set db.enabled=false",
        expected={"db": {"enabled": False}},
        charts=OFF["charts"],
    ),
    "condition-of-parent's-values": Row(
        values="db: {enabled: false}\n",
        files={**parent(CONDITION), **subchart("db", "a: 1\n")},
        expected={"db": {"enabled": False}},
        charts=OFF["charts"],
    ),
    "condition-of-subchart's-values": Row(
        files={**parent(CONDITION), **subchart("db", "enabled: false\n")}, expected={}, charts=OFF["charts"]
    ),
    "condition-missing": Row(
        files={**parent(CONDITION), **subchart("db")}, expected={"db": {"global": {}}}, charts=ON["charts"]
    ),
    "condition-no-boolean": Row(
        files={**parent(CONDITION), **subchart("db")},
        flags="--set-string db.enabled=false",
        expected={"db": {"enabled": "false", "global": {}}},
        charts=ON["charts"],
        warns="db.enabled",
    ),
    "first-condition-decides": Row(
        files={**parent(EITHER), **subchart("db")},
        flags="--set db.first=false,db.second=true",
        expected={"db": {"first": False, "second": True}},
        charts=OFF["charts"],
    ),
    "second-condition-decides": Row(
        files={**parent(EITHER), **subchart("db")},
        flags="--set db.second=false",
        expected={"db": {"second": False}},
        charts=OFF["charts"],
    ),
    "second-condition-after-no-boolean": Row(
        files={**parent(EITHER), **subchart("db")},
        flags="--set db.first=1,db.second=false",
        expected={"db": {"first": 1, "second": False}},
        charts=OFF["charts"],
        warns="db.first",
    ),
    "blank-after-comma": Row(
        files={**parent(with_db(condition="'db.first, db.second'")), **subchart("db")},
        flags="--set db.second=false",
        expected={"db": {"second": False}},
        charts=OFF["charts"],
        differs="in Helm a path after a comma and a blank is never found",
    ),
    "blanks-around-condition": Row(
        files={**parent(with_db(condition="' db.first '")), **subchart("db")},
        flags="--set db.first=false",
        expected={"db": {"first": False}},
        charts=OFF["charts"],
    ),
    "condition-elsewhere": Row(
        files={**parent(with_db(condition="features.storage")), **subchart("db")},
        values="features: {storage: false}\n",
        expected={"features": {"storage": False}},
        charts=OFF["charts"],
    ),
    "condition-below-text": Row(
        files={**parent(with_db(condition="features.storage")), **subchart("db")},
        values="features: text\n",
        expected={"features": "text", "db": {"global": {}}},
        charts=ON["charts"],
    ),
    "condition-nulled": Row(
        values="db: {enabled: false}\n",
        files={**parent(CONDITION), **subchart("db")},
        flags="--set db.enabled=null",
        expected={"db": {"global": {}}},
        charts=ON["charts"],
        differs=ALWAYS,
    ),
    "nested-condition": Row(
        files={
            **parent(with_db()),
            **subchart("db", more="dependencies:\n- {name: metrics, version: 1.0.0, condition: metrics.enabled}\n"),
            **subchart("db/metrics"),
        },
        flags="--set db.metrics.enabled=false",
        expected={"db": {"metrics": {"enabled": False}, "global": {}}},
        charts=ON["charts"],
    ),
    "nested-condition-is-not-the-top's": Row(
        files={
            **parent(with_db()),
            **subchart("db", more="dependencies:\n- {name: metrics, version: 1.0.0, condition: metrics.enabled}\n"),
            **subchart("db/metrics"),
        },
        flags="--set metrics.enabled=false",
        expected={"metrics": {"enabled": False}, "db": {"metrics": {"global": {}}, "global": {}}},
        charts=("app", "app/charts/db", "app/charts/db/charts/metrics"),
    ),
    "undeclared-stays": Row(
        files={**parent(CONDITION), **subchart("db"), **subchart("web")},
        flags="--set db.enabled=false,web.enabled=false",
        expected={"db": {"enabled": False}, "web": {"enabled": False, "global": {}}},
        charts=("app", "app/charts/web"),
    ),
    "tag-true": Row(
        files={**parent(with_db(tags="[storage]")), **subchart("db")},
        flags="--set tags.storage=true",
        expected={"tags": {"storage": True}, "db": {"global": {}}},
        charts=ON["charts"],
    ),
    "tag-false": Row(
        files={**parent(with_db(tags="[storage]")), **subchart("db")},
        flags="--set tags.storage=false",
        expected={"tags": {"storage": False}},
        charts=OFF["charts"],
    ),
    "tag-missing": Row(
        files={**parent(with_db(tags="[storage]")), **subchart("db")},
        expected={"db": {"global": {}}},
        charts=ON["charts"],
    ),
    "any-tag-true": Row(
        files={**parent(with_db(tags="[storage, backend]")), **subchart("db")},
        values="tags: {storage: false, backend: true}\n",
        expected={"tags": {"storage": False, "backend": True}, "db": {"global": {}}},
        charts=ON["charts"],
    ),
    "one-tag-false": Row(
        files={**parent(with_db(tags="[storage, backend]")), **subchart("db")},
        values="tags: {storage: false}\n",
        expected={"tags": {"storage": False}},
        charts=OFF["charts"],
    ),
    "tag-no-boolean": Row(
        files={**parent(with_db(tags="[storage]")), **subchart("db")},
        values="tags: {storage: 'false'}\n",
        expected={"tags": {"storage": "false"}, "db": {"global": {}}},
        charts=ON["charts"],
        warns="tags.storage",
    ),
    "condition-over-tag-on": Row(
        files={**parent(BOTH), **subchart("db")},
        flags="--set tags.storage=false,db.enabled=true",
        expected={"tags": {"storage": False}, "db": {"enabled": True, "global": {}}},
        charts=ON["charts"],
    ),
    "condition-over-tag-off": Row(
        files={**parent(BOTH), **subchart("db")},
        flags="--set tags.storage=true,db.enabled=false",
        expected={"tags": {"storage": True}, "db": {"enabled": False}},
        charts=OFF["charts"],
    ),
    "tag-stands-where-no-condition-says": Row(
        files={**parent(BOTH), **subchart("db")},
        flags="--set tags.storage=false",
        expected={"tags": {"storage": False}},
        charts=OFF["charts"],
    ),
    "tag-reaches-down": Row(
        files={
            **parent(with_db()),
            **subchart("db", more="dependencies:\n- {name: metrics, version: 1.0.0, tags: [extra]}\n"),
            **subchart("db/metrics"),
        },
        flags="--set tags.extra=false",
        expected={"tags": {"extra": False}, "db": {"global": {}}},
        charts=ON["charts"],
    ),
    "subchart's-own-tags": Row(
        files={
            **parent(with_db()),
            **subchart(
                "db", "tags: {extra: false}\n", more="dependencies:\n- {name: metrics, version: 1.0.0, tags: [extra]}\n"
            ),
            **subchart("db/metrics"),
        },
        expected={"db": {"tags": {"extra": False}, "global": {}}},
        charts=ON["charts"],
    ),
    "top's-tags-over-subchart's-own": Row(
        files={
            **parent(with_db()),
            **subchart(
                "db", "tags: {extra: false}\n", more="dependencies:\n- {name: metrics, version: 1.0.0, tags: [extra]}\n"
            ),
            **subchart("db/metrics"),
        },
        flags="--set tags.extra=true",
        expected={
            "tags": {"extra": True},
            "db": {"tags": {"extra": False}, "global": {}, "metrics": {"global": {}}},
        },
        charts=("app", "app/charts/db", "app/charts/db/charts/metrics"),
    ),
    "tags-below-a-subchart's-name-say-nothing": Row(
        files={
            **parent(with_db()),
            **subchart("db", more="dependencies:\n- {name: metrics, version: 1.0.0, tags: [extra]}\n"),
            **subchart("db/metrics"),
        },
        flags="--set db.tags.extra=false",
        expected={"db": {"tags": {"extra": False}, "global": {}, "metrics": {"global": {}}}},
        charts=("app", "app/charts/db", "app/charts/db/charts/metrics"),
    ),
    "alias": Row(
        files={**parent(with_db(alias="store")), **subchart("db", "a: 1\n")},
        values="store: {b: 2}\ndb: {c: 3}\n",
        expected={"store": {"a": 1, "b": 2, "global": {}}, "db": {"c": 3}},
        charts=("app", "app/charts/store"),
    ),
    "two-aliases": Row(
        files={**parent(TWO_DB), **subchart("db", "a: 1\n")},
        flags="--set replica.a=2",
        expected={"main": {"a": 1, "global": {}}, "replica": {"a": 2, "global": {}}},
        charts=("app", "app/charts/main", "app/charts/replica"),
    ),
    "one-alias-off": Row(
        files={
            **parent(TWO_DB.replace("replica}", "replica, condition: replica.enabled}")),
            **subchart("db", "a: 1\n"),
        },
        flags="--set replica.enabled=false",
        expected={"main": {"a": 1, "global": {}}, "replica": {"enabled": False}},
        charts=("app", "app/charts/main"),
    ),
    "alias-of-a-subchart's": Row(
        files={
            **parent(with_db(alias="store")),
            **subchart("db", more="dependencies:\n- {name: metrics, version: 1.0.0, alias: meter}\n"),
            **subchart("db/metrics", "a: 1\n"),
        },
        flags="--set store.meter.a=2",
        expected={"store": {"meter": {"a": 2, "global": {}}, "global": {}}},
        charts=("app", "app/charts/store", "app/charts/store/charts/meter"),
    ),
    "alias-with-condition-inside": Row(
        files={
            **parent(TWO_DB),
            **subchart("db", more="dependencies:\n- {name: metrics, version: 1.0.0, condition: metrics.enabled}\n"),
            **subchart("db/metrics"),
        },
        flags="--set main.metrics.enabled=false",
        expected={
            "main": {"metrics": {"enabled": False}, "global": {}},
            "replica": {"metrics": {"global": {}}, "global": {}},
        },
        charts=("app", "app/charts/main", "app/charts/replica", "app/charts/replica/charts/metrics"),
    ),
}
