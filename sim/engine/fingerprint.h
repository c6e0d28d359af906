/* The fingerprint of a run: per second, node and channel, the sum modulo 2^128 of a hash
 * of (node name, channel, time, bytes). A sum does not care for the order of
 * computation, and a node to which nothing happened adds nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_FINGERPRINT_H
#define SIM_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

typedef enum sim_channel {
    SIM_CHANNEL_WIRE,       /* packets sent */
    SIM_CHANNEL_QUEUE,      /* occupancy at the second's end */
    SIM_CHANNEL_BINDING,
    SIM_CHANNEL_HANDOFF,
    SIM_CHANNEL_DECISION,
    SIM_N_CHANNELS
} sim_channel;

/* "wire" and so on, as in the results. Static storage. */
const char *sim_channel_name(sim_channel channel);

typedef struct sim_fingerprint sim_fingerprint;

typedef struct sim_hash128 {
    uint64_t lo, hi;
} sim_hash128;

/* A fast hash of our own; the same bits on every machine. Not cryptographic. */
sim_hash128 sim_hash(const void *bytes, size_t len, uint64_t seed);
/* Hash of a name: the seed of its events. */
uint64_t sim_hash_name(const char *name);

sim_fingerprint *sim_fingerprint_new(void);
void sim_fingerprint_free(sim_fingerprint *fp);

/* A cell set for one node, or for a group of nodes under its first member's id.
 * Returns its number. */
uint32_t sim_fingerprint_add_cell(sim_fingerprint *fp, uint32_t node_id);

/* Book one effect. name_hash is that of the node, not of the group. The time may lie in an
 * earlier second than the last effect's, but not in a second already closed. */
void sim_fingerprint_book(sim_fingerprint *fp, uint32_t cell, sim_channel channel,
                          uint64_t name_hash, int64_t time_ns, const void *bytes, size_t len);

/* Close a second, and all before it that are open: calls `row` (may be NULL) for each cell and
 * channel that is not zero, in order of (cell, channel), adds all to the run's sum, and clears
 * them. */
typedef void (*sim_fingerprint_row)(void *user, int64_t second, uint32_t node_id,
                                    sim_channel channel, sim_hash128 sum);
void sim_fingerprint_close_second(sim_fingerprint *fp, int64_t second,
                                  sim_fingerprint_row row, void *user);

/* The run's fingerprint so far: 32 hexadecimal digits and a NUL. Every second's sum enters
 * hashed with its number, so that the same effects a second later differ. */
void sim_fingerprint_text(const sim_fingerprint *fp, char out[33]);

#endif
