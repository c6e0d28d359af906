#!/usr/bin/env bash
# `make bench-peers`: the same hold model and the same packet path in ns-3 and here, in turn, and
# ratios where both say the same. Usage: peers.sh MIP6SIM FOLDER full|quick
# FOLDER holds `peers`, the judge; programs and measurements go there. Exits 1 where the two did not
# simulate the same, 3 where there is no ns-3.
set -euo pipefail
mip6sim=$1 folder=$2 mode=$3
here=$(dirname "$0")
results=$folder/peers.tsv

cannot() { printf 'bench-peers: %s\n' "$1" >&2; exit 3; }
"$here/../install.sh" g++ pkg-config libns3-dev || cannot 'ns-3 (libns3-dev) cannot be installed here'

# compile NAME LIBRARY...
compile() {
    local name=$1
    shift
    # shellcheck disable=SC2046
    g++ -std=c++17 -O2 -DNDEBUG -Wall -Wextra -o "$folder/$name" "$here/$name.cc" \
        $(pkg-config --cflags --libs "$@") || cannot "$name.cc does not build with the ns-3 here"
}
compile ns3_hold ns3-core
compile ns3_path ns3-core ns3-network ns3-internet ns3-point-to-point ns3-traffic-control \
    ns3-applications

# record KIND WHAT UNIT SIDE VALUE
record() { (IFS=$'\t'; printf '%s\n' "$*" >> "$results"); }
# The value of the row of `mip6sim bench ... --json` in a file. ours FILE NAME UNIT
ours() {
    sqlite3 :memory: "select x.value ->> 'median' from json_each(cast(readfile('$1') as text), '\$.rows') x
        where x.value ->> 'name' = '$2' and x.value ->> 'unit' = '$3'"
}
# A value of what ns3_path printed. field FILE NAME
field() { awk -v name="$2" '$1 == name {print $2}' "$1"; }
calculate() { awk "BEGIN {printf \"%.9g\", $1}"; }

# A calendar of a million takes minutes to fill; so does a list, and with 1,000 it costs ten times
# what the others do.
schedulers() {
    case $1 in
        1000000) echo Map Heap PriorityQueue ;;
        *) echo Map Heap Calendar PriorityQueue ;;
    esac
}

hold() {
    local pending scheduler
    "$mip6sim" bench hold --repeats 1 --json > "$folder/ours.json"
    for pending in 1000 100000 1000000; do
        record cost "hold, $pending pending" 'ns an event' mip6sim \
            "$(ours "$folder/ours.json" "event set, $pending pending" 'ns an event')"
        for scheduler in $(schedulers $pending); do
            record cost "hold, $pending pending" 'ns an event' "ns-3 $scheduler" \
                "$("$folder/ns3_hold" $pending set "ns3::${scheduler}Scheduler")"
        done
        record fact "the same as whole events, $pending pending" 'ns an event' 'ns-3 PriorityQueue' \
            "$("$folder/ns3_hold" $pending event ns3::PriorityQueueScheduler)"
    done
}

# Links take 17.02 ms on both sides; what is more is the agent's queue, and has to be the same.
LINKS_MS=17.02

# add_path SHAPE SIDE PACKETS DELAY_MS PACKETS_A_SECOND
add_path() {
    record 'equal 0.02' "$1, delivered" packets "$2" "$3"
    record 'equal 0.15' "$1, delay at the agent" us "$2" "$(calculate "($4 - $LINKS_MS) * 1000")"
    record rate "$1" 'packets a second' "$2" "$5"
}

path_ns3() {
    local shape=$1 side=$2 seed=$3 said=$folder/ns3.txt packets
    shift 3
    "$folder/ns3_path" "$@" --seed="$seed" > "$said"
    packets=$(field "$said" packets)
    add_path "$shape" "$side" "$packets" "$(field "$said" delay_ms)" \
        "$(calculate "$packets / $(field "$said" cpu_s)")"
}

# path SEED AGENTS NODES SECONDS
path() {
    local seed=$1 agents=$2 nodes=$3 seconds=$4 file=$folder/ours.json
    local shape="$agents x $nodes"
    local network=("--agents=$agents" "--nodes=$nodes" "--seconds=$seconds")
    "$mip6sim" bench path --repeats 1 --seconds "$seconds" --seed "$seed" --json > "$file"
    add_path "$shape" mip6sim "$(ours "$file" "$shape, delivered" packets)" \
        "$(ours "$file" "$shape, mean delay" ms)" "$(ours "$file" "$shape, delivered" packets/s)"
    path_ns3 "$shape" 'ns-3 plain' "$seed" "${network[@]}"
    path_ns3 "$shape" 'ns-3 tuned' "$seed" "${network[@]}" --tuned
}

# KB that one more node takes, with a flow: between 1,000 and 11,000 nodes.
memory() {
    "$mip6sim" bench memory --repeats 1 --divide 10 --json > "$folder/ours.json"
    record cost 'memory' 'KB a node' mip6sim \
        "$(calculate "$(ours "$folder/ours.json" 'registered, and with a flow' 'B a node') / 1000")"
    "$folder/ns3_path" --nodes=1000 --seconds=0 > "$folder/few.txt"
    "$folder/ns3_path" --nodes=11000 --seconds=0 > "$folder/many.txt"
    record cost 'memory' 'KB a node' 'ns-3 plain' "$(calculate \
        "($(field "$folder/many.txt" peak_kib) - $(field "$folder/few.txt" peak_kib)) * 1.024 / 10000")"
}

# Repetitions, each with a seed of its own. Eight of the small network are too few: what Poisson
# draws by chance makes a percent of the agent's delay, and an interval of 99.9 % shows that.
case $mode in
    quick) n_small=12 n_large=0 n_hold=1 ;;
    full) n_small=24 n_large=8 n_hold=3 ;;
    *) echo 'usage: peers.sh MIP6SIM FOLDER full|quick' >&2; exit 2 ;;
esac
rm -f "$results"
for ((i = 1; i <= n_small; i++)); do
    path $i 1 100 1
    [ $i -gt $n_large ] || path $i 8 1000 0.25
    [ $i -gt $n_hold ] || hold
done
memory
printf 'ns-3 %s, %s, ' "$(pkg-config --modversion ns3-core)" "$(g++ --version | head -n 1)"
"$mip6sim" bench hold --divide 1000 --repeats 1 | head -n 1
echo
"$folder/peers" "$results"
