/* Two integers and one result: int32 as it is, int16 and int64 larger or less. Sums and products wrap. */
#include "broadcast.h"
#include "fixed_point.h"

static int32_t bounded(int32_t value, const mi_pairs_int32_parameters *p) {
    value = value < p->low ? p->low : value;
    return value > p->high ? p->high : value;
}

/* Towards zero; the least number by -1 stays itself, and nothing is divided by 0. */
static int32_t quotient(int32_t x, int32_t y) {
    if (y == 0) return x;
    return y == -1 ? wrap_int32(0u - (uint32_t)x) : x / y;
}

static int32_t squared(uint32_t difference) { return wrap_int32(difference * difference); }

#define MI_BOUNDED(name, result) \
    MI_PAIRS(name, mi_pairs_int32_parameters, p.shape, int32_t, int32_t, int32_t, bounded(result, &p))

MI_BOUNDED(mi_add_int32, wrap_int32((uint32_t)x + (uint32_t)y))
MI_BOUNDED(mi_subtract_int32, wrap_int32((uint32_t)x - (uint32_t)y))
MI_BOUNDED(mi_multiply_int32, wrap_int32((uint32_t)x *(uint32_t)y))
MI_BOUNDED(mi_divide_int32, quotient(x, y))
MI_PAIRS(mi_squared_difference_int32, mi_broadcast, p, int32_t, int32_t, int32_t, squared((uint32_t)x - (uint32_t)y))
MI_PAIRS(mi_maximum_int16, mi_broadcast, p, int16_t, int16_t, int16_t, x > y ? x : y)
MI_PAIRS(mi_minimum_int16, mi_broadcast, p, int16_t, int16_t, int16_t, x < y ? x : y)
MI_PAIRS(mi_maximum_int32, mi_broadcast, p, int32_t, int32_t, int32_t, x > y ? x : y)
MI_PAIRS(mi_minimum_int32, mi_broadcast, p, int32_t, int32_t, int32_t, x < y ? x : y)
MI_PAIRS(mi_maximum_int64, mi_broadcast, p, int64_t, int64_t, int64_t, x > y ? x : y)
MI_PAIRS(mi_minimum_int64, mi_broadcast, p, int64_t, int64_t, int64_t, x < y ? x : y)
