/* Addresses from names, and back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/address.h"

#include <assert.h>
#include <string.h>

#include "sim/engine/block.h"
#include "sim/engine/fingerprint.h"

/* An open-addressing table of non-zero 64-bit keys; key and value in one cache line. */
typedef struct cell {
    uint32_t key[2];
    uint32_t value;
} cell;

typedef struct table {
    cell *cells;
    uint32_t mask, used;
} table;

static uint64_t key_of(const cell *c)
{
    return (uint64_t)c->key[1] << 32 | c->key[0];
}

struct model_directory {
    sim_prefix prefix;
    uint64_t base, host_mask;   /* of the last 64 bits */
    table addresses, lladdrs;
};

static void table_init(table *t, uint32_t size)
{
    *t = (table){sim_block_new(size, sizeof(cell)), size - 1, 0};
}

static void table_clear(table *t)
{
    sim_block_free(t->cells);
    *t = (table){0};
}

static uint32_t table_slot(const table *t, uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t i = (uint32_t)(h >> 32) & t->mask;
    while (key_of(&t->cells[i]) != 0 && key_of(&t->cells[i]) != key)
        i = (i + 1) & t->mask;
    return i;
}

static void table_put(table *t, uint64_t key, uint32_t value)
{
    if (4 * (uint64_t)(t->used + 1) > 3 * (uint64_t)t->mask) {
        table bigger;
        table_init(&bigger, 2 * (t->mask + 1));
        for (uint32_t i = 0; i <= t->mask; i++)
            if (key_of(&t->cells[i]) != 0)
                table_put(&bigger, key_of(&t->cells[i]), t->cells[i].value);
        table_clear(t);
        *t = bigger;
    }
    uint32_t i = table_slot(t, key);
    assert(key_of(&t->cells[i]) == 0);
    t->cells[i] = (cell){{(uint32_t)key, (uint32_t)(key >> 32)}, value};
    t->used++;
}

static bool table_has(const table *t, uint64_t key)
{
    return key_of(&t->cells[table_slot(t, key)]) == key;
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

static void put64(uint8_t *p, uint64_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
}

/* RFC 2526: fdff:ffff:ffff:ff80 and up are anycast in a /64. */
#define ANYCAST_FIRST UINT64_C(0xfdffffffffffff80)

static bool is_reserved(uint64_t iid, uint64_t host_mask)
{
    /* 0 in the host part: the subnet-router anycast address, RFC 4291 2.6.1. */
    return (iid & host_mask) == 0 || (iid >= ANYCAST_FIRST && iid <= (ANYCAST_FIRST | 0x7f));
}

static uint64_t host_mask_of(const sim_prefix *prefix)
{
    int64_t bits = 128 - prefix->length;
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

int64_t model_prefix_capacity(const sim_prefix *prefix)
{
    uint64_t mask = host_mask_of(prefix);
    uint64_t base = get64(prefix->address + 8) & ~mask;
    uint64_t n = mask > INT64_MAX ? INT64_MAX : mask;   /* all but 0 in the host part */
    uint64_t first = MAX(base, ANYCAST_FIRST), last = MIN(base | mask, ANYCAST_FIRST | 0x7f);
    if (mask <= INT64_MAX && first <= last)
        n -= MIN(n, last - first + 1);
    return (int64_t)n;
}

model_directory *model_directory_new(const sim_prefix *prefix)
{
    assert(prefix->length >= 64 && prefix->length <= 126);
    model_directory *d = g_new0(model_directory, 1);
    d->prefix = *prefix;
    d->host_mask = host_mask_of(prefix);
    d->base = get64(prefix->address + 8) & ~d->host_mask;
    table_init(&d->addresses, 256);
    table_init(&d->lladdrs, 256);
    return d;
}

void model_directory_free(model_directory *d)
{
    if (!d)
        return;
    table_clear(&d->addresses);
    table_clear(&d->lladdrs);
    g_free(d);
}

static uint64_t hash_name(const char *name, uint64_t salt)
{
    return sim_hash(name, strlen(name), UINT64_C(0x6164647265737300) + salt).lo;
}

mip6_lladdr model_directory_lladdr(model_directory *d, const char *name)
{
    uint64_t key, salt = UINT64_C(1) << 32;
    do {
        /* Locally administered, unicast: 02 in front. */
        key = (hash_name(name, salt++) & UINT64_C(0xffffffffff)) | UINT64_C(0x020000000000);
    } while (table_has(&d->lladdrs, key));
    table_put(&d->lladdrs, key, 0);
    mip6_lladdr ll;
    for (int i = 5; i >= 0; i--, key >>= 8)
        ll.b[i] = (uint8_t)key;
    return ll;
}

/* Hashes first; in a pool that is nearly full, one address after the other. */
static uint64_t find_free(const model_directory *d, const char *name)
{
    enum { HASHES = 32 };
    uint64_t iid = 0;
    for (uint64_t salt = 0; salt < HASHES; salt++) {
        iid = d->base | (hash_name(name, salt) & d->host_mask);
        if (!is_reserved(iid, d->host_mask) && !table_has(&d->addresses, iid))
            return iid;
    }
    do {
        iid = d->base | ((iid + 1) & d->host_mask);
    } while (is_reserved(iid, d->host_mask) || table_has(&d->addresses, iid));
    return iid;
}

mip6_addr model_directory_add(model_directory *d, const char *name, uint32_t index)
{
    uint64_t iid = find_free(d, name);
    table_put(&d->addresses, iid, index);
    mip6_addr a;
    memcpy(a.b, d->prefix.address, 8);
    put64(a.b + 8, iid);
    return a;
}

void model_directory_seal(model_directory *d)
{
    table_clear(&d->lladdrs);
}

uint32_t model_directory_find(const model_directory *d, const mip6_addr *address)
{
    uint64_t iid = get64(address->b + 8);
    const cell *c = &d->addresses.cells[table_slot(&d->addresses, iid)];
    return iid != 0 && key_of(c) == iid ? c->value : MODEL_NO_INDEX;
}

/* ---- access routers and correspondents ------------------------------------------- */

enum { ACCESS = 0xac, CORRESPONDENTS = 0xcc };

static mip6_addr numbered(uint8_t kind, uint32_t number)
{
    mip6_addr a = {{0x20, 0x01, 0x0d, 0xb8, kind}};
    a.b[5] = (uint8_t)(number >> 16);
    a.b[6] = (uint8_t)(number >> 8);
    a.b[7] = (uint8_t)number;
    return a;
}

static uint32_t number_of(uint8_t kind, const mip6_addr *a)
{
    static const uint8_t front[4] = {0x20, 0x01, 0x0d, 0xb8};
    if (memcmp(a->b, front, 4) != 0 || a->b[4] != kind)
        return MODEL_NO_INDEX;
    return (uint32_t)a->b[5] << 16 | (uint32_t)a->b[6] << 8 | a->b[7];
}

mip6_addr model_access_prefix(uint32_t router)
{
    return numbered(ACCESS, router);
}

mip6_addr model_correspondent_address(uint32_t correspondent)
{
    mip6_addr a = numbered(CORRESPONDENTS, correspondent);
    a.b[15] = 1;
    return a;
}

uint32_t model_access_of(const mip6_addr *address)
{
    return number_of(ACCESS, address);
}

uint32_t model_correspondent_of(const mip6_addr *address)
{
    return number_of(CORRESPONDENTS, address);
}

bool model_prefix_clashes(const sim_prefix *prefix)
{
    mip6_addr a;
    memcpy(a.b, prefix->address, 16);
    return number_of(ACCESS, &a) != MODEL_NO_INDEX ||
           number_of(CORRESPONDENTS, &a) != MODEL_NO_INDEX;
}
