/* A layer whose biases learn, forward: the sums, the roundings and so the bits of the layer that does not. */
#include "fixed_point.h"
#include "kernels.h"
#include "patch.h"

/* Activations lie `stride` apart. */
MI_INLINE int32_t dot(int32_t sum, const int8_t *x, uint16_t stride, const uint8_t **weights, uint16_t count) {
    const uint8_t *w = *weights;
    uint32_t bits = (uint32_t)sum;
    if (stride == 1) {
        for (; count; --count) bits += (uint32_t)(int32_t)(int16_t)(flash_next_i8(&w) * *x++);
    } else {
        for (; count; --count, x += stride) bits += (uint32_t)(int32_t)(int16_t)(flash_next_i8(&w) * *x);
    }
    *weights = w;
    return (int32_t)bits;
}

static void keep(const mi_trained_layer_parameters *p, const int8_t *output, uint8_t *kept) {
    uint16_t count = (uint16_t)(p->window.output_h * p->window.output_w * p->channels);
    uint8_t bit = 1, bits = 0;
    for (; count; --count, ++output) {
        if (*output > p->above && *output < p->below) bits |= bit;
        bit = (uint8_t)(bit << 1);
        if (!bit) {
            *kept++ = bits;
            bits = 0;
            bit = 1;
        }
    }
    if (bit != 1) *kept = bits;
}

void mi_trained_layer(const mi_trained_layer_parameters *parameters, const int8_t *input, const int32_t *changes,
                      int8_t *output, int8_t *patch, uint8_t *kept) {
    mi_trained_layer_parameters p;
    int8_t *const first = output;
    uint16_t y, x, channel, taps, count, stride, each;
    uint8_t pointwise;

    flash_copy(&p, parameters, sizeof p);
    taps = (uint16_t)(p.window.kernel_h * p.window.kernel_w);
    pointwise = taps == 1 && !p.window.pad_h && !p.window.pad_w;
    count = p.groups == 1 ? (uint16_t)(taps * p.window.input_c) : taps;
    stride = p.groups == 1 ? 1 : p.window.input_c;
    each = (uint16_t)(p.channels / p.groups);
    for (y = 0; y < p.window.output_h; ++y) {
        uint16_t top = (uint16_t)(y * p.window.stride_h - (uint16_t)p.window.pad_h);
        for (x = 0; x < p.window.output_w; ++x) {
            uint16_t left = (uint16_t)(x * p.window.stride_w - (uint16_t)p.window.pad_w), copies = each;
            const uint8_t *at = p.data;
            const int8_t *from = patch;
            if (pointwise)
                from = input + ((unsigned)top * p.window.input_w + left) * p.window.input_c;
            else
                mi_gather(&p.window, input, top, left, p.window.input_c, p.input_zero_point, patch);
            for (channel = 0; channel < p.channels; ++channel) {
                int32_t sum = wrap_int32(flash_next_u32(&at) + (uint32_t)changes[channel]);
                sum = dot(sum, from, stride, &at, count);
                *output++ = clamp_to_int8(requantise(sum, &at), p.clamp.low, p.clamp.high, p.clamp.zero_point);
                if (p.groups != 1 && !--copies) {
                    ++from;
                    copies = each;
                }
            }
        }
    }
    if (p.clamps) keep(&p, first, kept);
}
