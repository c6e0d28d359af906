/* Open addressing over objects in chunks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/address_set.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "sim/engine/block.h"
#include "sim/engine/fingerprint.h"

enum { CHUNK = 1024 };

/* An object's number, from 1 up, and above it 8 bits of the address' hash that do not tell where it
 * stands: an object of another address is read in vain once in 256 times. 0: nothing. */
typedef uint32_t place;
enum { TAG_SHIFT = 24 };
#define NUMBER_MASK ((UINT32_C(1) << TAG_SHIFT) - 1)

struct model_address_set {
    size_t size;
    GPtrArray *chunks;
    uint32_t made;          /* numbers given out */
    GArray *spare;          /* uint32_t: those taken out again */
    place *places;
    uint32_t mask, used;
};

/* The lower half says where, the upper one has the tag. */
static uint64_t hash_of(const mip6_addr *address)
{
    return sim_hash(address->b, sizeof address->b, 0).lo;
}

static place place_of(uint64_t hash, uint32_t number)
{
    return ((uint32_t)(hash >> 32) & ~NUMBER_MASK) | number;
}

static void *object_of(const model_address_set *set, uint32_t number)
{
    uint32_t i = number - 1;
    return (char *)set->chunks->pdata[i / CHUNK] + i % CHUNK * set->size;
}

static void *object_at(const model_address_set *set, uint32_t i)
{
    return object_of(set, set->places[i] & NUMBER_MASK);
}

static bool has(const model_address_set *set, uint32_t i, const mip6_addr *address)
{
    return memcmp(object_at(set, i), address, sizeof *address) == 0;
}

/* Where an address is, or would be put. */
static uint32_t find(const model_address_set *set, uint64_t hash, const mip6_addr *address)
{
    uint32_t i = (uint32_t)hash & set->mask;
    place tag = place_of(hash, 0);
    while (set->places[i] != 0 && ((set->places[i] ^ tag) >> TAG_SHIFT || !has(set, i, address)))
        i = (i + 1) & set->mask;
    return i;
}

model_address_set *model_address_set_new(size_t size)
{
    assert(size >= sizeof(mip6_addr) && size % sizeof(void *) == 0);
    model_address_set *set = g_new0(model_address_set, 1);
    set->size = size;
    set->chunks = g_ptr_array_new_with_free_func(sim_block_free);
    set->spare = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    set->mask = 63;
    set->places = sim_block_new(set->mask + 1, sizeof *set->places);
    return set;
}

void model_address_set_free(model_address_set *set)
{
    if (!set)
        return;
    g_ptr_array_free(set->chunks, TRUE);
    g_array_free(set->spare, TRUE);
    sim_block_free(set->places);
    g_free(set);
}

void *model_address_set_find(const model_address_set *set, const mip6_addr *address)
{
    uint32_t i = find(set, hash_of(address), address);
    return set->places[i] ? object_at(set, i) : NULL;
}

static void widen(model_address_set *set)
{
    uint32_t old_mask = set->mask;
    place *old = set->places;
    set->mask = 2 * old_mask + 1;
    set->places = sim_block_new((size_t)set->mask + 1, sizeof *set->places);
    for (uint32_t k = 0; k <= old_mask; k++) {
        if (old[k] == 0)
            continue;
        uint32_t i = (uint32_t)hash_of(object_of(set, old[k] & NUMBER_MASK)) & set->mask;
        while (set->places[i] != 0)
            i = (i + 1) & set->mask;
        set->places[i] = old[k];
    }
    sim_block_free(old);
}

static uint32_t take_number(model_address_set *set)
{
    if (set->spare->len > 0) {
        uint32_t number = g_array_index(set->spare, uint32_t, set->spare->len - 1);
        g_array_set_size(set->spare, set->spare->len - 1);
        return number;
    }
    if (set->made % CHUNK == 0)
        g_ptr_array_add(set->chunks, sim_block_new(CHUNK, set->size));
    assert(set->made < NUMBER_MASK);
    return ++set->made;
}

void *model_address_set_add(model_address_set *set, const mip6_addr *address)
{
    if (4 * (uint64_t)(set->used + 1) > 3 * ((uint64_t)set->mask + 1))
        widen(set);
    uint64_t hash = hash_of(address);
    uint32_t i = find(set, hash, address);
    assert(set->places[i] == 0 && "an address is there once");
    set->places[i] = place_of(hash, take_number(set));
    set->used++;
    void *object = object_at(set, i);
    memset(object, 0, set->size);
    memcpy(object, address, sizeof *address);
    return object;
}

/* Those behind it that would not be found across a gap move up. */
static void close_gap(model_address_set *set, uint32_t gap)
{
    for (uint32_t i = (gap + 1) & set->mask; set->places[i] != 0; i = (i + 1) & set->mask) {
        uint32_t way = (i - (uint32_t)hash_of(object_at(set, i))) & set->mask;
        if (way < ((i - gap) & set->mask))
            continue;
        set->places[gap] = set->places[i];
        gap = i;
    }
    set->places[gap] = 0;
}

void model_address_set_remove(model_address_set *set, void *object)
{
    const mip6_addr *address = object;
    uint32_t i = find(set, hash_of(address), address);
    uint32_t number = set->places[i] & NUMBER_MASK;
    assert(number != 0 && object_of(set, number) == object);
    close_gap(set, i);
    g_array_append_val(set->spare, number);
    set->used--;
}

void *model_address_set_next(const model_address_set *set, uint32_t *at)
{
    while (*at <= set->mask)
        if (set->places[(*at)++] != 0)
            return object_at(set, *at - 1);
    return NULL;
}
