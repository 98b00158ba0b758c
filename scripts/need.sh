#!/bin/sh
# Make sure that what only tests need of the system is there: Chromium and a font to measure with,
# PostgreSQL, and Dovecot. Installs Debian's packages where it may; else says what to install. Under CI a
# lack is an error.
set -eu

have_chromium() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1 || command -v google-chrome-stable >/dev/null 2>&1 ||
        [ -n "${NEWSLETTER_CHROMIUM:-}" ]
}

have_postgresql() {
    command -v initdb >/dev/null 2>&1 && return
    for program in /usr/lib/postgresql/*/bin/initdb; do
        [ ! -x "$program" ] || return 0
    done
    return 1
}

have_dovecot() {
    PATH=$PATH:/usr/sbin command -v dovecot >/dev/null 2>&1
}

# need WHAT HAVE HINT PACKAGE…: install the packages unless HAVE says that they are there
need() {
    what=$1 have=$2 hint=$3
    shift 3
    ! "$have" || return 0
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        echo "Installing $what …"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } || true
    fi
    ! "$have" || return 0
    echo "$what is missing: the tests that need it cannot run." >&2
    echo "  hint: sudo apt-get install $*$hint" >&2
    [ -z "${CI:-}" ] || exit 1
}

need Chromium have_chromium "   (or set NEWSLETTER_CHROMIUM=/path/to/chrome)" chromium fonts-liberation
need PostgreSQL have_postgresql "" postgresql
need Dovecot have_dovecot "" dovecot-imapd dovecot-pop3d
