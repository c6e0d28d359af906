/* Validation: a row of links and the agent, with the tunnel's header on a part of the way.
 *
 * Packets of one size through servers in a row, each of constant service: the first that is
 * slower than all before it lets packets out no closer than its service time, so nothing waits
 * at a faster one behind, and what waits in all is what would wait at the slowest alone:
 *
 *   H. D. Friedman: Reduction methods for tandem queuing systems. Operations Research 13, 1965.
 *
 * The whole delay is the sum of all services and the wait of M/D/1 at the slowest server.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "tests/validation/validation.h"

enum { PACKETS_PER_S, PACKET_BYTES, HEADER_BYTES, CORRESPONDENT, AGENT, ACCESS };

/* p = packets per second, bytes of a packet, of the tunnel's header, and three rates in Mbit/s.
 * Towards a node, the agent and the access link carry the header. */
static double row(const double *p, double at_agent, double at_access)
{
    double times[] = {p[PACKET_BYTES] * 8e-6 / p[CORRESPONDENT],
                      (p[PACKET_BYTES] + at_agent) * 8e-6 / p[AGENT],
                      (p[PACKET_BYTES] + at_access) * 8e-6 / p[ACCESS]};
    double sum = times[0] + times[1] + times[2];
    double slowest = fmax(times[0], fmax(times[1], times[2]));
    double load = p[PACKETS_PER_S] * slowest;

    return sum + slowest * load / (2 * (1 - load));
}

static double down(const double *p)
{
    return row(p, p[HEADER_BYTES], p[HEADER_BYTES]);
}

static double up(const double *p)
{
    return row(p, 0, p[HEADER_BYTES]);
}

#define DELAY "select run_id, value from metric where name = 'delay_mean' and node_id is null" \
    " order by run_id"

static const validation_case cases[] = {
    {"link, agent, tunnel: delay, s", "tandem-down", DELAY, NULL, down,
     {800, 85, 40, 1, 1, 1}, {800, 85, 0, 1, 1, 1}, "no tunnel header", 0.01, false},
    {"tunnel, agent, link: delay, s", "tandem-up", DELAY, NULL, up,
     {800, 85, 40, 1, 1, 1}, {800, 85, 0, 1, 1, 1}, "no tunnel header", 0.01, true},
    {"slow tunnel at the end: delay, s", "tandem-access", DELAY, NULL, down,
     {960, 85, 40, 1, 2, 1.2}, {960, 85, 36, 1, 2, 1.2}, "4 bytes less", 0.02, false},
};

const validation_case *validation_tunnel(size_t *n)
{
    *n = G_N_ELEMENTS(cases);
    return cases;
}
