/* Packets in words: every kind of message, tunnels in tunnels, cuts and corruptions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/describe.h"
#include "mip6_peer.h"
#include "wire_samples.h"

#include <criterion/criterion.h>
#include <string.h>

static char *line_of(const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                     sim_describe_name *name_of)
{
    GString *line = g_string_new(NULL);
    sim_describe_line(line, pkt, len, virtual_bytes, name_of, NULL);
    return g_string_free(line, FALSE);
}

static void append_field(const char *name, const char *value, void *user)
{
    g_string_append_printf(user, "%s=%s;", name, value);
}

static char *fields_of(const uint8_t *pkt, size_t len, uint32_t virtual_bytes)
{
    GString *fields = g_string_new(NULL);
    sim_describe_fields(pkt, len, virtual_bytes, append_field, fields);
    return g_string_free(fields, FALSE);
}

static void expect_text(const char *what, const char *got, const char *expected)
{
    cr_assert_str_eq(got, expected, "%s:\n  %s\n  %s", what, got, expected);
}

static const char *name_of(const uint8_t *address, void *user)
{
    (void)user;
    mip6_addr home = wire_addr("2001:db8:1::77"), agent = wire_addr("2001:db8:1::1");
    return memcmp(address, home.b, 16) == 0 ? "mn-1"
           : memcmp(address, agent.b, 16) == 0 ? "ha-1" : NULL;
}

/* Of every sample, in their order, what the RFC's figure says of its bytes. */
static const struct expected {
    const char *sample, *line;
} lines[] = {
    {"rs", "RS"},
    {"ra-plain", "RA M H lifetime 1800 s"},
    {"ra-full",
     "RA H lifetime 3 s preference 9 as agent 600 s queue 13107 nodes 250 capacity 100000 kbit/s"},
    {"ns-probe", "NS probes mn-1"},
    {"ns", "NS asks for ha-1"},
    {"na-solicited", "NA R S has ha-1"},
    {"na-override", "NA R O has mn-1"},
    {"na-bare", "NA S has mn-1"},
    {"dhaad-request", "DHAAD request id 4660"},
    {"dhaad-reply", "DHAAD reply id 4660: ha-1 2001:db8:1::2"},
    {"dhaad-empty", "DHAAD reply id 1:"},
    {"switch", "unsolicited DHAAD reply: 2001:db8:1::2 rh2 mn-1"},
    {"brr", "BRR rh2 mn-1"},
    {"hoti", "HoTI"},
    {"coti", "CoTI"},
    {"hot", "HoT nonce 48879"},
    {"cot", "CoT nonce 51966"},
    {"bu-home", "BU seq 7 lifetime 120 s A H L coa 2001:db8:2::5 hoa mn-1"},
    {"bu-correspondent", "BU seq 8 lifetime 420 s A nonces 3 4 hoa mn-1"},
    {"bu-bare", "BU seq 65535 lifetime 0 s A H K"},
    {"ba-refresh", "BA 0 accepted K seq 7 lifetime 120 s refresh 60 s rh2 mn-1"},
    {"ba-auth", "BA 135 sequence out of window seq 9 lifetime 0 s rh2 mn-1"},
    {"be", "BE 1 no binding of mn-1"},
    {"has", "home agent switch: 2001:db8:1::2 refresh 12 s rh2 mn-1"},
    {"has-empty", "home agent switch:"},
    {"icmp-too-big", "ICMPv6 error type 2 code 0 value 1460 about 2001:db8:3::9 -> mn-1"},
    {"icmp-unreachable", "ICMPv6 error type 1 code 3 about 2001:db8:3::9 -> mn-1"},
    {"icmp-parameter", "ICMPv6 error type 4 code 1 value 40 about 2001:db8:3::9 -> mn-1"},
    {"bu-both", "BU seq 1 lifetime 4 s A rh2 2001:db8:3::9 hoa mn-1"},
    {"bu-redirectable",
     "BU seq 7 lifetime 120 s A H coa 2001:db8:2::5 redirectable hoa mn-1"},
    {"ba-redirect",
     "BA 129 prohibited seq 7 lifetime 0 s redirect to 2001:db8:1::2 rh2 mn-1"},
};

Test(record_describe, every_kind_in_a_line)
{
    struct wire_sample s;
    cr_assert_eq(wire_sample_count(), G_N_ELEMENTS(lines));
    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        g_autofree char *line = line_of(s.packet, s.len, 0, name_of);
        cr_assert_str_eq(s.name, lines[i].sample);
        expect_text(s.name, line, lines[i].line);
    }
}

static void expect_fields(const char *sample, const char *expected)
{
    struct wire_sample s;
    wire_sample_find(sample, &s);
    g_autofree char *fields = fields_of(s.packet, s.len, 0);
    expect_text(sample, fields, expected);
}

Test(record_describe, all_fields_in_the_order_of_the_wire)
{
    expect_fields("bu-home",
                  "source=2001:db8:2::5;destination=2001:db8:1::1;hop limit=64;"
                  "home address=2001:db8:1::77;message=BU;sequence=7;lifetime=120 s;"
                  "acknowledge=yes;home registration=yes;link-local=yes;key management=no;"
                  "alternate care-of address=2001:db8:2::5;");
    expect_fields("ba-refresh",
                  "source=2001:db8:1::1;destination=2001:db8:2::5;hop limit=64;"
                  "routing header=2001:db8:1::77;message=BA;status=0 accepted;"
                  "key management=yes;sequence=7;lifetime=120 s;refresh advice=60 s;");
    expect_fields("bu-redirectable",
                  "source=2001:db8:2::5;destination=2001:db8:1::1;hop limit=64;"
                  "home address=2001:db8:1::77;message=BU;sequence=7;lifetime=120 s;"
                  "acknowledge=yes;home registration=yes;link-local=no;key management=no;"
                  "alternate care-of address=2001:db8:2::5;redirect capability=yes;");
    expect_fields("ba-redirect",
                  "source=2001:db8:1::1;destination=2001:db8:2::5;hop limit=64;"
                  "routing header=2001:db8:1::77;message=BA;status=129 prohibited;"
                  "key management=no;sequence=7;lifetime=0 s;redirect=2001:db8:1::2;");
    expect_fields("ra-full",
                  "source=fe80::211:22ff:fe33:4455;destination=ff02::1;hop limit=255;message=RA;"
                  "hop limit of hosts=64;managed=no;other=no;home agent=yes;"
                  "preference of routers=0;load flag=no;router lifetime=3 s;"
                  "reachable time=0 ms;retransmission timer=0 ms;"
                  "link-layer address=00:11:22:33:44:55;"
                  "prefix=2001:db8:1::1/64 L A R valid 4294967295 s preferred 604800 s;"
                  "prefix=2001:db8:9::/48 L valid 86400 s preferred 14400 s;MTU=1500;"
                  "advertisement interval=3000 ms;preference of agent=9;"
                  "lifetime of agent=600 s;queue size=13107;registered nodes=250;"
                  "capacity=100000 kbit/s;");
    expect_fields("na-override",
                  "source=fe80::211:22ff:fe33:4455;destination=ff02::1;hop limit=255;message=NA;"
                  "router=yes;solicited=no;override=yes;target=2001:db8:1::77;"
                  "link-layer address=00:11:22:33:44:55;");
    expect_fields("cot",
                  "source=2001:db8:3::9;destination=2001:db8:2::5;hop limit=64;message=CoT;"
                  "nonce index=51966;cookie=0102030405060708;keygen token=a1a2a3a4a5a6a7a8;");
    expect_fields("bu-both",
                  "source=2001:db8:2::5;destination=2001:db8:4::4;hop limit=64;"
                  "routing header=2001:db8:3::9;home address=2001:db8:1::77;message=BU;"
                  "sequence=1;lifetime=4 s;acknowledge=yes;home registration=no;link-local=no;"
                  "key management=no;");
}

/* A UDP packet from cn to mn-1 whose 1,000 bytes are not there, in `tunnels` tunnels from
 * ha-1. Returns the bytes that are. */
static size_t tunnelled(uint8_t *out, unsigned tunnels)
{
    mip6_addr cn = wire_addr("2001:db8:3::9"), mn = wire_addr("2001:db8:1::77");
    mip6_addr ha = wire_addr("2001:db8:1::1"), coa = wire_addr("2001:db8:2::5");
    size_t at = tunnels * MIP6_IPV6_HEADER;
    mip6_udp_header(out + at, &cn, &mn, 9, 4000, 1000, 64);
    for (uint32_t payload = 1048; at > 0; payload += MIP6_IPV6_HEADER) {
        at -= MIP6_IPV6_HEADER;
        mip6_tunnel_header(out + at, &ha, &coa, payload, 63);
    }
    return tunnels * MIP6_IPV6_HEADER + 48u;
}

/* Between agents: each type in a line, and whatever is cut off is malformed as before. */
Test(record_describe, agents_among_themselves)
{
    mip6_addr one = wire_addr("2001:db8:1::1"), two = wire_addr("2001:db8:1::2");
    mip6_addr home = wire_addr("2001:db8:1::77");
    mip6_peer_message m[6] = {
        {.type = MIP6_PEER_HELLO, .u.hello = {.n = 2, .loading = true}},
        {.type = MIP6_PEER_ACK, .sequence = 7},
        {.type = MIP6_PEER_RECORDS, .sequence = 8,
         .u.records = {.line = {.cache = 3, .version = 9}, .n = 1,
                       .records = {{.kind = MIP6_SYNC_NEW, .home = home, .care_of = two}}}},
        {.type = MIP6_PEER_REQUEST, .sequence = 9, .u.request = {.cache = 3}},
        {.type = MIP6_PEER_TRANSFER_END, .sequence = 10,
         .u.end = {.line = {.cache = 3, .version = 11}, .complete = true}},
        {.type = MIP6_PEER_SYSTEM, .sequence = 11,
         .u.system = {.code = 5, .len = 3, .body = one.b}},
    };
    static const char *const expected[6] = {
        "peer-hello owns 2 loading",
        "peer-acknowledgement seq 7",
        "peer-records seq 8 cache 3 version 9 records 1 of mn-1",
        "peer-request seq 9 cache 3 addresses 0",
        "peer-transfer-end seq 10 cache 3 version 11 complete",
        "peer-message seq 11 code 5 bytes 3",
    };
    for (unsigned i = 0; i < 6; i++) {
        uint8_t pkt[MIP6_MAX_PACKET];
        int len = mip6_peer_encode(pkt, sizeof pkt, &one, &two, &m[i], 0);
        cr_assert_gt(len, 0);
        g_autofree char *line = line_of(pkt, (size_t)len, 0, name_of);
        expect_text("line", line, expected[i]);
        g_autofree char *fields = fields_of(pkt, (size_t)len, 0);
        cr_assert(strstr(fields, "message=peer-"));
    }
}

Test(record_describe, tunnels_in_tunnels)
{
    uint8_t p[3 * MIP6_IPV6_HEADER + 48];
    g_autofree char *plain = line_of(p, tunnelled(p, 0), 1000, name_of);
    expect_text("plain", plain, "UDP 1000 B");
    g_autofree char *one = line_of(p, tunnelled(p, 1), 1000, name_of);
    expect_text("one", one, "6in6 ha-1 -> 2001:db8:2::5: 2001:db8:3::9 -> mn-1 UDP 1000 B");
    g_autofree char *three = line_of(p, tunnelled(p, 3), 1000, NULL);
    expect_text("three", three,
                "6in6 2001:db8:1::1 -> 2001:db8:2::5: "
                "2001:db8:1::1 -> 2001:db8:2::5 6in6 2001:db8:1::1 -> 2001:db8:2::5: "
                "2001:db8:1::1 -> 2001:db8:2::5 6in6 2001:db8:1::1 -> 2001:db8:2::5: "
                "2001:db8:3::9 -> 2001:db8:1::77 UDP 1000 B");
    g_autofree char *fields = fields_of(p, tunnelled(p, 1), 1000);
    expect_text("fields", fields,
                "source=2001:db8:1::1;destination=2001:db8:2::5;hop limit=63;message=6in6;"
                "source=2001:db8:3::9;destination=2001:db8:1::77;hop limit=64;message=UDP;"
                "source port=9;destination port=4000;payload=1000 B;");
}

/* A tunnel whose packet is not right says so, and whose it was. */
Test(record_describe, a_malformed_packet_in_a_tunnel)
{
    uint8_t p[2 * MIP6_IPV6_HEADER + 48];
    size_t len = tunnelled(p, 1);
    p[len - 1] ^= 1; /* the checksum */
    g_autofree char *line = line_of(p, len, 1000, name_of);
    expect_text("checksum", line, "6in6 ha-1 -> 2001:db8:2::5: 2001:db8:3::9 -> mn-1 "
                                  "malformed (checksum) 1048 B");
}

static const uint8_t foreign[] = {
    0x60, 0, 0, 0, 0, 8, 58, 64,
    0x20, 1, 0xd, 0xb8, [23] = 1, 0x20, 1, 0xd, 0xb8, [39] = 2,
    /* echo request */ 128, 0, 0x24, 0x0d, 0, 0, 0, 0};

Test(record_describe, what_the_library_only_passes_on)
{
    uint8_t p[64];
    mip6_addr a, b;
    memcpy(p, foreign, sizeof foreign);
    memcpy(&a, p + 8, sizeof a);
    memcpy(&b, p + 24, sizeof b);
    mip6_put16(p + 42, 0);
    mip6_put16(p + 42, wire_reference_checksum(&a, &b, 58, p + 40, 8));
    g_autofree char *echo = line_of(p, 48, 0, NULL);
    expect_text("echo", echo, "ICMPv6 type 128");
    p[6] = 59;
    g_autofree char *none = line_of(p, 48, 0, NULL);
    expect_text("none", none, "no next header");
    p[6] = 44;
    memcpy(p + 40, (const uint8_t[]){17, 0, 0, 0x11, 0, 0, 0, 7}, 8);
    g_autofree char *fragment = line_of(p, 48, 0, NULL);
    expect_text("fragment", fragment, "fragment id 7 at 16 B M");
    p[6] = 6;
    g_autofree char *tcp = line_of(p, 48, 0, NULL);
    expect_text("tcp", tcp, "malformed (unknown-header) 48 B");
}

/* Both forms of bytes in memory of exactly their length. */
static char *both_of(const uint8_t *pkt, size_t len, char **fields)
{
    g_autofree uint8_t *exact = g_memdup2(pkt, len);
    *fields = fields_of(exact, len, 0);
    return line_of(exact, len, 0, name_of);
}

Test(record_describe, cut_at_every_byte)
{
    struct wire_sample s;
    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t n = 0; n < s.len; n++) {
            g_autofree char *fields = NULL;
            g_autofree char *line = both_of(s.packet, n, &fields);
            g_autofree char *expected = g_strdup_printf("malformed (%s) %zu B",
                                                        n < 40 ? "too-short" : "bad-length", n);
            expect_text(s.name, line, expected);
            expect_text(s.name, fields, n < 40 ? "malformed=too-short;" : "malformed=bad-length;");
        }
    }
}

/* Cut and its length made right: the upper layer's decoder meets the end. */
Test(record_describe, short_at_every_byte)
{
    struct wire_sample s;
    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t n = 40; n < s.len; n++) {
            mip6_put16(s.packet + 4, (uint16_t)(n - 40));
            g_autofree char *fields = NULL;
            g_autofree char *line = both_of(s.packet, n, &fields);
            cr_assert_not_null(strstr(line, "malformed ("), "%s at %zu: %s", s.name, n, line);
            cr_assert_not_null(strstr(fields, "malformed="), "%s at %zu: %s", s.name, n, fields);
        }
    }
}

/* A changed byte never leaves a line empty, and none reads behind the packet. */
Test(record_describe, every_byte_changed)
{
    struct wire_sample s;
    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t at = 0; at < s.len; at++) {
            for (unsigned bit = 0; bit < 8; bit += 3) {
                s.packet[at] ^= (uint8_t)(1u << bit);
                g_autofree char *fields = NULL;
                g_autofree char *line = both_of(s.packet, s.len, &fields);
                cr_assert(*line && *fields && !strchr(line, '\n'));
                s.packet[at] ^= (uint8_t)(1u << bit);
            }
        }
    }
}
