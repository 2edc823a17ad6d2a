/* QUANTIZE and DEQUANTIZE. int8 to int8 is a table: see activations.c. */
#include "fixed_point.h"
#include "kernels.h"

/* What is far beyond low and high becomes the nearest int32, as the conversion of an Arm core has it; adding
 * the zero point wraps. */
static MI_NOINLINE int32_t far_away(float quotient, int16_t zero_point, int32_t low, int32_t high) {
    int32_t whole = quotient >= 2147483648.0f    ? INT32_MAX
                    : quotient <= -2147483648.0f ? INT32_MIN
                                                 : (int32_t)quotient;
    whole = (int32_t)((uint32_t)whole + (uint32_t)(int32_t)zero_point);
    return whole < low ? low : whole > high ? high : whole;
}

/* value / scale to the nearest, halves away from zero, plus the zero point. NaN becomes 0, as on an Arm. */
MI_INLINE int32_t quantised(float value, float scale, int16_t zero_point, int32_t low, int32_t high) {
    float quotient = value / scale, fraction;
    int32_t whole;
    if (quotient >= 131072.0f || quotient <= -131072.0f) return far_away(quotient, zero_point, low, high);
    if (!(quotient > -131072.0f)) return zero_point;
    whole = (int32_t)quotient;
    fraction = quotient - (float)whole;
    if (fraction >= 0.5f) ++whole;
    if (fraction <= -0.5f) --whole;
    whole += zero_point;
    return whole < low ? low : whole > high ? high : whole;
}

void mi_quantize_int8(const mi_quantize_parameters *parameters, const float *input, int8_t *output) {
    mi_quantize_parameters p;
    flash_copy(&p, parameters, sizeof p);
    do *output++ = (int8_t)quantised(*input++, p.scale, p.zero_point, INT8_MIN, INT8_MAX);
    while (--p.count);
}

void mi_quantize_int16(const mi_quantize_parameters *parameters, const float *input, int16_t *output) {
    mi_quantize_parameters p;
    flash_copy(&p, parameters, sizeof p);
    do *output++ = (int16_t)quantised(*input++, p.scale, p.zero_point, INT16_MIN, INT16_MAX);
    while (--p.count);
}

/* One rounding: the product of a float32 and 17 bits. */
void mi_dequantize_int8(const mi_quantize_parameters *parameters, const int8_t *input, float *output) {
    mi_quantize_parameters p;
    flash_copy(&p, parameters, sizeof p);
    do *output++ = p.scale * (float)(*input++ - p.zero_point);
    while (--p.count);
}

void mi_dequantize_int16(const mi_quantize_parameters *parameters, const int16_t *input, float *output) {
    mi_quantize_parameters p;
    flash_copy(&p, parameters, sizeof p);
    do *output++ = p.scale * (float)((int32_t)*input++ - p.zero_point);
    while (--p.count);
}

MI_INLINE int32_t requantised(const mi_requantize_parameters *p, int32_t value, int32_t low, int32_t high) {
    value = mi_multiply(value - p->input_zero_point, p->multiplier, p->shift);
    value = value > INT32_MAX - 65536 ? value : value + p->output_zero_point;
    return value < low ? low : value > high ? high : value;
}

void mi_requantize_int16_int8(const mi_requantize_parameters *parameters, const int16_t *input,
                              int8_t *output) {
    mi_requantize_parameters p;
    flash_copy(&p, parameters, sizeof p);
    do *output++ = (int8_t)requantised(&p, *input++, INT8_MIN, INT8_MAX);
    while (--p.count);
}

void mi_requantize_int8_int16(const mi_requantize_parameters *parameters, const int8_t *input,
                              int16_t *output) {
    mi_requantize_parameters p;
    flash_copy(&p, parameters, sizeof p);
    do *output++ = (int16_t)requantised(&p, *input++, INT16_MIN, INT16_MAX);
    while (--p.count);
}

void mi_requantize_int16_int16(const mi_requantize_parameters *parameters, const int16_t *input,
                               int16_t *output) {
    mi_requantize_parameters p;
    flash_copy(&p, parameters, sizeof p);
    do *output++ = (int16_t)requantised(&p, *input++, INT16_MIN, INT16_MAX);
    while (--p.count);
}
