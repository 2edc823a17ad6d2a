/* AVERAGE_POOL_2D and MAX_POOL_2D: the part of each window that lies inside, then channel by channel. */
#include "fixed_point.h"
#include "kernels.h"

/* Where a window begins inside the image, and how many rows or columns of it are inside. */
MI_INLINE uint16_t inside(uint16_t *first, uint16_t origin, uint16_t kernel, uint16_t size) {
    int32_t start = (int16_t)origin, end = start + kernel;
    if (start < 0) start = 0;
    if (end > (int32_t)size) end = size;
    *first = (uint16_t)start;
    return end > start ? (uint16_t)(end - start) : 0;
}

MI_INLINE int8_t bounded(int8_t value, int8_t low, int8_t high) {
    if (value < low) value = low;
    return value > high ? high : value;
}

/* Sums of a window's part inside the image: `skip` leads from the end of a row to the next one's start.
 * 16 bits hold 255 taps. */
MI_INLINE int16_t sum_of_few(const int8_t *at, uint16_t rows, uint16_t columns, unsigned channels,
                             unsigned skip) {
    int16_t sum = 0;
    for (;;) {
        uint16_t column = columns;
        do {
            sum = (int16_t)(sum + *at);
            at += channels;
        } while (--column);
        if (!--rows) return sum;
        at += skip;
    }
}

MI_INLINE int32_t sum_of_many(const int8_t *at, uint16_t rows, uint16_t columns, unsigned channels,
                              unsigned skip) {
    int32_t sum = 0;
    for (;;) {
        uint16_t column = columns;
        do {
            sum += *at;
            at += channels;
        } while (--column);
        if (!--rows) return sum;
        at += skip;
    }
}

/* sum / count to the nearest, halves away from zero, for up to 255 taps. The product with
 * 65536 / count is at most 1 short of the quotient. */
MI_INLINE int8_t average_of_few(int16_t sum, uint8_t count, uint16_t reciprocal) {
    uint16_t magnitude = (uint16_t)((uint16_t)(sum < 0 ? -sum : sum) + (count >> 1));
    uint8_t quotient = (uint8_t)((uint32_t)magnitude * reciprocal >> 16);
    if ((uint16_t)(magnitude - (uint16_t)((uint16_t)quotient * count)) >= count) ++quotient;
    return (int8_t)(sum < 0 ? (uint8_t)-quotient : quotient);
}

MI_INLINE int8_t average_of_many(int32_t sum, uint16_t count) {
    uint8_t quotient = (uint8_t)(((uint32_t)(sum < 0 ? -sum : sum) + (count >> 1)) / count);
    return (int8_t)(sum < 0 ? (uint8_t)-quotient : quotient);
}

void mi_average_pool_2d(const mi_pool_parameters *parameters, const int8_t *input, int8_t *output) {
    mi_pool_parameters p;
    uint16_t batch, y, x, channel, top, left, first_y, first_x, rows, columns, count;
    uint16_t reciprocal = 0, divisor = 0;
    unsigned skip;

    flash_copy(&p, parameters, sizeof p);
    for (batch = p.window.batch; batch; --batch) {
        top = (uint16_t)-p.window.pad_h;
        for (y = p.window.output_h; y; --y) {
            rows = inside(&first_y, top, p.window.kernel_h, p.window.input_h);
            left = (uint16_t)-p.window.pad_w;
            for (x = p.window.output_w; x; --x) {
                const int8_t *at;
                columns = inside(&first_x, left, p.window.kernel_w, p.window.input_w);
                count = (uint16_t)(rows * columns);
                if (count != divisor) {
                    divisor = count;
                    reciprocal = count > 1 ? (uint16_t)(65536ul / count) : 65535u;
                }
                at = input + ((unsigned)first_y * p.window.input_w + first_x) * p.window.input_c;
                skip = (unsigned)(p.window.input_w - columns) * p.window.input_c;
                for (channel = p.window.input_c; channel; --channel, ++at) {
                    int8_t mean;
                    if (count < 256) {
                        int16_t sum = sum_of_few(at, rows, columns, p.window.input_c, skip);
                        mean = average_of_few(sum, (uint8_t)count, reciprocal);
                    } else {
                        int32_t sum = sum_of_many(at, rows, columns, p.window.input_c, skip);
                        mean = average_of_many(sum, count);
                    }
                    *output++ = bounded(mean, p.low, p.high);
                }
                left = (uint16_t)(left + p.window.stride_w);
            }
            top = (uint16_t)(top + p.window.stride_h);
        }
        input += (unsigned)p.window.input_h * p.window.input_w * p.window.input_c;
    }
}

void mi_max_pool_2d(const mi_pool_parameters *parameters, const int8_t *input, int8_t *output) {
    mi_pool_parameters p;
    uint16_t batch, y, x, channel, top, left, first_y, first_x, rows, columns, row;
    unsigned skip;

    flash_copy(&p, parameters, sizeof p);
    for (batch = p.window.batch; batch; --batch) {
        top = (uint16_t)-p.window.pad_h;
        for (y = p.window.output_h; y; --y) {
            rows = inside(&first_y, top, p.window.kernel_h, p.window.input_h);
            left = (uint16_t)-p.window.pad_w;
            for (x = p.window.output_w; x; --x) {
                const int8_t *start;
                columns = inside(&first_x, left, p.window.kernel_w, p.window.input_w);
                start = input + ((unsigned)first_y * p.window.input_w + first_x) * p.window.input_c;
                skip = (unsigned)(p.window.input_w - columns) * p.window.input_c;
                for (channel = p.window.input_c; channel; --channel, ++start) {
                    const int8_t *at = start;
                    int8_t most = INT8_MIN;
                    for (row = rows;;) {
                        uint16_t column = columns;
                        do {
                            if (*at > most) most = *at;
                            at += p.window.input_c;
                        } while (--column);
                        if (!--row) break;
                        at += skip;
                    }
                    *output++ = bounded(most, p.low, p.high);
                }
                left = (uint16_t)(left + p.window.stride_w);
            }
            top = (uint16_t)(top + p.window.stride_h);
        }
        input += (unsigned)p.window.input_h * p.window.input_w * p.window.input_c;
    }
}
