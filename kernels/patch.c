/* Padding is decided once a pixel, not once a pixel and output channel, and the inner loops walk straight
 * ahead. What lies outside the image reads as the zero point, which adds nothing to a sum whose bias allows
 * for zero points.
 */
#include "patch.h"

#include "flash.h"

MI_INLINE int8_t *fill(int8_t *to, uint16_t count, int8_t value) {
    for (; count; --count) *to++ = value;
    return to;
}

MI_INLINE int8_t *copy(int8_t *to, const int8_t *from, uint16_t count) {
    for (; count; --count) *to++ = *from++;
    return to;
}

void mi_gather(const mi_window *window, const int8_t *image, uint16_t top, uint16_t left, uint16_t run,
               int8_t outside, int8_t *patch) {
    uint16_t before = 0, inside = 0, after, row, tap, x = left;
    uint16_t step = window->dilation_w, width = window->input_w, pixel = window->input_c;
    unsigned row_step = (unsigned)width * pixel;
    unsigned at = (unsigned)(int16_t)top * row_step;

    for (tap = window->kernel_w; tap; --tap, x = (uint16_t)(x + step)) {
        if (x < width)
            ++inside;
        else if (!inside)
            ++before;
    }
    after = (uint16_t)(window->kernel_w - inside - before);
    x = (uint16_t)(left + before * step);
    at += (unsigned)(int16_t)x * pixel;
    if (step == 1 && run == pixel) {
        run = (uint16_t)(run * inside);
        before = (uint16_t)(before * pixel);
        after = (uint16_t)(after * pixel);
        inside = inside != 0;
    } else {
        before = (uint16_t)(before * run);
        after = (uint16_t)(after * run);
    }
    step = (uint16_t)(step * pixel);
    row_step *= window->dilation_h;
    for (row = window->kernel_h; row; --row) {
        uint8_t row_inside = top < window->input_h;
        const int8_t *from = image + (row_inside ? at : 0);
        patch = fill(patch, before, outside);
        for (tap = inside; tap; --tap, from += step)
            patch = row_inside ? copy(patch, from, run) : fill(patch, run, outside);
        patch = fill(patch, after, outside);
        top = (uint16_t)(top + window->dilation_h);
        at += row_step;
    }
}
