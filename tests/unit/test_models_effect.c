/* Effects as bytes and back.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <string.h>

#include "models/measure/effect.h"

Test(models_effect, a_trace_comes_back)
{
    const mip6_decision decision = {.branch = MIP6_BRANCH_QUEUE_TOP, .repeated = true,
                                    .own_queue = 65535, .own_count = 3, .target_queue = 258,
                                    .target_count = 4, .information_age_ns = -1};
    mip6_trace t = {.kind = MIP6_TRACE_DECISION, .code = 200, .now_ns = 5, .value = -2,
                    .decision = &decision}, back;
    mip6_decision d;
    memset(&t.home, 0xab, sizeof t.home);
    memset(&t.peer, 0xcd, sizeof t.peer);
    uint8_t bytes[MODEL_EFFECT_MAX];
    size_t len = model_effect_of_trace(&t, bytes);
    cr_assert(model_effect_read_trace(bytes, len, &back, &d));
    cr_assert_eq(back.kind, t.kind);
    cr_assert_eq(back.code, 200);
    cr_assert_eq(back.value, -2);
    cr_assert_eq(memcmp(&back.home, &t.home, 16), 0);
    cr_assert_eq(memcmp(&back.peer, &t.peer, 16), 0);
    cr_assert_eq(back.decision, &d);
    cr_assert(d.branch == decision.branch && d.repeated && d.own_queue == 65535);
    cr_assert(d.own_count == 3 && d.target_queue == 258 && d.target_count == 4);
    cr_assert_eq(d.information_age_ns, -1);
    t.decision = NULL;
    len = model_effect_of_trace(&t, bytes);
    cr_assert(model_effect_read_trace(bytes, len, &back, &d));
    cr_assert_null(back.decision);
}

Test(models_effect, what_is_no_trace_is_refused)
{
    mip6_trace t = {.kind = MIP6_TRACE_BINDING_NEW}, back;
    mip6_decision d;
    uint8_t bytes[MODEL_EFFECT_MAX];
    size_t len = model_effect_of_trace(&t, bytes);
    cr_assert_not(model_effect_read_trace(bytes, len - 1, &back, &d));
    cr_assert_not(model_effect_read_trace(bytes, len + 1, &back, &d));
    bytes[0] = MIP6_N_TRACES;
    cr_assert_not(model_effect_read_trace(bytes, len, &back, &d));
    bytes[0] = MIP6_TRACE_NONE;
    cr_assert_not(model_effect_read_trace(bytes, len, &back, &d));
}

Test(models_effect, a_queue_comes_back)
{
    uint8_t bytes[MODEL_EFFECT_QUEUE];
    uint32_t packets;
    uint64_t held;
    model_effect_of_queue(77, UINT64_C(0x123456789abc), bytes);
    cr_assert(model_effect_read_queue(bytes, sizeof bytes, &packets, &held));
    cr_assert_eq(packets, 77);
    cr_assert_eq(held, UINT64_C(0x123456789abc));
    cr_assert_not(model_effect_read_queue(bytes, sizeof bytes - 1, &packets, &held));
}
