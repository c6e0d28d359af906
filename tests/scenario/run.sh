#!/usr/bin/env bash
# Run the scenario tests. Usage: run.sh BINARY [NAME-PREFIX]; 77 from a test is "skipped".
set -uo pipefail
TOP=$(cd "$(dirname "$0")/../.." && pwd)
export TOP MIP6SIM
MIP6SIM=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

one() {
    local test=$1 work=$2 name code=0
    name=$(basename "$test" .test)
    mkdir -p "$work/$name"
    (cd "$work/$name" && exec bash -euo pipefail -c '. "$0"; . "$1"' \
        "$TOP/tests/scenario/lib.sh" "$test") >"$work/$name.log" 2>&1 || code=$?
    case $code in
        0) echo "ok      $name" ;;
        77) echo "skipped $name: $(tail -n 1 "$work/$name.log")" ;;
        *) echo "FAILED  $name"; sed 's/^/        /' "$work/$name.log" | tail -n 25 ;;
    esac
}
export -f one
# The largest first: they are the longest, and nobody should wait for one at the end.
ls -S "$TOP"/tests/scenario/"${2:-}"*.test | xargs -P 2 -I{} bash -c 'one "$1" "$2"' _ {} "$work" | tee "$work/summary"
failed=$(grep -c '^FAILED' "$work/summary")
printf '%d passed, %d failed, %d skipped\n' "$(grep -c '^ok' "$work/summary")" "$failed" \
    "$(grep -c '^skipped' "$work/summary")"
[ "$failed" -eq 0 ] && grep -q '^ok' "$work/summary"
