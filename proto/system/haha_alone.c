/* Synchronised home agents: one that hears no other does not know which of them is cut off. If it
 * is itself, its calls are lost as long as that lasts, and do harm when it is over, for it may call
 * nodes that others serve before it hears of them.
 *
 * So it takes over one node, and others after 1 s, 2 s, 4 s and so on, until any node registers
 * or refreshes here. Where that takes longer than half a hello, it may just have come back: the
 * others have time for a hello.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "system/haha_internal.h"

#define MOST_NS (16 * MIP6_SECOND_NS)

void mip6_haha_nobody_lives(mip6_haha *h)
{
    h->alone = (haha_alone){.since_ns = h->now_ns, .sure_ns = MIP6_NEVER, .call_ns = h->now_ns,
                            .wait_ns = h->members->hello_ns};
}

/* Time for each of the others to be heard. */
static int64_t a_hello_later(const mip6_haha *h)
{
    return h->now_ns + h->members->hello_ns + h->members->hello_ns / 8;
}

void mip6_haha_somebody_lives(mip6_haha *h)
{
    haha_alone *a = &h->alone;
    if (a->since_ns == MIP6_NEVER)
        return;
    a->since_ns = MIP6_NEVER;
    a->sure_ns = a_hello_later(h);
    h->take_ns = a->sure_ns;
}

void mip6_haha_node_heard(mip6_haha *h)
{
    haha_alone *a = &h->alone;
    if (a->since_ns == MIP6_NEVER || a->sure_ns != MIP6_NEVER)
        return;
    bool at_once = h->now_ns - a->since_ns <= h->members->hello_ns / 2;
    a->sure_ns = at_once ? h->now_ns : a_hello_later(h);
    h->take_ns = h->take_ns < a->sure_ns ? h->take_ns : a->sure_ns;
}

bool mip6_haha_may_take(mip6_haha *h, int64_t *when_ns)
{
    haha_alone *a = &h->alone;
    if (a->sure_ns <= h->now_ns)
        return true;
    if (a->sure_ns == MIP6_NEVER && a->call_ns <= h->now_ns) {
        /* Behind a hello that they would have answered. */
        a->call_ns = h->said_ns + h->members->hello_ns / 20;
        while (a->call_ns < h->now_ns + a->wait_ns)
            a->call_ns += h->members->hello_ns;
        a->wait_ns = 2 * a->wait_ns < MOST_NS ? 2 * a->wait_ns : MOST_NS;
        return true;
    }
    *when_ns = a->sure_ns == MIP6_NEVER ? a->call_ns : a->sure_ns;
    return false;
}

bool mip6_haha_is_back(const mip6_haha *h, uint8_t member)
{
    return member != h->self && mip6_peers_is_live(h->peers, member) && !(h->reborn >> member & 1);
}

bool mip6_haha_may_call(const mip6_haha *h, const mip6_addr *home)
{
    const mip6_secondary *r = mip6_secondaries_find(&h->store, home);
    if (h->alone.sure_ns > h->now_ns)
        return false;
    return !r || haha_state_of(h, r) != HAHA_TAKEN || !mip6_haha_is_back(h, haha_from(r));
}
