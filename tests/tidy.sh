#!/usr/bin/env bash
# Rules about the source, as a test. Usage: tidy.sh LIBMIP6
set -uo pipefail
cd "$(dirname "$0")/.." || exit 3
lib=$1
failed=0
bad() { printf 'tidy: %s\n' "$1"; failed=1; }

# 1. The protocol library stands alone: no data, no bss, no foreign symbol.
allowed='^(memcpy|memmove|memset|memcmp|__assert_fail|__stack_chk_fail|__memcpy_chk|__memmove_chk|__memset_chk)$'
foreign=$(nm --undefined-only -A "$lib" | awk '{print $NF}' | sort -u | grep -vE "$allowed" |
    grep -vxF -f <(nm --defined-only -g "$lib" | awk 'NF == 3 {print $3}' | sort -u) |
    grep -v '^_GLOBAL_OFFSET_TABLE_$')
[ -z "$foreign" ] || bad "libmip6.a needs foreign symbols: $(echo $foreign)"
state=$(size -A "$lib" | awk '$1 ~ /^\.(data|bss|tdata|tbss|sdata|sbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 {print $1, $2}')
[ -z "$state" ] || bad "libmip6.a has writable state: $(echo $state)"
common=$(nm "$lib" | awk '$2 == "C"')
[ -z "$common" ] || bad "libmip6.a has common symbols: $common"
exported=$(nm --defined-only -g "$lib" | awk 'NF == 3 {print $3}' | grep -v '^mip6_')
[ -z "$exported" ] || bad "libmip6.a exports names without mip6_: $(echo $exported)"
grep -nE '\b(float|double)\b' proto/*.h proto/*/*.[ch] && bad 'floating point in proto/'

# 2. Dependencies point one way.
includes() { grep -nE "^#include \"($2)" $1 /dev/null; }
includes "$(ls proto/*.h proto/*/*.[ch] | tr '\n' ' ')" 'sim/|models/|analysis/' && bad 'proto/ includes what is above it'
grep -nE '^#include <(glib|gio|gsl|sqlite)' proto/*.h proto/*/*.[ch] && bad 'proto/ includes a foreign library'
includes "$(ls sim/engine/*.[ch] | tr '\n' ' ')" 'models/|analysis/|sim/(scenario|record|cli)/|mip6' && bad 'sim/engine knows what is above it'
includes "$(ls models/*.[ch] models/*/*.[ch] | tr '\n' ' ')" 'analysis/|sim/(scenario|record|cli)/' && bad 'models know what is above them'
includes "$(ls sim/scenario/*.[ch] sim/record/*.[ch] | tr '\n' ' ')" 'models/|analysis/|sim/cli/' && bad 'scenario or record know a model'
includes "$(ls sim/scenario/*.[ch] sim/record/*.h | tr '\n' ' ')" 'mip6' && bad 'scenario knows the protocol, or record shows it'
includes "$(ls analysis/*.[ch] | tr '\n' ' ')" 'models/|sim/|mip6' && bad 'analysis knows the simulator'
grep -nE 'sqlite3_' sim/engine/*.[ch] models/*.[ch] models/*/*.[ch] sim/scenario/*.[ch] && bad 'a database outside sim/record and analysis'

# 3. What a reader can hold: functions of 70 lines, files of 800, lines of 100 columns.
sources=$(git ls-files '*.c' '*.h')
for f in $sources; do
    [ -f "$f" ] || continue
    n=$(wc -l < "$f")
    [ "$n" -le 800 ] || bad "$f: $n lines, 800 at most"
    awk -v f="$f" 'length($0) > 100 {printf "tidy: %s:%d: %d columns, 100 at most\n", f, FNR, length($0); e = 1}
         /\t/ {printf "tidy: %s:%d: tab\n", f, FNR; e = 1}
         / $/ {printf "tidy: %s:%d: blank at the end\n", f, FNR; e = 1}
         /^[A-Za-z_].*\)$/ || /^[A-Za-z_].*\) *\{$/ {head = $0}
         /^\{/ {start = FNR}
         /^[A-Za-z].*\{$/ {start = FNR; if ($0 !~ /\) \{$/) start = 0}
         /^\}/ {if (start && FNR - start - 1 > 70) {printf "tidy: %s:%d: function of %d lines, 70 at most\n", f, start, FNR - start - 1; e = 1} start = 0}
         END {exit e}' "$f" || failed=1
    case $f in
        proto/*) grep -q 'SPDX-License-Identifier: BSD-2-Clause' "$f" || bad "$f: licence line" ;;
        *) grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' "$f" || bad "$f: licence line" ;;
    esac
done

# 4. Names by layer.
for layer in 'sim/engine sim_' 'models model_' 'analysis analysis_' 'sim/scenario sim_' 'sim/record sim_' 'sim/cli (sim_|cli_|main)'; do
    set -- $layer
    objects=$(find "$(dirname "$lib")/obj/$1" -name '*.o' 2>/dev/null)
    [ -n "$objects" ] || continue
    # shellcheck disable=SC2086
    other=$(nm --defined-only -g $objects | awk 'NF == 3 {print $3}' | grep -vE "^$2")
    [ -z "$other" ] || bad "$1 exports names without $2: $(echo $other)"
done

# 5. The product only.
git grep -nIE '(^|[^A-Za-z0-9_./])/(home|mnt|srv)/[a-z]' -- . ':!tests/tidy.sh' && bad 'paths of a machine'
top=$(git ls-files | cut -d/ -f1 | sort -u | grep -vxE 'Makefile|README\.md|LICENSE|\..*|proto|sim|models|scenarios|analysis|tests|results')
[ -z "$top" ] || bad "unexpected at the top: $top"

[ $failed -eq 0 ] && echo 'tidy: ok'
exit $failed
