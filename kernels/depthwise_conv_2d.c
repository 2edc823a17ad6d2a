/* DEPTHWISE_CONV_2D: for every output pixel the patch under the window, then the taps of each channel,
 * which lie a pixel apart in it. */
#include "dot.h"
#include "flash.h"
#include "kernels.h"
#include "patch.h"

void mi_depthwise_conv_2d(const mi_depthwise_conv_2d_parameters *parameters, const int8_t *input,
                          int8_t *output, int8_t *patch) {
    mi_depthwise_conv_2d_parameters p;
    uint16_t batch, y, x, top, left, taps;

    flash_copy(&p, parameters, sizeof p);
    taps = (uint16_t)(p.window.kernel_h * p.window.kernel_w);
    for (batch = p.window.batch; batch; --batch) {
        top = (uint16_t)-p.window.pad_h;
        for (y = p.window.output_h; y; --y) {
            left = (uint16_t)-p.window.pad_w;
            for (x = p.window.output_w; x; --x) {
                mi_gather(&p.window, input, top, left, p.window.input_c, p.input_zero_point, patch);
                mi_dot_depthwise(patch, p.window.input_c, taps, p.multiplier, p.channels, &p.clamp, output);
                output += (unsigned)p.window.input_c * p.multiplier;
                left = (uint16_t)(left + p.window.stride_w);
            }
            top = (uint16_t)(top + p.window.stride_h);
        }
        input += (unsigned)p.window.input_h * p.window.input_w * p.window.input_c;
    }
}
