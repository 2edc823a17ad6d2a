/* CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of int16 data and int8 weights: tap by tap, those outside the
 * image left out. Sums have 64 bits, or wrap in 32 where the bias is int32. */
#include "kernels.h"
#include "wide_sums.h"

/* The factor and the shift of a channel, and what becomes of its sum. */
MI_INLINE int16_t finished(const mi_wide_sum *sum, const mi_clamp_int16 *clamp, uint8_t wide, const uint8_t **at) {
    const int64_t total = mi_wide_total(sum);
    const int32_t factor = flash_next_i32(at);
    const int8_t shift = flash_next_i8(at);
    int32_t value = wide ? mi_wide_rescaled(total, (int16_t)factor, (uint8_t)shift)
                         : mi_multiply(wrap_int32((uint32_t)(uint64_t)total), factor, shift);
    value = wrap_int32((uint32_t)value + (uint32_t)(int32_t)clamp->zero_point);
    value = value < clamp->low ? clamp->low : value;
    return (int16_t)(value > clamp->high ? clamp->high : value);
}

MI_INLINE uint8_t outside(int16_t at, uint16_t size) { return at < 0 || at >= (int16_t)size; }

/* Output channels of one group at one pixel, whose window begins at (row, column). */
static int16_t *group_at(const mi_conv_2d_int16_parameters *p, const int16_t *image, const uint8_t **channel,
                         int16_t row, int16_t column, int16_t *output) {
    const mi_window *w = &p->window;
    uint16_t o, v, h;

    for (o = p->group_outputs; o; --o) {
        mi_wide_sum sum = mi_wide_start(flash_next_i64(channel));
        for (v = 0; v < w->kernel_h; ++v) {
            const int16_t y = (int16_t)(row + (int16_t)(v * w->dilation_h));
            for (h = 0; h < w->kernel_w; ++h) {
                const int16_t x = (int16_t)(column + (int16_t)(h * w->dilation_w));
                if (outside(y, w->input_h) || outside(x, w->input_w))
                    *channel += p->filter_c;
                else
                    mi_wide_dot(&sum, image + ((unsigned)y * w->input_w + (unsigned)x) * w->input_c, channel,
                                p->filter_c);
            }
        }
        *output++ = finished(&sum, &p->clamp, p->wide, channel);
    }
    return output;
}

void mi_conv_2d_int16(const mi_conv_2d_int16_parameters *parameters, const int16_t *input, int16_t *output) {
    mi_conv_2d_int16_parameters p;
    uint16_t i, j, group;

    flash_copy(&p, parameters, sizeof p);
    for (; p.window.batch; --p.window.batch) {
        for (i = 0; i < p.window.output_h; ++i) {
            const int16_t row = (int16_t)((int16_t)(i * p.window.stride_h) - p.window.pad_h);
            for (j = 0; j < p.window.output_w; ++j) {
                const int16_t column = (int16_t)((int16_t)(j * p.window.stride_w) - p.window.pad_w);
                const uint8_t *channel = p.channels;
                for (group = 0; group < p.groups; ++group)
                    output = group_at(&p, input + (unsigned)group * p.filter_c, &channel, row, column, output);
            }
        }
        input += (unsigned)p.window.input_h * p.window.input_w * p.window.input_c;
    }
}

void mi_depthwise_conv_2d_int16(const mi_depthwise_conv_2d_int16_parameters *parameters, const int16_t *input,
                                int16_t *output) {
    mi_depthwise_conv_2d_int16_parameters p;
    const mi_window *w = &p.window;
    uint16_t i, j, c, m, v, h;

    flash_copy(&p, parameters, sizeof p);
    for (; p.window.batch; --p.window.batch) {
        for (i = 0; i < w->output_h; ++i) {
            for (j = 0; j < w->output_w; ++j) {
                const uint8_t *channel = p.channels;
                for (c = 0; c < w->input_c; ++c) {
                    for (m = p.multiplier; m; --m) {
                        mi_wide_sum sum = mi_wide_start(flash_next_i64(&channel));
                        for (v = 0; v < w->kernel_h; ++v) {
                            const int16_t y = (int16_t)((int16_t)(i * w->stride_h + v * w->dilation_h) - w->pad_h);
                            for (h = 0; h < w->kernel_w; ++h) {
                                const int16_t x =
                                    (int16_t)((int16_t)(j * w->stride_w + h * w->dilation_w) - w->pad_w);
                                const int8_t weight = flash_next_i8(&channel);
                                if (!outside(y, w->input_h) && !outside(x, w->input_w))
                                    mi_wide_add(&sum, (int32_t)weight * input[((unsigned)y * w->input_w + (unsigned)x) *
                                                                                  w->input_c + c]);
                            }
                        }
                        *output++ = finished(&sum, &p.clamp, 1, &channel);
                    }
                }
            }
        }
        input += (unsigned)w->input_h * w->input_w * w->input_c;
    }
}

void mi_fully_connected_int16(const mi_fully_connected_int16_parameters *parameters, const int16_t *input,
                              int16_t *output) {
    mi_fully_connected_int16_parameters p;

    flash_copy(&p, parameters, sizeof p);
    for (; p.batch; --p.batch) {
        const uint8_t *channel = p.channels;
        uint16_t o;
        for (o = p.outputs; o; --o) {
            mi_wide_sum sum = mi_wide_start(flash_next_i64(&channel));
            mi_wide_dot(&sum, input, &channel, p.inputs);
            *output++ = finished(&sum, &p.clamp, p.wide, &channel);
        }
        input += p.inputs;
    }
}
