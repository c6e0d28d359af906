# For the scenario tests: each *.test is sourced by run.sh in a folder of its own, with
# MIP6SIM (the program) and TOP (the repository) set. A failing command fails the test.

# run SCENARIO [OPTION...]: a run from the repository's scenarios, results in out.db.
run() {
    local scenario=$1
    shift
    case $scenario in /*|./*) ;; *) scenario=$TOP/scenarios/$scenario ;; esac
    "$MIP6SIM" run "$scenario" --quiet --out out.db "$@" >stdout 2>stderr
}

# sql QUERY [DB]: its answer on standard output.
sql() { sqlite3 "${2:-out.db}" "$1"; }

# expect WHAT QUERY: the query must answer 1.
expect() {
    local answer
    answer=$(sql "$2")
    [ "$answer" = 1 ] || { echo "$1: got '$answer' from: $2"; return 1; }
}

# exits CODE COMMAND...: the command must end with this exit code.
exits() {
    local want=$1 got=0
    shift
    "$@" >stdout 2>stderr || got=$?
    [ "$got" = "$want" ] || { echo "exit $got, expected $want: $*"; cat stderr; return 1; }
}

# says TEXT: the last `exits` or `run` printed this on standard error.
says() { grep -qF -- "$1" stderr || { echo "no '$1' in:"; cat stderr; return 1; }; }

# sound: what holds after every run that is complete.
sound() {
    expect 'a run that is not complete' "select min(status = 'complete') from run"
    expect 'no samples' 'select count(*) > 0 from ha_sample'
    expect 'a negative figure' 'select count(*) = 0 from ha_sample where queue_packets < 0
        or queue_bytes < 0 or mn_count < 0 or tunnelled_packets < 0 or dropped_packets < 0'
    expect 'a sample outside [0, end)' 'select count(*) = 0 from ha_sample s join run r using (run_id)
        where s.t_ns < 0 or s.t_ns >= r.simulated_ns'
    expect 'packets that vanished' "select count(*) = 0 from (select run_id,
        sum(value * (name = 'sent_packets')) - sum(value * (name = 'delivered_packets'))
        - sum(value * (name = 'lost_packets')) - sum(value * (name = 'in_flight_packets')) d
        from metric where node_id is null group by run_id) where d <> 0"
    expect 'not a number' "select count(*) = 0 from metric where value is not null
        and (typeof(value) not in ('real', 'integer') or abs(value) > 1e300)"
}

# shared NAME: path of a file of the shared folder, or the test is skipped.
shared() {
    local f=${MIP6_SHARED:-$TOP/../shared}/$1
    [ -e "$f" ] || { echo "skipped: no $1"; exit 77; }
    printf '%s\n' "$f"
}
