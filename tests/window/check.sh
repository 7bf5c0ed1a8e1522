#!/usr/bin/env bash
# Starts the real window on a display of its own and takes a picture of it, which must show the sample's change:
# enough pixels in the colours of added and removed rows. Installs what it needs on Debian when it is missing.
#   tests/window/check.sh PATH_OF_FILTERLAB [PICTURE.png]
set -euo pipefail
program=$(realpath "$1")
picture=$(realpath -m "${2:-target/window.png}")

need() { command -v "$1" > /dev/null; }
if ! { need Xvfb && need xdotool && need import && need convert; } || ! convert -version 2> /dev/null | grep -q ImageMagick; then
  sudo=$(command -v sudo || true)
  $sudo apt-get update -q > /dev/null
  $sudo apt-get install -q -y --no-install-recommends xvfb xdotool imagemagick libgl1 libgl1-mesa-dri libegl1 \
    libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 > /dev/null
fi

folder=$(mktemp -d)
number=$((RANDOM % 400 + 100))
Xvfb ":$number" -screen 0 1280x800x24 -nolisten tcp -noreset > "$folder/xvfb.log" 2>&1 &
display=$!
window=
trap 'kill "$window" "$display" 2> /dev/null || true; rm -rf "$folder"' EXIT
for _ in $(seq 100); do [ -S "/tmp/.X11-unix/X$number" ] && break; sleep 0.1; done

# Settings of its own: the dark theme, so that the colours looked for are known.
export XDG_CONFIG_HOME="$folder/config" XDG_DATA_HOME="$folder/data" DISPLAY=":$number" LIBGL_ALWAYS_SOFTWARE=1
unset WAYLAND_DISPLAY
mkdir -p "$XDG_CONFIG_HOME/filterlab"
echo '{"version": 1, "theme": "dark", "language": "en"}' > "$XDG_CONFIG_HOME/filterlab/settings.json"
"$program" > "$folder/program.log" 2>&1 &
window=$!

id=
for _ in $(seq 150); do
  id=$(xdotool search --name '^Filterlab$' 2> /dev/null | head -n 1 || true)
  [ -n "$id" ] && break
  kill -0 "$window" 2> /dev/null || { echo "the program ended:"; cat "$folder/program.log"; exit 1; }
  sleep 0.1
done
[ -n "$id" ] || { echo "no window with the title Filterlab"; cat "$folder/program.log"; exit 1; }

# Pixels of a colour in the picture.
count() { convert "$picture" -fill black +opaque "$1" -fill white -opaque "$1" -format '%[fx:round(mean*w*h)]' info:; }
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
  added=$(count '#12304D') removed=$(count '#40270F')
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
