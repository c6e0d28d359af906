/* Look-ups in a filled configuration, and errors that point at its lines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/config.h"

#include <assert.h>
#include <string.h>

G_DEFINE_QUARK(sim-config-error-quark, sim_config_error)

const sim_section *sim_config_section(const sim_config *config, const char *group)
{
    for (size_t i = 0; i < config->n_sections; i++) {
        const sim_section *s = &config->sections[i];
        if (!*s->name && !strcmp(s->group->name, group))
            return s;
    }
    return NULL;
}

const sim_section *sim_config_instance(const sim_config *config, const char *group, size_t i)
{
    for (size_t k = 0; k < config->n_sections; k++) {
        const sim_section *s = &config->sections[k];
        if (!strcmp(s->group->name, group) && i-- == 0)
            return s;
    }
    return NULL;
}

static bool find(const sim_key *keys, size_t n, const char *name, size_t *at)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(keys[i].name, name)) {
            *at += i;
            return true;
        }
    }
    *at += n;
    return false;
}

/* Index of a key among the base keys and, behind them, the variant's. */
static size_t index_of(const sim_section *s, const char *key)
{
    size_t at = 0;
    bool found = find(s->group->keys, s->group->n_keys, key, &at);
    if (!found && s->variant)
        found = find(s->variant->keys, s->variant->n_keys, key, &at);
    assert(found);
    return at;
}

const char *sim_section_giver(const sim_section *section, const char *key)
{
    size_t at = index_of(section, key);
    return section->files ? section->files[at] : NULL;
}

bool sim_section_given(const sim_section *section, const char *key)
{
    return sim_section_giver(section, key) != NULL;
}

/* "FILE:LINE: [group NAME] key: ", as much of it as is known. A key that was not given is
 * looked for at its group's header. */
static GString *place_of(const sim_section *s, const char *key)
{
    const char *file = s->file;
    int line = s->line;
    if (key && sim_section_given(s, key)) {
        size_t at = index_of(s, key);
        file = s->files[at];
        line = s->lines[at];
    }
    GString *text = g_string_new(NULL);
    if (file && line > 0)
        g_string_append_printf(text, "%s:%d: ", file, line);
    else if (file)
        g_string_append_printf(text, "%s: ", file);
    g_string_append_printf(text, "[%s%s%s]", s->group->name, *s->name ? " " : "", s->name);
    if (key)
        g_string_append_printf(text, " %s", key);
    g_string_append(text, ": ");
    return text;
}

bool sim_config_fail(const sim_section *section, const char *key, GError **error,
                     const char *format, ...)
{
    GString *text = place_of(section, key);
    va_list args;
    va_start(args, format);
    g_string_append_vprintf(text, format, args);
    va_end(args);
    g_set_error_literal(error, SIM_CONFIG_ERROR, SIM_ERROR_BAD, text->str);
    g_string_free(text, TRUE);
    return false;
}
