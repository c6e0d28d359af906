#!/usr/bin/env bash
# What is on the wires, by the word of others: tshark reads our captures, the library reads what
# radvd sends. Usage: run.sh BINARY FOLDER_OF_PROGRAMS [NAME-PREFIX]; 77 from a test is "skipped".
set -uo pipefail
TOP=$(cd "$(dirname "$0")/../.." && pwd)
export TOP MIP6SIM WIRE
MIP6SIM=$(realpath "$1")
WIRE=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v tshark >/dev/null || { echo 'wire: no tshark here: apt install tshark'; exit 3; }

one() {
    local test=$1 work=$2 name code=0
    name=$(basename "$test" .test)
    mkdir -p "$work/$name"
    (cd "$work/$name" && exec bash -euo pipefail -c '. "$0"; . "$1"' \
        "$TOP/tests/wire/lib.sh" "$test") >"$work/$name.log" 2>&1 || code=$?
    case $code in
        0) echo "ok      $name" ;;
        77) echo "skipped $name: $(tail -n 1 "$work/$name.log")" ;;
        *) echo "FAILED  $name"; tail -n 25 "$work/$name.log" | sed 's/^/        /' ;;
    esac
}
export -f one
ls "$TOP"/tests/wire/"${3:-}"*.test | xargs -P 2 -I{} bash -c 'one "$1" "$2"' _ {} "$work" |
    tee "$work/summary"
failed=$(grep -c '^FAILED' "$work/summary")
printf '%d passed, %d failed, %d skipped\n' "$(grep -c '^ok' "$work/summary")" "$failed" \
    "$(grep -c '^skipped' "$work/summary")"
[ "$failed" -eq 0 ] && grep -q '^ok' "$work/summary"
