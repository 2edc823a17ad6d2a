/* CAST: integers keep their low bits, reals lose their fraction and end at the bounds of 32 bits first. */
#include <string.h>

#include "flash.h"
#include "kernels.h"

enum { INT8, UINT8, INT16, UINT16, INT32, UINT32, FLOAT, BOOL };

/* A table would lie in an AVR's RAM. */
static uint8_t bytes_of(uint8_t type) { return type <= UINT8 || type == BOOL ? 1 : type <= UINT16 ? 2 : 4; }

static uint32_t whole_of(float x, uint8_t to) {
    if (!(x == x)) return 0;
    if (to == UINT32) return x >= 4294967296.0f ? UINT32_MAX : x <= 0.0f ? 0 : (uint32_t)x;
    if (x >= 2147483648.0f) return INT32_MAX;
    return x < -2147483648.0f ? 0x80000000u : (uint32_t)(int32_t)x;
}

static uint32_t read_whole(const uint8_t *at, uint8_t from) {
    int16_t half;
    uint32_t word;
    if (from == INT8) return (uint32_t)(int32_t)(int8_t)*at;
    if (bytes_of(from) == 1) return *at;
    if (bytes_of(from) == 2) {
        memcpy(&half, at, 2);
        return from == INT16 ? (uint32_t)(int32_t)half : (uint16_t)half;
    }
    memcpy(&word, at, 4);
    return word;
}

void mi_cast(uint16_t count, uint8_t from, uint8_t to, const void *input, void *output) {
    const uint8_t *at = (const uint8_t *)input;
    uint8_t *y = (uint8_t *)output;
    do {
        uint32_t whole = 0;
        float real = 0.0f;
        if (from == FLOAT)
            memcpy(&real, at, 4);
        else
            whole = read_whole(at, from);
        if (to == FLOAT) {
            if (from != FLOAT) real = from == UINT32 ? (float)whole : (float)(int32_t)whole;
            memcpy(y, &real, 4);
        } else {
            uint8_t byte;
            if (to == BOOL)
                whole = from == FLOAT ? real != 0.0f : whole != 0;
            else if (from == FLOAT)
                whole = whole_of(real, to);
            for (byte = 0; byte < bytes_of(to); ++byte) {
                y[byte] = (uint8_t)whole;
                whole >>= 8;
            }
        }
        at += bytes_of(from);
        y += bytes_of(to);
    } while (--count);
}
