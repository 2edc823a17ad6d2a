/* A lite residual that learns beside a frozen layer: a convolution of 1 x 1 of the averages of the layer's input,
 * added to its sums. Averages are cut off towards nought, weights to int16 of 8 bits behind the point. */
#include "fixed_point.h"
#include "float_layers.h"

#define FRACTION 8
#define LARGEST 32767.0f

void mi_residual(const mi_trained_layer_parameters *parameters, const int8_t *input, const float *weights,
                 const int32_t *changes, int16_t *averages, int32_t *offsets) {
    mi_trained_layer_parameters p;
    uint16_t pixels, left, channel, i;

    flash_copy(&p, parameters, sizeof p);
    pixels = (uint16_t)(p.window.input_h * p.window.input_w);
    for (i = 0; i < p.window.input_c; ++i) {
        const int8_t *from = input + i;
        int32_t sum = 0;
        for (left = pixels; left; --left, from += p.window.input_c) sum += *from - p.input_zero_point;
        averages[i] = (int16_t)(sum / (int32_t)pixels);
    }
    for (channel = p.channels; channel; --channel) {
        int32_t sum = 1 << (FRACTION - 1);
        for (i = 0; i < p.window.input_c; ++i) sum += (int32_t)(int16_t)*weights++ * averages[i];
        *offsets++ = wrap_int32((uint32_t)*changes++ + (uint32_t)shift_right(sum, FRACTION));
    }
}

void mi_residual_back(const mi_trained_layer_parameters *parameters, float scale, const uint8_t *kept,
                      const int16_t *averages, const int16_t *gradients, float *weights) {
    mi_trained_layer_parameters p;
    const uint8_t *steps;
    uint16_t pixels, left, channel, i;

    flash_copy(&p, parameters, sizeof p);
    pixels = (uint16_t)(p.window.output_h * p.window.output_w);
    steps = p.steps;
    for (channel = 0; channel < p.channels; ++channel) {
        float factor = scale * flash_next_float(&steps);
        int32_t sum = 0;
        uint16_t at = channel;
        steps += 2;
        for (left = pixels; left; --left, at = (uint16_t)(at + p.channels))
            if (!p.clamps || kept[at >> 3] >> (at & 7) & 1) sum += gradients[at];
        factor *= (float)sum;
        for (i = 0; i < p.window.input_c; ++i, ++weights) {
            const float product = factor * (float)averages[i];
            float weight = *weights - product;
            if (!(weight < LARGEST)) weight = LARGEST;
            if (!(weight > -LARGEST)) weight = -LARGEST;
            *weights = weight;
        }
    }
}
