#!/usr/bin/env bash
# Opens reports in a real browser with the network off: they have to show, in both themes and on paper, without a message
# on the console and without asking for anything. Installs what it needs on Debian when it is missing.
#   tests/report/check.sh [FOLDER_OF_PICTURES]
# The reports are those that `cargo test --test report` writes.
set -euo pipefail
cd "$(dirname "$0")/../.."
reports=target/tmp/reports
pictures=$(realpath -m "${1:-target/report}")
mkdir -p "$pictures"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

need() { command -v "$1" > /dev/null || packages+=("$2"); }
packages=()
need chromium chromium
need convert imagemagick
need pdftotext poppler-utils
if [ "${#packages[@]}" -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" > /dev/null
fi
ls "$reports"/*.html > /dev/null || { echo "run cargo test --test report first"; exit 1; }

fail() { echo "$1"; exit 1; }

# A browser without a network: no name has an address, and every connection goes to a proxy that is not there.
browser() {
  timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
    --disable-background-networking --disable-component-update --disable-default-apps --disable-sync \
    --host-resolver-rules='MAP * ~NOTFOUND' --proxy-server=127.0.0.1:9 --user-data-dir="$scratch/profile" \
    --enable-logging=stderr --virtual-time-budget=2000 "$@"
}

# Opens a page and fails where it writes to the console or asks for more than itself. Leaves its DOM in $scratch/dom.html.
open_page() {
  browser --log-net-log="$scratch/net.json" --dump-dom "file://$1" > "$scratch/dom.html" 2> "$scratch/log.txt"
  if grep -q 'CONSOLE' "$scratch/log.txt"; then
    problem="$1 writes to the console: $(grep -m1 'CONSOLE' "$scratch/log.txt")"
    return 1
  fi
  # Requests of pages have a URL with a scheme of the network; what the browser asks for itself is a matter of its own.
  if grep -oE '"url":"(https?|wss?|ftp)://[^"]*"' "$scratch/net.json" | grep -vE 'google|gvt1|chrome|gstatic' | grep -q .; then
    problem="$1 asks the network: $(grep -oE '"url":"(https?|wss?|ftp)://[^"]*"' "$scratch/net.json" | head -1)"
    return 1
  fi
}

# The check itself has to notice what it looks for.
page=$(realpath "$reports/mask_pii-en.html")
without_policy() { sed 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' "$page"; }
without_policy | sed 's#</body>#<img src="http://filterlab.example/x.png" alt=""></body>#' > "$scratch/asks.html"
open_page "$scratch/asks.html" && fail "an image from the network goes unnoticed"
without_policy | sed 's#</body>#<script>nothing.there()</script></body>#' > "$scratch/throws.html"
open_page "$scratch/throws.html" && fail "an error of a script goes unnoticed"
sed 's#</body>#<script>document.title = "foreign"</script></body>#' "$page" > "$scratch/foreign.html"
open_page "$scratch/foreign.html" && fail "the policy lets a foreign script through"
echo "the check notices images, errors and foreign scripts"

count=0
for report in "$reports"/*.html; do
  open_page "$(realpath "$report")" || fail "$problem"
  grep -q 'class="scripted"' "$scratch/dom.html" || fail "$report: its script did not run"
  grep -q 'aria-pressed="true"' "$scratch/dom.html" || fail "$report: no theme is marked as the one that is shown"
  grep -q 'aria-current="true"' "$scratch/dom.html" || fail "$report: no section is marked as the one that is read"
  grep -q 'alert(1)</script>' "$scratch/dom.html" && fail "$report: a hostile value became a script"
  count=$((count + 1))
done
echo "$count reports show without a message and without asking for anything"

# The colour of the page's corner beside the list of sections, and of the list itself.
colour() { convert "$1" -crop 1x1+"$2"+2 +repage -depth 8 txt:- | grep -oE '#[0-9A-Fa-f]{6}' | head -1; }
picture() { browser --window-size="$3" --screenshot="$pictures/$2.png" "${@:4}" "file://$1" > /dev/null 2>&1; }
looks() { [ "$(colour "$pictures/$1.png" "$2")" = "$3" ] || fail "$1: $(colour "$pictures/$1.png" "$2") is not $3"; }

picture "$page" light 1280,900 --blink-settings=preferredColorScheme=1
looks light 700 '#FFFFFF'; looks light 20 '#F5F6F8'
picture "$page" dark 1280,900 --blink-settings=preferredColorScheme=0
looks dark 700 '#15171C'; looks dark 20 '#1C1F26'
picture "$(realpath "$reports/mask_pii-zh.html")" dark-zh 1280,2600 --blink-settings=preferredColorScheme=0
picture "$page" narrow 520,2000 --blink-settings=preferredColorScheme=1
looks narrow 300 '#F5F6F8'
# Rows of the comparison have the window's colours.
rows() { convert "$pictures/$1.png" -fill black +opaque "$2" -fill white -opaque "$2" -format '%[fx:int(w*h*mean)]' info:; }
[ "$(rows light '#FFEEDC')" -gt 1000 ] && [ "$(rows light '#E1EFFE')" -gt 1000 ] || fail "light: no rows were painted"
[ "$(rows dark '#40270F')" -gt 1000 ] && [ "$(rows dark '#12304D')" -gt 1000 ] || fail "dark: no rows were painted"
echo "both themes follow the reader's system, wide and narrow"

# The switch goes before the system, and unchanged rows fold and unfold.
without_policy > "$scratch/switched.html"
cat >> "$scratch/switched.html" << 'SCRIPT'
<script>
document.querySelector("button[data-theme=dark]").click();
document.querySelector(".fold button").click();
document.title = ["switched", document.documentElement.dataset.theme,
  getComputedStyle(document.documentElement).backgroundColor,
  document.querySelectorAll(".folded[hidden]").length, document.querySelectorAll(".folded").length,
  document.querySelector(".fold button").getAttribute("aria-expanded"),
  document.documentElement.scrollWidth <= innerWidth].join(" ");
</script>
SCRIPT
open_page "$scratch/switched.html" || fail "$problem"
title=$(grep -oE '<title>[^<]*' "$scratch/dom.html")
expected='switched dark rgb\(21, 23, 28\) ([0-9]+) ([0-9]+) true true'
[[ $title =~ $expected ]] || fail "the switches do nothing: $title"
[ "${BASH_REMATCH[1]}" -eq $((BASH_REMATCH[2] - 1)) ] || fail "one fold opens another: $title"
echo "the switch of themes and the folds work"

browser --no-pdf-header-footer --print-to-pdf="$pictures/report.pdf" "file://$page" > /dev/null 2>&1
pdftotext -layout "$pictures/report.pdf" "$scratch/report.txt"
for words in 'x-mask-policy: v3' 'Timeline' 'Host calls' 'Module'; do
  grep -q "$words" "$scratch/report.txt" || fail "on paper there is no $words"
done
grep -q 'One file, no network' "$scratch/report.txt" && fail "the list of sections is printed"
echo "it prints: $(pdfinfo "$pictures/report.pdf" | awk '/^Pages/ { print $2 }') pages"
