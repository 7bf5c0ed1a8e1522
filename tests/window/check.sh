#!/usr/bin/env bash
# Starts the real window on a display of its own and takes a picture of it, which must show the sample's change:
# enough pixels in the colours of added and removed rows. Installs what it needs on Debian when it is missing.
#   tests/window/check.sh PATH_OF_FILTERLAB [PICTURE.png]
set -euo pipefail
program=$(realpath "$1")
picture=$(realpath -m "${2:-target/window.png}")

# Settings of its own: the dark theme, so that the colours looked for are known.
. "$(dirname "$0")/start.sh"
open_display 1280 800
open_window '{"version": 1, "theme": "dark", "language": "en"}' "$program"

# What the window takes when nothing happens: memory, which has a bound, and processor time, which is only told.
at_rest() {
  sleep 1
  local before after memory
  before=$(awk '{ print $14 + $15 }' "/proc/$window/stat")
  sleep 3
  after=$(awk '{ print $14 + $15 }' "/proc/$window/stat")
  memory=$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$window/status")
  echo "at rest: $memory MiB resident, $((after - before)) ticks of processor time in 3 s"
  [ "$memory" -lt 200 ] || { echo "more than 200 MiB resident"; exit 1; }
}

added=0 removed=0
for _ in $(seq 100); do
  import -window root "$picture"
  added=$(count "$picture" '#12304D') removed=$(count "$picture" '#40270F')
  if [ "$added" -gt 2000 ] && [ "$removed" -gt 2000 ]; then
    echo "the window shows the change: $added pixels of added rows, $removed of removed rows"
    at_rest
    exit 0
  fi
  sleep 0.2
done
echo "the window does not show the sample's change: $added pixels of added rows, $removed of removed rows ($picture)"
cat "$folder/program.log"
exit 1
