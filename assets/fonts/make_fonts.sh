#!/bin/sh
# Makes the bundled fonts from Debian's packages. Run it again when the text tables gain a character that
# `gui::theme::fonts` reports as missing; the result is the same on every machine with the same packages.
#
# Needs: apt-get install fonts-noto-cjk fonts-inter fonts-jetbrains-mono, and fonttools (pip install fonttools).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
share=${FONT_SHARE:-/usr/share/fonts}
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Latin, Greek, Cyrillic, punctuation, currency, arrows, mathematics, box drawing and geometric shapes.
latin='U+0020-007E,U+00A0-017F,U+0192,U+0218-021B,U+02C6-02DD,U+0300-0304,U+0370-03FF,U+0400-045F,U+0490-0491'
latin="$latin,U+1E80-1E85,U+1E9E,U+2000-206F,U+2070-2094,U+20A0-20BF,U+2100-2122,U+2190-21F5,U+2200-22FF,U+2500-25FF"

subset() { # source, result, options...
    source=$1 result=$2
    shift 2
    "$python" -m fontTools.subset "$source" --output-file="$here/$result" --no-hinting --notdef-outline \
        --drop-tables+=DSIG,BASE,VORG,vhea,vmtx,STAT,meta,gasp --name-IDs='0,1,2,3,4,5,6,13,14' "$@"
}

# GB2312 (its symbols and 6,763 hanzi), and whatever else our own texts and samples use.
"$python" - "$root" > "$work/chinese.txt" <<'PYTHON'
import pathlib, sys
root = pathlib.Path(sys.argv[1])
chars = set()
for row in range(0xA1, 0xF8):
    for cell in range(0xA1, 0xFF):
        try:
            chars.add(bytes((row, cell)).decode("gb2312"))
        except UnicodeDecodeError:
            pass
for folder, suffixes in (("src", (".rs",)), ("sample_filters", (".json", ".md", ".rs", ".go", ".ts", ".yaml", ".toml"))):
    for path in sorted((root / folder).rglob("*")):
        if path.suffix in suffixes and "target" not in path.parts:
            chars.update(c for c in path.read_text(encoding="utf-8", errors="ignore") if ord(c) > 0x7F)
sys.stdout.write("".join(sorted(chars)))
PYTHON

# The collection's third face is the simplified Chinese one. No layout tables: egui needs none of them for hanzi.
subset "$share/opentype/noto/NotoSansCJK-Regular.ttc" NotoSansSC-Regular.otf --font-number=2 \
    --text-file="$work/chinese.txt" --layout-features='' --drop-tables+=GSUB,GPOS,GDEF
# Kerning and marks only: Inter's contextual alternates would turn "->" into an arrow.
for face in Regular SemiBold; do
    subset "$share/opentype/inter/Inter-$face.otf" "Inter-$face.otf" --unicodes="$latin" \
        --layout-features='kern,mark,mkmk,ccmp,locl'
    # No ligatures in code: every character stays what it is.
    subset "$share/truetype/jetbrains-mono/JetBrainsMono-$face.ttf" "JetBrainsMono-$face.ttf" --unicodes="$latin" \
        --layout-features='' --drop-tables+=GSUB,GPOS,GDEF
done
ls -l "$here"
