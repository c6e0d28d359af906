#!/usr/bin/env bash
# `make claims`: what the draft's section 3 says of other systems, each sentence tried by a
# scenario. Runs what FOLDER's results files lack, then writes FOLDER/claims.md, also printed.
# Usage: claims.sh BINARY FOLDER full|quick [OPTION OF COMPARE...]; SCENARIOS=DIR has others of the
# same names.
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail
binary=$(realpath "$1") folder=$2 mode=$3
shift 3
more=("$@")
here=$(cd "$(dirname "$0")" && pwd)
scenarios=${SCENARIOS:-$here/../scenarios}
fail() { echo "claims: $1" >&2; exit "$2"; }

case $mode in
full) pairs=20 burden=8 ;;
quick) pairs=6 burden=3 ;;
*) fail "full or quick, not $mode" 2 ;;
esac
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
q() { sqlite3 -batch -bail "$work/claims.db" "$@"; }
q < "$here/claims.sql"

# Nothing is read of these but metrics.
record=(-s record.fingerprints=off -s record.events=off -s record.decisions=off
    -s 'record.sample=10 s')

# take TRIAL SCENARIO PAIRS POLICIES [OPTION OF COMPARE...]: one comparison; its figures are cells.
take() {
    local trial=$1 file=$2 n=$3 policies=$4 json=$work/$1.json metrics
    shift 4
    echo "== $trial: scenarios/$file.ini" >&2
    mapfile -t metrics < <(q "select '--metric=' || metric from wanted where trial = '$trial'")
    "$binary" compare "$scenarios/$file.ini" -o "$folder/$trial.db" -r "$n" -p "$policies" \
        "${metrics[@]}" --json "${record[@]}" "$@" "${more[@]}" > "$json"
    q "insert into trial select '$trial', '$file', json_array_length(d, '\$.pairs')
           from (select readfile('$json') as d);
       insert into cell
       select '$trial', p.value ->> 'policy', m.value ->> 'metric', p.value ->> 'mean',
              p.value ->> '\$.interval[0]', p.value ->> '\$.interval[1]',
              (select b.value ->> 'verdict' from json_each(m.value, '\$.against_baseline') b
               where b.value ->> 'policy' = p.value ->> 'policy')
       from json_each(readfile('$json'), '\$.metrics') m, json_each(m.value, '\$.policies') p
       where m.value ->> 'judged'"
}

take balance policies "$pairs" static-dhaad,active-standby,active-standby:8,haha,hybrid:safe
take takeover takeover "$pairs" static-dhaad+none,active-standby,haha,haha:links
for state in synchronised behind lost; do
    take "sa-$state" claims/sequence "$pairs" static-dhaad+none,active-standby \
        -s "ipsec.sa-state=$state"
done
take link-same claims/whole-link "$pairs" static-dhaad+none,haha
take link-own claims/one-link "$pairs" static-dhaad+none,haha:links
take uplink claims/uplink "$pairs" static-dhaad,haha,haha:links
for way in up down; do
    take "crash-$way" takeover "$pairs" static-dhaad+none,haha:links -s "traffic.direction=$way" \
        -s "traffic probe.direction=$way"
done
for agents in 2 4 8 16; do
    take "burden-$agents" sync-burden "$burden" static-dhaad+none,haha \
        -s "home-agents.count=$agents"
done

# ---- what they say ----------------------------------------------------------------------------

# fig TRIAL POLICY METRIC [FACTOR [FORMAT]]: a mean with the ends of its interval, as text.
fig() {
    q "select printf('${5:-%.3g}', mean * ${4:-1}) || coalesce(printf(' [${5:-%.3g}, ${5:-%.3g}]',
           low * ${4:-1}, high * ${4:-1}), '') from cell
       where trial = '$1' and policy = '$2' and metric = '$3' and mean is not null
       union all select 'none' limit 1"
}
# says FOR AGAINST, conditions in SQL over figures; one that is not there settles nothing.
says() { q "select case when $1 then 'yes' when $2 then 'no' else 'not sure' end"; }
# In SQL, of TRIAL POLICY METRIC: what is sure against the trial's first policy; an interval's ends.
cell() {
    printf "(select %s from cell where trial = '%s' and policy = '%s' and metric = '%s')" "$@"
}
is() { cell verdict "$@"; }
low() { cell low "$@"; }
high() { cell high "$@"; }

# measured ABOUT QUOTATION TRIAL FIGURES FOR AGAINST; left_out ABOUT QUOTATION REASON.
tried=0
measured() {
    local scenario n
    scenario=$(q "select scenario from trial where name = '$3'")
    n=$(q "select pairs from trial where name = '$3'")
    tried=$((tried + 1))
    printf '| %d | %s | "%s" | %s.ini, %d runs each | %s | %s |\n' "$tried" "$1" "$2" "$scenario" \
        "$n" "$4" "$(says "$5" "$6")" >> "$work/measured"
}
left_out() {
    printf '| %s | "%s" | %s |\n' "$1" "$2" "$3" >> "$work/left"
}
. "$here/claims-list.sh"
{
    echo '| | about | the draft says | tried by | figures, with 95 % intervals | borne out |'
    echo '|---|---|---|---|---|---|'
    cat "$work/measured"
    cat <<'RULES'

Words are those of the draft's section 3, misprints included. *Borne out*, yes or no, is what is
sure at 95 %: of two policies of one scenario by the paired test of `mip6sim compare`, of two
scenarios if their intervals do not meet. Transparent: outages are shorter than with static DHAAD,
and no node gives an agent up. Redundancy, and a node that is found: outages are shorter. A heavy
burden: more than twice the signalling. Reliability has problems: outages are longer of what nodes
send than of what is sent to them; it has not, if they are shorter than with static DHAAD.
RULES
    printf '\nNot measured:\n\n| about | the draft says | why not |\n|---|---|---|\n'
    cat "$work/left"
} > "$work/claims.md"
mv "$work/claims.md" "$folder"
cat "$folder/claims.md"
