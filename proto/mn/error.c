/* What a mobile node answers to a mobility header that it does not know.
 *
 *   RFC 6275 sections 9.2, 9.3.3; RFC 5142 section 5.3
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "../core/window.h"
#include "mn.h"

#define UNKNOWN_TYPE 2u     /* RFC 6275 6.1.9 */

/* A third of a second apart: at most three a second, whoever asks. */
static bool may_complain(const mip6_mn *mn, const mip6_header *h, uint32_t tick)
{
    return (mn->error_tick == 0 || tick - mn->error_tick >= MIP6_WINDOW_TICKS / MN_RATE + 1) &&
           !mip6_addr_is_unspecified(&h->src) && !mip6_addr_is_multicast(&h->src);
}

void mip6_mn_unknown_type(mip6_mn *mn, const mip6_header *h, int64_t now_ns)
{
    uint32_t tick = mip6_window_tick(now_ns) + 1;       /* never 0: none yet */
    if (mn->link == MN_LINK_NONE || (mn->pend & MN_PEND_TUNNEL_GONE) || !may_complain(mn, h, tick))
        return;
    mn->error_tick = tick;
    mn->other = h->src;
    mn->pend |= MN_PEND_ERROR;
    mn->pend &= (uint8_t)~MN_PEND_ANSWER;   /* one asker at a time */
}

/* From the care-of address, for a Home Address option is not for this message (6.1.1); the Home
 * Address field is that of such an option in the packet complained of, which had none. */
bool mip6_mn_error_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap)
{
    if (!(mn->pend & MN_PEND_ERROR) || mn->link == MN_LINK_NONE)
        return false;
    mip6_header h = {.src = mn->care_of, .dst = mn->other, .hop_limit = MN_HOP_LIMIT};
    mip6_message m = {.kind = MIP6_MSG_BE, .u.be = {.status = UNKNOWN_TYPE}};
    mn->pend &= (uint8_t)~MN_PEND_ERROR;
    int len = mip6_encode(buf, cap, &h, &m);
    assert(len > 0);
    action->kind = MIP6_ACTION_SEND;
    action->message = MIP6_MSG_BE;
    action->len = (uint32_t)len;
    return true;
}
