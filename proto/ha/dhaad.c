/* Dynamic Home Agent Address Discovery: the answer.
 *
 *   RFC 6275 sections 6.5, 6.6, 10.5, 10.5.1
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

/* An agent of the list, or oneself (index n_peers), with its place in the order. */
typedef struct place {
    uint64_t shuffle;
    uint16_t preference;
    uint16_t agent;
} place;

/* Decreasing preference, equals shuffled anew for each reply. */
static bool before(const place *a, const place *b)
{
    if (a->preference != b->preference)
        return a->preference > b->preference;
    return a->shuffle < b->shuffle;
}

/* By the upper bits of the shuffle: where preferences are alike that is nearly the order, and
 * sorting has few steps left, which the processor foresees. */
static void spread(const place *from, uint32_t n, place *to)
{
    enum { BITS = 6 };
    uint16_t begin[(1 << BITS) + 1] = {0};
    for (uint32_t i = 0; i < n; i++)
        begin[(from[i].shuffle >> (64 - BITS)) + 1]++;
    for (unsigned k = 1; k < 1 << BITS; k++)
        begin[k] = (uint16_t)(begin[k] + begin[k - 1]);
    for (uint32_t i = 0; i < n; i++)
        to[begin[from[i].shuffle >> (64 - BITS)]++] = from[i];
}

static void sort(place *places, uint32_t n)
{
    for (uint32_t gap = n / 2; gap > 0; gap /= 2)
        for (uint32_t i = gap; i < n; i++) {
            place p = places[i];
            uint32_t k = i;
            for (; k >= gap && before(&p, &places[k - gap]); k -= gap)
                places[k] = places[k - gap];
            places[k] = p;
        }
}

/* Keyed by home address and identifier, so that a draw elsewhere shifts none here. */
static uint64_t shuffle_key(const mip6_addr *home, uint16_t id)
{
    uint64_t key = mip6_mix64(id);
    for (unsigned i = 0; i < 16; i += 8)
        key = mip6_mix64(key ^ ((uint64_t)mip6_get32(home->b + i) << 32 |
                                mip6_get32(home->b + i + 4)));
    return key;
}

/* The addresses of one agent, in random order (10.5.1). Returns how many fit. */
static uint16_t put_agent(const mip6_list_entry *e, uint64_t bits, mip6_addr *out, size_t room)
{
    uint16_t n = 0;
    uint8_t left[MIP6_HA_PEER_ADDRESSES] = {0, 1, 2, 3};
    for (unsigned count = e->n_addresses; count > 0 && n < room; count--) {
        unsigned k = (unsigned)(bits % count);
        bits /= count;
        out[n++] = e->addresses[left[k]];
        left[k] = left[count - 1];
    }
    return n;
}

uint16_t mip6_ha_dhaad_addresses(mip6_ha *ha, const mip6_addr *home, uint16_t id,
                                 mip6_addr out[MIP6_DHAAD_MAX])
{
    place drawn[MIP6_HA_MAX_PEERS + 1], places[MIP6_HA_MAX_PEERS + 1];
    uint64_t key = shuffle_key(home, id);
    uint32_t agents = ha->n_peers + 1;
    for (uint32_t i = 0; i < agents; i++) {
        bool self = i == ha->n_peers;
        drawn[i] = (place){
            .shuffle = mip6_shared_random(ha->shared, ha->cookie, MIP6_RANDOM_DHAAD,
                                          mip6_mix64(key + i)),
            .preference = self ? mip6_ha_preference(ha) : ha->entries[i].preference,
            .agent = (uint16_t)i,
        };
    }
    spread(drawn, agents, places);
    sort(places, agents);
    uint16_t n = 0;
    for (uint32_t i = 0; i < agents && n < MIP6_DHAAD_MAX; i++) {
        if (places[i].agent == ha->n_peers && ha->leaving && ha->n_peers > 0)
            continue;       /* it would answer 129 */
        else if (places[i].agent == ha->n_peers)
            out[n++] = ha->config->global;
        else
            n = (uint16_t)(n + put_agent(&ha->entries[places[i].agent], places[i].shuffle >> 32,
                                         out + n, MIP6_DHAAD_MAX - n));
    }
    return n;
}

int mip6_ha_on_dhaad_request(mip6_ha *ha, const mip6_header *h, const mip6_dhaad *request)
{
    if (mip6_addr_is_multicast(&h->dst) || !mip6_ha_routable(&h->src))
        return mip6_ha_drop(ha, MIP6_DROP_BAD_VALUE, MIP6_ERR_IGNORED);
    /* Identifier 0 is the switch's alone (PROTOCOL 2). */
    if (request->id == 0)
        return mip6_ha_drop(ha, MIP6_DROP_BAD_VALUE, MIP6_ERR_IGNORED);
    if (!mip6_ha_limit(ha, &h->src, MIP6_MSG_DHAAD_REPLY))
        return mip6_ha_drop(ha, MIP6_DROP_RATE_LIMITED, MIP6_ERR_IGNORED);
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_DHAAD_REPLY);
    i->dst = h->src;
    i->home = *mip6_header_source(h);
    i->sequence = request->id;
    return 0;
}
