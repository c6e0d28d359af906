/* Objects by address: a million of one size, found by the address at their head. They lie in
 * chunks, where they stay; a table of 4 bytes each tells where.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_ADDRESS_SET_H
#define MODEL_ADDRESS_SET_H

#include <stddef.h>

#include "mip6_types.h"

typedef struct model_address_set model_address_set;

/* size: bytes of an object, whose first member is its mip6_addr. */
model_address_set *model_address_set_new(size_t size);
/* With all that is in it. */
void model_address_set_free(model_address_set *set);

/* NULL: not there. */
void *model_address_set_find(const model_address_set *set, const mip6_addr *address);
/* A new object, of fewer than 2^24, zero but for its address, which is not there yet. */
void *model_address_set_add(model_address_set *set, const mip6_addr *address);
/* Out of the set; it still holds what it held until the next add. */
void model_address_set_remove(model_address_set *set, void *object);
/* One after the other, in no order; *at: 0 at first. NULL: no more. Nothing is put in or taken
 * out meanwhile. */
void *model_address_set_next(const model_address_set *set, uint32_t *at);

#endif
