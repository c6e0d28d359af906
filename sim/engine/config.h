/* Configuration without knowledge of who is configured.
 *
 * Models describe their settings in const tables (sim_group, sim_key); sim/scenario reads
 * a file and fills structs from the tables; models read the structs. This file is the
 * contract between the two: data, and a few look-ups.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of value, how they are written, and the C type at the key's offset. */
typedef enum sim_key_kind {
    SIM_KEY_BOOL,       /* on, off                          bool */
    SIM_KEY_INT,        /* 42                               int64_t */
    SIM_KEY_REAL,       /* 1.2                              double */
    SIM_KEY_TIME,       /* 100 ms, 2 s, 1 min, 1 h, 5 us    int64_t, ns */
    SIM_KEY_RATE,       /* 10 Mbit/s, 64 kbit/s, unlimited  int64_t, bit/s; 0: unlimited */
    SIM_KEY_BYTES,      /* 64 KiB, 1500 B, unlimited        int64_t; 0: unlimited */
    SIM_KEY_PACKETS,    /* 100 packets, unlimited           int64_t; 0: unlimited */
    SIM_KEY_PER_S,      /* 10 /s                            int64_t, per second * 1e6 */
    SIM_KEY_SHARE,      /* 20 %                             int64_t, millionths */
    SIM_KEY_LENGTH,     /* 500 m, 2 km                      int64_t, mm */
    SIM_KEY_SPEED,      /* 10 m/s, 50 km/h                  int64_t, mm/s */
    SIM_KEY_STRING,     /*                                  const char *, never NULL */
    SIM_KEY_PATH,       /* resolved against the file's folder: const char *; "" unset */
    SIM_KEY_CHOICE,     /* one of choices                   int64_t, its index */
    SIM_KEY_TIMES,      /* 10 s, 20 s (a list)              sim_times */
    SIM_KEY_ADDRESS     /* 2001:db8::/64                    sim_prefix */
} sim_key_kind;

typedef struct sim_times {
    const int64_t *at_ns;
    size_t n;
} sim_times;

typedef struct sim_prefix {
    uint8_t address[16];
    int64_t length;         /* 128 where none was written */
} sim_prefix;

/* One setting. */
typedef struct sim_key {
    const char *name;       /* "ra-min-interval" */
    sim_key_kind kind;
    /* As in a file: "1 s"; "" for an unset STRING, PATH or TIMES. "=group.key": the value of
     * that key, of the same kind, in the group without a name. "?1 s": stored is 1 s, but not
     * being given means something else, so that printing does not make it given. */
    const char *def;
    double min, max;        /* in the stored unit; both 0: no bound */
    const char *help;       /* one line */
    size_t offset;
    const char *const *choices;     /* of CHOICE, NULL at the end */
} sim_key;

/* One way a group can be filled: a mobility model, a traffic source, a policy. */
typedef struct sim_variant {
    const char *name;       /* "random-waypoint", "hybrid:safe" */
    const char *help;
    const sim_key *keys;
    size_t n_keys;
    size_t size;            /* of its struct */
    const void *impl;       /* the model's vtable */
    const char *contents;   /* SHA-256 of the file that it was loaded from; NULL: built in */
    const char *file;       /* which file that was */
} sim_variant;

typedef struct sim_group {
    const char *name;       /* "home-link" */
    const char *help;
    const sim_key *keys;    /* of the base struct */
    size_t n_keys;
    size_t size;
    /* The variant is named by the value of this STRING key, or by "value:value2" of two
     * keys, or by the first alone where it holds a colon (stored as if written in two keys) or
     * no such pair is there. NULL: no variants. */
    const char *select, *select2;
    const sim_variant *variants;
    size_t n_variants;
    bool loads;             /* `select` may name a file that brings variants: sim_request.load */
    bool named;             /* [home-agent NAME]: any number of instances, each a struct */
    /* named, and the group without a name is an instance too: where its header stands or no
     * instance has a name. */
    bool with_default;
    bool cosmetic;          /* does not enter the hash of the configuration */
} sim_group;

/* An instance of a group, filled. */
typedef struct sim_section {
    const sim_group *group;
    const char *name;       /* "" for the group without a name */
    const void *base;       /* struct of group->size */
    const sim_variant *variant;     /* NULL without */
    const void *variant_data;       /* struct of variant->size */
    /* Per key, base keys then the variant's: where it was given. */
    const char **files;     /* NULL: a default */
    int *lines;             /* 0: the command line; the file is then its option */
    const char *file;       /* where the group's header stands; NULL: nowhere */
    int line;
} sim_section;

typedef struct sim_config {
    const char *file;       /* as the user named it */
    sim_section *sections;  /* one per group at least, named ones in file order */
    size_t n_sections;
} sim_config;

/* The group without a name; every group that is not `named` has one. NULL: none. */
const sim_section *sim_config_section(const sim_config *config, const char *group);
/* Instance i (from 0) of a group, NULL past the last. */
const sim_section *sim_config_instance(const sim_config *config, const char *group, size_t i);
/* Was a key given in a file or by --set (not a default)? A name no table has is a bug. */
bool sim_section_given(const sim_section *section, const char *key);
/* Which file, or option of the command line, gives it; NULL: none does. */
const char *sim_section_giver(const sim_section *section, const char *key);

/* A user's error at a key: "FILE:LINE: [group] key: text". key NULL: at the group. Sets
 * *error (domain SIM_CONFIG_ERROR) and returns false. */
bool sim_config_fail(const sim_section *section, const char *key, GError **error,
                     const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Errors: BAD is the user's input (exit 2), CANNOT is disk or permission (exit 3). */
#define SIM_CONFIG_ERROR sim_config_error_quark()
GQuark sim_config_error_quark(void);
enum { SIM_ERROR_BAD = 2, SIM_ERROR_CANNOT = 3 };

#endif
