/* libFuzzer: an endpoint of the control plane whose peers send anything. The input is messages,
 * each a byte for the sender, a byte for what is made right, a byte of length in units of 8, and
 * the message data; between two some time passes. Nothing that comes may end in anything but a
 * copy of records inside the home prefix.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_peer.h"
#include "proto/peer/peer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMBERS = 3, HOMES = 16, FIX_BOOTS = 1, FIX_SESSION = 2, FIX_SEQUENCE = 4, FIX_LENGTH = 8 };

static const mip6_addr prefix = {{0x20, 0x01, 0x0d, 0xb8}};

typedef struct copy {
    mip6_peers *peers;
    bool held[HOMES];
    mip6_sync_record records[HOMES];
    int loading[MEMBERS];
} copy;

static void *take_memory(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void give_memory(void *user, void *ptr, size_t size)
{
    (void)user, (void)size;
    free(ptr);
}

static void sha1(void *user, const uint8_t *data, size_t len, uint8_t out[20])
{
    (void)user, (void)data, (void)len, (void)out;
    abort();
}

static void hmac(void *user, const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
                 uint8_t out[20])
{
    (void)user, (void)key, (void)key_len, (void)data, (void)len, (void)out;
    abort();
}

static uint64_t draw(void *user, uint64_t cookie, mip6_random purpose, uint64_t key)
{
    (void)user;
    return mip6_mix64(cookie + purpose + key);
}

static void nothing(void *self, uint8_t peer, int64_t now)
{
    (void)self, (void)now;
    assert(peer > 0 && peer < MEMBERS);
}

static void up(void *self, uint8_t peer, uint32_t boot, int64_t now)
{
    (void)boot;
    nothing(self, peer, now);
}

static bool find(void *self, const mip6_addr *home, bool handoff, mip6_sync_record *out)
{
    copy *c = self;
    unsigned at = home->b[15] % HOMES;
    bool is_handoff = c->records[at].kind >= MIP6_SYNC_HANDOFF;
    if (!c->held[at] || is_handoff != handoff ||
        !mip6_addr_equal(&c->records[at].home, home))
        return false;
    *out = c->records[at];
    return true;
}

static void apply(void *self, uint8_t peer, const mip6_sync_record *r, int64_t now)
{
    copy *c = self;
    unsigned at = r->home.b[15] % HOMES;
    bool end = r->kind == MIP6_SYNC_GONE || r->kind == MIP6_SYNC_HANDOFF_GONE;
    nothing(self, peer, now);
    assert(mip6_addr_same_prefix(&r->home, &prefix, 64));
    assert(r->cache < MEMBERS && (end || r->expires_ns > now));
    c->held[at] = !end;
    c->records[at] = *r;
}

static uint32_t records(void *self, uint8_t cache, uint64_t *cursor, mip6_sync_record *out,
                        uint32_t cap, int64_t now)
{
    copy *c = self;
    (void)now, (void)cap;
    while (*cursor < HOMES) {
        unsigned at = (unsigned)(*cursor)++;
        if (c->held[at] && c->records[at].cache == cache) {
            *out = c->records[at];
            return 1;
        }
    }
    return 0;
}

static void begin(void *self, uint8_t peer, uint8_t cache, int64_t now)
{
    copy *c = self;
    nothing(self, peer, now);
    assert(c->loading[cache]++ == 0);
}

static void end(void *self, uint8_t peer, uint8_t cache, bool complete, int64_t now)
{
    copy *c = self;
    (void)complete;
    nothing(self, peer, now);
    assert(c->loading[cache]-- == 1);
}

static const mip6_system_ops ops = {.peer_up = up, .peer_gone = nothing, .find = find,
                                    .apply = apply, .records = records, .transfer_begin = begin,
                                    .transfer_end = end};

static void poll_dry(mip6_peers *p, int64_t now)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_action action;
    for (unsigned n = 0; mip6_peers_poll(p, &action, buf, sizeof buf, now); n++) {
        mip6_header h;
        mip6_peer_message msg;
        mip6_drop cause;
        assert(n < 100000);
        assert(mip6_peer_decode(buf, action.len, &h, &msg, &cause, now) == 0);
    }
}

/* The head as the sender's next message has it, as far as the input wants. */
static void fix(const mip6_peers *p, uint8_t from, uint8_t what, uint8_t *mh)
{
    const mip6_remote *r = &p->remotes[from];
    if (what & FIX_BOOTS) {
        mip6_put32(mh + 8, r->boot ? r->boot : 77);
        mip6_put32(mh + 12, p->boot);
    }
    if (what & FIX_SESSION)
        mip6_put32(mh + 16, mh[6] == MIP6_PEER_ACK ? r->session : r->rx_session);
    if (what & FIX_SEQUENCE)
        mip6_put32(mh + 20, r->rx_sequence + 1);
}

static size_t one_message(const mip6_peers *p, const mip6_addr *members, const uint8_t *data,
                          size_t size, uint8_t *pkt)
{
    uint8_t from = data[0] % (MEMBERS + 1), what = data[1];
    size_t len = 8u * (1 + data[2] % 150);
    if (len > size - 3)
        return 0;
    mip6_addr src = members[from % MEMBERS];
    src.b[15] = (uint8_t)(from == MEMBERS ? 99 : src.b[15]);
    mip6_tunnel_header(pkt, &src, &members[0], (uint32_t)len, 64);
    pkt[6] = MIP6_NH_MOBILITY;
    uint8_t *mh = pkt + MIP6_IPV6_HEADER;
    memcpy(mh, data + 3, len);
    mh[0] = MIP6_NH_NONE;
    mh[1] = (uint8_t)(what & FIX_LENGTH ? mh[1] : len / 8 - 1);
    mh[2] = 11;
    if (len >= 24)
        fix(p, from % MEMBERS, what, mh);
    mip6_put16(mh + 4, 0);
    mip6_put16(mh + 4, mip6_checksum(&src, &members[0], MIP6_NH_MOBILITY, mh, len, 0));
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mip6_addr members[MEMBERS];
    mip6_env env = {NULL, take_memory, give_memory, sha1, hmac, draw, NULL};
    mip6_peers_config config;
    copy c = {0};
    uint8_t pkt[MIP6_MAX_PACKET + 1400];
    int64_t now = 0;
    for (uint8_t i = 0; i < MEMBERS; i++) {
        members[i] = prefix;
        members[i].b[15] = (uint8_t)(i + 1);
    }
    mip6_shared *shared = mip6_shared_init(malloc(mip6_shared_size()), &env, NULL);
    mip6_peers_config_defaults(&config);
    config.members = members;
    config.n_members = config.n_caches = MEMBERS;
    config.home_prefix = prefix;
    void *storage = malloc(mip6_peers_size());
    c.peers = mip6_peers_init(storage, shared, &config, &ops, &c, 1, 0);
    mip6_peers_start(c.peers, 0);
    mip6_peers_own(c.peers, 0, 0);
    while (size > 3) {
        size_t len = one_message(c.peers, members, data, size, pkt);
        if (len == 0)
            break;
        mip6_peers_receive(c.peers, pkt, MIP6_IPV6_HEADER + len, now);
        poll_dry(c.peers, now);
        now += 50 * MIP6_MS_NS * (1 + data[1] / 16);
        while (mip6_peers_next_expiry(c.peers) <= now && now < 1000 * MIP6_SECOND_NS) {
            mip6_peers_expire(c.peers, now);
            poll_dry(c.peers, now);
        }
        data += 3 + len;
        size -= 3 + len;
    }
    mip6_peers_free(c.peers);
    mip6_shared_free(shared);
    free(storage);
    free(shared);
    return 0;
}
