/* FULLY_CONNECTED: a sum of products for every row of the input and every output. */
#include "dot.h"
#include "flash.h"

void mi_fully_connected(const mi_fully_connected_parameters *parameters, const int8_t *input,
                        int8_t *output) {
    mi_fully_connected_parameters p;

    flash_copy(&p, parameters, sizeof p);
    for (; p.batch; --p.batch) {
        (void)mi_dot_channels(input, p.inputs, p.outputs, p.channels, &p.clamp, output);
        input += p.inputs;
        output += p.outputs;
    }
}
