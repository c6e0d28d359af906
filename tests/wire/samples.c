/* A capture of every message that the library knows, those too that no scenario sends, at times
 * round the edges of seconds and of 2^32 ns. Prints the time of each packet.
 * Usage: samples FILE.pcapng
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/record/pcap.h"
#include "wire_samples.h"

#define WORD (INT64_C(1) << 32)
#define SECOND INT64_C(1000000000)

static const int64_t times[] = {
    0, 1, SECOND - 1, SECOND, SECOND + 1, 4 * SECOND, WORD - 1, WORD, WORD + 1, 5 * SECOND - 1,
    2 * WORD - 1, 2 * WORD, 10 * SECOND, 1000 * WORD - 1, 1000 * WORD, 1000 * WORD + 1,
    86400 * SECOND - 1, 86400 * SECOND};

static sim_packet_pool *pool;
static sim_pcap *pcap;
static unsigned n_sent;

static int64_t time_of(unsigned i)
{
    const unsigned n = sizeof times / sizeof times[0];
    return i < n ? times[i] : times[n - 1] + (i - n + 1) * (SECOND / 3);
}

static void send(const uint8_t *bytes, size_t len, uint32_t virtual_bytes)
{
    int64_t t = time_of(n_sent++);
    sim_packet *p = sim_packet_new(pool, len);
    memcpy(sim_packet_data(p), bytes, len);
    p->len = (uint16_t)len;
    p->virtual_bytes = virtual_bytes;
    sim_tap *tap = sim_pcap_tap(pcap);
    tap->cls->sent(tap, n_sent % 2, t, "a", "b", p);
    sim_packet_unref(pool, p);
    printf("%" PRId64 ".%09" PRId64 "\n", t / SECOND, t % SECOND);
}

static void send_message(mip6_header *h, mip6_message *m)
{
    uint8_t bytes[MIP6_MAX_PACKET];
    int len = mip6_encode(bytes, sizeof bytes, h, m);
    g_assert(len > 0);
    send(bytes, (size_t)len, 0);
}

/* The longest there is: 77 agents. */
static void send_long_reply(void)
{
    mip6_addr list[MIP6_DHAAD_MAX];
    struct wire_sample s;
    wire_sample_find("dhaad-reply", &s);
    for (unsigned i = 0; i < MIP6_DHAAD_MAX; i++) {
        list[i] = s.h.src;
        list[i].b[15] = (uint8_t)(i + 1);
    }
    s.msg.u.dhaad.addresses = list;
    s.msg.u.dhaad.n = MIP6_DHAAD_MAX;
    send_message(&s.h, &s.msg);
}

/* A virtual payload, alone and in two tunnels. */
static void send_data(void)
{
    enum { PAYLOAD = 1001, INNER = 48 + PAYLOAD };
    uint8_t bytes[128];
    mip6_addr a = wire_addr("2001:db8:3::9"), b = wire_addr("2001:db8:1::77");
    mip6_addr c = wire_addr("2001:db8:1::1"), d = wire_addr("2001:db8:2::5");
    mip6_udp_header(bytes + 80, &a, &b, 5004, 5005, PAYLOAD, 61);
    send(bytes + 80, 48, PAYLOAD);
    mip6_tunnel_header(bytes + 40, &c, &d, INNER, 64);
    send(bytes + 40, 88, PAYLOAD);
    mip6_tunnel_header(bytes, &d, &c, INNER + 40, 64);
    send(bytes, 128, PAYLOAD);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    pool = sim_packet_pool_new();
    pcap = sim_pcap_open(argv[1], "samples", "every message", NULL);
    g_assert(pcap);
    sim_tap *tap = sim_pcap_tap(pcap);
    tap->cls->link(tap, 0, "left");
    tap->cls->link(tap, 1, "right");
    for (unsigned i = 0; i < wire_sample_count(); i++) {
        struct wire_sample s;
        wire_sample_get(i, &s);
        send_message(&s.h, &s.msg);
    }
    send_long_reply();
    send_data();
    g_assert(sim_pcap_close(pcap, NULL));
    sim_packet_pool_free(pool);
    return 0;
}
