/* Operands of any type that broadcast against each other, in up to six nested loops; see mi_broadcast. */
#ifndef MICROINFER_BROADCAST_H
#define MICROINFER_BROADCAST_H

#include <string.h>

#include "flash.h"
#include "kernels.h"

/* An element, from where it is read, with its strides in elements and its bytes. */
typedef struct {
    const uint8_t *at;
    const uint16_t *stride;
    uint8_t item;
} mi_operand;

/* Reads one element; a constant lies in flash. */
MI_INLINE void mi_take(void *to, const uint8_t *from, uint8_t constant, uint8_t item) {
    if (constant)
        flash_copy(to, from, item);
    else
        memcpy(to, from, item);
}

/* Steps the outer loops of all operands; 0 when all have gone round. */
MI_INLINE uint8_t mi_next_run(uint8_t outer, const uint16_t *size, uint16_t *index, mi_operand *operand,
                              uint8_t operands) {
    uint8_t axis = 5, i;
    for (; outer; --outer) {
        --axis;
        for (i = 0; i < operands; ++i) operand[i].at += (unsigned)operand[i].stride[axis] * operand[i].item;
        if (++index[axis] < size[axis]) return 1;
        for (i = 0; i < operands; ++i)
            operand[i].at -= (unsigned)operand[i].stride[axis] * operand[i].item * size[axis];
        index[axis] = 0;
    }
    return 0;
}

/* A kernel of two operands x and y: `shape` is the mi_broadcast of its parameters p, `result` of OUT. */
#define MI_PAIRS(name, parameters_type, shape_of, FIRST, SECOND, OUT, result)                          \
    void name(const parameters_type *parameters, const FIRST *input_1, const SECOND *input_2,          \
              OUT *output) {                                                                           \
        parameters_type p;                                                                             \
        uint16_t index[5] = {0, 0, 0, 0, 0};                                                           \
        mi_operand operand[2];                                                                         \
                                                                                                       \
        flash_copy(&p, parameters, sizeof p);                                                          \
        operand[0].at = (const uint8_t *)input_1;                                                      \
        operand[0].stride = (shape_of).stride_1;                                                       \
        operand[0].item = sizeof(FIRST);                                                               \
        operand[1].at = (const uint8_t *)input_2;                                                      \
        operand[1].stride = (shape_of).stride_2;                                                       \
        operand[1].item = sizeof(SECOND);                                                              \
        do {                                                                                           \
            const uint8_t *at_1 = operand[0].at, *at_2 = operand[1].at;                                \
            uint16_t count = (shape_of).size[5];                                                       \
            do {                                                                                       \
                FIRST x;                                                                               \
                SECOND y;                                                                              \
                mi_take(&x, at_1, (shape_of).constant_1, sizeof x);                                    \
                mi_take(&y, at_2, (shape_of).constant_2, sizeof y);                                    \
                *output++ = (result);                                                                  \
                at_1 += (unsigned)(shape_of).stride_1[5] * sizeof(FIRST);                              \
                at_2 += (unsigned)(shape_of).stride_2[5] * sizeof(SECOND);                             \
            } while (--count);                                                                         \
        } while (mi_next_run((shape_of).outer, (shape_of).size, index, operand, 2));                   \
    }

#endif
