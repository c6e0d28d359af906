# The page of paper.sh, section by section; sourced by it. SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154

first_kind=$(q "select name from family where kind and name in (select family from point)
    order by rank limit 1")

# ---- head and answer ------------------------------------------------------------------------
cat <<HTML
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Does balancing home agents reduce delay and buffers?</title>
<style>
$(cat "$here/paper.css")
</style>
</head>
<body>
<h1>Does balancing home agents “reduce the traffic delay substantially and the buffer
requirements”?</h1>
<p class="dim">The claim of draft-deng-mip6-ha-loadbalance and of its authors' paper of 2003, tested
against static DHAAD by mip6sim on $(q 'select sum(runs) from origin') runs.</p>
<nav class="dim"><a href="#judged">How it is judged</a><a href="#kinds">Traffic</a><a
href="#interval">Advertisements</a><a href="#buffer">Buffer</a><a href="#cost">Cost</a><a
href="#literal">As printed</a><a href="#loss">Loss</a><a href="#reproduce">Reproduce</a></nav>
<div class="answer" id="answer">
HTML
q < "$here/paper-answer.sql"

# ---- how it is judged -------------------------------------------------------------------------
q <<'SQL'
.mode list
SELECT '<h2 id="judged">How it is judged</h2><p>Runs of two policies with the same seed and
replication saw the same arrivals and the same movement: they are pairs (here ' ||
(SELECT CASE WHEN min(pairs) = max(pairs) THEN min(pairs) ELSE min(pairs) || ' to ' || max(pairs) END
 FROM point) || ' a point). What is called better or worse is
so surely, at 95 % after Holm''s correction over the metrics and policies of its point, as
<code>mip6sim compare</code> says it; of ' || (SELECT count(*) FROM point JOIN family ON name = family
WHERE kind) || ' points, chance alone may still give a few such calls. A reduction is
<i>substantial</i> where it is sure, at least ' || printf('%g', 100 * substantial) || ' %, not bought
with a higher 99th percentile of delay, and not with lost packets: loss must not be surely
higher, nor its mean by more than ' || printf('%g', 100 * loss_slack) || ' points. That matters since
delays are those of delivered packets. <i>Substantially worse</i> is what is surely
higher by as much, or loss by more than those points. Where static DHAAD needs at most ' ||
printf('%g', calm_queue) || ' packets of buffer (mean of the largest queues) there is little to
gain.</p>' FROM rule;
SQL
cat <<'HTML'
<p>Agents carry 1 Mbit/s of packets of 1000 B and have queues without a limit, so that the largest
queue is the buffer that would have been needed. Twenty nodes an agent move between nine cells.
Load is the share of all agents' capacity together: beyond 100 % no balancing can prevent queues
that grow to the end, and what stands in them at the end has no delay yet.</p>
HTML

# ---- kinds of traffic -------------------------------------------------------------------------

# One policy's grid: a row for each x, for each a the judged metrics.
grid() {
    q <<SQL
.mode list
.parameter set @f "'$1'"
.parameter set @p "'$2'"
SELECT '<h3>' || @p || ' against static-dhaad, ' || title || '</h3><div class="scroll"><table>' ||
    '<thead><tr><th rowspan="2">' || x_word || '</th>' || (SELECT group_concat(
        '<th class="a" colspan="4">' || a || ' ' || a_word || '</th>', '') FROM
        (SELECT DISTINCT a FROM point WHERE family = @f ORDER BY a_n, a)) || '</tr><tr>' ||
    (SELECT group_concat('<th' || CASE j.rank WHEN 1 THEN ' class="a"' ELSE '' END || '>' || j.word
        || CASE j.metric WHEN 'loss_ratio' THEN ', points' ELSE '' END || '</th>', '')
     FROM (SELECT DISTINCT a, a_n FROM point WHERE family = @f) JOIN judged j) || '</tr></thead><tbody>'
FROM family WHERE name = @f;
SELECT '<tr><td>' || label || '</td>' || group_concat('<td class="' || class ||
    CASE rank WHEN 1 THEN ' a' ELSE '' END || '" title="' || title || '">' || text || '</td>', '')
    || '</tr>'
FROM (SELECT p.label, p.x_n, s.*, j.rank FROM point p JOIN shown s ON s.point = p.id
      JOIN judged j USING (metric) WHERE p.family = @f AND s.policy = @p
      ORDER BY p.x_n, p.x, p.a_n, p.a, j.rank) GROUP BY x_n, label ORDER BY x_n, label;
SELECT '</tbody></table></div>';
SQL
}

# All means of a family, unfolded on demand.
details() {
    q <<SQL
.mode list
.parameter set @f "'$1'"
SELECT '<details><summary>Means behind it</summary><div class="scroll"><table><thead><tr><th>' ||
    a_word || ', ' || x_word || '</th><th class="text">policy</th><th>delay, mean</th><th>p99</th>
<th>largest queue, packets</th><th>loss</th><th>Jain''s index of load</th><th>moves a node and hour</th>
<th>signalling, B a node and hour</th></tr></thead><tbody>' FROM family WHERE name = @f;
SELECT '<tr><td>' || p.a || ', ' || p.label || '</td><td class="text">' || m.policy || '</td>' ||
    printf('<td>%.3g s</td><td>%.3g s</td><td>%.0f</td><td>%.2f %%</td><td>%.3f</td><td>%.1f</td>'
           || '<td>%,d</td></tr>',
        max(CASE metric WHEN 'delay_mean' THEN m.value END),
        max(CASE metric WHEN 'delay_p99' THEN m.value END),
        max(CASE metric WHEN 'peak_queue_packets' THEN m.value END),
        max(CASE metric WHEN 'loss_ratio' THEN 100 * m.value END),
        max(CASE metric WHEN 'jain_load' THEN m.value END),
        max(CASE metric WHEN 'moves_per_mn_hour' THEN m.value END),
        CAST(max(CASE metric WHEN 'signalling_bytes_per_mn_hour' THEN m.value END) AS INTEGER))
FROM point p JOIN mean m ON m.point = p.id WHERE p.family = @f
GROUP BY p.id, m.policy ORDER BY p.a_n, p.a, p.x_n, m.policy <> 'static-dhaad', m.policy;
SELECT '</tbody></table></div></details>';
SQL
}

policies_of() { q "select distinct policy from cell join point on id = point where family = '$1'
    order by (select rank from policy where name = policy)"; }
grids() { for policy in $(policies_of "$1"); do grid "$1" "$policy"; done; details "$1"; }

cat <<'HTML'
<h2 id="kinds">By traffic, agents and load</h2>
<p class="key">Change against static DHAAD: <span class="b">▼ surely lower, better</span>
<span class="w">▲ surely higher, worse</span>, the rest is not distinguishable. Loss is in percentage
points. A cell tells its means and its interval when pointed at.</p>
HTML
for kind in $(q "select name from family where kind and name in (select family from point)
        order by rank"); do
    IFS='|' read -r title x_word < <(q "select title, x_word from family where name = '$kind'")
    a=$(middle "$kind")
    echo "<h2>${title^}</h2>"
    grids "$kind"
    echo "<h3>$a agents</h3>"
    [ "$kind" != flash ] || echo '<p class="dim">The axis of these figures is the load that the crowd adds.</p>'
    figures "$kind" "$a" "delay_mean=Mean delay, $title, $a agents" \
        "peak_queue_packets=Largest queue, $title, $a agents" "loss_ratio=Loss, $title, $a agents" \
        "jain_load=Jain's index of load, $title, $a agents"
done

# ---- interval of advertisements ---------------------------------------------------------------
if has ra; then
    cat <<'HTML'
<h2 id="interval">How often must agents advertise?</h2>
<p>Ten agents, Zipf rates, 80 % load. An agent sends its load with router advertisements, at intervals
of once to three times the least one. 30 ms is the least that Mobile IPv6 allows, 198 s Neighbor
Discovery's default.</p>
HTML
    grids ra
    q <<'SQL'
.mode list
SELECT '<div class="scroll"><table><thead><tr><th>least interval</th><th class="text">policy</th>
<th>age of information at a decision</th><th>moves a node and hour</th><th>outage of a move</th>
<th>signalling against static DHAAD</th></tr></thead><tbody>';
SELECT '<tr><td>' || p.label || '</td><td class="text">' || s.policy || '</td>' ||
    printf('<td>%s</td><td>%.1f</td><td>%s</td><td>%+.0f %%</td></tr>',
        coalesce((SELECT printf('%.3g s', value) FROM mean WHERE point = p.id AND policy = s.policy
                  AND metric = 'information_age_mean' AND value IS NOT NULL), '–'),
        (SELECT value FROM mean WHERE point = p.id AND policy = s.policy
         AND metric = 'moves_per_mn_hour'),
        coalesce((SELECT printf('%.3g s', value) FROM mean WHERE point = p.id
                  AND policy = s.policy AND metric = 'outage_mean' AND value IS NOT NULL), '–'),
        100 * (s.value / b.value - 1))
FROM point p JOIN mean s ON s.point = p.id AND s.metric = 'signalling_bytes_per_mn_hour'
JOIN mean b ON b.point = p.id AND b.metric = s.metric AND b.policy = 'static-dhaad'
WHERE p.family = 'ra' AND s.policy <> 'static-dhaad' ORDER BY s.policy, p.x_n;
SELECT '</tbody></table></div>';
SQL
    figures ra "$(middle ra)" 'delay_mean=Mean delay against the least interval' \
        'peak_queue_packets=Largest queue against the least interval' \
        'loss_ratio=Loss against the least interval' \
        'moves_per_mn_hour=Moves against the least interval'
fi

# ---- buffer -----------------------------------------------------------------------------------
if has buffer; then
    q <<'SQL'
.mode list
CREATE VIEW enough AS       -- the smallest limit that was tried with little enough loss
SELECT p.a, p.a_n, m.policy, min(CASE WHEN m.value < lossy THEN p.x_n END) AS enough,
       max(p.x_n) AS most, min(m.value) AS least_loss
FROM point p JOIN mean m ON m.point = p.id AND m.metric = 'loss_ratio', rule
WHERE p.family = 'buffer' GROUP BY p.a, m.policy;
SELECT '<h2 id="buffer">How much buffer does an agent need?</h2><p>The largest queue of an agent that
drops nothing is one answer, and in the tables above. The other one is the smallest limit at which,
over all losses, fewer than ' || printf('%g', 100 * lossy) || ' % of packets are lost; of the limits ' ||
(SELECT group_concat(x, ', ') FROM (SELECT DISTINCT x FROM point WHERE family = 'buffer'
 ORDER BY x_n)) || '. Ten agents, Zipf rates.</p>' FROM rule;
SELECT '<div class="scroll"><table><thead><tr><th>load</th>' || group_concat('<th>' || policy ||
    '</th>', '') || '</tr></thead><tbody>' FROM (SELECT DISTINCT policy FROM enough
    ORDER BY policy <> 'static-dhaad', policy);
SELECT '<tr><td>' || a || '</td>' || group_concat('<td>' || CASE WHEN enough IS NULL
    THEN printf('over %g (%.1f %% lost)', most, 100 * least_loss)
    ELSE printf('%g packets', enough) END || '</td>', '') || '</tr>'
FROM (SELECT * FROM enough ORDER BY a_n, policy <> 'static-dhaad', policy) GROUP BY a_n ORDER BY a_n;
SELECT '</tbody></table></div>';
SQL
    echo '<div class="pair">'
    while read -r load; do
        figure buffer "$load" loss_ratio "Loss against the queue limit, load $load"
    done < <(q "select distinct a from point where family = 'buffer' order by a_n")
    echo '</div>'
    details buffer
fi

# ---- cost -------------------------------------------------------------------------------------
q <<'SQL'
.mode list
SELECT '<h2 id="cost">What it costs</h2><p>Means over all loads of a kind. An outage is the time from the
last packet by the old agent to the first by the new one; refusals are registrations answered with
an error.</p><div class="scroll"><table><thead><tr><th>traffic, agents</th><th class="text">policy</th>
<th>moves a node and hour</th><th>outage of a move</th><th>back again within 60 s, a run</th>
<th>refusals, a run</th><th>two bindings at once, a run</th><th>signalling, B a node and hour</th>
<th>against static DHAAD</th></tr></thead><tbody>';
WITH one AS (SELECT f.rank, f.title, p.a, p.a_n, m.policy, m.metric, avg(m.value) AS value
    FROM point p JOIN family f ON f.name = p.family JOIN mean m ON m.point = p.id WHERE f.kind
    GROUP BY f.rank, p.a_n, m.policy, m.metric),
  wide AS (SELECT rank, title, a, a_n, policy,
    max(CASE metric WHEN 'moves_per_mn_hour' THEN value END) AS moves,
    max(CASE metric WHEN 'outage_mean' THEN value END) AS outage,
    max(CASE metric WHEN 'ping_pongs' THEN value END) AS again,
    max(CASE metric WHEN 'failed_registrations' THEN value END) AS refused,
    max(CASE metric WHEN 'double_binding_seconds' THEN value END) AS twice,
    max(CASE metric WHEN 'signalling_bytes_per_mn_hour' THEN value END) AS bytes
    FROM one GROUP BY rank, a_n, policy)
SELECT '<tr><td>' || title || ', ' || a || '</td><td class="text">' || policy || '</td>' ||
    printf('<td>%.1f</td><td>%s</td><td>%.1f</td><td>%,d</td><td>%.1f s</td><td>%,d</td><td>%s</td></tr>',
        moves, CASE WHEN outage IS NULL THEN '–' ELSE printf('%.3g s', outage) END, again, CAST(refused AS INTEGER), twice, CAST(bytes AS INTEGER),
        CASE policy WHEN 'static-dhaad' THEN '' ELSE printf('%+.0f %%', 100 * (bytes / (SELECT bytes
            FROM wide b WHERE b.rank = wide.rank AND b.a_n = wide.a_n AND b.policy = 'static-dhaad')
            - 1)) END)
FROM wide ORDER BY rank, a_n, policy <> 'static-dhaad', policy;
SELECT '</tbody></table></div>';
SQL

# ---- to the letter ----------------------------------------------------------------------------
if has literal || has literal-no-dad; then
    cat <<'HTML'
<h2 id="literal">The draft to the letter</h2>
<p>Profile <code>literal</code> does what the draft prints; Zipf rates, few points. With RFC 6275's
duplicate address detection the old agent defends the home address against the new one, and a
move ends in status 134. Without it (<code>home-link.dad = off</code>) nodes do move.</p>
HTML
    for family in literal literal-no-dad; do
        if has $family; then grids $family; fi
    done
fi

# ---- why packets are lost ---------------------------------------------------------------------
a=$(middle "$first_kind")
q <<SQL
.mode list
SELECT '<h2 id="loss">Why packets are lost where no queue overflows</h2><p>Lost packets of a run by cause,
over the whole run, signalling included: the largest causes at each kind of traffic, $a agents, and the
highest load.</p><div class="scroll"><table><thead><tr><th>traffic, load</th><th class="text">cause</th>' ||
    group_concat('<th>' || policy || '</th>', '') || '<th class="why">what it means</th></tr></thead><tbody>'
FROM (SELECT 'static-dhaad' AS policy UNION ALL SELECT * FROM (SELECT policy FROM score));
CREATE VIEW lost AS
SELECT f.rank, f.title, p.id, p.label, c.cause, c.policy, c.packets
FROM point p JOIN family f ON f.name = p.family JOIN cause c ON c.point = p.id
WHERE f.kind AND p.a = '$a' AND p.x_n = (SELECT max(x_n) FROM point WHERE family = p.family);
WITH most AS (SELECT *, row_number() OVER (PARTITION BY id ORDER BY packets DESC) AS place FROM (
    SELECT rank, title, id, label, cause, max(packets) AS packets FROM lost GROUP BY id, cause))
SELECT '<tr><td>' || title || ', ' || label || '</td><td class="text"><code>' || cause || '</code></td>' ||
    (SELECT group_concat(printf('<td>%,d</td>', CAST(coalesce(l.packets, 0) AS INTEGER)), '') FROM (
        SELECT 'static-dhaad' AS policy UNION ALL SELECT * FROM (SELECT policy FROM score)) s
     LEFT JOIN lost l ON l.id = most.id AND l.cause = most.cause AND l.policy = s.policy) ||
    '<td class="why">' || coalesce((SELECT text FROM why WHERE why.cause = most.cause), '') || '</td></tr>'
FROM most WHERE place <= 4 ORDER BY rank, place;
SELECT '</tbody></table></div>';
SQL
if has priority; then
    cat <<'HTML'
<p>An agent's own signalling stands in the queue that tunnelled traffic fills, so that a queue without
a limit still loses packets: what the agent has to answer, it answers too late. With
<code>home-agents.signalling-priority = on</code> it does not (ten agents, Zipf rates):</p>
HTML
    q <<'SQL'
.mode list
SELECT '<div class="scroll"><table><thead><tr><th>load, priority</th><th class="text">policy</th><th>loss</th>
<th>router without an answer, packets a run</th><th>node no longer there</th><th>largest queue, packets</th>
<th>delay, mean</th></tr></thead><tbody>';
SELECT '<tr><td>' || p.label || ', ' || p.a || '</td><td class="text">' || m.policy || '</td>' ||
    printf('<td>%.2f %%</td><td>%,d</td><td>%,d</td><td>%,d</td><td>%.3g s</td></tr>', 100 * m.value,
        (SELECT CAST(coalesce(sum(packets), 0) AS INTEGER) FROM cause c WHERE c.point = p.id
         AND c.policy = m.policy AND c.cause IN ('resolution-queue-full', 'no-neighbour')),
        (SELECT CAST(coalesce(sum(packets), 0) AS INTEGER) FROM cause c WHERE c.point = p.id
         AND c.policy = m.policy AND c.cause IN ('detached')),
        (SELECT CAST(value AS INTEGER) FROM mean q WHERE q.point = p.id AND q.policy = m.policy
         AND q.metric = 'peak_queue_packets'),
        (SELECT value FROM mean q WHERE q.point = p.id AND q.policy = m.policy
         AND q.metric = 'delay_mean'))
FROM point p JOIN mean m ON m.point = p.id AND m.metric = 'loss_ratio'
WHERE p.family = 'priority' ORDER BY p.x_n, p.a, m.policy <> 'static-dhaad', m.policy;
SELECT '</tbody></table></div>';
SQL
fi

cat <<'HTML'
<h3>Nodes that no agent takes</h3>
<p>By the draft's handoff table an agent refuses, with status 129, a node that it has sent away, until the
entry expires (180 s). Where every agent is busy, nodes are handed on until all of them refuse. At the
highest load of each kind:</p>
HTML
q <<'SQL'
.mode list
CREATE VIEW homeless AS
SELECT f.rank, f.title, p.a, p.a_n, p.label, m.policy, m.value AS registered,
       coalesce((SELECT value FROM mean r WHERE r.point = p.id AND r.policy = m.policy
                 AND r.metric = 'failed_registrations_129'), 0) AS refused
FROM point p JOIN family f ON f.name = p.family
JOIN mean m ON m.point = p.id AND m.metric = 'registered_at_end'
WHERE f.kind AND p.x_n = (SELECT max(x_n) FROM point WHERE family = p.family);
SELECT '<div class="scroll"><table><thead><tr><th rowspan="2">traffic, agents, load</th>
<th class="a" colspan="' || count(*) || '">nodes registered at the end</th><th class="a" colspan="' ||
    count(*) || '">refusals with status 129 a run</th></tr><tr>' || group_concat('<th>' || policy ||
    '</th>', '') || group_concat('<th>' || policy || '</th>', '') || '</tr></thead><tbody>'
FROM (SELECT DISTINCT policy FROM homeless ORDER BY policy <> 'static-dhaad', policy);
SELECT '<tr><td>' || title || ', ' || a || ', ' || label || '</td>' ||
    group_concat(printf('<td>%.1f</td>', registered), '') ||
    group_concat(printf('<td>%,d</td>', CAST(round(refused) AS INTEGER)), '') || '</tr>'
FROM (SELECT * FROM homeless ORDER BY rank, a_n, policy <> 'static-dhaad', policy)
GROUP BY rank, a_n ORDER BY rank, a_n;
SELECT '</tbody></table></div>';
SQL

# ---- how to reproduce -------------------------------------------------------------------------
hash=$(for family in "${families[@]}"; do
    sqlite3 "$folder/$family.db" "select distinct config_sha256 from run where status = 'complete'"
done | sort -u | sha256sum | cut -c1-64)
q <<SQL
.mode list
SELECT '<h2 id="reproduce">How to reproduce it</h2><pre>make paper</pre><p>makes this page from nothing;
<code>make paper QUICK=1</code> runs a part of it, and the former then the rest. Stopped, the same
command goes on. The runs are in the results files beside this page, its tables in
<code>points.db</code>.</p><dl><dt>Code version</dt><dd><code>' || group_concat(DISTINCT code) ||
'</code></dd><dt>Hash over all configurations</dt><dd><code>$hash</code></dd><dt>Seeds</dt><dd>' ||
group_concat(DISTINCT seeds) || '</dd><dt>Runs</dt><dd>' || sum(runs) || ', ' ||
printf('%,d', CAST(sum(seconds) AS INTEGER)) || ' s of computing, begun ' || min(from_time) || '</dd></dl>'
FROM origin;
SELECT '<div class="scroll"><table><thead><tr><th>scenario</th><th class="text">of</th><th>runs</th>
<th>replications, up to</th><th>computing</th></tr></thead><tbody>';
SELECT '<tr><td><code>scenarios/paper/' || f.name || '.ini</code></td><td class="text">' || f.title ||
    printf('</td><td>%,d</td><td>%d</td><td>%,d s</td></tr>', runs, replications,
           CAST(seconds AS INTEGER))
FROM origin o JOIN family f ON f.name = o.family ORDER BY rank;
SELECT '</tbody></table></div><p>One point again, with all metrics:</p><pre>mip6sim compare $first_kind.db -w "'
    || a_key || '=' || a || '" -w "' || x_key || '=' || x || '"</pre>'
FROM point JOIN family ON name = family WHERE family = '$first_kind' ORDER BY id LIMIT 1;
SELECT '<details><summary>Effective configuration: every key of ' || title || '; several values where
it varies</summary><pre>' FROM family WHERE name = '$first_kind';
SQL
q "select key || ' = ' || value from setting where family = '$first_kind' order by key" | html
echo '</pre></details>'
for family in "${families[@]}"; do
    [ "$family" != "$first_kind" ] || continue
    echo "<details><summary>What else $(q "select title from family where name = '$family'")
has</summary><pre>"
    q "select s.key || ' = ' || s.value from setting s left join setting f on f.key = s.key and
        f.family = '$first_kind' where s.family = '$family' and s.value is not f.value
        order by 1" | html
    echo '</pre></details>'
done
printf '</body>\n</html>\n'
