/* The patch of an image under a window, gathered into one run of bytes: padding is decided once a
 * pixel, not once a pixel and output channel, and the inner loops walk straight ahead. What lies outside
 * the image reads as the zero point, which adds nothing to a sum whose bias allows for zero points. */
#ifndef MICROINFER_PATCH_H
#define MICROINFER_PATCH_H

#include "kernels.h"
#include "flash.h"

/* `run` bytes a tap; `image` begins at the first of them. `top` and `left` may lie outside. */
MI_INLINE void gather(const mi_window *window, const int8_t *image, uint16_t top, uint16_t left, uint16_t run,
                      int8_t outside, int8_t *patch) {
    unsigned step = (unsigned)window->dilation_w * window->input_c;
    uint16_t ky, kx, n;

    for (ky = window->kernel_h; ky; --ky, top = (uint16_t)(top + window->dilation_h)) {
        uint16_t x = top < window->input_h ? left : UINT16_MAX;
        uint16_t x_step = top < window->input_h ? window->dilation_w : 0;
        unsigned at = ((unsigned)top * window->input_w + (unsigned)(int16_t)left) * window->input_c;
        for (kx = window->kernel_w; kx; --kx, x = (uint16_t)(x + x_step), at += step) {
            n = run;
            if (x < window->input_w) {
                const int8_t *from = image + at;
                do *patch++ = *from++;
                while (--n);
            } else {
                do *patch++ = outside;
                while (--n);
            }
        }
    }
}

#endif
