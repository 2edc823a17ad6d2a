/* CONV_2D of real numbers: tap by tap, channel after channel, and the bias last, as TFLM's reference kernel
 * does. Taps outside the image are left out. */
#include "float_layers.h"

/* Output channels of one group at one pixel, whose window begins at (row, column). */
static float *pixel(const mi_conv_2d_float_parameters *p, const float *image, const uint8_t **channel,
                    int16_t row, int16_t column, float *output) {
    const mi_window *w = &p->window;
    const uint16_t skipped = 4u * p->filter_c;
    uint16_t o, v, h, c;

    for (o = p->group_outputs; o; --o) {
        const float bias = flash_next_float(channel);
        float total = 0.0f;
        for (v = 0; v < w->kernel_h; ++v) {
            const int16_t y = (int16_t)(row + (int16_t)(v * w->dilation_h));
            for (h = 0; h < w->kernel_w; ++h) {
                const int16_t x = (int16_t)(column + (int16_t)(h * w->dilation_w));
                if (y < 0 || y >= (int16_t)w->input_h || x < 0 || x >= (int16_t)w->input_w) {
                    *channel += skipped;
                } else {
                    const float *at = image + ((uint16_t)y * w->input_w + (uint16_t)x) * w->input_c;
                    for (c = 0; c < p->filter_c; ++c) total += at[c] * flash_next_float(channel);
                }
            }
        }
        *output++ = mi_bounded(total + bias, p->bounds);
    }
    return output;
}

void mi_conv_2d_float(const mi_conv_2d_float_parameters *parameters, const float *input, float *output) {
    mi_conv_2d_float_parameters p;
    uint16_t i, j, group;

    flash_copy(&p, parameters, sizeof p);
    for (; p.window.batch; --p.window.batch) {
        for (i = 0; i < p.window.output_h; ++i) {
            const int16_t row = (int16_t)(i * p.window.stride_h) - p.window.pad_h;
            for (j = 0; j < p.window.output_w; ++j) {
                const int16_t column = (int16_t)(j * p.window.stride_w) - p.window.pad_w;
                const uint8_t *channel = p.channels;
                for (group = 0; group < p.groups; ++group)
                    output = pixel(&p, input + group * p.filter_c, &channel, row, column, output);
            }
        }
        input += p.window.input_h * p.window.input_w * p.window.input_c;
    }
}
