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
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fingerprints() {    # BINARY NAME [ENVIRONMENT]
    local binary=$1 name=$2 s
    for s in $scenarios; do
        rm -f "$out/x.db"
        env ${3:-} "$binary" run "scenarios/$s.ini" --policy static-dhaad --policy hybrid:tuned --quiet \
            --set "scenario.duration=$seconds s" --set 'scenario.warm-up=0 s' --out "$out/x.db" >/dev/null
        sqlite3 "$out/x.db" 'select scenario, policy, fingerprint from run order by run_id'
    done > "$out/$name"
}

env -u MAKEFLAGS make --no-print-directory -j2 all
fingerprints build/mip6sim reference
# Metrics, too, to the digits that baselines keep.
build/mip6sim bless quickstart join -b "$out/baselines" -r 2 --reason reference >/dev/null
for b in $builds; do
    cc=${b%%:*} opt=${b#*:}
    dir=build/det-$cc$opt
    env -u MAKEFLAGS make --no-print-directory -j2 all CC="$cc" OPT="$opt" BUILD="$dir"
    fingerprints "$dir/mip6sim" "$cc$opt"
    if ! diff "$out/reference" "$out/$cc$opt"; then
        echo "determinism: $cc $opt gives other fingerprints"
        exit 1
    fi
    if ! "$dir/mip6sim" regress quickstart join -b "$out/baselines" -r 2 >"$out/regress"; then
        cat "$out/regress"
        echo "determinism: $cc $opt gives other metrics"
        exit 1
    fi
    echo "determinism: $cc $opt agrees ($(wc -l < "$out/reference") runs)"
done
# The C library chooses its functions by processor: the choice must change nothing.
fingerprints build/mip6sim tunables 'GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable,-AVX2,-FMA'
diff "$out/reference" "$out/tunables"
echo 'determinism: agrees without FMA and AVX2'
