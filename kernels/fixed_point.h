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

#if defined(__AVR__)
/* One more byte of the multiplier: the accumulator loses its lowest byte, p0 is its new, fifth one. */
#define MI_MULTIPLY_ADD(p0, p1, p2, p3) \
    "mov " p0 ", " p3 "\n\t"            \
    "lsl " p0 "\n\t"                    \
    "sbc " p0 ", " p0 "\n\t"            \
    "lpm %[f], %a[at]+\n\t"             \
    "mul %A[x], %[f]\n\t"             \
    "add " p1 ", r0\n\t"                \
    "adc " p2 ", r1\n\t"                \
    "clr __zero_reg__\n\t"              \
    "adc " p3 ", __zero_reg__\n\t"      \
    "adc " p0 ", __zero_reg__\n\t"      \
    "mul %B[x], %[f]\n\t"             \
    "add " p2 ", r0\n\t"                \
    "adc " p3 ", r1\n\t"                \
    "clr __zero_reg__\n\t"              \
    "adc " p0 ", __zero_reg__\n\t"      \
    "mulsu %[high], %[f]\n\t"           \
    "add " p3 ", r0\n\t"                \
    "adc " p0 ", r1\n\t"                \
    "clr __zero_reg__\n\t"
#endif

/* What `requantise` does with a short record. */
MI_INLINE int16_t requantise_short(int32_t x, uint8_t power, uint8_t more, const uint8_t **record) {
#if defined(__AVR__)
    uint32_t sum;
    uint8_t f, high;
    __asm__(/* x saturated to 24 bits, its third byte in high */
            "mov %[high], %C[x]\n\t"
            "mov %[f], %[high]\n\t"
            "lsl %[f]\n\t"
            "sbc %[f], %[f]\n\t"
            "cp %[f], %D[x]\n\t"
            "breq 3f\n\t"
            "bst %D[x], 7\n\t"
            "lsl %D[x]\n\t"
            "sbc %A[x], %A[x]\n\t"
            "com %A[x]\n\t"
            "mov %B[x], %A[x]\n\t"
            "mov %[high], %A[x]\n\t"
            "lsr %[high]\n\t"
            "bld %[high], 7\n"
            "3:\n\t"
            /* sum = x * lowest byte */
            "lpm %[f], %a[at]+\n\t"
            "mul %A[x], %[f]\n\t"
            "movw %A[sum], r0\n\t"
            "mulsu %[high], %[f]\n\t"
            "movw %C[sum], r0\n\t"
            "mul %B[x], %[f]\n\t"
            "add %B[sum], r0\n\t"
            "adc %C[sum], r1\n\t"
            "clr __zero_reg__\n\t"
            "adc %D[sum], __zero_reg__\n\t"
            /* sum = sum / 256 + x * the others */
            MI_MULTIPLY_ADD("%A[sum]", "%B[sum]", "%C[sum]", "%D[sum]")
            MI_MULTIPLY_ADD("%B[sum]", "%C[sum]", "%D[sum]", "%A[sum]")
            MI_MULTIPLY_ADD("%C[sum]", "%D[sum]", "%A[sum]", "%B[sum]")
            /* rounded, without its lowest byte, D: now C B A */
            "lsl %D[sum]\n\t"
            "adc %A[sum], __zero_reg__\n\t"
            "adc %B[sum], __zero_reg__\n\t"
            "adc %C[sum], __zero_reg__\n\t"
            /* one less if negative */
            "mov %D[sum], %C[sum]\n\t"
            "lsl %D[sum]\n\t"
            "sbc %A[sum], __zero_reg__\n\t"
            "sbc %B[sum], __zero_reg__\n\t"
            "sbc %C[sum], __zero_reg__\n\t"
            /* one byte more to the right */
            "tst %[more]\n\t"
            "breq 1f\n\t"
            "mov %A[sum], %B[sum]\n\t"
            "mov %B[sum], %C[sum]\n\t"
            "lsl %C[sum]\n\t"
            "sbc %C[sum], %C[sum]\n"
            /* times power: high C A D */
            "1:\n\t"
            "mov %[high], %C[sum]\n\t"
            "mov %[f], %[power]\n\t"
            "mul %A[sum], %[f]\n\t"
            "mov %D[sum], r0\n\t"
            "mov %A[sum], r1\n\t"
            "mulsu %[high], %[f]\n\t"
            "mov %C[sum], r0\n\t"
            "mov %[high], r1\n\t"
            "mul %B[sum], %[f]\n\t"
            "add %A[sum], r0\n\t"
            "adc %C[sum], r1\n\t"
            "clr __zero_reg__\n\t"
            "adc %[high], __zero_reg__\n\t"
            /* rounded, without its lowest byte: high C A */
            "lsl %D[sum]\n\t"
            "adc %A[sum], __zero_reg__\n\t"
            "adc %C[sum], __zero_reg__\n\t"
            "adc %[high], __zero_reg__\n\t"
            /* saturated to 16 bits */
            "mov %D[sum], %C[sum]\n\t"
            "lsl %D[sum]\n\t"
            "sbc %D[sum], %D[sum]\n\t"
            "cp %D[sum], %[high]\n\t"
            "breq 2f\n\t"
            "bst %[high], 7\n\t"
            "lsl %[high]\n\t"
            "sbc %A[sum], %A[sum]\n\t"
            "com %A[sum]\n\t"
            "mov %C[sum], %A[sum]\n\t"
            "lsr %C[sum]\n\t"
            "bld %C[sum], 7\n"
            "2:\n\t"
            "mov %B[sum], %C[sum]"
            : [sum] "=&r"(sum), [x] "+r"(x), [f] "=&a"(f), [high] "=&a"(high), [at] "+z"(*record)
            : [power] "r"(power), [more] "r"(more));
    return (int16_t)(uint16_t)sum;
#else
    int32_t sum;
    if (x > 0x7fffffL) x = 0x7fffffL;
    if (x < -0x800000L) x = -0x800000L;
    sum = (int32_t)(((int64_t)x * flash_next_u32(record) + 0x80000000ll) >> 32);
    if (sum < 0) --sum;
    if (more) sum >>= 8;
    sum = (sum * power + 0x80) >> 8;
    return sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : (int16_t)sum;
#endif
}

/* The requantised value at a record of flash: 2^(8 - e) (1 byte), whether to lose one more byte (1 byte),
 * and twice the multiplier (4 bytes). A zero in front marks the long way: the shift and the multiplier
 * itself. Values beyond int16 saturate. Advances past the record. */
MI_INLINE int16_t requantise(int32_t x, const uint8_t **record) {
    uint8_t power = flash_next_u8(record);
    uint8_t more = flash_next_u8(record);

    if (power == 0) {
        x = mi_multiply(x, flash_next_i32(record), (int8_t)more);
        return x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : (int16_t)x;
    }
    return requantise_short(x, power, more, record);
}

/* The last step of most kernels. `low` and `high` are the bounds of the output less its zero point. */
MI_INLINE int8_t clamp_to_int8(int16_t value, int16_t low, int16_t high, int8_t zero_point) {
    if (value < low) value = low;
    if (value > high) value = high;
    return (int8_t)(uint8_t)((uint16_t)value + (uint16_t)zero_point);
}

#endif
