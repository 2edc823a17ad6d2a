/* SELECT_V2: of two, the first where a condition holds. */
#include "broadcast.h"

void mi_select(const mi_select_parameters *parameters, const void *condition, const void *input_1,
               const void *input_2, void *output) {
    mi_select_parameters p;
    uint16_t index[5] = {0, 0, 0, 0, 0};
    mi_operand operand[3];
    uint8_t *to = (uint8_t *)output, i;

    flash_copy(&p, parameters, sizeof p);
    operand[0].at = (const uint8_t *)condition;
    operand[1].at = (const uint8_t *)input_1;
    operand[2].at = (const uint8_t *)input_2;
    for (i = 0; i < 3; ++i) {
        operand[i].stride = p.stride + 6 * i;
        operand[i].item = i ? p.item : 1;
    }
    do {
        const uint8_t *at[3];
        uint16_t count = p.size[5];
        for (i = 0; i < 3; ++i) at[i] = operand[i].at;
        do {
            uint8_t holds;
            mi_take(&holds, at[0], p.constant[0], 1);
            i = holds ? 1 : 2;
            mi_take(to, at[i], p.constant[i], p.item);
            to += p.item;
            for (i = 0; i < 3; ++i) at[i] += (unsigned)operand[i].stride[5] * operand[i].item;
        } while (--count);
    } while (mi_next_run(p.outer, p.size, index, operand, 3));
}
