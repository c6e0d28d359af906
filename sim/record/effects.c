/* See effects.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/effects.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "sim/engine/config.h"

struct sim_effects {
    sim_tap tap;            /* first */
    char *path;
    FILE *out;
    int64_t begin_ns, end_ns;
    sim_engine *engine;     /* NULL once the window is over */
    bool over;
};

static void effect(sim_tap *tap, int64_t t_ns, const char *node, sim_channel channel,
                   const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    sim_effects *e = (sim_effects *)(void *)tap;
    if (t_ns >= e->end_ns) {
        e->over = true;
        if (e->engine)
            sim_engine_interrupt(e->engine);
        e->engine = NULL;
        return;
    }
    if (t_ns < e->begin_ns)
        return;
    fprintf(e->out, "%" PRId64 " %s ", t_ns, sim_channel_name(channel));
    for (size_t i = 0; i < len; i++) {
        putc_unlocked(digits[bytes[i] >> 4], e->out);
        putc_unlocked(digits[bytes[i] & 15], e->out);
    }
    fprintf(e->out, " %s\n", node);
}

static const sim_tap_class effects_class = {.effect = effect};

static void fail(const char *path, int e, GError **error)
{
    g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT, "%s: cannot be written: %s", path,
                g_strerror(e));
}

sim_effects *sim_effects_open(const char *path, int64_t begin_ns, int64_t end_ns,
                              const char *code, const char *config, GError **error)
{
    FILE *out = fopen(path, "w");
    if (!out) {
        fail(path, errno, error);
        return NULL;
    }
    sim_effects *e = g_new0(sim_effects, 1);
    *e = (sim_effects){.tap.cls = &effects_class, .path = g_strdup(path), .out = out,
                       .begin_ns = begin_ns, .end_ns = end_ns};
    fprintf(out, SIM_EFFECTS_HEAD "\n# code %s\n# config %s\n", code, config);
    return e;
}

sim_tap *sim_effects_tap(sim_effects *effects)
{
    return &effects->tap;
}

void sim_effects_guard(sim_effects *effects, sim_engine *engine)
{
    effects->engine = engine;
}

bool sim_effects_over(const sim_effects *effects)
{
    return effects->over;
}

bool sim_effects_close(sim_effects *e, bool whole, GError **error)
{
    if (whole)
        fputs("# end\n", e->out);
    bool failed = ferror(e->out) != 0;
    failed = fclose(e->out) != 0 || failed;
    if (failed)
        fail(e->path, errno, error);
    g_free(e->path);
    g_free(e);
    return !failed;
}
