/* Pairing heap of timers.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "timer.h"

/* Of two heaps the later becomes the first child of the earlier, of equals `b`. */
static mip6_timer *link_heaps(mip6_timer *a, mip6_timer *b)
{
    if (b->due_ns < a->due_ns) {
        mip6_timer *swap = a;
        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (a->child)
        a->child->prev = b;
    a->child = b;
    return a;
}

static bool has_no_fewer_children(const mip6_timer *a, const mip6_timer *b)
{
    const mip6_timer *x = a->child, *y = b->child;
    while (x && y) {
        x = x->next;
        y = y->next;
    }
    return !y;
}

/* As a binary counter carries: while the first child has no fewer children than the second they
 * become one. What taking their parent out would have to do at once is done as they come. */
static void carry(mip6_timer *parent)
{
    mip6_timer *a = parent->child;
    while (a->next && has_no_fewer_children(a, a->next)) {
        mip6_timer *b = a->next, *rest = b->next;
        a = link_heaps(a, b);
        a->prev = parent;
        a->next = rest;
        if (rest)
            rest->prev = a;
        parent->child = a;
    }
}

/* Two heaps to one. Links of the winner's siblings are the caller's. */
static mip6_timer *merge(mip6_timer *a, mip6_timer *b)
{
    if (!a || !b)
        return a ? a : b;
    a = link_heaps(a, b);
    carry(a);
    return a;
}

/* A list of siblings to one heap: pairs from the left, then all from the right. */
static mip6_timer *merge_list(mip6_timer *first)
{
    mip6_timer *pairs = NULL;
    while (first) {
        mip6_timer *a = first, *b = a->next;
        first = b ? b->next : NULL;
        mip6_timer *pair = merge(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    mip6_timer *heap = NULL;
    while (pairs) {
        mip6_timer *next = pairs->next;
        heap = merge(heap, pairs);
        pairs = next;
    }
    return heap;
}

static void set_root(mip6_timers *timers, mip6_timer *root)
{
    timers->root = root;
    if (root) {
        root->next = NULL;
        root->prev = root;
    }
}

void mip6_timer_cancel(mip6_timers *timers, mip6_timer *t)
{
    if (!mip6_timer_is_set(t))
        return;
    mip6_timer *children = merge_list(t->child);
    if (timers->root == t) {
        set_root(timers, children);
    } else {
        if (t->prev->child == t)
            t->prev->child = t->next;
        else
            t->prev->next = t->next;
        if (t->next)
            t->next->prev = t->prev;
        set_root(timers, merge(timers->root, children));
    }
    t->child = t->next = t->prev = NULL;
}

void mip6_timer_set(mip6_timers *timers, mip6_timer *t, int64_t due_ns)
{
    mip6_timer_cancel(timers, t);
    t->due_ns = due_ns;
    set_root(timers, merge(timers->root, t));
}
