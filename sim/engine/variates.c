/* Variates and the functions they need, from IEEE additions, multiplications and divisions
 * in a fixed order: every processor and compiler gives the same bits.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "sim/engine/random.h"

__extension__ typedef unsigned __int128 u128;

/* Wider intermediate results would round twice. */
_Static_assert(FLT_EVAL_METHOD == 0 && DBL_MANT_DIG == 53, "needs plain IEEE doubles");

/* ln 2 in two pieces; the first has 20 zero bits at its end, so that small integers multiply
 * it exactly. */
#define LN2_HIGH 0x1.62e42fee00000p-1
#define LN2_LOW 0x1.a39ef35793c76p-33

#define FRACTION_MASK ((UINT64_C(1) << FRACTION_BITS) - 1)
enum { EXPONENT_BIAS = 1023, FRACTION_BITS = 52, MAX_SHIFT = 61 };

static uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static double from_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static double power_of_two(int e)
{
    assert(e > -EXPONENT_BIAS && e <= EXPONENT_BIAS);
    return from_bits((uint64_t)(e + EXPONENT_BIAS) << FRACTION_BITS);
}

/* x = m * 2^e, m in [sqrt(1/2), sqrt(2)). */
static double split(double x, int *e)
{
    int shift = 0;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        shift = -54;
    }
    uint64_t u = bits_of(x);
    *e = (int)(u >> FRACTION_BITS) - EXPONENT_BIAS + shift;
    double m = from_bits((u & FRACTION_MASK) | (uint64_t)EXPONENT_BIAS << FRACTION_BITS);
    if (m >= 0x1.6a09e667f3bcdp0) {
        m *= 0.5;
        ++*e;
    }
    return m;
}

/* log m = 2 artanh f, f = (m - 1) / (m + 1); |f| < 0.1716, so that the series may end at
 * f^23. */
double sim_log(double x)
{
    static const double odd[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                                 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23};
    enum { N = sizeof odd / sizeof *odd };
    assert(x > 0 && x <= DBL_MAX);
    int e;
    double m = split(x, &e);
    double f = (m - 1) / (m + 1), g = f * f;
    double s = odd[N - 1];
    for (int k = N - 2; k >= 0; k--)
        s = s * g + odd[k];
    double log_m = 2 * f + 2 * f * g * s;
    return e * LN2_HIGH + (log_m + e * LN2_LOW);
}

/* 2^e * exp r, |r| <= ln 2 / 2, so that the series may end at r^14. */
double sim_exp(double x)
{
    static const double inverse[] = {
        1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
        1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800,
        1.0 / 87178291200,
    };
    enum { N = sizeof inverse / sizeof *inverse };
    assert(x == x);
    if (x > 709.8)
        return HUGE_VAL;
    if (x < -745.2)
        return 0;
    int e = (int)(x * 0x1.71547652b82fep0 + (x < 0 ? -0.5 : 0.5));
    double r = (x - e * LN2_HIGH) - e * LN2_LOW;
    double s = inverse[N - 1];
    for (int k = N - 2; k >= 0; k--)
        s = s * r + inverse[k];
    return s * power_of_two(e / 2) * power_of_two(e - e / 2);
}

double sim_pow(double x, double y)
{
    return sim_exp(y * sim_log(x));
}

double sim_uniform(uint64_t bits)
{
    return (double)(bits >> 11 | 1) * 0x1p-53;
}

uint64_t sim_below(uint64_t bits, uint64_t n)
{
    assert(n > 0);
    return (uint64_t)((u128)bits * n >> 64);
}

int64_t sim_uniform_ns(uint64_t bits, int64_t low, int64_t high)
{
    assert(low <= high);
    uint64_t n = (uint64_t)high - (uint64_t)low + 1;
    uint64_t offset = n ? sim_below(bits, n) : bits;
    return (int64_t)((uint64_t)low + offset);
}

/* To the nearest duration in [1, 2^61]. */
static int64_t to_duration_ns(double ns)
{
    if (ns < 1)
        return 1;
    if (ns > 0x1p61)
        return INT64_C(1) << MAX_SHIFT;
    return (int64_t)(ns + 0.5);
}

int64_t sim_exponential_ns(uint64_t bits, int64_t mean_ns)
{
    assert(mean_ns >= 0);
    return to_duration_ns(-sim_log(sim_uniform(bits)) * (double)mean_ns);
}

int64_t sim_pareto_ns(uint64_t bits, double shape, int64_t mean_ns)
{
    assert(shape > 1 && mean_ns >= 0);
    double smallest = (double)mean_ns * (shape - 1) / shape;
    return to_duration_ns(smallest * sim_exp(-sim_log(sim_uniform(bits)) / shape));
}
