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
# One that was killed a moment ago may still hold its lock.
sql() { sqlite3 -cmd ".timeout 10000" "${2:-out.db}" "$1"; }

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

# after WORDS: what the test says it has just done, should a check fail now. Not `sound || say something`:
# behind || or && the shell goes on where a check within a function fails, and only the last one counts.
after() { AFTER="after: $*"; }
trap '[ $? = 0 ] || [ -z "${AFTER:-}" ] || echo "$AFTER"' EXIT

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

# failures_sound: what holds of runs with failures, of whatever kind.
failures_sound() {
    sound
    finite
    expect 'an outage before its failure, or outside the run' "select count(*) = 0 from outage o
        join failure f using (run_id, failure) join run r using (run_id)
        where o.began_ns < f.began_ns or o.ended_ns < o.began_ns or o.ended_ns > r.simulated_ns"
    expect 'two outages of one direction at once' "select count(*) = 0 from outage a join outage b
        using (run_id, mn_id, direction) where a.rowid < b.rowid and a.began_ns < b.ended_ns
        and b.began_ns < a.ended_ns"
    expect 'censored, and over' "select count(*) = 0 from outage o join run r using (run_id)
        where censored <> (ended_ns = simulated_ns)"
    expect 'nodes hit, miscounted' "select count(*) = 0 from failure f where nodes_hit <>
        (select count(distinct mn_id) from outage o where o.run_id = f.run_id and o.failure = f.failure)"
    expect 'neither hit nor unhurt' "select count(*) = 0 from failure
        where nodes_unhurt < 0 or nodes_unhurt > nodes_bound or nodes_bound > nodes_hit + nodes_unhurt"
    expect 'a storm for each agent' "select count(*) = (select count(*) from failure f
        join node n using (run_id) where n.kind = 'home-agent') from storm"
    expect 'outages, miscounted' "select count(*) = 0 from run r where (select value from metric m
        where m.run_id = r.run_id and m.node_id is null and m.name = 'failure_outages') <>
        (select count(*) from outage o where o.run_id = r.run_id)"
    expect 'a load below the bound' 'select count(*) = 0 from bound where load < lower or lpt < lower * (1 - 1e-9)'
}

# shared NAME: path of a file of the shared folder, or the test is skipped.
shared() {
    local f=${MIP6_SHARED:-$TOP/../shared}/$1
    [ -e "$f" ] || { echo "skipped: no $1"; exit 77; }
    printf '%s\n' "$f"
}

# finite: no infinity, and no text of one, in any column of any table. SQLite keeps a NaN as
# NULL: only figures that may be unknown can be NULL, and never in a run that had traffic.
finite() {
    local queries answers
    queries=$(sql "select 'select count(*), ''rows of ' || m.name || ' with what is no number'' from ' || m.name ||
        ' where ' || group_concat('lower(\"' || c.name || '\") in (''nan'', ''-nan'', ''inf'', ''-inf'') or typeof(\"' ||
        c.name || '\") = ''real'' and abs(\"' || c.name || '\") > 1e300', ' or ') || ';'
        from sqlite_schema m, pragma_table_info(m.name) c
        where m.type = 'table' and m.name not like 'sqlite%' group by m.name")
    [ -n "$queries" ] || { echo 'no tables'; return 1; }
    answers=$(sql "$queries")
    ! grep -v '^0|' <<< "$answers" || return 1
    expect 'a figure of every run that is unknown' "select count(*) = 0 from metric
        where value is null and name in ('sent_packets', 'delivered_packets', 'lost_packets',
        'in_flight_packets', 'peak_queue_packets', 'peak_queue_bytes', 'moves', 'ping_pongs',
        'overloaded_seconds', 'registered_at_end', 'mn_unfilled_lists', 'double_binding_seconds')"
    expect 'no time' "select count(*) = 0 from run where status = 'complete'
        and (wall_seconds is null or wall_seconds < 0 or simulated_ns is null)"
}

# refused CODE TEXT SCENARIO [OPTION...]: it ends with this code, says this, in one line for
# each error, and leaves no run that claims to be complete.
refused() {
    local code=$1 text=$2
    shift 2
    rm -f out.db*
    exits "$code" "$MIP6SIM" run --quiet --out out.db "$@"
    says "$text"
    [ ! -s out.db ] || expect 'a complete run of bad input' \
        "select count(*) = 0 from run where status = 'complete'"
}

# twice SCENARIO [OPTION...]: two complete runs, sound, finite, of one fingerprint.
twice() {
    rm -f out.db*
    run "$@" || { cat stderr; return 1; }
    run "$@" || { cat stderr; return 1; }
    sound
    finite
    expect 'two runs, one fingerprint' 'select count(*) = 2 and count(distinct fingerprint) = 1 from run'
}

# follow TRACE > FILE: a scenario of one minute whose nodes follow a trace.
follow() {
    printf '[scenario]\nduration = 60 s\n[home-agents]\ncount = 2\n[mobility]\nmodel = trace\n'
    printf 'file = %s\n[traffic]\nnode-rate = 20 kbit/s\npacket-size = 500 B\n' "$1"
    printf '[policy]\nname = hybrid\nprofile = tuned\n'
}

# noted TEXT: the runs have a note with it.
noted() {
    [ "$(sql "select count(*) > 0 from note where instr(text, '$1')")" = 1 ] ||
        { echo "no note '$1', but:"; sql 'select text from note'; return 1; }
}

# registered N: so many nodes were registered at the end of each run.
registered() {
    expect "registered at the end, not $1" "select min(value) = $1 and max(value) = $1 from metric
        where name = 'registered_at_end' and node_id is null"
}
