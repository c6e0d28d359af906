#!/usr/bin/env bash
# `make check`: every suite in turn, with the time each took. Stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    local name=$1 begin=$SECONDS
    shift
    printf '== %s\n' "$name"
    if ! "$@"; then
        printf '== %s: FAILED after %d s\n' "$name" $((SECONDS - begin))
        printf '%d passed, 1 failed\n' "$passed"
        exit 1
    fi
    printf '== %s: ok, %d s\n' "$name" $((SECONDS - begin))
    passed=$((passed + 1))
}
passed=0

# beside NAME COMMAND...: starts what needs one core only; `joined` is its step, with all it said.
# Should a step between fail, nobody waits for it.
beside() {
    other=$1 log=$(mktemp)
    shift
    "$@" >"$log" 2>&1 &
    pid=$!
    trap 'rm -f "$log"; [ -z "$pid" ] || kill "$pid"' EXIT
}
joined() { step "$other" other_ends; }
other_ends() {
    local code=0
    wait "$pid" || code=$?
    pid=
    cat "$log"
    return $code
}
mk() { make --no-print-directory -j2 "$@"; }

step 'build' mk all
step 'rules of the source' mk tidy
step 'unit tests' mk unit
step 'unit tests, sanitized' mk unit SANITIZE=1 BUILD=build/asan OPT=-O1 DEBUG=-g1
step 'scenarios' mk scenario
step 'message charts' mk trace
step 'scenarios, sanitized' mk scenario SANITIZE=1 BUILD=build/asan OPT=-O1 DEBUG=-g1 T=quick
step 'the wire, by the word of others' mk wire
step 'theory, the quick cases' mk validate-fast
beside 'README' tests/readme.sh build/mip6sim
step 'one fingerprint from every compiler' mk determinism-quick
joined
printf '%d passed, 0 failed\n' "$passed"
