/* MEAN: one output after the other, the sum over the axes that vanish. */
#include "fixed_point.h"
#include "kernels.h"

/* Steps the indices of the outer axes in use, the last one fastest; 0 when all have gone round. */
static uint8_t next_axis(uint8_t outer, uint16_t *index, const uint16_t *size, const uint16_t *stride,
                         const int8_t **at) {
    uint8_t axis = 3;
    for (; outer; --outer) {
        --axis;
        *at += stride[axis];
        if (++index[axis] < size[axis]) return 1;
        *at -= (unsigned)stride[axis] * size[axis];
        index[axis] = 0;
    }
    return 0;
}

void mi_mean(const mi_mean_parameters *parameters, const int8_t *input, int8_t *output) {
    mi_mean_parameters p;
    uint16_t kept[3] = {0, 0, 0};

    flash_copy(&p, parameters, sizeof p);
    do {
        const int8_t *start = input;
        uint16_t last = p.kept_size[3];
        do {
            const uint8_t *record = p.record;
            const int8_t *at = start;
            uint16_t reduced[3] = {0, 0, 0};
            int32_t sum = p.bias;
            do {
                const int8_t *from = at;
                uint16_t count = p.reduced_size[3];
                do {
                    sum += *from;
                    from += p.reduced_stride[3];
                } while (--count);
            } while (next_axis(p.reduced_outer, reduced, p.reduced_size, p.reduced_stride, &at));
            *output++ =
                clamp_to_int8(requantise(sum, &record), p.clamp.low, p.clamp.high, p.clamp.zero_point);
            start += p.kept_stride[3];
        } while (--last);
    } while (next_axis(p.kept_outer, kept, p.kept_size, p.kept_stride, &input));
}
