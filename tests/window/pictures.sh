#!/usr/bin/env bash
# Takes the pictures of the READMEs from the real window, each in English and in Chinese. Measured times in them differ
# from run to run, so that only what the window shows of a scenario is the same.
#   tests/window/pictures.sh PATH_OF_FILTERLAB [FOLDER] [NAME...]     such as: target/release/filterlab assets stream
set -euo pipefail
program=$(realpath "$1")
pictures=$(realpath "${2:-assets}")
only=" ${*:3} "
cd "$(dirname "$0")"
. ./start.sh
width=1280 height=800
# One pixel is left for the pointer, which would light up what it is on.
open_display $((width + 1)) $((height + 1))
xdotool mousemove $width $height

# Colours of the tokens by which one sees that something has arrived: src/gui/theme/tokens.rs.
declare -A colours=(
  [dark.ok]='#6FCF97' [dark.warn]='#E5C04B' [dark.error]='#FF8A80' [dark.word]='#1F5690'
  [light.ok]='#1A6E3C' [light.warn]='#7A5B00' [light.error]='#B3261E' [light.word]='#A9D1FF'
)

# Waits until there is at least so much of one of the colours.
shows() {
  local at_least=$1 colour
  shift
  for _ in $(seq 150); do
    import -window "$id" "$folder/now.png"
    for colour in "$@"; do
      [ "$(count "$folder/now.png" "$colour" 12)" -ge "$at_least" ] && return
    done
    sleep 0.2
  done
  echo "the window does not show $*"
  cat "$folder/program.log"
  exit 1
}

# Waits until nothing moves any more but the cursor of a field.
rests() {
  local different
  import -window "$id" "$folder/before.png"
  for _ in $(seq 50); do
    sleep 0.2
    import -window "$id" "$folder/now.png"
    different=$(compare -metric AE "$folder/before.png" "$folder/now.png" null: 2>&1 || true)
    [ "$(printf '%.0f' "${different%% *}")" -lt 60 ] && return
    mv "$folder/now.png" "$folder/before.png"
  done
  echo "the window does not come to rest"
  exit 1
}

# take NAME THEME LANGUAGE SIGN SCENARIO KEYS...
# SIGN is the colour that must be there at the end. No scenario: the sample. A key as xdotool names it; `=words` chooses
# from the palette what these words mean, `.` waits until a presentation shows no pressed keys any more.
take() {
  local name=$1 theme=$2 language=$3 sign=$4 scenario=$5 key
  shift 5
  [ "$only" = '  ' ] || [[ $only == *" ${name%.zh} "* ]] || return 0
  open_window "{\"version\": 1, \"theme\": \"$theme\", \"language\": \"$language\"}" "$program" ${scenario:+"$scenario"}
  xdotool windowmove "$id" 0 0 windowsize "$id" $width $height windowfocus --sync "$id"
  shows 5 "${colours[$theme.ok]}" "${colours[$theme.warn]}"
  for key in "$@"; do
    rests
    case $key in
      =*) xdotool key ctrl+k; rests; xdotool type "${key#=}"; rests; xdotool key Return ;;
      .) sleep 2.5 ;;
      *) xdotool key "$key" ;;
    esac
  done
  shows 30 "${colours[$theme.$sign]}"
  rests
  convert "$folder/now.png" +dither -colors 256 -strip "PNG8:$pictures/$name.png"
  close_window
  echo "$name.png: $(($(wc -c < "$pictures/$name.png") / 1024)) KiB"
}

# both NAME THEME OTHER_THEME SIGN SCENARIO KEYS...: in English, and in Chinese with the other theme.
both() {
  local name=$1 theme=$2 other=$3
  shift 3
  take "$name" "$theme" en "$@"
  take "$name.zh" "$other" zh "$@"
}

paused=../pain_points/p01_headers_paused_for_body.scenario.json
both changes dark light word '' F7 F7 F7 F7 F7 F7 F7
both timeline light dark warn asked.scenario.json ctrl+j '=#12'
both stream dark light warn asked.scenario.json ctrl+j ctrl+b '=#13' bracketright bracketright ctrl+7
both state dark light error leak.scenario.json ctrl+j ctrl+b '=1,000 times'
both findings light light error "$paused" ctrl+b '=Show findings' '=Pausing and resuming'
both presentation dark dark word '' F11 F7 F7 F7 F7 F7 F7 . F7
