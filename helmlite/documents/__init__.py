"""YAML and JSON text to data and back: one set of rules for all that people and programs write.

Two ways of reading that differ in what a duplicate key means, one writer. Scalars are typed as Helm types them
(YAML 1.1 booleans and octals, no dates, no sexagesimals), except that integers stay exact. ``read_bulk`` reads large
texts fast. ``yaml_reader`` and ``yaml_events`` are the only doors to ``yaml``. Faults are DocumentErrors; the caller
turns them into its own family of HelmliteError.
"""

from helmlite.documents.bulk import read_bulk, read_familiar, read_plainly, write_bulk
from helmlite.documents.json_text import read_json, write_json
from helmlite.documents.parsed import (
    DEPTH,
    INTEGER_DIGITS,
    LIMIT_BYTES,
    NODES,
    DocumentError,
    Duplicates,
    Parsed,
    Path,
    Spot,
    Value,
)
from helmlite.documents.yaml_reader import read, read_all, read_spots
from helmlite.documents.yaml_writer import (
    escaped,
    is_plain,
    is_simple,
    write,
    write_all,
    write_flow,
    write_flow_key,
    write_flow_text,
    write_key,
    write_lines,
    write_quoted,
    write_scalar,
)

__all__ = [
    "DEPTH",
    "INTEGER_DIGITS",
    "LIMIT_BYTES",
    "NODES",
    "DocumentError",
    "Duplicates",
    "Parsed",
    "Path",
    "Spot",
    "Value",
    "escaped",
    "is_plain",
    "is_simple",
    "read",
    "read_all",
    "read_bulk",
    "read_familiar",
    "read_json",
    "read_plainly",
    "read_spots",
    "write",
    "write_all",
    "write_bulk",
    "write_flow",
    "write_flow_key",
    "write_flow_text",
    "write_json",
    "write_key",
    "write_lines",
    "write_quoted",
    "write_scalar",
]
