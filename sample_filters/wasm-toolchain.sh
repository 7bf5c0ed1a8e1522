#!/bin/sh
# Prepares a Rust compiler that can target wasm32-wasip1 on Debian machines where `rustup target add` cannot.
#
#   wasm-toolchain.sh [FOLDER]
#
# Prints the path of a `rustc` to use as   RUSTC=<that path> cargo build --release --target wasm32-wasip1
#
# It unpacks Debian's own compiler packages into FOLDER (default: filterlab/wasm-toolchain in the user's cache folder)
# and compiles the standard library for wasm32-wasip1 from Debian's copy of its sources. Nothing is installed into the
# system, rustup's toolchains are not touched, and deleting FOLDER undoes everything. About 140 MB to fetch, 500 MB on
# disk, a few minutes once; later calls return at once.
# Needs: cargo and a C linker (cc) on PATH, apt-get with Debian's package lists.
set -eu

version=1.96
llvm=22
target=wasm32-wasip1
layout=2 # raise when this script lays the folder out differently: older folders are then built again

say() { echo "wasm-toolchain: $*" >&2; }
fail() { say "$*"; exit 1; }

folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/filterlab/wasm-toolchain}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd -P)
stamp=$folder/complete
wanted="rustc $version layout $layout $target"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  echo "$folder/rustc"
  exit 0
fi

for tool in cargo cc apt-get dpkg-deb dpkg; do
  command -v "$tool" >/dev/null 2>&1 || fail "'$tool' is needed and was not found"
done
case $(dpkg --print-architecture) in
  amd64) triple=x86_64-unknown-linux-gnu libs=x86_64-linux-gnu ;;
  arm64) triple=aarch64-unknown-linux-gnu libs=aarch64-linux-gnu ;;
  *) fail "only amd64 and arm64 are prepared for here" ;;
esac

# Start from nothing, so that an interrupted earlier attempt leaves no mixture behind. But only delete what is ours.
mark=$folder/.filterlab-wasm-toolchain
if [ ! -f "$mark" ] && [ -n "$(ls -A "$folder")" ]; then
  fail "$folder has other things in it; name an empty or new folder"
fi
rm -rf "$folder"
mkdir -p "$folder/packages" "$folder/std/src"
echo "Made by wasm-toolchain.sh, which deletes this folder when it starts anew." > "$mark"
chmod 755 "$folder" "$folder/packages" # apt-get downloads as another user when root calls it
cd "$folder/packages"

# The compiler and its library for this machine, LLVM, the wasm linker, the standard library's sources, a C library.
set -- rustc-web libstd-rust-web-$version libstd-rust-web-dev libllvm$llvm lld-$llvm rust-web-src wasi-libc
if ! apt-cache show "$@" >/dev/null 2>&1; then
  say "fetching package lists"
  apt-get update -q >&2 || say "apt-get update failed; trying with the lists at hand"
fi
say "fetching $*"
apt-get download -q "$@" >&2 || fail "could not fetch the packages"
for package in *.deb; do dpkg-deb -x "$package" "$folder"; done
cd "$folder"
rm -rf packages usr/share usr/libexec

source=
for candidate in usr/src/rustc-*; do source=$folder/$candidate; done
[ -d "$source/library" ] || fail "the sources of the standard library are not where they were expected"
for part in "$source"/*; do
  case ${part##*/} in library | Cargo.lock | Cargo.toml) ;; *) rm -rf "$part" ;; esac
done

# The compiler finds its own sysroot from where it lies; only its shared libraries need a hint.
cat > rustc <<'WRAPPER'
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd -P)
LD_LIBRARY_PATH=$here/usr/lib/@LIBS@${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
exec "$here/usr/bin/rustc" "$@"
WRAPPER
sed -i "s/@LIBS@/$libs/" rustc
chmod +x rustc
mkdir -p "usr/lib/rustlib/$triple/bin"
cp "usr/lib/llvm-$llvm/bin/lld" "usr/lib/rustlib/$triple/bin/rust-lld"

# The C library and start files must be in place before the library's own build scripts look for them.
sysroot=$folder/usr/lib/rustlib/$target/lib
mkdir -p "$sysroot/self-contained"
for file in libc.a crt1-command.o crt1-reactor.o; do
  cp "usr/lib/wasm32-wasi/$file" "$sysroot/self-contained/"
done

# An empty crate, only to make cargo compile the standard library. RUSTC_BOOTSTRAP lets a stable compiler do it.
# The remapped prefixes keep this machine's folders out of panic messages, and so out of every filter built later.
cd std
echo '#![no_std]' > src/lib.rs
cat > Cargo.toml <<'MANIFEST'
[package]
name = "empty"
version = "0.0.0"
edition = "2021"

[profile.release]
debug = 0

[workspace]
MANIFEST
say "compiling the standard library for $target"
commit=$("$folder/rustc" -vV | sed -n 's/^commit-hash: //p')
CARGO_ENCODED_RUSTFLAGS=-Cembed-bitcode=yes
remap() { CARGO_ENCODED_RUSTFLAGS="$CARGO_ENCODED_RUSTFLAGS$(printf '\037')--remap-path-prefix=$1=$2"; }
remap "$folder/std" /std
remap "${CARGO_HOME:-$HOME/.cargo}/registry/src" /crates
remap "$source" "/rustc/$commit"
remap "$folder/usr/lib/rustlib/src/rust" "/rustc/$commit" # the same folder by another name; cargo uses this one
export CARGO_ENCODED_RUSTFLAGS
RUSTC=$folder/rustc RUSTC_BOOTSTRAP=1 cargo build -q --release -Zbuild-std=std,panic_abort --target "$target" \
  --target-dir "$folder/std/target" >&2 || fail "compiling the standard library failed"
cp target/"$target"/release/deps/lib*.rlib "$sysroot/"
rm -f "$sysroot"/libempty-*.rlib
cd "$folder"
rm -rf std
echo "$wanted" > "$stamp"
say "ready in $folder"
echo "$folder/rustc"
