/* QUANTIZE between integers of which one is int32. */
#include "fixed_point.h"
#include "kernels.h"

#define MI_REQUANTIZE(name, FROM, TO, LEAST, MOST)                                                        \
    void name(const mi_requantize_parameters *parameters, const FROM *input, TO *output) {                \
        mi_requantize_parameters p;                                                                       \
                                                                                                          \
        flash_copy(&p, parameters, sizeof p);                                                             \
        do {                                                                                              \
            int32_t x = wrap_int32((uint32_t)(int32_t)*input++ - (uint32_t)p.input_zero_point);           \
            x = wrap_int32((uint32_t)mi_multiply(x, p.multiplier, p.shift) + (uint32_t)p.output_zero_point); \
            *output++ = (TO)(x < (LEAST) ? (LEAST) : x > (MOST) ? (MOST) : x);                            \
        } while (--p.count);                                                                              \
    }

MI_REQUANTIZE(mi_requantize_int8_int32, int8_t, int32_t, INT32_MIN, INT32_MAX)
MI_REQUANTIZE(mi_requantize_int16_int32, int16_t, int32_t, INT32_MIN, INT32_MAX)
MI_REQUANTIZE(mi_requantize_int32_int8, int32_t, int8_t, INT8_MIN, INT8_MAX)
MI_REQUANTIZE(mi_requantize_int32_int16, int32_t, int16_t, INT16_MIN, INT16_MAX)
