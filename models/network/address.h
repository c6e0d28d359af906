/* Addresses from names: link-layer, home and care-of. An address depends on its
 * node's name alone, never on how many other nodes there are (but for the rare case of two
 * hashes that meet, where the later registration takes its next hash).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_ADDRESS_H
#define MODEL_ADDRESS_H

#include "mip6_types.h"
#include "sim/engine/config.h"

typedef struct model_directory model_directory;

#define MODEL_NO_INDEX UINT32_MAX

/* How many nodes an address pool holds, at most INT64_MAX. */
int64_t model_prefix_capacity(const sim_prefix *prefix);

/* prefix: the pool of home addresses, 64 to 126 bits. */
model_directory *model_directory_new(const sim_prefix *prefix);
void model_directory_free(model_directory *directory);

/* Give a name its link-layer address. */
mip6_lladdr model_directory_lladdr(model_directory *directory, const char *name);
/* Give a name its address in the pool, and remember `index` under it. There must be room. */
mip6_addr model_directory_add(model_directory *directory, const char *name, uint32_t index);
/* No more addresses are given out: what was needed for that alone goes. */
void model_directory_seal(model_directory *directory);
/* The index under the last 64 bits of an address, or MODEL_NO_INDEX. Mobile nodes have theirs
 * from 0 up, agents from MODEL_FIRST_AGENT up. */
#define MODEL_FIRST_AGENT 0x80000000u
uint32_t model_directory_find(const model_directory *directory, const mip6_addr *address);

/* Prefixes of access routers and correspondents: 2001:db8:acXX:XXXX::/64 and
 * 2001:db8:ccXX:XXXX::/64, by the number in the name. */
mip6_addr model_access_prefix(uint32_t router);
mip6_addr model_correspondent_address(uint32_t correspondent);
/* Which one an address belongs to; MODEL_NO_INDEX: none. */
uint32_t model_access_of(const mip6_addr *address);
uint32_t model_correspondent_of(const mip6_addr *address);
/* Is such a prefix inside, or around, the home prefix? */
bool model_prefix_clashes(const sim_prefix *prefix);

#endif
