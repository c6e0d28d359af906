/* [ipsec].
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/config/config_ipsec.h"

#include "mip6_esp.h"

#define YEAR 3.1536e16
#define NO_MAX (-1.0)
#define MOST_BYTES 1500u

static const char *const setup_names[] = {"manual", "ike", NULL};
static const char *const state_names[] = {"synchronised", "behind", "lost", NULL};

#define I(field, keyword, kind, ...) \
    {keyword, SIM_KEY_##kind, __VA_ARGS__, offsetof(model_ipsec_config, field), NULL}
#define CHOICE(field, keyword, names, def, help) \
    {keyword, SIM_KEY_CHOICE, def, 0, 0, help, offsetof(model_ipsec_config, field), names}

static const sim_key keys[] = {
    I(on, "ipsec", BOOL, "off", 0, 0,
      "ESP on Binding Updates, their acknowledgements and Home Agent Switch (RFC 4877)"),
    CHOICE(sa_setup, "sa-setup", setup_names, "manual",
           "where security associations come from; manual: there, without a replay check; ike: "
           "by IKEv2, before the first Binding Update at an agent"),
    CHOICE(sa_state, "sa-state", state_names, "?lost",
           "what an agent knows of them that takes nodes over, or comes back from a crash; behind: "
           "counters as of the last synchronisation; where not given: lost with ike, else "
           "synchronised"),
    I(sync_ns, "sync-interval", TIME, "10 s", 1e6, YEAR, "of sa-state = behind"),
    I(return_routability, "return-routability", BOOL, "on", 0, 0,
      "Home Test Init and Home Test in tunnel mode between node and agent: a second pair"),
    I(payload, "payload", BOOL, "off", 0, 0,
      "what goes through tunnels between node and agent too, by that second pair; load is told "
      "without it"),
    I(iv, "iv-bytes", INT, "16", 0, 32, "of the initialisation vector; AES-CBC has 16"),
    I(icv, "icv-bytes", INT, "12", 0, 64, "of the integrity check value; HMAC-SHA1-96 has 12"),
    I(block, "block-bytes", INT, "16", 4, 64, "padded to a multiple of it; NULL has 4"),
    I(per_packet_ns, "per-packet", TIME, "10 us", 0, 1e10,
      "processing time of an ESP packet at an agent, either way"),
    I(per_byte_ns, "per-byte", TIME, "10 ns", 0, 1e9, "and of each of its bytes"),
    I(init_size, "ike-init-size", BYTES, "420 B", 52, 1232, "of an IKE_SA_INIT message"),
    I(auth_size, "ike-auth-size", BYTES, "300 B", 52, 1232, "of an IKE_AUTH message"),
    I(child_size, "ike-child-size", BYTES, "220 B", 52, 1232,
      "of a CREATE_CHILD_SA message, two for a further pair"),
    I(cookie_size, "ike-cookie-size", BYTES, "92 B", 52, 1232,
      "of an answer that asks for a cookie"),
    I(init_ns, "ike-init-time", TIME, "2 ms", 1, 1e11,
      "work of an agent for an IKE_SA_INIT: Diffie-Hellman"),
    I(auth_ns, "ike-auth-time", TIME, "4 ms", 1, 1e11, "for an IKE_AUTH: signatures"),
    I(child_ns, "ike-child-time", TIME, "500 us", 1, 1e11, "for a CREATE_CHILD_SA"),
    I(timeout_ns, "ike-timeout", TIME, "1 s", 1e6, 1e12, "of a request, doubling"),
    I(tries, "ike-tries", INT, "6", 1, 30, "requests without an answer, then it is given up"),
    I(half_open, "ike-half-open", INT, "100", 0, 4e9,
      "with so many handshakes begun and not authenticated an agent asks for cookies"),
    I(half_open_ns, "ike-half-open-time", TIME, "30 s", 1e6, YEAR, "then such a one is forgotten"),
    I(queue_packets, "ike-queue-limit", PACKETS, "1000 packets", 0, NO_MAX,
      "requests that wait at an agent"),
};

const sim_group model_ipsec_group = {
    .name = "ipsec", .help = "protection of signalling, and its cost; no cryptography",
    .keys = keys, .n_keys = G_N_ELEMENTS(keys), .size = sizeof(model_ipsec_config)};

static const sim_section *section_of(const model_settings *s)
{
    return sim_config_section(s->config, "ipsec");
}

bool model_ipsec_by_ike(const model_settings *s)
{
    return s->ipsec->on && s->ipsec->sa_setup == MODEL_SA_IKE;
}

/* Whole blocks, less the trailer (RFC 4303 2.4). Sealed packets have real bytes, 1500 at most. */
uint32_t model_ipsec_inner_mtu(const model_settings *s, uint32_t path_mtu)
{
    const model_ipsec_config *c = s->ipsec;
    if (!c->on || !c->payload)
        return path_mtu - MIP6_IPV6_HEADER;
    int64_t room = MIN(path_mtu, MOST_BYTES) - MIP6_IPV6_HEADER - MIP6_ESP_HEADER - c->iv - c->icv;
    return (uint32_t)MAX(room / c->block * c->block - (int64_t)MIP6_ESP_TRAILER, 0);
}

int64_t model_ipsec_sa_state(const model_settings *s)
{
    if (sim_section_given(section_of(s), "sa-state"))
        return s->ipsec->sa_state;
    return s->ipsec->sa_setup == MODEL_SA_IKE ? MIP6_SA_LOST : MIP6_SA_SYNCHRONISED;
}

bool model_ipsec_check(const model_settings *s, GError **error)
{
    const model_ipsec_config *c = s->ipsec;
    if (!c->on)
        return true;
    if (c->block % 4 != 0)
        return sim_config_fail(section_of(s), "block-bytes", error,
                               "no multiple of 4 (RFC 4303 2.4)");
    if (c->sa_setup == MODEL_SA_MANUAL && model_ipsec_sa_state(s) == MIP6_SA_LOST)
        return sim_config_fail(section_of(s), "sa-state", error,
                               "lost does not go with sa-setup = manual: manual keys are not "
                               "lost, they are configured");
    return true;
}
