#!/usr/bin/env bash
# One fingerprint from every compiler and optimisation. Usage: determinism.sh quick|full
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:-quick}
case $mode in
    quick) builds='gcc:-O0 clang:-O3'; scenarios='quickstart join small-town' seconds=150 ;;
    full) builds='gcc:-O0 gcc:-O2 gcc:-O3 clang:-O0 clang:-O2 clang:-O3'; seconds=300
          scenarios='quickstart hotspot flash-crowd join ten-agents small-town' ;;
    *) echo "usage: $0 quick|full" >&2; exit 2 ;;
esac
# In the full matrix of builds, jobs and processors runs are this short, of scenarios in which all
# begins early; each build makes the long ones once.
short=60
# The C library chooses its functions by processor: the choice must change nothing.
plain='GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable,-AVX2,-FMA'
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fingerprints() {    # BINARY NAME SECONDS JOBS [ENVIRONMENT]
    local binary=$1 name=$2 s all=$scenarios
    [ "$3" != "$short" ] || all='quickstart ten-agents small-town as-printed'
    for s in $all; do
        rm -f "$out/x.db"
        env ${5:-} "$binary" run "scenarios/$s.ini" --policy static-dhaad --policy hybrid:tuned --quiet \
            --set "scenario.duration=$3 s" --set 'scenario.warm-up=0 s' --jobs "$4" --out "$out/x.db" >/dev/null
        sqlite3 "$out/x.db" 'select scenario, policy, fingerprint from run order by run_id'
    done > "$out/$name"
}

agree() {           # REFERENCE NAME WHAT
    diff "$out/$1" "$out/$2" && return
    echo "determinism: $3 gives other fingerprints"
    exit 1
}

# Jobs times processors, by one build.
matrix() {          # BINARY WHAT
    local jobs env
    for jobs in 1 2 4; do
        for env in '' "$plain"; do
            fingerprints "$1" other $short $jobs "$env"
            agree reference-short other "$2, $jobs jobs${env:+, without FMA and AVX2,}"
        done
    done
    echo "determinism: $2 agrees with 1, 2 and 4 jobs, with and without FMA and AVX2"
}

env -u MAKEFLAGS make --no-print-directory -j2 all
fingerprints build/mip6sim reference $seconds 1
[ $mode = quick ] || fingerprints build/mip6sim reference-short $short 1
# Metrics, too, to the digits that baselines keep.
build/mip6sim bless quickstart join -b "$out/baselines" -r 2 --reason reference >/dev/null
for b in $builds; do
    cc=${b%%:*} opt=${b#*:}
    dir=build/det-$cc$opt
    env -u MAKEFLAGS make --no-print-directory -j2 all CC="$cc" OPT="$opt" DEBUG=-g0 BUILD="$dir"
    fingerprints "$dir/mip6sim" "$cc$opt" $seconds 2
    agree reference "$cc$opt" "$cc $opt"
    if ! "$dir/mip6sim" regress quickstart join -b "$out/baselines" -r 2 >"$out/regress"; then
        cat "$out/regress"
        echo "determinism: $cc $opt gives other metrics"
        exit 1
    fi
    echo "determinism: $cc $opt agrees ($(wc -l < "$out/reference") runs)"
    [ $mode = quick ] || matrix "$dir/mip6sim" "$cc $opt"
done
fingerprints build/mip6sim plain $seconds 4 "$plain"
agree reference plain '4 jobs without FMA and AVX2'
echo 'determinism: agrees with 4 jobs, without FMA and AVX2'
