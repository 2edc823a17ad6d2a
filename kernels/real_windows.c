/* DEPTHWISE_CONV_2D, AVERAGE_POOL_2D and MAX_POOL_2D of real numbers: tap by tap, row by row. */
#include "float_layers.h"

/* The first row or column of a window that is inside, and behind the last one. */
MI_INLINE void inside(int16_t start, uint16_t kernel, uint16_t size, int16_t *first, int16_t *behind) {
    *first = start < 0 ? 0 : start;
    *behind = (int16_t)(start + (int16_t)kernel);
    if (*behind > (int16_t)size) *behind = (int16_t)size;
}

void mi_depthwise_conv_2d_float(const mi_depthwise_conv_2d_float_parameters *parameters, const float *input,
                                float *output) {
    mi_depthwise_conv_2d_float_parameters p;
    const mi_window *w = &p.window;
    uint16_t i, j, c, m, v, h;

    flash_copy(&p, parameters, sizeof p);
    for (; p.window.batch; --p.window.batch) {
        for (i = 0; i < w->output_h; ++i) {
            for (j = 0; j < w->output_w; ++j) {
                const uint8_t *channel = p.channels;
                for (c = 0; c < w->input_c; ++c) {
                    for (m = p.multiplier; m; --m) {
                        const float bias = flash_next_float(&channel);
                        float total = 0.0f;
                        for (v = 0; v < w->kernel_h; ++v) {
                            const int16_t y = (int16_t)(i * w->stride_h + v * w->dilation_h) - w->pad_h;
                            for (h = 0; h < w->kernel_w; ++h) {
                                const int16_t x = (int16_t)(j * w->stride_w + h * w->dilation_w) - w->pad_w;
                                const float weight = flash_next_float(&channel);
                                if (y >= 0 && y < (int16_t)w->input_h && x >= 0 && x < (int16_t)w->input_w)
                                    total += weight *
                                             input[((unsigned)y * w->input_w + (unsigned)x) * w->input_c + c];
                            }
                        }
                        *output++ = mi_bounded(total + bias, p.bounds);
                    }
                }
            }
        }
        input += (unsigned)w->input_h * w->input_w * w->input_c;
    }
}

/* A pool: what a window begins with, what `step` makes of total and x, and the result of `count` taps. */
#define MI_POOL(name, start, step, result)                                                              \
    void name(const mi_pool_float_parameters *parameters, const float *input, float *output) {          \
        mi_pool_float_parameters p;                                                                     \
        const mi_window *w = &p.window;                                                                 \
        uint16_t i, j, c;                                                                               \
                                                                                                        \
        flash_copy(&p, parameters, sizeof p);                                                           \
        for (; p.window.batch; --p.window.batch) {                                                      \
            for (i = 0; i < w->output_h; ++i) {                                                         \
                int16_t top, bottom, left, right, y, column;                                            \
                inside((int16_t)(i * w->stride_h) - w->pad_h, w->kernel_h, w->input_h, &top, &bottom);  \
                for (j = 0; j < w->output_w; ++j) {                                                     \
                    float count;                                                                        \
                    inside((int16_t)(j * w->stride_w) - w->pad_w, w->kernel_w, w->input_w, &left, &right); \
                    count = (float)((int32_t)(bottom - top) * (right - left));                          \
                    (void)count;                                                                        \
                    for (c = 0; c < w->input_c; ++c) {                                                  \
                        float total = (start);                                                          \
                        for (y = top; y < bottom; ++y) {                                                \
                            const float *at = input + ((unsigned)y * w->input_w + (unsigned)left) * w->input_c + c; \
                            for (column = left; column < right; ++column) {                             \
                                const float x = *at;                                                    \
                                total = (step);                                                         \
                                at += w->input_c;                                                       \
                            }                                                                           \
                        }                                                                               \
                        *output++ = mi_bounded((result), p.bounds);                                     \
                    }                                                                                   \
                }                                                                                       \
            }                                                                                           \
            input += (unsigned)w->input_h * w->input_w * w->input_c;                                    \
        }                                                                                               \
    }

MI_POOL(mi_average_pool_2d_float, 0.0f, total + x, total / count)
MI_POOL(mi_max_pool_2d_float, -3.402823466e38f, total < x ? x : total, total)
