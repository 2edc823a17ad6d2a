/* EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL; LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT. */
#include "broadcast.h"
#include "fixed_point.h"

enum { LESS = 1, EQUAL = 2, GREATER = 4, NEITHER = 8 };

#define MI_HOLDS(relation, x, y) \
    (((relation) & ((x) < (y) ? LESS : (x) == (y) ? EQUAL : (x) > (y) ? GREATER : NEITHER)) != 0)

/* A byte 256 times over its zero point, on a scale that both have in common. */
MI_INLINE int32_t rescaled(int8_t x, int16_t zero_point, int32_t multiplier, int8_t shift) {
    return mi_multiply((int32_t)(x - zero_point) * 256, multiplier, shift);
}

static uint8_t compared(const mi_compare_int8_parameters *p, int8_t x, int8_t y) {
    const int32_t a = rescaled(x, p->zero_point_1, p->multiplier_1, p->shift_1);
    const int32_t b = rescaled(y, p->zero_point_2, p->multiplier_2, p->shift_2);
    return MI_HOLDS(p->relation, a, b);
}

MI_PAIRS(mi_compare_int8, mi_compare_int8_parameters, p.shape, int8_t, int8_t, int8_t, (int8_t)compared(&p, x, y))
MI_PAIRS(mi_compare_bool, mi_compare_parameters, p.shape, int8_t, int8_t, int8_t, MI_HOLDS(p.relation, x, y))
MI_PAIRS(mi_compare_int32, mi_compare_parameters, p.shape, int32_t, int32_t, int8_t, MI_HOLDS(p.relation, x, y))
MI_PAIRS(mi_compare_int64, mi_compare_parameters, p.shape, int64_t, int64_t, int8_t, MI_HOLDS(p.relation, x, y))
MI_PAIRS(mi_compare_float32, mi_compare_parameters, p.shape, float, float, int8_t, MI_HOLDS(p.relation, x, y))
MI_PAIRS(mi_logical_and, mi_broadcast, p, int8_t, int8_t, int8_t, x &&y)
MI_PAIRS(mi_logical_or, mi_broadcast, p, int8_t, int8_t, int8_t, x || y)

void mi_logical_not(uint16_t count, const int8_t *input, int8_t *output) {
    do *output++ = !*input++;
    while (--count);
}
