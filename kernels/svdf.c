/* SVDF of int8 with a state of int16 or int8: it moves on by one, takes the features in, and is weighed over
 * time. Sums wrap. */
#include "fixed_point.h"
#include "kernels.h"

MI_INLINE int32_t held(int32_t value, int32_t low, int32_t high) {
    value = value < low ? low : value;
    return value > high ? high : value;
}

MI_INLINE int32_t plus(int32_t total, int32_t weight, int32_t value) {
    return wrap_int32((uint32_t)total + (uint32_t)weight * (uint32_t)value);
}

MI_INLINE int16_t next_int16(const uint8_t **at) {
    const uint8_t low = flash_next_u8(at);
    return (int16_t)(uint16_t)(low | (uint16_t)flash_next_u8(at) << 8);
}

#define MI_SVDF(name, STATE, LEAST, MOST, next_weight)                                                   \
    void name(const mi_svdf_parameters *parameters, const int8_t *input, STATE *state, int8_t *output) { \
        mi_svdf_parameters p;                                                                            \
        uint16_t i, f, u, moved;                                                                         \
                                                                                                         \
        flash_copy(&p, parameters, sizeof p);                                                            \
        moved = (uint16_t)(p.batch * p.units * p.rank * p.memory - 1);                                   \
        for (i = 0; i < moved; ++i) state[i] = state[i + 1];                                             \
        for (; p.batch; --p.batch) {                                                                     \
            const uint8_t *at = p.weights;                                                               \
            STATE *newest = state + p.memory - 1;                                                        \
            for (f = (uint16_t)(p.units * p.rank); f; --f) {                                             \
                int32_t total = 0;                                                                       \
                for (i = 0; i < p.inputs; ++i)                                                           \
                    total = plus(total, flash_next_i8(&at), input[i] - p.input_zero_point);              \
                total = held(mi_multiply(total, p.multiplier_1, p.shift_1), LEAST, MOST);                \
                *newest = (STATE)(total + p.state_zero_point);                                           \
                newest += p.memory;                                                                      \
            }                                                                                            \
            for (u = p.units; u; --u) {                                                                  \
                int32_t total = flash_next_i32(&at);                                                     \
                for (i = (uint16_t)(p.rank * p.memory); i; --i) {                                        \
                    const int32_t weight = next_weight(&at);                                             \
                    total = plus(total, weight, *state++ - p.state_zero_point);                          \
                }                                                                                        \
                total = mi_multiply(total, p.multiplier_2, p.shift_2);                                   \
                total = wrap_int32((uint32_t)total + (uint32_t)(int32_t)p.output_zero_point);            \
                *output++ = (int8_t)held(total, INT8_MIN, INT8_MAX);                                     \
            }                                                                                            \
            input += p.inputs;                                                                           \
        }                                                                                                \
    }

MI_SVDF(mi_svdf_int16, int16_t, INT16_MIN, INT16_MAX, next_int16)
MI_SVDF(mi_svdf_int8, int8_t, INT8_MIN, INT8_MAX, flash_next_i8)
