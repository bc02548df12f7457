#!/bin/sh
# What the engine tests need beside Python packages: PostgreSQL's server and Java, both Debian's.
# Where one is missing and cannot be installed, this says so and fails: the tests would prove nothing.
set -u
has_postgres() { command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_java() { command -v java >/dev/null 2>&1; }

if ! { has_postgres && has_java; } && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing PostgreSQL and Java for the engine tests"
    {
        apt-get update
        has_postgres || apt-get install -y --no-install-recommends postgresql
        has_java || apt-get install -y --no-install-recommends openjdk-17-jre-headless
    } >/dev/null 2>&1
fi
has_postgres || {
    echo "No PostgreSQL server here and none could be installed: install Debian's package postgresql."
    exit 1
}
has_java || {
    echo "No Java here and none could be installed: install Debian's package openjdk-17-jre-headless."
    exit 1
}
