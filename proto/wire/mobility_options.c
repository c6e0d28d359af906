/* Mobility options.
 *
 *   RFC 6275 section 6.2, RFC 6463 section 4
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

enum {
    OPTION_PAD1 = 0,
    OPTION_PADN = 1,
    OPTION_REFRESH = 2,
    OPTION_ALT_COA = 3,
    OPTION_NONCES = 4,
    OPTION_AUTH = 5,
    OPTION_REDIRECT_CAPABILITY = 46,
    OPTION_REDIRECT = 47,
};

/* Flags of a Redirect, in 16 bits with what is reserved. */
#define REDIRECT_IPV6 0x8000u   /* K */
#define REDIRECT_IPV4 0x4000u   /* N */

/* RFC 6463 section 4.2: one address, of the family that its flag says. That of an IPv4 agent
 * is as good as an unknown option. */
static mip6_drop read_redirect(const uint8_t *data, size_t n, mip6_mobility_options *opt)
{
    unsigned family = n < 2 ? 0 : mip6_get16(data) & (REDIRECT_IPV6 | REDIRECT_IPV4);

    if (n < 2 || (family == REDIRECT_IPV6 && n != 18) || (family == REDIRECT_IPV4 && n != 6))
        return MIP6_DROP_BAD_LENGTH;
    if (family != REDIRECT_IPV6 && family != REDIRECT_IPV4)
        return MIP6_DROP_BAD_VALUE;
    if (family == REDIRECT_IPV6 && !opt->has_redirect) {
        opt->has_redirect = true;
        memcpy(&opt->redirect, data + 2, sizeof(opt->redirect));
    }
    return MIP6_DROP_NONE;
}

static mip6_drop read_capability(size_t n, mip6_mobility_options *opt)
{
    opt->redirect_capable = true;
    return n == 2 ? MIP6_DROP_NONE : MIP6_DROP_BAD_LENGTH;
}

/* One option's data of n bytes. Of options given twice the first counts. */
static mip6_drop read_option(uint8_t type, const uint8_t *data, size_t n,
                             mip6_mobility_options *opt)
{
    static const uint8_t lengths[] = {
        [OPTION_REFRESH] = 2, [OPTION_ALT_COA] = 16, [OPTION_NONCES] = 4, [OPTION_AUTH] = 12};

    if (type == OPTION_REDIRECT_CAPABILITY)
        return read_capability(n, opt);
    if (type == OPTION_REDIRECT)
        return read_redirect(data, n, opt);
    if (type < OPTION_REFRESH || type > OPTION_AUTH)
        return MIP6_DROP_NONE;
    if (n != lengths[type])
        return MIP6_DROP_BAD_LENGTH;
    if (type == OPTION_REFRESH && !opt->has_refresh) {
        opt->has_refresh = true;
        opt->refresh_units = mip6_get16(data);
    } else if (type == OPTION_ALT_COA && !opt->has_alt_coa) {
        opt->has_alt_coa = true;
        memcpy(&opt->alt_coa, data, sizeof(opt->alt_coa));
    } else if (type == OPTION_NONCES && !opt->has_nonces) {
        opt->has_nonces = true;
        opt->home_nonce = mip6_get16(data);
        opt->coa_nonce = mip6_get16(data + 2);
    } else if (type == OPTION_AUTH) {
        opt->has_auth = true;
        memcpy(opt->auth, data, sizeof(opt->auth));
    }
    return MIP6_DROP_NONE;
}

mip6_drop mip6_wire_decode_options(const struct wire_in *in, size_t at, size_t end,
                                   mip6_mobility_options *opt)
{
    memset(opt, 0, sizeof(*opt));
    while (at < end) {
        const uint8_t *p = in->p + at;
        mip6_drop cause;

        if (opt->has_auth) /* must be the last, without padding behind. Section 6.2.7 */
            return MIP6_DROP_BAD_VALUE;
        if (p[0] == OPTION_PAD1) {
            at++;
            continue;
        }
        if (end - at < 2 || end - at - 2 < p[1])
            return MIP6_DROP_BAD_LENGTH;
        cause = read_option(p[0], p + 2, p[1], opt);
        if (cause != MIP6_DROP_NONE)
            return cause;
        if (opt->has_auth)
            opt->auth_offset = (uint16_t)(in->offset + at + 2);
        at += 2u + p[1];
    }
    return MIP6_DROP_NONE;
}

/* Pads until the length since `mh` is a multiple of `unit`, 4 or 8, and `rest`. */
static void pad_to(struct wire_out *out, size_t mh, size_t unit, size_t rest)
{
    size_t n = (rest - (out->len - mh)) & (unit - 1);

    if (n == 1)
        wire_put8(out, OPTION_PAD1);
    if (n < 2)
        return;
    wire_put8(out, OPTION_PADN);
    wire_put8(out, (uint8_t)(n - 2));
    wire_put_zero(out, n - 2);
}

static void put_head(struct wire_out *out, uint8_t type, uint8_t n)
{
    wire_put8(out, type);
    wire_put8(out, n);
}

static void put_redirect(struct wire_out *out, size_t mh, const mip6_mobility_options *opt)
{
    if (opt->redirect_capable) {
        pad_to(out, mh, 4, 0);
        put_head(out, OPTION_REDIRECT_CAPABILITY, 2);
        wire_put16(out, 0);
    }
    if (opt->has_redirect) {
        pad_to(out, mh, 4, 0);
        put_head(out, OPTION_REDIRECT, 2 + sizeof(opt->redirect));
        wire_put16(out, REDIRECT_IPV6);
        wire_put(out, &opt->redirect, sizeof(opt->redirect));
    }
}

void mip6_wire_encode_options(struct wire_out *out, size_t mh, mip6_mobility_options *opt)
{
    /* Both of these want 2n, and every message's fixed part is even. */
    if (opt->has_refresh) {
        put_head(out, OPTION_REFRESH, 2);
        wire_put16(out, opt->refresh_units);
    }
    if (opt->has_nonces) {
        put_head(out, OPTION_NONCES, 4);
        wire_put16(out, opt->home_nonce);
        wire_put16(out, opt->coa_nonce);
    }
    if (opt->has_alt_coa) {
        pad_to(out, mh, 8, 6);
        put_head(out, OPTION_ALT_COA, sizeof(opt->alt_coa));
        wire_put(out, &opt->alt_coa, sizeof(opt->alt_coa));
    }
    put_redirect(out, mh, opt);
    if (opt->has_auth) {
        pad_to(out, mh, 8, 2);
        put_head(out, OPTION_AUTH, sizeof(opt->auth));
        opt->auth_offset = (uint16_t)out->len;
        wire_put(out, opt->auth, sizeof(opt->auth));
    }
    pad_to(out, mh, 8, 0);
}
