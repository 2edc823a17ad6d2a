/* Activations of real numbers. Exponentials and hyperbolic tangents are the C library's. */
#include "float_layers.h"

#include <math.h>

#define MI_FUNCTION(name, result)                                             \
    void name(uint16_t count, const float *input, float *output) {            \
        do {                                                                  \
            const float x = *input++;                                         \
            *output++ = (result);                                             \
        } while (--count);                                                    \
    }

#if defined(__AVR__)
/* avr-libc has no expm1f. The error of a power rounded to u cancels in (u - 1) / log(u). */
static float power_less_one(float x) {
    const float u = expf(x);
    if (u == 1.0f) return x;
    return u - 1.0f == -1.0f ? -1.0f : (u - 1.0f) * x / logf(u);
}
#else
#define power_less_one expm1f
#endif

/* 1 above the first bound; below the second the exponential is all there is. */
static float logistic(float x) {
    if (x > 16.619047164916992188f) return 1.0f;
    if (x < -9.0f) return expf(x);
    return 1.0f / (1.0f + expf(-x));
}

static float gated(float x) {
    float gate = x + 3.0f;
    gate = gate < 0.0f ? 0.0f : gate;
    gate = 6.0f < gate ? 6.0f : gate;
    return x * gate / 6.0f;
}

MI_FUNCTION(mi_relu_float, x < 0.0f ? 0.0f : x)
MI_FUNCTION(mi_relu6_float, x > 6.0f ? 6.0f : x < 0.0f ? 0.0f : x)
MI_FUNCTION(mi_hard_swish_float, gated(x))
MI_FUNCTION(mi_logistic_float, logistic(x))
MI_FUNCTION(mi_tanh_float, tanhf(x))
MI_FUNCTION(mi_elu_float, x < 0.0f ? power_less_one(x) : x)

void mi_leaky_relu_float(uint16_t count, float alpha, const float *input, float *output) {
    do {
        const float x = *input++;
        *output++ = x > 0.0f ? x : x * alpha;
    } while (--count);
}

void mi_softmax_float(uint16_t rows, uint16_t depth, float beta, const float *input, float *output) {
    uint16_t i;
    for (; rows; --rows) {
        float largest = -3.402823466e38f, total = 0.0f;
        for (i = 0; i < depth; ++i)
            if (largest < input[i]) largest = input[i];
        for (i = 0; i < depth; ++i) {
            output[i] = expf((input[i] - largest) * beta);
            total += output[i];
        }
        for (i = 0; i < depth; ++i) output[i] /= total;
        input += depth;
        output += depth;
    }
}
