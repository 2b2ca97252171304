#!/bin/bash
# Writes all databases and roles to a file that is named after the time.
set -euo pipefail

target="$PGDUMP_DIR/pg_dumpall-$(date -u '+%Y-%m-%d-%H-%M').sql"
PGPASSWORD="${PGPASSWORD:-$(<"$PGPASSWORD_FILE")}" \
  pg_dumpall --clean --if-exists --load-via-partition-root --quote-all-identifiers --no-password --file="$target.unfinished"
mv "$target.unfinished" "$target"
