/* A packet in words. One walk over what the decoder read gives both forms: each field says
 * its name and how it stands in a line, if at all.
 *
 *   RFC 8200 (headers), RFC 4443, RFC 4861 (ICMPv6), RFC 6275 sections 6 and 7, RFC 5142,
 *   RFC 6463, PROTOCOL 11
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/describe.h"

#include "mip6_esp.h"
#include "mip6_peer.h"

#include <stdarg.h>
#include <string.h>

struct words {
    sim_describe_field *field;      /* all fields, or */
    GString *line;                  /* one line */
    sim_describe_name *name_of;
    void *user;
    gsize start;                    /* where the line began */
};

static const char *const short_names[MIP6_N_MESSAGES] = {
    [MIP6_MSG_RS] = "RS", [MIP6_MSG_RA] = "RA", [MIP6_MSG_NS] = "NS", [MIP6_MSG_NA] = "NA",
    [MIP6_MSG_DHAAD_REQUEST] = "DHAAD request", [MIP6_MSG_DHAAD_REPLY] = "DHAAD reply",
    [MIP6_MSG_SWITCH] = "unsolicited DHAAD reply", [MIP6_MSG_BRR] = "BRR",
    [MIP6_MSG_HOTI] = "HoTI", [MIP6_MSG_COTI] = "CoTI", [MIP6_MSG_HOT] = "HoT",
    [MIP6_MSG_COT] = "CoT", [MIP6_MSG_BU] = "BU", [MIP6_MSG_BA] = "BA", [MIP6_MSG_BE] = "BE",
    [MIP6_MSG_HAS] = "home agent switch", [MIP6_MSG_ICMP_ERROR] = "ICMPv6 error",
    [MIP6_MSG_IKE] = "IKE",
};

/* RFC 6275 section 6.1.8. */
static const char *status_text(uint8_t status)
{
    switch (status) {
    case MIP6_STATUS_ACCEPTED: return "accepted";
    case MIP6_STATUS_PREFIX_DISCOVERY: return "accepted, prefix discovery necessary";
    case MIP6_STATUS_UNSPECIFIED: return "reason unspecified";
    case MIP6_STATUS_PROHIBITED: return "prohibited";
    case MIP6_STATUS_RESOURCES: return "insufficient resources";
    case MIP6_STATUS_NO_HOME_REGISTRATION: return "no home registration here";
    case MIP6_STATUS_NOT_HOME_SUBNET: return "not home subnet";
    case MIP6_STATUS_NOT_HOME_AGENT: return "not home agent for this node";
    case MIP6_STATUS_DAD_FAILED: return "duplicate address";
    case MIP6_STATUS_SEQUENCE: return "sequence out of window";
    case MIP6_STATUS_HOME_NONCE: return "expired home nonce";
    case MIP6_STATUS_COA_NONCE: return "expired care-of nonce";
    case MIP6_STATUS_NONCES: return "expired nonces";
    case MIP6_STATUS_TYPE_CHANGE: return "registration type change";
    case MIP6_STATUS_BAD_COA: return "invalid care-of address";
    default: return "unknown status";
    }
}

/* ---- One field ------------------------------------------------------------------------ */

/* `word`: what stands before the value in a line ("" for nothing), NULL: not in a line. */
static void put_text(struct words *w, const char *name, const char *word, const char *value)
{
    if (w->field)
        w->field(name, value, w->user);
    if (!w->line || !word)
        return;
    char last = w->line->len > w->start ? w->line->str[w->line->len - 1] : ' ';
    if (last != ' ')
        g_string_append_c(w->line, ' ');
    g_string_append(w->line, word);
    if (*word && *value)
        g_string_append_c(w->line, ' ');
    g_string_append(w->line, value);
}

G_GNUC_PRINTF(4, 5)
static void put(struct words *w, const char *name, const char *word, const char *format, ...)
{
    if (!w->field && !word)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    put_text(w, name, word, value);
}

static void put_addr(struct words *w, const char *name, const char *word, const mip6_addr *a)
{
    char text[MIP6_ADDR_TEXT];
    const char *known = w->name_of ? w->name_of(a->b, w->user) : NULL;
    put_text(w, name, word, known ? known : mip6_addr_format(a, text));
}

static void put_hex(struct words *w, const char *name, const uint8_t *bytes, size_t n)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    put_text(w, name, NULL, text->str);
}

static void put_lladdr(struct words *w, const mip6_lladdr *ll)
{
    put(w, "link-layer address", NULL, "%02x:%02x:%02x:%02x:%02x:%02x", ll->b[0], ll->b[1],
        ll->b[2], ll->b[3], ll->b[4], ll->b[5]);
}

static void put_flag(struct words *w, const char *name, const char *letter, bool on)
{
    put_text(w, name, on ? letter : NULL, w->field ? (on ? "yes" : "no") : "");
}

/* ---- Messages -------------------------------------------------------------------------- */

static void put_lifetime(struct words *w, uint16_t units)
{
    put(w, "lifetime", "lifetime", "%u s", units * MIP6_LIFETIME_UNIT_S);
}

static void put_options(struct words *w, const mip6_mobility_options *opt)
{
    if (opt->has_refresh)
        put(w, "refresh advice", "refresh", "%u s", opt->refresh_units * MIP6_LIFETIME_UNIT_S);
    if (opt->has_nonces)
        put(w, "nonce indices", "nonces", "%u %u", opt->home_nonce, opt->coa_nonce);
    if (opt->has_alt_coa)
        put_addr(w, "alternate care-of address", "coa", &opt->alt_coa);
    if (opt->redirect_capable)
        put_text(w, "redirect capability", "redirectable", w->field ? "yes" : "");
    if (opt->has_redirect)
        put_addr(w, "redirect", "redirect to", &opt->redirect);
    if (opt->has_auth)
        put_hex(w, "authorisation data", opt->auth, sizeof opt->auth);
}

static void put_bu(struct words *w, const mip6_bu *bu)
{
    put(w, "sequence", "seq", "%u", bu->sequence);
    put_lifetime(w, bu->lifetime_units);
    put_flag(w, "acknowledge", "A", (bu->flags & MIP6_BU_ACK) != 0);
    put_flag(w, "home registration", "H", (bu->flags & MIP6_BU_HOME) != 0);
    put_flag(w, "link-local", "L", (bu->flags & MIP6_BU_LINK_LOCAL) != 0);
    put_flag(w, "key management", "K", (bu->flags & MIP6_BU_KEY) != 0);
    put_options(w, &bu->opt);
}

static void put_ba(struct words *w, const mip6_ba *ba)
{
    put(w, "status", "", "%u %s", ba->status, status_text(ba->status));
    put_flag(w, "key management", "K", ba->key);
    put(w, "sequence", "seq", "%u", ba->sequence);
    put_lifetime(w, ba->lifetime_units);
    put_options(w, &ba->opt);
}

static void put_prefix(struct words *w, const mip6_prefix_info *info)
{
    char text[MIP6_ADDR_TEXT];
    put(w, "prefix", NULL, "%s/%u%s%s%s valid %u s preferred %u s",
        mip6_addr_format(&info->prefix, text), info->length, info->on_link ? " L" : "",
        info->autonomous ? " A" : "", info->router_address ? " R" : "", info->valid_s,
        info->preferred_s);
}

/* Bit 0x10 alone is the draft's L; both bits of 0x18 are RFC 4191's preference. */
static void put_ra(struct words *w, const mip6_ra *ra)
{
    put(w, "hop limit of hosts", NULL, "%u", ra->cur_hop_limit);
    put_flag(w, "managed", "M", (ra->flags & MIP6_RA_MANAGED) != 0);
    put_flag(w, "other", "O", (ra->flags & MIP6_RA_OTHER) != 0);
    put_flag(w, "home agent", "H", (ra->flags & MIP6_RA_HOME_AGENT) != 0);
    put(w, "preference of routers", NULL, "%u", (ra->flags & MIP6_RA_PRF) >> 3);
    put_flag(w, "load flag", "L", (ra->flags & MIP6_RA_PRF) == MIP6_RA_LOAD);
    put(w, "router lifetime", "lifetime", "%u s", ra->router_lifetime_s);
    put(w, "reachable time", NULL, "%u ms", ra->reachable_ms);
    put(w, "retransmission timer", NULL, "%u ms", ra->retrans_ms);
    if (ra->has_slla)
        put_lladdr(w, &ra->slla);
    for (unsigned i = 0; i < ra->n_prefixes; i++)
        put_prefix(w, &ra->prefixes[i]);
    if (ra->has_mtu)
        put(w, "MTU", NULL, "%u", ra->mtu);
    if (ra->has_interval)
        put(w, "advertisement interval", NULL, "%u ms", ra->interval_ms);
    if (ra->has_ha_info) {
        put(w, "preference of agent", "preference", "%u", ra->ha_preference);
        put(w, "lifetime of agent", "as agent", "%u s", ra->ha_lifetime_s);
    }
    if (ra->has_load) {
        put(w, "queue size", "queue", "%u", ra->load_queue);
        put(w, "registered nodes", "nodes", "%u", ra->load_mn_count);
    }
    if (ra->has_capacity)
        put(w, "capacity", "capacity", "%u kbit/s", ra->capacity_kbps);
}

static void put_ns(struct words *w, const mip6_header *h, const mip6_nd *nd)
{
    bool probe = mip6_addr_is_unspecified(&h->src);
    put_addr(w, "target", probe ? "probes" : "asks for", &nd->target);
    if (nd->has_lladdr)
        put_lladdr(w, &nd->lladdr);
}

static void put_na(struct words *w, const mip6_nd *nd)
{
    put_flag(w, "router", "R", nd->router);
    put_flag(w, "solicited", "S", nd->solicited);
    put_flag(w, "override", "O", nd->override);
    put_addr(w, "target", "has", &nd->target);
    if (nd->has_lladdr)
        put_lladdr(w, &nd->lladdr);
}

static void put_addresses(struct words *w, const mip6_addr *a, unsigned n)
{
    if (w->line)
        g_string_append_c(w->line, ':');
    for (unsigned i = 0; i < n; i++)
        put_addr(w, "home agent address", "", &a[i]);
}

static void put_dhaad(struct words *w, const mip6_message *msg)
{
    const mip6_dhaad *d = &msg->u.dhaad;
    put(w, "identifier", msg->kind == MIP6_MSG_SWITCH ? NULL : "id", "%u", d->id);
    if (msg->kind != MIP6_MSG_DHAAD_REQUEST)
        put_addresses(w, d->addresses, d->n);
}

static void put_rr(struct words *w, const mip6_message *msg)
{
    const mip6_rr *rr = &msg->u.rr;
    bool answer = msg->kind == MIP6_MSG_HOT || msg->kind == MIP6_MSG_COT;
    if (answer)
        put(w, "nonce index", "nonce", "%u", rr->nonce_index);
    put_hex(w, "cookie", rr->cookie, sizeof rr->cookie);
    if (answer)
        put_hex(w, "keygen token", rr->token, sizeof rr->token);
}

static void put_has(struct words *w, const mip6_has *has)
{
    put_addresses(w, has->addresses, has->n);
    if (has->has_refresh)
        put(w, "refresh advice", "refresh", "%u s", has->refresh_units * MIP6_LIFETIME_UNIT_S);
}

static void put_be(struct words *w, const mip6_be *be)
{
    put(w, "status", "", "%u %s", be->status,
        be->status == 1 ? "no binding" : be->status == 2 ? "unknown message" : "unknown status");
    put_addr(w, "home address", "of", &be->home);
}

static void put_icmp_error(struct words *w, const mip6_icmp_error *e)
{
    mip6_addr end;
    put(w, "type", "type", "%u", e->type);
    put(w, "code", "code", "%u", e->code);
    if (e->value)
        put(w, "value", "value", "%u", e->value);
    if (e->packet_len < MIP6_IPV6_HEADER)
        return;
    memcpy(&end, e->packet + 8, sizeof end);
    put_addr(w, "source in error", "about", &end);
    memcpy(&end, e->packet + 24, sizeof end);
    put_addr(w, "destination in error", "->", &end);
}

static void put_udp(struct words *w, const uint8_t *udp)
{
    put_text(w, "message", "", "UDP");
    put(w, "source port", NULL, "%u", mip6_get16(udp));
    put(w, "destination port", NULL, "%u", mip6_get16(udp + 2));
    put(w, "payload", "", "%u B", mip6_get16(udp + 4) - MIP6_UDP_HEADER);
}

/* False: it is no IKE. */
static bool put_ike(struct words *w, const uint8_t *pkt, size_t len)
{
    static const char *const exchanges[] = {"IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA"};
    mip6_ike msg;
    mip6_drop cause;
    if (mip6_ike_decode(pkt, len, &msg, &cause) != 0)
        return false;
    put_text(w, "message", "", "IKE");
    put_text(w, "exchange", "", exchanges[msg.exchange - MIP6_IKE_SA_INIT]);
    put_flag(w, "response", "answer", msg.response);
    put_flag(w, "cookie", "cookie", msg.cookie);
    put(w, "length", "", "%u B", msg.len);
    return true;
}

static void put_other(struct words *w, const mip6_header *h, const uint8_t *upper)
{
    if (h->is_fragment) {
        put_text(w, "message", "", "fragment");
        put(w, "fragment identification", "id", "%u", h->fragment_id);
        put(w, "fragment offset", "at", "%u B", h->fragment_offset);
        put_flag(w, "more fragments", "M", h->more_fragments);
    } else if (h->next_header == MIP6_NH_ICMPV6) {
        put_text(w, "message", "", "ICMPv6");
        put(w, "type", "type", "%u", upper[0]);
    } else {
        put_text(w, "message", "", "no next header");
    }
}

static void put_body(struct words *w, const mip6_header *h, const mip6_message *msg)
{
    put_text(w, "message", "", short_names[msg->kind]);
    switch (msg->kind) {
    case MIP6_MSG_RA: put_ra(w, &msg->u.ra); break;
    case MIP6_MSG_NS: put_ns(w, h, &msg->u.nd); break;
    case MIP6_MSG_NA: put_na(w, &msg->u.nd); break;
    case MIP6_MSG_DHAAD_REQUEST:
    case MIP6_MSG_DHAAD_REPLY:
    case MIP6_MSG_SWITCH: put_dhaad(w, msg); break;
    case MIP6_MSG_HOTI:
    case MIP6_MSG_COTI:
    case MIP6_MSG_HOT:
    case MIP6_MSG_COT: put_rr(w, msg); break;
    case MIP6_MSG_BU: put_bu(w, &msg->u.bu); break;
    case MIP6_MSG_BA: put_ba(w, &msg->u.ba); break;
    case MIP6_MSG_BE: put_be(w, &msg->u.be); break;
    case MIP6_MSG_HAS: put_has(w, &msg->u.has); break;
    case MIP6_MSG_ICMP_ERROR: put_icmp_error(w, &msg->u.icmp); break;
    default: break;
    }
}

/* ---- Packets ----------------------------------------------------------------------------- */

static void put_extensions(struct words *w, const mip6_header *h)
{
    if (h->has_final)
        put_addr(w, "routing header", "rh2", &h->final);
    if (h->has_home)
        put_addr(w, "home address", "hoa", &h->home);
    if (h->has_encap_limit)
        put(w, "encapsulation limit", "limit", "%u", h->encap_limit);
}

static void put_header(struct words *w, const mip6_header *h, bool in_line)
{
    put_addr(w, "source", in_line ? "" : NULL, &h->src);
    put_addr(w, "destination", in_line ? "->" : NULL, &h->dst);
    put(w, "hop limit", NULL, "%u", h->hop_limit);
    if (w->field)
        put_extensions(w, h);
}

/* The upper layer. Returns its offset where it is another packet, else 0. */
static size_t put_upper(struct words *w, const mip6_header *h, const mip6_message *msg,
                        const uint8_t *pkt, size_t len)
{
    if (msg->kind == MIP6_MSG_DATA && h->next_header == MIP6_NH_IPV6) {
        put_text(w, "message", "", "6in6");
        return h->upper_offset;
    }
    if (msg->kind == MIP6_MSG_DATA && put_ike(w, pkt, len))
        return 0;
    if (msg->kind == MIP6_MSG_DATA)
        put_udp(w, pkt + h->upper_offset);
    else if (msg->kind == MIP6_MSG_OTHER)
        put_other(w, h, pkt + h->upper_offset);
    else
        put_body(w, h, msg);
    return 0;
}

static void put_malformed(struct words *w, mip6_drop cause, size_t bytes)
{
    g_autofree char *line = g_strdup_printf("(%s) %zu B", mip6_drop_name(cause), bytes);
    put_text(w, "malformed", "malformed", w->line ? line : mip6_drop_name(cause));
}

/* What ESP holds is nobody's to see. False: it is none. */
static bool put_esp(struct words *w, const mip6_header *h, const uint8_t *pkt)
{
    if (h->next_header != MIP6_NH_ESP || h->is_fragment || h->upper_len < MIP6_ESP_HEADER)
        return false;
    put_text(w, "message", "", "ESP");
    put(w, "SPI", "spi", "%08x", mip6_get32(pkt + h->upper_offset));
    put(w, "sequence", "seq", "%u", mip6_get32(pkt + h->upper_offset + 4));
    if (w->line)
        put_extensions(w, h);
    return true;
}

static void put_peer_body(struct words *w, const mip6_peer_message *m)
{
    switch (m->type) {
    case MIP6_PEER_HELLO:
        put(w, "caches owned", "owns", "%u", m->u.hello.n);
        put_flag(w, "loading", "loading", m->u.hello.loading);
        put_flag(w, "goodbye", "goodbye", m->u.hello.goodbye);
        break;
    case MIP6_PEER_RECORDS:
        put(w, "cache", "cache", "%u", m->u.records.line.cache);
        put(w, "version", "version", "%u", m->u.records.line.version);
        put(w, "records", "records", "%u", m->u.records.n);
        for (unsigned i = 0; i < m->u.records.n && (w->field || m->u.records.n == 1); i++)
            put_addr(w, "home address", "of", &m->u.records.records[i].home);
        break;
    case MIP6_PEER_REQUEST:
        put(w, "cache", "cache", "%u", m->u.request.cache);
        put(w, "addresses", "addresses", "%u", m->u.request.n);
        break;
    case MIP6_PEER_TRANSFER_END:
        put(w, "cache", "cache", "%u", m->u.end.line.cache);
        put(w, "version", "version", "%u", m->u.end.line.version);
        put_flag(w, "complete", "complete", m->u.end.complete);
        break;
    case MIP6_PEER_SYSTEM:
        put(w, "code", "code", "%u", m->u.system.code);
        put(w, "bytes", "bytes", "%u", m->u.system.len);
        break;
    default:
        break;
    }
}

/* Between agents that share state. False: it is no such message. */
static bool put_peer(struct words *w, const uint8_t *pkt, size_t len)
{
    mip6_header h;
    mip6_peer_message m;
    mip6_drop cause;
    if (!mip6_peer_is(pkt, len) || mip6_peer_decode(pkt, len, &h, &m, &cause, 0) != 0)
        return false;
    put_text(w, "message", "", mip6_message_name(mip6_peer_kind(m.type)));
    put(w, "session", NULL, "%u", m.session);
    put(w, "sequence", m.type == MIP6_PEER_HELLO ? NULL : "seq", "%u", m.sequence);
    put_peer_body(w, &m);
    return true;
}

/* One packet, not what is in its tunnel: returns that one's offset, 0 without. */
static size_t put_packet(struct words *w, const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                         bool inner)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause = MIP6_DROP_NONE;
    if (mip6_decode_header(pkt, len, virtual_bytes, &h, &cause) != 0) {
        put_malformed(w, cause, len + virtual_bytes);
        return 0;
    }
    put_header(w, &h, inner);
    if (put_esp(w, &h, pkt) || (virtual_bytes == 0 && put_peer(w, pkt, len)))
        return 0;
    if (mip6_decode(pkt, len, virtual_bytes, &h, &msg, &cause) != 0) {
        put_malformed(w, cause, len + virtual_bytes);
        return 0;
    }
    size_t next = put_upper(w, &h, &msg, pkt, len);
    if (next && w->line) {
        put_addr(w, "source", "", &h.src);
        put_addr(w, "destination", "->", &h.dst);
    }
    if (w->line)
        put_extensions(w, &h);
    if (next && w->line)
        g_string_append_c(w->line, ':');
    return next;
}

static void put_packets(struct words *w, const uint8_t *pkt, size_t len, uint32_t virtual_bytes)
{
    bool inner = false;
    for (size_t at = 0, next; ; at += next, inner = true) {
        next = put_packet(w, pkt + at, len - at, virtual_bytes, inner);
        if (!next)
            return;
    }
}

void sim_describe_fields(const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                         sim_describe_field *field, void *user)
{
    struct words w = {.field = field, .user = user};
    put_packets(&w, pkt, len, virtual_bytes);
}

void sim_describe_line(GString *out, const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                       sim_describe_name *name_of, void *user)
{
    struct words w = {.line = out, .name_of = name_of, .user = user, .start = out->len};
    put_packets(&w, pkt, len, virtual_bytes);
}
