/* Pieces of JSON. SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_JSON_H
#define ANALYSIS_JSON_H

#include <glib.h>

/* A text in quotes, whatever bytes it holds. */
void analysis_json_string(GString *out, const char *text);
/* A number as it is read back; null for what is none. */
void analysis_json_number(GString *out, double value);

#endif
