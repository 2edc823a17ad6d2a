/* SVDF of real numbers: the state moves on by one, takes the features in, and is weighed over time. */
#include "float_layers.h"

enum { RELU = 1, RELU_N1_TO_1, RELU6 };

/* As fmax and fmin do it: what is no number becomes a bound. */
static float activated(float value, uint8_t activation) {
    if (activation == RELU6) value = value < 6.0f ? value : 6.0f;
    if (activation == RELU_N1_TO_1) {
        value = value < 1.0f ? value : 1.0f;
        return value > -1.0f ? value : -1.0f;
    }
    return !activation || value > 0.0f ? value : 0.0f;
}

void mi_svdf_float(const mi_svdf_float_parameters *parameters, const float *input, float *state, float *output) {
    mi_svdf_float_parameters p;
    uint16_t i, f, u, moved;

    flash_copy(&p, parameters, sizeof p);
    moved = (uint16_t)(p.batch * p.units * p.rank * p.memory - 1);
    for (i = 0; i < moved; ++i) state[i] = state[i + 1];
    for (; p.batch; --p.batch) {
        const uint8_t *at = p.weights;
        float *newest = state + p.memory - 1;
        for (f = (uint16_t)(p.units * p.rank); f; --f) {
            float total = 0.0f;
            for (i = 0; i < p.inputs; ++i) total += flash_next_float(&at) * input[i];
            *newest = total;
            newest += p.memory;
        }
        for (u = p.units; u; --u) {
            float made = flash_next_float(&at);
            for (f = p.rank; f; --f) {
                float total = 0.0f;
                for (i = p.memory; i; --i) total += flash_next_float(&at) * *state++;
                made += total;
            }
            *output++ = activated(made, p.activation);
        }
        input += p.inputs;
    }
}
