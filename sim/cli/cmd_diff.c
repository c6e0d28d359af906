/* mip6sim diff: where two runs part, and by what event.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/json.h"
#include "sim/cli/cli.h"
#include "sim/cli/diff_private.h"
#include "sim/cli/inputs.h"
#include "sim/cli/progress.h"
#include "version.h"

typedef struct options {
    sim_inputs in;
    char *with, *pick;
    gboolean json;
} options;

#define DIFF_ENTRIES(o) \
    SIM_INPUTS_ENTRIES(&(o)->in), \
    {"replications", 'r', 0, G_OPTION_ARG_FILENAME, &(o)->in.replications, \
     "Runs of each policy, with other random draws each", "N"}, \
    {"with", 'w', 0, G_OPTION_ARG_FILENAME, &(o)->with, \
     "Another build of mip6sim: runs FILE as side B, or runs that are its own again", "BINARY"}, \
    {"run", 0, 0, G_OPTION_ARG_FILENAME, &(o)->pick, \
     "Compare run N of A with run M of B (without M: with run N)", "N[,M]"}, \
    {"json", 0, 0, G_OPTION_ARG_NONE, &(o)->json, "Print the answer as JSON", NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

/* The command at work. */
typedef struct job {
    const options *o;
    char *folder;               /* for what the other processes write */
    char *own;                  /* this program */
    char *other_code;           /* code_version of --with; NULL: unknown */
    analysis_results *files[2];
    analysis_diffs *diffs;
    const analysis_diff *first; /* the pair whose event is told; NULL: none differs */
    GHashTable *addresses;
    sim_diff_event event;
    char *no_event;             /* why it is not known; NULL: it is */
    bool by_builds;             /* of a scenario: B is always the other program's */
} job;

static char *in_folder(const job *j, const char *name, int side)
{
    g_autofree char *file = g_strdup_printf("%c-%s", side ? 'b' : 'a', name);
    return g_build_filename(j->folder, file, NULL);
}

static bool open_folder(job *j)
{
    GError *error = NULL;
    j->folder = g_dir_make_tmp("mip6sim-diff-XXXXXX", &error);
    j->own = g_file_read_link("/proc/self/exe", NULL);
    if (j->folder)
        return true;
    sim_cli_fail(SIM_EXIT_CANNOT, "no folder for temporary files: %s", error->message);
    g_error_free(error);
    return false;
}

static void remove_folder(job *j)
{
    GDir *dir = j->folder ? g_dir_open(j->folder, 0, NULL) : NULL;
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(j->folder, name, NULL);
        unlink(path);
    }
    if (dir)
        g_dir_close(dir);
    if (j->folder)
        rmdir(j->folder);
}

/* The first line that a process said; g_free. */
static char *words_of(const char *path)
{
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) || !*text) {
        g_free(text);
        return g_strdup("it ended without a word");
    }
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* The code of --with, by its own word. */
static void ask_other(job *j)
{
    g_autofree char *out = NULL;
    char *argv[] = {j->o->with, "--version", NULL};
    if (!j->o->with || !g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH
                                     | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, NULL,
                                     NULL) || !out)
        return;
    const char *code = strstr(out, "\ncode ");
    if (code) {
        code += strlen("\ncode ");
        code += strspn(code, " ");
        j->other_code = g_strndup(code, strcspn(code, "\n"));
    }
}

/* ---- a scenario by two builds ------------------------------------------------------------- */

static char **run_command(const job *j, int side, const char *out)
{
    GPtrArray *argv = g_ptr_array_new();
    const sim_inputs *in = &j->o->in;
    g_ptr_array_add(argv, g_strdup(side ? j->o->with : j->own));
    g_ptr_array_add(argv, g_strdup("run"));
    g_ptr_array_add(argv, g_strdup("--quiet"));
    g_ptr_array_add(argv, g_strdup("--set=record.fingerprints=on"));
    g_ptr_array_add(argv, g_strconcat("--out=", out, NULL));
    for (char **p = in->policies; p && *p; p++)
        g_ptr_array_add(argv, g_strconcat("--policy=", *p, NULL));
    for (char **s = in->sets; s && *s; s++)
        g_ptr_array_add(argv, g_strconcat("--set=", *s, NULL));
    if (in->seed)
        g_ptr_array_add(argv, g_strconcat("--seed=", in->seed, NULL));
    if (in->tie_seed)
        g_ptr_array_add(argv, g_strconcat("--tie-shuffle=", in->tie_seed, NULL));
    if (in->replications)
        g_ptr_array_add(argv, g_strconcat("--replications=", in->replications, NULL));
    g_ptr_array_add(argv, g_strdup("--"));
    g_ptr_array_add(argv, g_strdup(in->rest[0]));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

/* Runs of both sides into `paths`. An exit code, told. */
static int run_builds(const job *j, char *paths[2])
{
    char **argv[2];
    char *errors[2];
    int codes[2], code = SIM_EXIT_DONE;
    for (int side = 0; side < 2; side++) {
        paths[side] = in_folder(j, "runs.db", side);
        errors[side] = in_folder(j, "errors", side);
        argv[side] = run_command(j, side, paths[side]);
    }
    sim_diff_run_both(argv, (const char *const *)errors, codes);
    for (int side = 0; side < 2; side++) {
        g_autofree char *words = words_of(errors[side]);
        if (codes[side] != SIM_EXIT_DONE && code == SIM_EXIT_DONE)
            code = sim_cli_fail(codes[side] == SIM_EXIT_BAD ? SIM_EXIT_BAD : SIM_EXIT_CANNOT,
                                "%s: %s", argv[side][0], words);
        else if (code == SIM_EXIT_DONE && access(paths[side], F_OK) != 0)
            code = sim_cli_fail(SIM_EXIT_CANNOT, "%s: wrote no results: is it mip6sim?",
                                argv[side][0]);
        g_strfreev(argv[side]);
        g_free(errors[side]);
    }
    return code;
}

/* ---- the window again --------------------------------------------------------------------- */

/* Which program made this side's run; NULL with no_event: neither that is at hand. */
static const char *program_of(job *j, int side)
{
    const analysis_diff_run *run = j->first->run[side];
    if (j->by_builds)
        return side ? j->o->with : j->own;
    if (strcmp(run->code_version, SIM_CODE_VERSION) == 0)
        return j->own;
    if (j->o->with && g_strcmp0(run->code_version, j->other_code) == 0)
        return j->o->with;
    j->no_event = g_strdup_printf(
        "run %" G_GINT64_FORMAT " of %s is of other code (%.12s) than this program%s: give the "
        "program that made it, --with BINARY", run->id, side ? "B" : "A", run->code_version,
        j->o->with ? " and the one given" : "");
    return NULL;
}

static char **effects_command(job *j, int side, const char *program, const char *effects)
{
    g_autofree char *scenario = in_folder(j, "scenario.ini", side);
    const analysis_diff_run *run = j->first->run[side];
    int64_t second = j->first->second;
    GError *error = NULL;
    if (!sim_diff_scenario(j->files[side], run->id, scenario, &error)) {
        j->no_event = g_strdup(error->message);
        g_error_free(error);
        return NULL;
    }
    GPtrArray *argv = g_ptr_array_new();
    g_ptr_array_add(argv, g_strdup(program));
    g_ptr_array_add(argv, g_strdup("run"));
    g_ptr_array_add(argv, g_steal_pointer(&scenario));
    g_ptr_array_add(argv, g_strdup_printf("--replication=%" G_GINT64_FORMAT, run->replication));
    g_ptr_array_add(argv, g_strconcat("--effects=", effects, NULL));
    g_ptr_array_add(argv, g_strdup_printf("--window=%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT,
                                          MAX(second - 1, 0), second + 1));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

/* Both windows into files. False with no_event. */
static bool run_windows(job *j, char *const effects[2])
{
    char **argv[2] = {NULL, NULL};
    g_autofree char *a = in_folder(j, "errors", 0), *b = in_folder(j, "errors", 1);
    const char *const errors[2] = {a, b};
    int codes[2] = {0, 0};
    for (int side = 0; side < 2 && !j->no_event; side++) {
        const char *program = program_of(j, side);
        argv[side] = program ? effects_command(j, side, program, effects[side]) : NULL;
    }
    if (!j->no_event)
        sim_diff_run_both(argv, errors, codes);
    for (int side = 0; side < 2 && !j->no_event; side++) {
        g_autofree char *words = words_of(errors[side]);
        if (codes[side] != SIM_EXIT_DONE)
            j->no_event = g_strdup_printf("the second run of %s ended with code %d: %s",
                                          side ? "B" : "A", codes[side], words);
    }
    g_strfreev(argv[0]);
    g_strfreev(argv[1]);
    return !j->no_event;
}

static void find_event(job *j)
{
    const analysis_diff_run *const *run = (const analysis_diff_run *const *)j->first->run;
    g_autofree char *a = in_folder(j, "effects", 0), *b = in_folder(j, "effects", 1);
    char *const effects[2] = {a, b};
    const char *const code[2] = {run[0]->code_version, run[1]->code_version};
    const char *const config[2] = {run[0]->config_sha256, run[1]->config_sha256};
    GError *error = NULL;
    j->addresses = sim_diff_addresses(j->files[0], run[0]->id);
    GHashTable *more = sim_diff_addresses(j->files[1], run[1]->id);
    GHashTableIter at;
    gpointer key, value;
    for (g_hash_table_iter_init(&at, more); g_hash_table_iter_next(&at, &key, &value);)
        g_hash_table_insert(j->addresses, g_strdup(key), g_strdup(value));
    g_hash_table_destroy(more);
    if (!run_windows(j, effects))
        return;
    if (!sim_diff_streams((const char *const *)effects, code, config, j->addresses, &j->event,
                          &error)) {
        j->no_event = g_strdup(error->message);
        g_error_free(error);
    } else if (!j->event.found) {
        j->no_event = g_strdup("run again, the two do not differ: the programs at hand are not "
                               "the ones that made these runs");
    }
}

/* ---- the answer, for a person ------------------------------------------------------------- */

static char *cell_name(const analysis_diff_cell *cell)
{
    if (!cell->group)
        return g_strdup(cell->node);
    guint64 first = g_ascii_strtoull(cell->node, NULL, 10) * 1024;
    return g_strdup_printf("mobile nodes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, first,
                           first + 1023);
}

static const char *channel_name(const char *channel)
{
    return strcmp(channel, "binding") == 0   ? "binding cache"
           : strcmp(channel, "handoff") == 0 ? "handoff table" : channel;
}

static void put_cells(const analysis_diff *d, GString *out)
{
    enum { MOST = 12 };
    for (guint i = 0; i < MIN(d->cells->len, MOST); i++) {
        const analysis_diff_cell *cell = g_ptr_array_index(d->cells, i);
        g_autofree char *name = cell_name(cell);
        g_string_append_printf(out, "%s%s: %s", i ? "; " : "", name, channel_name(cell->channel));
    }
    if (d->cells->len > MOST)
        g_string_append_printf(out, "; and %u more", d->cells->len - MOST);
}

static void put_only(const analysis_diff *d, GString *out)
{
    enum { MOST = 8 };
    for (int side = 0; side < 2; side++) {
        const GPtrArray *names = d->only[side];
        for (guint i = 0; i < MIN(names->len, MOST); i++)
            g_string_append_printf(out, "%s%s", i ? ", " : side ? "  nodes of B alone: "
                                   : "  nodes of A alone: ", (const char *)names->pdata[i]);
        if (names->len > MOST)
            g_string_append_printf(out, ", and %u more", names->len - MOST);
        g_string_append(out, names->len ? "\n" : "");
    }
}

static void put_pair(const analysis_diff *d, GString *out)
{
    static const char *const answers[] = {"identical", "different", "different"};
    const analysis_diff_run *a = d->run[0], *b = d->run[1];
    if (strcmp(a->label, b->label) == 0)
        g_string_append_printf(out, "%s: %s\n", a->label, answers[d->answer]);
    else
        g_string_append_printf(out, "A: %s\nB: %s\n%s\n", a->label, b->label, answers[d->answer]);
    if (a->simulated_ns != b->simulated_ns)
        g_string_append_printf(out, "  compared: %.3f s, what both have (A: %.3f s, B: %.3f s)\n",
                               (double)d->compared_ns / 1e9, (double)a->simulated_ns / 1e9,
                               (double)b->simulated_ns / 1e9);
    put_only(d, out);
    if (d->answer != ANALYSIS_DIFF_OTHER)
        return;
    g_string_append_printf(out, "  alike for %" G_GINT64_FORMAT " s; in the second that follows "
                           "differ: ", d->second);
    put_cells(d, out);
    g_string_append_c(out, '\n');
}

/* The fields of both sides, one list in the order of the first that has them. */
typedef struct fields {
    GPtrArray *names;           /* owned by the values' table of either side */
    GHashTable *values[2];
    int side;
} fields;

/* A name may come twice, in a tunnel. */
static void keep_field(void *user, const char *name, const char *value)
{
    fields *f = user;
    g_autofree char *unique = g_strdup(name);
    for (int i = 2; g_hash_table_contains(f->values[f->side], unique); i++) {
        g_free(unique);
        unique = g_strdup_printf("%s (%d)", name, i);
    }
    g_hash_table_insert(f->values[f->side], g_strdup(unique), g_strdup(value));
    if (f->side == 0 || !g_hash_table_contains(f->values[0], unique))
        g_ptr_array_add(f->names, g_strdup(unique));
}

static void fields_init(fields *f, const job *j)
{
    f->names = g_ptr_array_new_with_free_func(g_free);
    for (f->side = 0; f->side < 2; f->side++) {
        f->values[f->side] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        if (j->event.side[f->side])
            sim_effect_fields(j->event.side[f->side], j->addresses, keep_field, f);
    }
}

static void fields_clear(fields *f)
{
    g_ptr_array_free(f->names, TRUE);
    g_hash_table_destroy(f->values[0]);
    g_hash_table_destroy(f->values[1]);
}

static void put_fields(const job *j, GString *out)
{
    fields f;
    fields_init(&f, j);
    g_string_append_printf(out, "\n    %-24s%-34s%s\n", "", "A", "B");
    for (guint i = 0; i < f.names->len; i++) {
        const char *name = f.names->pdata[i];
        const char *a = g_hash_table_lookup(f.values[0], name);
        const char *b = g_hash_table_lookup(f.values[1], name);
        bool both = j->event.side[0] && j->event.side[1];
        g_string_append_printf(out, "  %c %-24s%-33s %s\n", both && g_strcmp0(a, b) ? '*' : ' ',
                               name, a ? a : "-", b ? b : "-");
    }
    fields_clear(&f);
}

static void put_event(const job *j, GString *out)
{
    sim_effect *const *side = j->event.side;
    const sim_effect *e = !side[0] || (side[1] && side[1]->t_ns < side[0]->t_ns) ? side[1]
                                                                                 : side[0];
    g_string_append_printf(out, "\nfirst difference at %.9f s: %s, %s\n", (double)e->t_ns / 1e9,
                           e->node, channel_name(e->channel));
    for (int i = 0; i < 2; i++) {
        g_autofree char *text = side[i] ? sim_effect_text(side[i], j->addresses) : NULL;
        g_string_append_printf(out, "  %c: %s", i ? 'B' : 'A',
                               text ? text : "nothing of this kind up to the second's end");
        if (side[i] && side[i]->t_ns != e->t_ns)
            g_string_append_printf(out, " (its next, at %.9f s)", (double)side[i]->t_ns / 1e9);
        g_string_append_c(out, '\n');
    }
    put_fields(j, out);
    if (j->event.before->len > 0)
        g_string_append_printf(out, "\nbefore it, on both sides, by %s or about it:\n", e->node);
    for (guint i = 0; i < j->event.before->len; i++) {
        const sim_effect *x = g_ptr_array_index(j->event.before, i);
        g_autofree char *text = sim_effect_text(x, j->addresses);
        g_string_append_printf(out, "    %.9f s  %-8s %-9s %s\n", (double)x->t_ns / 1e9, x->node,
                               x->channel, text);
    }
}

static void put_alone(const analysis_diffs *diffs, GString *out)
{
    for (int side = 0; side < 2; side++)
        for (guint i = 0; i < diffs->alone[side]->len; i++)
            g_string_append_printf(out, "of %c alone: %s\n", side ? 'B' : 'A',
                                   (const char *)diffs->alone[side]->pdata[i]);
    if (diffs->repeated > 0)
        g_string_append_printf(out, "%u earlier runs of the same left out (--run picks one)\n",
                               diffs->repeated);
    if (diffs->unfinished > 0)
        g_string_append_printf(out, "%u runs that are not finished left out\n", diffs->unfinished);
}

static void put_text(const job *j, GString *out)
{
    for (guint i = 0; i < j->diffs->pairs->len; i++)
        put_pair(g_ptr_array_index(j->diffs->pairs, i), out);
    put_alone(j->diffs, out);
    if (j->first && j->diffs->pairs->len > 1)
        g_string_append_printf(out, "\nof %s:\n", j->first->run[0]->label);
    if (j->no_event)
        g_string_append_printf(out, "\nthe event is not known: %s\n", j->no_event);
    else if (j->first)
        put_event(j, out);
}

/* ---- the answer, for a program ------------------------------------------------------------ */

static void put_member(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, ", \"%s\": ", name);
    if (text)
        analysis_json_string(out, text);
    else
        g_string_append(out, "null");
}

static void put_json_pair(const analysis_diff *d, GString *out)
{
    g_string_append_printf(out, "\n    {\"a\": %" G_GINT64_FORMAT ", \"b\": %" G_GINT64_FORMAT,
                           d->run[0]->id, d->run[1]->id);
    put_member(out, "label_a", d->run[0]->label);
    put_member(out, "label_b", d->run[1]->label);
    g_string_append_printf(out, ", \"identical\": %s, \"compared_ns\": %" G_GINT64_FORMAT,
                           d->answer == ANALYSIS_DIFF_SAME ? "true" : "false", d->compared_ns);
    if (d->answer == ANALYSIS_DIFF_OTHER)
        g_string_append_printf(out, ", \"second\": %" G_GINT64_FORMAT, d->second);
    g_string_append(out, ", \"cells\": [");
    for (guint i = 0; i < d->cells->len; i++) {
        const analysis_diff_cell *cell = g_ptr_array_index(d->cells, i);
        g_autofree char *name = cell_name(cell);
        g_string_append(out, i ? ", {\"node\": " : "{\"node\": ");
        analysis_json_string(out, name);
        put_member(out, "channel", cell->channel);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "]}");
}

static void put_json_event(const job *j, GString *out)
{
    fields f;
    fields_init(&f, j);
    g_string_append(out, "{\"fields\": [");
    for (guint i = 0; i < f.names->len; i++) {
        const char *name = f.names->pdata[i];
        g_string_append(out, i ? ",\n      {\"name\": " : "\n      {\"name\": ");
        analysis_json_string(out, name);
        put_member(out, "a", g_hash_table_lookup(f.values[0], name));
        put_member(out, "b", g_hash_table_lookup(f.values[1], name));
        g_string_append_c(out, '}');
    }
    g_string_append(out, "]}");
    fields_clear(&f);
}

static void put_json(const job *j, GString *out)
{
    g_string_append_printf(out, "{\"identical\": %s,\n  \"pairs\": [", j->first ? "false" : "true");
    for (guint i = 0; i < j->diffs->pairs->len; i++) {
        g_string_append(out, i ? "," : "");
        put_json_pair(g_ptr_array_index(j->diffs->pairs, i), out);
    }
    g_string_append(out, "],\n  \"event\": ");
    if (j->first && !j->no_event)
        put_json_event(j, out);
    else
        g_string_append(out, "null");
    if (j->no_event) {
        g_string_append(out, ",\n ");
        g_string_append(out, " \"no_event\": ");
        analysis_json_string(out, j->no_event);
    }
    g_string_append(out, "}\n");
}

/* ---- the command -------------------------------------------------------------------------- */

/* Different, but no seconds to find where: how to get them. */
static int refuse_unknown(const analysis_diff *d)
{
    const analysis_diff_run *run = d->run[d->run[0]->kept];
    return sim_cli_fail(SIM_EXIT_CANNOT, "%s: the fingerprints of the two differ, but run %"
                        G_GINT64_FORMAT " of %s has none of single seconds: run it again with "
                        "--set record.fingerprints=on", run->label, run->id,
                        d->run[0]->kept ? "B" : "A");
}

static int answer(job *j)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < j->diffs->pairs->len; i++) {
        const analysis_diff *d = g_ptr_array_index(j->diffs->pairs, i);
        if (d->answer == ANALYSIS_DIFF_UNKNOWN)
            return refuse_unknown(d);
        if (d->answer == ANALYSIS_DIFF_OTHER && !j->first)
            j->first = d;
    }
    if (j->first)
        find_event(j);
    if (sim_signals_came())
        return sim_cli_fail(SIM_EXIT_CANNOT, "interrupted");
    if (j->o->json)
        put_json(j, out);
    else
        put_text(j, out);
    int printed = sim_cli_print(out->str);
    return printed != SIM_EXIT_DONE ? printed : j->first ? SIM_EXIT_NO : SIM_EXIT_DONE;
}

static bool read_pick(const char *text, int64_t pick[2])
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    guint n = g_strv_length(words);
    guint64 a = 0, b = 0;
    bool good = (n == 1 || n == 2) &&
                g_ascii_string_to_unsigned(words[0], 10, 1, G_MAXINT64, &a, NULL) &&
                g_ascii_string_to_unsigned(words[n - 1], 10, 1, G_MAXINT64, &b, NULL);
    pick[0] = (int64_t)a;
    pick[1] = (int64_t)b;
    if (!good)
        sim_cli_fail(SIM_EXIT_BAD, "--run: `%s` is no run N, or pair of runs N,M", text);
    return good;
}

static int compare(job *j, const char *a, const char *b)
{
    GError *error = NULL;
    int64_t pick[2];
    if (j->o->pick && !read_pick(j->o->pick, pick))
        return SIM_EXIT_BAD;
    j->files[0] = analysis_results_open(a, &error);
    j->files[1] = j->files[0] ? analysis_results_open(b, &error) : NULL;
    if (j->files[1])
        j->diffs = analysis_diff_files(j->files[0], j->files[1], j->o->pick ? pick : NULL, &error);
    if (j->diffs)
        return answer(j);
    int code = error->code == ANALYSIS_DIFF_BAD ? SIM_EXIT_BAD : SIM_EXIT_CANNOT;
    sim_cli_fail(code, "%s", error->message);
    g_error_free(error);
    return code;
}

static int compare_builds(job *j)
{
    char *paths[2] = {NULL, NULL};
    j->by_builds = true;
    int code = run_builds(j, paths);
    if (code == SIM_EXIT_DONE)
        code = compare(j, paths[0], paths[1]);
    g_free(paths[0]);
    g_free(paths[1]);
    return code;
}

static int run_with(job *j)
{
    char **rest = j->o->in.rest;
    guint n = rest ? g_strv_length(rest) : 0;
    bool of_files = n > 0 && sim_is_results(rest[0]);
    if (n == 0 || n > 2 || (!of_files && n == 2))
        return sim_cli_fail(SIM_EXIT_BAD, "diff: expected two results files, or one scenario and "
                            "--with (see `mip6sim help diff`)");
    if (!of_files && !j->o->with)
        return sim_cli_fail(SIM_EXIT_BAD, "diff: %s by which other build? (--with BINARY)",
                            rest[0]);
    if (of_files && n == 1 && (!j->o->pick || !strchr(j->o->pick, ',')))
        return sim_cli_fail(SIM_EXIT_BAD, "diff: one results file, so which two runs of it? "
                            "(--run N,M)");
    if (!open_folder(j))
        return SIM_EXIT_CANNOT;
    ask_other(j);
    return of_files ? compare(j, rest[0], rest[n - 1]) : compare_builds(j);
}

static void clear(job *j)
{
    remove_folder(j);
    sim_diff_event_clear(&j->event);
    analysis_diffs_free(j->diffs);
    analysis_results_close(j->files[0]);
    analysis_results_close(j->files[1]);
    if (j->addresses)
        g_hash_table_destroy(j->addresses);
    g_free(j->folder);
    g_free(j->own);
    g_free(j->other_code);
    g_free(j->no_event);
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {DIFF_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_diff, entries, &argc, &argv);
    if (code < 0) {
        job j = {.o = &o};
        code = run_with(&j);
        clear(&j);
    }
    sim_inputs_clear(&o.in);
    g_free(o.with);
    g_free(o.pick);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {DIFF_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_diff, entries);
}

const sim_command sim_command_diff = {
    .name = "diff",
    .arguments = "A.db B.db | FILE --with BINARY | DB --run N,M",
    .summary = "Find the first event in which two runs differ",
    .description =
        "Runs of the same scenario, policy, seed and replication are pairs. Their fingerprints\n"
        "tell the first second that differs; that second is run again on both sides, and the\n"
        "first event that differs is printed field by field. Exit code 0: identical, 1: not.\n\n"
        "Examples:\n"
        "  mip6sim diff before.db after.db --with ../other/build/mip6sim\n"
        "  mip6sim diff scenarios/hotspot.ini --policy hybrid:safe --with ../other/build/mip6sim\n"
        "  mip6sim diff results/hotspot.db --run 1,2\n",
    .run = run,
    .help = help,
};
