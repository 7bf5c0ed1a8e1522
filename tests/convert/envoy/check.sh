#!/usr/bin/env bash
# Lets a real Envoy load what `filterlab convert` writes, and compares its answers with those of a run.
#   check.sh [FILTERLAB]       default: target/debug/filterlab of this repository
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$here/../../.."
filterlab="$(realpath "${1:-$root/target/debug/filterlab}")"
"$root/tests/envoy_parity/record/setup.sh" "$root/target/envoy"
cd "$root"
exec "$root/target/envoy/bin/python" "$here/check.py" "$filterlab" sample_filters/*/*.scenario.json "$here"/*.scenario.json
