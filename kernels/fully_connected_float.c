/* FULLY_CONNECTED of real numbers: the bias is added last, as TFLM's reference kernel does. */
#include "float_layers.h"

void mi_fully_connected_float(const mi_fully_connected_float_parameters *parameters, const float *input,
                              float *output) {
    mi_fully_connected_float_parameters p;

    flash_copy(&p, parameters, sizeof p);
    for (; p.batch; --p.batch) {
        const uint8_t *channel = p.channels;
        uint16_t o, i;
        for (o = p.outputs; o; --o) {
            const float bias = flash_next_float(&channel);
            float total = 0.0f;
            for (i = 0; i < p.inputs; ++i) total += input[i] * flash_next_float(&channel);
            *output++ = mi_bounded(total + bias, p.bounds);
        }
        input += p.inputs;
    }
}
