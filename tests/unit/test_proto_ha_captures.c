/* Packets that another project built, at an agent that bears the address they are for.
 * They lie in the folder `shared` beside the checkout (MIP6_SHARED names another
 * place): without it these tests are skipped.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>

#include "ha_harness.h"

enum { ETHERNET = 14, RECORD = 16, FILE_HEADER = 24 };

typedef struct capture {
    uint8_t bytes[8192];
    size_t len, at;
} capture;

static void open_capture(capture *c, const char *name)
{
    const char *shared = getenv("MIP6_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/captures/%s", shared ? shared : "../shared", name);
    FILE *f = fopen(path, "rb");
    if (!f)
        cr_skip_test("no %s", path);
    c->len = fread(c->bytes, 1, sizeof c->bytes, f);
    c->at = FILE_HEADER;
    fclose(f);
}

/* The next packet behind its Ethernet header, NULL past the last. */
static const uint8_t *next_packet(capture *c, size_t *len)
{
    if (c->at + RECORD >= c->len)
        return NULL;
    const uint8_t *record = c->bytes + c->at;
    size_t captured = (size_t)record[8] | (size_t)record[9] << 8;
    c->at += RECORD + captured;
    *len = captured - ETHERNET;
    return record + RECORD + ETHERNET;
}

/* An agent whose global address a packet is sent to. */
static h_world *addressee(const uint8_t *packet)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
    memcpy(&w->config[0].global, packet + 24, 16);
    h_boot(w);
    h_forget(w);
    return w;
}

static int give(h_world *w, const uint8_t *packet, size_t len)
{
    uint8_t *exact = malloc(len ? len : 1);
    memcpy(exact, packet, len);
    int e = h_receive(w, 0, &(mip6_lladdr){{2, 0, 0, 0, 9, 9}}, exact, len);
    free(exact);
    return e;
}

Test(proto_ha_captures, binding_update_of_another_stack_is_133)
{
    capture c;
    size_t len = 0;
    open_capture(&c, "mip6_bu.pcap");
    const uint8_t *packet = next_packet(&c, &len);
    h_world *w = addressee(packet);
    cr_assert_eq(give(w, packet, len), 0);
    const mip6_ba *ba = &h_last(w, 0, MIP6_MSG_BA)->msg.u.ba;
    cr_assert_eq(ba->status, MIP6_STATUS_NOT_HOME_AGENT);
    cr_assert_eq(ba->sequence, 37);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 0);
    cr_assert_eq(h_figures(w, 0).mn_count, 0);
    h_free_world(w);
}

Test(proto_ha_captures, home_address_option_without_binding_is_status_1)
{
    capture c;
    size_t len = 0;
    open_capture(&c, "ipv6-mobile-hoa.pcap");
    const uint8_t *packet = next_packet(&c, &len);
    h_world *w = addressee(packet);
    cr_assert_eq(give(w, packet, len), MIP6_ERR_IGNORED);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BE)->msg.u.be.status, 1);
    h_free_world(w);
}

Test(proto_ha_captures, advertisement_without_an_option_is_no_report)
{
    for (int printed = 0; printed < 2; printed++) {
        capture c;
        size_t len = 0;
        open_capture(&c, "icmp6-router-advert.pcap");
        const uint8_t *packet = next_packet(&c, &len);
        h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
        w->tuning.load_option = printed ? MIP6_LOAD_OPTION_8 : MIP6_LOAD_OPTION_253;
        h_boot(w);
        give(w, packet, len);
        for (uint32_t i = 0; i < w->ha[0]->n_peers; i++)
            cr_assert_not(w->ha[0]->peers[i].has_load);
        h_free_world(w);
    }
}

/* Whole and cut at every byte: one counted cause for what is dropped, and no state. */
Test(proto_ha_captures, any_of_them_cut_anywhere)
{
    static const char *const names[] = {
        "6in6in6.pcap", "icmp6-nd-options.pcap", "icmp6-nd-short-options.pcap",
        "icmp6-router-advert.pcap", "ip6-hoa-udp-bad-chksum.pcap", "ipv6-mobile-hoa.pcap",
        "ipv6-mobile-routing.pcap", "ipv6-mobility-dst-opts.pcap", "mip6-bad-mh-chksum.pcap",
        "mip6_back.pcap", "mip6_be.pcap", "mip6_brr.pcap", "mip6_bu.pcap", "mip6_cot.pcap",
        "mip6_coti.pcap", "mip6_hot.pcap", "mip6_hoti.pcap",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        capture c;
        size_t len = 0;
        open_capture(&c, names[i]);
        for (const uint8_t *packet; (packet = next_packet(&c, &len));) {
            h_world *w = addressee(packet);
            for (size_t cut = 0; cut <= len; cut++) {
                uint64_t before = 0, after = 0;
                for (int k = 0; k < MIP6_N_DROPS; k++)
                    before += w->ha[0]->drops[k];
                int e = give(w, packet, cut);
                for (int k = 0; k < MIP6_N_DROPS; k++)
                    after += w->ha[0]->drops[k];
                cr_assert(e <= 0);
                cr_assert_geq(after - before, (uint64_t)(e < 0), "%s at %zu", names[i], cut);
                cr_assert_eq(w->ha[0]->bindings.count, 0);
                w->n_log = 0;
            }
            h_free_world(w);
        }
    }
}
