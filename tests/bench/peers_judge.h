/* What `make bench-peers` measured, judged: do both simulators say the same, and if so, how much
 * faster is one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_BENCH_PEERS_JUDGE_H
#define TESTS_BENCH_PEERS_JUDGE_H

#include <glib.h>

/* The side that ratios are of. */
#define PEERS_OURS "mip6sim"

typedef enum peers_verdict {
    PEERS_COMPARABLE,
    PEERS_DIFFERENT,            /* the two did not simulate the same, or too little to tell */
    PEERS_BAD_INPUT
} peers_verdict;

/* text: a measurement a line, in columns apart by tabs:
 *
 *     kind  what  unit  side  value
 *
 * kind: `cost` (less is better), `rate` (more is better), `equal SHARE` (has to be the same on all
 * sides), `fact` (told only). Lines of one kind, what and side are its repetitions, in the order
 * in which sides took turns.
 *
 * Equal: the 99.9 % interval of the difference of means (Welch) contains 0, and is narrower to each
 * side than SHARE of ours. Ratios are of repetitions that ran in turn: median, least, largest,
 * above 1 where ours is better; where a difference is found there are none.
 *
 * Markdown is appended to `out`, or what is wrong. */
peers_verdict peers_judge(const char *text, GString *out);

#endif
