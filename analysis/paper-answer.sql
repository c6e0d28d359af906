-- The answer of the report: a line that says it, then five sentences. See paper.sh.
-- SPDX-License-Identifier: GPL-3.0-or-later

.mode list
.headers off

-- Where a point is, in words.
CREATE VIEW place AS
SELECT id, policy, printf('%s, %s agents, load %s', title, a, x) AS text FROM outcome WHERE kind;
CREATE VIEW best AS SELECT * FROM score ORDER BY wins DESC, in_mean DESC, harms, rank LIMIT 1;

-- Too few pairs are no proof of the contrary: where means fall but nothing is sure, it is open.
SELECT '<p><b>' || CASE
        WHEN (SELECT sum(differ + in_mean) FROM score) = 0 THEN 'No difference.</b> '
        WHEN wins >= 0.8 * points AND harms = 0 THEN 'Yes.</b> '
        WHEN wins >= 0.5 * points THEN 'Mostly.</b> '
        WHEN wins < 0.1 * points AND in_mean >= 0.25 * points THEN 'Not shown.</b> '
        WHEN wins < 0.1 * points THEN 'No.</b> '
        ELSE 'In part.</b> ' END ||
    CASE WHEN (SELECT sum(differ + in_mean) FROM score) = 0
         THEN 'No policy differs from static DHAAD at any of ' || points || ' points.'
         ELSE printf('The best policy here, %s, surely reduces traffic delay <i>and</i> buffer '
                  || 'requirements substantially at %d of %d points (by its means alone, at %d); '
                  || 'something gets substantially worse at %d.', policy, wins, points,
                  in_mean, harms) END || '</p><ol>'
FROM best;

SELECT '<li><b>Delay.</b> The mean delay falls substantially at ' ||
       group_concat(printf('%d of %d points with %s', delay_wins, points, policy), ' and ') ||
       ', and of the ' || max(points - calm) || ' points at which static DHAAD needs more than ' ||
       (SELECT printf('%g', calm_queue) FROM rule) || ' packets of buffer, at ' ||
       group_concat(delay_wins_busy, ' and ') || '; it or its 99th percentile surely rises at ' ||
       group_concat(delay_worse, ' and ') || '.</li>'
FROM score;

SELECT '<li><b>Buffers.</b> The largest queue of an agent falls substantially at ' ||
       group_concat(printf('%d of %d points with %s', queue_wins, points, policy), ' and ') ||
       ', at ' || group_concat(queue_wins_busy, ' and ') || ' of the ' || max(points - calm) ||
       ', and surely rises at ' || group_concat(queue_worse, ' and ') || '.</li>'
FROM score;

-- Loads at which the best policy wins both at more than half of the points.
WITH by_load AS (
    SELECT title, x, x_n, sum(delay_win AND queue_win) AS wins, count(*) AS n FROM outcome
    JOIN best USING (policy) WHERE kind GROUP BY title, x_n),
  good AS (SELECT title, group_concat(x, ', ') AS loads FROM (
    SELECT * FROM by_load WHERE 2 * wins > n ORDER BY title, x_n) GROUP BY title),
  most AS (SELECT p.text, o.* FROM outcome o JOIN place p USING (id, policy)
    WHERE delay_win AND queue_win AND kind
    ORDER BY delay / delay_base * queue / queue_base LIMIT 1)
SELECT '<li><b>Where.</b> ' || coalesce(
        (SELECT policy FROM best) || ' reduces both for most numbers of agents at loads of ' ||
        (SELECT group_concat(printf('%s (%s)', loads, title), '; ') FROM good) || '. ',
        'At no load does a policy surely reduce both for most numbers of agents. ') ||
    coalesce((SELECT printf('The largest gain is that of %s with %s: mean delay from %.3g s to '
        || '%.3g s, largest queue from %.0f to %.0f packets.', policy, text, delay_base, delay,
        queue_base, queue) FROM most), 'There is no sure gain to show.') || '</li>';

WITH worst AS (SELECT p.text, o.* FROM outcome o JOIN place p USING (id, policy)
    WHERE kind AND loss_worse ORDER BY loss - loss_base DESC LIMIT 1),
  printed AS (SELECT family, count(*) AS n, sum(delay_win AND queue_win) AS wins,
    sum(harm) AS worse FROM outcome WHERE family LIKE 'literal%' GROUP BY family)
SELECT '<li><b>Where not.</b> Neither falls substantially at ' ||
    (SELECT group_concat(printf('%d points with %s (at %d of them static DHAAD has little to gain '
        || 'from)', neither, policy, neither_calm), ' and ') FROM score) ||
    '; packets are surely lost more often at ' ||
    (SELECT group_concat(printf('%d with %s', loss_worse, policy), ' and ') FROM score) ||
    coalesce((SELECT printf(', at worst %.1f %% instead of %.1f %% (%s; %s)', 100 * loss,
        100 * loss_base, policy, text) FROM worst), '') ||
    coalesce('; the draft to the letter reduces both at ' || (
        SELECT group_concat(printf('%d of %d points %s, and makes something substantially worse at %d', wins, n,
            CASE family WHEN 'literal' THEN 'with RFC 6275''s duplicate address detection'
                        ELSE 'without it' END, worse), '; ') FROM printed), '') || '.</li>';

-- Costs over all points: the one in the middle, and the most.
CREATE VIEW cost AS
SELECT o.policy, o.id, m.value AS moves, s.value / nullif(b.value, 0) - 1 AS more_signalling
FROM outcome o JOIN mean m ON m.point = o.id AND m.policy = o.policy
                              AND m.metric = 'moves_per_mn_hour'
JOIN mean s ON s.point = o.id AND s.policy = o.policy
               AND s.metric = 'signalling_bytes_per_mn_hour'
JOIN mean b ON b.point = o.id AND b.policy = 'static-dhaad' AND b.metric = s.metric
WHERE o.kind;
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY policy ORDER BY moves) AS i,
           row_number() OVER (PARTITION BY policy ORDER BY more_signalling) AS k,
           count(*) OVER (PARTITION BY policy) AS n FROM cost),
  said AS (SELECT r.policy, max(CASE WHEN i = (n + 1) / 2 THEN moves END) AS moves,
    max(moves) AS most_moves, max(CASE WHEN k = (n + 1) / 2 THEN more_signalling END) AS more,
    max(more_signalling) AS most FROM ranked r GROUP BY policy),
  slow AS (SELECT policy, count(*) AS n,
    group_concat(CASE WHEN delay_win AND queue_win THEN x END, ', ') AS sure,
    group_concat(CASE WHEN both_in_mean THEN x END, ', ') AS in_mean,
    group_concat(CASE WHEN harm THEN x END, ', ') AS harmed
    FROM (SELECT * FROM outcome WHERE family = 'ra' ORDER BY x_n) GROUP BY policy)
SELECT '<li><b>Cost.</b> ' || (SELECT group_concat(printf('With %s a node moves %.1f times an hour '
        || '(median of the points; at most %.0f), and signalling changes by %+.0f %% (at most '
        || '%+.0f %%)', policy, moves, most_moves, 100 * more, 100 * most), '. ')
        FROM said JOIN policy ON name = policy) ||
    coalesce('. Of the least intervals of advertisements (ten agents, Zipf rates, 80 % load), ' || (
        SELECT group_concat(policy || ' surely reduces both at ' || coalesce(sure,
        'none of ' || n || coalesce(', by its means at ' || in_mean, '')) ||
        coalesce(' and makes something substantially worse at ' || harmed, ''), '; ')
        FROM slow), '') ||
    '.</li></ol>';

-- Where, at a glance: of the numbers of agents, at how many.
SELECT '</div><h3>Where both fall substantially</h3><p class="dim">At how many of the numbers of agents, by '
    || 'load (in a flash crowd: while it lasts).</p><div class="scroll"><table><thead><tr>'
    || '<th rowspan="2">load</th>' || (SELECT group_concat(printf('<th class="a" colspan="%d">%s</th>',
        n, title), '') FROM (SELECT f.title, count(DISTINCT policy) AS n FROM outcome JOIN family f
        ON f.name = family WHERE f.kind GROUP BY f.rank ORDER BY f.rank)) || '</tr><tr>' ||
    (SELECT group_concat('<th>' || policy || '</th>', '') FROM (SELECT DISTINCT f.rank, policy
        FROM outcome o JOIN family f ON f.name = family JOIN policy p ON p.name = o.policy
        WHERE f.kind ORDER BY f.rank, p.rank)) || '</tr></thead><tbody>';
SELECT '<tr><td>' || x || '</td>' || group_concat('<td class="' || CASE WHEN worse > 0 THEN 'w'
    WHEN wins > 0 THEN 'b' ELSE 'n' END || '">' || wins || ' of ' || n ||
    CASE WHEN worse > 0 THEN ', worse at ' || worse ELSE '' END || '</td>', '') || '</tr>'
FROM (SELECT x, x_n, sum(delay_win AND queue_win) AS wins, sum(harm) AS worse, count(*) AS n
      FROM outcome o JOIN family f ON f.name = family JOIN policy p ON p.name = o.policy
      WHERE f.kind GROUP BY x_n, f.rank, p.rank ORDER BY x_n, f.rank, p.rank)
GROUP BY x_n ORDER BY x_n;
SELECT '</tbody></table></div>';
