/* SOFTMAX of int16 along the last axis: exponentials and reciprocals lie on straight lines between 513 knots. */
#include "fixed_point.h"
#include "kernels.h"

MI_INLINE int32_t within_int16(int32_t x) { return x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x; }

/* Between two knots, for x of int16. */
static int32_t line_through(const uint8_t *knots, int32_t x) {
    uint32_t pair;
    int16_t knot, slope;
    knots += 2u * (uint16_t)(256 + (int16_t)(x >> 7));
    pair = flash_next_u32(&knots);
    knot = (int16_t)(uint16_t)pair;
    slope = (int16_t)(uint16_t)((uint32_t)(pair >> 16) - (uint32_t)(int32_t)knot);
    return knot + (((int32_t)slope * (int16_t)(x & 127) + 64) >> 7);
}

/* The shares of a row by the sum of its powers, in place. A sum has 32 bits, and shares are 0 where it is not
 * above 0. */
static void share(const mi_softmax_of_int16_parameters *p, int32_t total, int16_t *powers) {
    uint16_t k;
    uint8_t headroom = 0;
    int32_t part, scale;
    uint32_t half, bits = (uint32_t)total;

    if (total <= 0) {
        for (k = 0; k < p->depth; ++k) powers[k] = 0;
        return;
    }
    for (; !(bits & 0x80000000u); bits <<= 1) ++headroom;
    part = (int32_t)(((bits >> 1) + (1ul << 13)) >> 14) - 98304L;
    scale = line_through(p->reciprocals, within_int16(part));
    half = 1ul << (31 - headroom) >> 1;
    for (k = 0; k < p->depth; ++k) {
        const uint32_t product = (uint32_t)(int32_t)powers[k] * (uint32_t)scale;
        const int32_t found = wrap_int32(product + half) >> (31 - headroom);
        powers[k] = (int16_t)(found < 0 ? 0 : found > INT16_MAX ? INT16_MAX : found);
    }
}

void mi_softmax_of_int16(const mi_softmax_of_int16_parameters *parameters, const int16_t *input, int16_t *output) {
    mi_softmax_of_int16_parameters p;
    uint16_t k;

    flash_copy(&p, parameters, sizeof p);
    for (; p.rows; --p.rows) {
        int16_t largest = INT16_MIN;
        uint32_t total = 0;
        for (k = 0; k < p.depth; ++k)
            if (input[k] > largest) largest = input[k];
        for (k = 0; k < p.depth; ++k) {
            int32_t power = mi_multiply((int32_t)input[k] - largest, p.multiplier, p.shift);
            power = within_int16(wrap_int32((uint32_t)power + (uint32_t)INT16_MAX));
            power = line_through(p.exponentials, power);
            output[k] = (int16_t)power;
            total += (uint32_t)power;
        }
        share(&p, wrap_int32(total), output);
        input += p.depth;
        output += p.depth;
    }
}
