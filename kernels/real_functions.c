/* Functions of one real number, with the bits of every correctly rounded step; exponentials, logarithms and
 * functions of angles are the C library's. */
#include "float_layers.h"

#include <math.h>

#define MI_FUNCTION(name, result)                                             \
    void name(uint16_t count, const float *input, float *output) {            \
        do {                                                                  \
            const float x = *input++;                                         \
            *output++ = (result);                                             \
        } while (--count);                                                    \
    }

/* Halves go to the even neighbour; what lies between -1/2 and 0 becomes 0 without a sign. */
static float nearest(float x) {
    const float below = floorf(x);
    const float rest = x - below, half = below * 0.5f;

    if (rest < 0.5f || (rest == 0.5f && floorf(half) == half)) return below;
    return below + 1.0f;
}

MI_FUNCTION(mi_negate_float, -x)
MI_FUNCTION(mi_magnitude_float, fabsf(x))
MI_FUNCTION(mi_square_float, x * x)
MI_FUNCTION(mi_root_float, sqrtf(x))
MI_FUNCTION(mi_inverse_root_float, 1.0f / sqrtf(x))
MI_FUNCTION(mi_floor_float, floorf(x))
MI_FUNCTION(mi_ceiling_float, ceilf(x))
MI_FUNCTION(mi_round_float, nearest(x))
MI_FUNCTION(mi_exponential_float, expf(x))
MI_FUNCTION(mi_logarithm_float, logf(x))
MI_FUNCTION(mi_sine_float, sinf(x))
MI_FUNCTION(mi_cosine_float, cosf(x))
