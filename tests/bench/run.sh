#!/usr/bin/env bash
# `make bench`: what a packet, an event and a mobile node cost here. Reports, judges
# nothing. Usage: run.sh MIP6SIM BENCH-PROGRAM...
set -euo pipefail
mip6sim=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "machine: $(nproc) cores, $(sed -nE 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
for bench in "$@"; do
    echo
    "$bench"
done

cat > "$work/path.ini" <<'INI'
[scenario]
name = path
duration = 20 s
warm-up = 10 s
[home-agents]
count = 8
capacity = 1 Gbit/s
queue-limit = unlimited
[mobile-nodes]
count = 8000
[correspondents]
count = 8
[access]
routers = 64
[mobility]
model = static
[traffic]
model = poisson
load = 80 %
packet-size = 1000 B
direction = down
start = 6 s
INI
cat > "$work/users.ini" <<'INI'
[scenario]
name = users
duration = 300 s
[home-agents]
count = 10
capacity = 1 Gbit/s
[mobile-nodes]
count = 100000
start-window = 60 s
[access]
routers = 100
[mobility]
model = exponential-sojourn
mean-sojourn = 300 s
[traffic]
model = poisson
rate = 10 Mbit/s
nodes = 1 %
[policy]
name = hybrid
profile = tuned
INI

# Processor seconds of a command into $1, its peak KiB into $1.kib.
cost() {
    local to=$1
    shift
    env time -f '%U %M' -o "$to" "$@" >/dev/null
    read -r seconds kib < "$to"
    echo "$seconds" > "$to"
    echo "$kib" > "$to.kib"
}

echo
echo 'packet path: 8 agents x 1,000 nodes, 80 % load, real codecs and look-ups (five runs)'
for i in 1 2 3 4 5; do
    rm -f "$work/x.db"
    cost "$work/cpu" "$mip6sim" run "$work/path.ini" --quiet --out "$work/x.db"
    sqlite3 "$work/x.db" "select printf('  %.0f delivered packets/s of wall time, %.0f of processor time, %.2f million events/s',
        n / wall_seconds, n / $(cat "$work/cpu"), events / wall_seconds / 1e6)
        from run, (select sum(value) * 14.0 / 10 n from metric where name = 'delivered_packets' and node_id is null)"
done

echo
echo "100,000 mobile nodes, 10 agents, signalling on, 300 s"
rm -f "$work/x.db"
"$mip6sim" run "$work/users.ini" --quiet --out "$work/x.db" >/dev/null
sqlite3 "$work/x.db" "select printf('  %.1f s, %.2f million events/s, %d registered at the end',
    wall_seconds, events / wall_seconds / 1e6,
    (select value from metric where name = 'registered_at_end' and node_id is null)) from run"
for n in 1000 100000; do
    rm -f "$work/x.db"
    cost "$work/n$n" "$mip6sim" run "$work/users.ini" --quiet --set mobile-nodes.count=$n \
        --set 'scenario.duration=100 s' --out "$work/x.db"
done
awk -v a="$(cat "$work/n1000.kib")" -v b="$(cat "$work/n100000.kib")" 'BEGIN {
    printf "  memory: %.0f MiB for 100,000 nodes, %.0f bytes a node in all\n", b / 1024, (b - a) * 1024 / 99000}'
