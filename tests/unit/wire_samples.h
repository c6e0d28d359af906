/* Samples of every message with their bytes, and helpers for tests of the codecs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef WIRE_SAMPLES_H
#define WIRE_SAMPLES_H

#include "mip6_wire.h"

/* A message, its header and the packet that the RFCs make of both. The bytes were laid
 * out from the figures of the RFCs by another program, not by mip6_encode. */
struct wire_sample {
    const char *name;
    mip6_header h;
    mip6_message msg;
    uint8_t packet[256];
    size_t len;
};

unsigned wire_sample_count(void);
void wire_sample_get(unsigned i, struct wire_sample *s);
/* By name; the test fails where there is none. */
void wire_sample_find(const char *name, struct wire_sample *s);

/* The address that `text` names; the test fails where it names none. */
mip6_addr wire_addr(const char *text);
/* Bytes of a string of hexadecimal digits. Returns their number. */
size_t wire_hex(const char *text, uint8_t *out, size_t cap);

/* The checksum as RFC 1071 spells it, two bytes at a time: the slow reference. */
uint16_t wire_reference_checksum(const mip6_addr *src, const mip6_addr *dst,
                                 uint8_t next_header, const uint8_t *p, size_t len);
/* Make right the checksum of a packet's upper layer, found as its sample says. */
void wire_fix_checksum(uint8_t *pkt, size_t len, const mip6_header *h, size_t upper,
                       uint8_t next_header);
/* The offset of a sample's upper layer. */
size_t wire_upper(const struct wire_sample *s);
/* Its checksum field's offset in the packet. */
size_t wire_checksum_at(const struct wire_sample *s);

/* Fail the test unless both say the same (borrowed bytes compared by content). */
void wire_expect_header(const char *name, const mip6_header *a, const mip6_header *b);
void wire_expect_message(const char *name, const mip6_message *a, const mip6_message *b);

/* Decode, and fail the test unless the result is as expected. */
void wire_expect_drop(const char *name, const uint8_t *pkt, size_t len, mip6_drop expected);

#endif
