/* VRRPv3 advertisements: every byte of one, what must be discarded, and what tshark reads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_vrrp.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

static const uint8_t sample[] = {
    /* IPv6: 40 bytes follow, next header 112, hop limit 255 */
    0x60, 0, 0, 0, 0, 40, 112, 255,
    0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x11, 0x22, 0xff, 0xfe, 0x33, 0x44, 0x55,
    0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12,
    /* version 3, type 1; VRID 7; priority 100; two addresses; 100 cs; checksum */
    0x31, 7, 100, 2, 0x00, 0x64, 0x78, 0x81,
    0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0x5e, 0xff, 0xfe, 0x00, 0x02, 0x07,
    0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x07};

enum { UPPER = 40, CHECKSUM_AT = 46 };

static mip6_vrrp_advert fields(void)
{
    static mip6_addr addresses[2];
    memcpy(addresses, sample + 48, sizeof addresses);
    mip6_vrrp_advert a = {.vrid = 7, .priority = 100, .n = 2, .addresses = addresses,
                          .interval_ns = MIP6_SECOND_NS};
    memcpy(&a.source, sample + 8, 16);
    return a;
}

/* Length and checksum made right: by another sum than the library's. */
static void mend(uint8_t *p, size_t len)
{
    uint32_t sum = (uint32_t)(len - UPPER) + 112;
    mip6_put16(p + 4, (uint16_t)(len - UPPER));
    mip6_put16(p + CHECKSUM_AT, 0);
    for (size_t i = 8; i < len; i += 2)
        sum += mip6_get16(p + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    mip6_put16(p + CHECKSUM_AT, (uint16_t)~sum);
}

static mip6_drop cause_of(const uint8_t *p, size_t len)
{
    mip6_vrrp_advert a;
    mip6_drop cause;
    /* A block of its own: the sanitizer sees a read past the end. */
    uint8_t *copy = g_memdup2(p, len);
    int r = mip6_vrrp_decode(copy, len, &a, &cause);
    g_free(copy);
    cr_assert_eq(r, cause == MIP6_DROP_NONE       ? 0
                    : cause == MIP6_DROP_CHECKSUM ? MIP6_ERR_CHECKSUM
                                                  : MIP6_ERR_MALFORMED);
    return cause;
}

static void expect(const char *what, const uint8_t *p, size_t len, mip6_drop wanted)
{
    mip6_drop got = cause_of(p, len);
    cr_expect_eq(got, wanted, "%s: %s, expected %s", what, mip6_drop_name(got),
                 mip6_drop_name(wanted));
}

static void expect_byte(const char *what, size_t at, unsigned value, mip6_drop wanted)
{
    uint8_t p[sizeof sample];
    memcpy(p, sample, sizeof p);
    p[at] = (uint8_t)value;
    mend(p, sizeof p);
    expect(what, p, sizeof p, wanted);
}

Test(proto_vrrp_codec, writes_every_byte)
{
    mip6_vrrp_advert a = fields();
    uint8_t buf[MIP6_VRRP_PACKET];
    cr_assert_eq(mip6_vrrp_encode(buf, sizeof buf, &a), (int)sizeof sample);
    for (size_t i = 0; i < sizeof sample; i++)
        cr_expect_eq(buf[i], sample[i], "byte %zu: %02x, expected %02x", i, buf[i], sample[i]);
    cr_assert_eq(mip6_vrrp_encode(buf, sizeof buf - 1, &a), MIP6_ERR_SPACE);
}

Test(proto_vrrp_codec, reads_every_field)
{
    mip6_vrrp_advert a, wanted = fields();
    mip6_drop cause;
    cr_assert_eq(mip6_vrrp_decode(sample, sizeof sample, &a, &cause), 0);
    cr_assert(mip6_addr_equal(&a.source, &wanted.source));
    cr_assert(a.vrid == 7 && a.priority == 100 && a.n == 2 && a.interval_ns == MIP6_SECOND_NS);
    cr_assert_eq(memcmp(a.addresses, wanted.addresses, 32), 0);
}

Test(proto_vrrp_codec, refuses_to_write_what_it_would_not_read)
{
    uint8_t buf[MIP6_VRRP_PACKET];
    const int64_t intervals[] = {0, -1, MIP6_VRRP_UNIT_NS - 1, MIP6_VRRP_UNIT_NS + 1,
                                 MIP6_VRRP_MAX_INTERVAL_NS + MIP6_VRRP_UNIT_NS};
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        mip6_vrrp_advert a = fields();
        a.interval_ns = intervals[i];
        cr_expect_eq(mip6_vrrp_encode(buf, sizeof buf, &a), MIP6_ERR_INVALID);
    }
    mip6_vrrp_advert a = fields(), b = fields(), c = fields(), d = fields();
    a.vrid = 0;
    b.n = 0;
    c.source = c.addresses[1];
    d.addresses++;
    const mip6_vrrp_advert *all[] = {&a, &b, &c, &d};
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(mip6_vrrp_encode(buf, sizeof buf, all[i]), MIP6_ERR_INVALID, "%zu", i);
}

/* Section 7.1, one rule a line. */
Test(proto_vrrp_codec, discards)
{
    static const uint8_t limits[] = {0, 1, 64, 254};
    for (size_t i = 0; i < 4; i++)
        expect_byte("hop limit", 7, limits[i], MIP6_DROP_HOP_LIMIT);
    expect_byte("UDP", 6, 17, MIP6_DROP_UNKNOWN_HEADER);
    expect_byte("version 2", UPPER, 0x21, MIP6_DROP_BAD_VALUE);
    expect_byte("type 2", UPPER, 0x32, MIP6_DROP_UNKNOWN_MESSAGE);
    expect_byte("VRID 0", UPPER + 1, 0, MIP6_DROP_BAD_VALUE);
    expect_byte("no address", UPPER + 3, 0, MIP6_DROP_BAD_LENGTH);
    expect_byte("one address, two there", UPPER + 3, 1, MIP6_DROP_BAD_LENGTH);
    expect_byte("three addresses, two there", UPPER + 3, 3, MIP6_DROP_BAD_LENGTH);
    expect_byte("255 addresses, two there", UPPER + 3, 255, MIP6_DROP_BAD_LENGTH);
    expect_byte("interval 0", UPPER + 5, 0, MIP6_DROP_BAD_VALUE);
    expect_byte("a global source", 8, 0x20, MIP6_DROP_BAD_VALUE);
    expect_byte("to another group", 39, 0x13, MIP6_DROP_BAD_VALUE);
    expect_byte("a global address first", UPPER + 8, 0x20, MIP6_DROP_BAD_VALUE);
    expect_byte("the reserved bits, ignored", UPPER + 4, 0xf0, MIP6_DROP_NONE);
    expect_byte("an owner", UPPER + 2, 255, MIP6_DROP_NONE);
    expect_byte("one who gives up", UPPER + 2, 0, MIP6_DROP_NONE);
}

Test(proto_vrrp_codec, discards_any_flipped_bit_of_what_the_checksum_covers)
{
    for (size_t i = 8; i < sizeof sample; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t p[sizeof sample];
            memcpy(p, sample, sizeof p);
            p[i] ^= (uint8_t)(1u << bit);
            cr_expect_neq(cause_of(p, sizeof p), MIP6_DROP_NONE, "byte %zu bit %u", i, bit);
        }
    uint8_t p[sizeof sample];
    memcpy(p, sample, sizeof p);
    p[UPPER + 2] ^= 1;
    expect("priority", p, sizeof p, MIP6_DROP_CHECKSUM);
}

/* Cut with the length as it was, and cut in good order. */
Test(proto_vrrp_codec, discards_what_is_cut_at_any_byte)
{
    uint8_t p[sizeof sample];
    for (size_t n = 0; n < sizeof sample; n++) {
        mip6_drop cause = cause_of(sample, n);
        cr_expect(cause == MIP6_DROP_TOO_SHORT || cause == MIP6_DROP_BAD_LENGTH, "%zu", n);
        memcpy(p, sample, sizeof p);
        if (n < CHECKSUM_AT + 2)
            continue;
        mend(p, n);
        cause = cause_of(p, n);
        cr_expect(cause == MIP6_DROP_BAD_LENGTH || (n % 2 && cause == MIP6_DROP_CHECKSUM), "%zu",
                  n);
    }
}

Test(proto_vrrp_codec, discards_what_claims_extension_headers_it_has_not)
{
    uint8_t p[sizeof sample];
    for (unsigned next = 0; next < 256; next++) {
        memcpy(p, sample, sizeof p);
        p[6] = (uint8_t)next;
        mip6_drop cause = cause_of(p, sizeof p);
        cr_expect((cause == MIP6_DROP_NONE) == (next == 112), "next header %u", next);
    }
}

/* ---- By the word of others -------------------------------------------------------- */

static void put(GByteArray *out, uint32_t v, unsigned bytes)
{
    g_byte_array_append(out, (const uint8_t *)&v, bytes);   /* pcap is in host order */
}

/* All twelve bits of it, and no more: the four above are reserved. */
Test(proto_vrrp_codec, the_longest_interval)
{
    uint8_t buf[MIP6_VRRP_PACKET];
    mip6_vrrp_advert a = fields(), read;
    mip6_drop cause;
    a.interval_ns = MIP6_VRRP_MAX_INTERVAL_NS;
    cr_assert_eq(mip6_vrrp_encode(buf, sizeof buf, &a), (int)sizeof sample);
    cr_assert_eq(mip6_get16(buf + UPPER + 4), 4095);
    cr_assert_eq(mip6_vrrp_decode(buf, sizeof sample, &read, &cause), 0);
    cr_assert_eq(read.interval_ns, INT64_C(40950000000));
    mip6_put16(buf + UPPER + 4, 0xf000 | 300);
    mend(buf, sizeof sample);
    cr_assert_eq(mip6_vrrp_decode(buf, sizeof sample, &read, &cause), 0);
    cr_assert_eq(read.interval_ns, INT64_C(3000000000));
}

static char *write_pcap(const char *folder, const uint8_t *pkt, uint32_t len)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    const uint32_t head[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 229 /* LINKTYPE_IPV6 */};
    const uint32_t record[] = {1, 0, len, len};
    for (size_t i = 0; i < 6; i++)
        put(out, head[i], 4);
    for (size_t i = 0; i < 4; i++)
        put(out, record[i], 4);
    g_byte_array_append(out, pkt, len);
    char *path = g_build_filename(folder, "vrrp.pcap", NULL);
    cr_assert(g_file_set_contents(path, (const char *)out->data, out->len, NULL));
    return path;
}

static char *ask_tshark(const char *path)
{
    const char *argv[] = {"tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=,",
                          "-e", "ipv6.nxt", "-e", "ipv6.hlim", "-e", "vrrp.version", "-e",
                          "vrrp.type", "-e", "vrrp.virt_rtr_id", "-e", "vrrp.prio", "-e",
                          "vrrp.addr_count", "-e", "vrrp.short_adver_int", "-e",
                          "vrrp.checksum.status", "-e", "vrrp.ipv6_addr", NULL};
    char *text = NULL;
    int status = 0;
    cr_assert(g_spawn_sync(NULL, (char **)argv, NULL,
                           G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text,
                           NULL, &status, NULL));
    cr_assert_eq(status, 0);
    return text;
}

Test(proto_vrrp_codec, tshark_reads_it)
{
    g_autofree char *program = g_find_program_in_path("tshark");
    if (!program)
        cr_skip_test("no tshark here");
    g_autofree char *folder = g_dir_make_tmp("mip6-vrrp-XXXXXX", NULL);
    mip6_vrrp_advert a = fields();
    uint8_t buf[MIP6_VRRP_PACKET];
    int len = mip6_vrrp_encode(buf, sizeof buf, &a);
    g_autofree char *path = write_pcap(folder, buf, (uint32_t)len);
    g_autofree char *good = ask_tshark(path);
    cr_expect_str_eq(good, "112,255,3,1,7,100,2,100,1,fe80::5eff:fe00:207,2001:db8:1::107\n");
    buf[UPPER + 2]++;
    g_free(write_pcap(folder, buf, (uint32_t)len));
    g_autofree char *bad = ask_tshark(path);
    cr_expect_str_eq(bad, "112,255,3,1,7,101,2,100,0,fe80::5eff:fe00:207,2001:db8:1::107\n");
    g_remove(path);
    g_rmdir(folder);
}
