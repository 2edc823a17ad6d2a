/* SQUARED_DIFFERENCE of int8, with broadcasting as in arithmetic.c. */
#include "fixed_point.h"
#include "kernels.h"

typedef struct {
    const int8_t *at_1, *at_2;
    uint16_t index[5];
} position;

MI_INLINE int8_t value_at(const int8_t *at, uint8_t constant) { return constant ? flash_i8(at) : *at; }

/* Steps the outer loops; 0 when all have gone round. */
static uint8_t next_run(position *now, const mi_broadcast *shape) {
    uint8_t axis = 5, left;
    for (left = shape->outer; left; --left) {
        uint16_t size;
        --axis;
        size = shape->size[axis];
        now->at_1 += shape->stride_1[axis];
        now->at_2 += shape->stride_2[axis];
        if (++now->index[axis] < size) return 1;
        now->at_1 -= (unsigned)shape->stride_1[axis] * size;
        now->at_2 -= (unsigned)shape->stride_2[axis] * size;
        now->index[axis] = 0;
    }
    return 0;
}

void mi_squared_difference(const mi_squared_difference_parameters *parameters, const int8_t *input_1,
                           const int8_t *input_2, int8_t *output) {
    mi_squared_difference_parameters p;
    position now = {input_1, input_2, {0, 0, 0, 0, 0}};

    flash_copy(&p, parameters, sizeof p);
    do {
        const int8_t *at_1 = now.at_1, *at_2 = now.at_2;
        uint16_t count = p.shape.size[5];
        do {
            int32_t a = (int32_t)(value_at(at_1, p.shape.constant_1) - p.zero_point_1) * (1L << 7);
            int32_t b = (int32_t)(value_at(at_2, p.shape.constant_2) - p.zero_point_2) * (1L << 7);
            a = mi_multiply(a, p.multiplier_1, p.shift_1) - mi_multiply(b, p.multiplier_2, p.shift_2);
            a = mi_multiply(wrap_int32((uint32_t)a * (uint32_t)a), p.multiplier_out, p.shift_out);
            a = wrap_int32((uint32_t)a + (uint32_t)(int32_t)p.zero_point);
            *output++ = (int8_t)(a < -128 ? -128 : a > 127 ? 127 : a);
            at_1 += p.shape.stride_1[5];
            at_2 += p.shape.stride_2[5];
        } while (--count);
    } while (next_run(&now, &p.shape));
}
