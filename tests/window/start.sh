# What the scripts here share: a display of its own, and the real window on it. To be sourced.
#   open_display WIDTH HEIGHT               in pixels; installs what is missing, on Debian
#   open_window SETTINGS PROGRAM [PATH]     SETTINGS is the JSON of the window's settings; sets `window` (process) and
#                                           `id` (of the window, for xdotool)
#   close_window
# All of it lies in `$folder`, which is removed with the display when the script ends.
folder=$(mktemp -d)
display='' window='' id=''
trap 'kill $window $display 2> /dev/null || true; rm -rf "$folder"' EXIT

need() { command -v "$1" > /dev/null; }

open_display() {
  if ! { need Xvfb && need xdotool && need import && need convert; } || ! convert -version 2> /dev/null | grep -q ImageMagick; then
    local sudo
    sudo=$(command -v sudo || true)
    $sudo apt-get update -q > /dev/null
    $sudo apt-get install -q -y --no-install-recommends xvfb xdotool imagemagick libgl1 libgl1-mesa-dri libegl1 \
      libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 > /dev/null
  fi
  local number=$((RANDOM % 400 + 100))
  Xvfb ":$number" -screen 0 "$1x$2x24" -nolisten tcp -noreset > "$folder/xvfb.log" 2>&1 &
  display=$!
  for _ in $(seq 100); do [ -S "/tmp/.X11-unix/X$number" ] && break; sleep 0.1; done
  export DISPLAY=":$number" XDG_CONFIG_HOME="$folder/config" XDG_DATA_HOME="$folder/data" XDG_STATE_HOME="$folder/state" LIBGL_ALWAYS_SOFTWARE=1
  unset WAYLAND_DISPLAY
}

open_window() {
  mkdir -p "$XDG_CONFIG_HOME/filterlab"
  echo "$1" > "$XDG_CONFIG_HOME/filterlab/settings.json"
  shift
  "$@" > "$folder/program.log" 2>&1 &
  window=$!
  id=
  for _ in $(seq 150); do
    id=$(xdotool search --onlyvisible --name '^Filterlab$' 2> /dev/null | head -n 1 || true)
    [ -n "$id" ] && return
    kill -0 "$window" 2> /dev/null || { echo "the program ended:"; cat "$folder/program.log"; exit 1; }
    sleep 0.1
  done
  echo "no window with the title Filterlab"
  cat "$folder/program.log"
  exit 1
}

close_window() {
  kill "$window" && wait "$window" 2> /dev/null || true
  window=
}

# Pixels of a colour in a picture, or near it: count PICTURE COLOUR [PER CENT].
count() {
  convert "$1" -fuzz "${3:-0}%" -fill black +opaque "$2" -fuzz 0 -fill white +opaque black -format '%[fx:round(mean*w*h)]' info:
}
