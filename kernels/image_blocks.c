/* SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: pixels of many small images, each from every so-manieth pixel of a large
 * one; what lies outside of it is 0, or is left out. */
#include <string.h>

#include "flash.h"
#include "kernels.h"

MI_INLINE void each_pixel(const mi_image_blocks_parameters *parameters, uint8_t *large, uint8_t *small, uint8_t back) {
    mi_image_blocks_parameters p;
    uint16_t image, row, column;

    flash_copy(&p, parameters, sizeof p);
    for (image = 0; image < p.images; ++image) {
        const uint16_t number = image / p.batch;
        const int16_t top = (int16_t)((int16_t)(number / p.block_w) - p.before_h);
        const int16_t left = (int16_t)((int16_t)(number % p.block_w) - p.before_w);
        uint8_t *of = large + (unsigned)(image % p.batch) * p.large_h * p.large_w * p.bytes;
        for (row = 0; row < p.small_h; ++row) {
            const int16_t y = (int16_t)(top + (int16_t)(row * p.block_h));
            for (column = 0; column < p.small_w; ++column, small += p.bytes) {
                const int16_t x = (int16_t)(left + (int16_t)(column * p.block_w));
                uint8_t *at;
                if (y < 0 || y >= (int16_t)p.large_h || x < 0 || x >= (int16_t)p.large_w) {
                    if (!back) memset(small, 0, p.bytes);
                    continue;
                }
                at = of + ((unsigned)y * p.large_w + (unsigned)x) * p.bytes;
                if (back)
                    memcpy(at, small, p.bytes);
                else
                    memcpy(small, at, p.bytes);
            }
        }
    }
}

void mi_space_to_batch(const mi_image_blocks_parameters *parameters, void *input, void *output) {
    each_pixel(parameters, (uint8_t *)input, (uint8_t *)output, 0);
}

void mi_batch_to_space(const mi_image_blocks_parameters *parameters, void *input, void *output) {
    each_pixel(parameters, (uint8_t *)output, (uint8_t *)input, 1);
}
