/* Samples of every message with their bytes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire_samples.h"

#include <criterion/criterion.h>
#include <string.h>

#define LINK_LOCAL "fe80::211:22ff:fe33:4455"
#define HOME_AGENT "2001:db8:1::1"
#define OTHER_AGENT "2001:db8:1::2"
#define HOME "2001:db8:1::77"
#define CARE_OF "2001:db8:2::5"
#define CORRESPONDENT "2001:db8:3::9"

static const mip6_lladdr mac = {{0x00, 0x11, 0x22, 0x33, 0x44, 0x55}};
static const uint8_t cookie[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t token[8] = {0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8};
static const uint8_t auth[12] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
                                 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b};

/* Home agents that replies list. */
static const mip6_addr agents[2] = {
    {{0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1}},
    {{0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 2}},
};

/* The packet inside an error: a UDP packet whose header alone is there. */
static const uint8_t inner[40] = {0x60, 0, 0, 0, 0, 8, 17, 63,
                                  0x20, 0x01, 0x0d, 0xb8, 0, 3, [23] = 9,
                                  [24] = 0x20, 0x01, 0x0d, 0xb8, 0, 1, [39] = 0x77};

static void ends(struct wire_sample *s, mip6_message_kind kind, const char *src,
                 const char *dst, uint8_t hop_limit)
{
    s->msg.kind = kind;
    s->h.src = wire_addr(src);
    s->h.dst = wire_addr(dst);
    s->h.hop_limit = hop_limit;
}

static void with_home(struct wire_sample *s, const char *home)
{
    s->h.has_home = true;
    s->h.home = wire_addr(home);
}

static void with_final(struct wire_sample *s, const char *final)
{
    s->h.has_final = true;
    s->h.segments_left = 1;
    s->h.final = wire_addr(final);
}

static void set_rs(struct wire_sample *s)
{
    ends(s, MIP6_MSG_RS, LINK_LOCAL, "ff02::2", 255);
}

static void set_ra_plain(struct wire_sample *s)
{
    ends(s, MIP6_MSG_RA, LINK_LOCAL, "ff02::1", 255);
    s->msg.u.ra = (mip6_ra){.cur_hop_limit = 64, .flags = 0xb8, .router_lifetime_s = 1800,
                            .reachable_ms = 30000, .retrans_ms = 1000};
}

static void set_ra_full(struct wire_sample *s)
{
    ends(s, MIP6_MSG_RA, LINK_LOCAL, "ff02::1", 255);
    s->msg.u.ra = (mip6_ra){
        .cur_hop_limit = 64, .flags = MIP6_RA_HOME_AGENT, .router_lifetime_s = 3,
        .has_slla = true, .slla = mac, .has_mtu = true, .mtu = 1500,
        .has_interval = true, .interval_ms = 3000,
        .has_ha_info = true, .ha_preference = 9, .ha_lifetime_s = 600,
        .has_load = true, .load_queue = 13107, .load_mn_count = 250,
        .has_capacity = true, .capacity_kbps = 100000, .n_prefixes = 2};
    s->msg.u.ra.prefixes[0] = (mip6_prefix_info){
        .prefix = wire_addr(HOME_AGENT), .length = 64, .on_link = true, .autonomous = true,
        .router_address = true, .valid_s = UINT32_MAX, .preferred_s = 604800};
    s->msg.u.ra.prefixes[1] = (mip6_prefix_info){
        .prefix = wire_addr("2001:db8:9::"), .length = 48, .on_link = true,
        .valid_s = 86400, .preferred_s = 14400};
}

static void set_ns_probe(struct wire_sample *s)
{
    ends(s, MIP6_MSG_NS, "::", "ff02::1:ff00:77", 255);
    s->msg.u.nd.target = wire_addr(HOME);
}

static void set_ns(struct wire_sample *s)
{
    ends(s, MIP6_MSG_NS, LINK_LOCAL, "ff02::1:ff00:1", 255);
    s->msg.u.nd = (mip6_nd){.target = wire_addr(HOME_AGENT), .has_lladdr = true, .lladdr = mac};
}

static void set_na_solicited(struct wire_sample *s)
{
    ends(s, MIP6_MSG_NA, HOME_AGENT, LINK_LOCAL, 255);
    s->msg.u.nd = (mip6_nd){.target = wire_addr(HOME_AGENT), .router = true, .solicited = true,
                            .has_lladdr = true, .lladdr = mac};
}

static void set_na_override(struct wire_sample *s)
{
    ends(s, MIP6_MSG_NA, LINK_LOCAL, "ff02::1", 255);
    s->msg.u.nd = (mip6_nd){.target = wire_addr(HOME), .router = true, .override = true,
                            .has_lladdr = true, .lladdr = mac};
}

static void set_na_bare(struct wire_sample *s)
{
    ends(s, MIP6_MSG_NA, HOME_AGENT, LINK_LOCAL, 255);
    s->msg.u.nd = (mip6_nd){.target = wire_addr(HOME), .solicited = true};
}

static void set_dhaad_request(struct wire_sample *s)
{
    ends(s, MIP6_MSG_DHAAD_REQUEST, CARE_OF, "2001:db8:1:0:fdff:ffff:ffff:fffe", 64);
    s->msg.u.dhaad.id = 0x1234;
}

static void set_dhaad_reply(struct wire_sample *s)
{
    ends(s, MIP6_MSG_DHAAD_REPLY, HOME_AGENT, CARE_OF, 64);
    s->msg.u.dhaad = (mip6_dhaad){.id = 0x1234, .n = 2, .addresses = agents};
}

static void set_dhaad_empty(struct wire_sample *s)
{
    ends(s, MIP6_MSG_DHAAD_REPLY, HOME_AGENT, CARE_OF, 64);
    s->msg.u.dhaad.id = 1;
}

static void set_switch(struct wire_sample *s)
{
    ends(s, MIP6_MSG_SWITCH, HOME_AGENT, CARE_OF, 64);
    with_final(s, HOME);
    s->msg.u.dhaad = (mip6_dhaad){.n = 1, .addresses = agents + 1};
}

static void set_brr(struct wire_sample *s)
{
    ends(s, MIP6_MSG_BRR, CORRESPONDENT, CARE_OF, 64);
    with_final(s, HOME);
}

static void set_rr(struct wire_sample *s, uint16_t nonce_index, bool answer)
{
    s->msg.u.rr.nonce_index = nonce_index;
    memcpy(s->msg.u.rr.cookie, cookie, sizeof(cookie));
    if (answer)
        memcpy(s->msg.u.rr.token, token, sizeof(token));
}

static void set_hoti(struct wire_sample *s)
{
    ends(s, MIP6_MSG_HOTI, HOME, CORRESPONDENT, 64);
    set_rr(s, 0, false);
}

static void set_coti(struct wire_sample *s)
{
    ends(s, MIP6_MSG_COTI, CARE_OF, CORRESPONDENT, 64);
    set_rr(s, 0, false);
}

static void set_hot(struct wire_sample *s)
{
    ends(s, MIP6_MSG_HOT, CORRESPONDENT, HOME, 64);
    set_rr(s, 0xbeef, true);
}

static void set_cot(struct wire_sample *s)
{
    ends(s, MIP6_MSG_COT, CORRESPONDENT, CARE_OF, 64);
    set_rr(s, 0xcafe, true);
}

static void set_bu_home(struct wire_sample *s)
{
    ends(s, MIP6_MSG_BU, CARE_OF, HOME_AGENT, 64);
    with_home(s, HOME);
    s->msg.u.bu = (mip6_bu){.sequence = 7,
                            .flags = MIP6_BU_ACK | MIP6_BU_HOME | MIP6_BU_LINK_LOCAL,
                            .lifetime_units = 30};
    s->msg.u.bu.opt.has_alt_coa = true;
    s->msg.u.bu.opt.alt_coa = wire_addr(CARE_OF);
}

static void set_bu_redirectable(struct wire_sample *s)
{
    set_bu_home(s);
    s->msg.u.bu.flags = MIP6_BU_ACK | MIP6_BU_HOME;
    s->msg.u.bu.opt.redirect_capable = true;
}

static void set_bu_correspondent(struct wire_sample *s)
{
    mip6_mobility_options *opt = &s->msg.u.bu.opt;

    ends(s, MIP6_MSG_BU, CARE_OF, CORRESPONDENT, 64);
    with_home(s, HOME);
    s->msg.u.bu = (mip6_bu){.sequence = 8, .flags = MIP6_BU_ACK, .lifetime_units = 105};
    opt->has_nonces = true;
    opt->home_nonce = 3;
    opt->coa_nonce = 4;
    opt->has_auth = true;
    memcpy(opt->auth, auth, sizeof(auth));
    opt->auth_offset = 40 + 24 + 20;
}

static void set_bu_bare(struct wire_sample *s)
{
    ends(s, MIP6_MSG_BU, HOME, HOME_AGENT, 64);
    s->msg.u.bu = (mip6_bu){.sequence = 65535,
                            .flags = MIP6_BU_ACK | MIP6_BU_HOME | MIP6_BU_KEY};
}

static void set_bu_both(struct wire_sample *s)
{
    ends(s, MIP6_MSG_BU, CARE_OF, "2001:db8:4::4", 64);
    with_home(s, HOME);
    with_final(s, CORRESPONDENT);
    s->msg.u.bu = (mip6_bu){.sequence = 1, .flags = MIP6_BU_ACK, .lifetime_units = 1};
}

static void set_ba_refresh(struct wire_sample *s)
{
    ends(s, MIP6_MSG_BA, HOME_AGENT, CARE_OF, 64);
    with_final(s, HOME);
    s->msg.u.ba = (mip6_ba){.key = true, .sequence = 7, .lifetime_units = 30};
    s->msg.u.ba.opt.has_refresh = true;
    s->msg.u.ba.opt.refresh_units = 15;
}

static void set_ba_auth(struct wire_sample *s)
{
    ends(s, MIP6_MSG_BA, CORRESPONDENT, CARE_OF, 64);
    with_final(s, HOME);
    s->msg.u.ba = (mip6_ba){.status = MIP6_STATUS_SEQUENCE, .sequence = 9};
    s->msg.u.ba.opt.has_auth = true;
    memcpy(s->msg.u.ba.opt.auth, auth, sizeof(auth));
    s->msg.u.ba.opt.auth_offset = 40 + 24 + 20;
}

static void set_ba_redirect(struct wire_sample *s)
{
    ends(s, MIP6_MSG_BA, HOME_AGENT, CARE_OF, 64);
    with_final(s, HOME);
    s->msg.u.ba = (mip6_ba){.status = MIP6_STATUS_PROHIBITED, .sequence = 7};
    s->msg.u.ba.opt.has_redirect = true;
    s->msg.u.ba.opt.redirect = wire_addr(OTHER_AGENT);
}

static void set_be(struct wire_sample *s)
{
    ends(s, MIP6_MSG_BE, HOME_AGENT, CARE_OF, 64);
    s->msg.u.be = (mip6_be){.status = 1, .home = wire_addr(HOME)};
}

static void set_has(struct wire_sample *s)
{
    ends(s, MIP6_MSG_HAS, HOME_AGENT, CARE_OF, 64);
    with_final(s, HOME);
    s->msg.u.has = (mip6_has){.n = 1, .addresses = agents + 1, .has_refresh = true,
                              .refresh_units = 3};
}

static void set_has_empty(struct wire_sample *s)
{
    ends(s, MIP6_MSG_HAS, HOME_AGENT, CARE_OF, 64);
}

static void set_icmp(struct wire_sample *s, uint8_t type, uint8_t code, uint32_t value)
{
    s->msg.u.icmp = (mip6_icmp_error){.type = type, .code = code, .value = value,
                                      .packet = inner, .packet_len = sizeof(inner)};
}

static void set_icmp_too_big(struct wire_sample *s)
{
    ends(s, MIP6_MSG_ICMP_ERROR, HOME_AGENT, CORRESPONDENT, 64);
    set_icmp(s, 2, 0, 1460);
}

static void set_icmp_unreachable(struct wire_sample *s)
{
    ends(s, MIP6_MSG_ICMP_ERROR, HOME_AGENT, CORRESPONDENT, 64);
    set_icmp(s, 1, 3, 0);
}

static void set_icmp_parameter(struct wire_sample *s)
{
    ends(s, MIP6_MSG_ICMP_ERROR, HOME, CORRESPONDENT, 64);
    set_icmp(s, 4, 1, 40);
}

static const struct {
    const char *name;
    void (*set)(struct wire_sample *s);
    const char *hex;
} samples[] = {
    {"rs", set_rs,
     "6000000000083afffe80000000000000021122fffe334455ff020000000000000000000000000002"
     "8500159e00000000"},
    {"ra-plain", set_ra_plain,
     "6000000000103afffe80000000000000021122fffe334455ff020000000000000000000000000001"
     "860053be40b8070800007530000003e8"},
    {"ra-full", set_ra_full,
     "6000000000803afffe80000000000000021122fffe334455ff020000000000000000000000000001"
     "8600f76d402000030000000000000000010100112233445505010000000005dc030440e0ffffffff"
     "00093a800000000020010db800010000000000000000000103043080000151800000384000000000"
     "20010db80009000000000000000000000701000000000bb80801000000090258fd010000333300fa"
     "fe010000000186a0"},
    {"ns-probe", set_ns_probe,
     "6000000000183aff00000000000000000000000000000000ff0200000000000000000001ff000077"
     "87004c000000000020010db8000100000000000000000077"},
    {"ns", set_ns,
     "6000000000203afffe80000000000000021122fffe334455ff0200000000000000000001ff000001"
     "87007f2f0000000020010db80001000000000000000000010101001122334455"},
    {"na-solicited", set_na_solicited,
     "6000000000203aff20010db8000100000000000000000001fe80000000000000021122fffe334455"
     "88008d79c000000020010db80001000000000000000000010201001122334455"},
    {"na-override", set_na_override,
     "6000000000203afffe80000000000000021122fffe334455ff020000000000000000000000000001"
     "8800dbbaa000000020010db80001000000000000000000770201001122334455"},
    {"na-bare", set_na_bare,
     "6000000000183aff20010db8000100000000000000000001fe80000000000000021122fffe334455"
     "880075a64000000020010db8000100000000000000000077"},
    {"dhaad-request", set_dhaad_request,
     "6000000000083a4020010db800020000000000000000000520010db800010000fdfffffffffffffe"
     "9000041012340000"},
    {"dhaad-reply", set_dhaad_reply,
     "6000000000283a4020010db800010000000000000000000120010db8000200000000000000000005"
     "9100a5761234000020010db800010000000000000000000120010db8000100000000000000000002"},
    {"dhaad-empty", set_dhaad_empty,
     "6000000000083a4020010db800010000000000000000000120010db8000200000000000000000005"
     "9100134100010000"},
    {"switch", set_switch,
     "6000000000302b4020010db800010000000000000000000120010db8000200000000000000000005"
     "3a0202010000000020010db80001000000000000000000779100e5040000000020010db800010000"
     "0000000000000002"},
    {"brr", set_brr,
     "6000000000202b4020010db800030000000000000000000920010db8000200000000000000000005"
     "870202010000000020010db80001000000000000000000773b000000687a0000"},
    {"hoti", set_hoti,
     "600000000010874020010db800010000000000000000007720010db8000300000000000000000009"
     "3b010100575d00000102030405060708"},
    {"coti", set_coti,
     "600000000010874020010db800020000000000000000000520010db8000300000000000000000009"
     "3b01020056ce00000102030405060708"},
    {"hot", set_hot,
     "600000000018874020010db800030000000000000000000920010db8000100000000000000000077"
     "3b02030003cebeef0102030405060708a1a2a3a4a5a6a7a8"},
    {"cot", set_cot,
     "600000000018874020010db800030000000000000000000920010db8000200000000000000000005"
     "3b020400f72fcafe0102030405060708a1a2a3a4a5a6a7a8"},
    {"bu-home", set_bu_home,
     "6000000000383c4020010db800020000000000000000000520010db8000100000000000000000001"
     "870201020000c91020010db80001000000000000000000773b03050051730007e000001e01000310"
     "20010db8000200000000000000000005"},
    {"bu-correspondent", set_bu_correspondent,
     "6000000000383c4020010db800020000000000000000000520010db8000300000000000000000009"
     "870201020000c91020010db80001000000000000000000773b0305005b5200088000006904040003"
     "0004050c101112131415161718191a1b"},
    {"bu-bare", set_bu_bare,
     "600000000010874020010db800010000000000000000007720010db8000100000000000000000001"
     "3b0105009278ffffd000000001020000"},
    {"ba-refresh", set_ba_refresh,
     "6000000000282b4020010db800010000000000000000000120010db8000200000000000000000005"
     "870202010000000020010db80001000000000000000000773b0106005fc500800007001e0202000f"},
    {"ba-auth", set_ba_auth,
     "6000000000382b4020010db800030000000000000000000920010db8000200000000000000000005"
     "870202010000000020010db80001000000000000000000773b03060056c187000009000001040000"
     "0000050c101112131415161718191a1b"},
    {"be", set_be,
     "600000000018874020010db800010000000000000000000120010db8000200000000000000000005"
     "3b02070032b2010020010db8000100000000000000000077"},
    {"has", set_has,
     "6000000000382b4020010db800010000000000000000000120010db8000200000000000000000005"
     "870202010000000020010db80001000000000000000000773b030c002aa6010020010db800010000"
     "00000000000000020202000301020000"},
    {"has-empty", set_has_empty,
     "600000000008874020010db800010000000000000000000120010db8000200000000000000000005"
     "3b000c005cf50000"},
    {"icmp-too-big", set_icmp_too_big,
     "6000000000303a4020010db800010000000000000000000120010db8000300000000000000000009"
     "0200cf23000005b4600000000008113f20010db800030000000000000000000920010db800010000"
     "0000000000000077"},
    {"icmp-unreachable", set_icmp_unreachable,
     "6000000000303a4020010db800010000000000000000000120010db8000300000000000000000009"
     "0103d5d400000000600000000008113f20010db800030000000000000000000920010db800010000"
     "0000000000000077"},
    {"icmp-parameter", set_icmp_parameter,
     "6000000000303a4020010db800010000000000000000007720010db8000300000000000000000009"
     "0401d23800000028600000000008113f20010db800030000000000000000000920010db800010000"
     "0000000000000077"},
    {"bu-both", set_bu_both,
     "6000000000402b4020010db800020000000000000000000520010db8000400000000000000000004"
     "3c0202010000000020010db8000300000000000000000009870201020000c91020010db800010000"
     "00000000000000773b010500e26c00018000000101020000"},
    {"bu-redirectable", set_bu_redirectable,
     "6000000000403c4020010db800020000000000000000000520010db8000100000000000000000001"
     "870201020000c91020010db80001000000000000000000773b04050042660007c000001e01000310"
     "20010db80002000000000000000000052e02000001020000"},
    {"ba-redirect", set_ba_redirect,
     "6000000000382b4020010db800010000000000000000000120010db8000200000000000000000005"
     "870202010000000020010db80001000000000000000000773b03060004938100000700002f128000"
     "20010db8000100000000000000000002"},
};

unsigned wire_sample_count(void)
{
    return sizeof(samples) / sizeof(samples[0]);
}

void wire_sample_get(unsigned i, struct wire_sample *s)
{
    cr_assert_lt(i, wire_sample_count());
    memset(s, 0, sizeof(*s));
    s->name = samples[i].name;
    samples[i].set(s);
    s->len = wire_hex(samples[i].hex, s->packet, sizeof(s->packet));
}

void wire_sample_find(const char *name, struct wire_sample *s)
{
    for (unsigned i = 0; i < wire_sample_count(); i++) {
        if (strcmp(samples[i].name, name) == 0) {
            wire_sample_get(i, s);
            return;
        }
    }
    cr_assert_fail("no sample named %s", name);
}

/* ---- Helpers ------------------------------------------------------------------------ */

mip6_addr wire_addr(const char *text)
{
    mip6_addr a;

    cr_assert_eq(mip6_addr_parse(text, &a), 0, "%s", text);
    return a;
}

size_t wire_hex(const char *text, uint8_t *out, size_t cap)
{
    size_t n = 0;

    for (; text[0] != '\0'; text += 2) {
        const char pair[3] = {text[0], text[1], '\0'};
        char *end;

        cr_assert_lt(n, cap);
        out[n++] = (uint8_t)strtoul(pair, &end, 16);
        cr_assert_eq(*end, '\0', "%s", pair);
    }
    return n;
}

static uint32_t add_words(uint32_t sum, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    return sum;
}

uint16_t wire_reference_checksum(const mip6_addr *src, const mip6_addr *dst,
                                 uint8_t next_header, const uint8_t *p, size_t len)
{
    uint32_t sum = add_words(add_words(0, src->b, 16), dst->b, 16);

    sum = add_words(sum + (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff) + next_header, p, len);
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

void wire_fix_checksum(uint8_t *pkt, size_t len, const mip6_header *h, size_t upper,
                       uint8_t next_header)
{
    uint8_t *field = pkt + upper + (next_header == MIP6_NH_MOBILITY ? 4
                                    : next_header == MIP6_NH_UDP    ? 6
                                                                    : 2);

    cr_assert_leq(upper + 8, len);
    mip6_put16(field, 0);
    mip6_put16(field, wire_reference_checksum(h->has_home ? &h->home : &h->src,
                                              h->has_final ? &h->final : &h->dst, next_header,
                                              pkt + upper, len - upper));
}

size_t wire_upper(const struct wire_sample *s)
{
    return 40u + (s->h.has_home ? 24u : 0) + (s->h.has_final ? 24u : 0);
}

size_t wire_checksum_at(const struct wire_sample *s)
{
    return wire_upper(s) + (s->msg.kind >= MIP6_MSG_BRR && s->msg.kind <= MIP6_MSG_HAS ? 4 : 2);
}

void wire_expect_header(const char *name, const mip6_header *a, const mip6_header *b)
{
    cr_assert(mip6_addr_equal(&a->src, &b->src), "%s", name);
    cr_assert(mip6_addr_equal(&a->dst, &b->dst), "%s", name);
    cr_assert_eq(a->hop_limit, b->hop_limit, "%s", name);
    cr_assert_eq(a->has_home, b->has_home, "%s", name);
    cr_assert(!a->has_home || mip6_addr_equal(&a->home, &b->home), "%s", name);
    cr_assert_eq(a->has_final, b->has_final, "%s", name);
    cr_assert(!a->has_final || mip6_addr_equal(&a->final, &b->final), "%s", name);
    cr_assert(!a->has_final || a->segments_left == b->segments_left, "%s", name);
}

static void expect_options(const char *name, const mip6_mobility_options *a,
                           const mip6_mobility_options *b)
{
    cr_assert_eq(a->has_alt_coa, b->has_alt_coa, "%s", name);
    cr_assert(!a->has_alt_coa || mip6_addr_equal(&a->alt_coa, &b->alt_coa), "%s", name);
    cr_assert_eq(a->has_nonces, b->has_nonces, "%s", name);
    cr_assert(!a->has_nonces ||
              (a->home_nonce == b->home_nonce && a->coa_nonce == b->coa_nonce), "%s", name);
    cr_assert_eq(a->has_refresh, b->has_refresh, "%s", name);
    cr_assert(!a->has_refresh || a->refresh_units == b->refresh_units, "%s", name);
    cr_assert_eq(a->redirect_capable, b->redirect_capable, "%s", name);
    cr_assert_eq(a->has_redirect, b->has_redirect, "%s", name);
    cr_assert(!a->has_redirect || mip6_addr_equal(&a->redirect, &b->redirect), "%s", name);
    cr_assert_eq(a->has_auth, b->has_auth, "%s", name);
    cr_assert(!a->has_auth || (memcmp(a->auth, b->auth, sizeof(a->auth)) == 0 &&
                               a->auth_offset == b->auth_offset), "%s", name);
}

static void expect_prefix(const char *name, const mip6_prefix_info *a, const mip6_prefix_info *b)
{
    cr_assert(mip6_addr_equal(&a->prefix, &b->prefix), "%s", name);
    cr_assert_eq(a->length, b->length, "%s", name);
    cr_assert_eq(a->on_link, b->on_link, "%s", name);
    cr_assert_eq(a->autonomous, b->autonomous, "%s", name);
    cr_assert_eq(a->router_address, b->router_address, "%s", name);
    cr_assert_eq(a->valid_s, b->valid_s, "%s", name);
    cr_assert_eq(a->preferred_s, b->preferred_s, "%s", name);
}

static void expect_ra_numbers(const char *name, const mip6_ra *a, const mip6_ra *b)
{
    cr_assert_eq(a->has_mtu, b->has_mtu, "%s", name);
    cr_assert_eq(a->mtu, b->mtu, "%s", name);
    cr_assert_eq(a->has_interval, b->has_interval, "%s", name);
    cr_assert_eq(a->interval_ms, b->interval_ms, "%s", name);
    cr_assert_eq(a->has_ha_info, b->has_ha_info, "%s", name);
    cr_assert_eq(a->ha_preference, b->ha_preference, "%s", name);
    cr_assert_eq(a->ha_lifetime_s, b->ha_lifetime_s, "%s", name);
    cr_assert_eq(a->has_load, b->has_load, "%s", name);
    cr_assert_eq(a->load_queue, b->load_queue, "%s", name);
    cr_assert_eq(a->load_mn_count, b->load_mn_count, "%s", name);
    cr_assert_eq(a->has_capacity, b->has_capacity, "%s", name);
    cr_assert_eq(a->capacity_kbps, b->capacity_kbps, "%s", name);
}

static void expect_ra(const char *name, const mip6_ra *a, const mip6_ra *b)
{
    cr_assert_eq(a->cur_hop_limit, b->cur_hop_limit, "%s", name);
    cr_assert_eq(a->flags, b->flags, "%s", name);
    cr_assert_eq(a->router_lifetime_s, b->router_lifetime_s, "%s", name);
    cr_assert_eq(a->reachable_ms, b->reachable_ms, "%s", name);
    cr_assert_eq(a->retrans_ms, b->retrans_ms, "%s", name);
    cr_assert_eq(a->has_slla, b->has_slla, "%s", name);
    cr_assert(mip6_lladdr_equal(&a->slla, &b->slla), "%s", name);
    cr_assert_eq(a->n_prefixes, b->n_prefixes, "%s", name);
    for (unsigned i = 0; i < a->n_prefixes; i++)
        expect_prefix(name, &a->prefixes[i], &b->prefixes[i]);
    expect_ra_numbers(name, a, b);
}

static void expect_nd(const char *name, const mip6_nd *a, const mip6_nd *b)
{
    cr_assert(mip6_addr_equal(&a->target, &b->target), "%s", name);
    cr_assert_eq(a->router, b->router, "%s", name);
    cr_assert_eq(a->solicited, b->solicited, "%s", name);
    cr_assert_eq(a->override, b->override, "%s", name);
    cr_assert_eq(a->has_lladdr, b->has_lladdr, "%s", name);
    cr_assert(mip6_lladdr_equal(&a->lladdr, &b->lladdr), "%s", name);
}

static void expect_binding(const char *name, const mip6_message *a, const mip6_message *b)
{
    if (a->kind == MIP6_MSG_BU) {
        cr_assert_eq(a->u.bu.sequence, b->u.bu.sequence, "%s", name);
        cr_assert_eq(a->u.bu.flags, b->u.bu.flags, "%s", name);
        cr_assert_eq(a->u.bu.lifetime_units, b->u.bu.lifetime_units, "%s", name);
        expect_options(name, &a->u.bu.opt, &b->u.bu.opt);
        return;
    }
    cr_assert_eq(a->u.ba.status, b->u.ba.status, "%s", name);
    cr_assert_eq(a->u.ba.key, b->u.ba.key, "%s", name);
    cr_assert_eq(a->u.ba.sequence, b->u.ba.sequence, "%s", name);
    cr_assert_eq(a->u.ba.lifetime_units, b->u.ba.lifetime_units, "%s", name);
    expect_options(name, &a->u.ba.opt, &b->u.ba.opt);
}

static void expect_addresses(const char *name, unsigned n, const mip6_addr *a,
                             unsigned m, const mip6_addr *b)
{
    cr_assert_eq(n, m, "%s", name);
    for (unsigned i = 0; i < n; i++)
        cr_assert(mip6_addr_equal(a + i, b + i), "%s: address %u", name, i);
}

static void expect_icmp(const char *name, const mip6_icmp_error *a, const mip6_icmp_error *b)
{
    cr_assert_eq(a->type, b->type, "%s", name);
    cr_assert_eq(a->code, b->code, "%s", name);
    cr_assert_eq(a->value, b->value, "%s", name);
    cr_assert_eq(a->packet_len, b->packet_len, "%s", name);
    cr_assert_eq(memcmp(a->packet, b->packet, a->packet_len), 0, "%s", name);
}

void wire_expect_message(const char *name, const mip6_message *a, const mip6_message *b)
{
    cr_assert_eq(a->kind, b->kind, "%s: %s, %s", name, mip6_message_name(a->kind),
                 mip6_message_name(b->kind));
    switch (a->kind) {
    case MIP6_MSG_RA:
        expect_ra(name, &a->u.ra, &b->u.ra);
        break;
    case MIP6_MSG_NS:
    case MIP6_MSG_NA:
        expect_nd(name, &a->u.nd, &b->u.nd);
        break;
    case MIP6_MSG_DHAAD_REQUEST:
    case MIP6_MSG_DHAAD_REPLY:
    case MIP6_MSG_SWITCH:
        cr_assert_eq(a->u.dhaad.id, b->u.dhaad.id, "%s", name);
        expect_addresses(name, a->u.dhaad.n, a->u.dhaad.addresses, b->u.dhaad.n,
                         b->u.dhaad.addresses);
        break;
    case MIP6_MSG_BU:
    case MIP6_MSG_BA:
        expect_binding(name, a, b);
        break;
    case MIP6_MSG_BE:
        cr_assert_eq(a->u.be.status, b->u.be.status, "%s", name);
        cr_assert(mip6_addr_equal(&a->u.be.home, &b->u.be.home), "%s", name);
        break;
    case MIP6_MSG_HOTI:
    case MIP6_MSG_COTI:
    case MIP6_MSG_HOT:
    case MIP6_MSG_COT:
        cr_assert_eq(memcmp(&a->u.rr, &b->u.rr, sizeof(a->u.rr)), 0, "%s", name);
        break;
    case MIP6_MSG_HAS:
        expect_addresses(name, a->u.has.n, a->u.has.addresses, b->u.has.n, b->u.has.addresses);
        cr_assert_eq(a->u.has.has_refresh, b->u.has.has_refresh, "%s", name);
        cr_assert_eq(a->u.has.refresh_units, b->u.has.refresh_units, "%s", name);
        break;
    case MIP6_MSG_ICMP_ERROR:
        expect_icmp(name, &a->u.icmp, &b->u.icmp);
        break;
    default:
        break;
    }
}

void wire_expect_drop(const char *name, const uint8_t *pkt, size_t len, mip6_drop expected)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause = MIP6_DROP_NONE;
    int r = mip6_decode(pkt, len, 0, &h, &msg, &cause);
    int wanted = expected == MIP6_DROP_NONE       ? 0
                 : expected == MIP6_DROP_CHECKSUM ? MIP6_ERR_CHECKSUM
                                                  : MIP6_ERR_MALFORMED;

    cr_assert_eq(r, wanted, "%s: %d (%s), expected %s", name, r, mip6_drop_name(cause),
                 mip6_drop_name(expected));
    cr_assert_eq(cause, expected, "%s: %s, expected %s", name, mip6_drop_name(cause),
                 mip6_drop_name(expected));
}
