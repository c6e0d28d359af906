/* A capture as the library reads it, in the form in which tshark prints fields, so that the two can
 * be compared line by line.
 *
 *     fields --names         names of the columns, as tshark knows them
 *     fields FILE.pcapng     a line for each packet that is no ICMPv6 error; tabs between
 *     fields --errors FILE   a line for each that is one: its own header alone
 *
 * A tunnel adds its values to those of the packet in it, with commas between.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "mip6_wire.h"

#define FIELDS(X)                                                                             \
    X(TIME, "frame.time_epoch") X(LINK, "frame.interface_name")                               \
    X(SRC, "ipv6.src") X(DST, "ipv6.dst") X(HLIM, "ipv6.hlim")                                \
    X(HOA, "ipv6.opt.mipv6.home_address") X(RH2, "ipv6.routing.mipv6.home_address")           \
    X(SEGLEFT, "ipv6.routing.segleft")                                                        \
    X(FRAG_OFFSET, "ipv6.fraghdr.offset") X(FRAG_MORE, "ipv6.fraghdr.more")                   \
    X(FRAG_ID, "ipv6.fraghdr.ident")                                                          \
    X(SPORT, "udp.srcport") X(DPORT, "udp.dstport") X(UDP_LEN, "udp.length")                  \
    X(ICMP_TYPE, "icmpv6.type") X(ICMP_CODE, "icmpv6.code")                                   \
    X(NS_TARGET, "icmpv6.nd.ns.target_address") X(NA_TARGET, "icmpv6.nd.na.target_address")   \
    X(NA_R, "icmpv6.nd.na.flag.r") X(NA_S, "icmpv6.nd.na.flag.s")                             \
    X(NA_O, "icmpv6.nd.na.flag.o") X(LLADDR, "icmpv6.opt.linkaddr")                           \
    X(RA_HLIM, "icmpv6.nd.ra.cur_hop_limit") X(RA_H, "icmpv6.nd.ra.flag.h")                   \
    X(RA_PRF, "icmpv6.nd.ra.flag.prf") X(RA_LIFETIME, "icmpv6.nd.ra.router_lifetime")         \
    X(PREFIX, "icmpv6.opt.prefix") X(PREFIX_LEN, "icmpv6.opt.prefix.length")                  \
    X(PREFIX_R, "icmpv6.opt.prefix.flag.r") X(VALID, "icmpv6.opt.prefix.valid_lifetime")      \
    X(PREFERRED, "icmpv6.opt.prefix.preferred_lifetime")                                      \
    X(INTERVAL, "icmpv6.opt.advertisement_interval")                                          \
    X(HA_PREFERENCE, "icmpv6.opt.home_agent_preference")                                      \
    X(HA_LIFETIME, "icmpv6.opt.home_agent_lifetime")                                          \
    X(LOAD_QUEUE, "mip6load.queue") X(LOAD_COUNT, "mip6load.count")                           \
    X(CAPACITY, "mip6load.capacity")                                                          \
    X(DHAAD_ID, "icmpv6.mip6.identifier") X(DHAAD_ADDR, "icmpv6.mip6.home_agent_address")     \
    X(MH_TYPE, "mip6.mhtype")                                                                 \
    X(BU_SEQ, "mip6.bu.seqnr") X(BU_A, "mip6.bu.a_flag") X(BU_H, "mip6.bu.h_flag")            \
    X(BU_L, "mip6.bu.l_flag") X(BU_K, "mip6.bu.k_flag") X(BU_LIFETIME, "mip6.bu.lifetime")    \
    X(BA_STATUS, "mip6.ba.status") X(BA_K, "mip6.ba.k_flag") X(BA_SEQ, "mip6.ba.seqnr")       \
    X(BA_LIFETIME, "mip6.ba.lifetime")                                                        \
    X(BE_STATUS, "mip6.be.status") X(BE_HOME, "mip6.be.haddr")                                \
    X(HOTI, "mip6.hoti.cookie") X(COTI, "mip6.coti.cookie")                                   \
    X(HOT_INDEX, "mip6.hot.nindex") X(HOT_COOKIE, "mip6.hot.cookie")                          \
    X(HOT_TOKEN, "mip6.hot.token") X(COT_INDEX, "mip6.cot.nindex")                            \
    X(COT_COOKIE, "mip6.cot.cookie")                                                          \
    X(ALT_COA, "mip6.acoa.acoa") X(HOME_NONCE, "mip6.ni.hni") X(COA_NONCE, "mip6.ni.cni")     \
    X(REFRESH, "mip6.bra.interval") X(AUTH, "mip6.bad.auth")                                  \
    X(REDIRECT_K, "mip6.redir.k") X(REDIRECT, "mip6.redir.addr_r2lma_ipv6")                   \
    X(ICMP_MTU, "icmpv6.mtu") X(ICMP_POINTER, "icmpv6.pointer")

enum {
#define X(name, text) F_##name,
    FIELDS(X)
#undef X
        N_FIELDS
};

static const char *const names[N_FIELDS] = {
#define X(name, text) text,
    FIELDS(X)
#undef X
};

static GString *row[N_FIELDS];
static bool is_error;       /* the packet at hand is an ICMPv6 error, or carries one */

G_GNUC_PRINTF(2, 3)
static void add(int field, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (row[field]->len)
        g_string_append_c(row[field], ',');
    g_string_append_vprintf(row[field], format, args);
    va_end(args);
}

static void add_addr(int field, const mip6_addr *a)
{
    char text[MIP6_ADDR_TEXT];
    add(field, "%s", mip6_addr_format(a, text));
}

static void add_hex(int field, const char *prefix, const uint8_t *bytes, size_t n)
{
    GString *text = g_string_new(prefix);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    add(field, "%s", text->str);
    g_string_free(text, TRUE);
}

static void add_lladdr(const mip6_lladdr *ll)
{
    add(F_LLADDR, "%02x:%02x:%02x:%02x:%02x:%02x", ll->b[0], ll->b[1], ll->b[2], ll->b[3],
        ll->b[4], ll->b[5]);
}

static void add_header(const mip6_header *h)
{
    add_addr(F_SRC, &h->src);
    add_addr(F_DST, &h->dst);
    add(F_HLIM, "%u", h->hop_limit);
    if (h->has_home)
        add_addr(F_HOA, &h->home);
    if (h->has_final) {
        add_addr(F_RH2, &h->final);
        add(F_SEGLEFT, "%u", h->segments_left);
    }
    if (h->is_fragment) {
        add(F_FRAG_OFFSET, "%u", h->fragment_offset / 8);
        add(F_FRAG_MORE, "%d", h->more_fragments);
        add(F_FRAG_ID, "0x%08x", h->fragment_id);
    }
}

static void add_ra(const mip6_ra *ra)
{
    add(F_RA_HLIM, "%u", ra->cur_hop_limit);
    add(F_RA_H, "%d", (ra->flags & MIP6_RA_HOME_AGENT) != 0);
    add(F_RA_PRF, "%u", (ra->flags & MIP6_RA_PRF) >> 3);
    add(F_RA_LIFETIME, "%u", ra->router_lifetime_s);
    if (ra->has_slla)
        add_lladdr(&ra->slla);
    for (unsigned i = 0; i < ra->n_prefixes; i++) {
        add_addr(F_PREFIX, &ra->prefixes[i].prefix);
        add(F_PREFIX_LEN, "%u", ra->prefixes[i].length);
        add(F_PREFIX_R, "%d", ra->prefixes[i].router_address);
        add(F_VALID, "%u", ra->prefixes[i].valid_s);
        add(F_PREFERRED, "%u", ra->prefixes[i].preferred_s);
    }
    if (ra->has_interval)
        add(F_INTERVAL, "%u", ra->interval_ms);
    if (ra->has_ha_info) {
        add(F_HA_PREFERENCE, "%u", ra->ha_preference);
        add(F_HA_LIFETIME, "%u", ra->ha_lifetime_s);
    }
    if (ra->has_load) {
        add(F_LOAD_QUEUE, "%u", ra->load_queue);
        add(F_LOAD_COUNT, "%u", ra->load_mn_count);
    }
    if (ra->has_capacity)
        add(F_CAPACITY, "%u", ra->capacity_kbps);
}

static void add_neighbour(const mip6_nd *nd, bool advertisement)
{
    add_addr(advertisement ? F_NA_TARGET : F_NS_TARGET, &nd->target);
    if (advertisement) {
        add(F_NA_R, "%d", nd->router);
        add(F_NA_S, "%d", nd->solicited);
        add(F_NA_O, "%d", nd->override);
    }
    if (nd->has_lladdr)
        add_lladdr(&nd->lladdr);
}

static void add_dhaad(const mip6_dhaad *d)
{
    add(F_DHAAD_ID, "%u", d->id);
    for (unsigned i = 0; i < d->n; i++)
        add_addr(F_DHAAD_ADDR, &d->addresses[i]);
}

static void add_options(const mip6_mobility_options *opt)
{
    if (opt->has_alt_coa)
        add_addr(F_ALT_COA, &opt->alt_coa);
    if (opt->has_nonces) {
        add(F_HOME_NONCE, "%u", opt->home_nonce);
        add(F_COA_NONCE, "%u", opt->coa_nonce);
    }
    if (opt->has_refresh)
        add(F_REFRESH, "%u", opt->refresh_units);
    if (opt->has_redirect) {
        add(F_REDIRECT_K, "1");
        add_addr(F_REDIRECT, &opt->redirect);
    }
    if (opt->has_auth)
        add_hex(F_AUTH, "", opt->auth, sizeof opt->auth);
}

static void add_bu(const mip6_bu *bu)
{
    add(F_BU_SEQ, "%u", bu->sequence);
    add(F_BU_A, "%d", (bu->flags & MIP6_BU_ACK) != 0);
    add(F_BU_H, "%d", (bu->flags & MIP6_BU_HOME) != 0);
    add(F_BU_L, "%d", (bu->flags & MIP6_BU_LINK_LOCAL) != 0);
    add(F_BU_K, "%d", (bu->flags & MIP6_BU_KEY) != 0);
    add(F_BU_LIFETIME, "%u", bu->lifetime_units);
    add_options(&bu->opt);
}

static void add_ba(const mip6_ba *ba)
{
    add(F_BA_STATUS, "%u", ba->status);
    add(F_BA_K, "%d", ba->key);
    add(F_BA_SEQ, "%u", ba->sequence);
    add(F_BA_LIFETIME, "%u", ba->lifetime_units);
    add_options(&ba->opt);
}

static void add_answer(const mip6_rr *rr, bool home)
{
    add(home ? F_HOT_INDEX : F_COT_INDEX, "%u", rr->nonce_index);
    add_hex(home ? F_HOT_COOKIE : F_COT_COOKIE, "0x", rr->cookie, sizeof rr->cookie);
    add_hex(F_HOT_TOKEN, "0x", rr->token, sizeof rr->token);   /* tshark 4.0 has but one name */
}

static void add_error(const mip6_icmp_error *icmp)
{
    is_error = true;
    if (icmp->type == 2)
        add(F_ICMP_MTU, "%u", icmp->value);
    if (icmp->type == 4)
        add(F_ICMP_POINTER, "%u", icmp->value);
}

static void add_message(const mip6_message *m)
{
    switch (m->kind) {
    case MIP6_MSG_RA: add_ra(&m->u.ra); break;
    case MIP6_MSG_NS: add_neighbour(&m->u.nd, false); break;
    case MIP6_MSG_NA: add_neighbour(&m->u.nd, true); break;
    case MIP6_MSG_DHAAD_REQUEST:
    case MIP6_MSG_DHAAD_REPLY:
    case MIP6_MSG_SWITCH: add_dhaad(&m->u.dhaad); break;
    case MIP6_MSG_BU: add_bu(&m->u.bu); break;
    case MIP6_MSG_BA: add_ba(&m->u.ba); break;
    case MIP6_MSG_BE:
        add(F_BE_STATUS, "%u", m->u.be.status);
        add_addr(F_BE_HOME, &m->u.be.home);
        break;
    case MIP6_MSG_HOTI: add_hex(F_HOTI, "0x", m->u.rr.cookie, 8); break;
    case MIP6_MSG_COTI: add_hex(F_COTI, "0x", m->u.rr.cookie, 8); break;
    case MIP6_MSG_HOT: add_answer(&m->u.rr, true); break;
    case MIP6_MSG_COT: add_answer(&m->u.rr, false); break;
    case MIP6_MSG_ICMP_ERROR: add_error(&m->u.icmp); break;
    default: break;
    }
}

/* Types of the upper layer are bytes that no decoder is needed for. */
static void add_upper(const uint8_t *upper, uint8_t next_header)
{
    if (next_header == MIP6_NH_ICMPV6) {
        add(F_ICMP_TYPE, "%u", upper[0]);
        add(F_ICMP_CODE, "%u", upper[1]);
    } else if (next_header == MIP6_NH_UDP) {
        add(F_SPORT, "%u", mip6_get16(upper));
        add(F_DPORT, "%u", mip6_get16(upper + 2));
        add(F_UDP_LEN, "%u", mip6_get16(upper + 4));
    } else if (next_header == MIP6_NH_MOBILITY) {
        add(F_MH_TYPE, "%u", upper[2]);
    }
}

/* False: what the library refuses. */
static bool read_packet(const uint8_t *pkt, size_t len)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause;
    if (mip6_decode(pkt, len, 0, &h, &m, &cause) != 0) {
        fprintf(stderr, "fields: refused: %s\n", mip6_drop_name(cause));
        return false;
    }
    add_header(&h);
    if (h.is_fragment && h.fragment_offset > 0)
        return true;
    add_upper(pkt + h.upper_offset, h.next_header);
    if (h.next_header == MIP6_NH_IPV6 && !h.is_fragment)
        return read_packet(pkt + h.upper_offset, h.upper_len);
    add_message(&m);
    return true;
}

/* ---- the file ---------------------------------------------------------------------------- */

static uint32_t word(const char *at)
{
    uint32_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

static void print_row(void)
{
    for (int i = 0; i < N_FIELDS; i++)
        printf("%s%s", i ? "\t" : "", row[i]->str);
    putchar('\n');
}

static bool packet_block(const char *block, const GPtrArray *links, bool errors)
{
    for (int i = 0; i < N_FIELDS; i++)
        g_string_truncate(row[i], 0);
    is_error = false;
    uint64_t t = (uint64_t)word(block + 12) << 32 | word(block + 16);
    add(F_TIME, "%" G_GUINT64_FORMAT ".%09" G_GUINT64_FORMAT, t / 1000000000, t % 1000000000);
    add(F_LINK, "%s", (const char *)g_ptr_array_index(links, word(block + 8)));
    if (!read_packet((const uint8_t *)block + 28, word(block + 20)))
        return false;
    if (is_error == errors)
        print_row();
    return true;
}

/* The first option of an interface, if that is its name. */
static char *name_of(const char *option)
{
    enum { IF_NAME = 2 };
    return (word(option) & 0xffff) == IF_NAME ? g_strndup(option + 4, word(option) >> 16)
                                              : g_strdup("");
}

static bool read_file(const char *path, bool errors)
{
    enum { INTERFACE = 1, PACKET = 6, NAME_AT = 20 };
    gchar *file;
    gsize n;
    bool good = true;
    GPtrArray *links = g_ptr_array_new_with_free_func(g_free);
    if (!g_file_get_contents(path, &file, &n, NULL))
        return false;
    for (gsize at = 0; good && at + 12 <= n; at += word(file + at + 4)) {
        if (word(file + at) == INTERFACE)
            g_ptr_array_add(links, name_of(file + at + NAME_AT - 4));
        if (word(file + at) == PACKET)
            good = packet_block(file + at, links, errors);
    }
    g_ptr_array_unref(links);
    g_free(file);
    return good;
}

int main(int argc, char **argv)
{
    for (int i = 0; i < N_FIELDS; i++)
        row[i] = g_string_new(NULL);
    bool errors = argc == 3 && strcmp(argv[1], "--errors") == 0;
    bool list = argc == 2 && strcmp(argv[1], "--names") == 0;
    for (int i = 0; list && i < N_FIELDS; i++)
        puts(names[i]);
    if (argc < 2 || (!list && !read_file(argv[argc - 1], errors)))
        return 1;
    for (int i = 0; i < N_FIELDS; i++)
        g_string_free(row[i], TRUE);
    return 0;
}
