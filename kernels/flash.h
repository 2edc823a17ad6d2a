/* Reading constants: from flash on AVR, where they take another instruction, from memory elsewhere.
 *
 * A constant is an array of bytes marked FLASH. Kernels walk through it with a pointer that the
 * flash_ functions advance; numbers of several bytes are little-endian and need no alignment.
 */
#ifndef MICROINFER_FLASH_H
#define MICROINFER_FLASH_H

#include <stdint.h>

#if defined(__AVR__)
#include <avr/pgmspace.h>
#define FLASH PROGMEM
#else
#define FLASH
#endif

#if defined(__GNUC__)
#define MI_INLINE static inline __attribute__((always_inline, unused))
#define MI_NOINLINE __attribute__((noinline))
#define MI_UNUSED __attribute__((unused))
#else
#define MI_INLINE static inline
#define MI_NOINLINE
#define MI_UNUSED
#endif

/* A pointer into flash that may be followed directly where flash is memory like any other. */
MI_INLINE uint8_t flash_next_u8(const uint8_t **at) {
#if defined(__AVR__)
    uint8_t value;
    __asm__("lpm %0, %a1+" : "=r"(value), "+z"(*at));
    return value;
#else
    return *(*at)++;
#endif
}

MI_INLINE int8_t flash_next_i8(const uint8_t **at) { return (int8_t)flash_next_u8(at); }

MI_INLINE uint32_t flash_next_u32(const uint8_t **at) {
#if defined(__AVR__)
    uint32_t value;
    __asm__("lpm %A0, %a1+\n\tlpm %B0, %a1+\n\tlpm %C0, %a1+\n\tlpm %D0, %a1+" : "=r"(value), "+z"(*at));
    return value;
#else
    const uint8_t *byte = *at;
    *at += 4;
    return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
#endif
}

MI_INLINE int32_t flash_next_i32(const uint8_t **at) { return (int32_t)flash_next_u32(at); }

MI_INLINE int8_t flash_i8(const void *at) {
    const uint8_t *byte = (const uint8_t *)at;
    return flash_next_i8(&byte);
}

/* Copies a structure of parameters out of flash. */
MI_INLINE void flash_copy(void *target, const void *source, uint8_t size) {
    const uint8_t *from = (const uint8_t *)source;
    uint8_t *to = (uint8_t *)target;
    do {
        *to++ = flash_next_u8(&from);
    } while (--size);
}

#endif
