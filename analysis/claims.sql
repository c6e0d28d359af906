-- Tables of claims.sh: which figures of which comparison are read.
-- SPDX-License-Identifier: GPL-3.0-or-later

CREATE TABLE wanted(trial TEXT, metric TEXT);
INSERT INTO wanted VALUES
 ('balance', 'jain_load'), ('balance', 'loss_ratio'),
 ('takeover', 'failure_outage_mean'), ('takeover', 'registration_timeouts'),
 ('sa-synchronised', 'signalling_outage_mean'), ('sa-behind', 'signalling_outage_mean'),
 ('sa-lost', 'signalling_outage_mean'),
 ('sa-synchronised', 'signalling_outages'), ('sa-behind', 'signalling_outages'),
 ('sa-lost', 'signalling_outages'),
 ('link-same', 'loss_ratio'), ('link-own', 'loss_ratio'),
 ('uplink', 'jain_load'),
 ('crash-up', 'failure_outage_mean'), ('crash-down', 'failure_outage_mean'),
 ('burden-2', 'signalling_bytes_per_mn_hour'), ('burden-4', 'signalling_bytes_per_mn_hour'),
 ('burden-8', 'signalling_bytes_per_mn_hour'), ('burden-16', 'signalling_bytes_per_mn_hour');

-- A policy's mean in a comparison, the ends of its 95 % interval, and what is sure against the
-- first policy: better, worse, or nothing.
CREATE TABLE cell(trial TEXT, policy TEXT, metric TEXT, mean REAL, low REAL, high REAL,
    verdict TEXT, PRIMARY KEY (trial, policy, metric)) WITHOUT ROWID;
CREATE TABLE trial(name TEXT PRIMARY KEY, scenario TEXT, pairs INTEGER);
