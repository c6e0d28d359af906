/* Between the files of baseline.h. SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_BASELINE_PRIVATE_H
#define ANALYSIS_BASELINE_PRIVATE_H

#include "analysis/baseline.h"

#define ANALYSIS_BASELINE_FORMAT "1"
/* How a file begins. */
#define ANALYSIS_BASELINE_HEAD "# A baseline of mip6sim"

/* Each is appended to what owns it. */
analysis_baseline_policy *analysis_baseline_add_policy(analysis_baseline *b, const char *label);
analysis_baseline_run *analysis_baseline_add_run(analysis_baseline_policy *p, int64_t replication,
                                                 const char *fingerprint);
/* Values are NAN; there must be all runs. */
analysis_baseline_metric *analysis_baseline_add_metric(analysis_baseline_policy *p,
                                                       const char *name);
analysis_trace *analysis_baseline_add_trace(analysis_baseline_run *run, const char *node,
                                            const char *channel, const char *digits);

#endif
