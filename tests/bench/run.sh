#!/usr/bin/env bash
# `make bench`: what an event, a packet and a mobile node cost here. Reports, judges nothing;
# about ten minutes. Usage: run.sh MIP6SIM BENCH-PROGRAM...
set -euo pipefail
mip6sim=$1
shift

for bench in hold path memory record jobs million; do
    "$mip6sim" bench $bench
    echo
done
for bench in "$@"; do
    "$bench"
done
