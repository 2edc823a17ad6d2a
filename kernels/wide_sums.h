/* Sums of products of int16 and int8 in 64 bits, and their rescaling by 16 bits of a factor, as TFLM does it for
 * data of int16. 256 products fit 32 bits: only then is a partial sum added to the whole. */
#ifndef MICROINFER_WIDE_SUMS_H
#define MICROINFER_WIDE_SUMS_H

#include "fixed_point.h"
#include "kernels.h"

typedef struct {
    int64_t total;
    int32_t part;
    uint16_t room;
} mi_wide_sum;

MI_INLINE int64_t flash_next_i64(const uint8_t **at) {
    const uint32_t low = flash_next_u32(at);
    return (int64_t)((uint64_t)flash_next_u32(at) << 32 | low);
}

MI_INLINE mi_wide_sum mi_wide_start(int64_t from) {
    mi_wide_sum sum = {from, 0, 256};
    return sum;
}

/* What 64 bits do not hold wraps. */
MI_INLINE int64_t mi_wide_total(const mi_wide_sum *sum) {
    return (int64_t)((uint64_t)sum->total + (uint64_t)(int64_t)sum->part);
}

MI_INLINE void mi_wide_add(mi_wide_sum *sum, int32_t product) {
    if (!sum->room) *sum = mi_wide_start(mi_wide_total(sum));
    sum->part += product;
    --sum->room;
}

/* `count` weights in flash times as many neighbours. */
MI_INLINE void mi_wide_dot(mi_wide_sum *sum, const int16_t *x, const uint8_t **weights, uint16_t count) {
    const uint8_t *at = *weights;
    while (count) {
        uint16_t turns;
        int32_t part;
        if (!sum->room) *sum = mi_wide_start(mi_wide_total(sum));
        turns = count < sum->room ? count : sum->room;
        sum->room = (uint16_t)(sum->room - turns);
        count = (uint16_t)(count - turns);
        part = sum->part;
        do part += (int32_t)*x++ * flash_next_i8(&at);
        while (--turns);
        sum->part = part;
    }
    *weights = at;
}

/* total * factor / 2^shift, rounded once, halves upwards; the low 32 bits of it. `factor` has 16 bits. */
MI_INLINE int32_t mi_wide_rescaled(int64_t total, int16_t factor, uint8_t shift) {
    const uint64_t product = (uint64_t)total * (uint64_t)(int64_t)factor + ((uint64_t)1 << (shift - 1));
    return wrap_int32((uint32_t)(uint64_t)((int64_t)product >> shift));
}

/* An output of a 64-bit sum, of a factor (int32) and a shift (int8) in flash. */
MI_INLINE int16_t mi_wide_result(const mi_wide_sum *sum, const mi_clamp_int16 *clamp, const uint8_t **at) {
    const int16_t factor = (int16_t)flash_next_i32(at);
    const int32_t value = mi_wide_rescaled(mi_wide_total(sum), factor, flash_next_u8(at));
    return (int16_t)(value < clamp->low ? clamp->low : value > clamp->high ? clamp->high : value);
}

#endif
