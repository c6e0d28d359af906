/* See shards.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/shards.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/engine/config.h"

enum { PATIENCE_MS = 5000, STEP_MS = 20 };

static bool cannot(GError **error, const char *path, const char *what)
{
    g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT, "%s: %s", path, what);
    return false;
}

char *sim_shards_part(const sim_shards *shards, const char *name)
{
    return g_strdup_printf("%s/%s.part", shards->folder, name);
}

char *sim_shards_whole(const sim_shards *shards, const char *name)
{
    return g_strdup_printf("%s/%s.db", shards->folder, name);
}

static char *lock_path(const sim_shards *shards)
{
    return g_build_filename(shards->folder, "lock", NULL);
}

/* Is the file that was locked still the one of that name? Another process may have taken it
 * away before it gave the lock back. */
static bool is_current(int fd, const char *path)
{
    struct stat mine, named;
    return fstat(fd, &mine) == 0 && stat(path, &named) == 0 && mine.st_ino == named.st_ino &&
           mine.st_dev == named.st_dev;
}

/* 0, EWOULDBLOCK or another errno. */
static int try_lock(sim_shards *shards)
{
    g_autofree char *path = lock_path(shards);
    if (g_mkdir_with_parents(shards->folder, 0777) != 0)
        return errno;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno == ENOENT ? EWOULDBLOCK : errno;
    int e = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (e == 0 && !is_current(fd, path))
        e = EWOULDBLOCK;
    if (e != 0)
        close(fd);
    else
        shards->lock = fd;
    return e;
}

bool sim_shards_open(sim_shards *shards, const char *out, GError **error)
{
    *shards = (sim_shards){.folder = g_strconcat(out, ".shards", NULL), .lock = -1};
    int e = try_lock(shards);
    for (int waited = 0; e == EWOULDBLOCK && waited < PATIENCE_MS; waited += STEP_MS) {
        g_usleep(STEP_MS * 1000);
        e = try_lock(shards);
    }
    if (e == 0)
        return true;
    if (e == EWOULDBLOCK)
        cannot(error, out, "another sweep or comparison is at work on it");
    else
        cannot(error, shards->folder, g_strerror(e));
    g_clear_pointer(&shards->folder, g_free);
    return false;
}

/* "NAME.db" whose NAME is wanted. */
static bool is_kept(const char *file, GHashTable *keep)
{
    if (!keep || !g_str_has_suffix(file, ".db"))
        return false;
    g_autofree char *name = g_strndup(file, strlen(file) - strlen(".db"));
    return g_hash_table_contains(keep, name);
}

void sim_shards_close(sim_shards *shards, GHashTable *keep)
{
    g_autoptr(GDir) dir = g_dir_open(shards->folder, 0, NULL);
    const char *file;
    while (dir && (file = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(shards->folder, file, NULL);
        if (strcmp(file, "lock") != 0 && !is_kept(file, keep))
            g_unlink(path);
    }
    g_autofree char *path = lock_path(shards);
    g_unlink(path);
    g_rmdir(shards->folder);
    close(shards->lock);
    g_clear_pointer(&shards->folder, g_free);
}

void sim_shards_remove(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *one = g_strconcat(path, ends[i], NULL);
        g_unlink(one);
    }
}

bool sim_shards_finish(const sim_shards *shards, const char *name, GError **error)
{
    g_autofree char *part = sim_shards_part(shards, name);
    g_autofree char *whole = sim_shards_whole(shards, name);
    g_autofree char *log = g_strconcat(part, "-wal", NULL);
    /* Closing writes the log into the file and takes it away; on a full disk it does not. */
    if (g_file_test(log, G_FILE_TEST_EXISTS))
        return cannot(error, part, "its log cannot be written into it: is the disk full?");
    sim_shards_remove(whole);
    if (g_rename(part, whole) != 0)
        return cannot(error, whole, g_strerror(errno));
    return true;
}
