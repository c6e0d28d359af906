/* An onlooker of a run: told of every packet put on a link, of every loss, of every effect.
 * It sees and changes nothing: a run with a tap is the same run. Where there is none, a run pays
 * one predicted branch.
 *
 * Calls come in order of time, and of one instant in the order in which things were computed.
 * What ends a packet comes after what put it on the link. A packet that crosses several links is
 * sent on each, as its bytes are there; by virtual_bytes its payload of zeros is longer.
 *
 * Whoever makes a tap makes it the first member of a struct of its own, and sets `cls`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_TAP_H
#define SIM_TAP_H

#include <stddef.h>
#include <stdint.h>

#include "sim/engine/fingerprint.h"
#include "sim/engine/packet.h"

typedef struct sim_tap sim_tap;

/* Any member may be NULL. Everything pointed to is borrowed: packets and bytes for the call, names
 * of links and nodes until the run ends, causes for good. */
typedef struct sim_tap_class {
    /* A link of the network, before the run, one call each; ids count from 0. */
    void (*link)(sim_tap *tap, uint32_t link, const char *name);
    /* At t_ns a node hands a packet to a link, which may be busy: it waits there then. from: the
     * node's name. to: the name of the receiver on that link; NULL for a multicast, and where
     * nobody there has the address. */
    void (*sent)(sim_tap *tap, uint32_t link, int64_t t_ns, const char *from, const char *to,
                 const sim_packet *packet);
    /* A packet was lost at a node, or on the link that the node had put it on. Of a multicast: the
     * copy for `node`. cause: as in the results. */
    void (*lost)(sim_tap *tap, int64_t t_ns, const char *node, const char *cause,
                 const sim_packet *packet);
    /* Bytes were booked to the fingerprint, in the node's own name. */
    void (*effect)(sim_tap *tap, int64_t t_ns, const char *node, sim_channel channel,
                   const uint8_t *bytes, size_t len);
} sim_tap_class;

struct sim_tap {
    const sim_tap_class *cls;
};

#endif
