/* Messages between home agents that share state.
 *
 *   RFC 5096 (mobility header type 11), RFC 6275 section 6.1.1, PROTOCOL 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

#include "mip6_peer.h"

#define MH_EXPERIMENTAL 11u
#define MH_FIXED 6u             /* bytes in front of the message data */
#define HEAD 24u                /* up to the body of a message */
#define LINE 28u
#define HELLO_FIXED 16u
#define RECORDS_FIXED (LINE + 4u)
#define RECORD 44u
#define REQUEST_FIXED 8u
#define END_BODY 32u
#define SYSTEM_FIXED 8u
#define PEER_HOP_LIMIT 64u

enum { TO_AT = 12, SESSION_AT = 16, SEQUENCE_AT = 20 };
enum { HELLO_GOODBYE = 1, HELLO_LOADING = 2 };
enum { RECORDS_UNVERSIONED = 1 };
enum { RECORD_LINK_LOCAL = 1, RECORD_TAKEN = 2 };
enum { END_COMPLETE = 1 };

mip6_message_kind mip6_peer_kind(mip6_peer_type type)
{
    static const mip6_message_kind kinds[MIP6_N_PEER_TYPES] = {
        [MIP6_PEER_HELLO] = MIP6_MSG_PEER_HELLO,
        [MIP6_PEER_ACK] = MIP6_MSG_PEER_ACK,
        [MIP6_PEER_RECORDS] = MIP6_MSG_PEER_RECORDS,
        [MIP6_PEER_REQUEST] = MIP6_MSG_PEER_REQUEST,
        [MIP6_PEER_TRANSFER_END] = MIP6_MSG_PEER_TRANSFER_END,
        [MIP6_PEER_SYSTEM] = MIP6_MSG_PEER_SYSTEM,
    };

    return type < MIP6_N_PEER_TYPES ? kinds[type] : MIP6_MSG_NONE;
}

bool mip6_peer_is(const uint8_t *pkt, size_t len)
{
    return len >= MIP6_IPV6_HEADER + MH_FIXED && pkt[0] >> 4 == 6 &&
           pkt[6] == MIP6_NH_MOBILITY && pkt[MIP6_IPV6_HEADER + 2] == MH_EXPERIMENTAL;
}

static uint64_t get64(const uint8_t *p)
{
    return (uint64_t)mip6_get32(p) << 32 | mip6_get32(p + 4);
}

static void put64(struct wire_out *out, uint64_t v)
{
    wire_put32(out, (uint32_t)(v >> 32));
    wire_put32(out, (uint32_t)v);
}

/* ---- Decode ----------------------------------------------------------------------- */

static void get_line(const uint8_t *p, mip6_cache_line *line)
{
    line->cache = p[0];
    line->version = mip6_get32(p + 4);
    line->base_version = mip6_get32(p + 8);
    line->lineage = get64(p + 12);
    line->base_lineage = get64(p + 20);
}

/* Functions from here on get the body and its length, padding included, and say how much of it
 * they took in *used; what they read has been compared with len before. */
static mip6_drop decode_hello(const uint8_t *p, size_t len, unsigned code, mip6_peer_hello *hello,
                              size_t *used)
{
    if (len < HELLO_FIXED)
        return MIP6_DROP_TOO_SHORT;
    hello->goodbye = code & HELLO_GOODBYE;
    hello->loading = code & HELLO_LOADING;
    hello->report.queue = mip6_get16(p);
    hello->report.preference = mip6_get16(p + 2);
    hello->report.mn_count = mip6_get32(p + 4);
    hello->report.capacity_kbps = mip6_get32(p + 8);
    hello->n = p[12];
    *used = HELLO_FIXED + hello->n * LINE;
    if (*used > len)
        return MIP6_DROP_BAD_LENGTH;
    if (hello->n > MIP6_PEER_MAX_CACHES)
        return MIP6_DROP_BAD_VALUE;
    for (unsigned i = 0; i < hello->n; i++)
        get_line(p + HELLO_FIXED + i * LINE, &hello->caches[i]);
    return MIP6_DROP_NONE;
}

static bool has_second_address(mip6_sync_kind kind)
{
    return kind != MIP6_SYNC_GONE && kind != MIP6_SYNC_HANDOFF_GONE;
}

/* Addresses that no node may have or register from are nobody's binding. */
static bool is_sane(const mip6_sync_record *r)
{
    return r->kind >= MIP6_SYNC_NEW && r->kind < MIP6_N_SYNC_KINDS &&
           mip6_wire_routable(&r->home) &&
           (!has_second_address(r->kind) || mip6_wire_routable(&r->care_of));
}

static mip6_drop decode_record(const uint8_t *p, uint8_t cache, mip6_sync_record *r,
                               int64_t now_ns)
{
    r->kind = (mip6_sync_kind)p[0];
    r->cache = cache;
    r->link_local = p[1] & RECORD_LINK_LOCAL;
    r->taken = p[1] & RECORD_TAKEN;
    r->sequence = mip6_get16(p + 2);
    r->lifetime_units = mip6_get16(p + 4);
    r->expires_ns = now_ns + mip6_get32(p + 8) * MIP6_MS_NS;
    memcpy(&r->home, p + 12, sizeof(r->home));
    memcpy(&r->care_of, p + 28, sizeof(r->care_of));
    return is_sane(r) ? MIP6_DROP_NONE : MIP6_DROP_BAD_VALUE;
}

static mip6_drop decode_records(const uint8_t *p, size_t len, unsigned code,
                                mip6_peer_records *records, size_t *used, int64_t now_ns)
{
    mip6_drop cause = MIP6_DROP_NONE;

    if (len < RECORDS_FIXED)
        return MIP6_DROP_TOO_SHORT;
    get_line(p, &records->line);
    records->unversioned = code & RECORDS_UNVERSIONED;
    records->n = p[LINE];
    *used = RECORDS_FIXED + records->n * RECORD;
    if (*used > len)
        return MIP6_DROP_BAD_LENGTH;
    if (records->n == 0 || records->n > MIP6_PEER_MAX_RECORDS)
        return MIP6_DROP_BAD_VALUE;
    for (unsigned i = 0; i < records->n && cause == MIP6_DROP_NONE; i++)
        cause = decode_record(p + RECORDS_FIXED + i * RECORD, records->line.cache,
                              &records->records[i], now_ns);
    return cause;
}

static mip6_drop decode_request(const uint8_t *p, size_t len, unsigned code,
                                mip6_peer_message *msg, size_t *used)
{
    if (len < REQUEST_FIXED)
        return MIP6_DROP_TOO_SHORT;
    msg->u.request.cache = (uint8_t)code;
    msg->u.request.n = p[0];
    msg->u.request.id = mip6_get32(p + 4);
    msg->u.request.homes = (const mip6_addr *)(const void *)(p + REQUEST_FIXED);
    *used = REQUEST_FIXED + p[0] * sizeof(mip6_addr);
    return *used > len                  ? MIP6_DROP_BAD_LENGTH
           : p[0] > MIP6_PEER_MAX_HOMES ? MIP6_DROP_BAD_VALUE
                                        : MIP6_DROP_NONE;
}

static mip6_drop decode_end(const uint8_t *p, size_t len, unsigned code, mip6_peer_message *msg,
                            size_t *used)
{
    if (len < END_BODY)
        return MIP6_DROP_TOO_SHORT;
    get_line(p, &msg->u.end.line);
    msg->u.end.complete = code & END_COMPLETE;
    msg->u.end.id = mip6_get32(p + LINE);
    *used = END_BODY;
    return MIP6_DROP_NONE;
}

static mip6_drop decode_system(const uint8_t *p, size_t len, unsigned code,
                               mip6_peer_message *msg, size_t *used)
{
    if (len < SYSTEM_FIXED)
        return MIP6_DROP_TOO_SHORT;
    msg->u.system.code = (uint8_t)code;
    msg->u.system.len = mip6_get16(p);
    msg->u.system.body = p + SYSTEM_FIXED;
    *used = SYSTEM_FIXED + msg->u.system.len;
    return *used > len                             ? MIP6_DROP_BAD_LENGTH
           : msg->u.system.len > MIP6_PEER_MAX_BODY ? MIP6_DROP_BAD_VALUE
                                                   : MIP6_DROP_NONE;
}

static mip6_drop decode_body(const uint8_t *p, size_t len, unsigned code, mip6_peer_message *msg,
                             size_t *used, int64_t now_ns)
{
    switch (msg->type) {
    case MIP6_PEER_HELLO:
        return decode_hello(p, len, code, &msg->u.hello, used);
    case MIP6_PEER_ACK:
        *used = 0;
        return MIP6_DROP_NONE;
    case MIP6_PEER_RECORDS:
        return decode_records(p, len, code, &msg->u.records, used, now_ns);
    case MIP6_PEER_REQUEST:
        return decode_request(p, len, code, msg, used);
    case MIP6_PEER_TRANSFER_END:
        return decode_end(p, len, code, msg, used);
    case MIP6_PEER_SYSTEM:
        return decode_system(p, len, code, msg, used);
    default:
        return MIP6_DROP_UNKNOWN_MESSAGE;
    }
}

/* p: a mobility header of type 11 and `len` bytes with a right checksum. */
static mip6_drop decode_message(const uint8_t *p, size_t len, mip6_peer_message *msg,
                                int64_t now_ns)
{
    size_t used = 0;
    mip6_drop cause;

    if (len < HEAD)
        return MIP6_DROP_TOO_SHORT;
    msg->type = (mip6_peer_type)p[MH_FIXED];
    msg->from = mip6_get32(p + 8);
    msg->to = mip6_get32(p + TO_AT);
    msg->session = mip6_get32(p + SESSION_AT);
    msg->sequence = mip6_get32(p + SEQUENCE_AT);
    cause = decode_body(p + HEAD, len - HEAD, p[7], msg, &used, now_ns);
    if (cause != MIP6_DROP_NONE)
        return cause;
    /* Mobility headers are multiples of 8 bytes; there is nothing behind that padding. */
    return (used + 7) / 8 * 8 == len - HEAD ? MIP6_DROP_NONE : MIP6_DROP_BAD_LENGTH;
}

static mip6_drop decode_mobility(const uint8_t *pkt, size_t len, const mip6_header *h,
                                 mip6_peer_message *msg, int64_t now_ns)
{
    const uint8_t *p = pkt + h->upper_offset;
    size_t real = len - h->upper_offset < h->upper_len ? len - h->upper_offset : h->upper_len;
    size_t size;

    if (h->is_fragment || h->next_header != MIP6_NH_MOBILITY)
        return MIP6_DROP_UNKNOWN_MESSAGE;
    if (real < 8)
        return MIP6_DROP_TOO_SHORT;
    size = (p[1] + 1u) * 8u;
    if (size != real)
        return MIP6_DROP_BAD_LENGTH;
    if (mip6_checksum(mip6_header_source(h), mip6_header_destination(h), MIP6_NH_MOBILITY, p,
                      size, 0) != 0)
        return MIP6_DROP_CHECKSUM;
    if (p[0] != MIP6_NH_NONE || h->has_home || h->has_final)
        return MIP6_DROP_BAD_VALUE;
    if (p[2] != MH_EXPERIMENTAL)
        return MIP6_DROP_UNKNOWN_MESSAGE;
    return decode_message(p, size, msg, now_ns);
}

int mip6_peer_decode(const uint8_t *pkt, size_t len, mip6_header *h, mip6_peer_message *msg,
                     mip6_drop *cause, int64_t now_ns)
{
    mip6_drop drop;
    int r = mip6_decode_header(pkt, len, 0, h, cause);

    if (r != 0)
        return r;
    drop = decode_mobility(pkt, len, h, msg, now_ns);
    if (drop == MIP6_DROP_NONE)
        return 0;
    *cause = drop;
    return drop == MIP6_DROP_CHECKSUM ? MIP6_ERR_CHECKSUM : MIP6_ERR_MALFORMED;
}

/* ---- Encode ----------------------------------------------------------------------- */

static void put_line(struct wire_out *out, const mip6_cache_line *line)
{
    wire_put8(out, line->cache);
    wire_put_zero(out, 3);
    wire_put32(out, line->version);
    wire_put32(out, line->base_version);
    put64(out, line->lineage);
    put64(out, line->base_lineage);
}

static int put_hello(struct wire_out *out, const mip6_peer_hello *hello)
{
    if (hello->n > MIP6_PEER_MAX_CACHES)
        return MIP6_ERR_INVALID;
    wire_put16(out, hello->report.queue);
    wire_put16(out, hello->report.preference);
    wire_put32(out, hello->report.mn_count);
    wire_put32(out, hello->report.capacity_kbps);
    wire_put8(out, hello->n);
    wire_put_zero(out, 3);
    for (unsigned i = 0; i < hello->n; i++)
        put_line(out, &hello->caches[i]);
    return 0;
}

/* What is left, rounded down: a copy must not outlive what it is a copy of. */
static uint32_t left_ms(const mip6_sync_record *r, int64_t now_ns)
{
    int64_t left = (r->expires_ns - now_ns) / MIP6_MS_NS;

    if (r->kind == MIP6_SYNC_HANDOFF_GONE || left < 0)
        return 0;
    return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}

static void put_record(struct wire_out *out, const mip6_sync_record *r, int64_t now_ns)
{
    wire_put8(out, (uint8_t)r->kind);
    wire_put8(out, (uint8_t)((r->link_local ? RECORD_LINK_LOCAL : 0) |
                             (r->taken ? RECORD_TAKEN : 0)));
    wire_put16(out, r->sequence);
    wire_put16(out, r->lifetime_units);
    wire_put16(out, 0);
    wire_put32(out, left_ms(r, now_ns));
    wire_put(out, &r->home, sizeof(r->home));
    wire_put(out, &r->care_of, sizeof(r->care_of));
}

static int put_records(struct wire_out *out, const mip6_peer_records *records, int64_t now_ns)
{
    if (records->n == 0 || records->n > MIP6_PEER_MAX_RECORDS)
        return MIP6_ERR_INVALID;
    put_line(out, &records->line);
    wire_put8(out, records->n);
    wire_put_zero(out, 3);
    for (unsigned i = 0; i < records->n; i++) {
        if (!is_sane(&records->records[i]))
            return MIP6_ERR_INVALID;
        put_record(out, &records->records[i], now_ns);
    }
    return 0;
}

static int put_request(struct wire_out *out, const mip6_peer_message *msg)
{
    if (msg->u.request.n > MIP6_PEER_MAX_HOMES)
        return MIP6_ERR_INVALID;
    wire_put8(out, msg->u.request.n);
    wire_put_zero(out, 3);
    wire_put32(out, msg->u.request.id);
    wire_put(out, msg->u.request.homes, msg->u.request.n * sizeof(mip6_addr));
    return 0;
}

static int put_system(struct wire_out *out, const mip6_peer_message *msg)
{
    if (msg->u.system.len > MIP6_PEER_MAX_BODY)
        return MIP6_ERR_INVALID;
    wire_put16(out, msg->u.system.len);
    wire_put_zero(out, SYSTEM_FIXED - 2);
    wire_put(out, msg->u.system.body, msg->u.system.len);
    return 0;
}

static uint8_t code_of(const mip6_peer_message *msg)
{
    switch (msg->type) {
    case MIP6_PEER_HELLO:
        return (uint8_t)((msg->u.hello.goodbye ? HELLO_GOODBYE : 0) |
                         (msg->u.hello.loading ? HELLO_LOADING : 0));
    case MIP6_PEER_RECORDS:
        return msg->u.records.unversioned ? RECORDS_UNVERSIONED : 0;
    case MIP6_PEER_REQUEST:
        return msg->u.request.cache;
    case MIP6_PEER_TRANSFER_END:
        return msg->u.end.complete ? END_COMPLETE : 0;
    case MIP6_PEER_SYSTEM:
        return msg->u.system.code;
    default:
        return 0;
    }
}

static int put_body(struct wire_out *out, const mip6_peer_message *msg, int64_t now_ns)
{
    switch (msg->type) {
    case MIP6_PEER_HELLO:
        return put_hello(out, &msg->u.hello);
    case MIP6_PEER_ACK:
        return 0;
    case MIP6_PEER_RECORDS:
        return put_records(out, &msg->u.records, now_ns);
    case MIP6_PEER_REQUEST:
        return put_request(out, msg);
    case MIP6_PEER_TRANSFER_END:
        put_line(out, &msg->u.end.line);
        wire_put32(out, msg->u.end.id);
        return 0;
    case MIP6_PEER_SYSTEM:
        return put_system(out, msg);
    default:
        return MIP6_ERR_INVALID;
    }
}

static void put_head(struct wire_out *out, const mip6_peer_message *msg)
{
    wire_put8(out, MIP6_NH_NONE);
    wire_put8(out, 0);
    wire_put8(out, MH_EXPERIMENTAL);
    wire_put_zero(out, 3);      /* reserved, checksum */
    wire_put8(out, (uint8_t)msg->type);
    wire_put8(out, code_of(msg));
    wire_put32(out, msg->from);
    wire_put32(out, msg->to);
    wire_put32(out, msg->session);
    wire_put32(out, msg->sequence);
}

static void put_checksum(uint8_t *pkt, size_t len)
{
    uint8_t *mh = pkt + MIP6_IPV6_HEADER;
    mip6_addr src, dst;

    memcpy(&src, pkt + 8, sizeof(src));
    memcpy(&dst, pkt + 24, sizeof(dst));
    mip6_put16(mh + MH_CHECKSUM_OFFSET, 0);
    mip6_put16(mh + MH_CHECKSUM_OFFSET,
               mip6_checksum(&src, &dst, MIP6_NH_MOBILITY, mh, len - MIP6_IPV6_HEADER, 0));
}

int mip6_peer_encode(uint8_t *buf, size_t cap, const mip6_addr *src, const mip6_addr *dst,
                     const mip6_peer_message *msg, int64_t now_ns)
{
    struct wire_out out = {.p = buf, .cap = cap};
    mip6_header h = {.src = *src, .dst = *dst, .hop_limit = PEER_HOP_LIMIT};
    int r;

    mip6_wire_put_headers(&out, &h, MIP6_NH_MOBILITY);
    put_head(&out, msg);
    r = put_body(&out, msg, now_ns);
    if (r != 0)
        return r;
    wire_put_zero(&out, (8 - out.len % 8) % 8);     /* the IPv6 header is a multiple of 8 */
    if (out.len > MIP6_MAX_PACKET)
        return MIP6_ERR_INVALID;
    if (out.len > cap)
        return MIP6_ERR_SPACE;
    mip6_put16(buf + 4, (uint16_t)(out.len - MIP6_IPV6_HEADER));
    buf[MIP6_IPV6_HEADER + 1] = (uint8_t)((out.len - MIP6_IPV6_HEADER) / 8 - 1);
    put_checksum(buf, out.len);
    return (int)out.len;
}

void mip6_peer_readdress(uint8_t *pkt, size_t len, const mip6_addr *dst, uint32_t to,
                         uint32_t session, uint32_t sequence)
{
    uint8_t *mh = pkt + MIP6_IPV6_HEADER;

    memcpy(pkt + 24, dst, sizeof(*dst));
    mip6_put32(mh + TO_AT, to);
    mip6_put32(mh + SESSION_AT, session);
    mip6_put32(mh + SEQUENCE_AT, sequence);
    put_checksum(pkt, len);
}
