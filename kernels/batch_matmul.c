/* BATCH_MATMUL: rows of the one by columns of the other, which may be constants, with steps for each. */
#include "broadcast.h"
#include "fixed_point.h"
#include "float_layers.h"
#include "wide_sums.h"

MI_INLINE int32_t held(int32_t value, int32_t low, int32_t high) {
    value = value < low ? low : value;
    return value > high ? high : value;
}

/* `step` takes x and y into total. */
#define MI_MATRICES(name, ITEM, TOTAL, step, result)                                                              \
    void name(const mi_batch_matmul_parameters *parameters, const ITEM *input_1, const ITEM *input_2,            \
              ITEM *output) {                                                                                     \
        mi_batch_matmul_parameters p;                                                                             \
        uint16_t first, second, third, row, column, k;                                                            \
                                                                                                                  \
        flash_copy(&p, parameters, sizeof p);                                                                     \
        for (first = 0; first < p.size[0]; ++first) {                                                             \
            for (second = 0; second < p.size[1]; ++second) {                                                      \
                for (third = 0; third < p.size[2]; ++third) {                                                     \
                    const ITEM *left = input_1 + (unsigned)first * p.batch_1[0] + (unsigned)second * p.batch_1[1] + \
                                       (unsigned)third * p.batch_1[2];                                            \
                    const ITEM *right = input_2 + (unsigned)first * p.batch_2[0] + (unsigned)second * p.batch_2[1] + \
                                        (unsigned)third * p.batch_2[2];                                           \
                    for (row = 0; row < p.rows; ++row) {                                                          \
                        for (column = 0; column < p.columns; ++column) {                                          \
                            const uint8_t *at_1 = (const uint8_t *)(left + (unsigned)row * p.row_1);              \
                            const uint8_t *at_2 = (const uint8_t *)(right + (unsigned)column * p.column_2);       \
                            TOTAL total = 0;                                                                      \
                            for (k = p.depth; k; --k) {                                                           \
                                ITEM x, y;                                                                        \
                                mi_take(&x, at_1, p.constant_1, sizeof x);                                        \
                                mi_take(&y, at_2, p.constant_2, sizeof y);                                        \
                                step;                                                                             \
                                at_1 += (unsigned)p.depth_1 * sizeof x;                                           \
                                at_2 += (unsigned)p.depth_2 * sizeof y;                                           \
                            }                                                                                     \
                            *output++ = (result);                                                                 \
                        }                                                                                         \
                    }                                                                                             \
                }                                                                                                 \
            }                                                                                                     \
        }                                                                                                         \
    }

static int8_t byte_of(const mi_batch_matmul_parameters *p, uint32_t total) {
    const int32_t value = mi_multiply(wrap_int32(total), p->multiplier, p->shift);
    return (int8_t)held(wrap_int32((uint32_t)value + (uint32_t)(int32_t)p->zero_point), INT8_MIN, INT8_MAX);
}

MI_MATRICES(mi_batch_matmul_int8, int8_t, uint32_t,
            total += (uint32_t)((int32_t)(x - p.zero_point_1) * (y - p.zero_point_2)), byte_of(&p, total))
MI_MATRICES(mi_batch_matmul_int16, int16_t, int64_t, total += (int32_t)x * y,
            (int16_t)held(mi_wide_rescaled(total, (int16_t)p.multiplier, (uint8_t)p.shift), INT16_MIN, INT16_MAX))
MI_MATRICES(mi_batch_matmul_float, float, float, total += x * y, total)
