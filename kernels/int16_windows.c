/* AVERAGE_POOL_2D and MAX_POOL_2D of int16: the part of each window that lies inside, channel by channel. */
#include "flash.h"
#include "kernels.h"

/* The first row or column of a window that is inside, and behind the last one. */
MI_INLINE void inside(int16_t start, uint16_t kernel, uint16_t size, int16_t *first, int16_t *behind) {
    const int32_t end = (int32_t)start + kernel;
    *first = start < 0 ? 0 : start;
    *behind = (int16_t)(end > (int32_t)size ? (int32_t)size : end);
}

/* total / count to the nearest, halves away from zero. */
static int32_t mean(int32_t total, uint32_t count) {
    const uint32_t size = (total < 0 ? 0u - (uint32_t)total : (uint32_t)total) + (count >> 1);
    const int32_t quotient = (int32_t)(size / count);
    return total < 0 ? -quotient : quotient;
}

/* A pool: what a window begins with, what `step` makes of total and x, and the result of `count` taps. */
#define MI_POOL(name, start, step, result)                                                              \
    void name(const mi_pool_int16_parameters *parameters, const int16_t *input, int16_t *output) {      \
        mi_pool_int16_parameters p;                                                                     \
        const mi_window *w = &p.window;                                                                 \
        uint16_t i, j, c;                                                                               \
                                                                                                        \
        flash_copy(&p, parameters, sizeof p);                                                           \
        for (; p.window.batch; --p.window.batch) {                                                      \
            for (i = 0; i < w->output_h; ++i) {                                                         \
                int16_t top, bottom, left, right, y, column;                                            \
                inside((int16_t)((int16_t)(i * w->stride_h) - w->pad_h), w->kernel_h, w->input_h, &top, &bottom); \
                for (j = 0; j < w->output_w; ++j) {                                                     \
                    uint32_t count;                                                                     \
                    inside((int16_t)((int16_t)(j * w->stride_w) - w->pad_w), w->kernel_w, w->input_w, &left, &right); \
                    count = (uint32_t)(bottom - top) * (uint32_t)(right - left);                        \
                    (void)count;                                                                        \
                    for (c = 0; c < w->input_c; ++c) {                                                  \
                        int32_t total = (start);                                                        \
                        for (y = top; y < bottom; ++y) {                                                \
                            const int16_t *at = input + ((unsigned)y * w->input_w + (unsigned)left) * w->input_c + c; \
                            for (column = left; column < right; ++column) {                             \
                                const int16_t x = *at;                                                  \
                                total = (step);                                                         \
                                at += w->input_c;                                                       \
                            }                                                                           \
                        }                                                                               \
                        total = (result);                                                               \
                        total = total < p.low ? p.low : total;                                          \
                        *output++ = (int16_t)(total > p.high ? p.high : total);                         \
                    }                                                                                   \
                }                                                                                       \
            }                                                                                           \
            input += (unsigned)w->input_h * w->input_w * w->input_c;                                    \
        }                                                                                               \
    }

MI_POOL(mi_average_pool_2d_int16, 0, total + x, mean(total, count))
MI_POOL(mi_max_pool_2d_int16, INT16_MIN, x > total ? x : total, total)
