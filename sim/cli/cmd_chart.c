/* mip6sim chart: the messages of a run, drawn as a sequence chart.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_types.h"
#include "models/world.h"
#include "sim/cli/cli.h"
#include "sim/cli/inputs.h"
#include "sim/cli/progress.h"
#include "sim/record/chart.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/value.h"

typedef struct options {
    sim_inputs in;
    char **nodes, **with, **without;
    char *from, *to;
    gboolean no_events;
} options;

#define CHART_ENTRIES(o) \
    SIM_INPUTS_ENTRIES(&(o)->in), \
    {"node", 'n', 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->nodes, \
     "A column; may be repeated (default: mobile nodes, agents, correspondents)", \
     "NAME"}, \
    {"from", 0, 0, G_OPTION_ARG_FILENAME, &(o)->from, "Draw from then on", "TIME"}, \
    {"to", 0, 0, G_OPTION_ARG_FILENAME, &(o)->to, "Draw until then", "TIME"}, \
    {"with", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->with, \
     "Draw these as well: data, router-advertisement; may be repeated", "MESSAGE"}, \
    {"without", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->without, \
     "Leave these out, as neighbour-solicitation; may be repeated", "MESSAGE"}, \
    {"no-events", 0, 0, G_OPTION_ARG_NONE, &(o)->no_events, "Draw messages only", NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

static bool read_time(const char *option, const char *text, int64_t *out)
{
    static const sim_key key = {.name = "time", .kind = SIM_KEY_TIME};
    if (!text)
        return true;
    g_autofree char *wrong = sim_value_parse(&key, text, NULL, NULL, out);
    if (wrong)
        sim_cli_fail(SIM_EXIT_BAD, "%s: %s", option, wrong);
    return wrong == NULL;
}

/* Sets all that are named. */
static bool mark(const char *option, char **names, gboolean value, gboolean hidden[MIP6_N_MESSAGES])
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    for (unsigned k = 1; k < MIP6_N_MESSAGES; k++)
        g_ptr_array_add(all, (gpointer)mip6_message_name((mip6_message_kind)k));
    for (; names && *names; names++) {
        guint k = 0;
        if (g_ptr_array_find_with_equal_func(all, *names, g_str_equal, &k)) {
            hidden[k + 1] = value;
            continue;
        }
        g_autofree char *hint = sim_nearest_hint(*names, all);
        sim_cli_fail(SIM_EXIT_BAD, "%s: there is no message `%s`%s", option, *names, hint);
        return false;
    }
    return true;
}

/* Runs the world under the eyes of the chart. */
static int watch(const sim_config *config, sim_chart *chart, char **text, GError **error)
{
    int64_t seed = sim_config_int(config, "scenario", "seed");
    model_world *w = model_world_new(config, (uint64_t)seed, 1, sim_chart_sink(chart), error);
    if (!w)
        return SIM_EXIT_BAD;
    int code = SIM_EXIT_BAD;
    if (sim_chart_columns(chart, error)) {
        model_world_watch(w, sim_chart_tap(chart));
        sim_signals_engine(model_world_engine(w));
        sim_stop stop = model_world_run(w);
        sim_signals_engine(NULL);
        code = stop == SIM_STOP_INTERRUPTED || stop == SIM_STOP_FAILED ? SIM_EXIT_CANNOT
                                                                       : SIM_EXIT_DONE;
    }
    model_world_free(w);
    if (code == SIM_EXIT_DONE)
        *text = sim_chart_draw(chart);
    return code;
}

static int draw(const sim_config *config, const sim_chart_options *what)
{
    GError *error = NULL;
    g_autofree char *text = NULL;
    sim_chart *chart = sim_chart_new(what);
    int code = watch(config, chart, &text, &error);
    sim_chart_free(chart);
    if (error)
        return sim_cli_error(error);
    if (code != SIM_EXIT_DONE)
        return sim_cli_fail(code, "the run ended before its time");
    return sim_cli_print(text);
}

static int run_with(options *o)
{
    gboolean hidden[MIP6_N_MESSAGES] = {[MIP6_MSG_RA] = TRUE, [MIP6_MSG_DATA] = TRUE};
    sim_chart_options chart = {.nodes = o->nodes, .hidden = hidden, .n_hidden = MIP6_N_MESSAGES,
                               .events = !o->no_events, .to_ns = G_MAXINT64};
    const char *file = sim_inputs_file(&o->in, "chart");
    if (!file || !read_time("--from", o->from, &chart.from_ns) ||
        !read_time("--to", o->to, &chart.to_ns) || !mark("--with", o->with, FALSE, hidden) ||
        !mark("--without", o->without, TRUE, hidden))
        return SIM_EXIT_BAD;
    if (chart.from_ns >= chart.to_ns)
        return sim_cli_fail(SIM_EXIT_BAD, "chart: --to is not after --from");
    if (o->in.policies && o->in.policies[1])
        return sim_cli_fail(SIM_EXIT_BAD, "chart: one policy at a time");
    g_autoptr(GPtrArray) errors = sim_errors_new();
    const char *policy = o->in.policies ? o->in.policies[0] : NULL;
    g_autoptr(sim_config) config = sim_inputs_read(&o->in, file, policy, errors);
    return config ? draw(config, &chart) : sim_cli_errors(errors);
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {CHART_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_chart, entries, &argc, &argv);
    if (code < 0)
        code = run_with(&o);
    sim_inputs_clear(&o.in);
    g_strfreev(o.nodes);
    g_strfreev(o.with);
    g_strfreev(o.without);
    g_free(o.from);
    g_free(o.to);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {CHART_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_chart, entries);
}

const sim_command sim_command_chart = {
    .name = "chart",
    .arguments = "FILE",
    .summary = "Draw the messages of a run as a sequence chart",
    .description =
        "A column for each node, an arrow for each message from one of them to another, at the\n"
        "time when it left; what lies between (access routers, the core) is one arrow.\n"
        "`*`: to all on the link; `x`: lost on the way; `o`: an event. Router advertisements and\n"
        "data are drawn with --with only. Packets to be lost are named in [loss NAME].\n\n"
        "Examples:\n"
        "  mip6sim chart scenarios/quickstart.ini --node mn0 --node ha0 --node ha1 --to '10 s'\n"
        "  mip6sim chart scenarios/join.ini -p hybrid:tuned -n mn3 -n ha0 -n ha3 --with data\n",
    .run = run,
    .help = help,
};
