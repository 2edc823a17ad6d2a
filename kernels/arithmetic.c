/* ADD, SUB, MUL, MAXIMUM and MINIMUM, with broadcasting: six nested loops over the output, of which
 * those that a model does not need have one turn. */
#include "fixed_point.h"
#include "kernels.h"

typedef struct {
    const int8_t *at_1, *at_2;
    uint16_t index[5];
} position;

MI_INLINE int8_t value_at(const int8_t *at, uint8_t constant) { return constant ? flash_i8(at) : *at; }

/* Steps the outer loops; 0 when all have gone round. */
static uint8_t next_run(position *now, const mi_broadcast *shape) {
    uint8_t axis = 5, left;
    for (left = shape->outer; left; --left) {
        uint16_t size;
        --axis;
        size = shape->size[axis];
        now->at_1 += shape->stride_1[axis];
        now->at_2 += shape->stride_2[axis];
        if (++now->index[axis] < size) return 1;
        now->at_1 -= (unsigned)shape->stride_1[axis] * size;
        now->at_2 -= (unsigned)shape->stride_2[axis] * size;
        now->index[axis] = 0;
    }
    return 0;
}

MI_INLINE position begin(const int8_t *input_1, const int8_t *input_2) {
    position now = {input_1, input_2, {0, 0, 0, 0, 0}};
    return now;
}

/* An addend with 20 fraction bits. */
static int32_t rescaled(const mi_addend *p, int8_t value) {
    int16_t x = (int16_t)((int16_t)(value - p->zero_point) * p->unit);
    uint32_t twice = p->twice;
    int32_t sum = multiply_24x8(x, (uint8_t)twice);
    sum = multiply_add_24x8(sum, x, (uint8_t)(twice >> 8)) + 0x80;
    sum = multiply_add_24x8(sum, x, (uint8_t)(twice >> 16));
    sum += multiply_24x8(x, (uint8_t)(twice >> 24)) * 256;
    if (sum < 0) --sum;
    return multiply_24x8(sum >> 8, p->power) + ((uint16_t)((uint8_t)sum * p->power + 0x80u) >> 8);
}

/* x / 2^exponent to the nearest, halves away from zero, for exponents 18 to 33; `power` is 2^(33 - exponent). */
MI_INLINE int16_t shifted(int32_t x, uint16_t power) {
    int16_t doubled;
    if (x < 0) --x;
    doubled = (int16_t)((int32_t)(int16_t)(x >> 16) * (int32_t)power >> 16);
    return (int16_t)((doubled >> 1) + (doubled & 1));
}

void mi_add(const mi_add_parameters *parameters, const int8_t *input_1, const int8_t *input_2,
            int8_t *output) {
    mi_add_parameters p;
    position now = begin(input_1, input_2);

    flash_copy(&p, parameters, sizeof p);
    do {
        const int8_t *at_1 = now.at_1, *at_2 = now.at_2;
        uint16_t count = p.shape.size[5];
        do {
            int32_t sum = rescaled(&p.addend_1, value_at(at_1, p.shape.constant_1));
            int32_t other = rescaled(&p.addend_2, value_at(at_2, p.shape.constant_2));
            sum = mi_doubling_high_multiply(p.subtract ? sum - other : sum + other, p.multiplier);
            *output++ = clamp_to_int8(shifted(sum, p.power), p.clamp.low, p.clamp.high, p.clamp.zero_point);
            at_1 += p.shape.stride_1[5];
            at_2 += p.shape.stride_2[5];
        } while (--count);
    } while (next_run(&now, &p.shape));
}

void mi_add_any(const mi_add_any_parameters *parameters, const int8_t *input_1, const int8_t *input_2,
                int8_t *output) {
    mi_add_any_parameters p;
    position now = begin(input_1, input_2);

    flash_copy(&p, parameters, sizeof p);
    do {
        const int8_t *at_1 = now.at_1, *at_2 = now.at_2;
        uint16_t count = p.shape.size[5];
        do {
            int32_t a = (int32_t)(value_at(at_1, p.shape.constant_1) - p.zero_point_1) * (1L << 20);
            int32_t b = (int32_t)(value_at(at_2, p.shape.constant_2) - p.zero_point_2) * (1L << 20);
            a = mi_multiply(a, p.multiplier_1, p.shift_1);
            b = mi_multiply(b, p.multiplier_2, p.shift_2);
            a = mi_multiply(p.subtract ? a - b : a + b, p.multiplier_out, p.shift_out);
            if (a < p.clamp.low) a = p.clamp.low;
            if (a > p.clamp.high) a = p.clamp.high;
            *output++ = (int8_t)(a + p.clamp.zero_point);
            at_1 += p.shape.stride_1[5];
            at_2 += p.shape.stride_2[5];
        } while (--count);
    } while (next_run(&now, &p.shape));
}

void mi_mul(const mi_mul_parameters *parameters, const int8_t *input_1, const int8_t *input_2,
            int8_t *output) {
    mi_mul_parameters p;
    position now = begin(input_1, input_2);

    flash_copy(&p, parameters, sizeof p);
    do {
        const int8_t *at_1 = now.at_1, *at_2 = now.at_2;
        uint16_t count = p.shape.size[5];
        do {
            const uint8_t *record = p.record;
            int16_t a = (int16_t)(value_at(at_1, p.shape.constant_1) - p.zero_point_1);
            int16_t b = (int16_t)(value_at(at_2, p.shape.constant_2) - p.zero_point_2);
            *output++ = clamp_to_int8(requantise((int32_t)a * b, &record), p.clamp.low, p.clamp.high,
                                      p.clamp.zero_point);
            at_1 += p.shape.stride_1[5];
            at_2 += p.shape.stride_2[5];
        } while (--count);
    } while (next_run(&now, &p.shape));
}

void mi_maximum(const mi_broadcast *parameters, const int8_t *input_1, const int8_t *input_2,
                int8_t *output) {
    mi_broadcast p;
    position now = begin(input_1, input_2);

    flash_copy(&p, parameters, sizeof p);
    do {
        const int8_t *at_1 = now.at_1, *at_2 = now.at_2;
        uint16_t count = p.size[5];
        do {
            int8_t a = value_at(at_1, p.constant_1), b = value_at(at_2, p.constant_2);
            *output++ = a > b ? a : b;
            at_1 += p.stride_1[5];
            at_2 += p.stride_2[5];
        } while (--count);
    } while (next_run(&now, &p));
}

void mi_minimum(const mi_broadcast *parameters, const int8_t *input_1, const int8_t *input_2,
                int8_t *output) {
    mi_broadcast p;
    position now = begin(input_1, input_2);

    flash_copy(&p, parameters, sizeof p);
    do {
        const int8_t *at_1 = now.at_1, *at_2 = now.at_2;
        uint16_t count = p.size[5];
        do {
            int8_t a = value_at(at_1, p.constant_1), b = value_at(at_2, p.constant_2);
            *output++ = a < b ? a : b;
            at_1 += p.stride_1[5];
            at_2 += p.stride_2[5];
        } while (--count);
    } while (next_run(&now, &p));
}
