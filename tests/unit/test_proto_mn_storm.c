/* Every message from everybody, in every state of a mobile node: well-formed, with
 * numbers that are near the right ones, so that most get past the first test.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_harness.h"
#include "proto/core/shared.h"

static mn_world w;
static GRand *rand_;
static const char *const peers[] = {"ha1", "ha2", "ha3", "cn", "cn2"};

static int below(int n)
{
    return g_rand_int_range(rand_, 0, n);
}

static const char *peer(void)
{
    return peers[below(5)];
}

static mip6_header a_header(void)
{
    mip6_header h = header_from(&w, peer(), below(4) != 0);
    if (below(4) == 0 || mip6_addr_is_unspecified(&h.dst))
        h.dst = named("home");
    if (mip6_addr_equal(&h.dst, &h.final) && below(8))
        h.has_final = false;
    return h;
}

/* The cookie of a test that the node sent lately, by which its answer counts. */
static void find_cookie(mip6_message_kind kind, uint8_t out[8])
{
    for (unsigned i = 0; i < 16 && i < w.n_sent; i++) {
        const uint8_t *pkt = w.sent[i];
        const uint8_t *mh = pkt + (pkt[6] == MIP6_NH_IPV6 ? 80 : 40);
        if (mh[2] == (kind == MIP6_MSG_HOT ? 1 : 2))
            memcpy(out, mh + 8, 8);
    }
}

static void fill(mip6_message *m, mip6_addr *list)
{
    static const uint8_t statuses[] = {0, 0, 0, 1, 128, 129, 130, 131, 132, 133, 134, 135, 135,
                                       136, 137, 138, 139, 174, 200};
    static const mip6_message_kind kinds[] = {
        MIP6_MSG_BA, MIP6_MSG_BA, MIP6_MSG_BA, MIP6_MSG_SWITCH, MIP6_MSG_SWITCH,
        MIP6_MSG_DHAAD_REPLY, MIP6_MSG_BRR, MIP6_MSG_BE, MIP6_MSG_HOT, MIP6_MSG_COT,
        MIP6_MSG_HOTI, MIP6_MSG_BU, MIP6_MSG_ICMP_ERROR};
    memset(m, 0, sizeof *m);
    m->kind = kinds[below(G_N_ELEMENTS(kinds))];
    if (m->kind == MIP6_MSG_BA) {
        m->u.ba.status = statuses[below(G_N_ELEMENTS(statuses))];
        m->u.ba.sequence = (uint16_t)(figures(&w).sequence - below(3));
        m->u.ba.lifetime_units = (uint16_t)below(60);
        m->u.ba.opt.has_refresh = below(4) == 0;
        m->u.ba.opt.refresh_units = (uint16_t)below(40);
        m->u.ba.opt.has_auth = below(8) == 0;
    } else if (m->kind == MIP6_MSG_SWITCH || m->kind == MIP6_MSG_DHAAD_REPLY) {
        m->u.dhaad.id = m->kind == MIP6_MSG_SWITCH ? 0 : dhaad_id(&w);
        m->u.dhaad.n = (uint16_t)(m->kind == MIP6_MSG_SWITCH ? below(8) ? 1 : 2 : below(20));
        m->u.dhaad.addresses = list;
        if (m->kind == MIP6_MSG_DHAAD_REPLY && m->u.dhaad.id == 0)
            m->u.dhaad.id = 1;
        for (int i = 0; i < 20; i++)
            list[i] = named(peer());
    } else if (m->kind == MIP6_MSG_BE) {
        m->u.be.status = (uint8_t)(1 + below(2));
        m->u.be.home = named("home");
    } else if (m->kind == MIP6_MSG_HOT || m->kind == MIP6_MSG_COT) {
        find_cookie(m->kind, m->u.rr.cookie);
        m->u.rr.nonce_index = (uint16_t)below(9);
    } else if (m->kind == MIP6_MSG_ICMP_ERROR) {
        unsigned at = (unsigned)below(16);
        m->u.icmp.type = 4;
        m->u.icmp.code = (uint8_t)below(3);
        m->u.icmp.packet = w.sent[at];
        m->u.icmp.packet_len = (uint16_t)w.sent_len[at];
    }
}

static void message(void)
{
    mip6_addr list[20];
    mip6_message m;
    mip6_header h = a_header();
    uint8_t buf[MIP6_MAX_PACKET];
    fill(&m, list);
    if (mip6_encode(buf, sizeof buf, &h, &m) <= 0)
        return;
    if (below(3) == 0 && !h.has_final)
        feed_tunnelled(&w, peers[below(3)], &h, &m);
    else
        feed(&w, &h, &m);
}

static void data(void)
{
    uint8_t buf[40 + 48];
    mip6_addr src = named(peers[3 + below(2)]), home = named("home");
    mip6_addr agent = named(peers[below(3)]), care_of = figures(&w).care_of;
    mip6_udp_header(buf + 40, &src, &home, 1, 2, 0, 64);
    mip6_tunnel_header(buf, &agent, &care_of, 48, 64);
    feed_bytes(&w, buf, sizeof buf);
}

static void step(void)
{
    switch (below(24)) {
    case 0:
        attach(&w, below(2) ? "coa1" : "coa2");
        break;
    case 1:
        if (below(3) == 0)
            attach_home(&w);
        break;
    case 2:
        if (below(3) == 0)
            mip6_mn_detached(w.mn, w.now_ns);
        break;
    case 3:
        w.fail_at = below(3) == 0;
        break;
    case 4:
    case 5:
        data();
        break;
    case 6:
    case 7:
    case 8:
        advance(&w, w.now_ns + (int64_t)below(below(8) ? 2000 : 60000) * MS);
        break;
    default:
        message();
    }
}

/* The node is at rest, or has a timer: it never hangs without a reason to wait. */
static void check(guint32 seed)
{
    mip6_mn_figures f = figures(&w);
    int64_t next_ns = mip6_mn_next_expiry(w.mn);
    bool waits = f.state == MIP6_MN_DISCOVERING || f.state == MIP6_MN_REGISTERING ||
                 f.state == MIP6_MN_REGISTERED || f.state == MIP6_MN_RETURNING;
    cr_assert_leq(w.shared->dhaad.in_use, 1);
    if (waits && next_ns == MIP6_NEVER) {
        /* Only for want of a link. */
        mip6_addr care_of = f.care_of, home = named("home");
        if (mip6_addr_equal(&care_of, &home))
            attach_home(&w);
        else
            mip6_mn_attached(w.mn, &care_of, w.now_ns);
        drain(&w);
        f = figures(&w);
        cr_assert(mip6_mn_next_expiry(w.mn) != MIP6_NEVER || f.state == MIP6_MN_HOME,
                  "seed %u, state %d", seed, f.state);
    }
}

static void storm(guint32 seed)
{
    world_init(&w, MIP6_MN_ROUTE_OPTIMISE);
    rand_ = g_rand_new_with_seed(seed);
    w.config.handover = (int)(seed % 3);
    w.config.return_after_dad = seed % 4 != 0;
    for (int i = 0; i < 1500; i++) {
        step();
        check(seed);
        g_string_truncate(w.log, 0);
    }
    w.fail_at = 0;
    g_rand_free(rand_);
    world_free_all(&w);
    cr_assert_eq(w.live, 0);
}

Test(proto_mn_storm, every_message_in_every_state)
{
    for (guint32 seed = 1; seed <= 40; seed++)
        storm(seed);
}
