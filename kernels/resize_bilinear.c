/* RESIZE_BILINEAR: each pixel of four. Of each row and each column of the output a table has both neighbours (uint16)
 * and what the second weighs: in 1/1024 (int16), or float32. */
#include "float_layers.h"

typedef struct {
    uint16_t lower, upper;
} neighbours;

MI_INLINE neighbours next_pair(const uint8_t **at) {
    const uint32_t pair = flash_next_u32(at);
    const neighbours found = {(uint16_t)pair, (uint16_t)(pair >> 16)};
    return found;
}

MI_INLINE int16_t next_share(const uint8_t **at) {
    const uint8_t low = flash_next_u8(at);
    return (int16_t)(uint16_t)(low | (uint16_t)flash_next_u8(at) << 8);
}

/* Halves away from zero. */
MI_INLINE int8_t byte_of(int32_t blended) {
    return (int8_t)(blended < 0 ? -((-blended + (1L << 19)) >> 20) : (blended + (1L << 19)) >> 20);
}

/* `first` and `second` weigh both rows, `left` and `right` both columns; x00 is above on the left, x10 below it. */
#define MI_RESIZE(name, ITEM, SHARE, WEIGHT, next, whole, result)                                                 \
    void name(const mi_resize_parameters *parameters, const ITEM *input, ITEM *output) {                         \
        mi_resize_parameters p;                                                                                   \
        uint16_t i, j, c;                                                                                         \
                                                                                                                  \
        flash_copy(&p, parameters, sizeof p);                                                                     \
        for (; p.batch; --p.batch) {                                                                              \
            const uint8_t *row = p.rows;                                                                          \
            for (i = p.output_h; i; --i) {                                                                        \
                const neighbours rows = next_pair(&row);                                                          \
                const SHARE second = next(&row), first = (SHARE)((whole) - second);                               \
                const ITEM *above = input + (unsigned)rows.lower * p.input_w * p.channels;                        \
                const ITEM *below = input + (unsigned)rows.upper * p.input_w * p.channels;                        \
                const uint8_t *column = p.columns;                                                                \
                for (j = p.output_w; j; --j) {                                                                    \
                    const neighbours columns = next_pair(&column);                                                \
                    const SHARE right = next(&column), left = (SHARE)((whole) - right);                           \
                    const unsigned near = (unsigned)columns.lower * p.channels;                                   \
                    const unsigned far = (unsigned)columns.upper * p.channels;                                    \
                    for (c = 0; c < p.channels; ++c) {                                                            \
                        const WEIGHT x00 = above[near + c], x10 = below[near + c];                                \
                        const WEIGHT x01 = above[far + c], x11 = below[far + c];                                  \
                        *output++ = (result);                                                                     \
                    }                                                                                             \
                }                                                                                                 \
            }                                                                                                     \
            input += (unsigned)p.input_h * p.input_w * p.channels;                                                \
        }                                                                                                         \
    }

MI_RESIZE(mi_resize_bilinear_int8, int8_t, int16_t, int32_t, next_share, 1024,
          byte_of(x00 * ((int32_t)first * left) + x10 * ((int32_t)second * left) + x01 * ((int32_t)first * right) +
                  x11 * ((int32_t)second * right)))
MI_RESIZE(mi_resize_bilinear_float, float, float, float, flash_next_float, 1.0f,
          ((x00 * first) * left + (x10 * second) * left) + (x01 * first) * right + (x11 * second) * right + 0.0f)
