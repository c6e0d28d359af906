-- The answer of the report: a line that says it, then five sentences. See paper.sh.
-- SPDX-License-Identifier: GPL-3.0-or-later

.mode list
.headers off

-- Where a point is, in words.
CREATE VIEW place AS
SELECT id, policy, printf('%s, %s agents, load %s', title, a, x) AS text FROM outcome WHERE kind;
CREATE VIEW best AS SELECT * FROM score ORDER BY wins DESC, worse, rank LIMIT 1;

SELECT '<p><b>' || CASE
        WHEN (SELECT sum(better + worse) FROM score) = 0 THEN 'No difference.</b> '
        WHEN wins = 0 THEN 'No.</b> '
        WHEN wins >= 0.8 * points AND worse = 0 THEN 'Yes.</b> '
        WHEN wins >= 0.5 * points THEN 'Mostly.</b> '
        ELSE 'In part.</b> ' END ||
    CASE WHEN (SELECT sum(better + worse) FROM score) = 0
         THEN 'No policy differs surely from static DHAAD at any of ' || points || ' points.'
         ELSE printf('The best policy, %s, reduces traffic delay <i>and</i> buffer requirements '
                  || 'substantially at %d of %d points, delay at %d, buffers at %d; something is '
                  || 'surely worse than with static DHAAD at %d.', policy, wins, points,
                  delay_wins, queue_wins, worse) END || '</p><ol>'
FROM best;

SELECT '<li><b>Delay.</b> Of ' || max(points) || ' points, at ' || max(points - calm) ||
       ' of which static DHAAD needs more than ' || (SELECT printf('%g', calm_queue) FROM rule) ||
       ' packets of buffer, the mean delay falls substantially at ' ||
       group_concat(printf('%d with %s (%d of the needy)', delay_wins, policy, delay_wins_busy),
                    ', ') || '; it or its 99th percentile surely rises at ' ||
       group_concat(printf('%d with %s', delay_worse, policy), ', ') || '.</li>'
FROM score;

SELECT '<li><b>Buffers.</b> The largest queue of an agent falls substantially at ' ||
       group_concat(printf('%d with %s (%d of the needy)', queue_wins, policy, queue_wins_busy),
                    ', ') || ', and surely rises at ' ||
       group_concat(printf('%d with %s', queue_worse, policy), ', ') || '.</li>'
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
        'At no load does a policy reduce both for most numbers of agents. ') ||
    coalesce((SELECT printf('The largest gain is that of %s with %s: mean delay from %.3g s to '
        || '%.3g s, largest queue from %.0f to %.0f packets.', policy, text, delay_base, delay,
        queue_base, queue) FROM most), 'There is no gain to show.') || '</li>';

WITH worst AS (SELECT p.text, o.* FROM outcome o JOIN place p USING (id, policy)
    WHERE kind AND loss_worse ORDER BY loss - loss_base DESC LIMIT 1),
  printed AS (SELECT family, count(*) AS n, sum(delay_win AND queue_win) AS wins,
    sum(any_worse) AS worse FROM outcome WHERE family LIKE 'literal%' GROUP BY family)
SELECT '<li><b>Where not.</b> Neither falls substantially at ' ||
    (SELECT group_concat(printf('%d points with %s (%d of them calm with static DHAAD)',
        neither, policy, neither_calm), ', ') FROM score) || '; packets are surely lost more often at ' ||
    (SELECT group_concat(printf('%d with %s', loss_worse, policy), ', ') FROM score) ||
    coalesce((SELECT printf(', at worst %.1f %% instead of %.1f %% (%s; %s)', 100 * loss,
        100 * loss_base, policy, text) FROM worst), '') ||
    coalesce('; the draft to the letter reduces both at ' || (
        SELECT group_concat(printf('%d of %d points %s (worse in something: %d)', wins, n,
            CASE family WHEN 'literal' THEN 'with RFC 6275''s duplicate address detection'
                        ELSE 'without it' END, worse), ', ') FROM printed), '') || '.</li>';

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
  slow AS (SELECT o.policy, group_concat(CASE WHEN delay_win AND queue_win THEN x END, ', ')
    AS good, group_concat(CASE WHEN any_worse THEN x END, ', ') AS bad FROM
    (SELECT * FROM outcome WHERE family = 'ra' ORDER BY x_n) o GROUP BY o.policy)
SELECT '<li><b>Cost.</b> ' || (SELECT group_concat(printf('%s moves a node %.1f times an hour and '
        || 'takes %+.0f %% of signalling (at most %.0f times, %+.0f %%)', policy, moves, 100 * more,
        most_moves, 100 * most), '; ') FROM said JOIN policy ON name = policy) ||
    coalesce('; of the intervals of router advertisements, ' || (SELECT group_concat(
        printf('%s needs one of %s', policy, coalesce(good, 'none that was tried')) ||
        coalesce(printf(' and is worse in something at %s', bad), ''), '; ') FROM slow), '') ||
    '.</li></ol>';
