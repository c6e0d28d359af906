/* mip6sim bless: make the present behaviour the baseline, and say why.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/regress_run.h"
#include "version.h"

typedef struct options {
    sim_regress_options set;
    char *reason;
} options;

#define BLESS_ENTRIES(o) \
    {"reason", 0, 0, G_OPTION_ARG_FILENAME, &(o)->reason, \
     "Why behaviour may be another than before (required)", "TEXT"}, \
    SIM_REGRESS_ENTRIES(&(o)->set), \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

/* A file that is to be written. */
typedef struct draft {
    const sim_regress_result *result;
    const analysis_regress_scenario *verdict;
    char *text;
} draft;

static void draft_free(gpointer p)
{
    draft *d = p;
    g_free(d->text);
    g_free(d);
}

/* ---- what is another than before ------------------------------------------------------------ */

/* Baselines alike but for the version of the code are the same. */
static bool is_same(const sim_regress_result *r)
{
    if (!r->old)
        return false;
    g_autoptr(GString) old = g_string_new(NULL), now = g_string_new(NULL);
    char *version = r->now->code_version;
    r->now->code_version = r->old->code_version;
    analysis_baseline_print(r->old, old);
    analysis_baseline_print(r->now, now);
    r->now->code_version = version;
    return strcmp(old->str, now->str) == 0;
}

static GPtrArray *drafts_of(const sim_regress_outcome *outcome)
{
    GPtrArray *drafts = g_ptr_array_new_with_free_func(draft_free);
    for (guint i = 0; i < outcome->results->len; i++) {
        const sim_regress_result *r = g_ptr_array_index(outcome->results, i);
        if (!r->now || is_same(r))
            continue;
        g_autoptr(GString) text = g_string_new(NULL);
        analysis_baseline_print(r->now, text);
        draft *d = g_new0(draft, 1);
        d->result = r;
        d->verdict = g_ptr_array_index(outcome->verdict->scenarios, i);
        d->text = g_string_free(g_steal_pointer(&text), FALSE);
        g_ptr_array_add(drafts, d);
    }
    return drafts;
}

/* ---- the log -------------------------------------------------------------------------------- */

/* What version control says of this folder: "393686b", "393686b-dirty"; NULL: nothing. g_free. */
static char *commit_here(void)
{
    char *argv[] = {"git", "describe", "--always", "--dirty", NULL};
    char *out = NULL;
    int status = -1;
    bool ran = g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                            NULL, NULL, &out, NULL, &status, NULL);
    if (ran && status == 0 && *g_strstrip(out))
        return out;
    g_free(out);
    return NULL;
}

static void put_draft(GString *log, const draft *d)
{
    const analysis_style plain = {0};
    const analysis_regress_scenario *s = d->verdict;
    g_string_append_printf(log, "  %s%s\n", s->name, s->has_baseline ? "" : ": its first baseline");
    for (guint i = 0; s->has_baseline && i < s->policies->len; i++) {
        const analysis_regress_policy *p = g_ptr_array_index(s->policies, i);
        g_string_append_printf(log, "    %s: %s", p->policy, analysis_answer_text(p->answer));
        if (p->differing > 0)
            g_string_append_printf(log, " (%u of %u runs differ)", p->differing, p->pairs);
        g_string_append(log, p->unmatched > 0 ? ", runs are new\n" : "\n");
        if (p->answer == ANALYSIS_CHANGED || p->answer == ANALYSIS_MOVED)
            analysis_regress_details(p, &plain, "      ", log);
    }
    for (guint i = 0; i < s->gone->len; i++)
        g_string_append_printf(log, "    %s: taken out\n",
                               (const char *)g_ptr_array_index(s->gone, i));
}

static char *entry_of(const char *reason, const GPtrArray *drafts, const GPtrArray *stale)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%d %H:%M UTC");
    g_autofree char *commit = commit_here();
    GString *log = g_string_new(NULL);
    g_string_append_printf(log, "%s", time);
    if (commit)
        g_string_append_printf(log, ", commit %s", commit);
    g_string_append_printf(log, ", code %.12s\n  Reason: %s\n", SIM_CODE_VERSION, reason);
    for (guint i = 0; i < drafts->len; i++)
        put_draft(log, g_ptr_array_index(drafts, i));
    for (guint i = 0; i < stale->len; i++)
        g_string_append_printf(log, "  %s: its scenario is gone\n",
                               (const char *)g_ptr_array_index(stale, i));
    return g_string_free(log, FALSE);
}

/* ---- writing -------------------------------------------------------------------------------- */

/* All or nothing, by a file beside it that takes its place. */
static int write_file(const char *path, const char *text)
{
    GError *error = NULL;
    if (g_file_set_contents(path, text, -1, &error))
        return SIM_EXIT_DONE;
    int code = sim_cli_fail(SIM_EXIT_CANNOT, "%s", error->message);
    g_error_free(error);
    return code;
}

/* The newest entry last. */
static int write_log(const char *folder, const char *entry)
{
    g_autofree char *path = g_build_filename(folder, "LOG", NULL), *before = NULL;
    if (!g_file_get_contents(path, &before, NULL, NULL) && g_file_test(path, G_FILE_TEST_EXISTS))
        return sim_cli_fail(SIM_EXIT_CANNOT, "%s: cannot be read", path);
    g_autofree char *text = before ? g_strconcat(before, "\n", entry, NULL)
        : g_strconcat("Why baselines are what they are. Written by `mip6sim bless`, the newest "
                      "last.\n\n", entry, NULL);
    return write_file(path, text);
}

/* The log first: no baseline changes without its reason. */
static int write_all(const sim_regress_outcome *outcome, const GPtrArray *drafts, const char *entry)
{
    if (g_mkdir_with_parents(outcome->folder, 0777) != 0)
        return sim_cli_fail(SIM_EXIT_CANNOT, "%s: %s", outcome->folder, g_strerror(errno));
    int code = write_log(outcome->folder, entry);
    for (guint i = 0; code == SIM_EXIT_DONE && i < drafts->len; i++) {
        const draft *d = g_ptr_array_index(drafts, i);
        code = write_file(d->result->path, d->text);
    }
    for (guint i = 0; code == SIM_EXIT_DONE && i < outcome->stale->len; i++)
        g_unlink(g_ptr_array_index(outcome->stale, i));
    return code;
}

static int write_changes(const sim_regress_outcome *outcome, const char *reason)
{
    g_autoptr(GPtrArray) drafts = drafts_of(outcome);
    if (drafts->len + outcome->stale->len == 0)
        return sim_cli_print("Nothing changed: the baselines stay as they are.\n");
    g_autofree char *entry = entry_of(reason, drafts, outcome->stale);
    int code = write_all(outcome, drafts, entry);
    if (code != SIM_EXIT_DONE)
        return code;
    g_autofree char *told = g_strdup_printf("%sWritten: %u baseline%s in %s\n", entry, drafts->len,
                                            drafts->len == 1 ? "" : "s", outcome->folder);
    return sim_cli_print(told);
}

/* ---- the command ---------------------------------------------------------------------------- */

/* One line of text; NULL, told, where there is none. g_free. */
static char *reason_of(const options *o)
{
    g_autofree char *reason = o->reason ? g_utf8_make_valid(o->reason, -1) : g_strdup("");
    g_strdelimit(reason, "\r\n\t", ' ');
    if (*g_strstrip(reason))
        return g_steal_pointer(&reason);
    sim_cli_fail(SIM_EXIT_BAD, "bless: why? (--reason \"...\"; it is kept in the log)");
    return NULL;
}

static int run_with(const options *o)
{
    g_autofree char *reason = reason_of(o);
    if (!reason)
        return SIM_EXIT_BAD;
    sim_regress_outcome outcome;
    int code = sim_regress_run("bless", &o->set, &outcome);
    if (code == SIM_EXIT_DONE)
        code = write_changes(&outcome, reason);
    sim_regress_outcome_clear(&outcome);
    return code;
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {BLESS_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_bless, entries, &argc, &argv);
    if (code < 0)
        code = run_with(&o);
    sim_regress_options_clear(&o.set);
    g_free(o.reason);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {BLESS_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_bless, entries);
}

const sim_command sim_command_bless = {
    .name = "bless",
    .arguments = "[SCENARIO...]",
    .summary = "Make the present behaviour the baseline of `regress`, and record why",
    .description =
        "Runs what `regress` runs, writes the baselines that are another than before, and adds to\n"
        "LOG in their folder the reason, the commit, and what moved. Nothing else writes there.\n"
        "Where nothing changed, nothing is written. Baselines of scenarios that are gone are\n"
        "taken away, unless scenarios are named.\n\n"
        "Examples:\n"
        "  mip6sim bless --reason 'targets are chosen by capacity'\n"
        "  mip6sim bless join --reason 'a new scenario'\n",
    .run = run,
    .help = help,
};
