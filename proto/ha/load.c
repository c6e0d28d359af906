/* The queue figure: instantaneous, an integer EWMA, or the same EWMA of what is forwarded;
 * its share of the reference, the Queue Size Indicator, and the interval in which no decision
 * can change.
 *
 *   draft-deng sections 7, 8; PROTOCOL 3
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#define PACKET_FRACTION 16
#define BYTE_FRACTION 8
#define SAMPLES_PER_TAU 16
#define BYTES_PER_KBIT UINT64_C(125)
/* A host that comes this many samples late finds the average settled. */
#define MAX_CATCH_UP 1024

static bool averaged(const mip6_ha *ha)
{
    return ha->tuning->queue_signal != MIP6_SIGNAL_INSTANTANEOUS;
}

static bool is_rate(const mip6_ha *ha)
{
    return ha->tuning->queue_signal == MIP6_SIGNAL_RATE;
}

/* Of a rate: what the capacity could forward in tau. Without a bound to it, nothing is a share. */
uint64_t mip6_ha_reference_bytes(const mip6_ha *ha)
{
    if (!is_rate(ha))
        return (uint64_t)ha->tuning->reference_bytes;
    if (ha->config->capacity_kbps == 0)
        return INT64_MAX >> BYTE_FRACTION;
    uint64_t bytes_per_s = ha->config->capacity_kbps * BYTES_PER_KBIT;
    uint64_t bytes = mip6_muldiv(bytes_per_s, (uint64_t)ha->tuning->queue_tau_ns,
                                 (uint64_t)MIP6_SECOND_NS);
    return bytes > 0 ? bytes : 1;
}

static bool decides(const mip6_ha *ha)
{
    return ha->config->policy->look && !ha->config->legacy;
}

/* floor(SHARE_ONE * amount / reference), capped. fraction: the amount's fraction bits. */
static uint64_t share_of(uint64_t amount, uint64_t reference, unsigned fraction)
{
    uint64_t whole = reference << fraction;
    return amount >= whole ? MIP6_SHARE_ONE : mip6_muldiv(amount, MIP6_SHARE_ONE, whole);
}

static uint64_t compute_share(const mip6_ha *ha)
{
    const mip6_load *l = &ha->load;
    uint64_t rp = (uint64_t)ha->tuning->reference_packets, rb = mip6_ha_reference_bytes(ha);
    uint64_t packets, bytes;
    if (averaged(ha)) {
        packets = share_of(l->average_packets, rp, PACKET_FRACTION);
        bytes = share_of(l->average_bytes, rb, BYTE_FRACTION);
    } else {
        packets = share_of(l->packets, rp, 0);
        bytes = share_of(l->bytes, rb, 0);
    }
    return packets > bytes ? packets : bytes;
}

/* Percent rounded up; 0 when empty and only then. PROTOCOL 3. */
static uint8_t qsi_of(uint64_t share, bool empty)
{
    if (share == 0)
        return empty ? 0 : 1;
    return (uint8_t)((share * 100 + MIP6_SHARE_ONE - 1) / MIP6_SHARE_ONE);
}

static bool is_empty(const mip6_ha *ha)
{
    const mip6_load *l = &ha->load;
    return averaged(ha) ? l->average_packets == 0 && l->average_bytes == 0
                        : l->packets == 0 && l->bytes == 0;
}

uint16_t mip6_ha_queue_wire(const mip6_ha *ha)
{
    return (uint16_t)(ha->load.share >> 16);
}

uint16_t mip6_ha_light(const mip6_ha *ha)
{
    return (uint16_t)((uint64_t)ha->tuning->light_ppm * 65535 / 1000000);
}

uint16_t mip6_ha_count_wire(const mip6_ha *ha)
{
    uint64_t units = ha->mn_count / (uint64_t)ha->tuning->mn_count_unit;
    return units > UINT16_MAX ? UINT16_MAX : (uint16_t)units;
}

uint64_t mip6_ha_queue_bytes(const mip6_ha *ha)
{
    return averaged(ha) ? ha->load.average_bytes >> BYTE_FRACTION : ha->load.bytes;
}

/* ---- Where a decision can change --------------------------------------------- */

/* Below, at, and above a value that the own Queue Size is compared with. */
static void bound_at(mip6_load *l, uint16_t value)
{
    uint64_t low = (uint64_t)value << 16, high = low | 0xffff;
    if (l->share > high) {
        if (l->share_low <= high)
            l->share_low = high + 1;
    } else if (l->share < low) {
        if (l->share_high >= low)
            l->share_high = low - 1;
    } else {
        l->share_low = l->share_low < low ? low : l->share_low;
        l->share_high = l->share_high > high ? high : l->share_high;
    }
}

/* Shares with the present QSI: floor((q - 1) S / 100) + 1 .. floor(q S / 100). */
static void bound_qsi(mip6_load *l, bool empty)
{
    uint64_t q = l->qsi;
    l->share_low = q == 0 ? 0 : (q - 1) * MIP6_SHARE_ONE / 100 + 1;
    l->share_high = q * MIP6_SHARE_ONE / 100;
    if (!empty && l->share == 0)
        l->share_low = 0;
}

void mip6_ha_load_bounds(mip6_ha *ha)
{
    mip6_load *l = &ha->load;
    bound_qsi(l, is_empty(ha));
    bound_at(l, mip6_ha_light(ha));
    for (uint32_t i = 0; i < ha->n_peers; i++)
        if (ha->peers[i].has_load)
            bound_at(l, ha->peers[i].queue);
}

static void figure_changed(mip6_ha *ha)
{
    mip6_load *l = &ha->load;
    l->share = compute_share(ha);
    uint8_t qsi = qsi_of(l->share, is_empty(ha));
    bool inside = qsi == l->qsi && l->share >= l->share_low && l->share <= l->share_high;
    if (inside)
        return;
    l->qsi = qsi;
    mip6_ha_load_bounds(ha);
    mip6_ha_trigger(ha);
}

/* ---- The host's side ------------------------------------------------------------ */

/* The largest amount whose share is at most `share`: least n with n S / r >= share + 1,
 * less one. */
static uint64_t amount_high(uint64_t share, uint64_t r)
{
    if (share >= MIP6_SHARE_ONE)
        return UINT64_MAX;
    uint64_t n = mip6_muldiv(share + 1, r, MIP6_SHARE_ONE);
    return mip6_muldiv(n, MIP6_SHARE_ONE, r) >= share + 1 ? n - 1 : n;
}

/* The smallest amount whose share is at least `share`. */
static uint64_t amount_low(uint64_t share, uint64_t r)
{
    uint64_t n = mip6_muldiv(share, r, MIP6_SHARE_ONE);
    return mip6_muldiv(n, MIP6_SHARE_ONE, r) >= share ? n : n + 1;
}

static void exact_band(const mip6_ha *ha, mip6_band *out)
{
    const mip6_load *l = &ha->load;
    uint64_t rp = (uint64_t)ha->tuning->reference_packets;
    uint64_t rb = (uint64_t)ha->tuning->reference_bytes;
    if (is_empty(ha)) {
        out->packets_high = 0;
        out->bytes_high = 0;
        return;
    }
    uint64_t packets = amount_high(l->share_high, rp);
    out->packets_high = packets > UINT32_MAX ? UINT32_MAX : (uint32_t)packets;
    out->bytes_high = amount_high(l->share_high, rb);
    /* The figure is the larger of two: the one that holds it up now must go on. */
    if (share_of(l->packets, rp, 0) >= l->share_low) {
        uint64_t low = amount_low(l->share_low, rp);
        out->packets_low = low > 0 ? (uint32_t)low : 1;
    } else {
        out->bytes_low = amount_low(l->share_low, rb);
    }
    if (out->packets_low == 0 && out->bytes_low == 0)
        out->bytes_low = 1;     /* an empty queue is another QSI */
}

void mip6_ha_queue_band(const mip6_ha *ha, mip6_band *out)
{
    *out = (mip6_band){.packets_high = UINT32_MAX, .bytes_high = UINT64_MAX};
    if (averaged(ha)) {
        if (ha->load.sample_ns == MIP6_NEVER) {
            out->packets_high = 0;
            out->bytes_high = 0;
        }
    } else if (decides(ha)) {
        exact_band(ha, out);
    }
}

static int64_t interval(const mip6_ha *ha)
{
    int64_t ns = ha->tuning->queue_tau_ns / SAMPLES_PER_TAU;
    return ns > 0 ? ns : 1;
}

/* Towards `sample` by 1/16 of the difference, rounded away from the average, so that
 * it arrives. */
static uint64_t step(uint64_t average, uint64_t sample)
{
    if (sample >= average)
        return average + (sample - average + SAMPLES_PER_TAU - 1) / SAMPLES_PER_TAU;
    return average - (average - sample + SAMPLES_PER_TAU - 1) / SAMPLES_PER_TAU;
}

/* What was forwarded since the last sample, as if it had been so for a whole tau. */
static void sample_rate(mip6_load *l)
{
    l->average_bytes = step(l->average_bytes, l->forwarded * SAMPLES_PER_TAU << BYTE_FRACTION);
    l->forwarded = 0;
}

static void sample_queue(mip6_load *l)
{
    l->average_packets = step(l->average_packets, (uint64_t)l->packets << PACKET_FRACTION);
    l->average_bytes = step(l->average_bytes, l->bytes << BYTE_FRACTION);
}

/* At rest nothing is left of either figure. A rate wakes up like a queue, by the first packet
 * that the host reports: what is forwarded passes through the queue. */
void mip6_ha_load_sample(mip6_ha *ha)
{
    mip6_load *l = &ha->load;
    for (unsigned i = 0; i < MAX_CATCH_UP && l->sample_ns <= ha->now_ns; i++) {
        if (is_rate(ha))
            sample_rate(l);
        else
            sample_queue(l);
        l->sample_ns += interval(ha);
    }
    if (l->sample_ns <= ha->now_ns)
        l->sample_ns = ha->now_ns + interval(ha);
    if (is_empty(ha) && l->packets == 0 && l->bytes == 0)
        l->sample_ns = MIP6_NEVER;
    figure_changed(ha);
}

void mip6_ha_load_init(mip6_ha *ha)
{
    ha->load = (mip6_load){.sample_ns = MIP6_NEVER};
    mip6_ha_load_bounds(ha);
}

void mip6_ha_queue_changed(mip6_ha *ha, uint32_t packets, uint64_t bytes, int64_t now_ns)
{
    mip6_load *l = &ha->load;
    mip6_ha_set_now(ha, now_ns);
    l->packets = packets;
    l->bytes = bytes;
    if (!averaged(ha))
        figure_changed(ha);
    else if (l->sample_ns == MIP6_NEVER && (packets > 0 || bytes > 0))
        l->sample_ns = now_ns + interval(ha);
    mip6_ha_update_next(ha);
}
