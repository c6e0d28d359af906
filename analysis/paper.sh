#!/usr/bin/env bash
# The report on the draft's claim, of the results files that scenarios/paper/run.sh leaves: one
# HTML file without network or scripts. Every number and every verdict in it is a query.
# Usage: paper.sh BINARY FOLDER; writes FOLDER/report.html and FOLDER/points.db, its tables.
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail
binary=$(realpath "$1") folder=$2
here=$(cd "$(dirname "$0")" && pwd)
metrics=(delay_mean delay_p99 peak_queue_packets loss_ratio)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
db=$work/points.db
q() { sqlite3 -batch -bail "$db" "$@"; }
fail() { echo "paper: $1" >&2; exit "${2:-2}"; }

[ -d "$folder" ] || fail "$folder: no such folder"
q < "$here/paper.sql"

# ---- from the results files into the tables ------------------------------------------------

# compare FAMILY POINT A X: what `mip6sim compare` says of one point. X and A are values of the
# family's keys, as in run_param.
compare() {
    local file=$folder/$1.db out=$work/$1-$2.json policies where=()
    policies=$(sqlite3 "$file" "select group_concat(policy) from (select policy from run
        where status = 'complete' group by policy order by policy <> 'static-dhaad', min(run_id))")
    [[ $policies == *,* ]] || fail "$file: holds no policy beside $policies"
    where=(-w "$a_key=$3" -w "$x_key=$4")
    "$binary" compare "$file" -p "$policies" "${where[@]}" "${metrics[@]/#/--metric=}" --json \
        > "$out" || fail "$file: the runs with $a_key = $3, $x_key = $4 cannot be compared"
}

# take FAMILY: its points, means, causes of loss and settings.
take() {
    local family=$1 file=$folder/$1.db
    IFS='|' read -r a_key x_key < <(q "select a_key, x_key from family where name = '$family'")
    sed -e "s/@family/$family/g; s/@a_key/$a_key/g; s/@x_key/$x_key/g" "$here/paper-take.sql" |
        q -cmd "attach 'file:$(realpath "$file")?mode=ro' as r"
    while IFS='|' read -r id a x; do
        compare "$family" "$id" "$a" "$x"
    done < <(q "select id, a, x from point where family = '$family' order by id")
    q "insert into cell
       select p.id, b.value ->> 'policy', m.value ->> 'metric', m.value ->> '\$.policies[0].mean',
              (select c.value ->> 'mean' from json_each(m.value, '\$.policies') c
               where c.value ->> 'policy' = b.value ->> 'policy'),
              b.value ->> 'difference', b.value ->> '\$.interval[0]', b.value ->> '\$.interval[1]',
              b.value ->> 'p_holm', b.value ->> 'verdict'
       from point p, json_each(readfile('$work/$family-' || p.id || '.json'), '\$.metrics') m,
            json_each(m.value, '\$.against_baseline') b
       where p.family = '$family' and m.value ->> 'judged';
       update point set pairs = json_array_length(readfile('$work/$family-' || id || '.json'),
           '\$.pairs') where family = '$family';"
}

families=()
for family in $(q 'select name from family order by rank'); do
    [ -s "$folder/$family.db" ] || continue
    families+=("$family")
    take "$family"
done
[ "$(q "select count(*) from point join family on name = family where kind")" -gt 0 ] ||
    fail "$folder: holds no equal.db, zipf.db or flash.db with complete runs"
q "insert into policy select policy, min(rowid) from cell group by policy order by 2"

# ---- figures ----------------------------------------------------------------------------------

# figure FAMILY A METRIC CAPTION: the metric against the family's x, for one value of its a; an
# inline SVG with identifiers of its own.
figure() {
    local family=$1 a=$2 metric=$3 file=$folder/$1.db runs x_key a_key id
    IFS='|' read -r a_key x_key < <(q "select a_key, x_key from family where name = '$family'")
    runs=$(sqlite3 "$file" "select group_concat(run_id) from run join run_param p using (run_id)
        where status = 'complete' and p.key = '$a_key' and p.value = '$a'")
    id=$family-$(tr -dc 'a-z0-9' <<< "$a")-$metric
    "$binary" plot "$file" -q --figure peak-to-mean --metric "$metric" --parameter "$x_key" \
        --runs "$runs" --out "$work/$id.svg"
    printf '<figure><figcaption>%s</figcaption><div class="card">\n' "$4"
    sed -e '1,/<svg/{/<svg/!d}' -e 's/<title>[^<]*<\/title>//; s/<desc>[^<]*<\/desc>//' \
        -e "s/ id=\"/&$id-/g; s/ id='/&$id-/g; s/href='#/&$id-/g; s/url(#/&$id-/g" \
        -e "s/<svg/<svg role=\"img\" aria-label=\"$4\"/" "$work/$id.svg"
    printf '</div></figure>\n'
}

# figures FAMILY A METRIC=CAPTION...
figures() {
    local family=$1 a=$2
    shift 2
    echo '<div class="pair">'
    for f; do figure "$family" "$a" "${f%%=*}" "${f#*=}"; done
    echo '</div>'
}

has() { [[ " ${families[*]} " == *" $1 "* ]]; }
html() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }
# The value of a in the middle of those a family has.
middle() {
    q "select a from (select distinct a, a_n from point where family = '$1') order by a_n
       limit 1 offset (select count(distinct a) / 2 from point where family = '$1')"
}
# . "$here/paper-page.sh" writes the page with the functions above.
. "$here/paper-page.sh" > "$work/report.html"
mv "$work/report.html" "$folder/report.html"
cp "$db" "$folder/points.db"
q "select 'Report: $folder/report.html (' || sum(runs) || ' runs)' from origin"
