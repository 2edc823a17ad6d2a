/* Fixed-point arithmetic with the roundings of TFLM, for parts that multiply 8 bits at a time.
 *
 * A real factor is multiplier x 2^(shift - 31), 0 <= multiplier < 2^31. A product is rounded twice: to
 * 31 fraction bits with halves upwards, then, after the right shift, with halves away from zero
 * (gemmlowp's SaturatingRoundingDoublingHighMul and RoundingDivideByPOT).
 *
 * `requantise` does that in a time that depends neither on the shift nor on the value, because on AVR a
 * shift by a number known only at run time is a loop of 7 cycles a bit. The accumulator saturates to 24
 * bits first, which changes nothing that the clamp to int8 would not undo, and is multiplied by twice
 * the multiplier byte by byte, lowest first, dropping a byte each time: that leaves the product's top 24
 * bits, rounded. The right shift by e = 1..8 is a multiplication by 2^(8 - e) and the loss of a byte;
 * e = 9..16 loses one more. A channel for which this does not hold is marked when the model is exported
 * and takes the long way.
 */
#ifndef MICROINFER_FIXED_POINT_H
#define MICROINFER_FIXED_POINT_H

#include "flash.h"

/* What a C int32 holds after an overflow. */
MI_INLINE int32_t wrap_int32(uint32_t bits) { return (int32_t)bits; }

MI_INLINE int32_t shift_right(int32_t x, uint8_t count) {
    while (count >= 8) {
        x >>= 8;
        count = (uint8_t)(count - 8);
    }
    while (count) {
        x >>= 1;
        --count;
    }
    return x;
}

/* (accumulator >> 8) + x * factor, for x of 24 bits: fits whenever the accumulator is such a sum. */
MI_INLINE int32_t multiply_add_24x8(int32_t accumulator, int32_t x, uint8_t factor) {
#if defined(__AVR__)
    uint16_t low = (uint16_t)x;
    int8_t high = (int8_t)(x >> 16);
    __asm__("mov %A0, %B0\n\t"
            "mov %B0, %C0\n\t"
            "mov %C0, %D0\n\t"
            "lsl %D0\n\t"
            "sbc %D0, %D0\n\t"
            "mul %A1, %3\n\t"
            "add %A0, r0\n\t"
            "adc %B0, r1\n\t"
            "clr __zero_reg__\n\t"
            "adc %C0, __zero_reg__\n\t"
            "adc %D0, __zero_reg__\n\t"
            "mul %B1, %3\n\t"
            "add %B0, r0\n\t"
            "adc %C0, r1\n\t"
            "clr __zero_reg__\n\t"
            "adc %D0, __zero_reg__\n\t"
            "mulsu %2, %3\n\t"
            "add %C0, r0\n\t"
            "adc %D0, r1\n\t"
            "clr __zero_reg__"
            : "+r"(accumulator)
            : "r"(low), "a"(high), "a"(factor));
    return accumulator;
#else
    return (accumulator >> 8) + x * factor;
#endif
}

/* (a * b + 2^30) >> 31 for b >= 0. */
int32_t mi_doubling_high_multiply(int32_t a, int32_t b);

/* x / 2^exponent to the nearest, halves away from zero. */
int32_t mi_rounding_shift(int32_t x, uint8_t exponent);

/* x * multiplier * 2^(shift - 31); a left shift wraps. */
int32_t mi_multiply(int32_t x, int32_t multiplier, int8_t shift);

/* x * factor, for x of 24 bits. */
MI_INLINE int32_t multiply_24x8(int32_t x, uint8_t factor) {
#if defined(__AVR__)
    uint16_t low = (uint16_t)x;
    int8_t high = (int8_t)(x >> 16);
    int32_t product;
    __asm__("mul %A1, %3\n\t"
            "movw %A0, r0\n\t"
            "mulsu %2, %3\n\t"
            "movw %C0, r0\n\t"
            "mul %B1, %3\n\t"
            "add %B0, r0\n\t"
            "adc %C0, r1\n\t"
            "clr __zero_reg__\n\t"
            "adc %D0, __zero_reg__"
            : "=&r"(product)
            : "r"(low), "a"(high), "a"(factor));
    return product;
#else
    return x * factor;
#endif
}

/* Whether the top byte is but the sign of the one below. */
MI_INLINE uint8_t fits_24_bits(int32_t x) { return (int8_t)(x >> 24) == (int8_t)((int8_t)(x >> 16) >> 7); }

/* The requantised value at a record of flash: twice the multiplier (4 bytes), 2^(8 - e) (1 byte), whether
 * to lose one more byte (1 byte). A zero in the fifth byte marks the long way: the multiplier itself and
 * the shift. Values beyond int16 saturate. Advances past the record. */
MI_INLINE int16_t requantise(int32_t x, const uint8_t **record) {
    const uint8_t *at = *record;
    const uint8_t *tail = at + 4;
    uint8_t power = flash_next_u8(&tail);
    int8_t more = flash_next_i8(&tail);
    int32_t sum;

    *record = tail;
    if (power == 0) {
        x = mi_multiply(x, flash_next_i32(&at), more);
        return x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : (int16_t)x;
    }
    if (!fits_24_bits(x)) x = x < 0 ? -0x800000L : 0x7fffffL;
    sum = multiply_24x8(x, flash_next_u8(&at));
    sum = multiply_add_24x8(sum, x, flash_next_u8(&at));
    sum = multiply_add_24x8(sum, x, flash_next_u8(&at));
    sum = multiply_add_24x8(sum, x, flash_next_u8(&at));
    sum = (sum + 0x80) >> 8;
    if (sum < 0) --sum;
    if (more) sum >>= 8;
    sum = multiply_24x8(sum, power) + 0x80;
    if (!fits_24_bits(sum)) return sum < 0 ? INT16_MIN : INT16_MAX;
    return (int16_t)(sum >> 8);
}

/* The last step of most kernels. `low` and `high` are the bounds of the output less its zero point. */
MI_INLINE int8_t clamp_to_int8(int16_t value, int16_t low, int16_t high, int8_t zero_point) {
    if (value < low) value = low;
    if (value > high) value = high;
    return (int8_t)(uint8_t)((uint16_t)value + (uint16_t)zero_point);
}

#endif
