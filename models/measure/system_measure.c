/* See system_measure.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/system_measure.h"

#include "models/hosts/ha_host.h"
#include "models/traffic/flows.h"
#include "models/world_parts.h"

static void put(const model_world *w, const char *name, bool has, double value)
{
    model_metric_write(w->sink, SIM_NO_NODE, name, has, value);
}

/* What all agents have said to each other, from a kind of message on: hellos are the first. */
static void count(const model_world *w, unsigned kind, double *packets, double *bytes)
{
    *packets = *bytes = 0;
    for (; kind <= MIP6_MSG_PEER_SYSTEM; kind++)
        for (uint32_t i = 0; i < w->n_agents; i++) {
            *packets += (double)w->agents[i].detail.sent_packets[kind];
            *bytes += (double)w->agents[i].detail.sent_bytes[kind];
        }
}

void model_system_measure_finish(const model_world *w, uint64_t updates)
{
    double packets, bytes, n = updates > 0 ? (double)updates : 1;
    put(w, "delivered_twice", true, (double)model_flows_repeated(w->flows));
    count(w, MIP6_MSG_PEER_HELLO, &packets, &bytes);
    put(w, "sync_messages", true, packets);
    put(w, "sync_bytes", true, bytes);
    put(w, "updates_answered", true, (double)updates);
    count(w, MIP6_MSG_PEER_HELLO + 1, &packets, &bytes);
    put(w, "sync_messages_per_update", updates > 0, packets / n);
    put(w, "sync_bytes_per_update", updates > 0, bytes / n);
}
