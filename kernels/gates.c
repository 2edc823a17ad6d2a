/* LOGISTIC and TANH of int16, and UNIDIRECTIONAL_SEQUENCE_LSTM of int8 and int16: both functions lie on straight
 * lines between 256 knots, of 65536 times the logistic function in steps of 1/24. */
#include "kernels.h"
#include "wide_sums.h"

static const uint8_t sigmoid_knots[512] FLASH = {
    0, 128, 171, 130, 85, 133, 253, 135, 165, 138, 73, 141, 235, 143, 137, 146, 36, 149, 185, 151, 74, 154,
    213, 156, 90, 159, 216, 161, 80, 164, 192, 166, 40, 169, 136, 171, 223, 173, 46, 176, 115, 178, 175, 180,
    225, 182, 9, 185, 39, 187, 59, 189, 68, 191, 67, 193, 55, 195, 32, 197, 254, 198, 209, 200, 153, 202, 87,
    204, 9, 206, 177, 207, 77, 209, 223, 210, 102, 212, 227, 213, 85, 215, 189, 216, 26, 218, 110, 219, 183,
    220, 247, 221, 45, 223, 89, 224, 124, 225, 151, 226, 168, 227, 176, 228, 176, 229, 168, 230, 152, 231,
    127, 232, 95, 233, 55, 234, 8, 235, 210, 235, 149, 236, 81, 237, 7, 238, 182, 238, 95, 239, 1, 240, 159,
    240, 54, 241, 200, 241, 84, 242, 220, 242, 94, 243, 220, 243, 85, 244, 202, 244, 58, 245, 166, 245, 14,
    246, 114, 246, 210, 246, 47, 247, 136, 247, 222, 247, 48, 248, 127, 248, 203, 248, 21, 249, 91, 249, 159,
    249, 224, 249, 30, 250, 90, 250, 148, 250, 204, 250, 1, 251, 52, 251, 101, 251, 149, 251, 194, 251, 238,
    251, 24, 252, 64, 252, 102, 252, 140, 252, 175, 252, 209, 252, 242, 252, 18, 253, 48, 253, 77, 253, 105,
    253, 132, 253, 158, 253, 182, 253, 206, 253, 229, 253, 251, 253, 15, 254, 36, 254, 55, 254, 73, 254, 91,
    254, 108, 254, 125, 254, 140, 254, 155, 254, 170, 254, 184, 254, 197, 254, 210, 254, 222, 254, 234, 254,
    245, 254, 0, 255, 11, 255, 21, 255, 30, 255, 39, 255, 48, 255, 57, 255, 65, 255, 72, 255, 80, 255, 87,
    255, 94, 255, 101, 255, 107, 255, 113, 255, 119, 255, 124, 255, 130, 255, 135, 255, 140, 255, 145, 255,
    149, 255, 153, 255, 158, 255, 162, 255, 165, 255, 169, 255, 173, 255, 176, 255, 179, 255, 182, 255, 185,
    255, 188, 255, 191, 255, 194, 255, 196, 255, 199, 255, 201, 255, 203, 255, 205, 255, 208, 255, 209, 255,
    211, 255, 213, 255, 215, 255, 217, 255, 218, 255, 220, 255, 221, 255, 223, 255, 224, 255, 225, 255, 227,
    255, 228, 255, 229, 255, 230, 255, 231, 255, 232, 255, 233, 255, 234, 255, 235, 255, 236, 255, 237, 255,
    237, 255, 238, 255, 239, 255, 240, 255, 240, 255, 241, 255, 242, 255, 242, 255, 243, 255, 243, 255, 244,
    255, 244, 255, 245, 255, 245, 255, 246, 255, 246, 255, 246, 255, 247, 255, 247, 255, 248, 255, 248, 255,
    248, 255, 249, 255, 249, 255, 249, 255, 249, 255, 250, 255, 250, 255, 250, 255, 250, 255, 251, 255, 251,
    255, 251, 255, 251, 255, 251, 255, 252, 255, 252, 255, 252, 255, 252, 255, 252, 255, 252, 255, 253, 255,
    253, 255, 253, 255, 253, 255, 253, 255, 253, 255, 253, 255, 253, 255, 254, 255, 254, 255, 254, 255, 254,
    255, 254, 255, 254, 255, 254, 255, 254, 255, 254, 255, 254, 255, 255, 255,
};

/* The line at `bits` bits behind the knot, for a size of that unit; where the table ends, `last`. */
static int32_t line_at(uint32_t size, uint8_t bits, int32_t last) {
    uint32_t at = size >> bits;
    const uint32_t past = size & ((1u << bits) - 1u);
    const uint8_t *knot = sigmoid_knots;
    uint32_t pair;
    if (at >= 255) return last;
    knot += (uint16_t)(2u * (uint16_t)at);
    pair = flash_next_u32(&knot);
    at = pair & 0xffffu;
    return (int32_t)((at << bits) + past * ((pair >> 16) - at));
}

MI_INLINE uint32_t size_of(int32_t x) { return x < 0 ? 0u - (uint32_t)x : (uint32_t)x; }

/* 2^15 times the logistic function of x / (3 * 2^12), and its tangent. */
static int32_t logistic(int32_t x) {
    const int32_t line = line_at(size_of(x), 9, 32767L << 10);
    return (x >= 0 ? line + 512 : (1L << 25) - line + 511) >> 10;
}

static int32_t tangent(int32_t x) {
    const int32_t line = line_at(size_of(x), 8, 65535L << 8) - (1L << 23);
    return (x >= 0 ? line + 128 : 127 - line) >> 8;
}

#define MI_SIGMOID(name, function)                                                                  \
    void name(const mi_sigmoid_int16_parameters *parameters, const int16_t *input, int16_t *output) { \
        mi_sigmoid_int16_parameters p;                                                              \
                                                                                                    \
        flash_copy(&p, parameters, sizeof p);                                                       \
        do {                                                                                        \
            const uint32_t scaled = (uint32_t)(int32_t)*input++ * (uint32_t)p.multiplier;           \
            *output++ = (int16_t)function(wrap_int32(scaled + (1ul << p.shift >> 1)) >> p.shift);   \
        } while (--p.count);                                                                        \
    }

MI_SIGMOID(mi_logistic_int16, logistic)
MI_SIGMOID(mi_tanh_int16, tangent)

MI_INLINE int32_t within_int16(int32_t x) { return x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x; }

enum { KEPT = 8, ADDED = 9, SHOWN = 10 };

MI_INLINE int32_t factored(int32_t x, const mi_lstm_parameters *p, uint8_t which) {
    return mi_multiply(x, p->multiplier[which], p->shift[which]);
}

/* Both sums of one gate of one unit, rescaled to 12 bits of a fraction and added. `weights` holds for each sum what it
 * begins with and its weights. */
#define MI_GATE(name, ITEM, begin, rescaled)                                                                      \
    static int32_t name(const mi_lstm_parameters *p, uint8_t gate, const uint8_t **at, const ITEM *x,           \
                        const ITEM *hidden) {                                                                       \
        int32_t found = 0;                                                                                        \
        uint8_t part;                                                                                             \
        for (part = 0; part < 2; ++part) {                                                                        \
            const uint8_t which = (uint8_t)(2 * gate + part);                                                     \
            const ITEM *from = part ? hidden : x;                                                                 \
            const uint16_t count = part ? p->units : p->inputs;                                                         \
            begin;                                                                                                \
            found += within_int16(rescaled);                                                                      \
        }                                                                                                         \
        return within_int16(found);                                                                               \
    }

static int32_t sum_of_bytes(int32_t sum, const int8_t *x, const uint8_t **weights, uint16_t count) {
    const uint8_t *at = *weights;
    uint32_t total = (uint32_t)sum;
    for (; count; --count) total += (uint32_t)((int32_t)*x++ * flash_next_i8(&at));
    *weights = at;
    return wrap_int32(total);
}

static int64_t sum_of_shorts(int64_t from, const int16_t *x, const uint8_t **weights, uint16_t count) {
    mi_wide_sum sum = mi_wide_start(from);
    mi_wide_dot(&sum, x, weights, count);
    return mi_wide_total(&sum);
}

MI_GATE(gate_of_bytes, int8_t, const int32_t sum = sum_of_bytes(flash_next_i32(at), from, at, count),
        factored(sum, p, which))
MI_GATE(gate_of_shorts, int16_t, const int64_t sum = sum_of_shorts(flash_next_i64(at), from, at, count),
        mi_wide_rescaled(sum, (int16_t)p->multiplier[which], (uint8_t)p->shift[which]))

/* The cell of a unit from its four gates, and what is shown of it. */
static int32_t stepped(const mi_lstm_parameters *p, const int32_t *gates, int16_t *cell) {
    const int32_t kept = factored(logistic(3 * gates[1]) * *cell, p, KEPT);
    const int32_t added = factored(logistic(3 * gates[0]) * tangent(3 * gates[2]), p, ADDED);
    int32_t state = within_int16(within_int16(kept) + within_int16(added));
    if (p->clip > 0) {
        state = state > p->clip ? p->clip : state;
        state = state < -p->clip ? -p->clip : state;
    }
    *cell = (int16_t)state;
    state = tangent((state * p->tangent + (1L << p->tangent_shift >> 1)) >> p->tangent_shift);
    state = factored(state * logistic(3 * gates[3]), p, SHOWN);
    return wrap_int32((uint32_t)state + (uint32_t)(int32_t)p->zero_point);
}

#define MI_LSTM(name, ITEM, gate_of, LEAST, MOST)                                                                    \
    void name(const mi_lstm_parameters *parameters, const ITEM *input, ITEM *hidden, int16_t *cell, ITEM *output) { \
        mi_lstm_parameters p;                                                                                        \
        uint16_t b, t, u;                                                                                            \
                                                                                                                     \
        flash_copy(&p, parameters, sizeof p);                                                                        \
        for (b = 0; b < p.batch; ++b) {                                                                              \
            for (t = 0; t < p.time; ++t) {                                                                           \
                const uint16_t row = (uint16_t)(t * p.time_stride + b * p.batch_stride);                             \
                const ITEM *x = input + (unsigned)row * p.inputs;                                                    \
                ITEM *y = output + (unsigned)row * p.units;                                                          \
                const uint8_t *at = p.weights;                                                                       \
                for (u = 0; u < p.units; ++u) {                                                                      \
                    int32_t gates[4], shown;                                                                         \
                    uint8_t g;                                                                                       \
                    for (g = 0; g < 4; ++g) gates[g] = gate_of(&p, g, &at, x, hidden);       \
                    shown = stepped(&p, gates, cell + u);                                                            \
                    y[u] = (ITEM)(shown < LEAST ? LEAST : shown > MOST ? MOST : shown);                              \
                }                                                                                                    \
                for (u = 0; u < p.units; ++u) hidden[u] = y[u];                                                      \
            }                                                                                                        \
            hidden += p.units;                                                                                       \
            cell += p.units;                                                                                         \
        }                                                                                                            \
    }

MI_LSTM(mi_lstm_int8, int8_t, gate_of_bytes, INT8_MIN, INT8_MAX)
MI_LSTM(mi_lstm_int16, int16_t, gate_of_shorts, INT16_MIN, INT16_MAX)
