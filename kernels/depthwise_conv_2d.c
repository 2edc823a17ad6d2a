/* DEPTHWISE_CONV_2D: for every output pixel the patch under the window, then the taps of each channel,
 * which lie a pixel apart in it. */
#include "dot.h"
#include "fixed_point.h"
#include "kernels.h"
#include "patch.h"

void mi_depthwise_conv_2d(const mi_depthwise_conv_2d_parameters *parameters, const int8_t *input,
                          int8_t *output, int8_t *patch) {
    mi_depthwise_conv_2d_parameters p;
    uint16_t batch, y, x, channel, copy, top, left, taps;

    flash_copy(&p, parameters, sizeof p);
    taps = (uint16_t)(p.window.kernel_h * p.window.kernel_w);
    for (batch = p.window.batch; batch; --batch) {
        top = (uint16_t)-p.window.pad_h;
        for (y = p.window.output_h; y; --y) {
            left = (uint16_t)-p.window.pad_w;
            for (x = p.window.output_w; x; --x) {
                const uint8_t *at = p.channels;
                const int8_t *from = patch;
                gather(&p.window, input, top, left, p.window.input_c, p.input_zero_point, patch);
                for (channel = p.window.input_c; channel; --channel, ++from) {
                    for (copy = p.multiplier; copy; --copy) {
                        int32_t sum = flash_next_i32(&at);
                        sum = dot_strided(sum, from, p.window.input_c, &at, taps);
                        *output++ = clamp_to_int8(requantise(sum, &at), p.clamp.low, p.clamp.high,
                                                  p.clamp.zero_point);
                    }
                }
                left = (uint16_t)(left + p.window.stride_w);
            }
            top = (uint16_t)(top + p.window.stride_h);
        }
        input += (unsigned)p.window.input_h * p.window.input_w * p.window.input_c;
    }
}
