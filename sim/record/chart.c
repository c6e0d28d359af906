/* A message sequence chart: legs of packets between columns, then lines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/chart.h"

#include <string.h>

#include "mip6_types.h"
#include "sim/engine/config.h"
#include "sim/record/describe.h"

enum { MOST_COLUMNS = 16, NARROWEST = 8, TIME_WIDTH = 10, NOWHERE = -1 };

typedef struct node {
    char *name;
    int64_t id;
    int kind;                   /* order of columns that nobody chose; NOWHERE: none */
    int column;                 /* NOWHERE: has none */
    bool has_address;
    mip6_addr address;
} node;

/* One message from a column to another, or an event at one. */
typedef struct leg {
    int64_t t_ns;
    guint order;
    int from, to;               /* columns; `to` NOWHERE: not there yet, or all */
    bool is_event, to_all, lost;
    bool elsewhere;             /* its destination is a node without a column */
    char *text;
} leg;

typedef struct chart_sink {
    sim_sink base;
    sim_chart *chart;
} chart_sink;

struct sim_chart {
    sim_tap tap;                /* first */
    chart_sink sink;
    sim_sink_class sink_class;
    const sim_chart_options *options;
    GPtrArray *nodes;           /* node */
    GHashTable *by_name, *by_id;
    GHashTable *by_address;     /* mip6_addr * -> node */
    GHashTable *by_interface;   /* last 64 bits, as a pointer -> node; prefixes of access routers */
    GHashTable *by_prefix;
    GPtrArray *columns;         /* node */
    GPtrArray *legs;            /* leg */
    GHashTable *under_way;      /* identity -> its last leg */
    char address_name[128];
};

/* ---- names ---------------------------------------------------------------------------------- */

static guint hash_address(gconstpointer key)
{
    const mip6_addr *a = key;
    guint h = 5381;
    for (size_t i = 0; i < sizeof a->b; i++)
        h = h * 33 + a->b[i];
    return h;
}

static gboolean same_address(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(mip6_addr)) == 0;
}

static gpointer half(const mip6_addr *a, size_t at)
{
    uint64_t x;
    memcpy(&x, a->b + at, sizeof x);
    return (gpointer)(uintptr_t)x;
}

static int kind_of(const char *kind)
{
    static const char *const kinds[] = {"mobile-node", "home-agent", "correspondent"};
    for (int i = 0; i < (int)G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i], kind) == 0)
            return i;
    return NOWHERE;
}

static sim_chart *chart_of(sim_sink *sink)
{
    return ((chart_sink *)(void *)sink)->chart;
}

static void free_node(gpointer p)
{
    node *n = p;
    g_free(n->name);
    g_free(n);
}

static void take_node(sim_sink *sink, const sim_row_node *row)
{
    sim_chart *c = chart_of(sink);
    node *n = g_new0(node, 1);
    n->name = g_strdup(row->name);
    n->id = row->node_id;
    n->kind = kind_of(row->kind);
    n->column = NOWHERE;
    n->has_address = row->address && mip6_addr_parse(row->address, &n->address) == 0;
    g_ptr_array_add(c->nodes, n);
    g_hash_table_insert(c->by_name, n->name, n);
    g_hash_table_insert(c->by_id, GINT_TO_POINTER((gint)n->id), n);
    if (!n->has_address)
        return;
    if (strcmp(row->kind, "access-router") == 0) {
        g_hash_table_insert(c->by_prefix, half(&n->address, 0), n);
        return;
    }
    g_hash_table_insert(c->by_address, &n->address, n);
    if (n->kind == 0)
        g_hash_table_insert(c->by_interface, half(&n->address, 8), n);
}

/* Whose address it is; *at: the access router that a care-of address is from. */
static const node *owner(const sim_chart *c, const mip6_addr *a, const node **at)
{
    const node *n = g_hash_table_lookup(c->by_address, a);
    *at = NULL;
    if (n)
        return n;
    *at = g_hash_table_lookup(c->by_prefix, half(a, 0));
    return *at ? g_hash_table_lookup(c->by_interface, half(a, 8)) : NULL;
}

static const char *name_address(const uint8_t *address, void *user)
{
    sim_chart *c = user;
    const node *at;
    mip6_addr a;
    memcpy(a.b, address, sizeof a.b);
    const node *n = owner(c, &a, &at);
    const mip6_addr anycast = mip6_addr_ha_anycast(&a);
    if (!n && mip6_addr_equal(&a, &anycast))
        return "anycast";
    if (!n || !at)
        return n ? n->name : NULL;
    g_snprintf(c->address_name, sizeof c->address_name, "%s@%s", n->name, at->name);
    return c->address_name;
}

/* ---- columns -------------------------------------------------------------------------------- */

static void add_column(sim_chart *c, node *n)
{
    if (n->column != NOWHERE)
        return;
    n->column = (int)c->columns->len;
    g_ptr_array_add(c->columns, n);
}

static bool name_columns(sim_chart *c, GError **error)
{
    for (char **name = c->options->nodes; *name; name++) {
        node *n = g_hash_table_lookup(c->by_name, *name);
        if (!n) {
            g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_BAD, "there is no node `%s`", *name);
            return false;
        }
        add_column(c, n);
    }
    return true;
}

static void all_columns(sim_chart *c)
{
    for (int kind = 0; kind < 3; kind++)
        for (guint i = 0; i < c->nodes->len; i++) {
            node *n = g_ptr_array_index(c->nodes, i);
            if (n->kind == kind)
                add_column(c, n);
        }
}

bool sim_chart_columns(sim_chart *c, GError **error)
{
    if (c->options->nodes && !name_columns(c, error))
        return false;
    if (!c->options->nodes)
        all_columns(c);
    if (c->columns->len <= MOST_COLUMNS)
        return true;
    g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_BAD,
                "%u nodes do not fit side by side, %d do: choose some with --node", c->columns->len,
                MOST_COLUMNS);
    return false;
}

static int column_of(const sim_chart *c, const char *name)
{
    const node *n = name ? g_hash_table_lookup(c->by_name, name) : NULL;
    return n ? n->column : NOWHERE;
}

/* ---- what is seen --------------------------------------------------------------------------- */

static void free_leg(gpointer p)
{
    leg *l = p;
    g_free(l->text);
    g_free(l);
}

static leg *add_leg(sim_chart *c, int64_t t_ns, int from)
{
    leg *l = g_new0(leg, 1);
    *l = (leg){.t_ns = t_ns, .order = c->legs->len, .from = from, .to = NOWHERE};
    g_ptr_array_add(c->legs, l);
    return l;
}

static gpointer key_of(const sim_packet *packet)
{
    return (gpointer)(uintptr_t)packet->identity;
}

static bool is_shown(const sim_chart *c, int64_t t_ns, const sim_packet *packet)
{
    const sim_chart_options *o = c->options;
    if (t_ns < o->from_ns || t_ns >= o->to_ns)
        return false;
    return packet->message >= o->n_hidden || !o->hidden[packet->message];
}

/* Where its address says that it goes: for a packet that never came. */
static void aim(sim_chart *c, leg *l, const mip6_addr *destination)
{
    const node *at, *n = owner(c, destination, &at);
    l->to_all = mip6_addr_is_multicast(destination);
    l->to = n ? n->column : NOWHERE;
    l->elsewhere = n && n->column == NOWHERE;
}

static void begin_leg(sim_chart *c, int64_t t_ns, int from, int to, const sim_packet *packet)
{
    const uint8_t *bytes = packet->bytes + packet->head;
    mip6_addr destination;
    memcpy(destination.b, bytes + 24, sizeof destination.b);
    leg *l = add_leg(c, t_ns, from);
    GString *text = g_string_new(NULL);
    sim_describe_line(text, bytes, packet->len, packet->virtual_bytes, name_address, c);
    l->text = g_string_free(text, FALSE);
    aim(c, l, &destination);
    if (to != NOWHERE) {
        l->to = to;
        l->elsewhere = false;
    }
    g_hash_table_insert(c->under_way, key_of(packet), l);
}

static void take_sent(sim_tap *tap, uint32_t link, int64_t t_ns, const char *from, const char *to,
                      const sim_packet *packet)
{
    (void)link;
    sim_chart *c = (sim_chart *)(void *)tap;
    int from_column = column_of(c, from), to_column = column_of(c, to);
    if (from_column != NOWHERE) {
        g_hash_table_remove(c->under_way, key_of(packet));
        if (packet->len >= 40 && is_shown(c, t_ns, packet))
            begin_leg(c, t_ns, from_column, to_column, packet);
        return;
    }
    leg *l = g_hash_table_lookup(c->under_way, key_of(packet));
    if (l && to_column != NOWHERE) {
        l->to = to_column;
        l->elsewhere = false;
    }
}

static void append_remark(leg *l, const char *format, const char *where, const char *cause)
{
    g_autofree char *remark = g_strdup_printf(format, where, cause);
    char *text = g_strconcat(l->text, " [", remark, "]", NULL);
    g_free(l->text);
    l->text = text;
}

static void take_lost(sim_tap *tap, int64_t t_ns, const char *where, const char *cause,
                      const sim_packet *packet)
{
    (void)t_ns;
    sim_chart *c = (sim_chart *)(void *)tap;
    leg *l = g_hash_table_lookup(c->under_way, key_of(packet));
    int column = column_of(c, where);
    if (!l)
        return;
    if (l->to_all) {
        append_remark(l, "not to %s: %s", where, cause);
    } else if (column != NOWHERE && column == l->to && column != l->from) {
        append_remark(l, "dropped by %s: %s", where, cause);
    } else {
        l->lost = true;
        append_remark(l, "lost at %s: %s", where, cause);
    }
}

static const node *node_at(const sim_chart *c, int64_t id)
{
    return id == SIM_NO_NODE ? NULL : g_hash_table_lookup(c->by_id, GINT_TO_POINTER((gint)id));
}

static void take_event(sim_sink *sink, const sim_row_event *row)
{
    sim_chart *c = chart_of(sink);
    const node *mn = node_at(c, row->mn_id), *from = node_at(c, row->from_node_id),
               *to = node_at(c, row->to_node_id);
    const node *at = mn ? mn : from ? from : to;
    if (!c->options->events || !at || at->column == NOWHERE || row->t_ns < c->options->from_ns ||
        row->t_ns >= c->options->to_ns)
        return;
    leg *l = add_leg(c, row->t_ns, at->column);
    l->is_event = true;
    const char *where = strcmp(row->kind, "redirected") == 0 ? " to " : " at ";
    l->text = g_strconcat("(", row->kind, from && from != at ? " from " : "",
                          from && from != at ? from->name : "", to && to != at ? where : "",
                          to && to != at ? to->name : "", row->detail ? ": " : "",
                          row->detail ? row->detail : "", ")", NULL);
}

/* ---- life ------------------------------------------------------------------------------------ */

sim_chart *sim_chart_new(const sim_chart_options *options)
{
    static const sim_tap_class tap_class = {.sent = take_sent, .lost = take_lost};
    sim_chart *c = g_new0(sim_chart, 1);
    c->tap.cls = &tap_class;
    c->sink_class = *sim_sink_null()->cls;
    c->sink_class.node = take_node;
    c->sink_class.event = take_event;
    c->sink = (chart_sink){.base = {.cls = &c->sink_class}, .chart = c};
    c->options = options;
    c->nodes = g_ptr_array_new_with_free_func(free_node);
    c->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    c->by_id = g_hash_table_new(NULL, NULL);
    c->by_address = g_hash_table_new(hash_address, same_address);
    c->by_interface = g_hash_table_new(NULL, NULL);
    c->by_prefix = g_hash_table_new(NULL, NULL);
    c->columns = g_ptr_array_new();
    c->legs = g_ptr_array_new_with_free_func(free_leg);
    c->under_way = g_hash_table_new(NULL, NULL);
    return c;
}

void sim_chart_free(sim_chart *c)
{
    if (!c)
        return;
    g_hash_table_destroy(c->under_way);
    g_ptr_array_free(c->legs, TRUE);
    g_ptr_array_free(c->columns, TRUE);
    g_hash_table_destroy(c->by_prefix);
    g_hash_table_destroy(c->by_interface);
    g_hash_table_destroy(c->by_address);
    g_hash_table_destroy(c->by_id);
    g_hash_table_destroy(c->by_name);
    g_ptr_array_free(c->nodes, TRUE);
    g_free(c);
}

sim_sink *sim_chart_sink(sim_chart *c)
{
    return &c->sink.base;
}

sim_tap *sim_chart_tap(sim_chart *c)
{
    return &c->tap;
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* Where the line of life of a column stands. */
static size_t place(const sim_chart *c, int column)
{
    size_t at = TIME_WIDTH;
    for (int i = 0; i <= column; i++) {
        size_t own = strlen(((node *)g_ptr_array_index(c->columns, i))->name);
        size_t before = i ? strlen(((node *)g_ptr_array_index(c->columns, i - 1))->name) : own;
        at += MAX(NARROWEST, (own + before) / 2 + 3);
    }
    return at;
}

/* A row of lines of life, `wide` enough for all, behind a time. */
static GString *blank_row(const sim_chart *c, const char *time)
{
    int last = (int)c->columns->len - 1;
    GString *row = g_string_new(NULL);
    g_string_append_printf(row, "%*s", TIME_WIDTH, time);
    while (row->len <= place(c, last))
        g_string_append_c(row, ' ');
    for (int i = 0; i <= last; i++)
        row->str[place(c, i)] = '|';
    return row;
}

static void draw_arrow(const sim_chart *c, GString *row, const leg *l)
{
    int last = (int)c->columns->len - 1;
    int to = l->to != NOWHERE ? l->to : l->from < last ? l->from + 1 : l->from - 1;
    size_t a = place(c, l->from), b = to >= 0 ? place(c, to) : a;
    size_t low = MIN(a, b), high = MAX(a, b);
    if (low == high) {
        row->str[a] = l->lost ? 'x' : 'o';
        return;
    }
    size_t middle = (low + high) / 2;
    if (row->str[middle] == '|')    /* of somebody between, who has nothing to do with it */
        middle = a < b ? middle - 2 : middle + 2;
    if (l->lost)        /* half of the way */
        *(a < b ? &high : &low) = middle + (a < b);
    memset(row->str + low + 1, '-', high - low - 1);
    if (l->lost)
        row->str[middle] = 'x';
    else
        row->str[a < b ? high - 1 : low + 1] = a < b ? '>' : '<';
}

static void draw_leg(const sim_chart *c, GString *out, const leg *l)
{
    g_autofree char *time = g_strdup_printf("%" G_GINT64_FORMAT ".%03d", l->t_ns / 1000000000,
                                            (int)(l->t_ns / 1000000 % 1000));
    g_autoptr(GString) row = blank_row(c, time);
    if (l->is_event || l->to_all)
        row->str[place(c, l->from)] = l->is_event ? 'o' : '*';
    else
        draw_arrow(c, row, l);
    g_string_append_printf(out, "%s    %s\n", row->str, l->text);
}

static void draw_head(const sim_chart *c, GString *out)
{
    g_string_append_printf(out, "%*s", TIME_WIDTH, "time s");
    gsize begin = out->len - TIME_WIDTH;
    for (guint i = 0; i < c->columns->len; i++) {
        const char *name = ((node *)g_ptr_array_index(c->columns, i))->name;
        size_t at = place(c, (int)i) - strlen(name) / 2;
        while (out->len - begin < at)
            g_string_append_c(out, ' ');
        g_string_append(out, name);
    }
    g_string_append_c(out, '\n');
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const leg *x = *(leg *const *)a, *y = *(leg *const *)b;
    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

char *sim_chart_draw(sim_chart *c)
{
    GString *out = g_string_new(NULL);
    draw_head(c, out);
    g_ptr_array_sort(c->legs, by_time);
    for (guint i = 0; i < c->legs->len; i++) {
        const leg *l = g_ptr_array_index(c->legs, i);
        bool arrives = l->to != NOWHERE || l->lost || l->to_all || l->is_event;
        if (arrives && !l->elsewhere)
            draw_leg(c, out, l);
    }
    return g_string_free(out, FALSE);
}
