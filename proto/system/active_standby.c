/* Active-standby: when a member takes part in an election, and what follows from it.
 *
 *   PROTOCOL 12; RFC 5798 section 6.4
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "active_standby.h"

#include <assert.h>
#include <string.h>

typedef mip6_as_group group;

/* ---- Life ------------------------------------------------------------------------- */

size_t mip6_active_standby_size(void)
{
    return sizeof(mip6_active_standby);
}

static void set_now(mip6_active_standby *s, int64_t now_ns)
{
    assert(now_ns >= s->now_ns);
    s->now_ns = now_ns;
}

static bool vrids_differ(const mip6_active_standby_config *c)
{
    for (unsigned i = 0; i < c->n_groups; i++)
        for (unsigned k = 0; k < i; k++)
            if (c->vrrp[i].vrid == c->vrrp[k].vrid)
                return false;
    return true;
}

mip6_active_standby *mip6_active_standby_init(void *storage,
                                              const mip6_active_standby_config *config,
                                              int64_t now_ns)
{
    assert(storage && config && config->n_groups > 0 &&
           config->n_groups <= MIP6_ACTIVE_STANDBY_GROUPS && vrids_differ(config));
    assert(mip6_vrrp_size() <= sizeof((group *)0)->storage);
    mip6_active_standby *s = storage;
    memset(s, 0, sizeof *s);
    s->config = config;
    s->now_ns = now_ns;
    for (unsigned g = 0; g < config->n_groups; g++) {
        s->groups[g].vrrp = mip6_vrrp_init(s->groups[g].storage, &config->vrrp[g], now_ns);
        s->groups[g].wait_ns = MIP6_NEVER;
        s->groups[g].system = s;
        s->groups[g].index = (uint8_t)g;
    }
    return s;
}

/* From the last word of a master that was heard. */
static void wait_on(mip6_active_standby *s, unsigned g)
{
    const mip6_vrrp_config *c = &s->config->vrrp[g];
    mip6_vrrp_figures figures;
    mip6_vrrp_get_figures(s->groups[g].vrrp, &figures);
    s->groups[g].wait_ns =
        s->now_ns + mip6_vrrp_master_down_ns(c->priority, figures.master_interval_ns);
}

void mip6_active_standby_start(mip6_active_standby *s, int64_t now_ns)
{
    set_now(s, now_ns);
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        mip6_ha_stand_by(s->config->agents[g], now_ns);
        wait_on(s, g);
    }
}

void mip6_active_standby_stop(mip6_active_standby *s, int64_t now_ns)
{
    set_now(s, now_ns);
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        s->groups[g].wait_ns = MIP6_NEVER;
        mip6_vrrp_shutdown(s->groups[g].vrrp, now_ns);
    }
}

static void start_up(mip6_active_standby *s, group *g)
{
    g->wait_ns = MIP6_NEVER;
    mip6_vrrp_startup(g->vrrp, s->now_ns);
}

void mip6_active_standby_loaded(mip6_active_standby *s, uint8_t g, int64_t now_ns)
{
    set_now(s, now_ns);
    assert(g < s->config->n_groups);
    if (s->groups[g].wait_ns != MIP6_NEVER)
        start_up(s, &s->groups[g]);
}

/* ---- Packets and time --------------------------------------------------------------- */

int mip6_active_standby_receive(mip6_active_standby *s, const uint8_t *pkt, size_t len,
                                int64_t now_ns)
{
    set_now(s, now_ns);
    int result = MIP6_ERR_IGNORED;
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        mip6_vrrp *v = s->groups[g].vrrp;
        /* What cannot be read is counted once. */
        result = mip6_vrrp_receive(v, pkt, len, now_ns);
        if (result == 0 && s->groups[g].wait_ns != MIP6_NEVER)
            wait_on(s, g);
        if (result != MIP6_ERR_IGNORED)
            break;
    }
    return result;
}

int64_t mip6_active_standby_next_expiry(const mip6_active_standby *s)
{
    int64_t next = MIP6_NEVER;
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        int64_t election = mip6_vrrp_next_expiry(s->groups[g].vrrp);
        int64_t wait = s->groups[g].wait_ns;
        next = election < next ? election : next;
        next = wait < next ? wait : next;
    }
    return next;
}

void mip6_active_standby_expire(mip6_active_standby *s, int64_t now_ns)
{
    set_now(s, now_ns);
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        if (s->groups[g].wait_ns <= now_ns)
            start_up(s, &s->groups[g]);
        mip6_vrrp_expire(s->groups[g].vrrp, now_ns);
    }
}

/* A takeover: one state of one agent, whatever it holds. */
static void follow(mip6_active_standby *s, unsigned g, mip6_vrrp_action_kind kind)
{
    mip6_ha *ha = s->config->agents[g];
    s->groups[g].serves = kind == MIP6_VRRP_SERVE;
    if (s->groups[g].serves)
        mip6_ha_start(ha, s->now_ns);
    else
        mip6_ha_stand_by(ha, s->now_ns);
    mip6_as_served(s, g);
}

bool mip6_active_standby_poll(mip6_active_standby *s, mip6_active_standby_action *action,
                              uint8_t *buf, size_t cap, int64_t now_ns)
{
    set_now(s, now_ns);
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        mip6_vrrp_action a;
        if (!mip6_vrrp_poll(s->groups[g].vrrp, &a, buf, cap, now_ns))
            continue;
        if (a.kind != MIP6_VRRP_SEND)
            follow(s, g, a.kind);
        *action = (mip6_active_standby_action){a.kind, (uint8_t)g, a.len};
        return true;
    }
    return false;
}

/* ---- Queries ------------------------------------------------------------------------ */

bool mip6_active_standby_serves(const mip6_active_standby *s, uint8_t g)
{
    return s->groups[g].serves;
}

bool mip6_active_standby_waits(const mip6_active_standby *s, uint8_t g)
{
    return s->groups[g].wait_ns != MIP6_NEVER;
}

const mip6_vrrp *mip6_active_standby_vrrp(const mip6_active_standby *s, uint8_t g)
{
    return s->groups[g].vrrp;
}
