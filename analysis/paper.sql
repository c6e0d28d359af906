-- What the report on the draft's claim is counted from; see paper.sh.
-- SPDX-License-Identifier: GPL-3.0-or-later

-- a: what tells the tables of a family apart, x: what varies inside one.
CREATE TABLE family(name TEXT PRIMARY KEY, rank INTEGER, title TEXT, a_key TEXT, a_word TEXT,
                    x_key TEXT, x_word TEXT, kind INTEGER);      -- kind: of traffic, judged
INSERT INTO family VALUES
 ('equal', 1, 'equal rates', 'home-agents.count', 'agents', 'traffic.load', 'load', 1),
 ('zipf', 2, 'Zipf rates', 'home-agents.count', 'agents', 'traffic.load', 'load', 1),
 ('flash', 3, 'flash crowd', 'home-agents.count', 'agents', 'traffic surge.load',
  'load in the surge', 1),
 ('ra', 4, 'interval of advertisements', 'home-agents.count', 'agents',
  'home-agents.ra-min-interval', 'least interval', 0),
 ('buffer', 5, 'queue limit', 'traffic.load', 'load', 'home-agents.queue-limit', 'queue limit', 0),
 ('priority', 6, 'priority of signalling', 'home-agents.signalling-priority', 'priority',
  'traffic.load', 'load', 0),
 ('literal', 7, 'as printed', 'home-agents.count', 'agents', 'traffic.load', 'load', 0),
 ('literal-no-dad', 8, 'as printed, duplicate address detection off', 'home-agents.count', 'agents',
  'traffic.load', 'load', 0);

CREATE TABLE point(id INTEGER PRIMARY KEY, family TEXT, a TEXT, x TEXT, a_n REAL, x_n REAL,
                   label TEXT, pairs INTEGER);      -- label: x as tables show it
-- A policy against the first one in one metric, as `mip6sim compare` has it.
CREATE TABLE cell(point INTEGER, policy TEXT, metric TEXT, base REAL, mean REAL, diff REAL,
                  low REAL, high REAL, p REAL, verdict TEXT, PRIMARY KEY (point, metric, policy));
-- Means over the runs of a point.
CREATE TABLE mean(point INTEGER, policy TEXT, metric TEXT, value REAL,
                  PRIMARY KEY (point, metric, policy));
CREATE TABLE cause(point INTEGER, policy TEXT, cause TEXT, packets REAL);
-- How many runs, of what, how long they took.
CREATE TABLE origin(family TEXT, runs INTEGER, replications INTEGER, seeds TEXT, seconds REAL,
                    code TEXT, from_time TEXT);
CREATE TABLE setting(family TEXT, key TEXT, value TEXT);
CREATE TABLE policy(name TEXT PRIMARY KEY, rank INTEGER);

-- What is called substantial, how much more loss cancels a gain, when a queue is no trouble.
CREATE TABLE rule(substantial REAL, loss_slack REAL, calm_queue REAL, lossy REAL);
INSERT INTO rule VALUES (0.20, 0.005, 100, 0.01);

-- One row for each point and policy: what may be claimed there.
CREATE VIEW outcome AS
SELECT p.id, f.name AS family, f.title, f.kind, p.a, p.label AS x, p.a_n, p.x_n, p.pairs, d.policy,
       d.base AS delay_base, d.mean AS delay, q.base AS queue_base, q.mean AS queue,
       t.base AS tail_base, t.mean AS tail, l.base AS loss_base, l.mean AS loss,
       l.verdict = 'worse' OR l.mean > l.base + r.loss_slack AS more_loss,
       d.verdict = 'better' AND t.verdict <> 'worse' AND d.mean <= (1 - r.substantial) * d.base
        AND NOT (l.verdict = 'worse' OR l.mean > l.base + r.loss_slack) AS delay_win,
       q.verdict = 'better' AND q.mean <= (1 - r.substantial) * q.base
        AND NOT (l.verdict = 'worse' OR l.mean > l.base + r.loss_slack) AS queue_win,
       d.mean <= (1 - r.substantial) * d.base AND q.mean <= (1 - r.substantial) * q.base
        AND l.mean <= l.base + r.loss_slack AS both_in_mean,
       d.verdict = 'worse' AS delay_worse, t.verdict = 'worse' AS tail_worse,
       q.verdict = 'worse' AS queue_worse, l.verdict = 'worse' AS loss_worse,
       (d.verdict = 'worse' AND d.mean >= (1 + r.substantial) * d.base)
        OR (t.verdict = 'worse' AND t.mean >= (1 + r.substantial) * t.base)
        OR (q.verdict = 'worse' AND q.mean >= (1 + r.substantial) * q.base)
        OR (l.verdict = 'worse' AND l.mean > l.base + r.loss_slack) AS harm,
       'worse' IN (d.verdict, t.verdict, q.verdict, l.verdict)
        OR 'better' IN (d.verdict, t.verdict, q.verdict, l.verdict) AS differs,
       q.base <= r.calm_queue AS calm
FROM point p JOIN family f ON f.name = p.family, rule r
JOIN cell d ON d.point = p.id AND d.metric = 'delay_mean'
JOIN cell t ON t.point = p.id AND t.metric = 'delay_p99' AND t.policy = d.policy
JOIN cell q ON q.point = p.id AND q.metric = 'peak_queue_packets' AND q.policy = d.policy
JOIN cell l ON l.point = p.id AND l.metric = 'loss_ratio' AND l.policy = d.policy;

-- Each policy over the three kinds of traffic.
CREATE VIEW score AS
SELECT policy, count(*) AS points, sum(delay_win) AS delay_wins, sum(queue_win) AS queue_wins,
       sum(delay_win AND queue_win) AS wins, sum(both_in_mean) AS in_mean, sum(harm) AS harms,
       sum(delay_worse OR tail_worse) AS delay_worse, sum(queue_worse) AS queue_worse,
       sum(loss_worse) AS loss_worse, sum(differs) AS differ, sum(calm) AS calm,
       sum(NOT calm AND delay_win) AS delay_wins_busy,
       sum(NOT calm AND queue_win) AS queue_wins_busy,
       sum(NOT delay_win AND NOT queue_win) AS neither,
       sum(NOT delay_win AND NOT queue_win AND calm) AS neither_calm, rank
FROM outcome JOIN policy ON policy.name = outcome.policy WHERE kind GROUP BY policy ORDER BY rank;

-- A difference as a cell of a table. Lower is better in everything that is judged.
CREATE VIEW shown AS
SELECT point, policy, metric, verdict,
       CASE verdict WHEN 'better' THEN 'b' WHEN 'worse' THEN 'w' ELSE 'n' END AS class,
       CASE verdict WHEN 'better' THEN '▼ ' WHEN 'worse' THEN '▲ ' ELSE '' END ||
       CASE WHEN diff IS NULL THEN '–'
            WHEN metric = 'loss_ratio' THEN
             CASE WHEN diff = 0 THEN '0' WHEN abs(diff) < 0.001 THEN printf('%+.2f', 100 * diff)
                  ELSE printf('%+.1f', 100 * diff) END
            WHEN base = 0 THEN '–'
            WHEN mean >= 3 * base THEN printf('×%.3g', mean / base)
            ELSE printf('%+.0f %%', 100 * (mean / base - 1)) END AS text,
       CASE WHEN metric = 'loss_ratio'
            THEN printf('%.2f %% to %.2f %%', 100 * base, 100 * mean)
            WHEN metric = 'peak_queue_packets' THEN printf('%.0f to %.0f packets', base, mean)
            ELSE printf('%.3g s to %.3g s', base, mean) END ||
       CASE WHEN low IS NULL THEN '' WHEN metric = 'loss_ratio'
            THEN printf(', 95 %% of the difference: %+.2f to %+.2f points', 100 * low, 100 * high)
            ELSE printf(', 95 %% of the difference: %+.3g to %+.3g', low, high) END ||
       CASE WHEN p IS NULL THEN '' ELSE printf(', p %.2g', p) END || ', ' || verdict AS title
FROM cell;

CREATE TABLE judged(metric TEXT PRIMARY KEY, rank INTEGER, word TEXT);
INSERT INTO judged VALUES ('delay_mean', 1, 'delay'), ('delay_p99', 2, 'p99'),
                          ('peak_queue_packets', 3, 'queue'), ('loss_ratio', 4, 'loss');

CREATE TABLE why(cause TEXT PRIMARY KEY, text TEXT);
INSERT INTO why VALUES
 ('resolution-queue-full', 'The router waits for an agent to answer a neighbour solicitation and holds three packets: the agent''s answer stands in its full queue, or the node has no agent.'),
 ('no-neighbour', 'Nobody answered the router''s solicitations for a home address: after three probes it takes the agent for dead, although its answer is only late.'),
 ('detached', 'The packet came to the cell in which its node had been: it got its care-of address before the queue, and waited there longer than the node stayed.'),
 ('no-binding', 'The agent has no binding for the address: the node is between its old and its new agent, or was refused by all to which it was sent.'),
 ('not-accepted', 'The node is between two cells and has no address there yet.'),
 ('bad-tunnel-source', 'The node has registered with another agent, and the packet comes from the former one''s queue.'),
 ('queue-full', 'The agent''s queue is at its limit.');
