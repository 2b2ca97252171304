"""All tables on values, each row under ``TABLE:ROW``."""

from __future__ import annotations

from tests.values.rows import Row
from tests.values.tables_of_assignments import ASSIGNMENTS, OVER_ANOTHER
from tests.values.tables_of_charts import COALESCING, GLOBALS, SUBCHARTS
from tests.values.tables_of_dependencies import DEPENDENCIES
from tests.values.tables_of_imports import IMPORTS
from tests.values.tables_of_sources import PRECEDENCE, TYPING

TABLES: dict[str, dict[str, Row]] = {
    "typing": TYPING,
    "precedence": PRECEDENCE,
    "coalescing": COALESCING,
    "subcharts": SUBCHARTS,
    "globals": GLOBALS,
    "dependencies": DEPENDENCIES,
    "imports": IMPORTS,
    "assignments": ASSIGNMENTS,
    "over-another": OVER_ANOTHER,
}

ROWS: dict[str, Row] = {f"{table}:{name}": row for table, rows in TABLES.items() for name, row in rows.items()}
