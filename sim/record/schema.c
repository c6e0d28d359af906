/* See schema.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/schema.h"

#define TABLES \
    "CREATE TABLE IF NOT EXISTS run(" \
    " run_id INTEGER PRIMARY KEY, scenario TEXT NOT NULL, policy TEXT NOT NULL," \
    " seed INTEGER NOT NULL, replication INTEGER NOT NULL, config_sha256 TEXT NOT NULL," \
    " code_version TEXT NOT NULL, protocol_sha256 TEXT NOT NULL, started_at TEXT NOT NULL," \
    " wall_seconds REAL, simulated_ns INTEGER, events INTEGER, fingerprint TEXT," \
    " status TEXT NOT NULL" \
    "  CHECK (status IN ('running', 'complete', 'interrupted', 'failed'))) STRICT;" \
    "CREATE TABLE IF NOT EXISTS run_param(" \
    " run_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL," \
    " PRIMARY KEY (run_id, key)) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS node(" \
    " run_id INTEGER NOT NULL, node_id INTEGER NOT NULL, kind TEXT NOT NULL," \
    " name TEXT NOT NULL, address TEXT, PRIMARY KEY (run_id, node_id)) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS ha_sample(" \
    " run_id INTEGER NOT NULL, t_ns INTEGER NOT NULL, node_id INTEGER NOT NULL," \
    " queue_packets INTEGER NOT NULL, queue_bytes INTEGER NOT NULL, queue_wire INTEGER NOT NULL," \
    " mn_count INTEGER NOT NULL, tunnelled_packets INTEGER NOT NULL," \
    " tunnelled_bytes INTEGER NOT NULL, dropped_packets INTEGER NOT NULL," \
    " PRIMARY KEY (run_id, t_ns, node_id)) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS decision(" \
    " run_id INTEGER NOT NULL, t_ns INTEGER NOT NULL, ha_id INTEGER NOT NULL," \
    " mn_id INTEGER, branch TEXT, own_queue INTEGER, own_count INTEGER, target_id INTEGER," \
    " target_queue INTEGER, target_count INTEGER, information_age_ns INTEGER," \
    " outcome TEXT) STRICT;" \
    "CREATE TABLE IF NOT EXISTS loss(" \
    " run_id INTEGER NOT NULL, node_id INTEGER, cause TEXT NOT NULL," \
    " packets INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;" \
    "CREATE TABLE IF NOT EXISTS application_loss(" \
    " run_id INTEGER NOT NULL, node_id INTEGER, cause TEXT NOT NULL," \
    " packets INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;" \
    "CREATE TABLE IF NOT EXISTS signalling(" \
    " run_id INTEGER NOT NULL, node_id INTEGER, message TEXT NOT NULL," \
    " packets INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;" \
    "CREATE TABLE IF NOT EXISTS fingerprint(" \
    " run_id INTEGER NOT NULL, second INTEGER NOT NULL, node_id INTEGER NOT NULL," \
    " channel TEXT NOT NULL, hash TEXT NOT NULL," \
    " PRIMARY KEY (run_id, second, node_id, channel)) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS metric(" \
    " run_id INTEGER NOT NULL, node_id INTEGER, name TEXT NOT NULL, value REAL," \
    " unit TEXT NOT NULL) STRICT;" \
    "CREATE TABLE IF NOT EXISTS histogram(" \
    " run_id INTEGER NOT NULL, node_id INTEGER, name TEXT NOT NULL, bin_low REAL NOT NULL," \
    " bin_high REAL NOT NULL, count INTEGER NOT NULL) STRICT;" \
    "CREATE TABLE IF NOT EXISTS event(" \
    " run_id INTEGER NOT NULL, t_ns INTEGER NOT NULL, kind TEXT NOT NULL, mn_id INTEGER," \
    " from_node_id INTEGER, to_node_id INTEGER, detail TEXT) STRICT;" \
    "CREATE TABLE IF NOT EXISTS failure(" \
    " run_id INTEGER NOT NULL, failure INTEGER NOT NULL, name TEXT NOT NULL," \
    " node_id INTEGER NOT NULL, kind TEXT NOT NULL, began_ns INTEGER NOT NULL," \
    " ended_ns INTEGER, nodes_bound INTEGER NOT NULL, nodes_hit INTEGER NOT NULL," \
    " nodes_unhurt INTEGER NOT NULL, survivors_jain_load REAL," \
    " survivors_peak_to_mean_load REAL, share_ns INTEGER, overshoot REAL," \
    " PRIMARY KEY (run_id, failure)) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS outage(" \
    " run_id INTEGER NOT NULL, failure INTEGER NOT NULL, mn_id INTEGER NOT NULL," \
    " direction TEXT NOT NULL, began_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL," \
    " censored INTEGER NOT NULL) STRICT;" \
    "CREATE TABLE IF NOT EXISTS storm(" \
    " run_id INTEGER NOT NULL, failure INTEGER NOT NULL, node_id INTEGER NOT NULL," \
    " peak_bu_per_s INTEGER NOT NULL, peak_queue_packets INTEGER NOT NULL," \
    " peak_queue_bytes INTEGER NOT NULL," \
    " PRIMARY KEY (run_id, failure, node_id)) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS bound(" \
    " run_id INTEGER NOT NULL, t_ns INTEGER NOT NULL, lower REAL NOT NULL, lpt REAL NOT NULL," \
    " load REAL NOT NULL, PRIMARY KEY (run_id, t_ns)) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS sweep_point(" \
    " run_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL," \
    " PRIMARY KEY (run_id, key)) STRICT, WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS note(run_id INTEGER NOT NULL, text TEXT NOT NULL) STRICT;"

#define INDEXES \
    "CREATE INDEX IF NOT EXISTS decision_run ON decision(run_id);" \
    "CREATE INDEX IF NOT EXISTS loss_run ON loss(run_id);" \
    "CREATE INDEX IF NOT EXISTS application_loss_run ON application_loss(run_id);" \
    "CREATE INDEX IF NOT EXISTS signalling_run ON signalling(run_id);" \
    "CREATE INDEX IF NOT EXISTS metric_run ON metric(run_id, name);" \
    "CREATE INDEX IF NOT EXISTS histogram_run ON histogram(run_id, name);" \
    "CREATE INDEX IF NOT EXISTS event_run ON event(run_id);" \
    "CREATE INDEX IF NOT EXISTS outage_run ON outage(run_id, failure);" \
    "CREATE INDEX IF NOT EXISTS note_run ON note(run_id);"

/* Who: a node's name, or all mobile nodes together. */
#define WHO "coalesce(n.name, CASE WHEN x.node_id IS NULL THEN 'mobile nodes'" \
            " ELSE 'node ' || x.node_id END)"

#define VIEW_HA \
    "CREATE VIEW IF NOT EXISTS ha_over_time AS SELECT x.run_id, r.policy, r.replication," \
    " x.t_ns / 1e9 AS t_s, n.name AS agent, x.queue_packets, x.queue_bytes," \
    " x.queue_wire / 65535.0 AS queue_share, x.mn_count," \
    " (x.tunnelled_bytes - lag(x.tunnelled_bytes) OVER w) * 8e3" \
    "  / nullif(x.t_ns - lag(x.t_ns) OVER w, 0) AS tunnelled_mbit_s," \
    " x.dropped_packets - lag(x.dropped_packets) OVER w AS dropped_packets" \
    " FROM ha_sample x JOIN run r USING (run_id)" \
    " LEFT JOIN node n ON n.run_id = x.run_id AND n.node_id = x.node_id" \
    " WINDOW w AS (PARTITION BY x.run_id, x.node_id ORDER BY x.t_ns);"

#define OF_RUN(name) \
    " max(CASE WHEN m.name = '" name "' THEN m.value END) AS " name

#define VIEW_SUMMARY \
    "CREATE VIEW IF NOT EXISTS run_summary AS SELECT r.run_id, r.scenario, r.policy, r.seed," \
    " r.replication, r.status, r.simulated_ns / 1e9 AS simulated_s, r.wall_seconds, r.events," \
    OF_RUN("jain_load") "," OF_RUN("peak_to_mean_load") "," OF_RUN("jain_mn") "," \
    OF_RUN("peak_to_mean_mn") "," OF_RUN("delay_p50") "," OF_RUN("delay_p99") "," \
    OF_RUN("delay_max") "," OF_RUN("loss_ratio") "," OF_RUN("peak_queue_packets") "," \
    OF_RUN("moves") "," OF_RUN("moves_per_mn_hour") "," OF_RUN("ping_pongs") "," \
    OF_RUN("outage_mean") "," OF_RUN("outage_max") "," \
    OF_RUN("signalling_bytes_per_mn_hour") "," OF_RUN("settling_time") "," \
    OF_RUN("overloaded_seconds") "," OF_RUN("failed_registrations") "," \
    OF_RUN("registered_at_end") \
    " FROM run r LEFT JOIN metric m ON m.run_id = r.run_id AND m.node_id IS NULL" \
    " GROUP BY r.run_id;"

#define VIEWS_BY_NODE \
    "CREATE VIEW IF NOT EXISTS loss_by_cause AS SELECT x.run_id, r.policy, " WHO " AS node," \
    " x.cause, sum(x.packets) AS packets, sum(x.bytes) AS bytes" \
    " FROM loss x JOIN run r USING (run_id)" \
    " LEFT JOIN node n ON n.run_id = x.run_id AND n.node_id = x.node_id" \
    " GROUP BY x.run_id, x.node_id, x.cause;" \
    "CREATE VIEW IF NOT EXISTS signalling_by_message AS SELECT x.run_id, r.policy," \
    " " WHO " AS node, x.message, sum(x.packets) AS packets, sum(x.bytes) AS bytes" \
    " FROM signalling x JOIN run r USING (run_id)" \
    " LEFT JOIN node n ON n.run_id = x.run_id AND n.node_id = x.node_id" \
    " GROUP BY x.run_id, x.node_id, x.message;"

#define VIEW_DECISIONS \
    "CREATE VIEW IF NOT EXISTS decisions AS SELECT x.run_id, r.policy, x.t_ns / 1e9 AS t_s," \
    " a.name AS agent, m.name AS mobile_node, x.branch," \
    " x.own_queue / 655.35 AS own_queue_percent, x.own_count, t.name AS target," \
    " x.target_queue / 655.35 AS target_queue_percent, x.target_count," \
    " x.information_age_ns / 1e9 AS information_age_s, x.outcome" \
    " FROM decision x JOIN run r USING (run_id)" \
    " LEFT JOIN node a ON a.run_id = x.run_id AND a.node_id = x.ha_id" \
    " LEFT JOIN node m ON m.run_id = x.run_id AND m.node_id = x.mn_id" \
    " LEFT JOIN node t ON t.run_id = x.run_id AND t.node_id = x.target_id;"

#define VIEW_OUTAGES \
    "CREATE VIEW IF NOT EXISTS outages AS SELECT x.run_id, r.policy, x.failure, f.kind," \
    " a.name AS agent, f.began_ns / 1e9 AS failed_s, m.name AS mobile_node, x.direction," \
    " x.began_ns / 1e9 AS began_s, (x.ended_ns - x.began_ns) / 1e9 AS outage_s, x.censored" \
    " FROM outage x JOIN run r USING (run_id) JOIN failure f USING (run_id, failure)" \
    " LEFT JOIN node a ON a.run_id = x.run_id AND a.node_id = f.node_id" \
    " LEFT JOIN node m ON m.run_id = x.run_id AND m.node_id = x.mn_id;"

const char sim_record_schema[] =
    TABLES INDEXES VIEW_HA VIEW_SUMMARY VIEWS_BY_NODE VIEW_DECISIONS VIEW_OUTAGES;
