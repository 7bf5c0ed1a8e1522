#!/usr/bin/env bash
# Builds the filters of this folder that have their source in it (those that are broken on purpose: broken.py); needs clang with wasm-ld, and wat2wasm (wabt).
#   build.sh [NAME.wat...]     default: the scriptable filter and every module without a built file
set -euo pipefail
cd "$(dirname "$0")"

clang --target=wasm32 -O1 -fno-builtin -nostdlib -Wall -Wl,--no-entry -Wl,-z,stack-size=65536 -Wl,--strip-debug \
    -o script/script.wasm script/script.c

if test $# -gt 0; then modules=("$@"); else modules=(modules/*.wat); fi
for source in "${modules[@]}"; do
    built="${source%.wat}.wasm"
    if test $# -gt 0 || ! test -e "$built"; then
        wat2wasm --enable-all -o "$built" "$source"
    fi
done
