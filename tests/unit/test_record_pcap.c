/* sim/record/pcap: every byte of a small file; links in order; what happens on a full disk.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/pcap.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "sim/engine/config.h"

static char *folder;
static sim_packet_pool *pool;

static void setup(void)
{
    folder = g_dir_make_tmp("mip6-pcap-XXXXXX", NULL);
    pool = sim_packet_pool_new();
}

static void teardown(void)
{
    sim_packet_pool_free(pool);
    g_rmdir(folder);
    g_free(folder);
}

TestSuite(record_pcap, .init = setup, .fini = teardown);

static sim_packet *packet_of(uint16_t len, uint32_t virtual_bytes, uint64_t identity)
{
    sim_packet *p = sim_packet_new(pool, len);
    for (uint16_t i = 0; i < len; i++)
        sim_packet_data(p)[i] = (uint8_t)(0x60 + i);
    p->len = len;
    p->virtual_bytes = virtual_bytes;
    p->identity = identity;
    return p;
}

static sim_pcap *open_here(char **path, uint32_t n_links)
{
    GError *error = NULL;
    *path = g_build_filename(folder, "x.pcapng", NULL);
    sim_pcap *pcap = sim_pcap_open(*path, "mip6sim", "this run", &error);
    cr_assert_not_null(pcap, "%s", error ? error->message : "");
    for (uint32_t i = 0; i < n_links; i++) {
        g_autofree char *name = g_strdup_printf("link%u", i);
        sim_tap *tap = sim_pcap_tap(pcap);
        tap->cls->link(tap, i, name);
    }
    return pcap;
}

static void send(sim_pcap *pcap, uint32_t link, int64_t t_ns, const sim_packet *packet)
{
    sim_tap *tap = sim_pcap_tap(pcap);
    tap->cls->sent(tap, link, t_ns, "a", "b", packet);
}

static void lose(sim_pcap *pcap, int64_t t_ns, const sim_packet *packet)
{
    sim_tap *tap = sim_pcap_tap(pcap);
    tap->cls->lost(tap, t_ns, "a", "link-loss", packet);
}

/* The file, removed. */
static guint8 *take(const char *path, gsize *n)
{
    gchar *bytes;
    cr_assert(g_file_get_contents(path, &bytes, n, NULL));
    g_unlink(path);
    return (guint8 *)bytes;
}

static uint32_t word(const guint8 *at)
{
    uint32_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

/* Blocks of a type; the whole file must be blocks, their length at both ends. */
static unsigned count_blocks(const guint8 *file, gsize n, uint32_t type, gsize *last)
{
    unsigned found = 0;
    gsize at = 0;
    while (at < n) {
        cr_assert_leq(at + 12, n);
        uint32_t len = word(file + at + 4);
        cr_assert(len % 4 == 0 && at + len <= n, "a block that is cut");
        cr_assert_eq(word(file + at + len - 4), len);
        if (word(file + at) == type) {
            found++;
            *last = at;
        }
        at += len;
    }
    return found;
}

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, PACKET = 6 };

Test(record_pcap, section_and_interfaces)
{
    g_autofree char *path = NULL;
    gsize n, at = 0;
    sim_pcap *pcap = open_here(&path, 3);
    cr_assert(sim_pcap_close(pcap, NULL));
    g_autofree guint8 *file = take(path, &n);
    cr_assert_eq(count_blocks(file, n, SECTION, &at), 1);
    cr_assert_eq(word(file + 8), 0x1a2b3c4d);
    cr_assert_eq(word(file + 12), 1, "version 1.0");
    cr_assert(memmem(file, n, "mip6sim", 7) && memmem(file, n, "this run", 8));
    cr_assert_eq(count_blocks(file, n, INTERFACE, &at), 3);
    static const guint8 last[] = {
        229, 0, 0, 0, 0, 0, 0, 0,                               /* link type, snap length */
        2, 0, 5, 0, 'l', 'i', 'n', 'k', '2', 0, 0, 0,           /* if_name */
        9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0};                    /* if_tsresol, end */
    cr_assert_eq(word(file + at + 4), 12 + sizeof last);
    cr_assert_arr_eq(file + at + 8, last, sizeof last);
}

/* Beyond 2^32 ns, both words of the time; the virtual payload is there. */
Test(record_pcap, a_packet)
{
    g_autofree char *path = NULL;
    gsize n, at = 0;
    sim_pcap *pcap = open_here(&path, 2);
    sim_packet *p = packet_of(50, 11, 1);
    int64_t t_ns = (INT64_C(3) << 32) + 7;
    send(pcap, 1, t_ns, p);
    sim_packet_unref(pool, p);
    cr_assert(sim_pcap_close(pcap, NULL));
    g_autofree guint8 *file = take(path, &n);
    cr_assert_eq(count_blocks(file, n, PACKET, &at), 1);
    const guint8 *b = file + at + 8;
    cr_assert_eq(word(b), 1);
    cr_assert_eq(word(b + 4), 3);
    cr_assert_eq(word(b + 8), 7);
    cr_assert_eq(word(b + 12), 61);
    cr_assert_eq(word(b + 16), 61);
    for (int i = 0; i < 64; i++)
        cr_assert_eq(b[20 + i], i < 50 ? 0x60 + i : 0);
    static const guint8 options[] = {1, 0, 5, 0, 'a', ' ', '>', ' ', 'b', 0, 0, 0, 0, 0, 0, 0};
    cr_assert_arr_eq(b + 84, options, sizeof options);
    cr_assert_eq(word(file + at + 4), 12 + 20 + 64 + sizeof options);
}

Test(record_pcap, a_loss_is_noted_at_its_packet_alone)
{
    g_autofree char *path = NULL;
    gsize n, at = 0;
    sim_pcap *pcap = open_here(&path, 1);
    sim_packet *p = packet_of(40, 0, 1), *q = packet_of(40, 0, 2);
    send(pcap, 0, 5, p);
    lose(pcap, 5, q);
    lose(pcap, 6, p);
    send(pcap, 0, 7, q);
    lose(pcap, 7, q);
    sim_packet_unref(pool, p);
    sim_packet_unref(pool, q);
    cr_assert(sim_pcap_close(pcap, NULL));
    g_autofree guint8 *file = take(path, &n);
    cr_assert_eq(count_blocks(file, n, PACKET, &at), 2);
    cr_assert_not_null(memmem(file + at, n - at, "a > b, lost: link-loss", 22));
    cr_assert_null(memmem(file, at, "lost", 4));
}

/* A limit of the file's size is a disk that is full: a piece is written in part. */
Test(record_pcap, a_full_disk_leaves_whole_blocks)
{
    enum { LIMIT = 300001 };
    g_autofree char *path = NULL;
    GError *error = NULL;
    gsize n, at = 0;
    signal(SIGXFSZ, SIG_IGN);
    sim_pcap *pcap = open_here(&path, 1);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){LIMIT, LIMIT}), 0);
    sim_packet *p = packet_of(60, 1000, 1);
    for (int i = 0; i < 2000; i++)
        send(pcap, 0, i, p);
    sim_packet_unref(pool, p);
    cr_assert(!sim_pcap_close(pcap, &error));
    cr_assert(g_error_matches(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT));
    cr_assert(g_str_has_prefix(error->message, path));
    g_clear_error(&error);
    g_autofree guint8 *file = take(path, &n);
    unsigned found = count_blocks(file, n, PACKET, &at);
    cr_assert_gt(n, LIMIT - 1200, "the last whole block, not the last whole piece");
    cr_assert_eq(found, (LIMIT - at) / word(file + at + 4) - 1 + found, "no other would fit");
}

Test(record_pcap, a_file_that_cannot_be)
{
    GError *error = NULL;
    g_autofree char *path = g_build_filename(folder, "x", NULL);
    g_autofree char *below = g_build_filename(path, "y.pcapng", NULL);
    cr_assert(g_file_set_contents(path, "", 0, NULL));
    cr_assert_null(sim_pcap_open(below, "p", "i", &error));
    cr_assert(g_error_matches(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT));
    cr_assert(g_str_has_prefix(error->message, below));
    g_clear_error(&error);
    g_unlink(path);
}
