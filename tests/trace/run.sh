#!/usr/bin/env bash
# Message charts: each tests/trace/*.chart is a scenario, a line `--- chart OPTIONS`, and what
# `mip6sim chart` must draw of it. See README beside this.
#
# Usage: run.sh [--accept] MIP6SIM [NAME]
#   NAME      only charts whose name contains it
#   --accept  write what is drawn into the file, for a person to check line by line
set -uo pipefail
accept=
[ "${1:-}" = --accept ] && { accept=1; shift; }
[ $# -ge 1 ] || { sed -n '5,8s/^# \?//p' "$0" >&2; exit 2; }
program=$(realpath "$1")
pick=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
cp "$here"/*.ini "$here"/*.tcl "$work"

# The parts of a chart file: its scenario, its options, its drawing.
scenario() { sed '/^--- chart/,$d' "$1"; }
options() { sed -n 's/^--- chart *//p' "$1"; }
drawing() { sed '1,/^--- chart/d' "$1"; }
# Remarks between the lines are the reader's, not the program's.
without_remarks() { grep -v '^ *#' || true; }

draw() {
    local words
    eval "words=($(options "$1"))"
    scenario "$1" > "$work/scenario.ini"
    (cd "$work" && "$program" chart scenario.ini "${words[@]}")
}

# A remark stays above the line it stood above, as long as that is there.
with_remarks() {
    awk 'FILENAME == ARGV[1] { if (/^ *#/) above = above $0 "\n"; else { if (above != "") remark[$0] = above; above = "" } next }
         { if ($0 in remark) { printf "%s", remark[$0]; delete remark[$0] } print }' "$1" "$2"
}

passed=0
failed=0
for file in "$here"/*"$pick"*.chart; do
    [ -f "$file" ] || continue
    name=$(basename "$file" .chart)
    drawing "$file" > "$work/expected"
    if ! draw "$file" > "$work/drawn" 2> "$work/error"; then
        printf 'FAIL %s: mip6sim chart failed\n' "$name"
        cat "$work/error"
        failed=$((failed + 1))
    elif [ -n "$accept" ]; then
        { sed '/^--- chart/q' "$file"; with_remarks "$work/expected" "$work/drawn"; } > "$work/new"
        cmp -s "$work/new" "$file" || { cp "$work/new" "$file"; printf 'wrote %s\n' "$name"; }
        passed=$((passed + 1))
    elif without_remarks < "$work/expected" | diff -u --label "$name.chart" --label drawn - "$work/drawn"; then
        passed=$((passed + 1))
    else
        printf 'FAIL %s\n' "$name"
        failed=$((failed + 1))
    fi
done
[ $((passed + failed)) -gt 0 ] || { printf 'no chart is called *%s*\n' "$pick"; exit 2; }
printf 'charts: %d passed, %d failed\n' $passed $failed
[ $failed -eq 0 ]
