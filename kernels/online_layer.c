/* A layer that learns: a step down the gradient for each sample, in real numbers.
 *
 * Nothing but sums, products and quotients, each rounded, in one order: its bits are the same on every machine.
 * Sums begin with the bias. */
#include "float_layers.h"

#define SMALLEST (-80.0f)

/* e to the x, which is not above 0: 2 to a whole number times a polynomial of what is left. */
static MI_NOINLINE float exponential(float x) {
    union {
        float value;
        int32_t bits;
    } power;
    int16_t whole;

    if (!(x > SMALLEST)) return 0.0f;
    whole = (int16_t)(x * 1.44269504f - 0.5f);
    x = x - (float)whole * 0.693359375f;
    x = x + (float)whole * 2.12194440e-4f;
    power.value = 1.38888889e-3f;
    power.value = power.value * x + 8.33333333e-3f;
    power.value = power.value * x + 4.16666667e-2f;
    power.value = power.value * x + 1.66666667e-1f;
    power.value = power.value * x + 0.5f;
    power.value = power.value * x + 1.0f;
    power.value = power.value * x + 1.0f;
    power.bits += (int32_t)whole * 8388608;
    return power.value;
}

void mi_online_layer_predict(const mi_online_layer_parameters *parameters, const int8_t *features,
                             const float *weights, float *real, float *outputs) {
    mi_online_layer_parameters p;
    uint16_t i;

    flash_copy(&p, parameters, sizeof p);
    for (i = 0; i < p.inputs; ++i) real[i] = (float)(int16_t)(features[i] - p.zero_point) * p.scale;
    for (; p.outputs; --p.outputs) {
        float total = *weights++;
        for (i = 0; i < p.inputs; ++i) total += real[i] * *weights++;
        *outputs++ = total;
    }
}

void mi_online_layer_probabilities(uint16_t count, float *outputs) {
    float most = outputs[0], sum = 0.0f;
    uint16_t i;

    for (i = 1; i < count; ++i) {
        if (outputs[i] > most) most = outputs[i];
    }
    for (i = 0; i < count; ++i) {
        outputs[i] = exponential(outputs[i] - most);
        sum += outputs[i];
    }
    for (i = 0; i < count; ++i) outputs[i] = outputs[i] / sum;
}

void mi_online_layer_learn(const mi_online_layer_parameters *parameters, const float *real, const float *errors,
                           float *weights) {
    mi_online_layer_parameters p;
    uint16_t i;

    flash_copy(&p, parameters, sizeof p);
    for (; p.outputs; --p.outputs) {
        const float step = p.rate * *errors++;
        *weights++ -= step;
        for (i = 0; i < p.inputs; ++i) *weights++ -= step * real[i];
    }
}
