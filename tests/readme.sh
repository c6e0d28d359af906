#!/usr/bin/env bash
# Every command README shows in a block marked `sh` is run, in a copy of the scenarios, in
# order. A line ending in "# exits N" must end with N. Usage: readme.sh BINARY
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
binary=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/build" "$work/results"
ln -s "$binary" "$work/build/mip6sim"
cp -r "$top/scenarios" "$top/analysis" "$work/"

commands=$(awk '/^```sh$/ {on = 1; next} /^```/ {on = 0} on && NF && !/^#/' "$top/README.md")
cd "$work"
n=0
while IFS= read -r line; do
    case $line in 'make '*|'git clone'*|'cd '*|'man '*) continue ;; esac
    want=$(sed -nE 's/.*# exits ([0-9]+)$/\1/p' <<<"$line")
    got=0
    bash -c "$line" >"$work/log" 2>&1 </dev/null || got=$?
    if [ "$got" != "${want:-0}" ]; then
        printf 'readme: exit %s, expected %s: %s\n' "$got" "${want:-0}" "$line"
        tail -n 20 "$work/log"
        exit 1
    fi
    n=$((n + 1))
done <<<"$commands"
[ "$n" -gt 0 ]
echo "readme: $n commands do what they should"
