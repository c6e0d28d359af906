/* A binding's byte rate: an EWMA of 10 s, decayed when it is touched and not before,
 * in integers, so that it is the same on every machine (PROTOCOL 4, "which MN").
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#define TAU_S 10u
#define STEPS 64u                                   /* of one tau */
#define STEP_NS (TAU_S * MIP6_SECOND_NS / STEPS)    /* 156.25 ms */
#define MAX_TAUS 32u                                /* after which nothing is left */

/* round(2^32 exp(-k/64)); [0] is just below 1. */
static const uint32_t decay[STEPS] = {
    4294967295u, 4228380000u, 4162825044u, 4098286424u, 4034748382u, 3972195407u,
    3910612225u, 3849983802u, 3790295335u, 3731532253u, 3673680208u, 3616725075u,
    3560652950u, 3505450143u, 3451103176u, 3397598780u, 3344923893u, 3293065655u,
    3242011404u, 3191748676u, 3142265200u, 3093548893u, 3045587863u, 2998370400u,
    2951884975u, 2906120241u, 2861065022u, 2816708321u, 2773039306u, 2730047316u,
    2687721856u, 2646052591u, 2605029347u, 2564642111u, 2524881020u, 2485736368u,
    2447198598u, 2409258300u, 2371906213u, 2335133215u, 2298930330u, 2263288719u,
    2228199680u, 2193654646u, 2159645183u, 2126162988u, 2093199886u, 2060747830u,
    2028798896u, 1997345284u, 1966379316u, 1935893430u, 1905880184u, 1876332251u,
    1847242416u, 1818603577u, 1790408741u, 1762651027u, 1735323656u, 1708419956u,
    1681933360u, 1655857400u, 1630185710u, 1604912023u,
};
#define DECAY_TAU UINT64_C(1580030169)              /* round(2^32 exp(-1)) */

static uint64_t decayed(uint64_t sum, uint32_t steps)
{
    if (steps == 0 || sum == 0)
        return sum;
    uint32_t taus = steps / STEPS;
    if (taus >= MAX_TAUS)
        return 0;
    for (uint32_t i = 0; i < taus; i++)
        sum = mip6_scale(sum, DECAY_TAU << 32);
    return steps % STEPS ? mip6_scale(sum, (uint64_t)decay[steps % STEPS] << 32) : sum;
}

void mip6_ha_rate_add(mip6_binding *b, uint64_t bytes, int64_t now_ns)
{
    uint32_t step = (uint32_t)(now_ns / STEP_NS);
    b->rate_sum = decayed(b->rate_sum, step - b->rate_step) + (bytes << 8);
    b->rate_step = step;
}

uint64_t mip6_ha_rate(const mip6_binding *b, int64_t now_ns)
{
    uint32_t step = (uint32_t)(now_ns / STEP_NS);
    return (decayed(b->rate_sum, step - b->rate_step) >> 8) / TAU_S;
}
