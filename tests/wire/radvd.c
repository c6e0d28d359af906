/* A home agent of the library's that hears what is really on its interfaces, as the router
 * advertisements of radvd. Runs in the network namespace at hand and sends nothing.
 *
 * Usage: radvd GLOBAL_ADDRESS PREFERENCE. Each line on standard input asks for its Home Agents
 * List, by a DHAAD request: it answers with one line, addresses in the order of the reply with
 * blanks between, or "no answer": there are at most three a second. Whenever an advertisement's
 * content is new, its fields go to standard error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mip6.h"
#include "mip6_wire.h"

static mip6_ha_tuning tuning;
static mip6_ha_config config = {
    .tuning = &tuning, .prefix_len = 64, .lladdr = {{2, 0, 0, 0, 0, 1}}, .ifindex = 0, .dad = true,
    .dad_timeout_ns = MIP6_SECOND_NS, .ra_min_ns = MIP6_SECOND_NS, .max_lifetime_s = 3600,
    .prefix_valid_s = UINT32_MAX, .tunnel_mtu = 1500};
static mip6_ha *ha;

/* ---- what the library needs ----------------------------------------------------------------- */

static void *env_alloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void env_free(void *user, void *ptr, size_t size)
{
    (void)user, (void)size;
    free(ptr);
}

/* An agent hashes nothing. */
static void env_sha1(void *user, const uint8_t *data, size_t len, uint8_t out[20])
{
    (void)user, (void)data, (void)len, (void)out;
    abort();
}

static void env_hmac(void *user, const uint8_t *key, size_t key_len, const uint8_t *data,
                     size_t len, uint8_t out[20])
{
    (void)user, (void)key, (void)key_len, (void)data, (void)len, (void)out;
    abort();
}

static uint64_t env_random(void *user, uint64_t cookie, mip6_random purpose, uint64_t key)
{
    (void)user;
    return (cookie + (uint64_t)purpose * 7919 + key + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * MIP6_SECOND_NS + t.tv_nsec;
}

static void start(const char *address, const char *preference)
{
    const mip6_env env = {NULL, env_alloc, env_free, env_sha1, env_hmac, env_random, NULL};
    int64_t now = now_ns();
    mip6_ha_tuning_defaults(MIP6_PROFILE_SAFE, &tuning);
    config.policy = mip6_policy_find("static-dhaad");
    config.link_local = mip6_addr_link_local(&config.lladdr);
    config.preference = (uint16_t)atoi(preference);
    if (mip6_addr_parse(address, &config.global) != 0)
        exit(2);
    mip6_shared *shared = mip6_shared_init(malloc(mip6_shared_size()), &env, NULL);
    ha = mip6_ha_init(malloc(mip6_ha_size()), shared, &config, 0, now);
    mip6_ha_start(ha, now);
}

/* ---- packets in ----------------------------------------------------------------------------- */

/* What it reads of an advertisement; the same again is not told. */
static void tell(const uint8_t *pkt, size_t len)
{
    static char told[16384];
    char line[512], src[MIP6_ADDR_TEXT], address[MIP6_ADDR_TEXT];
    mip6_header h;
    mip6_message m;
    mip6_drop cause;
    if (mip6_decode(pkt, len, 0, &h, &m, &cause) != 0) {
        fprintf(stderr, "refused: %s\n", mip6_drop_name(cause));
        return;
    }
    if (m.kind != MIP6_MSG_RA)
        return;
    const mip6_ra *ra = &m.u.ra;
    snprintf(line, sizeof line, "src=%s h=%d lifetime=%u interval=%u info=%d preference=%u "
             "ha_lifetime=%u prefixes=%u address=%s r=%d valid=%u\n",
             mip6_addr_format(&h.src, src), (ra->flags & MIP6_RA_HOME_AGENT) != 0,
             ra->router_lifetime_s, ra->has_interval ? ra->interval_ms : 0, ra->has_ha_info,
             ra->has_ha_info ? ra->ha_preference : 0, ra->has_ha_info ? ra->ha_lifetime_s : 0,
             ra->n_prefixes, mip6_addr_format(&ra->prefixes[0].prefix, address),
             ra->prefixes[0].router_address, ra->prefixes[0].valid_s);
    if (strstr(told, line) || strlen(told) + strlen(line) >= sizeof told)
        return;
    strcat(told, line);
    fputs(line, stderr);
}

static void catch_up(int64_t now)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_action action;
    while (mip6_ha_next_expiry(ha) <= now) {
        mip6_ha_expire(ha, now);
        while (mip6_ha_poll(ha, &action, buf, sizeof buf, now))
            continue;
    }
}

static void hear(int fd)
{
    uint8_t frame[2048];
    struct sockaddr_ll from;
    socklen_t size = sizeof from;
    ssize_t n = recvfrom(fd, frame, sizeof frame, 0, (struct sockaddr *)(void *)&from, &size);
    if (n < 14 + 40 || from.sll_pkttype == PACKET_OUTGOING)
        return;
    int64_t now = now_ns();
    mip6_rx rx = {.ifindex = 0};
    memcpy(rx.dst.b, frame, 6);
    memcpy(rx.src.b, frame + 6, 6);
    catch_up(now);
    tell(frame + 14, (size_t)n - 14);
    mip6_ha_receive(ha, &rx, frame + 14, (size_t)n - 14, now);
    catch_up(now);
}

/* ---- the list ------------------------------------------------------------------------------- */

static void ask(int64_t now)
{
    static uint16_t id;
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h = {.dst = mip6_addr_ha_anycast(&config.global), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_DHAAD_REQUEST, .u.dhaad.id = ++id};
    mip6_rx rx = {.ifindex = 0, .src = {{2, 0, 0, 0, 0, 9}}, .dst = config.lladdr};
    mip6_addr_parse("2001:db8:c::1", &h.src);
    int len = mip6_encode(buf, sizeof buf, &h, &m);
    if (len < 0)
        abort();
    mip6_ha_receive(ha, &rx, buf, (size_t)len, now);
}

static void answer(void)
{
    uint8_t buf[MIP6_MAX_PACKET];
    char text[MIP6_ADDR_TEXT];
    mip6_action action;
    mip6_header h;
    mip6_message m;
    mip6_drop cause;
    int64_t now = now_ns();
    catch_up(now);
    ask(now);
    bool any = false;
    while (mip6_ha_poll(ha, &action, buf, sizeof buf, now)) {
        if (action.kind != MIP6_ACTION_SEND || action.message != MIP6_MSG_DHAAD_REPLY ||
            mip6_decode(buf, action.len, 0, &h, &m, &cause) != 0)
            continue;
        for (unsigned i = 0; i < m.u.dhaad.n; i++)
            printf("%s%s", i ? " " : "", mip6_addr_format(&m.u.dhaad.addresses[i], text));
        puts("");
        any = true;
    }
    if (!any)
        puts("no answer");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IPV6));
    char line[64];
    if (argc != 3 || fd < 0)
        return 3;
    start(argv[1], argv[2]);
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    for (;;) {
        poll(fds, 2, 100);
        if (fds[0].revents & POLLIN)
            hear(fd);
        catch_up(now_ns());
        if (fds[1].revents & (POLLIN | POLLHUP)) {
            if (read(0, line, sizeof line) <= 0)
                return 0;
            answer();
        }
    }
}
