/* The arithmetic of fixed_point.h that is too long to be inlined. */
#include "fixed_point.h"

#if defined(__AVR__)
/* Adds a * (byte of b) to four running bytes and a new fifth; the next byte of b finds them one further. */
#define MI_ROW(factor, p0, p1, p2, p3, p4)  \
    "clr " p4 "\n\t"                        \
    "mul %A[a], " factor "\n\t"             \
    "add " p0 ", r0\n\t"                    \
    "adc " p1 ", r1\n\t"                    \
    "adc " p2 ", %[zero]\n\t"               \
    "adc " p3 ", %[zero]\n\t"               \
    "adc " p4 ", %[zero]\n\t"               \
    "mul %B[a], " factor "\n\t"             \
    "add " p1 ", r0\n\t"                    \
    "adc " p2 ", r1\n\t"                    \
    "adc " p3 ", %[zero]\n\t"               \
    "adc " p4 ", %[zero]\n\t"               \
    "mul %C[a], " factor "\n\t"             \
    "add " p2 ", r0\n\t"                    \
    "adc " p3 ", r1\n\t"                    \
    "adc " p4 ", %[zero]\n\t"               \
    "mul %D[a], " factor "\n\t"             \
    "add " p3 ", r0\n\t"                    \
    "adc " p4 ", r1\n\t"

/* The high word of the product of 32 bits each, with halves rounded up. */
static uint32_t high_product(uint32_t a, uint32_t b) {
    uint32_t high;
    uint8_t low, zero;
    __asm__("clr %[zero]\n\t"
            "clr %B[high]\n\t"
            "clr %C[high]\n\t"
            "clr %D[high]\n\t"
            "clr %[low]\n\t" MI_ROW("%A[b]", "%B[high]", "%C[high]", "%D[high]", "%[low]", "%A[high]")
                MI_ROW("%B[b]", "%C[high]", "%D[high]", "%[low]", "%A[high]", "%B[high]")
                    MI_ROW("%C[b]", "%D[high]", "%[low]", "%A[high]", "%B[high]", "%C[high]")
                        MI_ROW("%D[b]", "%[low]", "%A[high]", "%B[high]", "%C[high]", "%D[high]")
            "lsl %[low]\n\t"
            "adc %A[high], %[zero]\n\t"
            "adc %B[high], %[zero]\n\t"
            "adc %C[high], %[zero]\n\t"
            "adc %D[high], %[zero]\n\t"
            "clr __zero_reg__"
            : [high] "=&r"(high), [low] "=&r"(low), [zero] "=&r"(zero)
            : [a] "r"(a), [b] "r"(b));
    return high;
}
#endif

int32_t mi_doubling_high_multiply(int32_t a, int32_t b) {
#if defined(__AVR__)
    uint32_t twice = (uint32_t)b << 1;
    uint32_t high = high_product((uint32_t)a, twice);
    return wrap_int32(a < 0 ? high - twice : high);
#else
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
#endif
}

int32_t mi_rounding_shift(int32_t x, uint8_t exponent) {
    if (exponent == 0) return x;
    x = shift_right(x < 0 ? wrap_int32((uint32_t)x - 1u) : x, (uint8_t)(exponent - 1));
    return (x >> 1) + (x & 1);
}

int32_t mi_multiply(int32_t x, int32_t multiplier, int8_t shift) {
    if (shift > 0) {
        uint32_t bits = (uint32_t)x;
        while (shift--) bits <<= 1;
        return mi_doubling_high_multiply(wrap_int32(bits), multiplier);
    }
    return mi_rounding_shift(mi_doubling_high_multiply(x, multiplier), (uint8_t)-shift);
}
