-- Tables and views of field.sh: what is shown of which results, and what may be said of it.
-- SPDX-License-Identifier: GPL-3.0-or-later

-- What is shown, from which results; a value is shown times `factor`.
CREATE TABLE shown(rank INTEGER PRIMARY KEY, file TEXT, metric TEXT, heading TEXT, unit TEXT,
    factor REAL, format TEXT, benefit INTEGER);
INSERT INTO shown VALUES
 (1, 'policies', 'peak_queue_packets', 'peak queue', 'packets', 1, '%.0f', 1),
 (2, 'policies', 'delay_p99', 'delay p99', 's', 1, '%.2f', 1),
 (3, 'policies', 'loss_ratio', 'loss', '%', 100, '%.2f', 1),
 (4, 'policies', 'jain_load', 'Jain of load', '', 1, '%.3f', 1),
 (5, 'policies', 'percent_of_the_way', 'of the way', '%', 1, '%.0f', 1),
 (6, 'policies', 'moves_per_mn_hour', 'moves', 'a node and hour', 1, '%.1f', 0),
 (7, 'policies', 'signalling_bytes_per_mn_hour', 'signalling', 'kB a node and hour', 1e-3, '%.1f', 0),
 (8, 'failure', 'failure_outage_mean', 'outage at a failure', 's', 1, '%.1f', 0);

-- One cell: a policy's mean with the half width of its 95 % interval, as shown, and what the
-- comparison with the baseline says: better, worse, or nothing sure.
CREATE TABLE cell(file TEXT, policy TEXT, metric TEXT, mean REAL, low REAL, high REAL,
    verdict TEXT, PRIMARY KEY (file, policy, metric)) WITHOUT ROWID;
CREATE TABLE policy(name TEXT PRIMARY KEY, rank INTEGER);
CREATE TABLE origin(file TEXT PRIMARY KEY, scenario TEXT, pairs INTEGER);

CREATE VIEW value AS
SELECT p.name AS policy, p.rank AS row, s.rank AS column, s.metric, s.heading, s.unit, s.format,
       s.benefit, c.mean * s.factor AS mean, c.low * s.factor AS low, c.high * s.factor AS high,
       coalesce(c.verdict, '') AS verdict
FROM policy p, shown s LEFT JOIN cell c ON c.file = s.file AND c.policy = p.name
                                       AND c.metric = s.metric
-- What the oracle moves costs nothing, and means nothing.
                                       AND NOT (p.name = 'oracle' AND NOT s.benefit);

-- A row of these for each policy, for the sentences.
CREATE VIEW wide AS
SELECT policy, row, max(CASE WHEN column = 1 THEN mean END) AS queue,
       max(CASE WHEN column = 1 THEN verdict END) AS queue_is,
       max(CASE WHEN column = 2 THEN mean END) AS p99,
       max(CASE WHEN column = 2 THEN verdict END) AS p99_is,
       max(CASE WHEN column = 3 THEN mean END) AS loss,
       max(CASE WHEN column = 5 THEN mean END) AS way,
       max(CASE WHEN column = 6 THEN mean END) AS moves,
       max(CASE WHEN column = 7 THEN mean END) AS signalling,
       max(CASE WHEN column = 8 THEN mean END) AS outage,
       max(CASE WHEN column = 8 THEN verdict END) AS outage_is,
       policy = 'oracle' AS bound, row = 1 AS baseline
FROM value GROUP BY policy;

-- Beaten by none in both: nobody has a smaller queue for as little signalling.
CREATE VIEW front AS
SELECT * FROM wide w WHERE NOT bound AND NOT EXISTS (
    SELECT 1 FROM wide o WHERE NOT o.bound AND o.queue <= w.queue AND o.signalling <= w.signalling
    AND (o.queue < w.queue OR o.signalling < w.signalling));
