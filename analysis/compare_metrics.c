/* Metrics in words, and which way is better. See compare.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "analysis/compare.h"

#define BENEFIT ANALYSIS_BENEFIT
#define COST ANALYSIS_COST
#define CONTEXT ANALYSIS_CONTEXT
#define PLAIN ANALYSIS_PLAIN
#define SECONDS ANALYSIS_SECONDS
#define SHARE ANALYSIS_SHARE
#define BYTES ANALYSIS_BYTES

/* In the order of tables and sentences. */
static const analysis_metric_row rows[] = {
    {"peak_queue_packets", "peak queue", -1, BENEFIT, PLAIN, NULL},
    {"peak_queue_bytes", "peak queue in bytes", -1, CONTEXT, BYTES, NULL},
    {"sampled_queue", "mean queue (sampled)", -1, BENEFIT, PLAIN, NULL},
    {"jain_load", "Jain's index of load", 1, BENEFIT, PLAIN, NULL},
    {"peak_to_mean_load", "peak to mean of load", -1, BENEFIT, PLAIN, NULL},
    {"peak_load", "peak load", -1, CONTEXT, SHARE, NULL},
    {"peak_load_bound", "its lower bound", 0, CONTEXT, SHARE, NULL},
    {"peak_load_lpt", "peak load by LPT", 0, CONTEXT, SHARE, NULL},
    {"lpt_limit", "LPT over the best", 0, CONTEXT, PLAIN, NULL},
    {"jain_mn", "Jain's index of nodes", 1, BENEFIT, PLAIN, NULL},
    {"sampled_jain_mn", "Jain of nodes (samp.)", 1, CONTEXT, PLAIN, NULL},
    {"peak_to_mean_mn", "peak to mean of nodes", -1, BENEFIT, PLAIN, NULL},
    {"overloaded_seconds", "time overloaded", -1, BENEFIT, SECONDS, NULL},
    {"settling_time", "settling time", -1, BENEFIT, SECONDS, NULL},
    {"loss_ratio", "loss", -1, BENEFIT, SHARE, NULL},
    {"lost_packets", "lost packets", -1, CONTEXT, PLAIN, NULL},
    {"delivered_packets", "delivered packets", 1, CONTEXT, PLAIN, NULL},
    {"sent_packets", "sent packets", 0, CONTEXT, PLAIN, NULL},
    {"in_flight_packets", "packets on their way", 0, CONTEXT, PLAIN, NULL},
    {"sampled_throughput", "tunnelled Mbit/s", 1, CONTEXT, PLAIN, NULL},
    {"delay_mean", "delay mean", -1, BENEFIT, SECONDS, NULL},
    {"delay_p50", "delay p50", -1, BENEFIT, SECONDS, NULL},
    {"delay_p90", "delay p90", -1, CONTEXT, SECONDS, NULL},
    {"delay_p99", "delay p99", -1, BENEFIT, SECONDS, NULL},
    {"delay_p999", "delay p99.9", -1, CONTEXT, SECONDS, NULL},
    {"delay_max", "delay max", -1, BENEFIT, SECONDS, NULL},
    {"moves", "moves", 0, CONTEXT, PLAIN, NULL},
    {"moves_per_mn_hour", "moves per node hour", -1, COST, PLAIN, "%s moves per node and hour"},
    {"ping_pongs", "ping-pongs", -1, COST, PLAIN, "%s ping-pongs"},
    {"outage_mean", "mean outage of a move", -1, COST, SECONDS, "outages of %s in the mean"},
    {"outage_max", "max outage of a move", -1, COST, SECONDS, "outages of %s at most"},
    {"signalling_bytes_per_mn_hour", "signalling per node h", -1, COST, BYTES,
     "%s of signalling per node and hour"},
    {"handovers_per_mn_hour", "handovers per node h", 0, CONTEXT, PLAIN, NULL},
    {"simultaneous_movers", "simultaneous movers", -1, COST, PLAIN, "%s simultaneous movers"},
    {"simultaneous_seconds", "times with these", -1, CONTEXT, PLAIN, NULL},
    {"information_age_mean", "age of information", 0, CONTEXT, SECONDS, NULL},
    {"information_age_max", "oldest information", 0, CONTEXT, SECONDS, NULL},
    {"failed_registrations", "registrations refused", -1, COST, PLAIN, "%s registrations refused"},
    {"registration_timeouts", "registration timeouts", -1, COST, PLAIN,
     "%s registrations unanswered"},
    {"double_binding_seconds", "two bindings at once", -1, COST, SECONDS,
     "two bindings at once for %s"},
    {"failure_outage_mean", "failure outage, mean", -1, BENEFIT, SECONDS, NULL},
    {"failure_outage_median", "failure outage, p50", -1, BENEFIT, SECONDS, NULL},
    {"failure_outage_p99", "failure outage, p99", -1, BENEFIT, SECONDS, NULL},
    {"failure_outages", "failure outages", -1, CONTEXT, PLAIN, NULL},
    {"failure_outages_unfinished", "failure outages open", -1, BENEFIT, PLAIN, NULL},
    {"failure_nodes_hit", "nodes hit", -1, BENEFIT, PLAIN, NULL},
    {"failure_nodes_unhurt", "nodes unhurt", 1, CONTEXT, PLAIN, NULL},
    {"survivors_jain_load", "Jain of survivors", 1, CONTEXT, PLAIN, NULL},
    {"survivors_peak_to_mean_load", "survivors, peak/mean", -1, BENEFIT, PLAIN, NULL},
    {"return_share_time", "return to a share", -1, BENEFIT, SECONDS, NULL},
    {"returns_without_share", "returns w/o a share", -1, BENEFIT, PLAIN, NULL},
    {"return_overshoot", "returned, load/mean", -1, BENEFIT, PLAIN, NULL},
    {"storm_bu_per_s", "storm, BUs a second", -1, COST, PLAIN,
     "storms of %s binding updates a second"},
    {"storm_queue_packets", "storm, largest queue", -1, BENEFIT, PLAIN, NULL},
    {"takeovers", "takeovers", 0, CONTEXT, PLAIN, NULL},
    {"takeovers_without_failure", "without a failure", -1, BENEFIT, PLAIN, NULL},
    {"takeover_time", "takeover, all served", -1, BENEFIT, SECONDS, NULL},
    {"nodes_taken_over", "nodes taken over", 0, CONTEXT, PLAIN, NULL},
    {"bindings_given_up", "bindings given up", 0, CONTEXT, PLAIN, NULL},
    {"stale_care_of_sends", "to old care-of addr.", -1, BENEFIT, PLAIN, NULL},
    {"delivered_twice", "delivered twice", -1, BENEFIT, PLAIN, NULL},
    {"sync_messages", "sync messages", -1, CONTEXT, PLAIN, NULL},
    {"sync_bytes", "sync bytes", -1, COST, BYTES, "%s between agents that share state"},
    {"sync_messages_per_update", "sync, messages/BU", -1, CONTEXT, PLAIN, NULL},
    {"sync_bytes_per_update", "sync, bytes/BU", -1, CONTEXT, BYTES, NULL},
    {"updates_answered", "updates answered", 0, CONTEXT, PLAIN, NULL},
    {"copies_held", "copies held", 0, CONTEXT, PLAIN, NULL},
    {"bytes_per_copy", "bytes of a copy", -1, CONTEXT, BYTES, NULL},
    {"signalling_outage_mean", "signal outage, mean", -1, BENEFIT, SECONDS, NULL},
    {"signalling_outage_median", "signal outage, p50", -1, CONTEXT, SECONDS, NULL},
    {"signalling_outage_p99", "signal outage, p99", -1, BENEFIT, SECONDS, NULL},
    {"signalling_outages", "signal outages", -1, CONTEXT, PLAIN, NULL},
    {"signalling_outages_unfinished", "signal outages open", -1, BENEFIT, PLAIN, NULL},
    {"ike_setup_mean", "IKE set-up, mean", -1, BENEFIT, SECONDS, NULL},
    {"ike_setup_p50", "IKE set-up, p50", -1, CONTEXT, SECONDS, NULL},
    {"ike_setup_p99", "IKE set-up, p99", -1, BENEFIT, SECONDS, NULL},
    {"ike_setup_max", "IKE set-up, max", -1, CONTEXT, SECONDS, NULL},
    {"ike_queue_peak", "IKE queue, peak", -1, BENEFIT, PLAIN, NULL},
    {"ike_handshakes", "IKE handshakes", -1, COST, PLAIN, "%s IKE handshakes"},
    {"ike_given_up", "IKE given up", -1, CONTEXT, PLAIN, NULL},
    {"ike_cookies", "IKE cookies", -1, CONTEXT, PLAIN, NULL},
    {"ike_resent", "IKE resent", -1, CONTEXT, PLAIN, NULL},
    {"ike_messages", "IKE messages", -1, CONTEXT, PLAIN, NULL},
    {"ike_bytes", "IKE bytes", -1, COST, BYTES, "%s of IKE"},
    {"esp_overhead_bytes", "ESP overhead", -1, COST, BYTES, "%s of ESP"},
    {"esp_packets", "ESP packets", 0, CONTEXT, PLAIN, NULL},
    {"esp_payload_overhead_bytes", "ESP payload overhead", -1, COST, BYTES,
     "%s of ESP around payload"},
    {"esp_payload_packets", "ESP payload packets", 0, CONTEXT, PLAIN, NULL},
    {"esp_replayed", "ESP replayed", -1, CONTEXT, PLAIN, NULL},
    {"esp_unknown_spi", "ESP unknown SPI", -1, CONTEXT, PLAIN, NULL},
    {"esp_malformed", "ESP malformed", -1, CONTEXT, PLAIN, NULL},
    {"esp_without_sa", "ESP without an SA", -1, CONTEXT, PLAIN, NULL},
    {"mn_unfilled_lists", "unfilled agent lists", 0, CONTEXT, PLAIN, NULL},
    {"registered_at_end", "registered at the end", 1, BENEFIT, PLAIN, NULL},
};

const analysis_metric_row *analysis_metric_row_at(size_t i)
{
    return i < G_N_ELEMENTS(rows) ? &rows[i] : NULL;
}

const analysis_metric_row *analysis_metric_row_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}
