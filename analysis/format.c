/* Figures as a person reads them. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/summary.h"

/* Three significant digits, no exponent; thousands apart. */
static char *digits(double value)
{
    double a = fabs(value);
    int decimals = a >= 100 || value == floor(value) ? 0 : a >= 10 ? 1 : a >= 1 ? 2 : 3;
    g_autofree char *plain = g_strdup_printf("%.*f", decimals, value);
    size_t whole = strcspn(plain, ".");
    GString *out = g_string_new(NULL);
    for (size_t i = 0; plain[i]; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0 && plain[i - 1] != '-')
            g_string_append_c(out, ',');
        g_string_append_c(out, plain[i]);
    }
    return g_string_free(out, FALSE);
}

char *analysis_format_count(double value)
{
    return digits(value);
}

char *analysis_format_seconds(double s)
{
    static const struct {
        double at_least, factor;
        const char *unit;
    } units[] = {{1, 1, "s"}, {1e-3, 1e3, "ms"}, {1e-6, 1e6, "us"}};
    size_t i = 0;
    while (i + 1 < G_N_ELEMENTS(units) && fabs(s) < units[i].at_least && s != 0)
        i++;
    g_autofree char *number = digits(s * units[i].factor);
    return g_strdup_printf("%s %s", number, units[i].unit);
}

char *analysis_format_share(double share)
{
    double percent = share * 100;
    int decimals = percent == 0 ? 0 : fabs(percent) >= 10 ? 1 : fabs(percent) >= 0.1 ? 2 : 4;
    return g_strdup_printf("%.*f %%", decimals, percent);
}
