/* Addresses: tests, derived addresses, text.
 *
 *   RFC 4291 (addressing), RFC 5952 (text), RFC 2526 (anycast), RFC 2464 (Ethernet)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_types.h"
#include "wire_internal.h"

#include <string.h>

/* Defined in the header; here for who does not inline. */
extern inline bool mip6_addr_equal(const mip6_addr *a, const mip6_addr *b);
extern inline bool mip6_addr_is_unspecified(const mip6_addr *a);
extern inline bool mip6_addr_is_multicast(const mip6_addr *a);
extern inline bool mip6_addr_is_link_local(const mip6_addr *a);

bool mip6_addr_same_prefix(const mip6_addr *a, const mip6_addr *b, unsigned bits)
{
    unsigned bytes = bits / 8;
    unsigned rest = bits % 8;

    if (bits >= 128)
        return mip6_addr_equal(a, b);
    if (memcmp(a, b, bytes) != 0)
        return false;
    return rest == 0 || ((a->b[bytes] ^ b->b[bytes]) >> (8 - rest)) == 0;
}

bool mip6_wire_routable(const mip6_addr *a)
{
    static const mip6_addr loopback = {{[15] = 1}};

    return !mip6_addr_is_multicast(a) && !mip6_addr_is_link_local(a) &&
           !mip6_addr_is_unspecified(a) && !mip6_addr_equal(a, &loopback);
}

mip6_addr mip6_addr_solicited_node(const mip6_addr *a)
{
    mip6_addr r = {{0xff, 0x02, [11] = 0x01, [12] = 0xff}};

    memcpy(r.b + 13, a->b + 13, 3);
    return r;
}

mip6_addr mip6_addr_all_nodes(void)
{
    return (mip6_addr){{0xff, 0x02, [15] = 1}};
}

mip6_addr mip6_addr_all_routers(void)
{
    return (mip6_addr){{0xff, 0x02, [15] = 2}};
}

mip6_addr mip6_addr_ha_anycast(const mip6_addr *prefix)
{
    static const uint8_t identifier[8] = {0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
    mip6_addr r = *prefix;

    memcpy(r.b + 8, identifier, sizeof(identifier));
    return r;
}

mip6_addr mip6_addr_from_lladdr(const mip6_addr *prefix, const mip6_lladdr *ll)
{
    mip6_addr r = *prefix;

    memcpy(r.b + 8, ll->b, 3);
    r.b[8] ^= 0x02; /* universal/local bit, RFC 4291 appendix A */
    r.b[11] = 0xff;
    r.b[12] = 0xfe;
    memcpy(r.b + 13, ll->b + 3, 3);
    return r;
}

mip6_addr mip6_addr_link_local(const mip6_lladdr *ll)
{
    static const mip6_addr prefix = {{0xfe, 0x80}};

    return mip6_addr_from_lladdr(&prefix, ll);
}

bool mip6_lladdr_equal(const mip6_lladdr *a, const mip6_lladdr *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

bool mip6_lladdr_is_zero(const mip6_lladdr *a)
{
    static const mip6_lladdr zero;

    return mip6_lladdr_equal(a, &zero);
}

mip6_lladdr mip6_lladdr_multicast(const mip6_addr *group)
{
    mip6_lladdr r = {{0x33, 0x33}};

    memcpy(r.b + 2, group->b + 12, 4);
    return r;
}

/* ---- Text ------------------------------------------------------------------- */

static const char digits[] = "0123456789abcdef";

static char *format_group(char *out, uint16_t group)
{
    bool begun = false;

    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned nibble = ((unsigned)group >> shift) & 0xfu;

        begun = begun || nibble != 0 || shift == 0;
        if (begun)
            *out++ = digits[nibble];
    }
    return out;
}

static char *format_byte(char *out, uint8_t byte)
{
    if (byte >= 100)
        *out++ = digits[byte / 100];
    if (byte >= 10)
        *out++ = digits[byte / 10 % 10];
    *out++ = digits[byte % 10];
    return out;
}

/* First longest run of at least two zero groups. RFC 5952 section 4.2. */
static unsigned longest_zeros(const mip6_addr *a, unsigned *length)
{
    unsigned best = 8, best_length = 1;

    for (unsigned i = 0, run = 0; i < 8; i++) {
        run = mip6_get16(a->b + 2 * i) == 0 ? run + 1 : 0;
        if (run > best_length) {
            best_length = run;
            best = i + 1 - run;
        }
    }
    *length = best == 8 ? 0 : best_length;
    return best;
}

static char *format_groups(const mip6_addr *a, unsigned n, char *out)
{
    unsigned length;
    unsigned zeros = longest_zeros(a, &length);

    for (unsigned i = 0; i < n;) {
        if (i == zeros) {
            *out++ = ':';
            *out++ = ':';
            i += length;
            continue;
        }
        if (i > 0 && i != zeros + length)
            *out++ = ':';
        out = format_group(out, mip6_get16(a->b + 2 * i));
        i++;
    }
    return out;
}

char *mip6_addr_format(const mip6_addr *a, char out[MIP6_ADDR_TEXT])
{
    static const mip6_addr mapped = {{[10] = 0xff, [11] = 0xff}};
    bool mixed = mip6_addr_same_prefix(a, &mapped, 96); /* RFC 5952 section 5 */
    char *p = format_groups(a, mixed ? 6 : 8, out);

    for (unsigned i = 12; mixed && i < 16; i++) {
        *p++ = i == 12 ? ':' : '.';
        p = format_byte(p, a->b[i]);
    }
    *p = '\0';
    return out;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* "192.0.2.1" to its end. */
static bool parse_quad(const char *text, uint8_t out[4])
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned value = 0, n = 0;

        for (; *text >= '0' && *text <= '9' && n < 3; text++, n++)
            value = value * 10 + (unsigned)(*text - '0');
        if (n == 0 || value > 255 || (n > 1 && text[-(int)n] == '0'))
            return false;
        if (*text++ != (i < 3 ? '.' : '\0'))
            return false;
        out[i] = (uint8_t)value;
    }
    return true;
}

/* What has been read: bytes in order, and where the "::" stands among them. */
struct address_text {
    uint8_t b[16];
    unsigned n;
    int gap;
};

/* Reads groups, "::" and a closing quad, up to the end of the text. */
static bool parse_groups(const char *text, struct address_text *t)
{
    while (*text != '\0') {
        const char *begin = text;
        unsigned value = 0;

        for (; hex_value(*text) >= 0 && text - begin < 4; text++)
            value = value << 4 | (unsigned)hex_value(*text);
        if (text == begin)
            return false;
        if (*text == '.')
            return t->n <= 12 && parse_quad(begin, t->b + t->n) && (t->n += 4);
        if (t->n > 14)
            return false;
        mip6_put16(t->b + t->n, (uint16_t)value);
        t->n += 2;
        if (*text == '\0')
            return true;
        if (*text++ != ':' || *text == '\0')
            return false;
        if (*text == ':') {
            if (t->gap >= 0)
                return false;
            t->gap = (int)t->n;
            text++;
        }
    }
    return true;
}

int mip6_addr_parse(const char *text, mip6_addr *out)
{
    struct address_text t = {.gap = -1};
    mip6_addr r = {{0}};
    size_t head, tail;

    if (text[0] == ':' && text[1] == ':') {
        t.gap = 0;
        text += 2;
    }
    /* "::" stands for one group or more. RFC 4291 section 2.2. */
    if (!parse_groups(text, &t) || (t.gap < 0 ? t.n != 16 : t.n > 14))
        return MIP6_ERR_INVALID;
    head = t.gap < 0 ? t.n : (size_t)t.gap;
    tail = t.n - head;
    memcpy(r.b, t.b, head);
    memcpy(r.b + 16 - tail, t.b + head, tail);
    *out = r;
    return 0;
}
