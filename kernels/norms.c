/* L2_NORMALIZATION along the last axis, LOG_SOFTMAX there, and L2_POOL_2D. */
#include <math.h>

#include "exponential.h"
#include "float_layers.h"

void mi_l2_normalize_float(uint16_t rows, uint16_t depth, const float *input, float *output) {
    uint16_t i;
    for (; rows; --rows) {
        float norm = 0.0f;
        for (i = 0; i < depth; ++i) norm += input[i] * input[i];
        norm = sqrtf(norm);
        if (norm < 1e-6f) norm = 1e-6f;
        for (i = 0; i < depth; ++i) *output++ = *input++ / norm;
    }
}

/* 1 / sqrt(value) as a multiplier, and what it is shifted by to the right: five Newton steps with three integer bits. */
static int32_t inverse_root(uint32_t value, int8_t *shift) {
    int32_t half, x = 1L << 28;
    uint8_t step;

    *shift = 0;
    if ((int32_t)value <= 1) return INT32_MAX;
    *shift = 11;
    for (; value >= 1ul << 29; value /= 4) ++*shift;
    for (; value < 1ul << 27; value *= 4) --*shift;
    half = mi_rounding_shift((int32_t)(value >> 1), 1);
    for (step = 5; step; --step) {
        const int32_t square = mi_doubling_high_multiply(x, x);
        const int32_t cube = saturating_shift_left(mi_doubling_high_multiply(square, x), 6);
        const int32_t grown = mi_doubling_high_multiply((1L << 28) + (1L << 27), x);
        x = saturating_shift_left(grown - mi_doubling_high_multiply(half, cube), 3);
    }
    x = mi_doubling_high_multiply(x, 1518500250L);
    if (*shift >= 0) return x;
    x = wrap_int32((uint32_t)x << -*shift);
    *shift = 0;
    return x;
}

/* The output has a scale of 1/128. */
void mi_l2_normalize_int8(uint16_t rows, uint16_t depth, int8_t zero_point, const int8_t *input, int8_t *output) {
    uint16_t i;
    for (; rows; --rows) {
        uint32_t total = 0;
        int32_t multiplier;
        int8_t right;
        for (i = 0; i < depth; ++i) {
            const int32_t x = input[i] - zero_point;
            total += (uint32_t)(x * x);
        }
        multiplier = inverse_root(total, &right);
        for (i = 0; i < depth; ++i) {
            const int32_t x = mi_multiply(*input++ - zero_point, multiplier, (int8_t)(7 - right));
            *output++ = (int8_t)(x < INT8_MIN ? INT8_MIN : x > INT8_MAX ? INT8_MAX : x);
        }
    }
}

MI_INLINE void inside(int16_t start, uint16_t kernel, uint16_t size, int16_t *first, int16_t *behind) {
    const int32_t end = (int32_t)start + kernel;
    *first = start < 0 ? 0 : start;
    *behind = (int16_t)(end > (int32_t)size ? (int32_t)size : end);
}

void mi_l2_pool_2d_float(const mi_pool_float_parameters *parameters, const float *input, float *output) {
    mi_pool_float_parameters p;
    const mi_window *w = &p.window;
    uint16_t i, j, c;

    flash_copy(&p, parameters, sizeof p);
    for (; p.window.batch; --p.window.batch) {
        for (i = 0; i < w->output_h; ++i) {
            int16_t top, bottom, left, right, y, x;
            inside((int16_t)((int16_t)(i * w->stride_h) - w->pad_h), w->kernel_h, w->input_h, &top, &bottom);
            for (j = 0; j < w->output_w; ++j) {
                float count;
                inside((int16_t)((int16_t)(j * w->stride_w) - w->pad_w), w->kernel_w, w->input_w, &left, &right);
                count = (float)((int32_t)(bottom - top) * (right - left));
                for (c = 0; c < w->input_c; ++c) {
                    float total = 0.0f;
                    for (y = top; y < bottom; ++y) {
                        const float *at = input + ((unsigned)y * w->input_w + (unsigned)left) * w->input_c + c;
                        for (x = left; x < right; ++x, at += w->input_c) total += *at * *at;
                    }
                    *output++ = mi_bounded(sqrtf(total / count), p.bounds);
                }
            }
        }
        input += (unsigned)w->input_h * w->input_w * w->input_c;
    }
}

void mi_log_softmax_float(uint16_t rows, uint16_t depth, const float *input, float *output) {
    uint16_t i;
    for (; rows; --rows) {
        float largest = -3.402823466e38f, total = 0.0f;
        for (i = 0; i < depth; ++i)
            if (largest < input[i]) largest = input[i];
        for (i = 0; i < depth; ++i) total += expf(input[i] - largest);
        total = logf(total);
        for (i = 0; i < depth; ++i) *output++ = *input++ - largest - total;
    }
}

static uint8_t leading_zeros(int32_t x) {
    uint8_t found = 32;
    for (; x > 0; x >>= 1) --found;
    return found;
}

#define times mi_doubling_high_multiply

enum { SUM_BITS = 12, LOG_BITS = 6, INPUT_BITS = 5 };

/* The natural logarithm of x >= 1 with 12 integer bits, with 5 of them: powers of two are split off so that what is
 * left lies about 1, by either of two scalings, and a rational function of that is added. */
static int32_t logarithm(int32_t x) {
    const int32_t root_half = 1518500250L, root_root_half = 1805811301L, quarter = 1L << (31 - LOG_BITS - 2);
    const uint8_t zeros = leading_zeros(x);
    const uint8_t headroom = (uint8_t)(leading_zeros(times(x, root_half)) - 1);
    const int32_t one = saturating_shift_left(times(saturating_shift_left(x, (uint8_t)(zeros - 1)), root_half), 1);
    const int32_t other = saturating_shift_left(x, headroom);
    const int32_t power_1 = (int32_t)(SUM_BITS - zeros) * (1L << (31 - LOG_BITS)) + quarter;
    const int32_t power_2 = (int32_t)(SUM_BITS - headroom) * (1L << (31 - LOG_BITS)) - quarter;
    const int32_t rest = one < other ? one : other, power = power_1 > power_2 ? power_1 : power_2;
    const int64_t both = (int64_t)rest + root_root_half;
    const int32_t middle = (int32_t)((both + (both >= 0 ? 1 : -1)) / 2);
    const int32_t off = wrap_int32(2u * ((uint32_t)rest - (uint32_t)root_root_half));
    const int32_t square = times(off < 0 ? -off : off, off < 0 ? -off : off);
    const int32_t above = wrap_int32((uint32_t)times(off, rest) + (uint32_t)times(times(off, square), 117049297L));
    const int32_t inner = wrap_int32((uint32_t)(1057819769L + off) + (uint32_t)times(square, 127690142L));
    const int32_t below = wrap_int32((uint32_t)times(inner, middle) + (uint32_t)times(off, 638450708L));
    const int32_t share = times(mi_rounding_shift(above, LOG_BITS), one_over_one_plus(below));
    const int32_t found = wrap_int32((uint32_t)times(power, 1488522236L) + (uint32_t)share);
    return saturating_shift_left(found, LOG_BITS - INPUT_BITS);
}

void mi_log_softmax_int8(const mi_log_softmax_parameters *parameters, const int8_t *input, int8_t *output) {
    mi_log_softmax_parameters p;
    uint16_t i;

    flash_copy(&p, parameters, sizeof p);
    for (; p.rows; --p.rows) {
        int16_t largest = INT8_MIN;
        uint32_t total = 0;
        int32_t log, least;
        for (i = 0; i < p.depth; ++i)
            if (input[i] > largest) largest = input[i];
        for (i = 0; i < p.depth; ++i) {
            const uint16_t steps = (uint16_t)(largest - input[i]);
            if (steps < p.steps) {
                const uint8_t *at = p.exponentials + 4u * steps;
                total += (uint32_t)mi_rounding_shift(flash_next_i32(&at), SUM_BITS);
            }
        }
        log = logarithm((int32_t)total);
        least = mi_multiply(wrap_int32((uint32_t)log + 0x80000000u), p.divisor, p.divisor_shift);
        if (least < p.diff_min - 1) least = p.diff_min - 1;
        for (i = 0; i < p.depth; ++i) {
            const int32_t difference = *input++ - largest;
            int32_t steps = INT8_MIN;
            if (difference > least) {
                steps = mi_multiply(difference, p.multiplier, p.shift);
                steps = mi_rounding_shift(wrap_int32((uint32_t)steps - (uint32_t)log), 31 - INPUT_BITS - 4) + 127;
                steps = steps < INT8_MIN ? INT8_MIN : steps > INT8_MAX ? INT8_MAX : steps;
            }
            *output++ = (int8_t)steps;
        }
    }
}
