#!/bin/sh
# Makes the development environment: a virtual environment with exactly what requirements.lock names.
# usage: bootstrap.sh [FOLDER]   (default .venv). Needs Python 3.11 or newer with venv, git, and PyPI or a mirror of it.
# Uses uv where it is on the PATH, else installs the locked one into the environment. Never downloads a Python.
set -eu
cd "$(dirname "$0")/.."
venv=${1:-.venv}
export UV_PYTHON_DOWNLOADS=never

stop() {
    echo "setup: $*" >&2
    exit 1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    stop "no Python 3.11 or newer was found: install one, or name it with PYTHON=/path/to/python3."
}

install_locked_uv() {
    "$python" -c 'import ensurepip' 2>/dev/null ||
        stop "$python has no venv module: install it (on Debian: python3-venv), or put uv on the PATH."
    "$python" -m venv --clear "$venv"
    awk '/^uv==/ {take = 1} take {print} take && !/\\$/ {exit}' requirements.lock |
        grep -v '^ *#' >"$venv/uv.lock.txt"
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check install --require-hashes --no-deps \
        --requirement "$venv/uv.lock.txt" || stop "uv could not be installed: is PyPI, or your mirror of it, reachable?"
    uv="$venv/bin/uv"
}

echo "setup: making $venv from requirements.lock (once, about 370 MB)"
command -v git >/dev/null || stop "git was not found: install it with your system's package manager."
python=$(find_python)
[ -n "$python" ] || exit 1
if uv=$(command -v uv); then
    "$uv" venv --quiet --clear --python "$python" "$venv"
else
    install_locked_uv
fi
"$uv" pip sync --quiet --python "$venv/bin/python" --require-hashes requirements.lock &&
    "$uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable . ||
    stop "packages could not be installed: is PyPI, or your mirror of it, reachable?"
touch "$venv/.ready"
