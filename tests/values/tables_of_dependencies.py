"""The table on dependencies: conditions, tags, aliases."""

from __future__ import annotations

from tests.values.rows import Row, parent, subchart
from tests.values.tables_of_charts import ALWAYS

TWO_DB = """dependencies:
- {name: db, version: 1.x.x, alias: main}
- {name: db, version: 1.x.x, alias: replica}
"""


def with_db(**fields: str) -> str:
    """Return the lines of Chart.yaml that declare the dependency db."""
    more = "".join(f", {name.replace('_', '-')}: {text}" for name, text in fields.items())
    return f"dependencies:\n- {{name: db, version: 1.0.0{more}}}\n"


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
    "tag-removed": Row(
        files={**parent(with_db(tags="[storage]")), **subchart("db")},
        values="tags: {storage: false}\n",
        flags="--set tags.storage=null",
        expected={"tags": {}, "db": {"global": {}}},
        charts=["app", "app/charts/db"],
    ),
    "tags-removed": Row(
        files={**parent(with_db(tags="[storage]")), **subchart("db")},
        values="tags: {storage: false}\n",
        flags="--set tags=null",
        expected={"db": {"global": {}}},
        charts=["app", "app/charts/db"],
    ),
    "tag-removed-of-two": Row(
        files={**parent(with_db(tags="[storage, backend]")), **subchart("db")},
        values="tags: {storage: false, backend: true}\n",
        flags="--set tags.backend=null",
        expected={"tags": {"storage": False}},
        charts=["app"],
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
