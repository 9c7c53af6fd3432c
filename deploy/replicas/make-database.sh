#!/bin/sh
# Run once by the database's image, when its volume is empty: makes the bot's role, and a database that it owns.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --set password="$(cat "$BOT_PASSWORD_FILE")" --username postgres --dbname postgres <<'SQL'
CREATE ROLE snapshot_bot LOGIN PASSWORD :'password';
CREATE DATABASE snapshots OWNER snapshot_bot ENCODING 'UTF8' TEMPLATE template0;
SQL
