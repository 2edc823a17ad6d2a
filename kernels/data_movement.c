/* Moves: RESHAPE, CONCATENATION, SPLIT, TRANSPOSE, STRIDED_SLICE, RESIZE_NEAREST_NEIGHBOR. */
#include "flash.h"
#include "kernels.h"

void mi_copy(uint16_t bytes, const void *input, void *output) {
    const uint8_t *from = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    do *to++ = *from++;
    while (--bytes);
}

void mi_copy_constant(uint16_t bytes, const void *input, void *output) {
    const uint8_t *from = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    do *to++ = flash_next_u8(&from);
    while (--bytes);
}

void mi_copy_rows(uint16_t rows, uint16_t bytes, uint16_t input_step, uint16_t output_step, const void *input,
                  void *output) {
    const uint8_t *from = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    for (;;) {
        const uint8_t *at = from;
        uint8_t *put = to;
        uint16_t n = bytes;
        do *put++ = *at++;
        while (--n);
        if (!--rows) return;
        from += input_step;
        to += output_step;
    }
}

void mi_move(const mi_move_parameters *parameters, const void *input, void *output) {
    mi_move_parameters p;
    uint16_t index[6] = {0, 0, 0, 0, 0, 0};
    const uint8_t *from;
    uint8_t *to = (uint8_t *)output;
    uint8_t axis, left;

    flash_copy(&p, parameters, sizeof p);
    from = (const uint8_t *)input + p.first;
    do {
        const uint8_t *at = from;
        uint16_t n = p.bytes;
        do *to++ = *at++;
        while (--n);
        axis = 6;
        for (left = p.loops; left; --left) {
            --axis;
            from += p.step[axis];
            if (++index[axis] < p.size[axis]) break;
            from -= (int32_t)p.step[axis] * (int32_t)p.size[axis];
            index[axis] = 0;
        }
    } while (left);
}
