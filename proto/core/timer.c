/* Pairing heap of timers.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "timer.h"

/* Two heaps to one; of equals `a` stays on top. Links of the winner's siblings are
 * the caller's. */
static mip6_timer *merge(mip6_timer *a, mip6_timer *b)
{
    if (!a)
        return b;
    if (!b)
        return a;
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
