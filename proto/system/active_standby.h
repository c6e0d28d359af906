/* Inside active-standby: what its two files share.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_ACTIVE_STANDBY_INTERNAL_H
#define MIP6_ACTIVE_STANDBY_INTERNAL_H

#include "mip6_active_standby.h"

/* Room for an instance of the election, of which only vrrp/ knows the inside. */
#define MIP6_AS_VRRP_BYTES 512

typedef struct mip6_as_group {
    mip6_active_standby *system;
    mip6_vrrp *vrrp;
    int64_t wait_ns;        /* in Initialize: then it starts up in any case; MIP6_NEVER: it does
                             * not wait */
    uint8_t index;
    bool serves;
    bool held;              /* the update at hand: somebody has to acknowledge it first */
    max_align_t storage[MIP6_AS_VRRP_BYTES / sizeof(max_align_t)];
} mip6_as_group;

struct mip6_active_standby {
    const mip6_active_standby_config *config;
    mip6_peers *peers;      /* NULL: bindings are not copied */
    int64_t now_ns;
    mip6_as_group groups[MIP6_ACTIVE_STANDBY_GROUPS];
};

/* active_standby_sync.c */
/* The group's agent serves, or stands by, from now on. */
void mip6_as_served(mip6_active_standby *system, unsigned group);

#endif
