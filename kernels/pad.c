/* PAD: the output in order, rows of it copied or filled. */
#include "flash.h"
#include "kernels.h"

void mi_pad(const mi_pad_parameters *parameters, const int8_t *input, int8_t *output) {
    mi_pad_parameters p;
    uint16_t index[4] = {0, 0, 0, 0}, extent[4], row, n;
    uint8_t axis, inside, left;

    flash_copy(&p, parameters, sizeof p);
    row = (uint16_t)(p.before[4] + p.size[4] + p.after[4]);
    for (axis = 0; axis < 4; ++axis) extent[axis] = (uint16_t)(p.before[axis] + p.size[axis] + p.after[axis]);
    do {
        inside = 1;
        for (axis = (uint8_t)(4 - p.outer); axis < 4; ++axis)
            if ((uint16_t)(index[axis] - p.before[axis]) >= p.size[axis]) inside = 0;
        n = inside ? p.before[4] : row;
        for (; n; --n) *output++ = p.value;
        if (inside) {
            n = p.size[4];
            do *output++ = *input++;
            while (--n);
            for (n = p.after[4]; n; --n) *output++ = p.value;
        }
        axis = 4;
        for (left = p.outer; left; --left) {
            --axis;
            if (++index[axis] < extent[axis]) break;
            index[axis] = 0;
        }
    } while (left);
}
