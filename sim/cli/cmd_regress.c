/* mip6sim regress: did behaviour change, where first, and is it better or worse.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/cli/progress.h"
#include "sim/cli/regress_run.h"

typedef struct options {
    sim_regress_options set;
    gboolean allow_neutral, json;
} options;

#define REGRESS_ENTRIES(o) \
    {"allow-neutral", 'a', 0, G_OPTION_ARG_NONE, &(o)->allow_neutral, \
     "Exit with 0 also where behaviour changed, but no metric moved", NULL}, \
    {"json", 0, 0, G_OPTION_ARG_NONE, &(o)->json, "Print the answers as JSON", NULL}, \
    SIM_REGRESS_ENTRIES(&(o)->set), \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

static void add_notes(const options *o, const sim_regress_outcome *outcome)
{
    GPtrArray *notes = outcome->verdict->notes;
    for (guint i = 0; i < outcome->stale->len; i++)
        g_ptr_array_add(notes, g_strdup_printf("%s is the baseline of no scenario here",
                                               (const char *)g_ptr_array_index(outcome->stale, i)));
    if (analysis_regress_count(outcome->verdict, ANALYSIS_NO_BASELINE) > 0)
        g_ptr_array_add(notes, g_strdup_printf("`mip6sim bless` makes baselines, here in %s",
                                               outcome->folder));
    bool changed = analysis_regress_count(outcome->verdict, ANALYSIS_CHANGED) > 0 ||
                   analysis_regress_count(outcome->verdict, ANALYSIS_MOVED) > 0;
    if (changed && !o->json)
        g_ptr_array_add(notes, g_strdup("where this is meant: mip6sim bless --reason \"...\""));
}

static int print(const options *o, const sim_regress_outcome *outcome)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (o->json) {
        analysis_regress_json(outcome->verdict, out);
        return sim_cli_print(out->str);
    }
    analysis_style style = {.colour = isatty(STDOUT_FILENO) && !g_getenv("NO_COLOR"),
                            .unicode = analysis_unicode_terminal()};
    g_autofree char *time = sim_duration_text((int64_t)(outcome->wall_s + 0.5));
    analysis_regress_text(outcome->verdict, &style, out);
    g_string_append_printf(out, "%zu runs in %s, against %s\n", outcome->runs, time,
                           outcome->folder);
    return sim_cli_print(out->str);
}

static int answer(const options *o, const analysis_regress *r)
{
    bool good = analysis_regress_count(r, ANALYSIS_MOVED) == 0 &&
                analysis_regress_count(r, ANALYSIS_NO_BASELINE) == 0 &&
                (o->allow_neutral || analysis_regress_count(r, ANALYSIS_CHANGED) == 0);
    return good ? SIM_EXIT_DONE : SIM_EXIT_NO;
}

static int run_with(const options *o)
{
    sim_regress_outcome outcome;
    int code = sim_regress_run("regress", &o->set, &outcome);
    if (code == SIM_EXIT_DONE) {
        add_notes(o, &outcome);
        code = print(o, &outcome);
    }
    if (code == SIM_EXIT_DONE)
        code = answer(o, outcome.verdict);
    sim_regress_outcome_clear(&outcome);
    return code;
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {REGRESS_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_regress, entries, &argc, &argv);
    if (code < 0)
        code = run_with(&o);
    sim_regress_options_clear(&o.set);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {REGRESS_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_regress, entries);
}

const sim_command sim_command_regress = {
    .name = "regress",
    .arguments = "[SCENARIO...]",
    .summary = "Say whether behaviour changed against the baselines, and for better or worse",
    .description =
        "Runs scenarios (all of folder scenarios, or those named) under their policies, 20 times\n"
        "each, and compares fingerprints and metrics with results/baselines. A policy is\n"
        "`identical`; `changed, no metric moved`; or `changed, and metrics moved`, by a paired\n"
        "test over the replications, p corrected by Holm over all tests. Exit code 0 where all\n"
        "are identical, 1 where one is not or has no baseline. A scenario says in its group\n"
        "[regress] how it is run here.\n\n"
        "Examples:\n"
        "  mip6sim regress\n"
        "  mip6sim regress hotspot join --allow-neutral --json\n",
    .run = run,
    .help = help,
};
