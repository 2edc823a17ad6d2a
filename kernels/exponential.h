/* The reciprocal of softmax's sum. The exponentials themselves are a table in flash: with int8 inputs
 * there are 256 of them at most, and one costs thousands of cycles to compute. */
#ifndef MICROINFER_EXPONENTIAL_H
#define MICROINFER_EXPONENTIAL_H

#include "fixed_point.h"

MI_INLINE int32_t saturating_shift_left(int32_t x, uint8_t count) {
    int32_t limit = (int32_t)(0x7fffffffL >> count);
    if (x > limit) return INT32_MAX;
    if (x < -limit) return INT32_MIN;
    return wrap_int32((uint32_t)x << count);
}

/* 1 / (1 + x) for x in [0, 1), both with 31 fraction bits: Newton and Raphson's division, three steps
 * from 48/17 - 32/17 d, as gemmlowp does it. */
static int32_t one_over_one_plus(int32_t x) {
    /* (x + 1) / 2; the sum of 2^31 - 1 and x is positive. */
    int32_t half = (int32_t)(((uint32_t)x + 0x80000000u) >> 1);
    int32_t estimate = 1515870810L + mi_doubling_high_multiply(-1010580540L, half);
    uint8_t step;
    for (step = 3; step; --step) {
        int32_t rest = (1L << 29) - mi_doubling_high_multiply(half, estimate);
        estimate += saturating_shift_left(mi_doubling_high_multiply(rest, estimate), 2);
    }
    return saturating_shift_left(estimate, 1);
}

/* 2^-shift times the result, which has 31 fraction bits, is 1 / x, for x > 0 with 19 fraction bits. */
MI_UNUSED static int32_t reciprocal(int32_t x, int8_t *shift) {
    uint32_t bits = (uint32_t)x;
    *shift = 12;
    while (!(bits & 0x80000000u)) {
        bits <<= 1;
        --*shift;
    }
    return one_over_one_plus((int32_t)(bits - 0x80000000u));
}

#endif
