/* CONV_2D: for every output pixel the patch under the window, then a sum of products a channel. */
#include "dot.h"
#include "flash.h"
#include "kernels.h"
#include "patch.h"

void mi_conv_2d(const mi_conv_2d_parameters *parameters, const int8_t *input, int8_t *output, int8_t *patch) {
    mi_conv_2d_parameters p;
    uint16_t batch, y, x, group, top, left, taps;

    flash_copy(&p, parameters, sizeof p);
    taps = (uint16_t)(p.window.kernel_h * p.window.kernel_w * p.filter_c);
    for (batch = p.window.batch; batch; --batch) {
        top = (uint16_t)-p.window.pad_h;
        for (y = p.window.output_h; y; --y) {
            left = (uint16_t)-p.window.pad_w;
            for (x = p.window.output_w; x; --x) {
                const uint8_t *at = p.channels;
                const int8_t *image = input;
                for (group = p.groups; group; --group) {
                    mi_gather(&p.window, image, top, left, p.filter_c, p.input_zero_point, patch);
                    image += p.filter_c;
                    at = mi_dot_channels(patch, taps, p.group_outputs, at, &p.clamp, output);
                    output += p.group_outputs;
                }
                left = (uint16_t)(left + p.window.stride_w);
            }
            top = (uint16_t)(top + p.window.stride_h);
        }
        input += (unsigned)p.window.input_h * p.window.input_w * p.window.input_c;
    }
}
