#!/usr/bin/env bash
# `make field`: every policy on the same hours and the same failure, benefit against cost. Runs what
# FOLDER's results files lack, then writes FOLDER/field.md, a table and what it says, and
# FOLDER/field.svg, the picture of it; the table is printed, too.
# Usage: field.sh BINARY FOLDER full|quick [OPTION OF COMPARE...]; SCENARIOS=DIR has others of the
# same names.
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail
binary=$(realpath "$1") folder=$2 mode=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
scenarios=${SCENARIOS:-$here/../scenarios}
fail() { echo "field: $1" >&2; exit "$2"; }

# The baseline first. Where the profile changes what a policy does, both that are worth using.
field=(static-dhaad dynamic-preference:tuned redirect:tuned two-choices:tuned threshold:safe
    threshold:tuned acceptable-number:safe acceptable-number:tuned forwarding-rate:safe
    forwarding-rate:tuned hybrid:safe hybrid:tuned active-standby active-standby:N haha oracle)
case $mode in
full) pairs=20 ;;
quick) pairs=8 ;;
*) fail "full or quick, not $mode" 2 ;;
esac
command -v gnuplot >/dev/null || fail 'gnuplot is not installed' 3
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
q() { sqlite3 -batch -bail "$work/field.db" "$@"; }
q < "$here/field.sql"
for policy in "${field[@]}"; do
    q "insert into policy select '$policy', count(*) + 1 from policy"
done

# ---- runs ---------------------------------------------------------------------------------------

# Hundreds of runs: what is not read here is not kept.
record=(-s record.fingerprints=off -s record.events=off -s record.decisions=off
    -s 'record.sample=10 s')

# take FILE AGENTS [OPTION OF COMPARE...]: runs a scenario under all policies; what its comparison
# says. Of N groups there are as many as agents.
take() {
    local file=$1 agents=$2 json=$work/$1.json metrics
    shift 2
    echo "== scenarios/$file.ini" >&2
    mapfile -t metrics < <(q "select '--metric=' || metric from shown where file = '$file'
        and metric <> 'percent_of_the_way'")
    "$binary" compare "$scenarios/$file.ini" -o "$folder/$file.db" -r "$pairs" "${metrics[@]}" \
        -p "$(IFS=,; echo "${field[*]/%:N/:$agents}")" --json "${record[@]}" "$@" > "$json"
    sed -i "s/\"active-standby:$agents\"/\"active-standby:N\"/g" "$json"
    q "insert into origin select '$file', d ->> 'scenario', json_array_length(d, '\$.pairs')
           from (select readfile('$json') as d);
       insert into cell
       select '$file', p.value ->> 'policy', m.value ->> 'metric', p.value ->> 'mean',
              p.value ->> '\$.interval[0]', p.value ->> '\$.interval[1]',
              (select b.value ->> 'verdict' from json_each(m.value, '\$.against_baseline') b
               where b.value ->> 'policy' = p.value ->> 'policy')
       from json_each(readfile('$json'), '\$.metrics') m, json_each(m.value, '\$.policies') p
       where m.value ->> 'judged';
       insert into cell
       select '$file', value ->> 'policy', 'percent_of_the_way', value ->> 'percent',
              value ->> '\$.interval[0]', value ->> '\$.interval[1]', null
       from json_each(readfile('$json'), '\$.percent_of_the_way')
       union all select '$file', '${field[0]}', 'percent_of_the_way', 0, null, null, null"
}

take policies 8 "$@"
take failure 4 "$@"

# ---- table --------------------------------------------------------------------------------------

table() {
    q ".mode list" ".headers off" "
        select '| policy |' || group_concat(' ' || heading || coalesce(', ' || nullif(unit, ''), '')
            || ' |', '') from (select * from shown order by rank);
        select '|---|' || group_concat('---:|', '') from shown;
        select '| ' || policy || ' |' || group_concat(' ' || case
            when mean is null then 'n/a'
            else printf(format, mean) || coalesce(' ± ' || printf(format, (high - low) / 2), '')
            end || case verdict when 'better' then ' ✓' when 'worse' then ' ✗' else '' end
            || ' |', '') from (select * from value order by row, column) group by row order by row"
}

words() {
    q ".mode list" "select 'Means of ' || min(pairs) || ' runs of each policy in each scenario, with 95 % intervals; ✓ surely better and ✗ '
        || 'surely worse than ' || (select name from policy where rank = 1) || ' over the same seeds.' from origin"
}

# ---- picture ------------------------------------------------------------------------------------

blue=0x0072b2 orange=0xd55e00 grey=0x8c8c8c light=0x9fb8c8

# A block for each column: row, mean, ends of the interval, colour. Blocks stand two lines apart.
data() {
    local column
    for column in $(q 'select rank from shown order by rank'); do
        q ".mode list" ".separator ' '" "
            select row, mean, coalesce(low, mean), coalesce(high, mean), case when row = 1 then $((grey))
                when verdict = 'better' then $((blue)) when verdict = 'worse' then $((orange))
                else $((light)) end from value where column = $column and mean is not null
            union all select 0, 0, 0, 0, 0 order by 1"
        printf '\n\n'
    done
}

panel() {
    local index=$1 title=$2 least=$3 most=$4 step=$5 x y names='unset ytics'
    x=$(q "select printf('%.3f', 0.165 + 0.21 * ($index % 4))")
    y=$(q "select printf('%.3f', 0.945 - 0.49 * ($index / 4))")
    # Names stand at the first panel of a row.
    if [ "$((index % 4))" = 0 ]; then
        names="set ytics ($(q "select group_concat('\"' || name || '\" ' || rank, ', ')
            from policy")) nomirror scale 0"
    fi
    cat <<GNUPLOT
set lmargin at screen $x; set rmargin at screen $x + 0.18
set tmargin at screen $y; set bmargin at screen $y - 0.385
$names
set xrange [$least:$most]
set xtics $step nomirror out
set title "$title"
plot '$work/data' index $index using (0):1:(0):2:(\$1 - 0.34):(\$1 + 0.34):5 \\
         with boxxyerror fs solid noborder lc rgb variable notitle, \\
     '' index $index using 2:1:3:4 with xerrorbars pt 0 lc rgb '#333333' notitle
GNUPLOT
}

picture() {
    local column heading unit least most step
    data > "$work/data"
    cat <<GNUPLOT
set terminal svg size 1120,640 dynamic enhanced font 'sans-serif,12' background '#ffffff'
set output '$work/field.svg'
set multiplot
set yrange [${#field[@]} + 0.7 : 0.3]
set border 1
set title offset 0,-0.5
GNUPLOT
    # At most six numbers at an axis: steps of 1, 2 or 5 times a power of ten.
    while IFS='|' read -r column heading unit least most step; do
        panel $((column - 1)) "$heading${unit:+, $unit}" "$least" "$most" "$step"
    done < <(q "select rank, heading, unit, least, most, case when fifth <= ten then ten
            when fifth <= 2 * ten then 2 * ten when fifth <= 5 * ten then 5 * ten else 10 * ten end
        from (select *, (most - least) / 5 as fifth, pow(10, floor(log10((most - least) / 5))) as ten
              from (select s.*, max(-100, min(0, coalesce((select min(mean) from value
                        where column = s.rank), 0))) as least, 1.02 * coalesce(nullif((select max(coalesce(high, mean)) from value
                        where column = s.rank), 0), 1) as most from shown s)) order by rank")
    echo 'unset multiplot'
}

{ table; echo; words; echo; q < "$here/field-says.sql"; } > "$work/field.md"
picture > "$work/field.gp"
gnuplot "$work/field.gp" 2> "$work/gnuplot.err" || { cat "$work/gnuplot.err" >&2; exit 3; }
mv "$work/field.md" "$work/field.svg" "$folder"
cat "$folder/field.md"
