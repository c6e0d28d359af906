/* What the files of this folder know of each other's. SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_RECORD_PRIVATE_H
#define SIM_RECORD_PRIVATE_H

#include <sqlite3.h>

#include "sim/record/record.h"

sqlite3 *sim_record_database(sim_record *record);
/* Set *error to what a code of SQLite means to a person. */
void sim_record_error(GError **error, const sim_record *record, int rc);

#endif
