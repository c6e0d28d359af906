/* See value.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/scenario/value.h"

#include <arpa/inet.h>
#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct unit {
    const char *suffix;
    int64_t num, den;   /* of the stored unit */
} unit;

/* Units of a kind, the smallest first. `print` is the number of those that printing
 * chooses from; the others are only read. */
typedef struct scale {
    const char *what, *example, *finest, *names;
    const unit *units;
    size_t n_units, n_print;
    bool unlimited;
} scale;

static const unit time_units[] = {
    {"ns", 1, 1}, {"us", 1000, 1}, {"ms", 1000000, 1}, {"s", 1000000000, 1},
    {"min", INT64_C(60000000000), 1}, {"h", INT64_C(3600000000000), 1}, {"µs", 1000, 1},
};
static const unit rate_units[] = {
    {"bit/s", 1, 1}, {"kbit/s", 1000, 1}, {"Mbit/s", 1000000, 1}, {"Gbit/s", 1000000000, 1},
};
static const unit byte_units[] = {
    {"B", 1, 1}, {"KiB", 1024, 1}, {"MiB", 1 << 20, 1}, {"GiB", 1 << 30, 1},
    {"kB", 1000, 1}, {"MB", 1000000, 1}, {"GB", 1000000000, 1},
};
static const unit packet_units[] = {{"packets", 1, 1}, {"packet", 1, 1}};
static const unit per_s_units[] = {
    {"/s", 1000000, 1}, {"/min", 1000000, 60}, {"/h", 1000000, 3600},
};
static const unit share_units[] = {{"%", 10000, 1}};
static const unit length_units[] = {
    {"m", 1000, 1}, {"km", 1000000, 1}, {"cm", 10, 1}, {"mm", 1, 1},
};
static const unit speed_units[] = {{"m/s", 1000, 1}, {"km/h", 1000000, 3600}};

#define UNITS(u) u, G_N_ELEMENTS(u)

static const scale *scale_of(sim_key_kind kind)
{
    static const scale
        times = {"a time", "100 ms", "1 ns", "ns, us, ms, s, min, h", UNITS(time_units), 6, false},
        rates = {"a rate", "10 Mbit/s", "1 bit/s", "bit/s, kbit/s, Mbit/s, Gbit/s",
                 UNITS(rate_units), 4, true},
        bytes = {"a size", "64 KiB", "1 B", "B, KiB, MiB, GiB, kB, MB, GB", UNITS(byte_units), 4,
                 true},
        packets = {"a number of packets", "100 packets", "1 packet", "packets",
                   UNITS(packet_units), 1, true},
        per_s = {"a frequency", "10 /s", "0.000001 /s", "/s, /min, /h", UNITS(per_s_units), 1,
                 false},
        shares = {"a share", "20 %", "0.0001 %", "%", UNITS(share_units), 1, false},
        lengths = {"a length", "500 m", "1 mm", "mm, cm, m, km", UNITS(length_units), 1, false},
        speeds = {"a speed", "10 m/s", "0.001 m/s", "m/s, km/h", UNITS(speed_units), 1, false};
    switch (kind) {
    case SIM_KEY_TIME:
    case SIM_KEY_TIMES: return &times;
    case SIM_KEY_RATE: return &rates;
    case SIM_KEY_BYTES: return &bytes;
    case SIM_KEY_PACKETS: return &packets;
    case SIM_KEY_PER_S: return &per_s;
    case SIM_KEY_SHARE: return &shares;
    case SIM_KEY_LENGTH: return &lengths;
    case SIM_KEY_SPEED: return &speeds;
    default: return NULL;
    }
}

size_t sim_value_size(sim_key_kind kind)
{
    switch (kind) {
    case SIM_KEY_BOOL: return sizeof(bool);
    case SIM_KEY_REAL: return sizeof(double);
    case SIM_KEY_STRING:
    case SIM_KEY_PATH: return sizeof(const char *);
    case SIM_KEY_TIMES: return sizeof(sim_times);
    case SIM_KEY_ADDRESS: return sizeof(sim_prefix);
    default: return sizeof(int64_t);
    }
}

const char *sim_value_default(const sim_key *key)
{
    return *key->def == '=' ? "" : key->def + (*key->def == '?');
}

/* ---- what is expected ------------------------------------------------------------ */

static char *expected_choice(const sim_key *key)
{
    g_autoptr(GString) s = g_string_new("one of ");
    for (const char *const *c = key->choices; *c; c++)
        g_string_append_printf(s, "%s%s", c == key->choices ? "" : ", ", *c);
    return g_string_free(g_steal_pointer(&s), FALSE);
}

char *sim_value_expected(const sim_key *key)
{
    const scale *sc = scale_of(key->kind);
    if (key->kind == SIM_KEY_TIMES)
        return g_strdup_printf("times with units, such as `10 s, 20 s` (%s)", sc->names);
    if (sc)
        return g_strdup_printf("%s with its unit, such as `%s`%s (%s)", sc->what, sc->example,
                               sc->unlimited ? ", or `unlimited`" : "", sc->names);
    switch (key->kind) {
    case SIM_KEY_BOOL: return g_strdup("on or off");
    case SIM_KEY_INT: return g_strdup("a whole number, such as `42`");
    case SIM_KEY_REAL: return g_strdup("a number, such as `1.2`");
    case SIM_KEY_PATH: return g_strdup("the path of a file");
    case SIM_KEY_CHOICE: return expected_choice(key);
    case SIM_KEY_ADDRESS: return g_strdup("an IPv6 prefix, such as `2001:db8::/64`");
    default: return g_strdup("a text");
    }
}

static char *wrong(const sim_key *key, const char *text)
{
    g_autofree char *expected = sim_value_expected(key);
    return g_strdup_printf("`%s` is not understood: expected %s", text, expected);
}

/* ---- numbers ----------------------------------------------------------------------- */

typedef struct decimal {
    bool negative, huge;
    uint64_t mantissa;
    unsigned decimals;      /* value = mantissa / 10^decimals */
} decimal;

enum { MAX_DECIMALS = 18 };

static void push_digit(decimal *d, char c)
{
    uint64_t digit = (uint64_t)(c - '0');
    if (d->mantissa > (UINT64_MAX - digit) / 10)
        d->huge = true;
    else
        d->mantissa = d->mantissa * 10 + digit;
}

/* Decimal places that are not zeros at the end. */
static size_t significant(const char *p)
{
    size_t n = strspn(p, "0123456789");
    while (n > 0 && p[n - 1] == '0')
        n--;
    return n;
}

/* Sign, digits, and decimals after a point. Returns what follows, NULL: no number. */
static const char *read_decimal(const char *p, decimal *d)
{
    *d = (decimal){.negative = *p == '-'};
    if (*p == '-' || *p == '+')
        p++;
    if (!g_ascii_isdigit(*p))
        return NULL;
    for (; g_ascii_isdigit(*p); p++)
        push_digit(d, *p);
    if (*p != '.')
        return p;
    p++;
    if (!g_ascii_isdigit(*p))
        return NULL;
    size_t n = significant(p);
    if (n > MAX_DECIMALS)
        d->huge = true;
    for (size_t i = 0; i < n && !d->huge; i++, d->decimals++)
        push_digit(d, p[i]);
    return p + strspn(p, "0123456789");
}

typedef enum scaled { SCALED, SCALED_TOO_LARGE, SCALED_TOO_FINE } scaled;

static scaled scale_decimal(const decimal *d, const unit *u, int64_t *out)
{
    if (d->huge)
        return SCALED_TOO_LARGE;
    __int128 den = u->den;
    for (unsigned i = 0; i < d->decimals; i++)
        den *= 10;
    __int128 product = (__int128)d->mantissa * u->num;
    __int128 value = product / den;
    if (product % den != 0) {
        if (u->den == 1)
            return SCALED_TOO_FINE;
        value = (product + den / 2) / den;
        if (value == 0)
            return SCALED_TOO_FINE;
    }
    if (value > INT64_MAX)
        return SCALED_TOO_LARGE;
    *out = d->negative ? -(int64_t)value : (int64_t)value;
    return SCALED;
}

static bool is_bounded(const sim_key *key)
{
    return key->min != 0 || key->max != 0;
}

static bool has_upper(const sim_key *key)
{
    return is_bounded(key) && key->max >= key->min && key->max < 9.2e18;
}

/* A bound, written as a value of the key. */
static char *print_bound(const sim_key *key, double bound)
{
    sim_key plain = *key;
    if (key->kind == SIM_KEY_TIMES)
        plain.kind = SIM_KEY_TIME;
    if (key->kind == SIM_KEY_REAL)
        return sim_value_print(&plain, &bound);
    if (bound == 0 && scale_of(key->kind) && scale_of(key->kind)->units != time_units)
        return g_strdup_printf("0 %s", scale_of(key->kind)->units[0].suffix);
    int64_t stored = bound >= 9.2e18 ? INT64_MAX : bound <= -9.2e18 ? INT64_MIN : (int64_t)bound;
    return sim_value_print(&plain, &stored);
}

char *sim_value_range(const sim_key *key)
{
    bool number = key->kind == SIM_KEY_INT || key->kind == SIM_KEY_REAL || scale_of(key->kind);
    if (!number || !is_bounded(key))
        return NULL;
    g_autofree char *low = print_bound(key, key->min);
    if (!has_upper(key))
        return g_strdup_printf("at least %s", low);
    g_autofree char *high = print_bound(key, key->max);
    return g_strdup_printf("%s to %s", low, high);
}

static char *check_range(const sim_key *key, double value, const char *text)
{
    if (!is_bounded(key) || (value >= key->min && (!has_upper(key) || value <= key->max)))
        return NULL;
    g_autofree char *range = sim_value_range(key);
    return g_strdup_printf("`%s` is out of range: expected %s", text, range);
}

static const unit *find_unit(const scale *sc, const char *suffix)
{
    for (size_t i = 0; i < sc->n_units; i++)
        if (strcmp(sc->units[i].suffix, suffix) == 0)
            return &sc->units[i];
    return NULL;
}

/* What is wrong with a number of which the unit is not known. */
static char *wrong_unit(const sim_key *key, const char *text, const char *suffix)
{
    g_autofree char *expected = sim_value_expected(key);
    if (*suffix == '\0')
        return g_strdup_printf("`%s` lacks a unit: expected %s", text, expected);
    return g_strdup_printf("`%s`: unknown unit `%s`: expected %s", text, suffix, expected);
}

/* A number with its unit into *out. */
static char *parse_quantity(const sim_key *key, const char *text, int64_t *out)
{
    const scale *sc = scale_of(key->kind);
    if (sc->unlimited && strcmp(text, "unlimited") == 0) {
        *out = 0;
        return check_range(key, 0, text);
    }
    decimal d;
    const char *suffix = read_decimal(text, &d);
    if (!suffix)
        return wrong(key, text);
    suffix += strspn(suffix, " \t");
    const unit *u = find_unit(sc, suffix);
    if (!u)
        return wrong_unit(key, text, suffix);
    if (d.negative && d.mantissa != 0 && !(key->min < 0))
        return g_strdup_printf("`%s` is negative: expected %s of at least 0", text, sc->what);
    switch (scale_decimal(&d, u, out)) {
    case SCALED_TOO_LARGE: return g_strdup_printf("`%s` is too large a number", text);
    case SCALED_TOO_FINE: return g_strdup_printf("`%s` is finer than %s", text, sc->finest);
    case SCALED: break;
    }
    if (*out == 0 && sc->unlimited && strcmp(sim_value_default(key), text) != 0)
        return g_strdup_printf("`%s`: nothing would pass; where no limit is meant, write "
                               "`unlimited`", text);
    return check_range(key, (double)*out, text);
}

static char *parse_int(const sim_key *key, const char *text, int64_t *out)
{
    static const unit one = {"", 1, 1};
    decimal d;
    const char *end = read_decimal(text, &d);
    if (!end || *end != '\0' || strchr(text, '.'))
        return wrong(key, text);
    if (scale_decimal(&d, &one, out) != SCALED)
        return g_strdup_printf("`%s` is too large a number", text);
    return check_range(key, (double)*out, text);
}

static char *parse_real(const sim_key *key, const char *text, double *out)
{
    char *end;
    if (!g_ascii_isdigit(*text) && !strchr("+-.", *text))
        return wrong(key, text);    /* nan, inf, and hexadecimal below */
    *out = g_ascii_strtod(text, &end);
    if (end == text || *end != '\0' || strpbrk(text, "xXnN"))
        return wrong(key, text);
    if (!isfinite(*out))
        return g_strdup_printf("`%s` is too large a number", text);
    return check_range(key, *out, text);
}

/* ---- other kinds ------------------------------------------------------------------- */

static char *parse_bool(const sim_key *key, const char *text, bool *out)
{
    static const char *const words[2][3] = {{"off", "no", "false"}, {"on", "yes", "true"}};
    for (int value = 0; value < 2; value++)
        for (int i = 0; i < 3; i++)
            if (strcmp(text, words[value][i]) == 0) {
                *out = value != 0;
                return NULL;
            }
    return wrong(key, text);
}

/* A yes or no that a library keeps as a number. */
static bool is_off_on(const sim_key *key)
{
    return strcmp(key->choices[0], "off") == 0 && key->choices[1] &&
           strcmp(key->choices[1], "on") == 0 && !key->choices[2];
}

static char *parse_choice(const sim_key *key, const char *text, int64_t *out)
{
    bool on = false;
    if (is_off_on(key)) {
        char *problem = parse_bool(key, text, &on);
        *out = problem ? 0 : on;
        return problem;
    }
    for (int64_t i = 0; key->choices[i]; i++)
        if (strcmp(text, key->choices[i]) == 0) {
            *out = i;
            return NULL;
        }
    return wrong(key, text);
}

static char *parse_times(const sim_key *key, const char *text, GPtrArray *arena, sim_times *out)
{
    if (*text == '\0') {
        *out = (sim_times){0};
        return NULL;
    }
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    size_t n = g_strv_length(parts);
    int64_t *at = g_new(int64_t, n);
    g_ptr_array_add(arena, at);
    for (size_t i = 0; i < n; i++) {
        char *problem = parse_quantity(key, g_strstrip(parts[i]), &at[i]);
        if (problem)
            return problem;
    }
    *out = (sim_times){.at_ns = at, .n = n};
    return NULL;
}

static char *parse_address(const sim_key *key, const char *text, sim_prefix *out)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    struct in6_addr address;
    if (!parts[0] || inet_pton(AF_INET6, parts[0], &address) != 1)
        return wrong(key, text);
    int64_t length = 128;
    if (parts[1]) {
        size_t digits = strspn(parts[1], "0123456789");
        if (digits == 0 || digits > 3 || parts[1][digits] != '\0')
            return wrong(key, text);
        length = g_ascii_strtoll(parts[1], NULL, 10);
        if (length > 128)
            return g_strdup_printf("`%s`: a prefix length is 0 to 128", text);
    }
    memcpy(out->address, &address, sizeof out->address);
    out->length = length;
    return NULL;
}

static char *keep(GPtrArray *arena, char *text)
{
    g_ptr_array_add(arena, text);
    return text;
}

static char *parse_string(const char *text, GPtrArray *arena, const char **out)
{
    for (const char *p = text; *p; p++)
        if (g_ascii_iscntrl(*p) && *p != '\t')
            return g_strdup_printf("a control character (code %d) in the value", *p);
    *out = keep(arena, g_strdup(text));
    return NULL;
}

static char *parse_path(const char *text, const char *folder, GPtrArray *arena,
                        const char **out)
{
    char *problem = parse_string(text, arena, out);
    if (!problem && *text)
        *out = keep(arena, g_canonicalize_filename(text, folder));
    return problem;
}

char *sim_value_parse(const sim_key *key, const char *text, const char *folder,
                      GPtrArray *arena, void *out)
{
    union {
        bool b;
        int64_t i;
        double r;
        const char *s;
        sim_times t;
        sim_prefix p;
    } v = {0};
    char *problem;
    switch (key->kind) {
    case SIM_KEY_BOOL: problem = parse_bool(key, text, &v.b); break;
    case SIM_KEY_INT: problem = parse_int(key, text, &v.i); break;
    case SIM_KEY_REAL: problem = parse_real(key, text, &v.r); break;
    case SIM_KEY_STRING: problem = parse_string(text, arena, &v.s); break;
    case SIM_KEY_PATH: problem = parse_path(text, folder, arena, &v.s); break;
    case SIM_KEY_CHOICE: problem = parse_choice(key, text, &v.i); break;
    case SIM_KEY_TIMES: problem = parse_times(key, text, arena, &v.t); break;
    case SIM_KEY_ADDRESS: problem = parse_address(key, text, &v.p); break;
    default: problem = parse_quantity(key, text, &v.i); break;
    }
    if (!problem)
        memcpy(out, &v, sim_value_size(key->kind));
    return problem;
}

/* ---- printing ---------------------------------------------------------------------- */

/* value / num with all its decimals; num has no prime factors but 2 and 5. */
static char *print_decimal(int64_t value, int64_t num, const char *suffix)
{
    g_autoptr(GString) s = g_string_new(value < 0 ? "-" : "");
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t divisor = (uint64_t)num, rest = magnitude % divisor;
    g_string_append_printf(s, "%" G_GUINT64_FORMAT, magnitude / divisor);
    if (rest)
        g_string_append_c(s, '.');
    for (; rest; rest = rest * 10 % divisor)
        g_string_append_c(s, (char)('0' + rest * 10 / divisor));
    if (*suffix)
        g_string_append_printf(s, " %s", suffix);
    return g_string_free(g_steal_pointer(&s), FALSE);
}

/* May a value be printed in this unit? min and h, and powers of 1024, only when whole;
 * minutes only from 10 to 120: 90 s, 15 min, 262140 s. */
static bool unit_suits(const unit *u, int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (magnitude < (uint64_t)u->num)
        return false;
    if (strcmp(u->suffix, "min") == 0)
        return value % u->num == 0 && magnitude >= 10 * (uint64_t)u->num &&
               magnitude <= 120 * (uint64_t)u->num;
    if (strcmp(u->suffix, "h") == 0 || g_str_has_suffix(u->suffix, "iB"))
        return value % u->num == 0;
    return true;
}

static char *print_quantity(const sim_key *key, int64_t value)
{
    const scale *sc = scale_of(key->kind);
    if (sc->unlimited && value == 0 && !g_str_has_prefix(sim_value_default(key), "0"))
        return g_strdup("unlimited");
    size_t best = 0;
    if (value == 0 && sc->units == time_units)
        best = 3;   /* 0 s */
    for (size_t i = 1; i < sc->n_print; i++)
        if (unit_suits(&sc->units[i], value))
            best = i;
    return print_decimal(value, sc->units[best].num, sc->units[best].suffix);
}

static char *print_real(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    for (int digits = 6; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, format, value);
        if (g_ascii_strtod(text, NULL) == value)
            break;
    }
    return g_strdup(text);
}

static char *print_times(const sim_key *key, const sim_times *times)
{
    g_autoptr(GString) s = g_string_new(NULL);
    for (size_t i = 0; i < times->n; i++) {
        g_autofree char *one = print_quantity(key, times->at_ns[i]);
        g_string_append_printf(s, "%s%s", i ? ", " : "", one);
    }
    return g_string_free(g_steal_pointer(&s), FALSE);
}

static char *print_address(const sim_prefix *prefix)
{
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, prefix->address, text, sizeof text);
    if (prefix->length == 128)
        return g_strdup(text);
    return g_strdup_printf("%s/%d", text, (int)prefix->length);
}

char *sim_value_print(const sim_key *key, const void *value)
{
    switch (key->kind) {
    case SIM_KEY_BOOL: return g_strdup(*(const bool *)value ? "on" : "off");
    case SIM_KEY_INT: return g_strdup_printf("%" G_GINT64_FORMAT, *(const int64_t *)value);
    case SIM_KEY_REAL: return print_real(*(const double *)value);
    case SIM_KEY_STRING:
    case SIM_KEY_PATH: return g_strdup(*(const char *const *)value);
    case SIM_KEY_CHOICE: return g_strdup(key->choices[*(const int64_t *)value]);
    case SIM_KEY_TIMES: return print_times(key, value);
    case SIM_KEY_ADDRESS: return print_address(value);
    default: return print_quantity(key, *(const int64_t *)value);
    }
}
