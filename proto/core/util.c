/* Hashing, settings, wide arithmetic, names.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "shared.h"

#include <string.h>

typedef struct sip {
    uint64_t a, b, c, d;
} sip;

static inline uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline void sip_round(sip *s)
{
    s->a += s->b;
    s->b = rotl(s->b, 13) ^ s->a;
    s->a = rotl(s->a, 32);
    s->c += s->d;
    s->d = rotl(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotl(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotl(s->b, 17) ^ s->c;
    s->c = rotl(s->c, 32);
}

static inline void sip_word(sip *s, uint64_t m)
{
    s->d ^= m;
    sip_round(s);
    s->a ^= m;
}

/* Words are read big-endian, so that the same key gives the same table everywhere. */
uint64_t mip6_hash_addr(const uint64_t key[2], const mip6_addr *addr)
{
    sip s = {
        key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573),
    };
    for (unsigned i = 0; i < 16; i += 8)
        sip_word(&s, (uint64_t)mip6_get32(addr->b + i) << 32 | mip6_get32(addr->b + i + 4));
    sip_word(&s, UINT64_C(16) << 56);
    s.c ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}

void mip6_keys_defaults(const mip6_key *keys, size_t n, mip6_profile profile, void *out)
{
    assert(profile < MIP6_N_PROFILES);
    for (size_t i = 0; i < n; i++)
        memcpy((uint8_t *)out + keys[i].offset, &keys[i].by_profile[profile], sizeof(int64_t));
}

/* Long division of a 128-bit product, bit by bit where it does not fit 64. */
uint64_t mip6_muldiv(uint64_t a, uint64_t b, uint64_t c)
{
    assert(c > 0);
    if ((a | b) >> 32 == 0)
        return a * b / c;
    if (a == 0 || b <= UINT64_MAX / a)
        return a * b / c;
    uint64_t high = mip6_scale(a, b), low = a * b;
    if (high >= c)
        return UINT64_MAX;
    for (unsigned i = 0; i < 64; i++) {
        bool carry = high >> 63;
        high = high << 1 | low >> 63;
        low <<= 1;
        if (carry || high >= c) {
            high -= c;
            low |= 1;
        }
    }
    return low;
}

static const char *const profile_names[] = {"literal", "safe", "tuned"};

const char *mip6_profile_name(mip6_profile profile)
{
    assert(profile < MIP6_N_PROFILES);
    return profile_names[profile];
}

int mip6_profile_from_name(const char *name)
{
    for (int i = 0; i < MIP6_N_PROFILES; i++)
        for (size_t k = 0; name[k] == profile_names[i][k]; k++)
            if (name[k] == '\0')
                return i;
    return -1;
}

const char *mip6_trace_name(mip6_trace_kind kind)
{
    static const char *const names[MIP6_N_TRACES] = {
        [MIP6_TRACE_NONE] = "none",
        [MIP6_TRACE_BINDING_NEW] = "binding-new",
        [MIP6_TRACE_BINDING_REFRESHED] = "binding-refreshed",
        [MIP6_TRACE_BINDING_DRAINING] = "binding-draining",
        [MIP6_TRACE_BINDING_GONE] = "binding-gone",
        [MIP6_TRACE_BINDING_REFUSED] = "binding-refused",
        [MIP6_TRACE_HANDOFF_SET] = "handoff-set",
        [MIP6_TRACE_HANDOFF_CLEARED] = "handoff-cleared",
        [MIP6_TRACE_DECISION] = "decision",
        [MIP6_TRACE_SWITCH_ANSWERED] = "switch-answered",
        [MIP6_TRACE_SWITCH_UNANSWERED] = "switch-unanswered",
        [MIP6_TRACE_PEER_NEW] = "peer-new",
        [MIP6_TRACE_PEER_GONE] = "peer-gone",
        [MIP6_TRACE_DAD_YIELDED] = "dad-yielded",
        [MIP6_TRACE_DAD_DEFENDED] = "dad-defended",
        [MIP6_TRACE_MN_DHAAD_DONE] = "mn-dhaad-done",
        [MIP6_TRACE_MN_DHAAD_FAILED] = "mn-dhaad-failed",
        [MIP6_TRACE_MN_REGISTERED] = "mn-registered",
        [MIP6_TRACE_MN_REFUSED] = "mn-refused",
        [MIP6_TRACE_MN_TIMEOUT] = "mn-timeout",
        [MIP6_TRACE_MN_DEREGISTERED] = "mn-deregistered",
        [MIP6_TRACE_MN_SWITCH] = "mn-switch",
        [MIP6_TRACE_MN_SWITCH_IGNORED] = "mn-switch-ignored",
        [MIP6_TRACE_MN_EXPIRED] = "mn-expired",
        [MIP6_TRACE_MN_ROUTE_OPTIMISED] = "mn-route-optimised",
        [MIP6_TRACE_CN_BINDING_NEW] = "cn-binding-new",
        [MIP6_TRACE_CN_BINDING_GONE] = "cn-binding-gone",
        [MIP6_TRACE_POLICY_FAULT] = "policy-fault",
        [MIP6_TRACE_MN_REDIRECTED] = "mn-redirected",
        [MIP6_TRACE_MN_REDIRECT_IGNORED] = "mn-redirect-ignored",
    };
    assert(kind < MIP6_N_TRACES && names[kind]);
    return names[kind];
}
