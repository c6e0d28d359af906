/* The database of security associations of one agent: found by home address and by SPI.
 *
 *   RFC 4301 section 4.4.2; RFC 4303 sections 2.1, 3.4.2
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "../core/index.h"
#include "mip6_esp.h"

#include <stddef.h>
#include <string.h>

/* SPIs 1 to 255 are reserved, 0 is none. */
#define FIRST_SPI 256u

typedef struct entry {
    mip6_index_node by_home;    /* key: the home address; first */
    mip6_index_node by_spi;     /* key: spi_in */
    mip6_sa sa;
    uint32_t restarts;          /* of the database, that this SA has gone through */
    uint8_t mode;
} entry;

static entry *of_spi(mip6_index_node *node)
{
    return node ? (entry *)((uint8_t *)node - offsetof(entry, by_spi)) : NULL;
}

/* What all SAs lie in. */
typedef struct store {
    mip6_pool pool;
    mip6_index homes[MIP6_SA_MODES], spis;
    struct store *next;         /* of those that are given back */
} store;

struct mip6_sad {
    const mip6_env *env;
    uint64_t secret[2];
    store now;
    store *old;                 /* what was in it before it was cleared, given back bit by bit */
    uint32_t *restarted;        /* the period of each restart that found SAs behind */
    uint32_t n_restarts, max_restarts;
};

/* ---- Stores ------------------------------------------------------------------------------- */

static mip6_index *index_of(store *s, unsigned i)
{
    return i < MIP6_SA_MODES ? &s->homes[i] : &s->spis;
}

static void store_free(store *s, const mip6_env *env)
{
    for (unsigned i = 0; i <= MIP6_SA_MODES; i++)
        mip6_index_free(index_of(s, i), env);
    mip6_pool_free(&s->pool, env);
}

static bool store_init(store *s, const mip6_env *env, const uint64_t secret[2])
{
    memset(s, 0, sizeof *s);
    mip6_pool_init(&s->pool, 0);
    for (unsigned i = 0; i <= MIP6_SA_MODES; i++) {
        if (mip6_index_init(index_of(s, i), env, secret) != 0) {
            store_free(s, env);
            return false;
        }
    }
    return true;
}

/* One piece of it. */
static void give_back(mip6_sad *sad)
{
    store *s = sad->old;
    if (!s || mip6_pool_free_some(&s->pool, sad->env))
        return;
    for (unsigned i = 0; i <= MIP6_SA_MODES; i++)
        if (mip6_index_free_some(index_of(s, i), sad->env))
            return;
    sad->old = s->next;
    sad->env->free(sad->env->user, s, sizeof *s);
}

mip6_sad *mip6_sad_new(const mip6_env *env, const uint64_t secret[2])
{
    mip6_sad *sad = env->alloc(env->user, sizeof *sad);
    if (!sad)
        return NULL;
    memset(sad, 0, sizeof *sad);
    sad->env = env;
    memcpy(sad->secret, secret, sizeof sad->secret);
    if (store_init(&sad->now, env, secret))
        return sad;
    env->free(env->user, sad, sizeof *sad);
    return NULL;
}

void mip6_sad_free(mip6_sad *sad)
{
    if (!sad)
        return;
    while (sad->old)
        give_back(sad);
    store_free(&sad->now, sad->env);
    if (sad->restarted)
        sad->env->free(sad->env->user, sad->restarted,
                       sad->max_restarts * sizeof *sad->restarted);
    sad->env->free(sad->env->user, sad, sizeof *sad);
}

/* ---- SAs ---------------------------------------------------------------------------------- */

/* SPIs are looked up as addresses are. */
static mip6_addr key_of(uint32_t spi)
{
    mip6_addr key = {{0}};
    mip6_put32(key.b + 12, spi);
    return key;
}

/* What the restarts since this SA was last used have done to it. The first one alone can have found
 * numbers that no standby knew of, those of its own period; what it left the others found. */
static entry *meet(const mip6_sad *sad, entry *e)
{
    if (!e || e->restarts == sad->n_restarts)
        return e;
    if (e->sa.period == sad->restarted[e->restarts])
        e->sa.now = e->sa.synced;
    e->sa.synced = e->sa.now;
    e->sa.period = sad->restarted[sad->n_restarts - 1];
    e->restarts = sad->n_restarts;
    return e;
}

static entry *find_spi(const mip6_sad *sad, uint32_t spi)
{
    mip6_addr key = key_of(spi);
    return meet(sad, of_spi(mip6_index_find(&sad->now.spis, &key)));
}

static entry *find_home(const mip6_sad *sad, const mip6_addr *home, unsigned mode)
{
    return meet(sad, (entry *)mip6_index_find(&sad->now.homes[mode], home));
}

mip6_sa *mip6_sad_find_spi(const mip6_sad *sad, uint32_t spi)
{
    entry *found = find_spi(sad, spi);
    return found ? &found->sa : NULL;
}

mip6_sa *mip6_sad_find(const mip6_sad *sad, const mip6_addr *home, mip6_sa_mode mode)
{
    entry *e = find_home(sad, home, mode);
    return e ? &e->sa : NULL;
}

uint32_t mip6_sad_count(const mip6_sad *sad)
{
    return sad->now.spis.count;
}

static void forget(mip6_sad *sad, entry *e)
{
    mip6_index_remove(&sad->now.spis, &e->by_spi);
    mip6_index_remove(&sad->now.homes[e->mode], &e->by_home);
    mip6_pool_put(&sad->now.pool, e);
}

/* The entry that is there, or a new one: in the index of home addresses, in that of SPIs not. */
static entry *get_entry(mip6_sad *sad, const mip6_addr *home, mip6_sa_mode mode)
{
    entry *e = find_home(sad, home, mode);
    if (e) {
        mip6_index_remove(&sad->now.spis, &e->by_spi);
        return e;
    }
    e = mip6_pool_get(&sad->now.pool, sad->env, sizeof *e);
    if (!e)
        return NULL;
    e->by_home.key = *home;
    e->mode = (uint8_t)mode;
    mip6_index_insert(&sad->now.homes[mode], sad->env, &e->by_home);
    return e;
}

mip6_sa *mip6_sad_add(mip6_sad *sad, const mip6_addr *home, mip6_sa_mode mode, uint32_t spi_in,
                      uint32_t spi_out)
{
    give_back(sad);
    if (spi_in < FIRST_SPI || spi_out < FIRST_SPI || find_spi(sad, spi_in))
        return NULL;
    entry *e = get_entry(sad, home, mode);
    if (!e)
        return NULL;
    e->by_spi.key = key_of(spi_in);
    e->sa = (mip6_sa){.home = *home, .spi_in = spi_in, .spi_out = spi_out};
    e->restarts = sad->n_restarts;
    mip6_index_insert(&sad->now.spis, sad->env, &e->by_spi);
    return &e->sa;
}

void mip6_sad_remove(mip6_sad *sad, const mip6_addr *home)
{
    for (unsigned mode = 0; mode < MIP6_SA_MODES; mode++) {
        entry *e = find_home(sad, home, mode);
        if (e)
            forget(sad, e);
    }
}

static void forget_all(mip6_sad *sad)
{
    uint32_t hint = 0;
    mip6_index_node *node;
    while ((node = mip6_index_any(&sad->now.spis, &hint)) != NULL)
        forget(sad, of_spi(node));
}

/* A new store takes the old one's place, whose memory goes back as SAs come. */
void mip6_sad_clear(mip6_sad *sad)
{
    store empty, *old = NULL;
    if (mip6_sad_count(sad) == 0)
        return;
    if (store_init(&empty, sad->env, sad->secret))
        old = sad->env->alloc(sad->env->user, sizeof *old);
    if (!old) {     /* then all at once */
        store_free(&empty, sad->env);
        forget_all(sad);
        return;
    }
    *old = sad->now;
    old->next = sad->old;
    sad->old = old;
    sad->now = empty;
}

/* ---- Takeover --------------------------------------------------------------------------- */

/* One SA as the agent that takes over knows it. */
static int copy_sa(mip6_sad *to, const mip6_sa *sa, mip6_sa_mode mode, mip6_sa_state state)
{
    entry *clash = find_spi(to, sa->spi_in);
    if (clash)      /* another agent drew the same number, of 2^32: the older one goes */
        forget(to, clash);
    mip6_sa *copy = mip6_sad_add(to, &sa->home, mode, sa->spi_in, sa->spi_out);
    if (!copy)
        return MIP6_ERR_NOMEM;
    copy->now = state == MIP6_SA_BEHIND ? sa->synced : sa->now;
    copy->synced = copy->now;
    copy->period = sa->period;
    copy->replay_off = sa->replay_off;
    return 0;
}

int mip6_sad_take_over(mip6_sad *to, mip6_sad *from, const mip6_addr *home, mip6_sa_state state,
                       uint32_t period)
{
    int result = MIP6_ERR_IGNORED;
    for (unsigned mode = 0; mode < MIP6_SA_MODES; mode++) {
        entry *e = find_home(from, home, mode);
        if (!e)
            continue;
        mip6_sa_begin_period(&e->sa, period);
        mip6_sa had = e->sa;
        forget(from, e);
        if (result != MIP6_ERR_NOMEM)
            result = state == MIP6_SA_LOST ? 0 : copy_sa(to, &had, (mip6_sa_mode)mode, state);
    }
    return result;
}

static bool add_restart(mip6_sad *sad, uint32_t period)
{
    const mip6_env *env = sad->env;
    if (sad->n_restarts == sad->max_restarts) {
        uint32_t max = sad->max_restarts ? 2 * sad->max_restarts : 4;
        uint32_t *wider = env->alloc(env->user, max * sizeof *wider);
        if (!wider)
            return false;
        if (sad->restarted) {
            memcpy(wider, sad->restarted, sad->n_restarts * sizeof *wider);
            env->free(env->user, sad->restarted, sad->max_restarts * sizeof *wider);
        }
        sad->restarted = wider;
        sad->max_restarts = max;
    }
    sad->restarted[sad->n_restarts++] = period;
    return true;
}

/* Written down; each SA goes through it when it is next used. */
static void fall_behind(mip6_sad *sad, uint32_t period)
{
    if (add_restart(sad, period))
        return;
    mip6_index_node *node = NULL;       /* no memory for that: now, then */
    while ((node = mip6_index_next(&sad->now.spis, node)) != NULL) {
        entry *e = meet(sad, of_spi(node));
        mip6_sa_begin_period(&e->sa, period);
        e->sa.now = e->sa.synced;
    }
}

void mip6_sad_restart(mip6_sad *sad, mip6_sa_state state, uint32_t period)
{
    if (state == MIP6_SA_LOST)
        mip6_sad_clear(sad);
    else if (state == MIP6_SA_BEHIND)
        fall_behind(sad, period);
}
