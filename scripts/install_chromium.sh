#!/bin/sh
# Page tests drive a real Chromium, Debian's package. Where it is missing and cannot be installed,
# the tests say so and are skipped; with REQUIRE_CHROMIUM=1 (as CI sets it) they fail instead.
set -u
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the page tests"
    { apt-get update && apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1
fi
command -v chromium >/dev/null 2>&1 ||
    echo "No Chromium here and none could be installed: page tests will be skipped."
exit 0
