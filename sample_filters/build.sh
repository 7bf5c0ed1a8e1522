#!/bin/sh
# Rebuilds the sample filters: <name>/filter.wasm and <name>/filter.sources.sha256 for each name below.
#
#   build.sh                     all of them
#   build.sh add_headers ...     only these
#
# The compiler: rustup's, if it has the target wasm32-wasip1 or can add it; else the one that wasm-toolchain.sh prepares
# (Debian). FILTERLAB_WASM_TOOLCHAIN=rustup or =own in the environment insists on one of them.
#
# filter.sources.sha256 says which sources a filter.wasm was built from. Two lines:
#
#   sources <hex>    SHA-256 of, for each source file in turn: its path as seen from the filter's folder (with "/"),
#                    a newline (0x0A), the file's bytes. The files, in this order: Cargo.toml; every file under src/,
#                    at any depth, sorted by the bytes of its path; ../Cargo.toml; ../Cargo.lock.
#   wasm <hex>       SHA-256 of filter.wasm.
#
# A test of the main package computes both again, so neither can change without the other going unnoticed.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here"
target=wasm32-wasip1
all="add_headers mask_pii access_check"

say() { echo "build: $*" >&2; }
fail() { say "$*"; exit 1; }

if command -v sha256sum >/dev/null 2>&1; then
  sha256() { sha256sum | cut -d' ' -f1; }
else
  sha256() { shasum -a 256 | cut -d' ' -f1; }
fi

has_target() {
  sysroot=$(rustc --print sysroot 2>/dev/null) && [ -d "$sysroot/lib/rustlib/$target/lib" ]
}
use_rustup() {
  has_target && return
  command -v rustup >/dev/null 2>&1 && rustup target add "$target" >&2 && has_target
}
use_own() {
  RUSTC=$(./wasm-toolchain.sh)
  export RUSTC
}

case ${FILTERLAB_WASM_TOOLCHAIN:-auto} in
  rustup) use_rustup || fail "rustup cannot provide $target here" ;;
  own) use_own ;;
  auto) use_rustup || { say "rustup has no $target; preparing a compiler"; use_own; } ;;
  *) fail "FILTERLAB_WASM_TOOLCHAIN is rustup, own or not set" ;;
esac
rustc=${RUSTC:-rustc}

# No folder of this machine may end up in a filter: panic messages carry source paths. The crates' folder has the
# registry's name in it, so it is remapped as a whole, and it must exist before it can be listed.
cargo fetch -q --locked --target "$target"
flags=""
remap() { flags="$flags${flags:+$(printf '\037')}--remap-path-prefix=$1=$2"; }
cargo_home=${CARGO_HOME:-$HOME/.cargo}
remap "$here" /sample_filters
for registry in "$cargo_home"/registry/src/*; do remap "$registry" /crates; done
commit=$("$rustc" -vV | sed -n 's/^commit-hash: //p')
remap "$("$rustc" --print sysroot)/lib/rustlib/src/rust" "/rustc/$commit"
CARGO_ENCODED_RUSTFLAGS=$flags
export CARGO_ENCODED_RUSTFLAGS

sources() { # run in a filter's folder
  {
    echo Cargo.toml
    find src -type f | LC_ALL=C sort
    printf '%s\n' ../Cargo.toml ../Cargo.lock
  } | while IFS= read -r file; do
    printf '%s\n' "$file"
    cat "$file"
  done | sha256
}

[ $# -gt 0 ] || set -- $all
for name in "$@"; do
  [ -f "$name/Cargo.toml" ] || fail "there is no filter $name"
  # One at a time: building them together would give each the crate features that another one asked for.
  cargo build -q --release --locked --target "$target" --target-dir "$here/target" -p "$name"
  built=target/$target/release/$name.wasm
  wasm=$name/filter.wasm
  for folder in "$HOME" "$cargo_home" "$here"; do
    if [ "$folder" != / ] && grep -aqF "$folder/" "$built"; then fail "$built names the folder $folder"; fi
  done
  cp "$built" "$wasm"
  (
    cd "$name"
    echo "sources $(sources)"
    echo "wasm $(sha256 < filter.wasm)"
  ) > "$name/filter.sources.sha256"
  say "$wasm: $(wc -c < "$wasm" | tr -d ' ') bytes"
done
