/* See policy_file.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/policy_file.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "models/config/config.h"
#include "models/measure/oracle.h"
#include "sim/scenario/scenario.h"

/* One that is loaded. Never given back. */
typedef struct loaded {
    const char *file, *contents;    /* path; SHA-256 */
    const mip6_policy *policy;
} loaded;

static GPtrArray *all_loaded;

static bool bad(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool bad(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, SIM_CONFIG_ERROR, SIM_ERROR_BAD, text);
    return false;
}

/* ---- is it a shared object? ------------------------------------------------------------------ */

#define HOW "a shared object is made with `cc -shared -fPIC`"

static bool good_header(const char *path, const ElfW(Ehdr) *h, size_t size, GError **error)
{
    const unsigned char *id = h->e_ident;
    if (size < SELFMAG || memcmp(id, ELFMAG, SELFMAG) != 0)
        return bad(error, "%s is no shared object, but a file of another kind; " HOW, path);
    if (size < sizeof *h)
        return bad(error, "%s is cut off after %zu bytes, within its header", path, size);
    if (id[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
        return bad(error, "%s is for %s bits, and this program for %zu", path,
                   id[EI_CLASS] == ELFCLASS32 ? "32" : "64", 8 * sizeof(void *));
    if (h->e_type == ET_REL)
        return bad(error, "%s is an object file that is not linked; " HOW, path);
    return true;
}

/* The loader maps what the header promises, and what the file does not have is a crash. */
static bool is_whole(const char *path, const char *bytes, size_t size, GError **error)
{
    const ElfW(Ehdr) *h = (const void *)bytes;
    uint64_t end = (uint64_t)h->e_phoff + (uint64_t)h->e_phnum * h->e_phentsize;
    bool table = h->e_phentsize == sizeof(ElfW(Phdr)) && h->e_phoff <= size && end <= size;
    for (size_t i = 0; table && i < h->e_phnum; i++) {
        ElfW(Phdr) part;
        memcpy(&part, bytes + h->e_phoff + i * sizeof part, sizeof part);
        end = MAX(end, part.p_offset > size ? part.p_offset : part.p_offset + part.p_filesz);
    }
    if (h->e_shnum > 0 && h->e_shoff <= UINT64_MAX / 2)
        end = MAX(end, (uint64_t)h->e_shoff + (uint64_t)h->e_shnum * h->e_shentsize);
    if (end > size)
        return bad(error, "%s is cut off: its header tells of %" G_GUINT64_FORMAT " bytes, and it "
                   "has %zu", path, end, size);
    return table || bad(error, "%s has no table of segments; " HOW, path);
}

/* The contents' SHA-256, g_free; NULL: it cannot be read, or is no shared object. */
static char *contents_of(const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize size;
    GError *cause = NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        bad(error, "there is no file %s", path);
        return NULL;
    }
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        bad(error, "%s is no file", path);
        return NULL;
    }
    if (!g_file_get_contents(path, &bytes, &size, &cause)) {
        bad(error, "%s", cause->message);
        g_error_free(cause);
        return NULL;
    }
    if (!good_header(path, (const void *)bytes, size, error) ||
        !is_whole(path, bytes, size, error))
        return NULL;
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, size);
}

/* ---- what is in it --------------------------------------------------------------------------- */

/* "PATH: undefined symbol: x" -> "undefined symbol: x". */
static const char *loader_text(const char *path)
{
    const char *text = dlerror();
    if (!text)
        return "for a reason that is not told";
    size_t len = strlen(path);
    return strncmp(text, path, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? text + len + 2
                                                                              : text;
}

static const mip6_policy *open_policy(const char *path, GError **error)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        const char *text = loader_text(path);
        bad(error, "%s does not load: %s%s", path, text, !strstr(text, "undefined symbol") ? "" :
            " (a policy may call what mip6_policy.h and mip6_types.h declare, and the libraries "
            "that it is linked with)");
        return NULL;
    }
    const mip6_policy *(*entry)(void) = NULL;
    void *symbol = dlsym(object, MIP6_POLICY_ENTRY_NAME);
    if (!symbol) {
        bad(error, "%s has no symbol `" MIP6_POLICY_ENTRY_NAME "`: a policy ends with "
            "MIP6_POLICY_ENTRY(its mip6_policy)", path);
        return NULL;
    }
    memcpy(&entry, &symbol, sizeof entry);  /* ISO C knows no cast between the two */
    const mip6_policy *policy = entry();
    if (!policy)
        bad(error, "%s: `" MIP6_POLICY_ENTRY_NAME "` returns no policy", path);
    return policy;
}

static bool is_new_name(const char *path, const char *name, GError **error)
{
    if (mip6_policy_find(name) || strcmp(name, model_policy_oracle.name) == 0)
        return bad(error, "%s: its policy is called `%s`, as a built-in one is: give it another "
                   "name", path, name);
    for (guint i = 0; i < all_loaded->len; i++) {
        const loaded *l = g_ptr_array_index(all_loaded, i);
        if (strcmp(l->policy->name, name) == 0)
            return bad(error, "%s: its policy is called `%s`, as the one of %s is, whose contents "
                       "are others: give one of them another name", path, name, l->file);
    }
    return true;
}

static const loaded *load_new(const char *path, const char *contents, GError **error)
{
    const mip6_policy *policy = open_policy(path, error);
    if (!policy)
        return NULL;
    g_autofree char *problem = sim_policy_problem(policy);
    if (problem) {
        bad(error, "%s: %s", path, problem);
        return NULL;
    }
    if (!is_new_name(path, policy->name, error))
        return NULL;
    loaded *l = g_new0(loaded, 1);
    *l = (loaded){.file = g_strdup(path), .contents = g_strdup(contents), .policy = policy};
    g_ptr_array_add(all_loaded, l);
    if (model_policy_add(policy, l->contents, l->file))
        return l;
    bad(error, "%s: too many policies are loaded", path);
    return NULL;
}

/* By its contents, or by its path where they are others now. */
static const loaded *find_loaded(const char *path, const char *contents, GError **error)
{
    for (guint i = 0; i < all_loaded->len; i++) {
        const loaded *l = g_ptr_array_index(all_loaded, i);
        if (strcmp(l->contents, contents) == 0)
            return l;
        if (strcmp(l->file, path) == 0) {
            bad(error, "%s has changed since it was loaded, a moment ago", path);
            return NULL;
        }
    }
    return load_new(path, contents, error);
}

const char *sim_policy_file_load(const char *path, GError **error)
{
    if (!all_loaded)
        all_loaded = g_ptr_array_new();
    g_autofree char *contents = contents_of(path, error);
    const loaded *l = contents ? find_loaded(path, contents, error) : NULL;
    return l ? l->policy->name : NULL;
}

void sim_policy_files_load(char *const *policies)
{
    for (; policies && *policies; policies++) {
        size_t len = sim_scenario_is_file(*policies);
        g_autofree char *file = g_strndup(*policies, len);
        g_autofree char *path = len ? g_canonicalize_filename(file, NULL) : NULL;
        if (path)
            sim_policy_file_load(path, NULL);
    }
}

/* ---- should it crash ------------------------------------------------------------------------- */

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static struct sigaction former[G_N_ELEMENTS(fatal)];
static const char *volatile blamed;

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return;
}

/* The fault comes again when this returns, and is then whatever it was without us. */
static void last_words(int number)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fatal); i++)
        sigaction(fatal[i], &former[i], NULL);
    if (!blamed)
        return;
    say("\nmip6sim: ");
    say(number == SIGABRT ? "the run was aborted" : "the run crashed");
    say(" with the policy of ");
    say(blamed);
    say(", which is the first thing to look at\n");
}

void sim_policy_file_blame(const char *file)
{
    static char stack[65536];
    static bool watching;
    blamed = file;
    if (!file || watching)
        return;
    watching = true;
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&other, NULL);
    struct sigaction action = {.sa_handler = last_words, .sa_flags = SA_ONSTACK};
    for (size_t i = 0; i < G_N_ELEMENTS(fatal); i++)
        sigaction(fatal[i], &action, &former[i]);
}
