#!/usr/bin/env bash
# The sweeps behind `make paper`, each into a results file of its own; what is there already is
# not run again. Usage: run.sh BINARY FOLDER full|quick [OPTION OF SWEEP...]
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail
binary=$1 folder=$2 mode=$3
shift 3
here=$(dirname "$0")
mkdir -p "$folder"

# The report needs it: say so before hours are spent, as with a results file of other code, which
# would not compare with new runs.
command -v gnuplot >/dev/null || { echo 'paper: gnuplot is not installed' >&2; exit 3; }

code=$("$binary" --version | sed -n 's,^code *,,p')

# sweep NAME REPLICATIONS [OPTION...]
sweep() {
    local name=$1 replications=$2 db=$folder/$1.db
    shift 2
    if [ -s "$db" ] && [ -n "$(sqlite3 "$db" "select 1 from run where substr(code_version, 1,
            length('$code')) <> '$code' limit 1")" ]; then
        echo "$db: its runs are of other code; move it away, or take that code" >&2
        exit 2
    fi
    echo "== $name"
    "$binary" sweep "$here/$name.ini" -r "$replications" -o "$db" "$@"
}

case $mode in
full)
    for kind in equal zipf flash; do sweep $kind 20 "$@"; done
    sweep ra 10 "$@"
    sweep buffer 20 "$@"
    sweep priority 20 "$@"
    sweep literal 5 "$@"
    sweep literal-no-dad 5 "$@"
    ;;
quick)
    # Fewer points rather than fewer pairs: these tell differences from chance. Thirty agents are
    # most of the time.
    few=(--set 'sweep.home-agents.count=3, 10' --set 'sweep.mobile-nodes.count=60, 200')
    loads='50 %, 80 %, 110 %'
    sweep equal 16 "${few[@]}" --set "sweep.traffic.load=$loads" "$@"
    sweep zipf 16 "${few[@]}" --set "sweep.traffic.load=$loads" "$@"
    sweep flash 16 "${few[@]}" --set 'sweep.traffic surge.load=20 %, 50 %, 80 %' "$@"
    sweep ra 8 --set 'sweep.home-agents.ra-min-interval=30 ms, 3 s, 198 s' "$@"
    sweep buffer 8 --set 'sweep.traffic.load=80 %' \
        --set 'sweep.home-agents.queue-limit=25 packets, 100 packets, 400 packets' "$@"
    sweep priority 8 --set 'sweep.traffic.load=80 %' "$@"
    sweep literal 5 "${few[@]}" --set 'sweep.traffic.load=80 %' "$@"
    sweep literal-no-dad 5 "${few[@]}" --set 'sweep.traffic.load=80 %' "$@"
    ;;
*)
    echo "run.sh: full or quick, not $mode" >&2
    exit 2
    ;;
esac
