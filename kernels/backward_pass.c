/* A gradient through frozen int8 operators, in whole numbers, and a step of the biases that learn.
 *
 * A gradient is int16 times one scale. Behind an operator it is a sum of 32 bits, of which as many are kept again
 * as the next operator's sums allow: so the bits do not depend on the order of sums. */
#include "fixed_point.h"
#include "float_layers.h"

#define LEAST (1.0f / 1099511627776.0f)
#define MOST 1099511627776.0f
#define LARGEST_STEP 16777216.0f
#define NOUGHTS 255

float mi_features_back(const mi_online_layer_parameters *parameters, const float *errors, const float *weights,
                       uint8_t bits, mi_sum *sums, int16_t *gradients) {
    mi_online_layer_parameters p;
    const float low = (float)((uint16_t)1 << (bits - 1));
    float largest = 0.0f, factor = 1.0f;
    uint16_t i, output;

    flash_copy(&p, parameters, sizeof p);
    for (output = 0; output < p.outputs; ++output) {
        const float error = errors[output];
        ++weights;
        for (i = 0; i < p.inputs; ++i) {
            const float product = *weights++ * error;
            sums[i].real = output ? sums[i].real + product : product;
        }
    }
    for (i = 0; i < p.inputs; ++i) {
        const float magnitude = sums[i].real < 0.0f ? -sums[i].real : sums[i].real;
        if (!(magnitude <= MOST)) return 0.0f;
        if (magnitude > largest) largest = magnitude;
    }
    if (!(largest >= LEAST)) return 0.0f;
    while (largest < low) {
        largest *= 2.0f;
        factor *= 2.0f;
    }
    while (largest >= low + low) {
        largest *= 0.5f;
        factor *= 0.5f;
    }
    for (i = 0; i < p.inputs; ++i) gradients[i] = (int16_t)(sums[i].real * factor);
    return 1.0f / factor;
}

/* To so many bits besides the sign, halves upwards; by how many the sums were shifted. */
static uint8_t narrow(const mi_window *window, uint8_t bits, const mi_sum *sums, int16_t *gradients) {
    uint16_t count = (uint16_t)(window->input_h * window->input_w * window->input_c), i;
    uint32_t all = 0;
    int32_t half;
    uint8_t shift = 0;

    for (i = 0; i < count; ++i) {
        const int32_t sum = sums[i].whole;
        all |= (uint32_t)(sum < 0 ? -sum : sum);
    }
    if (!all) return NOUGHTS;
    for (all >>= bits; all; all >>= 1) ++shift;
    half = (int32_t)(((uint32_t)1 << shift) >> 1);
    for (i = 0; i < count; ++i) gradients[i] = (int16_t)shift_right(sums[i].whole + half, shift);
    return shift;
}

static float narrowed(const mi_window *window, uint8_t bits, float scale, const mi_sum *sums, int16_t *gradients) {
    const uint8_t shift = narrow(window, bits, sums, gradients);
    return shift == NOUGHTS ? 0.0f : scale * (float)((uint32_t)1 << shift);
}

static void clear(const mi_window *window, mi_sum *sums) {
    uint16_t count = (uint16_t)(window->input_h * window->input_w * window->input_c);
    for (; count; --count) (sums++)->whole = 0;
}

typedef struct {
    uint16_t first, end;
} taps;

/* Those of a window that lie inside. */
static taps inside(int32_t origin, uint16_t kernel, uint16_t dilation, uint16_t size) {
    taps found;
    uint16_t tap = 0;
    for (; tap < kernel && origin < 0; ++tap) origin += dilation;
    found.first = tap;
    for (; tap < kernel && origin < (int32_t)size; ++tap) origin += dilation;
    found.end = tap;
    return found;
}

static taps rows_inside(const mi_window *window, uint16_t y) {
    return inside((int32_t)y * window->stride_h - window->pad_h, window->kernel_h, window->dilation_h, window->input_h);
}

static taps columns_inside(const mi_window *window, uint16_t x) {
    return inside((int32_t)x * window->stride_w - window->pad_w, window->kernel_w, window->dilation_w, window->input_w);
}

/* The first channel under a tap of the window of an output. */
MI_INLINE mi_sum *under(const mi_window *window, mi_sum *sums, uint16_t y, uint16_t x, uint16_t row, uint16_t column) {
    const uint16_t down = (uint16_t)(y * window->stride_h + row * window->dilation_h - (uint16_t)window->pad_h);
    const uint16_t across = (uint16_t)(x * window->stride_w + column * window->dilation_w - (uint16_t)window->pad_w);
    return sums + ((unsigned)down * window->input_w + across) * window->input_c;
}

static void mask(uint16_t count, const uint8_t *kept, int16_t *gradients) {
    uint8_t bit = 1, bits = 0;
    for (; count; --count, ++gradients) {
        if (bit == 1) bits = *kept++;
        if (!(bits & bit)) *gradients = 0;
        bit = (uint8_t)(bit << 1 | bit >> 7);
    }
}

/* A step of each bias; then gradients as of channels whose weights have one scale. */
static void step(const mi_trained_layer_parameters *p, float scale, int32_t *changes, float *rests,
                 int16_t *gradients) {
    const uint16_t pixels = (uint16_t)(p->window.output_h * p->window.output_w);
    const uint8_t *steps = p->steps;
    uint16_t channel, pixel;

    for (channel = 0; channel < p->channels; ++channel) {
        const float factor = flash_next_float(&steps);
        const uint8_t low = flash_next_u8(&steps);
        const uint16_t ratio = (uint16_t)(low | (uint16_t)flash_next_u8(&steps) << 8);
        int16_t *at = gradients + channel;
        int32_t sum = 0, whole;
        float rest;
        for (pixel = pixels; pixel; --pixel, at += p->channels) {
            if (!*at) continue;
            sum += *at;
            if (p->through) *at = (int16_t)(((int32_t)*at * (int32_t)ratio + 16384) >> 15);
        }
        rest = rests[channel] - scale * (float)sum * factor;
        if (!(rest < LARGEST_STEP)) rest = LARGEST_STEP;
        if (!(rest > -LARGEST_STEP)) rest = -LARGEST_STEP;
        whole = (int32_t)rest;
        rests[channel] = rest - (float)whole;
        changes[channel] = wrap_int32((uint32_t)changes[channel] + (uint32_t)whole);
    }
}

float mi_trained_layer_back(const mi_trained_layer_parameters *parameters, float scale, const uint8_t *kept,
                            int32_t *changes, float *rests, mi_sum *sums, int16_t *gradients) {
    mi_trained_layer_parameters p;
    uint16_t y, x, channel, row, column, i, run, each;
    const int16_t *given = gradients;

    flash_copy(&p, parameters, sizeof p);
    if (p.clamps) mask((uint16_t)(p.window.output_h * p.window.output_w * p.channels), kept, gradients);
    step(&p, scale, changes, rests, gradients);
    if (!p.through) return 0.0f;
    clear(&p.window, sums);
    run = p.groups == 1 ? p.window.input_c : 1;
    each = (uint16_t)(p.channels / p.groups);
    for (y = 0; y < p.window.output_h; ++y) {
        const taps rows = rows_inside(&p.window, y);
        for (x = 0; x < p.window.output_w; ++x) {
            const taps columns = columns_inside(&p.window, x);
            const unsigned next_row = (unsigned)p.window.kernel_w * run;
            const uint8_t *data = p.data + 4 + (rows.first * next_row + (unsigned)columns.first * run);
            const unsigned size = p.window.kernel_h * next_row + 10;
            uint16_t group = 0, copies = each;
            for (channel = p.channels; channel; --channel, data += size) {
                const int16_t gradient = *given++;
                const uint8_t *weights_of_row = data;
                if (gradient) {
                    for (row = rows.first; row < rows.end; ++row, weights_of_row += next_row) {
                        const uint8_t *weights = weights_of_row;
                        mi_sum *to = under(&p.window, sums, y, x, row, columns.first) + group;
                        for (column = columns.first; column < columns.end; ++column) {
                            for (i = 0; i < run; ++i) to[i].whole += (int32_t)gradient * flash_next_i8(&weights);
                            to += (unsigned)p.window.dilation_w * p.window.input_c;
                        }
                    }
                }
                if (p.groups != 1 && !--copies) {
                    ++group;
                    copies = each;
                }
            }
        }
    }
    return narrowed(&p.window, p.bits, scale * p.scale, sums, gradients);
}

float mi_average_pool_back(const mi_pool_back_parameters *parameters, float scale, mi_sum *sums,
                           int16_t *gradients) {
    mi_pool_back_parameters p;
    const int16_t *given = gradients;
    uint16_t y, x, row, column, i;

    flash_copy(&p, parameters, sizeof p);
    clear(&p.window, sums);
    for (y = 0; y < p.window.output_h; ++y) {
        const taps rows = rows_inside(&p.window, y);
        for (x = 0; x < p.window.output_w; ++x) {
            const taps columns = columns_inside(&p.window, x);
            const uint16_t count = (uint16_t)((rows.end - rows.first) * (columns.end - columns.first));
            const uint16_t share = count ? (uint16_t)((32768u + count / 2) / count) : 0;
            for (i = 0; i < p.window.input_c; ++i) {
                const int32_t part = (int32_t)*given++ * (int32_t)share;
                if (!part) continue;
                for (row = rows.first; row < rows.end; ++row) {
                    mi_sum *to = under(&p.window, sums, y, x, row, columns.first) + i;
                    for (column = columns.first; column < columns.end; ++column, to += p.window.input_c)
                        to->whole += part;
                }
            }
        }
    }
    return narrowed(&p.window, p.bits, scale * (1.0f / 32768.0f), sums, gradients);
}

void mi_keep_largest(const mi_pool_back_parameters *parameters, const int8_t *input, const int8_t *output,
                     uint8_t *kept) {
    mi_pool_back_parameters p;
    uint16_t y, x, row, column, i;

    flash_copy(&p, parameters, sizeof p);
    for (y = 0; y < p.window.output_h; ++y) {
        const taps rows = rows_inside(&p.window, y);
        for (x = 0; x < p.window.output_w; ++x) {
            const taps columns = columns_inside(&p.window, x);
            const uint16_t down = (uint16_t)(y * p.window.stride_h - (uint16_t)p.window.pad_h);
            const uint16_t across = (uint16_t)(x * p.window.stride_w - (uint16_t)p.window.pad_w);
            for (i = 0; i < p.window.input_c; ++i) {
                uint8_t found = 0, tap = 0;
                for (row = rows.first; row < rows.end && !found; ++row) {
                    const uint16_t at = (uint16_t)(down + row), left = (uint16_t)(across + columns.first);
                    const int8_t *from = input + ((unsigned)at * p.window.input_w + left) * p.window.input_c + i;
                    for (column = columns.first; column < columns.end; ++column, from += p.window.input_c) {
                        if (*from != *output) continue;
                        tap = (uint8_t)(row * p.window.kernel_w + column);
                        found = 1;
                        break;
                    }
                }
                *kept++ = tap;
                ++output;
            }
        }
    }
}

float mi_max_pool_back(const mi_pool_back_parameters *parameters, float scale, const uint8_t *kept, mi_sum *sums,
                       int16_t *gradients) {
    mi_pool_back_parameters p;
    const int16_t *given = gradients;
    uint16_t y, x, i;

    flash_copy(&p, parameters, sizeof p);
    clear(&p.window, sums);
    for (y = 0; y < p.window.output_h; ++y) {
        for (x = 0; x < p.window.output_w; ++x) {
            for (i = 0; i < p.window.input_c; ++i) {
                const uint8_t tap = *kept++;
                const uint16_t row = tap / p.window.kernel_w, column = tap % p.window.kernel_w;
                under(&p.window, sums, y, x, row, column)[i].whole += *given++;
            }
        }
    }
    return narrowed(&p.window, p.bits, scale, sums, gradients);
}
