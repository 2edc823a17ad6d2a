/* TRANSPOSE_CONV: of each output pixel the input pixels whose patch reaches it, row by row, then the channels. */
#include "float_layers.h"
#include "wide_sums.h"

/* The first input row or column that reaches `at`, which is counted from the patches' edge, and behind the last. */
MI_INLINE void reaching(uint16_t at, uint16_t kernel, uint16_t stride, uint16_t size, uint16_t *first, uint16_t *behind) {
    const uint16_t last = at / stride;
    *first = at < kernel ? 0 : (uint16_t)((uint16_t)(at - kernel) / stride + 1);
    *behind = last < size ? (uint16_t)(last + 1) : size;
}

/* `begin` declares total, `take` takes the product of x and a weight in, `result` is made of total; of each channel's
 * data `before` bytes lie before its weights of `item` bytes. */
#define MI_TRANSPOSED(name, parameters_type, ITEM, before, item, begin, take, result)                       \
    void name(const parameters_type *parameters, const ITEM *input, ITEM *output) {                         \
        parameters_type p;                                                                                  \
        const mi_window *w = &p.window;                                                                     \
        uint16_t row, column, o, i, j, c;                                                                   \
                                                                                                            \
        flash_copy(&p, parameters, sizeof p);                                                               \
        for (; p.window.batch; --p.window.batch) {                                                          \
            for (row = 0; row < w->output_h; ++row) {                                                       \
                const uint16_t down = (uint16_t)(row + (uint16_t)w->pad_h);                                 \
                uint16_t top, bottom;                                                                       \
                reaching(down, w->kernel_h, w->stride_h, w->input_h, &top, &bottom);                        \
                for (column = 0; column < w->output_w; ++column) {                                          \
                    const uint16_t across = (uint16_t)(column + (uint16_t)w->pad_w);                        \
                    const uint8_t *channel = p.channels;                                                    \
                    uint16_t left, right;                                                                   \
                    reaching(across, w->kernel_w, w->stride_w, w->input_w, &left, &right);                  \
                    for (o = p.output_c; o; --o) {                                                          \
                        const uint8_t *at = channel;                                                        \
                        begin;                                                                              \
                        for (i = top; i < bottom; ++i) {                                                    \
                            for (j = left; j < right; ++j) {                                                \
                                const unsigned tap = (unsigned)(down - i * w->stride_h) * w->kernel_w +     \
                                                     (unsigned)(across - j * w->stride_w);                  \
                                const ITEM *x = input + ((unsigned)i * w->input_w + j) * w->input_c;        \
                                at = channel + (before) + tap * w->input_c * (item);                        \
                                for (c = w->input_c; c; --c, ++x) take;                                     \
                            }                                                                               \
                        }                                                                                   \
                        channel += (before) + (unsigned)w->kernel_h * w->kernel_w * w->input_c * (item);    \
                        *output++ = (result);                                                               \
                    }                                                                                       \
                }                                                                                           \
            }                                                                                               \
            input += (unsigned)w->input_h * w->input_w * w->input_c;                                        \
        }                                                                                                   \
    }

MI_TRANSPOSED(mi_transpose_conv, mi_transpose_conv_parameters, int8_t, 4, 1,
              uint32_t total = flash_next_u32(&at),
              total += (uint32_t)((int32_t)(*x - p.input_zero_point) * flash_next_i8(&at)),
              clamp_to_int8(requantise(wrap_int32(total), &channel), p.clamp.low, p.clamp.high, p.clamp.zero_point))
MI_TRANSPOSED(mi_transpose_conv_int16, mi_transpose_conv_int16_parameters, int16_t, 8, 1,
              mi_wide_sum total = mi_wide_start(flash_next_i64(&at)),
              mi_wide_add(&total, (int32_t)*x * flash_next_i8(&at)), mi_wide_result(&total, &p.clamp, &channel))
MI_TRANSPOSED(mi_transpose_conv_float, mi_transpose_conv_float_parameters, float, 4, 4,
              const float bias = flash_next_float(&at); float total = 0.0f, total += *x * flash_next_float(&at),
              mi_bounded(total + bias, p.bounds))
