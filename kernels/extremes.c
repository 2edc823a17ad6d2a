/* The largest or the least along axes, where it stands, and sums of reals and of int16 over axes. */
#include "fixed_point.h"
#include "float_layers.h"

/* Steps the indices of the outer axes in use, the last one fastest; 0 when all have gone round. */
static uint8_t next_axis(uint8_t outer, uint16_t *index, const uint16_t *size, const uint16_t *stride, uint16_t *at) {
    uint8_t axis = 3;
    for (; outer; --outer) {
        --axis;
        *at = (uint16_t)(*at + stride[axis]);
        if (++index[axis] < size[axis]) return 1;
        *at = (uint16_t)(*at - stride[axis] * size[axis]);
        index[axis] = 0;
    }
    return 0;
}

/* A kernel over the elements of each output: `start`, what `step` makes of total and x, and the `result`. */
#define MI_OVER(name, ITEM, TOTAL, start, step, result)                                        \
    void name(const mi_over_parameters *parameters, const ITEM *input, ITEM *output) {         \
        mi_over_parameters p;                                                                  \
        uint16_t kept[3] = {0, 0, 0}, first = 0;                                               \
                                                                                               \
        flash_copy(&p, parameters, sizeof p);                                                  \
        do {                                                                                   \
            uint16_t begin = first, last = p.kept_size[3];                                     \
            do {                                                                               \
                uint16_t reduced[3] = {0, 0, 0}, at = begin;                                   \
                TOTAL total = (start);                                                         \
                do {                                                                           \
                    uint16_t from = at, count = p.reduced_size[3];                             \
                    do {                                                                       \
                        const ITEM x = input[from];                                            \
                        total = (step);                                                        \
                        from = (uint16_t)(from + p.reduced_stride[3]);                         \
                    } while (--count);                                                         \
                } while (next_axis(p.reduced_outer, reduced, p.reduced_size, p.reduced_stride, &at)); \
                *output++ = (result);                                                          \
                begin = (uint16_t)(begin + p.kept_stride[3]);                                  \
            } while (--last);                                                                  \
        } while (next_axis(p.kept_outer, kept, p.kept_size, p.kept_stride, &first));           \
    }

/* Largest finite numbers: where infinities are held. */
#define MOST 3.402823466e38f

static int16_t rescaled(const mi_over_parameters *p, int32_t total) {
    total = wrap_int32((uint32_t)total + (uint32_t)p->bias);
    total = wrap_int32((uint32_t)mi_multiply(total, p->multiplier, p->shift) + (uint32_t)(int32_t)p->zero_point);
    return (int16_t)(total < INT16_MIN ? INT16_MIN : total > INT16_MAX ? INT16_MAX : total);
}

MI_OVER(mi_largest_int8, int8_t, int8_t, INT8_MIN, x > total ? x : total, total)
MI_OVER(mi_least_int8, int8_t, int8_t, INT8_MAX, x < total ? x : total, total)
MI_OVER(mi_largest_float, float, float, -MOST, x > total ? x : total, total)
MI_OVER(mi_least_float, float, float, MOST, x < total ? x : total, total)
MI_OVER(mi_all, int8_t, int8_t, 1, total && x, total)
MI_OVER(mi_mean_float, float, float, 0.0f, total + x, total / p.divisor)
MI_OVER(mi_mean_int16, int16_t, int32_t, 0, wrap_int32((uint32_t)total + (uint32_t)(int32_t)x), rescaled(&p, total))

/* Of equal numbers the first stays, and what is no number is neither larger nor less. */
#define MI_WHERE(name, ITEM)                                                             \
    void name(const mi_where_parameters *parameters, const ITEM *input, int32_t *output) { \
        mi_where_parameters p;                                                           \
        uint16_t inner, k;                                                               \
                                                                                         \
        flash_copy(&p, parameters, sizeof p);                                            \
        for (; p.outer; --p.outer) {                                                     \
            for (inner = 0; inner < p.inner; ++inner) {                                  \
                const ITEM *at = input + inner;                                          \
                ITEM best = *at;                                                         \
                uint16_t found = 0;                                                      \
                for (k = 1; k < p.count; ++k) {                                          \
                    at += p.inner;                                                       \
                    if (p.least ? *at < best : *at > best) {                             \
                        best = *at;                                                      \
                        found = k;                                                       \
                    }                                                                    \
                }                                                                        \
                *output++ = found;                                                       \
            }                                                                            \
            input += (unsigned)p.count * p.inner;                                        \
        }                                                                                \
    }

MI_WHERE(mi_where_int8, int8_t)
MI_WHERE(mi_where_float, float)
