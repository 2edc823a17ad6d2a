/* FULLY_CONNECTED: a sum of products for every row of the input and every output. */
#include "dot.h"
#include "fixed_point.h"
#include "kernels.h"

void mi_fully_connected(const mi_fully_connected_parameters *parameters, const int8_t *input,
                        int8_t *output) {
    mi_fully_connected_parameters p;
    uint16_t row, column;

    flash_copy(&p, parameters, sizeof p);
    for (row = p.batch; row; --row) {
        const uint8_t *at = p.channels;
        for (column = p.outputs; column; --column) {
            int32_t sum = flash_next_i32(&at);
            sum = dot(sum, input, &at, p.inputs);
            *output++ =
                clamp_to_int8(requantise(sum, &at), p.clamp.low, p.clamp.high, p.clamp.zero_point);
        }
        input += p.inputs;
    }
}
