/* An effect in words. SPDX-License-Identifier: GPL-3.0-or-later */

#include <gio/gio.h>
#include <string.h>

#include "mip6_wire.h"
#include "models/measure/effect.h"
#include "sim/cli/diff_private.h"
#include "sim/record/describe.h"

/* What a trace of the library tells. NULL: nothing of that kind. */
static const struct {
    const char *name, *peer, *code, *value;
} kinds[MIP6_N_TRACES] = {
    [MIP6_TRACE_BINDING_NEW] = {"binding new", "care-of address", NULL, "sequence"},
    [MIP6_TRACE_BINDING_REFRESHED] = {"binding refreshed", "care-of address", NULL, "sequence"},
    [MIP6_TRACE_BINDING_DRAINING] = {"binding drains", "moved to", NULL, NULL},
    [MIP6_TRACE_BINDING_GONE] = {"binding gone", NULL, "why", NULL},
    [MIP6_TRACE_BINDING_REFUSED] = {"binding refused", NULL, "status", NULL},
    [MIP6_TRACE_HANDOFF_SET] = {"handoff entry set", "target", NULL, "expires, ns"},
    [MIP6_TRACE_HANDOFF_CLEARED] = {"handoff entry cleared", "target", "why", NULL},
    [MIP6_TRACE_DECISION] = {"decision", "target", NULL, NULL},
    [MIP6_TRACE_SWITCH_ANSWERED] = {"switch answered", "target", NULL, NULL},
    [MIP6_TRACE_SWITCH_UNANSWERED] = {"switch not answered", "target", NULL, "resends so far"},
    [MIP6_TRACE_PEER_NEW] = {"agent new in the list", "agent", NULL, NULL},
    [MIP6_TRACE_PEER_GONE] = {"agent gone from the list", "agent", "why", NULL},
    [MIP6_TRACE_DAD_YIELDED] = {"address yielded to a probe", "prober", NULL, NULL},
    [MIP6_TRACE_DAD_DEFENDED] = {"address defended", "prober", NULL, NULL},
    [MIP6_TRACE_MN_DHAAD_DONE] = {"agents discovered", NULL, NULL, "addresses"},
    [MIP6_TRACE_MN_DHAAD_FAILED] = {"discovery failed", NULL, NULL, NULL},
    [MIP6_TRACE_MN_REGISTERED] = {"registered", "agent", "again", "lifetime, s"},
    [MIP6_TRACE_MN_REFUSED] = {"registration refused", "agent", "status", NULL},
    [MIP6_TRACE_MN_TIMEOUT] = {"no answer", "agent", NULL, NULL},
    [MIP6_TRACE_MN_DEREGISTERED] = {"deregistered", "agent", "status", NULL},
    [MIP6_TRACE_MN_SWITCH] = {"switch accepted", "new agent", NULL, NULL},
    [MIP6_TRACE_MN_SWITCH_IGNORED] = {"switch ignored", "sender", "cause", NULL},
    [MIP6_TRACE_MN_EXPIRED] = {"binding ran out", NULL, NULL, NULL},
    [MIP6_TRACE_MN_ROUTE_OPTIMISED] = {"route optimised", "correspondent", NULL, NULL},
    [MIP6_TRACE_CN_BINDING_NEW] = {"binding new", "care-of address", NULL, NULL},
    [MIP6_TRACE_CN_BINDING_GONE] = {"binding gone", NULL, NULL, NULL},
    [MIP6_TRACE_POLICY_FAULT] = {"fault of the policy", NULL, "kind", "it said"},
    [MIP6_TRACE_MN_REDIRECTED] = {"redirected", "new agent", NULL, NULL},
    [MIP6_TRACE_MN_REDIRECT_IGNORED] = {"redirect ignored", "sender", "cause", NULL},
};

static GByteArray *bytes_of(const sim_effect *e)
{
    GByteArray *bytes = g_byte_array_new();
    for (const char *p = e->hex; p[0] && p[1]; p += 2) {
        int high = g_ascii_xdigit_value(p[0]), low = g_ascii_xdigit_value(p[1]);
        guint8 byte = (guint8)(high * 16 + low);
        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

static char *hex_of(const uint8_t address[16])
{
    GString *s = g_string_new(NULL);
    for (int i = 0; i < 16; i++)
        g_string_append_printf(s, "%02x", address[i]);
    return g_string_free(s, FALSE);
}

static const char *name_of(const uint8_t *address, void *addresses)
{
    g_autofree char *hex = hex_of(address);
    return g_hash_table_lookup(addresses, hex);
}

/* The name of an address, or its text. */
static char *who(const mip6_addr *address, GHashTable *addresses)
{
    const char *name = name_of(address->b, addresses);
    if (name)
        return g_strdup(name);
    g_autoptr(GBytes) raw = g_bytes_new(address->b, 16);
    g_autoptr(GInetAddress) inet =
        g_inet_address_new_from_bytes(g_bytes_get_data(raw, NULL), G_SOCKET_FAMILY_IPV6);
    return g_inet_address_to_string(inet);
}

typedef struct sayer {
    sim_diff_field *field;
    void *user;
    GHashTable *addresses;
} sayer;

static void G_GNUC_PRINTF(3, 4) say(const sayer *s, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    s->field(s->user, name, value);
}

static void say_decision(const sayer *s, const mip6_decision *d)
{
    static const double wire = 655.35;      /* PROTOCOL: queues as shares of 65,535 */
    say(s, "branch", "%s", mip6_branch_name(d->branch));
    say(s, "repeated", "%s", d->repeated ? "yes" : "no");
    say(s, "own queue", "%.2f %%", d->own_queue / wire);
    say(s, "own nodes", "%u", d->own_count);
    say(s, "target's queue", "%.2f %%", d->target_queue / wire);
    say(s, "target's nodes", "%u", d->target_count);
    if (d->information_age_ns >= 0)
        say(s, "information's age", "%.6f s", (double)d->information_age_ns / 1e9);
}

static const char *why(const mip6_trace *t)
{
    static const char *const gone[] = {"deregistered", "expired", "duplicate", "drained",
                                       "stopped"};
    static const char *const handoff[] = {"expired", "target gone", "returned", "evicted",
                                          "unknown message"};
    static const char *const peer[] = {"expired", "said goodbye", "H = 0"};
    size_t code = t->code;
    if (t->kind == MIP6_TRACE_BINDING_GONE && code < G_N_ELEMENTS(gone))
        return gone[code];
    if (t->kind == MIP6_TRACE_HANDOFF_CLEARED && code < G_N_ELEMENTS(handoff))
        return handoff[code];
    if (t->kind == MIP6_TRACE_PEER_GONE && code < G_N_ELEMENTS(peer))
        return peer[code];
    bool ignored =
        t->kind == MIP6_TRACE_MN_SWITCH_IGNORED || t->kind == MIP6_TRACE_MN_REDIRECT_IGNORED;
    return ignored ? mip6_drop_name((mip6_drop)code) : NULL;
}

static bool say_trace(const sayer *s, const GByteArray *bytes)
{
    mip6_trace t;
    mip6_decision d;
    if (!model_effect_read_trace(bytes->data, bytes->len, &t, &d))
        return false;
    g_autofree char *home = who(&t.home, s->addresses), *peer = who(&t.peer, s->addresses);
    say(s, "event", "%s", kinds[t.kind].name);
    if (!mip6_addr_is_unspecified(&t.home))
        say(s, "mobile node", "%s", home);
    if (kinds[t.kind].peer)
        say(s, kinds[t.kind].peer, "%s", peer);
    if (kinds[t.kind].code && why(&t))
        say(s, kinds[t.kind].code, "%s", why(&t));
    else if (kinds[t.kind].code)
        say(s, kinds[t.kind].code, "%u", t.code);
    if (kinds[t.kind].value)
        say(s, kinds[t.kind].value, "%" G_GINT64_FORMAT, t.value);
    if (t.decision)
        say_decision(s, &d);
    return true;
}

static bool say_queue(const sayer *s, const GByteArray *bytes)
{
    uint32_t packets;
    uint64_t held;
    if (!model_effect_read_queue(bytes->data, bytes->len, &packets, &held))
        return false;
    say(s, "event", "queue at the second's end");
    say(s, "packets", "%u", packets);
    say(s, "bytes", "%" G_GUINT64_FORMAT, held);
    return true;
}

static void packet_field(const char *name, const char *value, void *user)
{
    const sayer *s = user;
    g_autoptr(GInetAddress) inet = g_inet_address_new_from_string(value);
    bool is_v6 = inet && g_inet_address_get_family(inet) == G_SOCKET_FAMILY_IPV6;
    const char *node = is_v6 ? name_of(g_inet_address_to_bytes(inet), s->addresses) : NULL;
    say(s, name, "%s", node ? node : value);
}

/* The payload that is not there, by the length in the header. */
static uint32_t virtual_of(const uint8_t *packet, size_t len)
{
    size_t whole = MIP6_IPV6_HEADER + (size_t)(packet[4] << 8 | packet[5]);
    return whole > len ? (uint32_t)(whole - len) : 0;
}

static bool say_wire(sayer *s, const GByteArray *bytes)
{
    if (bytes->len < MODEL_EFFECT_LLADDR + MIP6_IPV6_HEADER)
        return false;
    const uint8_t *b = bytes->data, *packet = b + MODEL_EFFECT_LLADDR;
    size_t len = bytes->len - MODEL_EFFECT_LLADDR;
    say(s, "event", "packet sent");
    if (b[0] | b[1] | b[2] | b[3] | b[4] | b[5])
        say(s, "link-layer destination", "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
            b[4], b[5]);
    sim_describe_fields(packet, len, virtual_of(packet, len), packet_field, s);
    return true;
}

void sim_effect_fields(const sim_effect *e, GHashTable *addresses, sim_diff_field *field,
                       void *user)
{
    sayer s = {field, user, addresses};
    g_autoptr(GByteArray) bytes = bytes_of(e);
    say(&s, "time", "%.9f s", (double)e->t_ns / 1e9);
    say(&s, "node", "%s", e->node);
    say(&s, "channel", "%s", e->channel);
    bool known = strcmp(e->channel, "wire") == 0    ? say_wire(&s, bytes)
                 : strcmp(e->channel, "queue") == 0 ? say_queue(&s, bytes)
                                                    : say_trace(&s, bytes);
    /* Of another version, as it seems. */
    if (!known)
        say(&s, "bytes", "%s", e->hex);
}

char *sim_effect_text(const sim_effect *e, GHashTable *addresses)
{
    g_autoptr(GByteArray) bytes = bytes_of(e);
    GString *out = g_string_new(NULL);
    mip6_trace t;
    mip6_decision d;
    uint32_t packets;
    uint64_t held;
    if (strcmp(e->channel, "wire") == 0 && bytes->len >= MODEL_EFFECT_LLADDR + MIP6_IPV6_HEADER) {
        const uint8_t *packet = bytes->data + MODEL_EFFECT_LLADDR;
        mip6_addr src, dst;
        memcpy(src.b, packet + 8, 16);
        memcpy(dst.b, packet + 24, 16);
        g_autofree char *from = who(&src, addresses), *to = who(&dst, addresses);
        size_t len = bytes->len - MODEL_EFFECT_LLADDR;
        g_string_append_printf(out, "%s -> %s: ", from, to);
        sim_describe_line(out, packet, len, virtual_of(packet, len), name_of, addresses);
    } else if (strcmp(e->channel, "queue") == 0 &&
               model_effect_read_queue(bytes->data, bytes->len, &packets, &held)) {
        g_string_append_printf(out, "queue %u packets, %" G_GUINT64_FORMAT " B", packets, held);
    } else if (model_effect_read_trace(bytes->data, bytes->len, &t, &d)) {
        g_autofree char *home = who(&t.home, addresses), *peer = who(&t.peer, addresses);
        g_string_append(out, kinds[t.kind].name);
        if (!mip6_addr_is_unspecified(&t.home))
            g_string_append_printf(out, ", %s", home);
        if (kinds[t.kind].peer)
            g_string_append_printf(out, ", %s %s", kinds[t.kind].peer, peer);
    } else {
        g_string_append(out, e->hex);
    }
    return g_string_free(out, FALSE);
}

bool sim_effect_is_data(const sim_effect *e)
{
    enum { NEXT_HEADER = MODEL_EFFECT_LLADDR + 6 };
    const char *next = e->hex + 2 * NEXT_HEADER;
    return strcmp(e->channel, "wire") == 0 && strlen(e->hex) > 2 * NEXT_HEADER + 2 &&
           (strncmp(next, "11", 2) == 0 || strncmp(next, "29", 2) == 0);
}
