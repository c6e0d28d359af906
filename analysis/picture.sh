#!/usr/bin/env bash
# README's picture: the queue of each agent over time, one panel per run of a results file.
# Usage: picture.sh RESULTS.db OUT.svg
set -euo pipefail
db=$1 out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

runs=$(sqlite3 "$db" 'select run_id from run order by run_id')
limit=$(sqlite3 "$db" 'select max(queue_packets) from ha_sample')
agents=$(sqlite3 "$db" "select count(*) from node where run_id = $(head -n 1 <<<"$runs") and kind = 'home-agent'")
n=$(wc -l <<<"$runs")
{
    # Okabe and Ito's colours, told apart by the colour-blind and in grey.
    cat <<GP
set terminal svg size 900,$((170 * n + 60)) font 'sans-serif,13' background '#ffffff' dashed
set output '$out'
set multiplot layout $n,1 margins 0.09,0.985,0.13,0.94 spacing 0.0,0.05
set linetype 1 lc rgb '#0072b2' lw 1.6 dt 1
set linetype 2 lc rgb '#d55e00' lw 1.6 dt 1
set linetype 3 lc rgb '#009e73' lw 1.6 dt 1
set linetype 4 lc rgb '#cc79a7' lw 1.6 dt 1
set border 3
set tics nomirror out
set grid ytics lc rgb '#dddddd' lt 1 lw 0.6
set xrange [0:*]
set yrange [0:$limit * 1.05]
set ylabel 'queue, packets' offset 1,0

set key outside top right horizontal samplen 2
GP
    i=0
    for run in $runs; do
        i=$((i + 1))
        policy=$(sqlite3 "$db" "select policy from run where run_id = $run")
        plots=()
        for ((a = 0; a < agents; a++)); do
            name=$(sqlite3 "$db" "select name from node where run_id = $run and kind = 'home-agent' order by node_id limit 1 offset $a")
            sqlite3 -separator ' ' "$db" "select t_ns / 1e9, queue_packets from ha_sample
                join node using (run_id, node_id) where run_id = $run and name = '${name//\'/\'\'}' order by t_ns" \
                > "$work/$run.$a"
            title=
            [ $i -gt 1 ] || title=$name
            plots+=("'$work/$run.$a' with lines lt $((a % 4 + 1)) title \"$title\" noenhanced")
        done
        printf "set label 1 '%s' noenhanced at graph 0.012,0.88 font ',14'\n" "$policy"
        [ $i -lt "$n" ] && echo "set format x ''" || echo "set format x '%g'; set xlabel 'simulated time, s'"
        (IFS=,; echo "plot ${plots[*]}")
    done
    echo 'unset multiplot'
} > "$work/plot.gp"
gnuplot "$work/plot.gp"
