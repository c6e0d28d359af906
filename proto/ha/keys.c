/* Settings of the mechanism: PROTOCOL 4's table and the numbers around it.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#include <string.h>

#define MS MIP6_MS_NS
#define S MIP6_SECOND_NS
#define DAY (86400 * S)
#define AT(field) offsetof(mip6_ha_tuning, field)

static const char *const load_options[] = {"253", "8", NULL};
static const char *const signals[] = {"instantaneous", "ewma", "rate", NULL};
static const char *const rates[] = {"unlimited", "fixed", "adaptive", NULL};
static const char *const handovers[] = {"register", "deregister", "yield", NULL};
static const char *const messages[] = {"dhaad-reply", "home-agent-switch", NULL};

static const mip6_key keys[] = {
    {"load-option", "ND option that carries the load: 253 (RFC 4727), or 8 as the draft prints it",
     MIP6_UNIT_CHOICE, 0, 1, {0, 0, 0}, AT(load_option), load_options},
    {"reference-packets", "queue that counts as 100 %, in packets (draft 7)",
     MIP6_UNIT_PACKETS, 1, 1000000000, {100, 100, 100}, AT(reference_packets), NULL},
    {"reference-bytes", "queue that counts as 100 %, in bytes (draft 7)",
     MIP6_UNIT_BYTES, 1, INT64_C(1) << 40, {150000, 150000, 150000}, AT(reference_bytes), NULL},
    {"light", "LIGHT: a share of the reference; busy is above, light is below (draft 5, 8)",
     MIP6_UNIT_PPM, 0, 1000000, {200000, 200000, 200000}, AT(light_ppm), NULL},
    {"mn-count-unit", "registered nodes per unit of Registered MN Number (draft 7)",
     MIP6_UNIT_NONE, 1, 65535, {1, 1, 1}, AT(mn_count_unit), NULL},
    {"queue-signal", "what is advertised and decided on: the queue, its average, or rate/capacity",
     MIP6_UNIT_CHOICE, 0, 2, {MIP6_SIGNAL_INSTANTANEOUS, MIP6_SIGNAL_EWMA, MIP6_SIGNAL_EWMA},
     AT(queue_signal), signals},
    {"queue-tau", "time constant of the queue's or the rate's average, sampled 16 times in it",
     MIP6_UNIT_NS, MS, 3600 * S, {S, S, S}, AT(queue_tau_ns), NULL},
    {"advertise-capacity", "advertise the capacity in ND option 254",
     MIP6_UNIT_BOOL, 0, 1, {0, 0, 1}, AT(advertise_capacity), NULL},
    {"reg-timeout-floor", "least RegTIMEOUT; 0: MinRtrAdvInterval (draft 8)",
     MIP6_UNIT_NS, 0, DAY, {MS, 100 * MS, 0}, AT(reg_timeout_floor_ns), NULL},
    {"reg-timeout-max", "RegTIMEOUT of an empty queue (draft 8)",
     MIP6_UNIT_NS, MS, DAY, {60 * S, 60 * S, 60 * S}, AT(reg_timeout_max_ns), NULL},
    {"switch-rate-limit", "limit on the switches that an agent starts (RFC 5142 section 7)",
     MIP6_UNIT_CHOICE, 0, 2, {MIP6_RATE_UNLIMITED, MIP6_RATE_FIXED, MIP6_RATE_ADAPTIVE},
     AT(rate_limit), rates},
    {"switch-rate", "switches per second: the fixed limit, or the adaptive one's first",
     MIP6_UNIT_PER_S, 1, 1000000, {1, 1, 1}, AT(rate_per_s), NULL},
    {"switch-rate-max", "most switches per second of the adaptive limit",
     MIP6_UNIT_PER_S, 1, 1000000, {10, 10, 10}, AT(rate_max_per_s), NULL},
    {"one-unanswered", "no new switch to a target that another one is still out for",
     MIP6_UNIT_BOOL, 0, 1, {0, 0, 1}, AT(one_unanswered), NULL},
    {"dwell", "a newly registered node stays for so many MinRtrAdvIntervals",
     MIP6_UNIT_NONE, 0, 1000000, {0, 0, 3}, AT(dwell_ra_intervals), NULL},
    {"resend", "send an unanswered switch again",
     MIP6_UNIT_BOOL, 0, 1, {0, 1, 1}, AT(resend), NULL},
    {"resend-first", "first resending after, doubling",
     MIP6_UNIT_NS, MS, 3600 * S, {5 * S, 5 * S, 5 * S}, AT(resend_first_ns), NULL},
    {"resend-max", "longest time between resendings",
     MIP6_UNIT_NS, MS, 3600 * S, {20 * S, 20 * S, 20 * S}, AT(resend_max_ns), NULL},
    {"resend-count", "resendings before a switch counts as failed",
     MIP6_UNIT_NONE, 0, 255, {3, 3, 3}, AT(resend_count), NULL},
    {"handover", "how a node moves: register at once, deregister first, or yield (make first)",
     MIP6_UNIT_CHOICE, 0, 2,
     {MIP6_HANDOVER_REGISTER, MIP6_HANDOVER_DEREGISTER, MIP6_HANDOVER_YIELD},
     AT(handover), handovers},
    {"handoff-lifetime", "Handoff Expire Time (draft 9): three refresh intervals",
     MIP6_UNIT_NS, MS, DAY, {180 * S, 180 * S, 180 * S}, AT(handoff_lifetime_ns), NULL},
    {"handoff-bound", "most entries of the handoff table",
     MIP6_UNIT_NONE, 1, UINT32_MAX, {100000, 100000, 100000}, AT(handoff_bound), NULL},
    {"switch-message", "what moves a node: the draft's unsolicited DHAAD reply, or RFC 5142's "
     "Home Agent Switch (not with handover = register)",
     MIP6_UNIT_CHOICE, 0, 1, {0, 0, 0}, AT(switch_message), messages},
    {"drain-time", "an agent that leaves tells its nodes by Home Agent Switch, evenly over this "
     "time; 0: it tells none (RFC 5142 3.3)",
     MIP6_UNIT_NS, 0, DAY, {30 * S, 30 * S, 30 * S}, AT(drain_ns), NULL},
};

const mip6_key *mip6_ha_keys(size_t *n)
{
    *n = sizeof keys / sizeof *keys;
    return keys;
}

void mip6_ha_tuning_defaults(mip6_profile profile, mip6_ha_tuning *out)
{
    mip6_keys_defaults(keys, sizeof keys / sizeof *keys, profile, out);
}

static bool same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

int64_t mip6_ha_key_default(const mip6_key *key, const mip6_policy *policy, mip6_profile profile)
{
    for (size_t i = 0; i < policy->n_presets; i++)
        if (same(policy->presets[i].key, key->name))
            return policy->presets[i].by_profile[profile];
    return key->by_profile[profile];
}

void mip6_ha_tuning_under(const mip6_policy *policy, mip6_profile profile, mip6_ha_tuning *out)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int64_t value = mip6_ha_key_default(&keys[i], policy, profile);
        memcpy((uint8_t *)out + keys[i].offset, &value, sizeof value);
    }
}
