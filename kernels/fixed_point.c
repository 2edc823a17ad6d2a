/* The arithmetic of fixed_point.h that is too long to be inlined. */
#include "fixed_point.h"

/* The high word of a * 2b with halves rounded up. On AVR from 16-bit halves: four hardware
 * multiplications each, where a 64-bit product would take sixteen and carry twice the bytes. */
int32_t mi_doubling_high_multiply(int32_t a, int32_t b) {
#if defined(__AVR__) || defined(MICROINFER_NARROW)
    uint32_t twice = (uint32_t)b << 1;
    uint16_t a_low = (uint16_t)a, b_low = (uint16_t)twice, b_high = (uint16_t)(twice >> 16);
    uint16_t a_high = (uint16_t)((uint32_t)a >> 16);
    uint32_t middle = ((uint32_t)a_low * b_low >> 16) + 0x8000u;
    uint32_t other = (uint32_t)a_high * b_low;
    uint32_t high;

    middle += (uint32_t)a_low * b_high;
    high = (uint32_t)a_high * b_high + (middle >> 16) + (other >> 16);
    high += ((middle & 0xffffu) + (other & 0xffffu)) >> 16;
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
