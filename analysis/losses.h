/* The table of losses that every summary has: packets of applications by cause, their sum, and
 * what was lost of signalling besides. SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_LOSSES_H
#define ANALYSIS_LOSSES_H

#include "analysis/results.h"

typedef enum analysis_loss_kind {
    ANALYSIS_LOSS_CAUSE, ANALYSIS_LOSS_ALL, ANALYSIS_LOSS_SIGNALLING
} analysis_loss_kind;

/* One line of it. */
typedef struct analysis_loss {
    analysis_loss_kind kind;
    char *cause;                /* as in the file; NULL but for CAUSE */
    const char *words;          /* what a person reads, at most 27 characters; static, or cause */
} analysis_loss;

extern const char analysis_losses_heading[];

/* The lines for these runs, in order: causes by their packets, most first; the sum; signalling.
 * A file of an older program does not tell applications and signalling apart: then the lines are
 * of all packets, and there is none for signalling. Freed with the array. */
GPtrArray *analysis_losses(analysis_results *results, const char *ids);
/* Packets of a run, over replications: the whole run, warm-up included. */
analysis_value analysis_loss_value(analysis_results *results, const analysis_runs *runs,
                                   const analysis_loss *line);
/* The cause, or null, and the words: `"queue-full", "words": "queue of an agent full"`. */
void analysis_loss_json(const analysis_loss *line, GString *out);
/* Of a cause; the cause itself where it is not known. */
const char *analysis_cause_words(const char *cause);

#endif
