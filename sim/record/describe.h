/* A packet in words, by the library's own decoder: for charts, captures and differences.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_DESCRIBE_H
#define SIM_DESCRIBE_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* One field. Both texts are borrowed for the call. */
typedef void sim_describe_field(const char *name, const char *value, void *user);

/* What a chart calls an IPv6 address (16 bytes, network order), borrowed until the next call;
 * NULL: it has no name, and stands as RFC 5952 writes it. */
typedef const char *sim_describe_name(const uint8_t *address, void *user);

/* Calls `field` for each field, in the order of the wire: "source", "destination", "hop limit",
 * "routing header", "home address", "message" ("BU"), "sequence" ("17"), "lifetime" ("420 s") ...
 * A tunnel is the message "6in6"; the fields of the packet in it follow, "source" first.
 * What the decoder refuses ends with "malformed" and the cause ("too-short").
 *   pkt, len        an IPv6 packet, len bytes at hand; borrowed for the call
 *   virtual_bytes   zero bytes that follow without being there */
void sim_describe_fields(const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                         sim_describe_field *field, void *user);

/* Appends one line, without its end: the message and what matters of it.
 *     BU seq 17 lifetime 420 s A H coa mn-1@3 hoa mn-1
 *     BA 134 duplicate address seq 17 lifetime 0 s rh2 mn-1
 *     DHAAD reply id 9: ha-2 ha-1
 *     6in6 ha-1 -> mn-1@3: cn-1 -> mn-1 UDP 1000 B
 *     malformed (checksum) 96 B
 * hoa: the Home Address option; rh2: the type 2 routing header. Source and destination of
 * the packet itself are left to the reader's arrow; those of packets in tunnels are told.
 *   name_of   names of addresses; may be NULL */
void sim_describe_line(GString *out, const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                       sim_describe_name *name_of, void *user);

#endif
