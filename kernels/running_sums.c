/* CUMSUM, of int8 in steps of 2^-19 of the input's scale, which wrap; ADD_N. */
#include "fixed_point.h"
#include "float_layers.h"

MI_INLINE int8_t to_int8(int32_t value, int8_t zero_point) {
    value = wrap_int32((uint32_t)value + (uint32_t)(int32_t)zero_point);
    return (int8_t)(value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : value);
}

/* Each column of `count` numbers that lie `inner` apart: `begin` and what `after` makes of total and x. */
#define MI_RUNNING(name, parameters_type, ITEM, TOTAL, begin, after, result)                       \
    void name(const parameters_type *parameters, const ITEM *input, ITEM *output) {                \
        parameters_type p;                                                                         \
        uint16_t column, k;                                                                        \
                                                                                                   \
        flash_copy(&p, parameters, sizeof p);                                                      \
        for (; p.columns.outer; --p.columns.outer) {                                               \
            const unsigned all = (unsigned)p.columns.count * p.columns.inner;                      \
            for (column = 0; column < p.columns.inner; ++column) {                                 \
                unsigned at = column + (p.columns.reverse ? all - p.columns.inner : 0);            \
                TOTAL total = (begin);                                                             \
                for (k = p.columns.count; k; --k) {                                                \
                    const ITEM x = input[at];                                                      \
                    const TOTAL next = (after);                                                    \
                    const TOTAL taken = p.columns.exclusive ? total : next;                        \
                    output[at] = (result);                                                         \
                    total = next;                                                                  \
                    at = p.columns.reverse ? at - p.columns.inner : at + p.columns.inner;          \
                }                                                                                  \
            }                                                                                      \
            input += all;                                                                          \
            output += all;                                                                         \
        }                                                                                          \
    }

/* A sum begins with the zero point taken off once. */
MI_RUNNING(mi_running_sum_int8, mi_running_sum_int8_parameters, int8_t, int32_t, (int32_t)-p.zero_point_in * (1L << 19),
           wrap_int32((uint32_t)total + (uint32_t)((int32_t)(x - p.zero_point_in) * (1L << 19))),
           to_int8(mi_multiply(taken, p.multiplier, p.shift), p.zero_point))
MI_RUNNING(mi_running_sum_float, mi_running_sum_parameters, float, float, 0.0f, total + x, taken)

void mi_add_n_int8(const mi_add_n_parameters *parameters, const int8_t *const *inputs, int8_t *output) {
    mi_add_n_parameters p;
    uint16_t at;

    flash_copy(&p, parameters, sizeof p);
    for (at = 0; at < p.count; ++at) {
        int32_t total = p.bias;
        uint8_t term;
        for (term = 0; term < p.terms; ++term) total += inputs[term][at];
        *output++ = to_int8(mi_multiply(wrap_int32((uint32_t)total << 19), p.multiplier, p.shift), p.zero_point);
    }
}

/* A sum begins with 0, so that no -0 is left of it. */
void mi_add_n_float(uint16_t count, uint8_t terms, const float *const *inputs, float *output) {
    uint16_t at;
    for (at = 0; at < count; ++at) {
        float total = 0.0f;
        uint8_t term;
        for (term = 0; term < terms; ++term) total += inputs[term][at];
        *output++ = total;
    }
}
