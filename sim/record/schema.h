/* The schema of a results file, a public interface: names are added, never changed.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_RECORD_SCHEMA_H
#define SIM_RECORD_SCHEMA_H

/* Statements that make tables, indexes and views in an empty database. */
extern const char sim_record_schema[];

#endif
