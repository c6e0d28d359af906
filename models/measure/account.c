/* Booking of packets and the invariant that none is lost without a cause.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/net.h"

#include <assert.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/measure/effect.h"
#include "models/measure/measure.h"
#include "models/measure/watch.h"

static const char *const cause_names[] = {
#define X(name, text) text,
    MODEL_CAUSES(X)
#undef X
};

const char *model_cause_name(unsigned cause)
{
    assert(cause < MODEL_N_CAUSES);
    if (cause < MIP6_N_DROPS)
        return mip6_drop_name((mip6_drop)cause);
    return cause_names[cause - MIP6_N_DROPS];
}

void model_account_init(model_account *account, const char *name, sim_id node, uint32_t cell,
                        model_detail *detail)
{
    *account = (model_account){
        .detail = detail, .node = node, .cell = cell, .name_hash = sim_hash_name(name)};
}

/* Finalizer of MurmurHash3 over a Weyl sequence: every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

uint64_t model_identity(uint64_t name_hash, unsigned message, uint64_t number)
{
    uint64_t x = mix(name_hash + UINT64_C(0x9e3779b97f4a7c15) * (message + 1));
    return mix(x + UINT64_C(0x9e3779b97f4a7c15) * (number + 1));
}

static_assert(sizeof(model_account) == 64, "of these each mobile node has one");

/* The last of the list points to itself, so that each of it points somewhere. */
static void touch(model_net *net, model_account *account)
{
    if (account->next_touched)
        return;
    account->next_touched = net->touched ? net->touched : account;
    net->touched = account;
}

void model_book_received(model_net *net, model_account *account)
{
    assert(net->in_flight > 0);
    net->in_flight--;
    account->received++;
    touch(net, account);
}

static bool is_measured(const model_net *net, const sim_packet *packet)
{
    return packet->created_ns >= net->warm_up_ns;
}

void model_book_originated(model_net *net, model_account *account, const sim_packet *packet)
{
    account->originated++;
    touch(net, account);
    if (account->detail) {
        assert(packet->message < MIP6_N_MESSAGES);
        account->detail->sent_packets[packet->message]++;
        account->detail->sent_bytes[packet->message] += sim_packet_bytes(packet);
    }
    bool measured = is_measured(net, packet);
    if (packet->flow == SIM_NO_FLOW) {
        net->signalling_bytes += measured ? sim_packet_bytes(packet) : 0;
        return;
    }
    net->flows[packet->flow].sent++;
    net->measured.sent += measured;
}

void model_book_copied(model_net *net, model_account *account)
{
    account->copied++;
    touch(net, account);
}

void model_hold(model_net *net, model_account *account)
{
    account->held++;
    net->held++;
    touch(net, account);
}

void model_release(model_net *net, model_account *account)
{
    assert(account->held > 0 && net->held > 0);
    account->held--;
    net->held--;
    touch(net, account);
}

/* The link-layer destination enters through the seed: who gets a frame is part of what was
 * sent, and off the home link it is zero. */
static uint64_t wire_seed(const model_account *account, const sim_packet *packet)
{
    uint64_t dst = 0;
    memcpy(&dst, packet->lladdr_dst, sizeof packet->lladdr_dst);
    return account->name_hash ^ GUINT64_FROM_LE(dst) << 8;
}

static void tell_sent(const model_net *net, const model_account *account, const sim_packet *packet)
{
    uint8_t bytes[MODEL_EFFECT_LLADDR + UINT16_MAX];
    memcpy(bytes, packet->lladdr_dst, MODEL_EFFECT_LLADDR);
    memcpy(bytes + MODEL_EFFECT_LLADDR, packet->bytes + packet->head, packet->len);
    model_watch_effect(net->watch, account->node, sim_now(net->engine), SIM_CHANNEL_WIRE, bytes,
                       MODEL_EFFECT_LLADDR + (size_t)packet->len);
}

void model_book_sent(model_net *net, model_account *account, const sim_packet *packet)
{
    account->forwarded++;
    net->in_flight++;
    touch(net, account);
    assert(account->cell != MODEL_NO_CELL);
    sim_fingerprint_book(net->fingerprint, account->cell, SIM_CHANNEL_WIRE,
                         wire_seed(account, packet), sim_now(net->engine),
                         packet->bytes + packet->head, packet->len);
    if (__builtin_expect(net->watch != NULL, false))
        tell_sent(net, account, packet);
}

void model_consume(model_net *net, model_account *account, sim_packet *packet)
{
    account->consumed++;
    touch(net, account);
    if (packet->flow != SIM_NO_FLOW) {
        net->flows[packet->flow].delivered++;
        net->measured.delivered += is_measured(net, packet);
    }
    sim_packet_unref(net->packets, packet);
}

void model_lose_copy(model_net *net, model_account *account, sim_id receiver,
                     sim_packet *packet, unsigned cause)
{
    assert(cause > MIP6_DROP_NONE && cause < MODEL_N_CAUSES);
    if (__builtin_expect(net->watch != NULL, false))
        model_watch_lost(net->watch, receiver, cause, packet);
    account->lost++;
    touch(net, account);
    if (account->detail) {
        account->detail->lost++;
        account->detail->lost_measured += sim_now(net->engine) >= net->warm_up_ns;
        account->detail->lost_packets[cause]++;
        account->detail->lost_bytes[cause] += sim_packet_bytes(packet);
    }
    if (packet->flow != SIM_NO_FLOW) {
        if (__builtin_expect(net->failures != NULL, false))
            model_measure_lost(net->failures, account->node, packet, cause);
        net->flows[packet->flow].lost++;
        net->measured.lost += is_measured(net, packet);
        if (account->detail) {
            account->detail->lost_of_flows[cause]++;
            account->detail->lost_bytes_of_flows[cause] += sim_packet_bytes(packet);
        }
    }
    sim_packet_unref(net->packets, packet);
}

void model_lose(model_net *net, model_account *account, sim_packet *packet, unsigned cause)
{
    model_lose_copy(net, account, account->node, packet, cause);
}

void model_lose_sent(model_net *net, model_account *account, sim_packet *packet, unsigned cause)
{
    assert(net->in_flight > 0);
    account->forwarded--;
    net->in_flight--;
    model_lose(net, account, packet, cause);
}

/* ---- conservation ----------------------------------------------------------------------- */

static bool account_holds(const model_net *net, const model_account *a)
{
    uint32_t in = a->received + a->originated + a->copied;
    uint32_t out = a->forwarded + a->consumed + a->lost + a->held;
    if (in == out)
        return true;
    fprintf(stderr, "mip6sim: packets are not conserved at %s, in the second before %.3f s: %u"
            " %s\n  received %u + originated %u + copied %u\n  forwarded %u + consumed %u + lost %u"
            " + held %u\n",
            sim_engine_name(net->engine, a->node), (double)sim_now(net->engine) / 1e9,
            in > out ? in - out : out - in,
            in > out ? "came and neither went on, nor ended, nor was lost with a cause"
                     : "more than had come",
            a->received, a->originated, a->copied, a->forwarded, a->consumed, a->lost, a->held);
    return false;
}

static bool pool_holds(const model_net *net)
{
    uint64_t alive = sim_packet_pool_live(net->packets);
    if (alive == net->held + net->in_flight)
        return true;
    fprintf(stderr, "mip6sim: %" PRIu64 " packets are alive before %.3f s, and %" PRIu64
            " are held by a node and %" PRIu64 " in flight\n", alive,
            (double)sim_now(net->engine) / 1e9, net->held, net->in_flight);
    return false;
}

void model_net_check(model_net *net)
{
    bool good = true;
    while (net->touched) {
        model_account *a = net->touched;
        net->touched = a->next_touched == a ? NULL : a->next_touched;
        a->next_touched = NULL;
        good = account_holds(net, a) && good;
    }
    if (!pool_holds(net) || !good)
        abort();
}
