/* The metrics of a run: names, units, and which way is better.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "models/world.h"

/* Run-wide ones first, in the order in which they are written. */
static const model_metric metrics[] = {
    {"jain_mn", "1", false, 1,
     "Jain's index of registered nodes over the agents that are up, mean over seconds"},
    {"peak_to_mean_mn", "1", false, -1,
     "largest agent's registered mobile nodes over the mean agent's, mean over seconds"},
    {"jain_load", "1", false, 1,
     "Jain's index of load (tunnel bytes offered in 10 s, over capacity), mean over seconds"},
    {"peak_to_mean_load", "1", false, -1,
     "largest load over the mean load, mean over seconds"},
    {"peak_load", "1", false, -1,
     "largest agent's bytes over capacity, mean over the intervals of `bound-interval`; a node's "
     "bytes, sent or lost, are its agent's at the interval's beginning"},
    {"peak_load_bound", "1", false, 0, "what no assignment of the same nodes could be below"},
    {"peak_load_lpt", "1", false, 0,
     "what longest-processing-time-first would have made of the same nodes and bytes"},
    {"lpt_limit", "1", false, 0,
     "4/3 - 1/(3m): LPT is at most so many times the best; where capacities are equal"},
    {"delay_mean", "s", false, -1, "mean delay of delivered packets that an agent tunnelled"},
    {"delay_p50", "s", false, -1, "median of that delay"},
    {"delay_p99", "s", false, -1, "99th percentile of that delay"},
    {"delay_max", "s", false, -1, "largest of these delays"},
    {"loss_ratio", "1", false, -1, "application packets lost over those sent"},
    {"sent_packets", "packets", false, 0, "application packets sent after the warm-up"},
    {"delivered_packets", "packets", false, 1, "of these, delivered"},
    {"lost_packets", "packets", false, -1, "of these, lost"},
    {"in_flight_packets", "packets", false, 0, "of these, still on their way at the end"},
    {"peak_queue_packets", "packets", false, -1,
     "largest queue of an agent: the buffer that is needed; of all agents, and of each"},
    {"peak_queue_bytes", "bytes", false, -1, "the same in bytes"},
    {"moves", "1", false, 0, "registrations at the agent that a switch named"},
    {"moves_per_mn_hour", "1/h", false, -1, "moves per mobile node and hour"},
    {"ping_pongs", "1", false, -1, "moves from A to B and back to A within 60 s"},
    {"outage_mean", "s", false, -1,
     "last packet by the old agent to the first by the new, in each direction with traffic; the "
     "pause between two packets is part of it"},
    {"outage_max", "s", false, -1, "longest of these outages"},
    {"signalling_bytes_per_mn_hour", "bytes/h", false, -1,
     "bytes of signalling made by all nodes, per mobile node and hour"},
    {"handovers_per_mn_hour", "1/h", false, 0,
     "changes of access cell, per mobile node and hour"},
    {"settling_time", "s", false, -1,
     "from the step (crowd, join or start of a named [traffic], the first) until Jain's index of "
     "load stays within 5 % of its own final value for 30 s"},
    {"overloaded_seconds", "s", false, -1,
     "agent-seconds at whose end the advertised queue was above LIGHT"},
    {"information_age_mean", "s", false, 0,
     "age of the target's last report at a decision (repeated ones excluded)"},
    {"information_age_max", "s", false, 0, "oldest information behind a decision"},
    {"simultaneous_movers", "1", false, -1,
     "most agents that chose the same target within one second"},
    {"simultaneous_seconds", "1", false, -1,
     "times that a target was chosen by two or more agents within one second"},
    {"failed_registrations", "1", false, -1,
     "refusals that mobile nodes got; failed_registrations_N: those with status N"},
    {"registration_timeouts", "1", false, -1, "registrations that no agent ever answered"},
    {"double_binding_seconds", "s", false, -1,
     "time in which two agents held a binding (not draining) for one address, over all addresses"},
    {"mn_unfilled_lists", "1", false, 0,
     "agents whose Home Agents List was not full when mobile nodes began to start"},
    {"registered_at_end", "1", false, 1, "mobile nodes registered when the run ended"},
    {"failure_outages", "1", false, -1,
     "outages that failures of agents made, of each node and direction, where agents fail: from "
     "the first packet lost for it to the first delivered of those sent afterwards"},
    {"failure_outages_unfinished", "1", false, -1, "of these, not over when the run, or the node, "
     "ended"},
    {"failure_outage_mean", "s", false, -1,
     "mean length of these outages, those that are unfinished counted by Kaplan and Meier"},
    {"failure_outage_median", "s", false, -1, "median of the same estimate"},
    {"failure_outage_p99", "s", false, -1, "99th percentile of the same estimate"},
    {"failure_nodes_hit", "1", false, -1, "nodes that lost a packet by a failure, all failures"},
    {"failure_nodes_unhurt", "1", false, 1,
     "nodes that were registered with the agent that failed and lost none, all failures"},
    {"survivors_jain_load", "1", false, 1,
     "Jain's index of load over the agents that serve while others have failed, mean of failures"},
    {"survivors_peak_to_mean_load", "1", false, -1,
     "largest load of these agents over their mean, mean of failures"},
    {"return_share_time", "s", false, -1,
     "from an agent's return until it carries 80 % of the mean load, mean of those that did"},
    {"returns_without_share", "1", false, -1, "returns of agents that never came to that"},
    {"return_overshoot", "1", false, -1,
     "largest load of an agent that came back, over the mean load"},
    {"storm_bu_per_s", "1/s", false, -1,
     "most binding updates that an agent got within a second, from the first failure on"},
    {"storm_queue_packets", "packets", false, -1,
     "largest queue of an agent, from the first failure on, warm-up included"},
    {"takeovers", "1", false, 0,
     "times that another agent became master of a virtual one, with [system] active-standby"},
    {"takeovers_without_failure", "1", false, -1,
     "of these, while another was master that no failure kept from being heard"},
    {"stale_care_of_sends", "packets", false, -1,
     "tunnelled to a care-of address older than the last one acknowledged to the node"},
    {"delivered_twice", "packets", false, -1,
     "packets that came to their application a second time, where agents share state"},
    {"sync_messages", "packets", false, -1, "messages between agents that share state"},
    {"sync_bytes", "bytes", false, -1, "bytes of these, headers included"},
    {"updates_answered", "1", false, 0, "binding updates that such agents accepted and answered"},
    {"copies_held", "1", false, 0, "bindings that agents hold for others at the end"},
    {"bytes_per_copy", "bytes", false, -1, "memory that agents have for each of these, with haha"},
    {"sync_messages_per_update", "1", false, -1,
     "messages between agents for each update answered, hellos left out, with haha"},
    {"sync_bytes_per_update", "bytes", false, -1, "bytes of these for each of them"},
    {"nodes_taken_over", "1", false, 0, "nodes that agents took over from one that was gone"},
    {"bindings_given_up", "1", false, 0,
     "bindings that an agent let go, for another one had better right to them"},
    {"takeover_time", "s", false, -1, "from a failure until the last of its nodes was served"},
    {"esp_packets", "packets", false, 0,
     "packets that nodes and agents put into ESP, with [ipsec]"},
    {"esp_overhead_bytes", "bytes", false, -1, "what ESP added to them"},
    {"esp_payload_packets", "packets", false, 0, "of these, payload in tunnels (payload = on)"},
    {"esp_payload_overhead_bytes", "bytes", false, -1, "what ESP added to payload"},
    {"esp_replayed", "packets", false, -1, "lost: their sequence number had come, or was too old"},
    {"esp_unknown_spi", "packets", false, -1,
     "lost: the receiver had no such security association"},
    {"esp_malformed", "packets", false, -1, "lost: malformed, or without the ESP they must have"},
    {"esp_without_sa", "packets", false, -1,
     "lost, agents' and Home Test Inits: there was no security association to send them by"},
    {"signalling_outages", "1", false, -1,
     "outages of a node's signalling: from the first message lost for a security association "
     "(replayed, unknown SPI, none) to the next acknowledgement that came through"},
    {"signalling_outages_unfinished", "1", false, -1, "of these, not over when the run ended"},
    {"signalling_outage_mean", "s", false, -1,
     "mean length of these, those that are unfinished counted by Kaplan and Meier"},
    {"signalling_outage_median", "s", false, -1, "median of the same estimate"},
    {"signalling_outage_p99", "s", false, -1, "99th percentile of the same estimate"},
    {"ike_handshakes", "1", false, -1,
     "IKE handshakes after which a node had a security association with an agent"},
    {"ike_given_up", "1", false, -1, "IKE exchanges that a node gave up, unanswered"},
    {"ike_cookies", "1", false, -1, "times that an agent asked for a cookie"},
    {"ike_resent", "1", false, -1, "requests of IKE that were sent again"},
    {"ike_messages", "packets", false, -1, "messages of IKE, both ways"},
    {"ike_bytes", "bytes", false, -1, "bytes of these, IPv6 and UDP headers included"},
    {"ike_queue_peak", "1", false, -1,
     "most requests of IKE that waited at an agent, the one at work included"},
    {"ike_setup_mean", "s", false, -1,
     "mean time of a handshake, from its first request to the security association"},
    {"ike_setup_p50", "s", false, -1, "median of that time"},
    {"ike_setup_p99", "s", false, -1, "99th percentile of that time"},
    {"ike_setup_max", "s", false, -1, "longest of these times"},
    {"load_bps", "bit/s", true, 0, "tunnel traffic offered to this agent while it was up"},
    {"offered_load", "1", true, 0, "the same as a share of its capacity"},
    {"peak_queue_packets", "packets", true, -1, "largest queue of this agent"},
    {"peak_queue_bytes", "bytes", true, -1, "the same in bytes"},
    {"queue_mean_packets", "packets", true, -1, "its queue, mean over time"},
    {"mn_mean", "1", true, 0, "registered mobile nodes, mean over seconds"},
    {"mn_max", "1", true, 0, "most registered mobile nodes"},
    {"tunnelled_packets", "packets", true, 0, "packets it took into its queue for a tunnel"},
    {"tunnelled_bytes", "bytes", true, 0, "the same in bytes, as they leave it: "
     "to nodes with the outer header, from nodes without"},
    {"dropped_packets", "packets", true, -1, "packets lost at this agent, whatever the cause"},
    {"refused_registrations", "1", true, -1, "registrations that this agent refused"},
    {"overloaded_seconds", "s", true, -1,
     "seconds at whose end its advertised queue was above LIGHT"},
    {"delay_mean", "s", true, -1, "mean delay of delivered packets that it tunnelled"},
    {"delay_p50", "s", true, -1, "median of that delay"},
    {"delay_p99", "s", true, -1, "99th percentile of that delay"},
    {"delay_max", "s", true, -1, "largest of these delays"},
    {"ike_queue_peak", "1", true, -1, "most requests of IKE that waited at this agent"},
    {"ike_wait_p50", "s", true, -1, "median time from a request of IKE to this agent's answer"},
    {"ike_wait_p99", "s", true, -1, "99th percentile of that time"},
    {"copies_held", "1", true, 0, "bindings that it holds for others at the end, with haha"},
    {"nodes_taken_over", "1", true, 0, "nodes that it took over"},
};

const model_metric *model_metric_at(size_t i)
{
    return i < G_N_ELEMENTS(metrics) ? &metrics[i] : NULL;
}

static const char *unit_of(const char *name, bool per_agent)
{
    const model_metric *row = NULL;
    for (size_t i = 0; (row = model_metric_at(i)) != NULL; i++)
        if (row->per_agent == per_agent && strcmp(row->name, name) == 0)
            break;
    assert(row && "every metric has a row in metrics.c");
    return row->unit;
}

void model_metric_write(sim_sink *sink, int64_t node_id, const char *name, bool has, double value)
{
    assert(!has || isfinite(value));
    sink->cls->metric(sink, &(sim_row_metric){
        .node_id = node_id, .name = name, .has_value = has, .value = has ? value : 0,
        .unit = unit_of(name, node_id != SIM_NO_NODE)});
}
