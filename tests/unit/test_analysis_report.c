/* The report: everything escaped, figures part of it, nothing from elsewhere.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report_html.h"
#include "sim/record/record.h"
#include "scratch.h"

TestSuite(analysis_report, .init = scratch_enter, .fini = scratch_leave);

#define HOSTILE "</title><script>alert(1)</script>&'\"\x01"

static const char *count = "2";

static void put_run(const char *policy, int64_t replication, double load)
{
    const char *const params[] = {"scenario.name", HOSTILE, "home-agents.count", count,
                                         "home-agent " HOSTILE ".capacity", "1 Mbit/s",
                                         "mobile-nodes.start", "default",
                                         "mobile-nodes.count", "default", NULL};
    g_autofree char *hash = g_strconcat(policy, count, NULL);
    sim_record *r = sim_record_open("x.db", NULL);
    sim_run_start start = {.scenario = HOSTILE, .policy = policy, .seed = 1,
                           .replication = replication, .config_sha256 = hash,
                           .code_version = "0123456789abcdef", .protocol_sha256 = "feed",
                           .params = params};
    sim_sink *sink = sim_record_begin(r, &start, NULL);
    for (int64_t a = 0; a < 2; a++) {
        sink->cls->node(sink, &(sim_row_node){a, "home-agent", a ? HOSTILE : "ha0", NULL});
        sink->cls->metric(sink, &(sim_row_metric){a, "load_bps", true, load + (double)a,
                                                  "bit/s"});
        for (int t = 0; t < 2; t++)
            sink->cls->ha_sample(sink, &(sim_row_ha_sample){
                .t_ns = t * 1000000000LL, .node_id = a, .queue_packets = t + 1, .mn_count = 5});
    }
    for (int64_t m = 2; m < 5; m++)
        sink->cls->node(sink, &(sim_row_node){m, "mobile-node", "tram", NULL});
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "jain_load", true, load / 1e6, "1"});
    sink->cls->loss(sink, &(sim_row_loss){0, HOSTILE, 12, 9});
    sim_record_note(r, HOSTILE);
    sim_run_end end = {.status = SIM_RUN_COMPLETE, .wall_seconds = 1,
                       .simulated_ns = 60000000000, .events = 7, .fingerprint = "c0ffee"};
    cr_assert(sim_record_finish(r, &end, NULL));
    sim_record_close(r);
}

static char *report(void)
{
    GError *error = NULL;
    int left_out;
    g_autoptr(analysis_results) results = analysis_results_open("x.db", &error);
    g_autoptr(GArray) runs = analysis_plot_runs(results, NULL, &left_out, &error);
    char *html = analysis_report(results, runs, left_out, &error);
    cr_assert_null(error, "%s", error->message);
    return html;
}

static void has(const char *text, const char *part)
{
    cr_assert(strstr(text, part) != NULL, "no `%s`", part);
}

static void lacks(const char *text, const char *regex)
{
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GRegex) r = g_regex_new(regex, G_REGEX_CASELESS, 0, NULL);
    if (g_regex_match(r, text, 0, &match)) {
        g_autofree char *found = g_match_info_fetch(match, 0);
        cr_assert_fail("there is `%s`", found);
    }
}

Test(analysis_report, hostile_names_stay_text_and_nothing_is_fetched)
{
    put_run("static-dhaad", 1, 1e6);
    put_run(HOSTILE, 1, 2e6);
    g_autofree char *html = report();
    cr_assert(g_utf8_validate(html, -1, NULL));
    has(html, "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&apos;&quot;");
    lacks(html, "<script|<iframe|<link|<img|@import|javascript:");
    lacks(html, "<[^>]* on[a-z]+=");
    lacks(html, "(src|href)=[\"'][^#\"']");
    lacks(html, "url\\((?!#)");
}

Test(analysis_report, it_says_what_why_and_how)
{
    put_run("static-dhaad", 1, 1e6);
    put_run("static-dhaad", 2, 3e6);
    put_run("hybrid:tuned", 1, 2e6);
    put_run("hybrid:tuned", 2, 2e6);
    g_autofree char *html = report();
    /* 1 and 3: mean 2, t(0.975, 1) * 1.4142 / sqrt(2) = 12.7062 */
    has(html, "<tr><th>Jain&apos;s index of load</th><td>2 ± 12.7</td><td>2 ± 0</td></tr>");
    has(html, "hybrid:tuned against static-dhaad");
    has(html, "c0ffee");
    has(html, "<dt>Home agents</dt><dd>2</dd>");
    has(html, "<dt>Mobile nodes</dt><dd>3</dd>");   /* whatever the key says */
    has(html, "mip6sim run configuration-2.ini --seed 1 --replications 2 --out again.db");
    has(html, "[home-agents]\ncount = 2\n");
    has(html, "# start = default\n");
    has(html, "<figure id=\"queue\">");
    has(html, "no decision to move a node was made in these runs");
}

Test(analysis_report, a_sweep_is_judged_at_each_of_its_points)
{
    static const char *const counts[] = {"2", "4"};
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        count = counts[i];
        for (int64_t r = 1; r <= 2; r++) {
            put_run("static-dhaad", r, 1e6);
            put_run("hybrid:tuned", r, 2e6);
        }
    }
    g_autofree char *html = report();
    has(html, "<dt>Varied</dt><dd>home-agents.count</dd>");
    has(html, "<h3>home-agents.count=2</h3>\n<div class=\"verdict\"><h3>hybrid:tuned against "
              "static-dhaad</h3>");
    has(html, "<h3>home-agents.count=4</h3>\n<div class=\"verdict\"><h3>hybrid:tuned against "
              "static-dhaad</h3>");
    lacks(html, "Not compared");
}

Test(analysis_report, identifiers_of_figures_do_not_meet)
{
    static const char svg[] =
        "<?xml version=\"1.0\"?>\n<svg width=\"9\">\n<title>Gnuplot</title>\n"
        "<path id='gpPt0'/><use xlink:href='#gpPt0' id='gpPt1'/><g filter='url(#box)'/>"
        "<text>id='x' href='#y' url(#z)</text></svg>";
    g_autofree char *part = analysis_svg_inline(svg, "queue", "a \"b\"");
    cr_assert_str_eq(part,
        "<svg role=\"img\" aria-label=\"a &quot;b&quot;\" width=\"9\">\n\n"
        "<path id='queue-gpPt0'/><use xlink:href='#queue-gpPt0' id='queue-gpPt1'/>"
        "<g filter='url(#queue-box)'/><text>id='x' href='#y' url(#z)</text></svg>");
    g_autofree char *none = analysis_svg_inline("no picture", "x", "y");
    cr_assert_str_eq(none, "");
}
