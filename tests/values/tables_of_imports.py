"""The table on ``import-values``."""

from __future__ import annotations

from tests.values.rows import Row, parent, subchart
from tests.values.tables_of_dependencies import with_db

EXPORTS = "exports:\n  ports: {http: 80, https: 443}\n"
EXPORTED = {"exports": {"ports": {"http": 80, "https": 443}}, "global": {}}
NAMED = with_db(import_values="[ports]")
MAPPED = with_db(import_values="[{child: net.ports, parent: db_ports}]")

IMPORTS: dict[str, Row] = {
    "by-name": Row(
        files={**parent(NAMED), **subchart("db", EXPORTS)}, expected={"http": 80, "https": 443, "db": EXPORTED}
    ),
    "by-path": Row(
        files={**parent(MAPPED), **subchart("db", "net: {ports: {http: 80}}\n")},
        expected={"db_ports": {"http": 80}, "db": {"net": {"ports": {"http": 80}}, "global": {}}},
    ),
    "by-path-to-deep": Row(
        files={
            **parent(with_db(import_values="[{child: net, parent: a.b}]")),
            **subchart("db", "net: {http: 80}\n"),
        },
        expected={"a": {"b": {"http": 80}}, "db": {"net": {"http": 80}, "global": {}}},
    ),
    "by-path-to-root": Row(
        files={**parent(with_db(import_values="[{child: net, parent: .}]")), **subchart("db", "net: {http: 80}\n")},
        expected={"http": 80, "db": {"net": {"http": 80}, "global": {}}},
    ),
    "source-missing": Row(
        files={**parent(NAMED), **subchart("db", "a: 1\n")}, expected={"db": {"a": 1, "global": {}}}, warns="ports"
    ),
    "source-is-text": Row(
        files={**parent(NAMED), **subchart("db", "exports: {ports: text}\n")},
        expected={"db": {"exports": {"ports": "text"}, "global": {}}},
        warns="ports",
    ),
    "parent's-defaults-win": Row(
        values="http: 8080\n",
        files={**parent(NAMED), **subchart("db", EXPORTS)},
        expected={"http": 8080, "https": 443, "db": EXPORTED},
    ),
    "parent's-defaults-win-deep": Row(
        values="db_ports: {http: 8080}\n",
        files={**parent(MAPPED), **subchart("db", "net: {ports: {http: 80, https: 443}}\n")},
        expected={
            "db_ports": {"http": 8080, "https": 443},
            "db": {"net": {"ports": {"http": 80, "https": 443}}, "global": {}},
        },
    ),
    "user-wins": Row(
        values="http: 8080\n",
        flags="--set http=1,https=2",
        files={**parent(NAMED), **subchart("db", EXPORTS)},
        expected={"http": 1, "https": 2, "db": EXPORTED},
    ),
    "earlier-entries-win": Row(
        files={
            **parent(with_db(import_values="[one, two]")),
            **subchart("db", "exports: {one: {a: 1}, two: {a: 2, b: 2}}\n"),
        },
        expected={"a": 1, "b": 2, "db": {"exports": {"one": {"a": 1}, "two": {"a": 2, "b": 2}}, "global": {}}},
    ),
    "earlier-dependencies-win": Row(
        files={
            **parent(
                "dependencies:\n- {name: db, version: 1.0.0, import-values: [x]}\n"
                "- {name: web, version: 1.0.0, import-values: [x]}\n"
            ),
            **subchart("db", "exports: {x: {a: 1}}\n"),
            **subchart("web", "exports: {x: {a: 2, b: 2}}\n"),
        },
        expected={
            "a": 1,
            "b": 2,
            "db": {"exports": {"x": {"a": 1}}, "global": {}},
            "web": {"exports": {"x": {"a": 2, "b": 2}}, "global": {}},
        },
    ),
    "user-null-removes": Row(
        flags="--set http=null",
        files={**parent(NAMED), **subchart("db", EXPORTS)},
        expected={"https": 443, "db": EXPORTED},
    ),
    "parent's-null-removes": Row(
        values="http: null\n",
        files={**parent(NAMED), **subchart("db", EXPORTS)},
        expected={"https": 443, "db": EXPORTED},
    ),
    "user's-values-of-subchart-are-not-imported": Row(
        flags="--set db.exports.ports.http=1",
        files={**parent(NAMED), **subchart("db", EXPORTS)},
        expected={
            "http": 80,
            "https": 443,
            "db": {"exports": {"ports": {"http": 1, "https": 443}}, "global": {}},
        },
    ),
    "parent's-section-is-imported": Row(
        values="db: {exports: {ports: {http: 2}}}\n",
        files={**parent(NAMED), **subchart("db", EXPORTS)},
        expected={
            "http": 2,
            "https": 443,
            "db": {"exports": {"ports": {"http": 2, "https": 443}}, "global": {}},
        },
    ),
    "from-an-alias": Row(
        files={**parent(with_db(alias="store", import_values="[ports]")), **subchart("db", EXPORTS)},
        expected={"http": 80, "https": 443, "store": EXPORTED},
    ),
    "from-a-disabled-one": Row(
        files={**parent(with_db(condition="db.enabled", import_values="[ports]")), **subchart("db", EXPORTS)},
        flags="--set db.enabled=false",
        expected={"db": {"enabled": False}},
        charts=("app",),
    ),
    "two-levels-up": Row(
        files={
            **parent(with_db(import_values="[{child: up, parent: top}]")),
            **subchart(
                "db",
                more=(
                    "dependencies:\n- name: metrics\n  version: 1.0.0\n"
                    "  import-values:\n  - {child: ports, parent: up}\n"
                ),
            ),
            **subchart("db/metrics", "ports: {http: 9}\n"),
        },
        expected={
            "top": {"http": 9},
            "db": {"up": {"http": 9}, "metrics": {"ports": {"http": 9}, "global": {}}, "global": {}},
        },
    ),
    "into-a-subchart's-section": Row(
        files={
            **parent(
                "dependencies:\n- name: db\n  version: 1.0.0\n  import-values:\n  - {child: ports, parent: web.ports}\n"
                "- {name: web, version: 1.0.0}\n"
            ),
            **subchart("db", "ports: {http: 5432}\n"),
            **subchart("web", "ports: {http: 80, https: 443}\n"),
        },
        expected={
            "db": {"ports": {"http": 5432}, "global": {}},
            "web": {"ports": {"http": 80, "https": 443}, "global": {}},
        },
    ),
}
