"""How large what a repository serves may be: no more is read, nor written for others to read."""

from __future__ import annotations

LIMIT_INDEX_BYTES = 128 << 20
LIMIT_SHARD_BYTES = 16 << 20
LIMIT_PARTS_BYTES = 2 * LIMIT_INDEX_BYTES
LIMIT_ARCHIVE_BYTES = 100 << 20
LIMIT_PROVENANCE_BYTES = 1 << 20
LIMIT_SUMMARY_BYTES = 4 << 10
