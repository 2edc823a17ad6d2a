/* The patch of an image under a window, gathered into one run of bytes. */
#ifndef MICROINFER_PATCH_H
#define MICROINFER_PATCH_H

#include "kernels.h"

/* `run` bytes a tap, of which `image` holds the first; `top` and `left` may lie outside. */
void mi_gather(const mi_window *window, const int8_t *image, uint16_t top, uint16_t left, uint16_t run,
               int8_t outside, int8_t *patch);

#endif
