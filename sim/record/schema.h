/* The schema of a results file, a public interface: names are added, never changed.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_RECORD_SCHEMA_H
#define SIM_RECORD_SCHEMA_H

/* Statements that make those tables, indexes and views that are not there: all in an empty
 * database, in a file of an older program of the same version what was added since. */
extern const char sim_record_schema[];

/* SQL of the next run's id: above each that a row has, also rows of a run that somebody has
 * deleted from `run` alone. */
#define SIM_RUN_ID_OF(table) " UNION ALL SELECT max(run_id) FROM main." table
#define SIM_NEXT_RUN_ID \
    "(SELECT 1 + max(id) FROM (SELECT 0 AS id" SIM_RUN_ID_OF("run") SIM_RUN_ID_OF("run_param") \
    SIM_RUN_ID_OF("node") SIM_RUN_ID_OF("ha_sample") SIM_RUN_ID_OF("decision") \
    SIM_RUN_ID_OF("loss") SIM_RUN_ID_OF("signalling") SIM_RUN_ID_OF("fingerprint") \
    SIM_RUN_ID_OF("metric") SIM_RUN_ID_OF("histogram") SIM_RUN_ID_OF("event") \
    SIM_RUN_ID_OF("note") SIM_RUN_ID_OF("sweep_point") "))"

#endif
