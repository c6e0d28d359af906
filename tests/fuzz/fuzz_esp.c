/* libFuzzer: any bytes are opened as ESP or dropped, and read as IKE or dropped; a drop changes
 * nothing; what is sealed opens to the bytes that it was.
 *
 * The first byte of the input says which suite. A payload length and an SPI that are right let the
 * fuzzer get past the headers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_esp.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 128, MAX = 1500 };

static const mip6_esp_suite suites[] = {{16, 12, 16}, {8, 12, 8}, {0, 0, 4}, {32, 64, 64}};

static void open(const mip6_esp_suite *suite, const uint8_t *pkt, size_t len)
{
    uint8_t buf[ROOM + MAX];
    mip6_packet p = {.data = buf + ROOM, .len = (uint32_t)len, .headroom = ROOM};
    mip6_sa sa = {.replay_off = true}, before;
    mip6_esp_view view;
    mip6_drop cause = MIP6_DROP_NONE;
    memcpy(p.data, pkt, len);
    if (mip6_esp_look(p.data, len, &view, &cause) == 0) {
        sa.spi_in = view.spi;
        sa.home = view.home;
    }
    before = sa;
    if (mip6_esp_open(suite, &sa, &p, &cause) == 0)
        return;
    assert(memcmp(&sa, &before, sizeof sa) == 0);
    assert(p.len == len && memcmp(p.data, pkt, len) == 0);
}

static void seal(const mip6_esp_suite *suite, const uint8_t *pkt, size_t len)
{
    uint8_t buf[2 * ROOM + MAX];
    mip6_packet p = {.data = buf + ROOM, .len = (uint32_t)len, .headroom = ROOM};
    mip6_sa sa = {.spi_in = 300, .spi_out = 300};
    mip6_esp_view view;
    mip6_drop cause = MIP6_DROP_NONE;
    memcpy(p.data, pkt, len);
    if (mip6_esp_seal(suite, &sa, &p, ROOM) != 0)
        return;
    assert(mip6_esp_look(p.data, p.len, &view, &cause) == 0);
    sa.home = view.home;
    assert(mip6_esp_open(suite, &sa, &p, &cause) == 0);
    assert(p.len <= len && memcmp(p.data, pkt, p.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t fixed[MAX];
    mip6_ike msg;
    mip6_drop cause = MIP6_DROP_NONE;
    if (size < 1 || size - 1 > MAX)
        return 0;
    const mip6_esp_suite *suite = &suites[data[0] % 4];
    size_t len = size - 1;
    memcpy(fixed, data + 1, len);
    (void)mip6_ike_decode(fixed, len, &msg, &cause);
    open(suite, fixed, len);
    if (len >= 40)
        mip6_put16(fixed + 4, (uint16_t)(len - 40));
    open(suite, fixed, len);
    seal(suite, fixed, len);
    if (len >= 44 && (data[0] & 4)) {
        fixed[6] = MIP6_NH_ESP;
        open(suite, fixed, len);
    }
    return 0;
}
