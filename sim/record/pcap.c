/* pcapng (draft-ietf-opsawg-pcapng) by hand: section header, interfaces, enhanced packets.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sim/engine/config.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINKTYPE_IPV6 = 229,
    OPT_END = 0, OPT_COMMENT = 1, OPT_USERAPPL = 4,     /* of a section */
    OPT_IF_NAME = 2, OPT_IF_TSRESOL = 9,
    NANOSECONDS = 9,            /* if_tsresol: ten to the minus nine */
    MOST_WAITING = 1 << 18
};

struct sim_pcap {
    sim_tap tap;
    char *path;
    int fd;                     /* -1: none, or given up */
    int error;                  /* errno of the first failure */
    sim_engine *engine;
    off_t written;              /* whole blocks in the file */
    GByteArray *waiting;        /* whole blocks, and the last one perhaps open */
    size_t ends_at;             /* where whole blocks end in `waiting` */
    bool open;                  /* a packet whose options are not there yet */
    int64_t open_ns;
    uint64_t open_identity;
    GString *comment;           /* of the open packet */
};

static sim_pcap *pcap_of(sim_tap *tap)
{
    return (sim_pcap *)(void *)tap;
}

/* ---- the file ---------------------------------------------------------------------------- */

static bool write_all(sim_pcap *pcap, const guint8 *bytes, size_t n)
{
    while (n > 0) {
        ssize_t got = write(pcap->fd, bytes, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            pcap->error = got < 0 ? errno : EIO;
            return false;
        }
        bytes += got;
        n -= (size_t)got;
    }
    return true;
}

/* Length of the blocks of a piece that are within the first n bytes. */
static size_t whole_blocks(const GByteArray *piece, size_t n)
{
    size_t at = 0;
    guint32 len;
    while (at + 8 <= n) {
        memcpy(&len, piece->data + at + 4, sizeof len);
        if (at + len > n)
            break;
        at += len;
    }
    return at;
}

/* Cut the file behind its last whole block. */
static void give_up(sim_pcap *pcap)
{
    off_t reached = lseek(pcap->fd, 0, SEEK_CUR);
    size_t more = reached > pcap->written ? (size_t)(reached - pcap->written) : 0;
    off_t whole = pcap->written + (off_t)whole_blocks(pcap->waiting, MIN(more, pcap->ends_at));
    if (ftruncate(pcap->fd, whole) != 0)
        whole = reached;        /* a cut block at the end: readers say so and go on */
    close(pcap->fd);
    pcap->fd = -1;
    if (pcap->engine)
        sim_engine_interrupt(pcap->engine);
}

static void flush(sim_pcap *pcap)
{
    if (pcap->fd < 0)
        return;
    if (!write_all(pcap, pcap->waiting->data, pcap->ends_at)) {
        give_up(pcap);
        return;
    }
    pcap->written += (off_t)pcap->ends_at;
    g_byte_array_remove_range(pcap->waiting, 0, (guint)pcap->ends_at);
    pcap->ends_at = 0;
}

/* ---- blocks ------------------------------------------------------------------------------ */

static void put(sim_pcap *pcap, const void *bytes, size_t n)
{
    g_byte_array_append(pcap->waiting, bytes, (guint)n);
}

static void put16(sim_pcap *pcap, uint16_t x)
{
    put(pcap, &x, sizeof x);
}

static void put32(sim_pcap *pcap, uint32_t x)
{
    put(pcap, &x, sizeof x);
}

static void put_zeros(sim_pcap *pcap, size_t n)
{
    guint at = pcap->waiting->len;
    g_byte_array_set_size(pcap->waiting, at + (guint)n);
    memset(pcap->waiting->data + at, 0, n);
}

static void pad(sim_pcap *pcap)
{
    put_zeros(pcap, (4 - (pcap->waiting->len & 3)) & 3);
}

static void put_option(sim_pcap *pcap, uint16_t code, const void *value, size_t n)
{
    put16(pcap, code);
    put16(pcap, (uint16_t)n);
    put(pcap, value, n);
    pad(pcap);
}

static void put_text(sim_pcap *pcap, uint16_t code, const char *text)
{
    put_option(pcap, code, text, MIN(strlen(text), 65535));
}

/* The length is known at the end. */
static void begin_block(sim_pcap *pcap, uint32_t type)
{
    put32(pcap, type);
    put32(pcap, 0);
}

static void end_block(sim_pcap *pcap)
{
    put_option(pcap, OPT_END, NULL, 0);
    uint32_t len = (uint32_t)(pcap->waiting->len - pcap->ends_at) + 4;
    put32(pcap, len);
    memcpy(pcap->waiting->data + pcap->ends_at + 4, &len, sizeof len);
    pcap->ends_at = pcap->waiting->len;
    if (pcap->ends_at >= MOST_WAITING)
        flush(pcap);
}

static void put_section(sim_pcap *pcap, const char *program, const char *identity)
{
    begin_block(pcap, BLOCK_SECTION);
    put32(pcap, BYTE_ORDER_MAGIC);
    put16(pcap, 1);             /* version 1.0 */
    put16(pcap, 0);
    put32(pcap, UINT32_MAX);    /* length of the section: not given */
    put32(pcap, UINT32_MAX);
    put_text(pcap, OPT_USERAPPL, program);
    put_text(pcap, OPT_COMMENT, identity);
    end_block(pcap);
}

/* ---- the tap ------------------------------------------------------------------------------ */

static void put_link(sim_tap *tap, uint32_t link, const char *name)
{
    (void)link;                 /* interfaces count as links do */
    sim_pcap *pcap = pcap_of(tap);
    uint8_t resolution = NANOSECONDS;
    begin_block(pcap, BLOCK_INTERFACE);
    put16(pcap, LINKTYPE_IPV6);
    put16(pcap, 0);
    put32(pcap, 0);             /* whole packets */
    put_text(pcap, OPT_IF_NAME, name);
    put_option(pcap, OPT_IF_TSRESOL, &resolution, 1);
    end_block(pcap);
}

static void end_packet(sim_pcap *pcap)
{
    if (!pcap->open)
        return;
    pcap->open = false;
    put_text(pcap, OPT_COMMENT, pcap->comment->str);
    end_block(pcap);
}

static void put_packet(sim_tap *tap, uint32_t link, int64_t t_ns, const char *from,
                       const char *to, const sim_packet *packet)
{
    sim_pcap *pcap = pcap_of(tap);
    end_packet(pcap);
    if (pcap->fd < 0)
        return;
    uint32_t bytes = sim_packet_bytes(packet);
    begin_block(pcap, BLOCK_PACKET);
    put32(pcap, link);
    put32(pcap, (uint32_t)((uint64_t)t_ns >> 32));
    put32(pcap, (uint32_t)t_ns);
    put32(pcap, bytes);         /* captured */
    put32(pcap, bytes);         /* on the wire */
    put(pcap, packet->bytes + packet->head, packet->len);
    put_zeros(pcap, packet->virtual_bytes);
    pad(pcap);
    pcap->open = true;
    pcap->open_ns = t_ns;
    pcap->open_identity = packet->identity;
    g_string_printf(pcap->comment, "%s > %s", from, to ? to : "*");
}

/* What a link loses it does at once: the packet is the one at hand. */
static void note_loss(sim_tap *tap, int64_t t_ns, const char *node, const char *cause,
                      const sim_packet *packet)
{
    (void)node;
    sim_pcap *pcap = pcap_of(tap);
    if (pcap->open && t_ns == pcap->open_ns && packet->identity == pcap->open_identity)
        g_string_append_printf(pcap->comment, ", lost: %s", cause);
}

static const sim_tap_class pcap_class = {.link = put_link, .sent = put_packet, .lost = note_loss};

/* ---- life -------------------------------------------------------------------------------- */

static bool fail(const char *path, int e, GError **error)
{
    g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT, "%s: %s", path, g_strerror(e));
    return false;
}

static int make_file(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return -1;
    if (unlink(path) != 0 && errno != ENOENT)
        return -1;
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

sim_pcap *sim_pcap_open(const char *path, const char *program, const char *identity,
                        GError **error)
{
    int fd = make_file(path);
    if (fd < 0) {
        fail(path, errno, error);
        return NULL;
    }
    sim_pcap *pcap = g_new0(sim_pcap, 1);
    pcap->tap.cls = &pcap_class;
    pcap->path = g_strdup(path);
    pcap->fd = fd;
    pcap->waiting = g_byte_array_sized_new(MOST_WAITING);
    pcap->comment = g_string_new(NULL);
    put_section(pcap, program, identity);
    return pcap;
}

sim_tap *sim_pcap_tap(sim_pcap *pcap)
{
    return &pcap->tap;
}

void sim_pcap_guard(sim_pcap *pcap, sim_engine *engine)
{
    pcap->engine = engine;
}

bool sim_pcap_close(sim_pcap *pcap, GError **error)
{
    if (!pcap)
        return true;
    pcap->engine = NULL;
    end_packet(pcap);
    flush(pcap);
    if (pcap->fd >= 0 && close(pcap->fd) != 0)
        pcap->error = errno;
    bool good = pcap->error == 0 || fail(pcap->path, pcap->error, error);
    g_byte_array_unref(pcap->waiting);
    g_string_free(pcap->comment, TRUE);
    g_free(pcap->path);
    g_free(pcap);
    return good;
}
