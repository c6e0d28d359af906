/* Layers of a scenario merged: included files, the file, the command line. For each group
 * and key what stands, and where it is from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_LAYERS_H
#define SIM_LAYERS_H

#include "sim/scenario/scenario.h"

/* A value that stands: the highest layer's. */
typedef struct sim_given {
    const char *key, *value;
    const char *file;           /* or "--set" */
    const char *folder;         /* paths are relative to it */
    int line;                   /* 0: the command line */
    int layer;
    bool used;                  /* the filler's mark */
    const struct sim_given *before;     /* what it stands in place of; NULL: nothing */
} sim_given;

/* One group of the files: header, and its keys by name. */
typedef struct sim_given_group {
    const char *header;         /* "home-agent ha1" */
    const char *word, *name;    /* "home-agent", "ha1" */
    const char *file;
    int line, layer;
    bool by_option;             /* no file has its header */
    GHashTable *keys;           /* name -> sim_given, owned */
    GPtrArray *order;           /* sim_given, as they came */
} sim_given_group;

typedef struct sim_layers {
    GPtrArray *groups;          /* sim_given_group, as they came */
    GHashTable *by_header;
    GPtrArray *arena;           /* strings; elements freed with g_free */
    char *folder;               /* of the request's file, absolute */
    int n_files;                /* layers that are files */
} sim_layers;

/* Read the file, what it includes, and the overrides. Errors are appended. Never NULL. */
sim_layers *sim_layers_read(const sim_request *request, GPtrArray *arena, GPtrArray *errors);
void sim_layers_free(sim_layers *layers);

#endif
