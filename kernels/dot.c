/* Sums of products of int8 weights in flash and int8 activations, and what becomes of each.
 *
 * On AVR a product and its sum take 12 cycles: load, load from flash, multiply, and four additions, of
 * which the last two add the sign that the multiplication leaves in the carry.
 */
#include "dot.h"

#include "fixed_point.h"

#if defined(__AVR__)
#define MI_STEP                          \
    "ld %[x], X+\n\t"                    \
    "lpm %[w], Z+\n\t"                   \
    "muls %[x], %[w]\n\t"                \
    "sbc %[w], %[w]\n\t"                 \
    "add %A[sum], r0\n\t"                \
    "adc %B[sum], r1\n\t"                \
    "adc %C[sum], %[w]\n\t"              \
    "adc %D[sum], %[w]\n\t"
#endif

/* sum + weights[0] * x[0] + ... + weights[count - 1] * x[count - 1]; advances past the weights. */
MI_INLINE int32_t dot(int32_t sum, const int8_t *x, const uint8_t **weights, uint16_t count) {
#if defined(__AVR__)
    uint16_t quads = count >> 2;
    uint8_t rest = (uint8_t)count & 3, a, b;
    if (quads) {
        __asm__ volatile(
            "1:\n\t" MI_STEP MI_STEP MI_STEP MI_STEP
            "sbiw %[n], 1\n\t"
            "brne 1b\n\t"
            "clr __zero_reg__"
            : [sum] "+r"(sum), "+x"(x), "+z"(*weights), [n] "+w"(quads), [x] "=&d"(a), [w] "=&d"(b)
            :
            : "memory");
    }
    if (rest) {
        __asm__ volatile(
            "1:\n\t" MI_STEP
            "dec %[n]\n\t"
            "brne 1b\n\t"
            "clr __zero_reg__"
            : [sum] "+r"(sum), "+x"(x), "+z"(*weights), [n] "+r"(rest), [x] "=&d"(a), [w] "=&d"(b)
            :
            : "memory");
    }
    return sum;
#else
    const uint8_t *w = *weights;
    uint32_t bits = (uint32_t)sum;
    while (count--) bits += (uint32_t)((int32_t)flash_next_i8(&w) * *x++);
    *weights = w;
    return (int32_t)bits;
#endif
}

/* The same over activations that lie `stride` apart. */
MI_INLINE int32_t dot_strided(int32_t sum, const int8_t *x, uint16_t stride, const uint8_t **weights,
                              uint16_t count) {
#if defined(__AVR__)
    uint8_t a, b, n = (uint8_t)count, blocks = (uint8_t)((count + 255u) >> 8);
    __asm__ volatile(
        "1:\n\t"
        "ld %[x], X\n\t"
        "add r26, %A[stride]\n\t"
        "adc r27, %B[stride]\n\t"
        "lpm %[w], Z+\n\t"
        "muls %[x], %[w]\n\t"
        "sbc %[w], %[w]\n\t"
        "add %A[sum], r0\n\t"
        "adc %B[sum], r1\n\t"
        "adc %C[sum], %[w]\n\t"
        "adc %D[sum], %[w]\n\t"
        "dec %[n]\n\t"
        "brne 1b\n\t"
        "dec %[blocks]\n\t"
        "brne 1b\n\t"
        "clr __zero_reg__"
        : [sum] "+r"(sum), "+x"(x), "+z"(*weights), [n] "+r"(n), [blocks] "+r"(blocks), [x] "=&d"(a),
          [w] "=&d"(b)
        : [stride] "r"(stride)
        : "memory");
    return sum;
#else
    const uint8_t *w = *weights;
    uint32_t bits = (uint32_t)sum;
    uint16_t i;
    for (i = 0; i < count; ++i) bits += (uint32_t)((int32_t)flash_next_i8(&w) * x[(uint32_t)i * stride]);
    *weights = w;
    return (int32_t)bits;
#endif
}


/* Through X, because Z leads through the weights. */
MI_INLINE void store(int8_t **to, int8_t value) {
#if defined(__AVR__)
    __asm__ volatile("st %a0+, %1" : "+x"(*to) : "r"(value) : "memory");
#else
    *(*to)++ = value;
#endif
}

const uint8_t *mi_dot_channels(const int8_t *x, uint16_t taps, uint16_t channels, const uint8_t *at,
                               const mi_clamp *clamp, int8_t *output) {
    int16_t low = clamp->low, high = clamp->high;
    int8_t zero_point = clamp->zero_point;
    do {
        int32_t sum = flash_next_i32(&at);
        sum = dot(sum, x, &at, taps);
        store(&output, clamp_to_int8(requantise(sum, &at), low, high, zero_point));
    } while (--channels);
    return at;
}

void mi_dot_depthwise(const int8_t *x, uint16_t stride, uint16_t taps, uint16_t multiplier, const uint8_t *at,
                      const mi_clamp *clamp, int8_t *output) {
    uint16_t channels = stride;
    int16_t low = clamp->low, high = clamp->high;
    int8_t zero_point = clamp->zero_point;
    do {
        uint16_t copy = multiplier;
        do {
            int32_t sum = flash_next_i32(&at);
            sum = dot_strided(sum, x, stride, &at, taps);
            store(&output, clamp_to_int8(requantise(sum, &at), low, high, zero_point));
        } while (--copy);
        ++x;
    } while (--channels);
}
