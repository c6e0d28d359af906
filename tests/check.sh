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
step 'one fingerprint from every compiler' mk determinism-quick
step 'README' tests/readme.sh build/mip6sim
printf '%d passed, 0 failed\n' "$passed"
