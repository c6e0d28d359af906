/* A folder of its own for each test that writes files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SCRATCH_H
#define SCRATCH_H

#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch_folder[] = "/tmp/mip6sim-unit-XXXXXX";

/* The .init of a suite: makes the folder and goes there. */
static inline void scratch_enter(void)
{
    cr_assert_not_null(mkdtemp(scratch_folder));
    cr_assert_eq(chdir(scratch_folder), 0);
}

/* Its .fini: nothing of it stays. */
static inline void scratch_leave(void)
{
    g_autofree char *command = g_strdup_printf("rm -rf %s", scratch_folder);
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(system(command), 0);
}

#endif
