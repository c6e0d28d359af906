/* The folder beside a results file in which runs are made before they are merged.
 *
 * A shard under way is NAME.part; whole and closed, it is NAME.db. Whatever else is there is
 * left from a process that died, and thrown away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_SHARDS_H
#define SIM_CLI_SHARDS_H

#include <glib.h>
#include <stdbool.h>

typedef struct sim_shards {
    char *folder;               /* "OUT.shards" */
    int lock;                   /* a descriptor; workers inherit it, and with it the lock */
} sim_shards;

/* Make the folder beside `out` and lock it: one batch per results file. Waits for workers of
 * one that was killed. False with *error (SIM_ERROR_CANNOT): locked, not writable. */
bool sim_shards_open(sim_shards *shards, const char *out, GError **error);
/* Take away all but whole shards whose name is a key of `keep` (NULL: none), and the folder
 * where nothing is left; give the lock back. */
void sim_shards_close(sim_shards *shards, GHashTable *keep);

/* Paths; g_free. */
char *sim_shards_part(const sim_shards *shards, const char *name);
char *sim_shards_whole(const sim_shards *shards, const char *name);
/* A shard that was written and closed becomes a whole one. */
bool sim_shards_finish(const sim_shards *shards, const char *name, GError **error);
/* Remove a database with its log. */
void sim_shards_remove(const char *path);

#endif
