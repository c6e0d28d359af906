/* The correspondent alone: nonces, Binding Updates, errors, bounds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_harness.h"

static mn_world w;
static mip6_cn *cn;
static void *storage;
static mip6_cn_config config;

static void start(bool route_optimise, uint32_t max_bindings)
{
    world_init(&w, 0);
    w.traces = false;
    config = (mip6_cn_config){.address = named("cn"), .route_optimise = route_optimise,
                              .max_bindings = max_bindings};
    storage = malloc(mip6_cn_size());
    cn = mip6_cn_init(storage, w.shared, &config, 5, 0);
}

static void setup(void)
{
    start(true, 0);
}

static void teardown(void)
{
    mip6_cn_free(cn);
    free(storage);
    world_free_all(&w);
    cr_assert_eq(w.live, 0);
}

TestSuite(proto_cn_cache, .init = setup, .fini = teardown);

/* What poll gives goes to the chart; the last message is kept. */
static mip6_message last;
static uint8_t last_packet[MIP6_MAX_PACKET];

static void poll_all(void)
{
    mip6_action a;
    mip6_header h;
    mip6_drop cause;
    while (mip6_cn_poll(cn, &a, last_packet, sizeof last_packet, w.now_ns)) {
        world_stamp(&w);
        describe_packet(w.log, last_packet, a.len);
        g_string_append_c(w.log, '\n');
        mip6_decode(last_packet, a.len, 0, &h, &last, &cause);
    }
}

static int receive(const uint8_t *pkt, size_t len)
{
    mip6_rx rx = {0};
    int r = mip6_cn_receive(cn, &rx, pkt, len, w.now_ns);
    poll_all();
    return r;
}

static int receive_message(const mip6_header *h, mip6_message *m)
{
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_encode(buf, sizeof buf, h, m);
    cr_assert_gt(len, 0);
    return receive(buf, (size_t)len);
}

static void run(int64_t to_ns)
{
    while (mip6_cn_next_expiry(cn) <= to_ns) {
        w.now_ns = mip6_cn_next_expiry(cn);
        mip6_cn_expire(cn, w.now_ns);
        poll_all();
    }
    w.now_ns = to_ns;
}

typedef struct tokens {
    mip6_rr home, coa;
} tokens;

static mip6_rr test(const mip6_addr *from, mip6_message_kind kind)
{
    mip6_header h = {.src = *from, .dst = named("cn"), .hop_limit = 64};
    mip6_message m = {.kind = kind};
    memcpy(m.u.rr.cookie, "cookie!!", 8);
    cr_assert_eq(receive_message(&h, &m), 0);
    cr_assert_eq(memcmp(last.u.rr.cookie, "cookie!!", 8), 0);
    return last.u.rr;
}

static tokens get_tokens(const mip6_addr *home, const mip6_addr *care_of)
{
    tokens t;
    t.home = test(home, MIP6_MSG_HOTI);
    t.coa = test(care_of, MIP6_MSG_COTI);
    g_string_truncate(w.log, 0);
    return t;
}

/* A Binding Update as a mobile node makes it. */
typedef struct update {
    mip6_addr home, care_of;
    tokens t;
    uint16_t sequence, lifetime_units, flags;
    bool at_home;           /* source is the home address */
    bool has_alt;
    mip6_addr alt;
} update;

static update an_update(const char *home, const char *care_of, uint16_t sequence)
{
    update u = {.home = named(home), .care_of = named(care_of), .sequence = sequence,
                .lifetime_units = 30, .flags = MIP6_BU_ACK};
    u.t = get_tokens(&u.home, &u.care_of);
    return u;
}

/* First(96, HMAC_SHA1(Kbm, ...)), Kbm = SHA1 of one token or two. */
static void authenticate(const update *u, const mip6_addr *auth_care_of, bool both,
                         uint8_t *pkt, size_t len, size_t upper, uint8_t out[12])
{
    uint8_t token[16], kbm[20], mac[20], data[32 + 256];
    mip6_addr self = named("cn");
    memcpy(token, u->t.home.token, 8);
    memcpy(token + 8, u->t.coa.token, 8);
    world_sha1(NULL, token, both ? 16 : 8, kbm);
    memcpy(data, auth_care_of->b, 16);
    memcpy(data + 16, self.b, 16);
    memcpy(data + 32, pkt + upper, len - upper - 12);
    data[32 + 4] = data[32 + 5] = 0;
    world_hmac(NULL, kbm, 20, data, 32 + len - upper - 12, mac);
    memcpy(out, mac, 12);
}

static int send_update(const update *u)
{
    uint8_t buf[MIP6_MAX_PACKET], auth[12];
    bool away = !u->at_home;
    bool removes = u->lifetime_units == 0;
    mip6_header h = {.src = away ? u->care_of : u->home, .dst = named("cn"),
                     .hop_limit = 64, .has_home = away, .home = u->home};
    mip6_message m = {.kind = MIP6_MSG_BU};
    m.u.bu.sequence = u->sequence;
    m.u.bu.flags = u->flags;
    m.u.bu.lifetime_units = u->lifetime_units;
    m.u.bu.opt.has_alt_coa = u->has_alt;
    m.u.bu.opt.alt_coa = u->alt;
    m.u.bu.opt.has_nonces = true;
    m.u.bu.opt.home_nonce = u->t.home.nonce_index;
    m.u.bu.opt.coa_nonce = u->t.coa.nonce_index;
    m.u.bu.opt.has_auth = true;
    int len = mip6_encode(buf, sizeof buf, &h, &m);
    cr_assert_gt(len, 0);
    const mip6_addr *care_of = removes ? &u->home : u->has_alt ? &u->alt : &u->care_of;
    authenticate(u, care_of, !removes, buf, (size_t)len, away ? 64 : 40, auth);
    mip6_wire_auth_finish(buf, (size_t)len, m.u.bu.opt.auth_offset, auth);
    return receive(buf, (size_t)len);
}

Test(proto_cn_cache, accepts_and_expires)
{
    update u = an_update("home", "coa1", 100);
    cr_assert_eq(send_update(&u), 0);
    cr_assert_eq(mip6_cn_bindings(cn), 1);
    cr_assert_str_eq(take(&w),
        "0 binding-acknowledgement cn>coa1 status=0 #100 lifetime=120 auth rh2=home\n");
    run(119 * SEC + 999 * MS);
    cr_assert_eq(mip6_cn_bindings(cn), 1);
    run(120 * SEC);
    cr_assert_eq(mip6_cn_bindings(cn), 0);
    cr_assert_str_eq(take(&w), "", "not in use: no refresh request");
}

/* The BA's authenticator is that of the text, too. */
Test(proto_cn_cache, acknowledgement_is_signed)
{
    uint8_t auth[12];
    update u = an_update("home", "coa1", 100);
    send_update(&u);
    size_t len = 40 + mip6_get16(last_packet + 4);
    authenticate(&u, &u.care_of, true, last_packet, len, 64, auth);
    cr_assert_eq(memcmp(last.u.ba.opt.auth, auth, 12), 0);
    cr_assert_eq(memcmp(last_packet + len - 12, auth, 12), 0);
}

Test(proto_cn_cache, lifetime_is_capped)
{
    update u = an_update("home", "coa1", 1);
    u.lifetime_units = 4000;
    send_update(&u);
    cr_assert_eq(last.u.ba.lifetime_units, 105);
    run(419 * SEC);
    cr_assert_eq(mip6_cn_bindings(cn), 1);
    run(420 * SEC);
    cr_assert_eq(mip6_cn_bindings(cn), 0);
    cr_assert_eq(mip6_cn_next_expiry(cn), MIP6_NEVER);
}

/* Section 9.5.1: modulo 2^16, the preceding 32768 are not greater. */
Test(proto_cn_cache, sequence_window)
{
    update u = an_update("home", "coa1", 15);
    cr_assert_eq(send_update(&u), 0);
    static const uint16_t refused[] = {0, 15, 14, 32783, 65535};
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        u.sequence = refused[i];
        cr_assert_eq(send_update(&u), MIP6_ERR_IGNORED, "%u", refused[i]);
        cr_assert_eq(last.u.ba.status, 135);
        cr_assert_eq(last.u.ba.sequence, 15);
        cr_assert(last.u.ba.opt.has_auth);
    }
    u.sequence = 32782;
    cr_assert_eq(send_update(&u), 0);
    u.sequence = 5;
    cr_assert_eq(send_update(&u), 0, "wraps");
    cr_assert_eq(mip6_cn_drops(cn)[MIP6_DROP_STALE_SEQUENCE], 5);
}

/* Tokens live 240 s after the first use of their nonce. 136, 137, 138: unsigned. */
Test(proto_cn_cache, nonces_expire)
{
    update u = an_update("home", "coa1", 1);
    w.now_ns = 239 * SEC + 999 * MS;
    cr_assert_eq(send_update(&u), 0, "still good");
    update old = u;
    w.now_ns = 240 * SEC;
    old.sequence = 2;
    cr_assert_eq(send_update(&old), MIP6_ERR_IGNORED);
    cr_assert_eq(last.u.ba.status, 138);
    cr_assert_not(last.u.ba.opt.has_auth);
    update mixed = an_update("home", "coa1", 3);
    tokens fresh = mixed.t;
    mixed.t.home = old.t.home;
    cr_assert_eq(send_update(&mixed), MIP6_ERR_IGNORED);
    cr_assert_eq(last.u.ba.status, 136);
    mixed.t = fresh;
    mixed.t.coa = old.t.coa;
    cr_assert_eq(send_update(&mixed), MIP6_ERR_IGNORED);
    cr_assert_eq(last.u.ba.status, 137);
    mixed.t = fresh;
    cr_assert_eq(send_update(&mixed), 0);
}

/* A new nonce each 30 s, made on demand; older ones stay good meanwhile. */
Test(proto_cn_cache, nonces_rotate)
{
    mip6_addr home = named("home");
    uint16_t first = test(&home, MIP6_MSG_HOTI).nonce_index;
    mip6_rr again = test(&home, MIP6_MSG_HOTI);
    cr_assert_eq(again.nonce_index, first);
    w.now_ns = 30 * SEC;
    mip6_rr second = test(&home, MIP6_MSG_HOTI);
    cr_assert_eq(second.nonce_index, (uint16_t)(first + 1));
    cr_assert_neq(memcmp(second.token, again.token, 8), 0);
    /* A home token is no care-of token for the same address. */
    mip6_rr coa = test(&home, MIP6_MSG_COTI);
    cr_assert_eq(coa.nonce_index, second.nonce_index);
    cr_assert_neq(memcmp(coa.token, second.token, 8), 0);
}

Test(proto_cn_cache, silent_without_acknowledge_bit)
{
    update u = an_update("home", "coa1", 1);
    u.flags = 0;
    cr_assert_eq(send_update(&u), 0);
    cr_assert_str_eq(take(&w), "");
    cr_assert_eq(mip6_cn_bindings(cn), 1);
}

/* H: this is no home agent. */
Test(proto_cn_cache, home_registration)
{
    update u = an_update("home", "coa1", 1);
    u.flags |= MIP6_BU_HOME;
    cr_assert_eq(send_update(&u), MIP6_ERR_IGNORED);
    cr_assert_eq(last.u.ba.status, 131);
    cr_assert_eq(mip6_cn_bindings(cn), 0);
}

/* Missing options: discarded in silence. */
Test(proto_cn_cache, no_authorisation)
{
    mip6_header h = {.src = named("coa1"), .dst = named("cn"), .hop_limit = 64,
                     .has_home = true, .home = named("home")};
    mip6_message m = {.kind = MIP6_MSG_BU};
    m.u.bu.lifetime_units = 30;
    m.u.bu.flags = MIP6_BU_ACK;
    cr_assert_eq(receive_message(&h, &m), MIP6_ERR_IGNORED);
    m.u.bu.opt.has_auth = true;
    cr_assert_eq(receive_message(&h, &m), MIP6_ERR_IGNORED);
    cr_assert_str_eq(take(&w), "");
}

/* The alternate care-of address is the one that was tested, signed and cached. */
Test(proto_cn_cache, alternate_care_of_address)
{
    update u = an_update("home", "coa2", 1);
    u.has_alt = true;
    u.alt = named("coa2");
    u.care_of = named("coa1");
    cr_assert_eq(send_update(&u), 0);
    cr_assert_str_eq(take(&w),
        "0 binding-acknowledgement cn>coa1 status=0 #1 lifetime=120 auth rh2=home\n");
    uint8_t buf[64 + 48];
    mip6_addr self = named("cn"), home = named("home"), coa2 = named("coa2");
    mip6_packet p = {.data = buf + 64, .len = 48, .headroom = 64};
    mip6_route route;
    mip6_udp_header(p.data, &self, &home, 1, 2, 0, 64);
    mip6_cn_output(cn, &p, &route, w.now_ns);
    cr_assert_eq(memcmp(p.data + 24, coa2.b, 16), 0);
}

/* Section 5.2.6: to delete, only the home token counts; from home or from away. */
Test(proto_cn_cache, deletes)
{
    update u = an_update("home", "coa1", 1);
    send_update(&u);
    u.sequence = 2;
    u.lifetime_units = 0;
    u.at_home = true;
    u.t.coa.nonce_index = 0;
    cr_assert_eq(send_update(&u), 0);
    cr_assert_eq(mip6_cn_bindings(cn), 0);
    u = an_update("home", "coa1", 3);
    send_update(&u);
    cr_assert_eq(mip6_cn_bindings(cn), 1);
    take(&w);
    u.sequence = 4;
    u.lifetime_units = 0;
    cr_assert_eq(send_update(&u), 0);
    cr_assert_str_eq(take(&w),
        "0 binding-acknowledgement cn>coa1 status=0 #4 lifetime=0 auth rh2=home\n");
}

/* After its end the same update does not make the binding anew. Section 9.5.3. */
Test(proto_cn_cache, no_replay_after_deletion)
{
    update u = an_update("home", "coa1", 1), created = u;
    send_update(&u);
    u.sequence = 2;
    u.lifetime_units = 0;
    send_update(&u);
    w.now_ns = 200 * SEC;
    cr_assert_eq(send_update(&created), MIP6_ERR_IGNORED);
    cr_assert_eq(last.u.ba.status, 135);
    cr_assert_eq(last.u.ba.sequence, 2);
    cr_assert_eq(mip6_cn_bindings(cn), 0);
    run(241 * SEC);
    cr_assert_eq(mip6_cn_next_expiry(cn), MIP6_NEVER);
    cr_assert_eq(send_update(&created), MIP6_ERR_IGNORED);
    cr_assert_eq(last.u.ba.status, 138, "its nonces are gone, too");
}

/* A full cache refuses with 130; at the bound of what is remembered the nonces go. */
Test(proto_cn_cache, bounded)
{
    teardown();
    start(true, 2);
    update a = an_update("home", "coa1", 1), b = an_update("ha1", "coa2", 1),
           c = an_update("ha2", "coa2", 1);
    send_update(&a);
    send_update(&b);
    cr_assert_eq(send_update(&c), 0);
    cr_assert_eq(last.u.ba.status, 130);
    cr_assert(last.u.ba.opt.has_auth);
    cr_assert_eq(mip6_cn_bindings(cn), 2);
    a.sequence = b.sequence = 2;
    a.lifetime_units = b.lifetime_units = 0;
    send_update(&a);
    send_update(&b);
    cr_assert_eq(send_update(&c), 0);
    cr_assert_eq(last.u.ba.status, 0);
    c.sequence = 2;
    c.lifetime_units = 0;
    send_update(&c);
    c.sequence = 3;
    cr_assert_eq(send_update(&c), MIP6_ERR_IGNORED);
    cr_assert_eq(last.u.ba.status, 136, "no room to remember: no nonce is good");
}

Test(proto_cn_cache, many_bindings)
{
    mip6_addr care_of = named("coa1"), home = named("home");
    for (unsigned i = 0; i < 3000; i++) {
        mip6_put16(home.b + 12, (uint16_t)i);
        update u = {.home = home, .care_of = care_of, .sequence = 1, .lifetime_units = 30};
        u.t = get_tokens(&home, &care_of);
        cr_assert_eq(send_update(&u), 0);
    }
    cr_assert_eq(mip6_cn_bindings(cn), 3000);
    run(130 * SEC);
    cr_assert_eq(mip6_cn_bindings(cn), 0);
    run(250 * SEC);
    cr_assert_eq(mip6_cn_next_expiry(cn), MIP6_NEVER);
}

/* In use: a refresh request before the end and once more; to the home address. */
Test(proto_cn_cache, refresh_requests)
{
    uint8_t buf[64 + 48];
    mip6_addr self = named("cn"), home = named("home");
    mip6_packet p = {.data = buf + 64, .len = 48, .headroom = 64};
    mip6_route route;
    update u = an_update("home", "coa1", 1);
    send_update(&u);
    take(&w);
    mip6_udp_header(p.data, &self, &home, 1, 2, 0, 64);
    mip6_cn_output(cn, &p, &route, w.now_ns);
    run(118 * SEC);
    cr_assert_str_eq(take(&w),
        "115 binding-refresh-request cn>home\n"
        "117.5 binding-refresh-request cn>home\n");
    u = an_update("home", "coa1", 2);
    cr_assert_eq(send_update(&u), 0);
    take(&w);
    run(150 * SEC);
    cr_assert_str_eq(take(&w), "", "it stops");
}

/* ---- Tests and errors */

/* A Home Address option in a test init: silently ignored. Section 9.4.1. */
Test(proto_cn_cache, test_init_with_home_address)
{
    mip6_header h = {.src = named("coa1"), .dst = named("cn"), .hop_limit = 64,
                     .has_home = true, .home = named("home")};
    mip6_message m = {.kind = MIP6_MSG_HOTI};
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_encode(buf, sizeof buf, &h, &m);
    if (len > 0)    /* the codec may refuse to write what nobody may send */
        cr_assert_lt(receive(buf, (size_t)len), 0);
    cr_assert_str_eq(take(&w), "");
}

static mip6_verdict data_with_option(const char *care_of)
{
    uint8_t buf[64 + 72] = {0};
    mip6_addr src = named(care_of), self = named("cn"), home = named("home");
    mip6_packet p = {.data = buf + 64, .len = 72, .headroom = 64};
    mip6_rx rx = {0};
    mip6_route route;
    static const uint8_t option[8] = {17, 2, 1, 2, 0, 0, 0xc9, 16};
    mip6_udp_header(buf + 88, &home, &self, 1, 2, 0, 64);
    memmove(buf + 64, buf + 88, 40);
    mip6_put16(p.data + 4, 32);
    p.data[6] = 60;
    memcpy(p.data + 8, src.b, 16);
    memcpy(p.data + 40, option, 8);
    memcpy(p.data + 48, home.b, 16);
    mip6_verdict v = mip6_cn_input(cn, &rx, &p, &route, w.now_ns);
    if (v == MIP6_LOCAL)
        mip6_cn_receive(cn, &rx, p.data, p.len, w.now_ns);
    if (v == MIP6_DELIVER)
        cr_assert_eq(p.len, 48);
    poll_all();
    return v;
}

/* Section 9.3.1: no binding, or another care-of address: Binding Error 1. */
Test(proto_cn_cache, home_address_without_binding)
{
    cr_assert_eq(data_with_option("coa1"), MIP6_DROP);
    cr_assert_str_eq(take(&w), "0 binding-error cn>coa1 status=1 home\n");
    update u = an_update("home", "coa1", 1);
    send_update(&u);
    take(&w);
    cr_assert_eq(data_with_option("coa1"), MIP6_DELIVER);
    cr_assert_eq(data_with_option("coa2"), MIP6_DROP);
    cr_assert_str_eq(take(&w), "0 binding-error cn>coa2 status=1 home\n");
    cr_assert_eq(mip6_cn_drops(cn)[MIP6_DROP_NO_BINDING], 2);
}

/* RFC 4443 section 2.4 (f): ten at once, then ten a second. */
Test(proto_cn_cache, errors_are_rate_limited)
{
    for (int i = 0; i < 100; i++)
        data_with_option("coa1");
    char **lines = g_strsplit(take(&w), "\n", -1);
    cr_assert_eq(g_strv_length(lines), 11);
    g_strfreev(lines);
    w.now_ns = 250 * MS;
    for (int i = 0; i < 100; i++)
        data_with_option("coa1");
    lines = g_strsplit(take(&w), "\n", -1);
    cr_assert_eq(g_strv_length(lines), 3);
    g_strfreev(lines);
}

/* Section 9.2: an unknown type is answered with Binding Error 2. */
Test(proto_cn_cache, unknown_mobility_header)
{
    mip6_header h = {.src = named("coa1"), .dst = named("cn"), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_BRR};
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_encode(buf, sizeof buf, &h, &m);
    buf[42] = 200;
    mip6_put16(buf + 44, 0);
    mip6_put16(buf + 44, mip6_checksum(&h.src, &h.dst, MIP6_NH_MOBILITY, buf + 40,
                                       (size_t)len - 40, 0));
    mip6_packet p = {.data = buf, .len = (uint32_t)len};
    mip6_rx rx = {0};
    mip6_route route;
    cr_assert_eq(mip6_cn_input(cn, &rx, &p, &route, 0), MIP6_LOCAL);
    cr_assert_eq(receive(buf, (size_t)len), MIP6_ERR_MALFORMED);
    cr_assert_str_eq(take(&w), "0 binding-error cn>coa1 status=2 ::\n");
}

/* A plain node: code 1 for the mobility header, code 2 at the option's offset. */
Test(proto_cn_cache, plain_node)
{
    teardown();
    start(false, 0);
    mip6_header h = {.src = named("coa1"), .dst = named("cn"), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_COTI};
    cr_assert_eq(receive_message(&h, &m), MIP6_ERR_IGNORED);
    cr_assert_eq(data_with_option("coa1"), MIP6_LOCAL);
    cr_assert_str_eq(take(&w),
        "0 icmp-error cn>coa1 type=4 code=1 value=6\n"
        "0 icmp-error cn>coa1 type=4 code=2 value=46\n");
    cr_assert_eq(last.u.icmp.packet_len, 72);
}

Test(proto_cn_cache, for_somebody_else)
{
    mip6_header h = {.src = named("coa1"), .dst = named("cn2"), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_COTI};
    cr_assert_eq(receive_message(&h, &m), MIP6_ERR_IGNORED);
    cr_assert_str_eq(take(&w), "");
}

/* ---- Robustness */

Test(proto_cn_cache, allocations_fail)
{
    update u = an_update("home", "coa1", 1);
    w.fail_at = w.allocations + 1;
    cr_assert_eq(send_update(&u), 0);
    cr_assert_eq(last.u.ba.status, 130);
    cr_assert_eq(mip6_cn_bindings(cn), 0);
    w.fail_at = 0;
    u.sequence = 2;
    cr_assert_eq(send_update(&u), 0);
    cr_assert_eq(mip6_cn_bindings(cn), 1);
    mip6_cn_free(cn);
    for (long n = 1; n <= 3; n++) {
        w.fail_at = w.allocations + n;
        mip6_cn *again = mip6_cn_init(storage, w.shared, &config, 5, 0);
        if (again)
            mip6_cn_free(again);
    }
    w.fail_at = 0;
    cn = mip6_cn_init(storage, w.shared, &config, 5, 0);
    cr_assert_not_null(cn);
}

Test(proto_cn_cache, any_bytes)
{
    GRand *rand = g_rand_new_with_seed(11);
    mip6_header h = {.src = named("coa1"), .dst = named("cn"), .hop_limit = 64,
                     .has_home = true, .home = named("home")};
    mip6_message m = {.kind = MIP6_MSG_BU};
    uint8_t packet[MIP6_MAX_PACKET], buf[64 + MIP6_MAX_PACKET];
    m.u.bu.opt.has_nonces = m.u.bu.opt.has_auth = true;
    int len = mip6_encode(packet, sizeof packet, &h, &m);
    for (int i = 0; i < 40000; i++) {
        if (i == 20000) {
            teardown();
            start(false, 0);
        }
        size_t n = (size_t)g_rand_int_range(rand, 0, len + 1);
        memcpy(buf + 64, packet, n);
        for (int k = g_rand_int_range(rand, 0, 4); k > 0 && n > 0; k--)
            buf[64 + g_rand_int_range(rand, 0, (gint32)n)] = (uint8_t)g_rand_int(rand);
        if (n > 6 && g_rand_boolean(rand))
            mip6_put16(buf + 68, (uint16_t)(n >= 40 ? n - 40 : 0));
        mip6_rx rx = {.virtual_bytes = (uint32_t)g_rand_int_range(rand, 0, 100)};
        mip6_packet p = {.data = buf + 64, .len = (uint32_t)n, .headroom = 64,
                         .virtual_bytes = rx.virtual_bytes};
        mip6_route route;
        mip6_cn_receive(cn, &rx, p.data, p.len, w.now_ns);
        poll_all();
        mip6_cn_input(cn, &rx, &p, &route, w.now_ns);
        poll_all();
    }
    cr_assert_eq(mip6_cn_bindings(cn), 0);
    g_rand_free(rand);
}
