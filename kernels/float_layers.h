/* What layers of real numbers share. A sum has the bits of its order, and of a product that is rounded before
 * it is added: no compiler may contract the two here. */
#ifndef MICROINFER_FLOAT_LAYERS_H
#define MICROINFER_FLOAT_LAYERS_H

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#include "flash.h"
#include "kernels.h"

MI_INLINE float flash_next_float(const uint8_t **at) {
    union {
        uint32_t bits;
        float value;
    } number;
    number.bits = flash_next_u32(at);
    return number.value;
}

/* What is no number passes. */
MI_INLINE float mi_bounded(float value, mi_bounds bounds) {
    value = value < bounds.low ? bounds.low : value;
    return bounds.high < value ? bounds.high : value;
}

#endif
