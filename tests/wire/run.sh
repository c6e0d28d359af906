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

failed=0 passed=0 skipped=0
for test in "$TOP"/tests/wire/"${3:-}"*.test; do
    name=$(basename "$test" .test)
    code=0
    mkdir -p "$work/$name"
    (cd "$work/$name" && exec bash -euo pipefail -c '. "$0"; . "$1"' \
        "$TOP/tests/wire/lib.sh" "$test") >"$work/$name.log" 2>&1 || code=$?
    case $code in
        0) echo "ok      $name"; passed=$((passed + 1)) ;;
        77) echo "skipped $name: $(tail -n 1 "$work/$name.log")"; skipped=$((skipped + 1)) ;;
        *) echo "FAILED  $name"; tail -n 25 "$work/$name.log" | sed 's/^/        /'
           failed=$((failed + 1)) ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
