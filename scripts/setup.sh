#!/bin/sh
# Make .venv with the pinned dependencies of LOCK, and this package in place. Says what is missing.
set -eu
cd "$(dirname "$0")/.."
lock=${1:-requirements.lock}

find_python() {
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

if [ ! -x .venv/bin/python ]; then
    python=$(find_python) || {
        echo "error: Python 3.11 or newer is needed, and none was found." >&2
        echo "  hint: on Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
        echo "        or name one: make PYTHON=/path/to/python3.12 demo" >&2
        exit 1
    }
    "$python" -c 'import ensurepip, venv' 2>/dev/null || {
        echo "error: $python has no venv module." >&2
        echo "  hint: on Debian or Ubuntu: sudo apt-get install python3-venv" >&2
        exit 1
    }
    echo "Making .venv with $("$python" --version) …"
    "$python" -m venv .venv || { rm -rf .venv; exit 1; }
fi
echo "Installing the pinned dependencies of $lock …"
quiet="--quiet --disable-pip-version-check --no-input"
# shellcheck disable=SC2086
.venv/bin/python -m pip install $quiet --require-hashes --requirement "$lock" || {
    echo "error: the dependencies could not be installed (see above)." >&2
    echo "  hint: the machine needs to reach a Python package index, or a mirror named in pip's settings" >&2
    exit 1
}
# shellcheck disable=SC2086
.venv/bin/python -m pip install $quiet --no-deps --no-build-isolation --editable .
