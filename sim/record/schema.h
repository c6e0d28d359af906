/* The schema of a results file, a public interface: names are added, never changed.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_RECORD_SCHEMA_H
#define SIM_RECORD_SCHEMA_H

/* Statements that make those tables, indexes and views that are not there: all in an empty
 * database, in a file of an older program of the same version what was added since. */
extern const char sim_record_schema[];

#endif
