/* The election: one state machine, two timers of which one runs.
 *
 *   RFC 5798 sections 6.1 to 6.4; numbers in comments are those of its lines
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_vrrp.h"

#include <assert.h>
#include <string.h>

struct mip6_vrrp {
    const mip6_vrrp_config *config;
    int64_t now_ns;
    int64_t next_ns;        /* Adver_Timer of a master, Master_Down_Timer of a backup */
    int64_t heard_ns;
    mip6_vrrp_state state;
    mip6_vrrp_state told;   /* the state that the host knows */
    bool say, say_goodbye;  /* an advertisement is due; with priority 0 */
    mip6_vrrp_figures figures;
};

/* ---- Arithmetic ------------------------------------------------------------------- */

uint8_t mip6_vrrp_priority(uint32_t agent, uint32_t group, uint32_t n)
{
    assert(n > 0 && agent < n && group < n);
    uint32_t rank = (agent + n - group) % n;
    return (uint8_t)(MIP6_VRRP_MAX_PRIORITY - (uint64_t)253 * rank / n);
}

int64_t mip6_vrrp_skew_ns(uint8_t priority, int64_t interval_ns)
{
    return (256 - priority) * interval_ns / 256;
}

int64_t mip6_vrrp_master_down_ns(uint8_t priority, int64_t interval_ns)
{
    return 3 * interval_ns + mip6_vrrp_skew_ns(priority, interval_ns);
}

const char *mip6_vrrp_state_name(mip6_vrrp_state state)
{
    static const char *const names[] = {"initialize", "backup", "master"};
    return names[state];
}

/* ---- Life ------------------------------------------------------------------------- */

size_t mip6_vrrp_size(void)
{
    return sizeof(mip6_vrrp);
}

static bool is_sane(const mip6_vrrp_config *c)
{
    return c->vrid > 0 && c->priority > 0 && c->priority <= MIP6_VRRP_MAX_PRIORITY &&
           c->interval_ns > 0 && c->interval_ns <= MIP6_VRRP_MAX_INTERVAL_NS &&
           c->interval_ns % MIP6_VRRP_UNIT_NS == 0 && mip6_addr_is_link_local(&c->link_local) &&
           mip6_addr_is_link_local(&c->addresses[0]);
}

mip6_vrrp *mip6_vrrp_init(void *storage, const mip6_vrrp_config *config, int64_t now_ns)
{
    assert(storage && config && is_sane(config));
    mip6_vrrp *v = storage;
    memset(v, 0, sizeof *v);
    v->config = config;
    v->now_ns = now_ns;
    v->next_ns = v->heard_ns = MIP6_NEVER;
    v->figures.master_interval_ns = config->interval_ns;
    return v;
}

static void set_now(mip6_vrrp *v, int64_t now_ns)
{
    assert(now_ns >= v->now_ns);
    v->now_ns = now_ns;
}

static void advertise(mip6_vrrp *v)
{
    v->say = true;
    v->next_ns = v->now_ns + v->config->interval_ns;
}

/* For the Master_Down_Interval of whoever advertises so often. */
static void wait(mip6_vrrp *v, int64_t master_interval_ns)
{
    v->figures.master_interval_ns = master_interval_ns;
    v->state = MIP6_VRRP_BACKUP;
    v->next_ns = v->now_ns + mip6_vrrp_master_down_ns(v->config->priority, master_interval_ns);
}

void mip6_vrrp_startup(mip6_vrrp *v, int64_t now_ns)
{
    set_now(v, now_ns);
    if (v->state == MIP6_VRRP_INITIALIZE)
        wait(v, v->config->interval_ns);        /* 150 to 165 */
}

void mip6_vrrp_shutdown(mip6_vrrp *v, int64_t now_ns)
{
    set_now(v, now_ns);
    v->say_goodbye |= v->state == MIP6_VRRP_MASTER; /* 345 to 360, 655 to 675 */
    v->say = false;
    v->state = MIP6_VRRP_INITIALIZE;
    v->next_ns = MIP6_NEVER;
}

/* ---- Advertisements --------------------------------------------------------------- */

static bool is_ours(const mip6_vrrp *v, const mip6_vrrp_advert *a)
{
    return a->n == MIP6_VRRP_ADDRESSES &&
           memcmp(a->addresses, v->config->addresses, sizeof v->config->addresses) == 0;
}

static void heard_as_backup(mip6_vrrp *v, const mip6_vrrp_advert *a)
{
    const mip6_vrrp_config *c = v->config;
    if (a->priority == 0)                       /* 425 */
        v->next_ns = v->now_ns + mip6_vrrp_skew_ns(c->priority, v->figures.master_interval_ns);
    else if (!c->preempt || a->priority >= c->priority)
        wait(v, a->interval_ns);                /* 445 to 460 */
}

/* Addresses compare as numbers in network order. */
static bool is_better(const mip6_vrrp_config *c, const mip6_vrrp_advert *a)
{
    return a->priority > c->priority ||
           (a->priority == c->priority &&
            memcmp(&a->source, &c->link_local, sizeof a->source) > 0);
}

static void heard_as_master(mip6_vrrp *v, const mip6_vrrp_advert *a)
{
    if (a->priority == 0)
        advertise(v);                           /* 705 to 715 */
    else if (is_better(v->config, a)) {
        v->say = false;
        wait(v, a->interval_ns);                /* 725 to 765 */
    }
}

static int drop(mip6_vrrp *v, mip6_drop cause, int error)
{
    v->figures.drops[cause]++;
    return error;
}

int mip6_vrrp_receive(mip6_vrrp *v, const uint8_t *pkt, size_t len, int64_t now_ns)
{
    mip6_vrrp_advert a;
    mip6_drop cause;
    set_now(v, now_ns);
    int error = mip6_vrrp_decode(pkt, len, &a, &cause);
    if (error)
        return drop(v, cause, error);
    if (a.vrid != v->config->vrid)
        return MIP6_ERR_IGNORED;
    /* Our own come back only from a link that is broken, or from one who pretends to be us. */
    if (mip6_addr_equal(&a.source, &v->config->link_local))
        return drop(v, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    v->figures.received++;
    v->figures.mismatched += !is_ours(v, &a);   /* 7.1: MAY verify, SHOULD log */
    v->heard_ns = now_ns;
    if (v->state == MIP6_VRRP_BACKUP)
        heard_as_backup(v, &a);
    else if (v->state == MIP6_VRRP_MASTER)
        heard_as_master(v, &a);
    return 0;
}

int64_t mip6_vrrp_heard_ns(const mip6_vrrp *v)
{
    return v->heard_ns;
}

/* ---- Time, and what is to do ------------------------------------------------------- */

int64_t mip6_vrrp_next_expiry(const mip6_vrrp *v)
{
    return v->next_ns;
}

void mip6_vrrp_expire(mip6_vrrp *v, int64_t now_ns)
{
    set_now(v, now_ns);
    if (v->next_ns > now_ns)
        return;
    if (v->state == MIP6_VRRP_BACKUP)
        v->figures.became_master++;             /* 365 to 410 */
    v->state = MIP6_VRRP_MASTER;
    advertise(v);                               /* 680 to 690 */
}

static void build(mip6_vrrp *v, uint8_t priority, mip6_vrrp_action *action, uint8_t *buf,
                  size_t cap)
{
    const mip6_vrrp_config *c = v->config;
    mip6_vrrp_advert a = {.source = c->link_local, .vrid = c->vrid, .priority = priority,
                          .n = MIP6_VRRP_ADDRESSES, .addresses = c->addresses,
                          .interval_ns = c->interval_ns};
    int len = mip6_vrrp_encode(buf, cap, &a);
    assert(len == (int)MIP6_VRRP_PACKET);
    *action = (mip6_vrrp_action){.kind = MIP6_VRRP_SEND, .len = (uint32_t)len};
    v->figures.sent++;
}

/* Words before deeds: 370 before 410, 665 before 670. */
bool mip6_vrrp_poll(mip6_vrrp *v, mip6_vrrp_action *action, uint8_t *buf, size_t cap,
                    int64_t now_ns)
{
    set_now(v, now_ns);
    bool serves = v->state == MIP6_VRRP_MASTER, served = v->told == MIP6_VRRP_MASTER;
    if (v->say_goodbye || v->say) {
        build(v, v->say_goodbye ? 0 : v->config->priority, action, buf, cap);
        v->say_goodbye = v->say = false;
        return true;
    }
    v->told = v->state;
    *action = (mip6_vrrp_action){.kind = serves ? MIP6_VRRP_SERVE : MIP6_VRRP_STAND_BY};
    return serves != served;
}

void mip6_vrrp_get_figures(const mip6_vrrp *v, mip6_vrrp_figures *out)
{
    *out = v->figures;
    out->state = v->state;
}

mip6_vrrp_state mip6_vrrp_get_state(const mip6_vrrp *v)
{
    return v->state;
}
