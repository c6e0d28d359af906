/* The metrics of a run: names, units, and which way is better.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib.h>

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
};

const model_metric *model_metric_at(size_t i)
{
    return i < G_N_ELEMENTS(metrics) ? &metrics[i] : NULL;
}
