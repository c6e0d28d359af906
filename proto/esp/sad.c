/* The database of security associations of one agent: found by home address and by SPI.
 *
 *   RFC 4301 section 4.4.2; RFC 4303 sections 2.1, 3.4.2
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "../core/index.h"
#include "mip6_esp.h"

#include <string.h>

/* SPIs 1 to 255 are reserved, 0 is none. */
#define FIRST_SPI 256u

/* One of the two SAs of an entry, as the index of SPIs knows it. */
typedef struct by_spi {
    mip6_index_node node;
    mip6_sa sa;
} by_spi;

typedef struct entry {
    mip6_index_node node;       /* key: the home address */
    by_spi mode[MIP6_SA_MODES];
} entry;

struct mip6_sad {
    const mip6_env *env;
    mip6_pool pool;
    mip6_index homes, spis;
    uint32_t count;
};

mip6_sad *mip6_sad_new(const mip6_env *env, const uint64_t secret[2])
{
    mip6_sad *sad = env->alloc(env->user, sizeof *sad);
    if (!sad)
        return NULL;
    memset(sad, 0, sizeof *sad);
    sad->env = env;
    mip6_pool_init(&sad->pool, 0);
    if (mip6_index_init(&sad->homes, env, secret) == 0) {
        if (mip6_index_init(&sad->spis, env, secret) == 0)
            return sad;
        mip6_index_free(&sad->homes, env);
    }
    env->free(env->user, sad, sizeof *sad);
    return NULL;
}

void mip6_sad_free(mip6_sad *sad)
{
    if (!sad)
        return;
    mip6_index_free(&sad->homes, sad->env);
    mip6_index_free(&sad->spis, sad->env);
    mip6_pool_free(&sad->pool, sad->env);
    sad->env->free(sad->env->user, sad, sizeof *sad);
}

/* SPIs are looked up as addresses are. */
static mip6_addr key_of(uint32_t spi)
{
    mip6_addr key = {{0}};
    mip6_put32(key.b + 12, spi);
    return key;
}

static by_spi *find_spi(const mip6_sad *sad, uint32_t spi)
{
    mip6_addr key = key_of(spi);
    return (by_spi *)mip6_index_find(&sad->spis, &key);
}

static entry *find_home(const mip6_sad *sad, const mip6_addr *home)
{
    return (entry *)mip6_index_find(&sad->homes, home);
}

mip6_sa *mip6_sad_find_spi(const mip6_sad *sad, uint32_t spi)
{
    by_spi *found = find_spi(sad, spi);
    return found ? &found->sa : NULL;
}

mip6_sa *mip6_sad_find(const mip6_sad *sad, const mip6_addr *home, mip6_sa_mode mode)
{
    entry *e = find_home(sad, home);
    return e && e->mode[mode].sa.spi_in != 0 ? &e->mode[mode].sa : NULL;
}

uint32_t mip6_sad_count(const mip6_sad *sad)
{
    return sad->count;
}

static void forget(mip6_sad *sad, by_spi *b)
{
    if (b->sa.spi_in == 0)
        return;
    mip6_index_remove(&sad->spis, &b->node);
    memset(b, 0, sizeof *b);
    sad->count--;
}

static entry *get_entry(mip6_sad *sad, const mip6_addr *home)
{
    entry *e = find_home(sad, home);
    if (e)
        return e;
    e = mip6_pool_get(&sad->pool, sad->env, sizeof *e);
    if (!e)
        return NULL;
    e->node.key = *home;
    mip6_index_insert(&sad->homes, sad->env, &e->node);
    return e;
}

mip6_sa *mip6_sad_add(mip6_sad *sad, const mip6_addr *home, mip6_sa_mode mode, uint32_t spi_in,
                      uint32_t spi_out)
{
    if (spi_in < FIRST_SPI || spi_out < FIRST_SPI || find_spi(sad, spi_in))
        return NULL;
    entry *e = get_entry(sad, home);
    if (!e)
        return NULL;
    by_spi *b = &e->mode[mode];
    forget(sad, b);
    b->node.key = key_of(spi_in);
    b->sa.home = *home;
    b->sa.spi_in = spi_in;
    b->sa.spi_out = spi_out;
    mip6_index_insert(&sad->spis, sad->env, &b->node);
    sad->count++;
    return &b->sa;
}

static void remove_entry(mip6_sad *sad, entry *e)
{
    for (unsigned mode = 0; mode < MIP6_SA_MODES; mode++)
        forget(sad, &e->mode[mode]);
    mip6_index_remove(&sad->homes, &e->node);
    mip6_pool_put(&sad->pool, e);
}

void mip6_sad_remove(mip6_sad *sad, const mip6_addr *home)
{
    entry *e = find_home(sad, home);
    if (e)
        remove_entry(sad, e);
}

void mip6_sad_clear(mip6_sad *sad)
{
    uint32_t hint = 0;
    mip6_index_node *node;
    while ((node = mip6_index_any(&sad->homes, &hint)) != NULL)
        remove_entry(sad, (entry *)node);
}

/* ---- Takeover --------------------------------------------------------------------------- */

/* One SA as the agent that takes over knows it. */
static int copy_sa(mip6_sad *to, const mip6_sa *sa, mip6_sa_mode mode, mip6_sa_state state)
{
    by_spi *clash = find_spi(to, sa->spi_in);
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
    entry *e = find_home(from, home);
    mip6_sa had[MIP6_SA_MODES];
    if (!e)
        return MIP6_ERR_IGNORED;
    for (unsigned mode = 0; mode < MIP6_SA_MODES; mode++) {
        mip6_sa_begin_period(&e->mode[mode].sa, period);
        had[mode] = e->mode[mode].sa;
    }
    remove_entry(from, e);
    for (unsigned mode = 0; mode < MIP6_SA_MODES && state != MIP6_SA_LOST; mode++) {
        if (had[mode].spi_in == 0)
            continue;
        if (copy_sa(to, &had[mode], (mip6_sa_mode)mode, state) != 0)
            return MIP6_ERR_NOMEM;
    }
    return 0;
}

static void restart(mip6_sa *sa, mip6_sa_state state, uint32_t period)
{
    mip6_sa_begin_period(sa, period);
    if (state == MIP6_SA_BEHIND)
        sa->now = sa->synced;
}

void mip6_sad_restart(mip6_sad *sad, mip6_sa_state state, uint32_t period)
{
    if (state == MIP6_SA_LOST) {
        mip6_sad_clear(sad);
        return;
    }
    for (mip6_index_node *node = NULL; (node = mip6_index_next(&sad->homes, node)) != NULL;)
        for (unsigned mode = 0; mode < MIP6_SA_MODES; mode++)
            restart(&((entry *)node)->mode[mode].sa, state, period);
}
