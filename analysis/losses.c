/* See losses.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/losses.h"

#include <string.h>

#include "analysis/json.h"

const char analysis_losses_heading[] =
    "Packets of applications lost, by cause (whole run, warm-up included)";

static const struct {
    const char *cause, *words;
} causes[] = {
    {"queue-full", "queue of an agent full"},
    {"link-full", "queue of a link full"},
    {"link-loss", "lost on a link"},
    {"scripted-loss", "lost by the scenario"},
    {"detached", "node had left its cell"},
    {"no-link", "node without a link"},
    {"unregistered", "node not registered yet"},
    {"no-binding", "agent without a binding"},
    {"bad-tunnel-source", "tunnel from a wrong source"},
    {"agent-down", "agent had failed"},
    {"agent-hung", "agent hung"},
    {"agent-isolated", "agent was isolated"},
    {"stale-neighbour", "sent to who is gone"},
    {"no-neighbour", "address not resolved"},
    {"resolution-queue-full", "too many await resolution"},
    {"no-route", "no route there"},
    {"hop-limit", "hop limit used up"},
    {"too-big", "larger than the tunnel MTU"},
    {"nesting", "too many tunnels nested"},
    {"not-for-us", "not for that node"},
    {"not-accepted", "not accepted in that state"},
    {"stale-sequence", "old sequence number"},
    {"rate-limited", "above a rate limit"},
    {"too-short", "cut short"},
    {"bad-length", "wrong length field"},
    {"bad-value", "forbidden value"},
    {"checksum", "wrong checksum"},
    {"unknown-header", "unknown header"},
    {"unknown-message", "unknown message"},
    {"no-memory", "out of memory"},
    {"replayed", "ESP number seen already"},
    {"unknown-spi", "unknown SPI"},
    {"no-security-association", "no security association"},
    {"unprotected", "came without its ESP"},
    {"ike-queue-full", "queue of handshakes full"},
};

const char *analysis_cause_words(const char *cause)
{
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++)
        if (strcmp(causes[i].cause, cause) == 0)
            return causes[i].words;
    return cause;
}

static bool tells_apart(analysis_results *r)
{
    g_autofree char *there = analysis_text(
        r, "SELECT 1 FROM sqlite_schema WHERE name = 'application_loss'");
    return there != NULL;
}

static void loss_free(gpointer p)
{
    analysis_loss *line = p;
    g_free(line->cause);
    g_free(line);
}

static void add(GPtrArray *lines, analysis_loss_kind kind, const char *cause, const char *words)
{
    analysis_loss *line = g_new0(analysis_loss, 1);
    line->kind = kind;
    line->cause = g_strdup(cause);
    line->words = words ? words : analysis_cause_words(line->cause);
    if (line->words == cause)
        line->words = line->cause;
    g_ptr_array_add(lines, line);
}

GPtrArray *analysis_losses(analysis_results *r, const char *ids)
{
    bool apart = tells_apart(r);
    GPtrArray *lines = g_ptr_array_new_with_free_func(loss_free);
    g_autoptr(GPtrArray) kinds =
        analysis_kinds(r, ids, apart ? "application_loss" : "loss", "cause");
    for (guint i = 0; i < kinds->len; i++)
        add(lines, ANALYSIS_LOSS_CAUSE, g_ptr_array_index(kinds, i), NULL);
    add(lines, ANALYSIS_LOSS_ALL, NULL, "all of them");
    if (apart)
        add(lines, ANALYSIS_LOSS_SIGNALLING, NULL, "signalling, besides");
    return lines;
}

analysis_value analysis_loss_value(analysis_results *r, const analysis_runs *runs,
                                   const analysis_loss *line)
{
    const char *table = tells_apart(r) ? "application_loss" : "loss";
    if (line->kind == ANALYSIS_LOSS_CAUSE)
        return analysis_sum(r, runs, table, "cause", line->cause, "packets");
    if (line->kind == ANALYSIS_LOSS_ALL)
        return analysis_total(r, runs, table, NULL, "packets");
    return analysis_total(r, runs, "loss", "application_loss", "packets");
}

void analysis_loss_json(const analysis_loss *line, GString *out)
{
    if (line->cause)
        analysis_json_string(out, line->cause);
    else
        g_string_append(out, "null");
    g_string_append(out, ", \"words\": ");
    analysis_json_string(out, line->words);
}
