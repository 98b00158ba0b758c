#!/bin/sh
# Make sure that what only tests need of the system is there: Chromium and a font to measure with.
# Installs Debian's packages where it may; else says what to install. Under CI a lack is an error.
set -eu

have_chromium() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1 || [ -n "${CHROMIUM:-}" ]
}

if have_chromium; then
    exit 0
fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing Chromium for the tests that look at pages …"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; } || true
fi
if have_chromium; then
    exit 0
fi
echo "Chromium is missing: the tests that look at pages cannot run." >&2
echo "  hint: sudo apt-get install chromium fonts-liberation   (or set CHROMIUM=/path/to/chrome)" >&2
[ -z "${CI:-}" ] || exit 1
