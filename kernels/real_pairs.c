/* Two real numbers and one result, with broadcasting as in arithmetic.c. */
#include "float_layers.h"

#include <math.h>

typedef struct {
    const float *at_1, *at_2;
    uint16_t index[5];
} position;

MI_INLINE float value_at(const float *at, uint8_t constant) {
    const uint8_t *bytes = (const uint8_t *)at;
    return constant ? flash_next_float(&bytes) : *at;
}

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

/* `shape` of the parameters p, and the result of x and y. */
#define MI_PAIRS(name, parameters_type, shape_of, result)                                              \
    void name(const parameters_type *parameters, const float *input_1, const float *input_2,           \
              float *output) {                                                                         \
        parameters_type p;                                                                             \
        position now = {input_1, input_2, {0, 0, 0, 0, 0}};                                            \
                                                                                                       \
        flash_copy(&p, parameters, sizeof p);                                                          \
        do {                                                                                           \
            const float *at_1 = now.at_1, *at_2 = now.at_2;                                            \
            uint16_t count = (shape_of).size[5];                                                       \
            do {                                                                                       \
                const float x = value_at(at_1, (shape_of).constant_1);                                 \
                const float y = value_at(at_2, (shape_of).constant_2);                                 \
                *output++ = (result);                                                                  \
                at_1 += (shape_of).stride_1[5];                                                        \
                at_2 += (shape_of).stride_2[5];                                                        \
            } while (--count);                                                                         \
        } while (next_run(&now, &(shape_of)));                                                         \
    }

#define MI_BOUNDED(name, result) MI_PAIRS(name, mi_pairs_float_parameters, p.shape, mi_bounded(result, p.bounds))
#define MI_PLAIN(name, result) MI_PAIRS(name, mi_broadcast, p, result)

static float squared(float x) { return x * x; }

/* What is left of a division that is rounded down. */
static float left_over(float x, float y) {
    const float left = fmodf(x, y);
    return left != 0.0f && (y < 0.0f) != (left < 0.0f) ? left + y : left;
}

MI_BOUNDED(mi_add_float, x + y)
MI_BOUNDED(mi_subtract_float, x - y)
MI_BOUNDED(mi_multiply_float, x *y)
MI_BOUNDED(mi_divide_float, x / y)
MI_PLAIN(mi_maximum_float, x > y ? x : y)
MI_PLAIN(mi_minimum_float, x < y ? x : y)
MI_PLAIN(mi_squared_difference_float, squared(x - y))
MI_PLAIN(mi_floor_modulo_float, left_over(x, y))
