/* [ipsec]: what protects signalling, and what it costs (PEERS 6).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_CONFIG_IPSEC_H
#define MODEL_CONFIG_IPSEC_H

#include "models/config/config.h"

enum { MODEL_SA_MANUAL, MODEL_SA_IKE };

struct model_ipsec_config {
    bool on;
    int64_t sa_setup;               /* MODEL_SA_* */
    int64_t sa_state;               /* mip6_sa_state */
    int64_t sync_ns;
    bool return_routability;        /* HoTI and HoT in tunnel mode */
    bool payload;                   /* what is tunnelled, too */
    int64_t iv, icv, block;         /* bytes */
    int64_t per_packet_ns, per_byte_ns;
    int64_t init_size, auth_size, child_size, cookie_size;
    int64_t init_ns, auth_ns, child_ns;     /* of the responder */
    int64_t timeout_ns, tries;
    int64_t half_open, half_open_ns;
    int64_t queue_packets;
};

/* The group as scenario files have it. */
extern const sim_group model_ipsec_group;

/* False with *error where it cannot be. */
bool model_ipsec_check(const model_settings *settings, GError **error);
bool model_ipsec_by_ike(const model_settings *settings);
/* The largest inner packet, in bytes, that a tunnel of this MTU carries: within ESP where payload
 * is protected. */
uint32_t model_ipsec_inner_mtu(const model_settings *settings, uint32_t path_mtu);
/* With `sa-state` not given: lost by IKE, synchronised where keys are manual. */
int64_t model_ipsec_sa_state(const model_settings *settings);

#endif
