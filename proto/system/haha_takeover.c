/* Synchronised home agents: a primary is gone. One agent decides who serves which of its nodes,
 * tells all, and those named take them over one by one.
 *
 *   PROTOCOL 13
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "system/haha_internal.h"

#include <string.h>

/* Messages of the system's own. */
enum { NAMED = 1,       /* bindings, and who serves them from now on */
       MISSING = 2 };   /* the same, to the decider: orphans that it has named nobody for */

/* One binding: interface identifier 8, care-of address 16, sequence number 2, lifetime 2, what is
 * left of it in ms 4, flags 1, member 1. */
#define ENTRY 34u
#define ENTRIES (MIP6_PEER_MAX_BODY / ENTRY)

/* ---- Bytes --------------------------------------------------------------------------------- */

static void put_entry(uint8_t *p, const mip6_sync_record *record, int64_t now_ns)
{
    int64_t left_ms = (record->expires_ns - now_ns) / MIP6_MS_NS;
    memcpy(p, record->home.b + 8, 8);
    memcpy(p + 8, record->care_of.b, 16);
    mip6_put16(p + 24, record->sequence);
    mip6_put16(p + 26, record->lifetime_units);
    mip6_put32(p + 28, left_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)left_ms);
    p[32] = record->link_local ? MIP6_SECONDARY_LINK_LOCAL : 0;
    p[33] = record->cache;
}

static mip6_sync_record get_entry(const mip6_haha *h, const uint8_t *p)
{
    mip6_sync_record record = {
        .kind = MIP6_SYNC_NEW, .cache = p[33], .link_local = p[32] & MIP6_SECONDARY_LINK_LOCAL,
        .sequence = mip6_get16(p + 24), .lifetime_units = mip6_get16(p + 26),
        .expires_ns = h->now_ns + (int64_t)mip6_get32(p + 28) * MIP6_MS_NS, .taken = true};
    memcpy(record.home.b, h->members->home_prefix.b, 8);
    memcpy(record.home.b + 8, p, 8);
    memcpy(record.care_of.b, p + 8, 16);
    return record;
}

/* Entries on their way into one message. */
typedef struct batch {
    mip6_haha *h;
    uint8_t code;
    uint8_t to;                     /* of MISSING; NAMED goes to all */
    size_t len;
    uint8_t body[ENTRIES * ENTRY];
} batch;

static void flush(batch *b)
{
    mip6_haha *h = b->h;
    for (uint8_t k = 0; b->len > 0 && k < h->members->n_members; k++)
        if (k != h->self && (b->code == NAMED || k == b->to) &&
            mip6_peers_is_live(h->peers, k) &&
            mip6_peers_send(h->peers, k, b->code, b->body, b->len, 0, h->now_ns) != 0)
            h->unsaid = true;       /* no memory, no room */
    b->len = 0;
    if (h->unsaid)
        h->orphans_ns = h->now_ns + h->members->hello_ns;
}

static void add(batch *b, const mip6_secondary *r)
{
    mip6_sync_record record;
    mip6_haha_read(b->h, r, &record);
    put_entry(b->body + b->len, &record, b->h->now_ns);
    b->len += ENTRY;
    if (b->len == sizeof b->body)
        flush(b);
}

/* ---- Who ------------------------------------------------------------------------------------- */

static const mip6_addr *address(const mip6_haha *h, uint8_t member)
{
    return &h->members->members[member];
}

static bool is_lower(const mip6_haha *h, uint8_t a, uint8_t b)
{
    return memcmp(address(h, a), address(h, b), sizeof(mip6_addr)) < 0;
}

/* Of one member's orphans: the lowest address of all others that live, oneself included. The member
 * itself knows nothing of them, also if it is back. */
static uint8_t decider(const mip6_haha *h, uint8_t of)
{
    uint8_t lowest = h->self;
    for (uint8_t k = 0; k < h->members->n_members; k++)
        if (k != of && mip6_peers_is_live(h->peers, k) && is_lower(h, k, lowest))
            lowest = k;
    return lowest;
}

/* Who may be named: those that live, with their loads as reported last. */
typedef struct choice {
    uint8_t n;
    uint8_t member[MIP6_PEER_MAX_MEMBERS];
    uint64_t nodes[MIP6_PEER_MAX_MEMBERS];      /* reported, and named for */
    uint64_t capacity[MIP6_PEER_MAX_MEMBERS];   /* 1 each, where one has told none */
} choice;

static choice who_lives(const mip6_haha *h)
{
    choice c = {0};
    bool all_known = true;
    for (uint8_t k = 0; k < h->members->n_members; k++) {
        mip6_load_report report = h->report[k];
        uint32_t named = h->named[k];
        if (!mip6_peers_is_live(h->peers, k))
            continue;
        if (k == h->self) {
            mip6_ha_report(h->ha, &report);
            named = mip6_secondaries_in(&h->store, haha_list(h, HAHA_CLAIMED, k));
        }
        c.member[c.n] = k;
        c.capacity[c.n] = report.capacity_kbps;
        c.nodes[c.n++] = (uint64_t)report.mn_count + named;
        all_known &= report.capacity_kbps > 0;
    }
    for (uint8_t i = 0; i < c.n && !all_known; i++)
        c.capacity[i] = 1;
    return c;
}

/* The fewest nodes for its capacity, ties to the lower address; one more of them. */
static uint8_t name_one(const mip6_haha *h, choice *c)
{
    uint8_t best = 0;
    for (uint8_t i = 1; i < c->n; i++) {
        uint64_t left = c->nodes[i] * c->capacity[best], right = c->nodes[best] * c->capacity[i];
        if (left < right || (left == right && is_lower(h, c->member[i], c->member[best])))
            best = i;
    }
    c->nodes[best]++;
    return c->member[best];
}

/* ---- The decider ----------------------------------------------------------------------------- */

void mip6_haha_orphan(mip6_haha *h, uint8_t member)
{
    h->back &= ~(UINT32_C(1) << member);
    h->reborn &= ~(UINT32_C(1) << member);
    h->named[member] = 0;
    mip6_secondaries_join(&h->store, haha_list(h, HAHA_COPY, member),
                          haha_list(h, HAHA_SERVED, member));
    mip6_secondaries_join(&h->store, haha_list(h, HAHA_CLAIMED, member),
                          haha_list(h, HAHA_NAMED_FOR, member));
    h->orphans_ns = h->now_ns + h->members->hello_ns;
    if (decider(h, member) == h->self)
        mip6_haha_round_begin(h, &h->again, HAHA_CLAIMED);
    mip6_haha_kick(h);
}

/* A message of those that one decider or another has named before. */
static void say_again(mip6_haha *h)
{
    batch b = {.h = h, .code = NAMED};
    for (uint32_t budget = ENTRIES; budget > 0 && h->again.runs; budget--) {
        const mip6_secondary *r =
            mip6_haha_round_next(h, &h->again, HAHA_CLAIMED, HAHA_CLAIMED);
        if (mip6_haha_lives(h, r))
            add(&b, r);
    }
    flush(&b);
}

static void name(mip6_haha *h, mip6_secondary *r, choice *c, batch *b)
{
    if (!mip6_haha_lives(h, r)) {
        mip6_secondaries_remove(&h->store, r);
        return;
    }
    uint8_t member = name_one(h, c);
    haha_set_from(r, haha_owner_of(h, r));
    mip6_secondaries_move(&h->store, r, haha_list(h, HAHA_CLAIMED, member));
    h->named[member]++;
    h->decided++;
    add(b, r);
}

/* A message of orphans, in order of home address. True: there may be more. */
static bool name_some(mip6_haha *h)
{
    batch b = {.h = h, .code = NAMED};
    choice c = who_lives(h);
    uint32_t budget = HAHA_PORTION, left = ENTRIES, list, n = h->members->n_members;
    uint32_t first = h->sorting.runs ? h->sorting.owner : 0;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t k = (uint8_t)((first + i) % n);
        if (h->back >> k & 1 || decider(h, k) != h->self)
            continue;
        while (left > 0 && mip6_haha_lowest(h, k, left, &budget, &list)) {
            left -= mip6_secondaries_in(&h->store, list);
            for (mip6_secondary *r; (r = mip6_secondaries_first(&h->store, list));)
                name(h, r, &c, &b);
        }
    }
    flush(&b);
    return budget == 0 || left == 0;
}

/* An orphan is left to whom the decider has not heard of it: it hears so now. */
static void say_missing(mip6_haha *h)
{
    batch b = {.h = h, .code = MISSING};
    for (uint32_t budget = ENTRIES; budget > 0 && h->missing.runs; budget--) {
        const mip6_secondary *r =
            mip6_haha_round_next(h, &h->missing, HAHA_ORPHAN, HAHA_N_ROWS - 1);
        if (!r || h->back >> haha_owner_of(h, r) & 1)
            continue;
        uint8_t to = decider(h, haha_owner_of(h, r));
        if (to == h->self)
            continue;
        h->orphans_ns = h->now_ns + h->members->hello_ns;
        if (to != b.to)
            flush(&b);
        b.to = to;
        if (mip6_haha_lives(h, r))
            add(&b, r);
    }
    flush(&b);
}

bool mip6_haha_decide(mip6_haha *h)
{
    if (mip6_ha_stopped_ns(h->ha) != MIP6_NEVER)
        return false;
    say_again(h);
    say_missing(h);
    bool more = name_some(h);
    return more || h->again.runs || h->missing.runs;
}

void mip6_haha_see_to_orphans(mip6_haha *h)
{
    h->orphans_ns = MIP6_NEVER;
    if (h->unsaid)
        mip6_haha_round_begin(h, &h->again, HAHA_CLAIMED);
    h->unsaid = false;
    mip6_haha_round_begin(h, &h->missing, HAHA_ORPHAN);
    mip6_haha_kick(h);
}

/* ---- Those who are told --------------------------------------------------------------------- */

static bool is_older(const mip6_sync_record *a, uint16_t than)
{
    return a->sequence != than && (uint16_t)(than - a->sequence) < 32768;
}

/* Somebody is named. Who serves it already says so again, and all know better. */
static void on_named(mip6_haha *h, const mip6_sync_record *named)
{
    mip6_sync_record own;
    if (mip6_haha_own(h, &named->home, &own)) {
        mip6_haha_tell(h, &own, MIP6_SYNC_NEW);
        return;
    }
    const mip6_secondary *r = mip6_secondaries_find(&h->store, &named->home);
    if (r && is_older(named, r->sequence))
        return;
    bool counted = r && haha_state_of(h, r) == HAHA_CLAIMED && haha_owner_of(h, r) == named->cache;
    uint8_t from = !r ? h->self : counted ? haha_from(r) : haha_owner_of(h, r);
    h->named[named->cache] += !counted;
    mip6_haha_hold(h, named, HAHA_CLAIMED);
    mip6_secondary *held = mip6_secondaries_find(&h->store, &named->home);
    if (held)
        haha_set_from(held, from);
}

/* What nobody here has, and whose primary is gone. */
static bool on_missing(mip6_haha *h, const mip6_sync_record *missing)
{
    mip6_sync_record own;
    const mip6_secondary *r = mip6_secondaries_find(&h->store, &missing->home);
    if (mip6_haha_own(h, &missing->home, &own) || mip6_haha_lives(h, r) ||
        mip6_peers_is_live(h->peers, missing->cache))
        return false;
    mip6_haha_hold(h, missing, HAHA_SERVED);
    return true;
}

/* A record that an agent of the system could have made. */
static bool is_sane(const mip6_haha *h, const mip6_sync_record *record)
{
    return record->cache < h->members->n_members && mip6_ha_could_bind(h->ha, &record->home) &&
           !mip6_addr_is_multicast(&record->care_of) &&
           !mip6_addr_is_unspecified(&record->care_of) &&
           !mip6_addr_is_link_local(&record->care_of) &&
           !mip6_addr_same_prefix(&record->care_of, &h->members->home_prefix, 64);
}

static bool is_whole(const mip6_haha *h, const uint8_t *body, size_t len)
{
    if (len == 0 || len % ENTRY != 0)
        return false;
    for (size_t at = 0; at < len; at += ENTRY) {
        mip6_sync_record record = get_entry(h, body + at);
        if (!is_sane(h, &record))
            return false;
    }
    return true;
}

static void orphans_wait(mip6_haha *h)
{
    if (h->orphans_ns == MIP6_NEVER)
        h->orphans_ns = h->now_ns + h->members->hello_ns;
    mip6_haha_kick(h);
}

void mip6_haha_on_message(mip6_haha *h, uint8_t peer, uint8_t code, const uint8_t *body,
                          size_t len)
{
    (void)peer;
    if ((code != NAMED && code != MISSING) || !is_whole(h, body, len)) {
        h->malformed++;
        return;
    }
    for (size_t at = 0; at < len; at += ENTRY) {
        mip6_sync_record record = get_entry(h, body + at);
        if (record.expires_ns <= h->now_ns)
            continue;
        if (code == NAMED)
            on_named(h, &record);
        else if (on_missing(h, &record))
            orphans_wait(h);
    }
    if (code == NAMED && h->orphans_ns != MIP6_NEVER) {
        h->missing.runs = false;        /* the decider is at work, and may come to the others yet */
        h->orphans_ns = h->now_ns + h->members->hello_ns;
    }
}

/* ---- Taking over, giving up ------------------------------------------------------------------ */

static void take_one(mip6_haha *h)
{
    mip6_sync_record record;
    mip6_secondary *r =
        mip6_secondaries_first(&h->store, haha_list(h, HAHA_CLAIMED, h->self));
    mip6_haha_read(h, r, &record);
    if (mip6_haha_is_back(h, haha_from(r))) {
        mip6_haha_to_copies(h, r, haha_from(r));
        return;
    }
    if (record.expires_ns > h->now_ns) {
        int error = mip6_ha_take_over(h->ha, &record, h->now_ns);
        if (error == MIP6_ERR_FULL || error == MIP6_ERR_NOMEM)
            return;
        if (error == 0) {
            record.taken = true;
            mip6_secondaries_move(&h->store, r, haha_list(h, HAHA_TAKEN, h->self));
            mip6_haha_tell(h, &record, MIP6_SYNC_NEW);
            h->taken++;
            h->last_taken_ns = h->now_ns;
            return;
        }
    }
    mip6_secondaries_remove(&h->store, r);
}

void mip6_haha_take_some(mip6_haha *h)
{
    int64_t step_ns = MIP6_SECOND_NS / h->config->takeover_rate;
    if (h->take_ns > h->now_ns || !mip6_ha_has_room(h->ha) ||
        mip6_secondaries_in(&h->store, haha_list(h, HAHA_CLAIMED, h->self)) == 0 ||
        !mip6_haha_may_take(h, &h->take_ns))
        return;
    take_one(h);        /* without memory the same one is tried again at the next step */
    h->take_ns = h->now_ns + (step_ns > 0 ? step_ns : 1);
}

/* The agent goes on forwarding for a moment, as after any move. */
void mip6_haha_give_up_some(mip6_haha *h)
{
    for (uint8_t k = 0; k < h->members->n_members; k++) {
        mip6_secondary *r;
        while ((r = mip6_secondaries_first(&h->store, haha_list(h, HAHA_LOST, k)))) {
            mip6_sync_record own;
            mip6_addr home = mip6_secondary_home(&h->store, r);
            bool served = mip6_haha_own(h, &home, &own);
            if (served &&
                mip6_ha_hand_on(h->ha, &home, &h->members->members[k], h->now_ns) == MIP6_ERR_FULL)
                return;
            mip6_haha_to_copies(h, r, k);
            if (served)
                mip6_haha_tell(h, &own, MIP6_SYNC_GONE);
            h->given_up += served;
        }
    }
}
