/* RELU, RELU6, LEAKY_RELU and ABS of int16: numbers on either side of the zero point by a factor each. */
#include "fixed_point.h"
#include "kernels.h"

void mi_rescale_int16(const mi_rescale_int16_parameters *parameters, const int16_t *input, int16_t *output) {
    mi_rescale_int16_parameters p;

    flash_copy(&p, parameters, sizeof p);
    do {
        int32_t x = (int32_t)*input++ - p.zero_point_in;
        if (x >= 0) {
            x = mi_multiply(x, p.multiplier, p.shift);
        } else {
            x = mi_multiply(p.below & 1 ? -x : x, p.multiplier_below, p.shift_below);
            if (p.below & 2) x = wrap_int32(0u - (uint32_t)x);
        }
        x = wrap_int32((uint32_t)x + (uint32_t)(int32_t)p.zero_point);
        x = x < p.low ? p.low : x;
        *output++ = (int16_t)(uint16_t)(uint32_t)(x > p.high ? p.high : x);
    } while (--p.count);
}
