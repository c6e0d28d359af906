/* Sums of hashes, one page of cells per open second.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/fingerprint.h"

#include <assert.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/engine/engine.h"

__extension__ typedef unsigned __int128 u128;

/* No element knows its future so well: a booking beyond is a bug. */
enum { FAR_AHEAD_S = 100000 };

typedef struct cell {
    u128 sum[SIM_N_CHANNELS];
} cell;

struct sim_fingerprint {
    GArray *node_ids;       /* uint32_t, of each cell */
    GPtrArray *pages;       /* cell arrays of seconds first_open, first_open + 1, ...; NULL:
                             * nothing booked there */
    cell *spare;            /* a cleared page for the next second */
    uint32_t page_cells;    /* cells in each page */
    int64_t first_open;
    int64_t now_begin, now_end;     /* the second of the last booking, [begin, end) ns */
    cell *now_page;
    u128 total;             /* of closed seconds */
};

static const char *const channel_names[SIM_N_CHANNELS] = {"wire", "queue", "binding", "handoff",
                                                          "decision"};

const char *sim_channel_name(sim_channel channel)
{
    assert((unsigned)channel < SIM_N_CHANNELS);
    return channel_names[channel];
}

sim_fingerprint *sim_fingerprint_new(void)
{
    sim_fingerprint *fp = g_new0(sim_fingerprint, 1);
    fp->node_ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    fp->pages = g_ptr_array_new();
    return fp;
}

void sim_fingerprint_free(sim_fingerprint *fp)
{
    if (!fp)
        return;
    for (guint i = 0; i < fp->pages->len; i++)
        g_free(fp->pages->pdata[i]);
    g_ptr_array_free(fp->pages, TRUE);
    g_array_free(fp->node_ids, TRUE);
    g_free(fp->spare);
    g_free(fp);
}

static void forget_page_at_hand(sim_fingerprint *fp)
{
    fp->now_page = NULL;
    fp->now_begin = fp->now_end = 0;
}

static void widen_pages(sim_fingerprint *fp, uint32_t n_cells)
{
    for (guint i = 0; i < fp->pages->len; i++) {
        if (!fp->pages->pdata[i])
            continue;
        cell *wide = g_new0(cell, n_cells);
        memcpy(wide, fp->pages->pdata[i], fp->page_cells * sizeof(cell));
        g_free(fp->pages->pdata[i]);
        fp->pages->pdata[i] = wide;
    }
    g_clear_pointer(&fp->spare, g_free);
    fp->page_cells = n_cells;
    forget_page_at_hand(fp);
}

uint32_t sim_fingerprint_add_cell(sim_fingerprint *fp, uint32_t node_id)
{
    uint32_t number = fp->node_ids->len;
    g_array_append_val(fp->node_ids, node_id);
    if (number >= fp->page_cells)
        widen_pages(fp, MAX(16, 2 * fp->page_cells));
    return number;
}

static void turn_to_page(sim_fingerprint *fp, int64_t time_ns)
{
    assert(time_ns >= 0);
    int64_t second = time_ns / SIM_SECOND_NS;
    assert(second >= fp->first_open && second - fp->first_open < FAR_AHEAD_S);
    guint i = (guint)(second - fp->first_open);
    if (i >= fp->pages->len)
        g_ptr_array_set_size(fp->pages, (gint)i + 1);
    if (!fp->pages->pdata[i]) {
        fp->pages->pdata[i] = fp->spare ? fp->spare : g_new0(cell, fp->page_cells);
        fp->spare = NULL;
    }
    fp->now_page = fp->pages->pdata[i];
    fp->now_begin = second * SIM_SECOND_NS;
    fp->now_end = fp->now_begin + SIM_SECOND_NS;
}

static u128 wide(sim_hash128 h)
{
    return (u128)h.hi << 64 | h.lo;
}

static sim_hash128 narrow(u128 v)
{
    return (sim_hash128){(uint64_t)v, (uint64_t)(v >> 64)};
}

void sim_fingerprint_book(sim_fingerprint *fp, uint32_t cell_number, sim_channel channel,
                          uint64_t name_hash, int64_t time_ns, const void *bytes, size_t len)
{
    assert(cell_number < fp->node_ids->len && (unsigned)channel < SIM_N_CHANNELS);
    if (time_ns < fp->now_begin || time_ns >= fp->now_end)
        turn_to_page(fp, time_ns);
    /* One multiplication spreads the name, so that adding time and channel to it makes seeds
     * that no other name's come near. */
    uint64_t seed = name_hash * UINT64_C(0x9e3779b97f4a7c15)
                    + ((uint64_t)time_ns * SIM_N_CHANNELS + channel);
    fp->now_page[cell_number].sum[channel] += wide(sim_hash(bytes, len, seed));
}

static u128 sum_of_page(const sim_fingerprint *fp, const cell *page)
{
    u128 sum = 0;
    for (uint32_t i = 0; page && i < fp->node_ids->len; i++)
        for (int c = 0; c < SIM_N_CHANNELS; c++)
            sum += page[i].sum[c];
    return sum;
}

/* What a second adds to the run: its sum hashed with its number; nothing for an empty one. */
static u128 seconds_share(const sim_fingerprint *fp, const cell *page, int64_t second)
{
    u128 sum = sum_of_page(fp, page);
    if (!sum)
        return 0;
    uint64_t words[3] = {GUINT64_TO_LE((uint64_t)sum), GUINT64_TO_LE((uint64_t)(sum >> 64)),
                         GUINT64_TO_LE((uint64_t)second)};
    return wide(sim_hash(words, sizeof words, 0));
}

static void report_page(const sim_fingerprint *fp, const cell *page, int64_t second,
                        sim_fingerprint_row row, void *user)
{
    for (uint32_t i = 0; i < fp->node_ids->len; i++) {
        uint32_t node = g_array_index(fp->node_ids, uint32_t, i);
        for (int c = 0; c < SIM_N_CHANNELS; c++)
            if (page[i].sum[c])
                row(user, second, node, (sim_channel)c, narrow(page[i].sum[c]));
    }
}

static void close_first(sim_fingerprint *fp, sim_fingerprint_row row, void *user)
{
    int64_t second = fp->first_open++;
    if (!fp->pages->len)
        return;
    cell *page = g_ptr_array_remove_index(fp->pages, 0);
    forget_page_at_hand(fp);
    if (!page)
        return;
    if (row)
        report_page(fp, page, second, row, user);
    fp->total += seconds_share(fp, page, second);
    if (fp->spare) {
        g_free(page);
        return;
    }
    memset(page, 0, fp->page_cells * sizeof *page);
    fp->spare = page;
}

void sim_fingerprint_close_second(sim_fingerprint *fp, int64_t second, sim_fingerprint_row row,
                                  void *user)
{
    assert(second >= fp->first_open);
    while (fp->first_open <= second)
        close_first(fp, row, user);
}

void sim_fingerprint_text(const sim_fingerprint *fp, char out[33])
{
    u128 total = fp->total;
    for (guint i = 0; i < fp->pages->len; i++)
        total += seconds_share(fp, fp->pages->pdata[i], fp->first_open + i);
    snprintf(out, 33, "%016" PRIx64 "%016" PRIx64, (uint64_t)(total >> 64), (uint64_t)total);
}
