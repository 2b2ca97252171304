#!/bin/bash
# Fills a replica's data directory from the primary; one that is filled stays as it is.
set -euo pipefail

if [ -s "$PGDATA/PG_VERSION" ]; then
  exit 0
fi
until pg_isready --quiet; do
  echo "waiting for $PGHOST:$PGPORT"
  sleep 2
done

# What is half done has another name, so that a pod that ends here starts anew.
rm -rf "$PGDATA.unfinished"
PGPASSWORD="${PGPASSWORD:-$(<"$PGPASSWORD_FILE")}" \
  pg_basebackup --pgdata="$PGDATA.unfinished" --write-recovery-conf --wal-method=stream --checkpoint=fast --no-password
mv "$PGDATA.unfinished" "$PGDATA"
