#!/bin/sh
# Pin every dependency with its hashes. The files name packages, versions and hashes: no registry.
set -eu
cd "$(dirname "$0")/.."
pin() {
    uv pip compile pyproject.toml "$@" --universal --python-version 3.11 --generate-hashes \
        --no-strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet
}
pin --group build --output-file requirements.lock "${@}"
pin --group dev --constraint requirements.lock --output-file requirements-dev.lock "${@}"
