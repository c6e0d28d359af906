-- One family's results file, attached as r, into the tables of paper.sql. paper.sh fills in @family,
-- @a_key and @x_key. SPDX-License-Identifier: GPL-3.0-or-later

CREATE TEMP TABLE good AS
SELECT r.run_id, r.policy, a.value AS a, x.value AS x
FROM r.run r JOIN r.run_param a ON a.run_id = r.run_id AND a.key = '@a_key'
JOIN r.run_param x ON x.run_id = r.run_id AND x.key = '@x_key' WHERE r.status = 'complete';

INSERT INTO point(family, a, x, a_n, x_n, label)
SELECT DISTINCT '@family', a, x, CAST(a AS REAL),
       CAST(x AS REAL) * CASE WHEN x LIKE '% ms' THEN 1e-3 WHEN x LIKE '% min' THEN 60 ELSE 1 END, x
FROM good ORDER BY 4, 5;
-- What a crowd adds stands on what was there.
UPDATE point SET x_n = x_n + base, label = printf('%g %%', x_n + base) FROM (
    SELECT max(CAST(value AS REAL)) AS base FROM r.run_param WHERE key = 'traffic.load')
WHERE family = '@family' AND '@x_key' = 'traffic surge.load';

INSERT INTO mean
SELECT p.id, g.policy, m.name, avg(m.value)
FROM good g JOIN r.metric m ON m.run_id = g.run_id AND m.node_id IS NULL
JOIN point p ON p.family = '@family' AND p.a = g.a AND p.x = g.x
WHERE m.name IN ('delay_mean', 'delay_p99', 'peak_queue_packets', 'loss_ratio', 'jain_load',
                 'moves_per_mn_hour', 'signalling_bytes_per_mn_hour', 'outage_mean', 'ping_pongs',
                 'failed_registrations', 'failed_registrations_129', 'registered_at_end',
                 'double_binding_seconds', 'information_age_mean')
GROUP BY p.id, g.policy, m.name;

-- Per run: where a cause does not occur, a run has no row of it.
INSERT INTO cause
SELECT p.id, g.policy, l.cause, 1.0 * sum(l.packets) / n.runs
FROM good g JOIN point p ON p.family = '@family' AND p.a = g.a AND p.x = g.x
JOIN (SELECT policy, a, x, count(*) AS runs FROM good GROUP BY policy, a, x) n
  ON n.policy = g.policy AND n.a = g.a AND n.x = g.x
JOIN r.loss l ON l.run_id = g.run_id GROUP BY p.id, g.policy, l.cause;

INSERT INTO origin
SELECT '@family', count(*), max(replication), group_concat(DISTINCT seed), sum(wall_seconds),
       min(code_version), min(started_at) FROM r.run WHERE status = 'complete';
INSERT INTO setting
SELECT '@family', key, group_concat(value, ' / ') FROM (
    SELECT DISTINCT key, value FROM r.run_param JOIN good USING (run_id)) GROUP BY key;
