/* SOFTMAX along the last axis. An element's share is the product of its exponential and the scale of its
 * row, shifted to the right by as many bits as the sum asks for; the shift is a multiplication by a power of
 * two, because on AVR it would be a loop. */
#include "exponential.h"
#include "kernels.h"

MI_INLINE int32_t exponential(const mi_softmax_parameters *p, uint8_t steps) {
    const uint8_t *at = p->exponentials + (uint16_t)steps * 4u;
    return flash_next_i32(&at);
}

MI_INLINE int8_t greatest(const int8_t *input, uint16_t depth) {
    int8_t most = *input;
    while (--depth)
        if (*++input > most) most = *input;
    return most;
}

/* The scale of a row: 1 / the sum of its exponentials, and the right shift that belongs to it. */
static int32_t row_scale(const mi_softmax_parameters *p, const int8_t *input, int8_t most, int8_t *shift) {
    uint16_t depth = p->depth;
    int32_t sum = 0;
    do {
        uint8_t steps = (uint8_t)(most - *input++);
        if (steps < p->steps) sum += (int32_t)(((uint32_t)exponential(p, steps) + 0x800u) >> 12);
    } while (--depth);
    return reciprocal(sum, shift);
}

/* share / 2^exponent to the nearest for share >= 0 and exponents 17 to 32; `power` is 2^(33 - exponent). */
MI_INLINE uint16_t scaled(int32_t share, uint16_t power) {
    uint16_t doubled = (uint16_t)((uint32_t)(uint16_t)(share >> 16) * power >> 16);
    return (uint16_t)((doubled + 1u) >> 1);
}

void mi_softmax(const mi_softmax_parameters *parameters, const int8_t *input, int8_t *output) {
    mi_softmax_parameters p;
    uint16_t row;

    flash_copy(&p, parameters, sizeof p);
    for (row = p.rows; row; --row) {
        int8_t most = greatest(input, p.depth), shift;
        int32_t scale = row_scale(&p, input, most, &shift);
        uint16_t depth = p.depth, power = (uint16_t)(shift > 10 ? 0 : 1024u >> shift);
        do {
            uint8_t steps = (uint8_t)(most - *input++);
            uint16_t share = 0;
            if (steps < p.steps)
                share = scaled(mi_doubling_high_multiply(scale, exponential(&p, steps)), power);
            *output++ = (int8_t)(share > 255 ? 127 : (int16_t)share - 128);
        } while (--depth);
    }
}

void mi_softmax_int16(const mi_softmax_parameters *parameters, const int8_t *input, int16_t *output) {
    mi_softmax_parameters p;
    uint16_t row;

    flash_copy(&p, parameters, sizeof p);
    for (row = p.rows; row; --row) {
        int8_t most = greatest(input, p.depth), shift;
        int32_t scale = row_scale(&p, input, most, &shift);
        uint16_t depth = p.depth;
        do {
            uint8_t steps = (uint8_t)(most - *input++);
            int32_t value = 0;
            if (steps < p.steps) {
                value = mi_doubling_high_multiply(scale, exponential(&p, steps));
                value = mi_rounding_shift(value, (uint8_t)(shift + 31 - 16));
            }
            *output++ = (int16_t)(value > 65535L ? 32767 : value - 32768L);
        } while (--depth);
    }
}
