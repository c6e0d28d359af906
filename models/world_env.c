/* What the library asks of its host: memory, SHA-1, random numbers, traces.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <assert.h>
#include <string.h>

#include "models/hosts/cn_host.h"
#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/measure/effect.h"
#include "models/measure/watch.h"
#include "models/systems/virtual.h"
#include "models/world_parts.h"

static void *env_alloc(void *user, size_t size)
{
    model_world *w = user;
    w->env.bytes += size;
    w->env.peak_bytes = MAX(w->env.peak_bytes, w->env.bytes);
    return sim_arena_get(w->env.memory, size);
}

static void env_free(void *user, void *ptr, size_t size)
{
    model_world *w = user;
    if (!ptr)
        return;
    assert(w->env.bytes >= size);
    w->env.bytes -= size;
    sim_arena_put(w->env.memory, ptr, size);
}

static void env_sha1(void *user, const uint8_t *data, size_t len, uint8_t out[20])
{
    (void)user;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA1);
    gsize n = 20;
    g_checksum_update(sum, data, (gssize)len);
    g_checksum_get_digest(sum, out, &n);
    g_checksum_free(sum);
}

static void env_hmac_sha1(void *user, const uint8_t *key, size_t key_len, const uint8_t *data,
                          size_t len, uint8_t out[20])
{
    (void)user;
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA1, key, key_len);
    gsize n = 20;
    g_hmac_update(hmac, data, (gssize)len);
    g_hmac_get_digest(hmac, out, &n);
    g_hmac_unref(hmac);
}

static uint64_t name_hash_of(const model_world *w, uint64_t cookie)
{
    uint32_t index = (uint32_t)cookie;
    switch ((model_kind)(cookie >> 56)) {
    case MODEL_KIND_HA: return w->agents[index].account.name_hash;
    case MODEL_KIND_MN: return w->nodes[index].account.name_hash;
    case MODEL_KIND_CN: return w->correspondents[index].account.name_hash;
    }
    g_assert_not_reached();
}

/* An agent that came back draws anew: its incarnation enters. */
static uint64_t env_random64(void *user, uint64_t cookie, mip6_random purpose, uint64_t key)
{
    const model_world *w = user;
    uint64_t incarnation = (cookie >> 32) & 0xffffff;
    uint64_t who = name_hash_of(w, cookie) + incarnation * UINT64_C(0x9e3779b97f4a7c15);
    return sim_stream_at2(&w->env.draws[purpose], who, key);
}

static int channel_of(mip6_trace_kind kind)
{
    switch (kind) {
    case MIP6_TRACE_HANDOFF_SET:
    case MIP6_TRACE_HANDOFF_CLEARED:
    case MIP6_TRACE_SWITCH_ANSWERED:
    case MIP6_TRACE_SWITCH_UNANSWERED: return SIM_CHANNEL_HANDOFF;
    case MIP6_TRACE_DECISION:
    case MIP6_TRACE_POLICY_FAULT: return SIM_CHANNEL_DECISION;
    default: return SIM_CHANNEL_BINDING;
    }
}

static void env_trace(void *user, uint64_t cookie, const mip6_trace *trace)
{
    model_world *w = user;
    uint32_t index = (uint32_t)cookie, agent = UINT32_MAX, node = UINT32_MAX;
    uint32_t holder = UINT32_MAX;
    const model_account *account;
    switch ((model_kind)(cookie >> 56)) {
    case MODEL_KIND_HA:
        agent = index;
        holder = w->virtual_agents ? model_virtual_group_of(cookie) : index;
        account = &w->agents[index].account;
        break;
    case MODEL_KIND_MN: node = index; account = &w->nodes[index].account; break;
    default: account = &w->correspondents[index].account; break;
    }
    uint8_t bytes[MODEL_EFFECT_MAX];
    size_t len = model_effect_of_trace(trace, bytes);
    sim_channel channel = (sim_channel)channel_of(trace->kind);
    sim_fingerprint_book(w->fingerprint, account->cell, channel, account->name_hash,
                         trace->now_ns, bytes, len);
    if (w->net.watch)
        model_watch_effect(w->net.watch, account->node, trace->now_ns, channel, bytes, len);
    if (trace->kind == MIP6_TRACE_POLICY_FAULT)
        w->policy_faults[trace->code]++;
    if (agent == UINT32_MAX && node == UINT32_MAX)
        return;
    uint32_t home = mip6_addr_same_prefix(&trace->home, &w->home_prefix, 64)
                        ? model_directory_find(w->directory, &trace->home) : MODEL_NO_INDEX;
    model_measure_trace(w->measure, agent, holder, node, home < w->n_nodes ? home : UINT32_MAX,
                        trace);
}

void model_env_init(model_world *w, uint64_t decision_seed)
{
    static const char *const purposes[MIP6_N_RANDOM] = {
        [MIP6_RANDOM_RA] = "ra", [MIP6_RANDOM_DAD] = "dad", [MIP6_RANDOM_DHAAD] = "dhaad",
        [MIP6_RANDOM_DECISION] = "decision", [MIP6_RANDOM_SECRET] = "secret"};
    for (int p = 0; p < MIP6_N_RANDOM; p++)
        w->env.draws[p] =
            sim_stream_init(p == MIP6_RANDOM_DECISION ? decision_seed : w->seed, w->replication,
                            "library", purposes[p]);
    w->env.memory = sim_arena_new();
    mip6_env env = {.user = w, .alloc = env_alloc, .free = env_free, .sha1 = env_sha1,
                    .hmac_sha1 = env_hmac_sha1, .random64 = env_random64, .trace = env_trace};
    mip6_limits limits = {0, 0};
    w->shared = mip6_shared_init(g_malloc(mip6_shared_size()), &env, &limits);
}

void model_env_free(model_world *w)
{
    if (!w->shared)
        return;
    mip6_shared_free(w->shared);
    g_free(w->shared);
    w->shared = NULL;
    assert(w->env.bytes == 0);
    g_clear_pointer(&w->env.memory, sim_arena_free);
}
