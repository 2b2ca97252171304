# shellcheck shell=bash
# Sourced once by the image's entrypoint, on a new data directory; file_env and docker_process_sql are functions of its.
# psql reads what it needs from the environment, so that no password stands among a process's arguments.

file_env POSTGRES_APP_PASSWORD
file_env POSTGRES_REPLICATION_PASSWORD
file_env POSTGRES_METRICS_PASSWORD

if [ -n "${POSTGRES_APP_USER:-}" ]; then
  docker_process_sql <<'SQL'
\getenv role POSTGRES_APP_USER
\getenv password POSTGRES_APP_PASSWORD
\getenv database POSTGRES_DB
CREATE ROLE :"role" LOGIN PASSWORD :'password';
ALTER DATABASE :"database" OWNER TO :"role";
SQL
fi

if [ -n "${POSTGRES_REPLICATION_USER:-}" ]; then
  docker_process_sql <<'SQL'
\getenv role POSTGRES_REPLICATION_USER
\getenv password POSTGRES_REPLICATION_PASSWORD
CREATE ROLE :"role" LOGIN REPLICATION PASSWORD :'password';
SQL
fi

if [ -n "${POSTGRES_METRICS_USER:-}" ]; then
  docker_process_sql <<'SQL'
\getenv role POSTGRES_METRICS_USER
\getenv password POSTGRES_METRICS_PASSWORD
CREATE ROLE :"role" LOGIN PASSWORD :'password';
GRANT pg_monitor TO :"role";
SQL
fi

unset POSTGRES_APP_PASSWORD POSTGRES_REPLICATION_PASSWORD POSTGRES_METRICS_PASSWORD
