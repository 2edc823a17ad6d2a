/* ADD, SUB, MUL and SQUARED_DIFFERENCE of int16, PRELU, and DIV of int8: with scales, all factors long. */
#include "broadcast.h"
#include "exponential.h"

MI_INLINE int32_t held(int32_t value, int32_t low, int32_t high) {
    value = value < low ? low : value;
    return value > high ? high : value;
}

static int16_t sum(const mi_add_int16_parameters *p, int16_t x, int16_t y) {
    const int32_t a = mi_multiply((int32_t)x * (1L << 15), p->multiplier_1, p->shift_1);
    const int32_t b = mi_multiply((int32_t)y * (1L << 15), p->multiplier_2, p->shift_2);
    return (int16_t)held(mi_multiply(p->subtract ? a - b : a + b, p->multiplier_out, p->shift_out), p->low, p->high);
}

static int16_t product(const mi_multiply_int16_parameters *p, int16_t x, int16_t y) {
    return (int16_t)held(mi_multiply((int32_t)x * y, p->multiplier, p->shift), p->low, p->high);
}

static int16_t square(const mi_squared_difference_int16_parameters *p, int16_t x, int16_t y) {
    const int32_t a = mi_multiply(x, p->multiplier_1, p->shift_1) - mi_multiply(y, p->multiplier_2, p->shift_2);
    const uint32_t squared = (uint32_t)a * (uint32_t)a;
    return (int16_t)held(mi_multiply(wrap_int32(squared), p->multiplier_out, p->shift_out), INT16_MIN, INT16_MAX);
}

static int32_t sloped(const mi_prelu_parameters *p, int32_t x, int8_t alpha) {
    x -= p->zero_point_1;
    if (x >= 0)
        x = mi_multiply(x, p->multiplier, p->shift);
    else
        x = mi_multiply(x * (alpha - p->zero_point_2), p->slope, p->slope_shift);
    return wrap_int32((uint32_t)x + (uint32_t)(int32_t)p->zero_point);
}

/* A product with the reciprocal: y = 2^bits / (1 + fraction), x as far to the left as there is room. */
static int8_t quotient(const mi_divide_int8_parameters *p, int8_t x, int8_t y) {
    int32_t above = x - p->zero_point_1, below = y - p->zero_point_2, inverse, made;
    int16_t right;
    uint8_t bits = 0, room = 31;
    uint32_t size;
    if (below < 0) {
        above = -above;
        below = -below;
    }
    while (below >> bits > 1) ++bits;
    inverse = one_over_one_plus((int32_t)(((uint32_t)below << (31 - bits)) - 0x80000000u));
    for (size = (uint32_t)(above >= 0 ? above : ~above); size; size >>= 1) --room;
    made = mi_doubling_high_multiply(wrap_int32((uint32_t)above << room), inverse);
    made = mi_doubling_high_multiply(made, p->multiplier);
    right = (int16_t)(bits + room - p->shift);
    /* C leaves shifts of more than 31 bits open: all of them are gone on an Arm core, and its mask has all set. */
    if (right <= 31)
        made = mi_rounding_shift(made, (uint8_t)right);
    else
        made = (made < 0 ? -1 : 0) + (made > (made < 0 ? 0 : -1) ? 1 : 0);
    made = wrap_int32((uint32_t)made + (uint32_t)(int32_t)p->zero_point);
    return (int8_t)held(made, p->low, p->high);
}

MI_PAIRS(mi_add_int16, mi_add_int16_parameters, p.shape, int16_t, int16_t, int16_t, sum(&p, x, y))
MI_PAIRS(mi_multiply_int16, mi_multiply_int16_parameters, p.shape, int16_t, int16_t, int16_t, product(&p, x, y))
MI_PAIRS(mi_squared_difference_int16, mi_squared_difference_int16_parameters, p.shape, int16_t, int16_t, int16_t,
         square(&p, x, y))
MI_PAIRS(mi_prelu_int8, mi_prelu_parameters, p.shape, int8_t, int8_t, int8_t,
         (int8_t)held(sloped(&p, x, y), INT8_MIN, INT8_MAX))
MI_PAIRS(mi_prelu_int16, mi_prelu_parameters, p.shape, int16_t, int8_t, int16_t,
         (int16_t)held(sloped(&p, x, y), INT16_MIN, INT16_MAX))
MI_PAIRS(mi_prelu_float, mi_broadcast, p, float, float, float, x >= 0.0f ? x : x * y)
MI_PAIRS(mi_divide_int8, mi_divide_int8_parameters, p.shape, int8_t, int8_t, int8_t, quotient(&p, x, y))
