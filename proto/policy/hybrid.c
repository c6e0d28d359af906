/* The draft's HA Reassignment:
 *
 *     if own queue > LIGHT
 *         if some other HA has queue < LIGHT: a random one of those
 *         else if own queue is among the top 10 %: a random one of the bottom 10 %
 *     else if own MN count is among the top 10 %: a random one of the bottom 10 %
 *
 * with a key for each thing in which the profiles differ (PROTOCOL 4).
 *
 *   draft-deng section 8, RFC 5356 section 4 (degradation)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "policy/hybrid.h"

#include "core/shared.h"

enum { TARGET_ANY, TARGET_LIGHT };
enum { INFORMATION_REPORT, INFORMATION_DEGRADED };
enum { CHOICE_RANDOM, CHOICE_BETTER_OF_TWO };
enum { BINDING_HEAD, BINDING_BY_RATE };

/* Time constant where the queue figure has none. */
#define DEFAULT_TAU_NS MIP6_SECOND_NS
#define ONE_PPM UINT64_C(1000000)

/* ---- Values ----------------------------------------------------------------------- */

/* What a field of another agent is taken for. Counts are in 1/256 of a unit, since a
 * normalised one is no whole number; queues are Queue Size. */
#define COUNT_SCALE 256u

static uint64_t queue_of(const mip6_view *view, const mip6_peer *p)
{
    const mip6_hybrid_config *c = view->config;
    if (c->information != INFORMATION_DEGRADED || p->sent_rate == 0 || view->light_bytes == 0)
        return p->queue;
    /* What was sent there since its report will stand in its queue for tau. */
    int64_t tau = view->queue_tau_ns ? view->queue_tau_ns : DEFAULT_TAU_NS;
    uint64_t bytes = mip6_muldiv(p->sent_rate, (uint64_t)tau, (uint64_t)MIP6_SECOND_NS);
    uint64_t more = mip6_muldiv(bytes, view->light, view->light_bytes);
    if (view->queue_is_rate && view->capacity_kbps && p->capacity_kbps)
        more = mip6_muldiv(more, view->capacity_kbps, p->capacity_kbps);
    return more > UINT16_MAX ? UINT16_MAX + (uint64_t)p->queue : p->queue + more;
}

/* Scaled to the own capacity, so that it compares with the own count. */
static uint64_t count_of(const mip6_view *view, const mip6_peer *p)
{
    const mip6_hybrid_config *c = view->config;
    uint64_t count = (uint64_t)p->mn_count * COUNT_SCALE;
    if (c->information == INFORMATION_DEGRADED)
        count += (uint64_t)p->sent_count * COUNT_SCALE / view->mn_count_unit;
    if (c->normalise_count && view->capacity_kbps && p->capacity_kbps &&
        view->capacity_kbps != p->capacity_kbps)
        count = mip6_muldiv(count, view->capacity_kbps, p->capacity_kbps);
    return count;
}

/* ---- Who is top, who is bottom ---------------------------------------------------- */

typedef uint64_t value_fn(const mip6_view *view, const mip6_peer *p);
typedef bool accept_fn(const mip6_view *view, const mip6_peer *p);

/* Oneself and those with a load report: N of the draft's "traffic table". */
static uint32_t table_size(const mip6_view *view)
{
    uint32_t n = 1;
    for (uint32_t i = 0; i < view->n_peers; i++)
        n += view->peers[i].has_load;
    return n;
}

/* k = max(1, ceil(share N)). */
static uint32_t share_of_table(const mip6_view *view)
{
    const mip6_hybrid_config *c = view->config;
    uint64_t k = ((uint64_t)c->top_share_ppm * table_size(view) + ONE_PPM - 1) / ONE_PPM;
    return k > 1 ? (uint32_t)k : 1;
}

/* Fewer than k others are strictly greater. */
static bool is_top(const mip6_view *view, uint64_t own, value_fn *value)
{
    uint32_t greater = 0;
    for (uint32_t i = 0; i < view->n_peers; i++)
        greater += view->peers[i].has_load && value(view, &view->peers[i]) > own;
    return greater < share_of_table(view);
}

/* The k-th smallest value of the others, and how many are strictly below it. */
static uint64_t boundary(const mip6_view *view, value_fn *value, uint32_t k, uint32_t *below)
{
    uint64_t at = 0;
    uint32_t counted = 0;
    bool first = true;
    do {
        uint64_t next = UINT64_MAX;
        uint32_t same = 0;
        for (uint32_t i = 0; i < view->n_peers; i++) {
            if (!view->peers[i].has_load)
                continue;
            uint64_t v = value(view, &view->peers[i]);
            if ((first || v > at) && v < next) {
                next = v;
                same = 0;
            }
            same += v == next && (first || v > at);
        }
        *below = counted;
        counted += same;
        at = next;
        first = false;
    } while (counted < k);
    return at;
}

/* ---- A target --------------------------------------------------------------------- */

/* Peers that are acceptable, in the list's order, with their values relative to a
 * boundary: walked, not stored, for the list has no bound here. */
typedef struct pick {
    const mip6_view *view;
    value_fn *value;
    accept_fn *accept;
    uint64_t boundary;      /* UINT64_MAX: no bottom, all acceptable ones */
} pick;

static bool is_ok(const pick *p, const mip6_peer *peer)
{
    return peer->has_load && !peer->blocked && p->accept(p->view, peer);
}

static bool is_any_ok(const pick *p)
{
    for (uint32_t i = 0; i < p->view->n_peers; i++)
        if (is_ok(p, &p->view->peers[i]))
            return true;
    return false;
}

static uint32_t count_where(const pick *p, bool tie)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->view->n_peers; i++) {
        const mip6_peer *peer = &p->view->peers[i];
        if (!is_ok(p, peer))
            continue;
        uint64_t v = p->value(p->view, peer);
        n += tie ? v == p->boundary : v < p->boundary;
    }
    return n;
}

static uint32_t nth_where(const pick *p, bool tie, uint32_t nth)
{
    for (uint32_t i = 0; i < p->view->n_peers; i++) {
        const mip6_peer *peer = &p->view->peers[i];
        uint64_t v = p->value(p->view, peer);
        if (is_ok(p, peer) && (tie ? v == p->boundary : v < p->boundary) && nth-- == 0)
            return i;
    }
    assert(false && "fewer peers than were counted");
    return 0;
}

/* How many are below the boundary, at it, and of these in the bottom. */
typedef struct pool {
    uint32_t below, ties, slots;
} pool;

typedef struct drawn {
    uint32_t place;         /* among below + slots */
    uint32_t tie;           /* among the ties, where place is one */
} drawn;

static uint32_t peer_of(const pick *p, const pool *n, const drawn *d)
{
    return d->place < n->below ? nth_where(p, false, d->place) : nth_where(p, true, d->tie);
}

/* Another than `not`, which may be NULL. */
static drawn draw_one(const pick *p, const pool *n, const drawn *not)
{
    uint32_t all = n->below + n->slots;
    drawn d = {0, 0};
    d.place = not ? (not->place + 1 + mip6_view_below(p->view, all - 1)) % all
                  : mip6_view_below(p->view, all);
    if (d.place < n->below)
        return d;
    if (n->ties == n->slots)
        d.tie = d.place - n->below;
    else if (not && not->place >= n->below)
        d.tie = (not->tie + 1 + mip6_view_below(p->view, n->ties - 1)) % n->ties;
    else
        d.tie = mip6_view_below(p->view, n->ties);
    return d;
}

/* False: nobody is acceptable. slots: how many ties belong to the bottom. */
static bool choose(const pick *p, uint32_t slots, uint32_t *peer)
{
    const mip6_hybrid_config *c = p->view->config;
    pool n = {.below = count_where(p, false), .ties = count_where(p, true)};
    n.slots = slots < n.ties ? slots : n.ties;
    if (n.below + n.slots == 0)
        return false;
    drawn d = draw_one(p, &n, NULL);
    *peer = peer_of(p, &n, &d);
    if (c->target_choice != CHOICE_BETTER_OF_TWO || n.below + n.slots < 2)
        return true;
    drawn second = draw_one(p, &n, &d);
    uint32_t other = peer_of(p, &n, &second);
    const mip6_peer *peers = p->view->peers;
    if (p->value(p->view, &peers[other]) < p->value(p->view, &peers[*peer]))
        *peer = other;
    return true;
}

/* A random one of the bottom; only the tie at its boundary is random (PROTOCOL 4). */
static bool choose_bottom(const mip6_view *view, value_fn *value, accept_fn *accept,
                          uint32_t *peer)
{
    pick p = {view, value, accept, 0};
    if (!is_any_ok(&p))     /* as a rule: where the boundary would be is nothing then */
        return false;
    uint32_t k = share_of_table(view), others = table_size(view) - 1, below = 0;
    k = k < others ? k : others;
    p.boundary = boundary(view, value, k, &below);
    return choose(&p, k - below, peer);
}

/* ---- A binding -------------------------------------------------------------------- */

/* The largest rate that the excess covers, else the smallest: PROTOCOL 4. */
static uint32_t choose_binding(const mip6_view *view)
{
    const mip6_hybrid_config *c = view->config;
    if (c->binding_choice == BINDING_HEAD)
        return 0;
    int64_t tau = view->queue_tau_ns ? view->queue_tau_ns : DEFAULT_TAU_NS;
    uint64_t above = view->queue_bytes > view->light_bytes
                         ? view->queue_bytes - view->light_bytes : 0;
    uint64_t excess = mip6_muldiv(above, (uint64_t)MIP6_SECOND_NS, (uint64_t)tau);
    uint32_t best = 0;
    for (uint32_t i = 1; i < view->n_candidates; i++) {
        uint64_t rate = view->candidates[i].rate, best_rate = view->candidates[best].rate;
        bool fits = rate <= excess, best_fits = best_rate <= excess;
        if (fits ? !best_fits || rate > best_rate : !best_fits && rate < best_rate)
            best = i;
    }
    return best;
}

static mip6_choice move(const mip6_view *view, mip6_branch branch, uint32_t peer)
{
    return (mip6_choice){.branch = branch, .peer = peer, .candidate = choose_binding(view)};
}

/* ---- The rule --------------------------------------------------------------------- */

static bool accept_light(const mip6_view *view, const mip6_peer *p)
{
    return queue_of(view, p) < view->light;
}

static bool accept_queue(const mip6_view *view, const mip6_peer *p)
{
    const mip6_hybrid_config *c = view->config;
    return !c->target_below_self || queue_of(view, p) < view->queue;
}

/* The count of a target must be below this. */
static uint64_t count_limit(const mip6_view *view)
{
    const mip6_hybrid_config *c = view->config;
    uint64_t own = (uint64_t)view->mn_count * COUNT_SCALE;
    if (c->count_gap < 0)
        return c->target_below_self ? own : UINT64_MAX;
    uint64_t share = own * (uint64_t)c->count_gap_share_ppm / ONE_PPM;
    uint64_t gap = (uint64_t)c->count_gap * COUNT_SCALE;
    gap = gap > share ? gap : share;
    return own > gap ? own - gap : 0;
}

static bool accept_count(const mip6_view *view, const mip6_peer *p)
{
    const mip6_hybrid_config *c = view->config;
    return count_of(view, p) < count_limit(view) &&
           (c->count_target != TARGET_LIGHT || queue_of(view, p) < view->light);
}

/* Of a million looks nearly all end here: nobody has so few nodes. */
static bool is_any_below(const mip6_view *view, uint64_t limit)
{
    for (uint32_t i = 0; i < view->n_peers; i++)
        if (view->peers[i].has_load && count_of(view, &view->peers[i]) < limit)
            return true;
    return false;
}

static mip6_choice by_queue(const mip6_view *view)
{
    const mip6_choice nothing = {MIP6_BRANCH_NONE, 0, 0};
    uint32_t peer;
    bool any_light = false;
    for (uint32_t i = 0; i < view->n_peers; i++)
        any_light |= view->peers[i].has_load && accept_light(view, &view->peers[i]);
    if (any_light) {
        pick p = {view, queue_of, accept_light, UINT64_MAX};
        return choose(&p, 0, &peer) ? move(view, MIP6_BRANCH_QUEUE_LIGHT, peer) : nothing;
    }
    if (is_top(view, view->queue, queue_of) &&
        choose_bottom(view, queue_of, accept_queue, &peer))
        return move(view, MIP6_BRANCH_QUEUE_TOP, peer);
    return nothing;
}

static mip6_choice by_count(const mip6_view *view)
{
    const mip6_hybrid_config *c = view->config;
    uint64_t own = (uint64_t)view->mn_count * COUNT_SCALE;
    uint32_t peer;
    if (is_any_below(view, count_limit(view)) &&
        (!c->count_top || is_top(view, own, count_of)) &&
        choose_bottom(view, count_of, accept_count, &peer))
        return move(view, MIP6_BRANCH_COUNT_TOP, peer);
    return (mip6_choice){MIP6_BRANCH_NONE, 0, 0};
}

mip6_choice mip6_hybrid_look(const mip6_view *view)
{
    if (view->n_candidates == 0 || table_size(view) < 2)
        return (mip6_choice){MIP6_BRANCH_NONE, 0, 0};
    return view->queue > view->light ? by_queue(view) : by_count(view);
}

/* ---- Settings --------------------------------------------------------------------- */

#define AT(field) offsetof(mip6_hybrid_config, field)

static const char *const targets[] = {"any", "light", NULL};
static const char *const information[] = {"last-report", "degraded", NULL};
static const char *const target_choices[] = {"random", "better-of-two", NULL};
static const char *const binding_choices[] = {"head", "by-rate", NULL};

const mip6_key mip6_hybrid_keys[] = {
    {"top-share", "share of the agents that is top, and that is bottom (draft 8)",
     MIP6_UNIT_PPM, 0, 1000000, {100000, 100000, 100000}, AT(top_share_ppm), NULL},
    {"count-top", "the count branch needs the own count among the top (draft 8)",
     MIP6_UNIT_BOOL, 0, 1, {1, 1, 0}, AT(count_top), NULL},
    {"count-gap", "own count above the target's by more than so many units; -1: no such rule",
     MIP6_UNIT_NONE, -1, 65535, {-1, 1, 2}, AT(count_gap), NULL},
    {"count-gap-share", "and by more than this share of the own count",
     MIP6_UNIT_PPM, 0, 1000000, {0, 0, 50000}, AT(count_gap_share_ppm), NULL},
    {"normalise-count", "counts are compared by capacity, where it is advertised",
     MIP6_UNIT_BOOL, 0, 1, {0, 0, 1}, AT(normalise_count), NULL},
    {"count-target", "the count branch's target: any, or one whose queue is below LIGHT",
     MIP6_UNIT_CHOICE, 0, 1, {TARGET_ANY, TARGET_LIGHT, TARGET_LIGHT}, AT(count_target), targets},
    {"information", "the last report, or with it what was sent there since (RFC 5356)",
     MIP6_UNIT_CHOICE, 0, 1, {INFORMATION_REPORT, INFORMATION_REPORT, INFORMATION_DEGRADED},
     AT(information), information},
    {"target-choice", "among equal targets: a random one, or the better of two random ones",
     MIP6_UNIT_CHOICE, 0, 1, {CHOICE_RANDOM, CHOICE_RANDOM, CHOICE_BETTER_OF_TWO},
     AT(target_choice), target_choices},
    {"target-below-self", "the target must be below oneself in the field that fired",
     MIP6_UNIT_BOOL, 0, 1, {0, 1, 1}, AT(target_below_self), NULL},
    {"binding-choice", "which node: the one eligible longest, or the one whose rate fits",
     MIP6_UNIT_CHOICE, 0, 1, {BINDING_HEAD, BINDING_HEAD, BINDING_BY_RATE}, AT(binding_choice),
     binding_choices},
};

_Static_assert(sizeof mip6_hybrid_keys / sizeof *mip6_hybrid_keys == MIP6_HYBRID_N_KEYS,
               "hybrid.h counts the keys");

const mip6_policy mip6_policy_hybrid = {
    .abi = MIP6_POLICY_ABI,
    .name = "hybrid",
    .help = "the draft: queues when busy, registered nodes when not",
    .advertises_load = true,
    .config_size = sizeof(mip6_hybrid_config),
    .keys = mip6_hybrid_keys,
    .n_keys = MIP6_HYBRID_N_KEYS,
    .look = mip6_hybrid_look,
};
