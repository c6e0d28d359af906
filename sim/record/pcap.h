/* What was on the wires of a run, as a pcapng file that Wireshark reads.
 *
 * One interface per link, named after it; raw IPv6 (LINKTYPE_IPV6, no link layer); timestamps in
 * nanoseconds of simulated time, which begins at 1970. Payloads that are virtual in the run
 * are written, as zeros. A comment at each packet says who handed it to whom on that link
 * ("router > ha0"; "ha1 > *": a multicast), and whether the link lost it ("lost: link-loss").
 *
 * Blocks are written whole, in large pieces. Where the disk is full the file ends behind the last
 * whole block, so that what is there can be read.
 *
 * All errors are of domain SIM_CONFIG_ERROR, code SIM_ERROR_CANNOT, and begin with the path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_PCAP_H
#define SIM_PCAP_H

#include <glib.h>

#include "sim/engine/engine.h"
#include "sim/engine/tap.h"

typedef struct sim_pcap sim_pcap;

/* Make the file, and its folder where that is not there. What was there is removed first.
 * program, identity: application and comment of the file's section; copied. NULL with *error. */
sim_pcap *sim_pcap_open(const char *path, const char *program, const char *identity,
                        GError **error);
/* The tap for model_world_watch: the capture's, until it is closed. */
sim_tap *sim_pcap_tap(sim_pcap *pcap);
/* Interrupt this engine at the first error. */
void sim_pcap_guard(sim_pcap *pcap, sim_engine *engine);
/* Write what is left. False with *error: it, or something before, could not be written. Frees the
 * capture either way. NULL is allowed. */
bool sim_pcap_close(sim_pcap *pcap, GError **error);

#endif
