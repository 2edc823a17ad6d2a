/* The kernels of bare-c: int8 neural network operators, and layers of real numbers, with the bits of
 * TensorFlow Lite Micro.
 *
 * Tensors are NHWC, in SRAM. Parameters, weights and tables lie in flash (flash.h says how they are
 * read) and are written by `microinfer export`, which also folds what can be folded: the input's zero
 * point into the biases, the output's into the clamp, real scales into records of fixed_point.h.
 */
#ifndef MICROINFER_KERNELS_H
#define MICROINFER_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bounds of an int8 output less its zero point, and the zero point. */
typedef struct {
    int16_t low, high;
    int8_t zero_point;
} mi_clamp;

/* A window that slides over an image. `pad_h` and `pad_w` are in front. */
typedef struct {
    uint16_t batch, input_h, input_w, input_c, output_h, output_w;
    uint16_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int16_t pad_h, pad_w;
} mi_window;

/* For each output channel in turn, `channels` holds the bias (int32), the weights of its
 * kernel_h * kernel_w * filter_c taps, and a requantisation record. */
typedef struct {
    mi_window window;
    uint16_t groups, filter_c, group_outputs;
    int8_t input_zero_point;
    mi_clamp clamp;
    const uint8_t *channels;
} mi_conv_2d_parameters;

/* `patch` is scratch: kernel_h * kernel_w * filter_c bytes. */
void mi_conv_2d(const mi_conv_2d_parameters *, const int8_t *input, int8_t *output, int8_t *patch);

/* As above with kernel_h * kernel_w taps; channels in the order of the output. */
typedef struct {
    mi_window window;
    uint16_t multiplier;
    int8_t input_zero_point;
    mi_clamp clamp;
    const uint8_t *channels;
} mi_depthwise_conv_2d_parameters;

/* `patch` is scratch: kernel_h * kernel_w * input_c bytes. */
void mi_depthwise_conv_2d(const mi_depthwise_conv_2d_parameters *, const int8_t *input, int8_t *output,
                          int8_t *patch);

/* For each output in turn, `channels` holds the bias, the weights and a requantisation record. */
typedef struct {
    uint16_t batch, inputs, outputs;
    mi_clamp clamp;
    const uint8_t *channels;
} mi_fully_connected_parameters;

void mi_fully_connected(const mi_fully_connected_parameters *, const int8_t *input, int8_t *output);

/* Bounds of a real output. */
typedef struct {
    float low, high;
} mi_bounds;

/* Of real numbers: for each output in turn, `channels` holds the bias and the weights, float32. */
typedef struct {
    uint16_t batch, inputs, outputs;
    mi_bounds bounds;
    const uint8_t *channels;
} mi_fully_connected_float_parameters;

void mi_fully_connected_float(const mi_fully_connected_float_parameters *, const float *input, float *output);

typedef struct {
    mi_window window;
    uint16_t groups, filter_c, group_outputs;
    mi_bounds bounds;
    const uint8_t *channels;
} mi_conv_2d_float_parameters;

void mi_conv_2d_float(const mi_conv_2d_float_parameters *, const float *input, float *output);

/* For each output channel in turn, `channels` holds the bias and the weights of its taps, float32. */
typedef struct {
    mi_window window;
    uint16_t multiplier;
    mi_bounds bounds;
    const uint8_t *channels;
} mi_depthwise_conv_2d_float_parameters;

void mi_depthwise_conv_2d_float(const mi_depthwise_conv_2d_float_parameters *, const float *input, float *output);

typedef struct {
    mi_window window;
    mi_bounds bounds;
} mi_pool_float_parameters;

void mi_average_pool_2d_float(const mi_pool_float_parameters *, const float *input, float *output);
void mi_max_pool_2d_float(const mi_pool_float_parameters *, const float *input, float *output);

/* `weights` holds those of the features, filter by filter, and then for each unit its bias and, for each of
 * `rank` filters, those over time; float32. The state starts as zeros. */
typedef struct {
    uint16_t batch, inputs, units, rank, memory;
    uint8_t activation;
    const uint8_t *weights;
} mi_svdf_float_parameters;

void mi_svdf_float(const mi_svdf_float_parameters *, const float *input, float *state, float *output);

/* As above of int8, with weights over time of the state's type, biases of int32 and no activation. The state starts
 * with its zero point. */
typedef struct {
    uint16_t batch, inputs, units, rank, memory;
    int8_t input_zero_point, output_zero_point;
    int16_t state_zero_point;
    int32_t multiplier_1, multiplier_2;
    int8_t shift_1, shift_2;
    const uint8_t *weights;
} mi_svdf_parameters;

void mi_svdf_int16(const mi_svdf_parameters *, const int8_t *input, int16_t *state, int8_t *output);
void mi_svdf_int8(const mi_svdf_parameters *, const int8_t *input, int8_t *state, int8_t *output);

/* `weights` holds for each unit and each of its gates (input, forget, cell, output) bias, weights of the input
 * and weights of the hidden state; float32. `clip.high` is 0 for none; both states start as zeros. */
typedef struct {
    uint16_t batch, time, inputs, units, time_stride, batch_stride;
    mi_bounds clip;
    const uint8_t *weights;
} mi_lstm_float_parameters;

void mi_lstm_float(const mi_lstm_float_parameters *, const float *input, float *hidden, float *cell,
                   float *output);

/* UNIDIRECTIONAL_SEQUENCE_LSTM of int8 or int16 with a cell of int16. `weights` holds for each unit and each of its
 * gates (input, forget, cell, output) twice what a sum begins with (int32, of int16 int64) and its weights: of the
 * input, then of the hidden state. Of each gate the factors of both sums, which have 16 bits and a shift to the right
 * where sums have 64; then those of forget gate x cell, of input gate x cell gate, and of the output. `clip` is 0
 * for none. */
typedef struct {
    uint16_t batch, time, inputs, units, time_stride, batch_stride;
    int32_t multiplier[11];
    int8_t shift[11];
    int16_t zero_point, clip;
    int32_t tangent;
    uint8_t tangent_shift;
    const uint8_t *weights;
} mi_lstm_parameters;

void mi_lstm_int8(const mi_lstm_parameters *, const int8_t *input, int8_t *hidden, int16_t *cell, int8_t *output);
void mi_lstm_int16(const mi_lstm_parameters *, const int16_t *input, int16_t *hidden, int16_t *cell, int16_t *output);

typedef struct {
    mi_window window;
    int8_t low, high;
} mi_pool_parameters;

void mi_average_pool_2d(const mi_pool_parameters *, const int8_t *input, int8_t *output);
void mi_max_pool_2d(const mi_pool_parameters *, const int8_t *input, int8_t *output);

/* Bounds of an int16 output and its zero point. */
typedef struct {
    int16_t low, high, zero_point;
} mi_clamp_int16;

/* Layers of int16 data. For each output channel in turn, `channels` holds the bias (int64), the weights of its taps
 * (int8), a factor (int32) and a shift (int8): of 64-bit sums, where they are `wide`, 16 bits and to the right. */
typedef struct {
    mi_window window;
    uint16_t groups, filter_c, group_outputs;
    mi_clamp_int16 clamp;
    uint8_t wide;
    const uint8_t *channels;
} mi_conv_2d_int16_parameters;

void mi_conv_2d_int16(const mi_conv_2d_int16_parameters *, const int16_t *input, int16_t *output);

typedef struct {
    mi_window window;
    uint16_t multiplier;
    mi_clamp_int16 clamp;
    const uint8_t *channels;
} mi_depthwise_conv_2d_int16_parameters;

void mi_depthwise_conv_2d_int16(const mi_depthwise_conv_2d_int16_parameters *, const int16_t *input, int16_t *output);

typedef struct {
    uint16_t batch, inputs, outputs;
    mi_clamp_int16 clamp;
    uint8_t wide;
    const uint8_t *channels;
} mi_fully_connected_int16_parameters;

void mi_fully_connected_int16(const mi_fully_connected_int16_parameters *, const int16_t *input, int16_t *output);

typedef struct {
    mi_window window;
    int16_t low, high;
} mi_pool_int16_parameters;

void mi_average_pool_2d_int16(const mi_pool_int16_parameters *, const int16_t *input, int16_t *output);
void mi_max_pool_2d_int16(const mi_pool_int16_parameters *, const int16_t *input, int16_t *output);

/* TRANSPOSE_CONV. For each output channel in turn, `channels` holds the bias, the weights of its taps, in the order of
 * the kernel's rows, columns and input channels, and how to rescale; as those of CONV_2D of the same type. */
typedef struct {
    mi_window window;
    uint16_t output_c;
    int8_t input_zero_point;
    mi_clamp clamp;
    const uint8_t *channels;
} mi_transpose_conv_parameters;

typedef struct {
    mi_window window;
    uint16_t output_c;
    mi_clamp_int16 clamp;
    const uint8_t *channels;
} mi_transpose_conv_int16_parameters;

typedef struct {
    mi_window window;
    uint16_t output_c;
    mi_bounds bounds;
    const uint8_t *channels;
} mi_transpose_conv_float_parameters;

void mi_transpose_conv(const mi_transpose_conv_parameters *, const int8_t *input, int8_t *output);
void mi_transpose_conv_int16(const mi_transpose_conv_int16_parameters *, const int16_t *input, int16_t *output);
void mi_transpose_conv_float(const mi_transpose_conv_float_parameters *, const float *input, float *output);

/* BATCH_MATMUL: three loops over matrices, with steps of both inputs in elements, and those inside a matrix. A
 * constant lies in flash. Of int16 the multiplier has 16 bits, and the shift goes to the right. */
typedef struct {
    uint16_t size[3], batch_1[3], batch_2[3], rows, columns, depth, row_1, depth_1, depth_2, column_2;
    int16_t zero_point_1, zero_point_2, zero_point;
    int32_t multiplier;
    int8_t shift;
    uint8_t constant_1, constant_2;
} mi_batch_matmul_parameters;

void mi_batch_matmul_int8(const mi_batch_matmul_parameters *, const int8_t *input_1, const int8_t *input_2,
                          int8_t *output);
void mi_batch_matmul_int16(const mi_batch_matmul_parameters *, const int16_t *input_1, const int16_t *input_2,
                           int16_t *output);
void mi_batch_matmul_float(const mi_batch_matmul_parameters *, const float *input_1, const float *input_2,
                           float *output);

/* `rows` and `columns` hold for each of the output's both neighbours (uint16) and the share of the second. */
typedef struct {
    uint16_t batch, input_h, input_w, channels, output_h, output_w;
    const uint8_t *rows, *columns;
} mi_resize_parameters;

void mi_resize_bilinear_int8(const mi_resize_parameters *, const int8_t *input, int8_t *output);
void mi_resize_bilinear_float(const mi_resize_parameters *, const float *input, float *output);

/* `images` small ones, with the pixels of `batch` large ones; `before` pixels are padded or cropped; `bytes` a pixel. */
typedef struct {
    uint16_t images, small_h, small_w, batch, large_h, large_w, block_h, block_w, bytes;
    int16_t before_h, before_w;
} mi_image_blocks_parameters;

void mi_space_to_batch(const mi_image_blocks_parameters *, void *input, void *output);
void mi_batch_to_space(const mi_image_blocks_parameters *, void *input, void *output);

/* Two inputs that broadcast against each other, as up to six nested loops, outermost first: sizes and
 * the strides of both inputs in elements, 0 along what is broadcast. `outer` of the loops around the
 * innermost are in use, the last ones. A constant input lies in flash. */
typedef struct {
    uint16_t size[6], stride_1[6], stride_2[6];
    uint8_t outer, constant_1, constant_2;
} mi_broadcast;

/* ADD and SUB where the factors are of the usual size. An input less its zero point, times `unit` and 2^16,
 * is multiplied by `twice` / 2^32 and shifted to the right by `power` = 2^(8 - bits); their sum is multiplied
 * by multiplier / 2^31, and `power` = 2^(33 - bits). */
typedef struct {
    int16_t zero_point;
    uint32_t twice;
    uint8_t power, unit;
} mi_addend;

typedef struct {
    mi_broadcast shape;
    mi_addend addend_1, addend_2;
    uint8_t subtract;
    int32_t multiplier;
    uint16_t power;
    mi_clamp clamp;
} mi_add_parameters;

void mi_add(const mi_add_parameters *, const int8_t *input_1, const int8_t *input_2, int8_t *output);

/* ADD and SUB with any factors: of both inputs less their zero points, times 2^20, and of their sum. */
typedef struct {
    mi_broadcast shape;
    int16_t zero_point_1, zero_point_2;
    int32_t multiplier_1, multiplier_2, multiplier_out;
    int8_t shift_1, shift_2, shift_out;
    uint8_t subtract;
    mi_clamp clamp;
} mi_add_any_parameters;

void mi_add_any(const mi_add_any_parameters *, const int8_t *input_1, const int8_t *input_2, int8_t *output);

/* `record` is the requantisation of the product. */
typedef struct {
    mi_broadcast shape;
    int16_t zero_point_1, zero_point_2;
    mi_clamp clamp;
    const uint8_t *record;
} mi_mul_parameters;

void mi_mul(const mi_mul_parameters *, const int8_t *input_1, const int8_t *input_2, int8_t *output);
void mi_maximum(const mi_broadcast *, const int8_t *input_1, const int8_t *input_2, int8_t *output);
void mi_minimum(const mi_broadcast *, const int8_t *input_1, const int8_t *input_2, int8_t *output);

/* SQUARED_DIFFERENCE: both inputs less their zero points are rescaled with 7 bits more, then the square. */
typedef struct {
    mi_broadcast shape;
    int16_t zero_point_1, zero_point_2;
    int32_t multiplier_1, multiplier_2, multiplier_out;
    int8_t shift_1, shift_2, shift_out, zero_point;
} mi_squared_difference_parameters;

void mi_squared_difference(const mi_squared_difference_parameters *, const int8_t *input_1, const int8_t *input_2,
                           int8_t *output);

/* Pairs of real numbers. */
typedef struct {
    mi_broadcast shape;
    mi_bounds bounds;
} mi_pairs_float_parameters;

void mi_add_float(const mi_pairs_float_parameters *, const float *input_1, const float *input_2, float *output);
void mi_subtract_float(const mi_pairs_float_parameters *, const float *input_1, const float *input_2,
                       float *output);
void mi_multiply_float(const mi_pairs_float_parameters *, const float *input_1, const float *input_2,
                       float *output);
void mi_divide_float(const mi_pairs_float_parameters *, const float *input_1, const float *input_2,
                     float *output);
void mi_maximum_float(const mi_broadcast *, const float *input_1, const float *input_2, float *output);
void mi_minimum_float(const mi_broadcast *, const float *input_1, const float *input_2, float *output);
void mi_squared_difference_float(const mi_broadcast *, const float *input_1, const float *input_2, float *output);
void mi_floor_modulo_float(const mi_broadcast *, const float *input_1, const float *input_2, float *output);

/* Comparisons to truth: `relation` has a bit for each of less (1), equal (2), greater (4) and neither (8) that
 * makes it hold. Bytes with scales are compared 256 times over their zero points, rescaled. */
typedef struct {
    mi_broadcast shape;
    uint8_t relation;
} mi_compare_parameters;

typedef struct {
    mi_broadcast shape;
    uint8_t relation;
    int16_t zero_point_1, zero_point_2;
    int32_t multiplier_1, multiplier_2;
    int8_t shift_1, shift_2;
} mi_compare_int8_parameters;

void mi_compare_int8(const mi_compare_int8_parameters *, const int8_t *input_1, const int8_t *input_2, int8_t *output);
void mi_compare_bool(const mi_compare_parameters *, const int8_t *input_1, const int8_t *input_2, int8_t *output);
void mi_compare_int32(const mi_compare_parameters *, const int32_t *input_1, const int32_t *input_2, int8_t *output);
void mi_compare_int64(const mi_compare_parameters *, const int64_t *input_1, const int64_t *input_2, int8_t *output);
void mi_compare_float32(const mi_compare_parameters *, const float *input_1, const float *input_2, int8_t *output);
void mi_logical_and(const mi_broadcast *, const int8_t *input_1, const int8_t *input_2, int8_t *output);
void mi_logical_or(const mi_broadcast *, const int8_t *input_1, const int8_t *input_2, int8_t *output);
void mi_logical_not(uint16_t count, const int8_t *input, int8_t *output);

/* As mi_broadcast, of a condition and two of `item` bytes an element. */
typedef struct {
    uint16_t size[6], stride[18];
    uint8_t outer, item, constant[3];
} mi_select_parameters;

void mi_select(const mi_select_parameters *, const void *condition, const void *input_1, const void *input_2,
               void *output);

/* Pairs of int32 without scales, held between bounds. */
typedef struct {
    mi_broadcast shape;
    int32_t low, high;
} mi_pairs_int32_parameters;

void mi_add_int32(const mi_pairs_int32_parameters *, const int32_t *input_1, const int32_t *input_2, int32_t *output);
void mi_subtract_int32(const mi_pairs_int32_parameters *, const int32_t *input_1, const int32_t *input_2,
                       int32_t *output);
void mi_multiply_int32(const mi_pairs_int32_parameters *, const int32_t *input_1, const int32_t *input_2,
                       int32_t *output);
void mi_divide_int32(const mi_pairs_int32_parameters *, const int32_t *input_1, const int32_t *input_2,
                     int32_t *output);
void mi_squared_difference_int32(const mi_broadcast *, const int32_t *input_1, const int32_t *input_2,
                                 int32_t *output);
void mi_maximum_int16(const mi_broadcast *, const int16_t *input_1, const int16_t *input_2, int16_t *output);
void mi_minimum_int16(const mi_broadcast *, const int16_t *input_1, const int16_t *input_2, int16_t *output);
void mi_maximum_int32(const mi_broadcast *, const int32_t *input_1, const int32_t *input_2, int32_t *output);
void mi_minimum_int32(const mi_broadcast *, const int32_t *input_1, const int32_t *input_2, int32_t *output);
void mi_maximum_int64(const mi_broadcast *, const int64_t *input_1, const int64_t *input_2, int64_t *output);
void mi_minimum_int64(const mi_broadcast *, const int64_t *input_1, const int64_t *input_2, int64_t *output);

/* Pairs with scales. int16 has no zero points. */
typedef struct {
    mi_broadcast shape;
    int32_t multiplier_1, multiplier_2, multiplier_out;
    int8_t shift_1, shift_2, shift_out;
    uint8_t subtract;
    int16_t low, high;
} mi_add_int16_parameters;

typedef struct {
    mi_broadcast shape;
    int32_t multiplier;
    int8_t shift;
    int16_t low, high;
} mi_multiply_int16_parameters;

typedef struct {
    mi_broadcast shape;
    int32_t multiplier_1, multiplier_2, multiplier_out;
    int8_t shift_1, shift_2, shift_out;
} mi_squared_difference_int16_parameters;

/* `slope` is what the product with alpha is rescaled by. */
typedef struct {
    mi_broadcast shape;
    int16_t zero_point_1, zero_point_2, zero_point;
    int32_t multiplier, slope;
    int8_t shift, slope_shift;
} mi_prelu_parameters;

typedef struct {
    mi_broadcast shape;
    int16_t zero_point_1, zero_point_2, zero_point;
    int32_t multiplier;
    int8_t shift, low, high;
} mi_divide_int8_parameters;

void mi_add_int16(const mi_add_int16_parameters *, const int16_t *input_1, const int16_t *input_2, int16_t *output);
void mi_multiply_int16(const mi_multiply_int16_parameters *, const int16_t *input_1, const int16_t *input_2,
                       int16_t *output);
void mi_squared_difference_int16(const mi_squared_difference_int16_parameters *, const int16_t *input_1,
                                 const int16_t *input_2, int16_t *output);
void mi_prelu_int8(const mi_prelu_parameters *, const int8_t *input, const int8_t *alpha, int8_t *output);
void mi_prelu_int16(const mi_prelu_parameters *, const int16_t *input, const int8_t *alpha, int16_t *output);
void mi_prelu_float(const mi_broadcast *, const float *input, const float *alpha, float *output);
void mi_divide_int8(const mi_divide_int8_parameters *, const int8_t *input_1, const int8_t *input_2, int8_t *output);

/* Four nested loops over the output; `places` holds for each of their turns, loop after loop, how many bytes
 * (uint16) the input is further on; `bytes` is what moves each time. */
typedef struct {
    uint16_t size[4], bytes;
    const uint8_t *places;
} mi_pick_parameters;

void mi_pick(const mi_pick_parameters *, const void *input, void *output);

/* `count` times the `item` bytes of a value. */
void mi_fill(uint16_t count, uint8_t item, const void *value, void *output);
void mi_fill_constant(uint16_t count, uint8_t item, const uint8_t *value, void *output);

/* `batch` times, of `outer` tables of `length` slices of `bytes` those that the indices name; an index beyond
 * takes the nearest. A constant table lies in flash. */
typedef struct {
    uint16_t batch, outer, length, indices, bytes;
    uint8_t constant;
} mi_take_slices_parameters;

void mi_take_slices(const mi_take_slices_parameters *, const void *input, const int32_t *indices, void *output);

/* Over up to four axes, as mi_mean_parameters. Reals are divided by `divisor`; of int16 the bias is added to a
 * sum, which is rescaled. */
typedef struct {
    uint16_t kept_size[4], kept_stride[4], reduced_size[4], reduced_stride[4];
    uint8_t kept_outer, reduced_outer;
    float divisor;
    int32_t bias, multiplier;
    int8_t shift;
    int16_t zero_point;
} mi_over_parameters;

void mi_largest_int8(const mi_over_parameters *, const int8_t *input, int8_t *output);
void mi_least_int8(const mi_over_parameters *, const int8_t *input, int8_t *output);
void mi_largest_float(const mi_over_parameters *, const float *input, float *output);
void mi_least_float(const mi_over_parameters *, const float *input, float *output);
void mi_all(const mi_over_parameters *, const int8_t *input, int8_t *output);
void mi_mean_float(const mi_over_parameters *, const float *input, float *output);
void mi_mean_int16(const mi_over_parameters *, const int16_t *input, int16_t *output);

/* ARG_MAX and ARG_MIN, which is the `least`, along the middle one of three dimensions. */
typedef struct {
    uint16_t outer, count, inner;
    uint8_t least;
} mi_where_parameters;

void mi_where_int8(const mi_where_parameters *, const int8_t *input, int32_t *output);
void mi_where_float(const mi_where_parameters *, const float *input, int32_t *output);

/* CAST; the types are 0 int8, 1 uint8, 2 int16, 3 uint16, 4 int32, 5 uint32, 6 float, 7 truth. */
void mi_cast(uint16_t count, uint8_t from, uint8_t to, const void *input, void *output);

/* CUMSUM along the middle one of three dimensions. */
typedef struct {
    uint16_t outer, count, inner;
    uint8_t exclusive, reverse;
} mi_columns;

typedef struct {
    mi_columns columns;
} mi_running_sum_parameters;

typedef struct {
    mi_columns columns;
    int32_t multiplier;
    int8_t shift, zero_point_in, zero_point;
} mi_running_sum_int8_parameters;

void mi_running_sum_int8(const mi_running_sum_int8_parameters *, const int8_t *input, int8_t *output);
void mi_running_sum_float(const mi_running_sum_parameters *, const float *input, float *output);

typedef struct {
    uint16_t count;
    uint8_t terms;
    int32_t bias, multiplier;
    int8_t shift, zero_point;
} mi_add_n_parameters;

void mi_add_n_int8(const mi_add_n_parameters *, const int8_t *const *inputs, int8_t *output);
void mi_add_n_float(uint16_t count, uint8_t terms, const float *const *inputs, float *output);

/* `exponentials` holds exp of -0, -1, ... steps of the input as int32 with 31 fraction bits, up to the
 * last that counts. */
typedef struct {
    uint16_t rows, depth, steps;
    const uint8_t *exponentials;
} mi_softmax_parameters;

void mi_softmax(const mi_softmax_parameters *, const int8_t *input, int8_t *output);
void mi_softmax_int16(const mi_softmax_parameters *, const int8_t *input, int16_t *output);

/* LOGISTIC and TANH of int16: the input is multiplied and shifted to the right to 3 * 2^12 steps for 1. */
typedef struct {
    uint16_t count;
    int32_t multiplier;
    uint8_t shift;
} mi_sigmoid_int16_parameters;

void mi_logistic_int16(const mi_sigmoid_int16_parameters *, const int16_t *input, int16_t *output);
void mi_tanh_int16(const mi_sigmoid_int16_parameters *, const int16_t *input, int16_t *output);

/* Numbers below the zero point by a factor of their own; `below` has a bit for a minus before (1) and behind (2). */
typedef struct {
    uint16_t count;
    int16_t zero_point_in, zero_point;
    int32_t multiplier, multiplier_below;
    int8_t shift, shift_below;
    uint8_t below;
    int32_t low, high;
} mi_rescale_int16_parameters;

void mi_rescale_int16(const mi_rescale_int16_parameters *, const int16_t *input, int16_t *output);

/* `exponentials` and `reciprocals`: 513 knots of int16 each. */
typedef struct {
    uint16_t rows, depth;
    int32_t multiplier;
    int8_t shift;
    const uint8_t *exponentials, *reciprocals;
} mi_softmax_of_int16_parameters;

void mi_softmax_of_int16(const mi_softmax_of_int16_parameters *, const int16_t *input, int16_t *output);

/* L2_NORMALIZATION and LOG_SOFTMAX along the last axis. `exponentials` as those of mi_softmax_parameters; multiplier and
 * shift bring a difference to 5 integer bits, the divisor back; `diff_min` is the least that counts. */
void mi_l2_normalize_float(uint16_t rows, uint16_t depth, const float *input, float *output);
void mi_l2_normalize_int8(uint16_t rows, uint16_t depth, int8_t zero_point, const int8_t *input, int8_t *output);
void mi_l2_pool_2d_float(const mi_pool_float_parameters *, const float *input, float *output);
void mi_log_softmax_float(uint16_t rows, uint16_t depth, const float *input, float *output);

typedef struct {
    uint16_t rows, depth, steps;
    int32_t multiplier, divisor, diff_min;
    int8_t shift, divisor_shift;
    const uint8_t *exponentials;
} mi_log_softmax_parameters;

void mi_log_softmax_int8(const mi_log_softmax_parameters *, const int8_t *input, int8_t *output);

/* Any function from int8 to int8, as its 256 values from that of -128 on: LOGISTIC, TANH, and RELU,
 * RELU6, LEAKY_RELU, HARD_SWISH and QUANTIZE between different scales. */
void mi_lookup(const uint8_t *table, uint16_t count, const int8_t *input, int8_t *output);

/* NEG, ABS, SQUARE, SQRT, RSQRT, FLOOR, CEIL and ROUND (halves to the even one) of real numbers; then EXP, LOG,
 * SIN and COS, as the C library of the program has them. */
void mi_negate_float(uint16_t count, const float *input, float *output);
void mi_magnitude_float(uint16_t count, const float *input, float *output);
void mi_square_float(uint16_t count, const float *input, float *output);
void mi_root_float(uint16_t count, const float *input, float *output);
void mi_inverse_root_float(uint16_t count, const float *input, float *output);
void mi_floor_float(uint16_t count, const float *input, float *output);
void mi_ceiling_float(uint16_t count, const float *input, float *output);
void mi_round_float(uint16_t count, const float *input, float *output);
void mi_exponential_float(uint16_t count, const float *input, float *output);
void mi_logarithm_float(uint16_t count, const float *input, float *output);
void mi_sine_float(uint16_t count, const float *input, float *output);
void mi_cosine_float(uint16_t count, const float *input, float *output);

/* Activations of real numbers, and softmax along the last axis. */
void mi_relu_float(uint16_t count, const float *input, float *output);
void mi_relu6_float(uint16_t count, const float *input, float *output);
void mi_hard_swish_float(uint16_t count, const float *input, float *output);
void mi_logistic_float(uint16_t count, const float *input, float *output);
void mi_tanh_float(uint16_t count, const float *input, float *output);
void mi_elu_float(uint16_t count, const float *input, float *output);
void mi_leaky_relu_float(uint16_t count, float alpha, const float *input, float *output);
void mi_softmax_float(uint16_t rows, uint16_t depth, float beta, const float *input, float *output);

/* RELU and RELU6 where input and output share their scale. */
void mi_clip(int8_t low, int8_t high, uint16_t count, const int8_t *input, int8_t *output);

typedef struct {
    uint16_t count;
    int16_t zero_point;
    float scale;
} mi_quantize_parameters;

void mi_quantize_int8(const mi_quantize_parameters *, const float *input, int8_t *output);
void mi_quantize_int16(const mi_quantize_parameters *, const float *input, int16_t *output);
void mi_dequantize_int8(const mi_quantize_parameters *, const int8_t *input, float *output);
void mi_dequantize_int16(const mi_quantize_parameters *, const int16_t *input, float *output);

/* QUANTIZE between integers of which one is int16 or int32. */
typedef struct {
    uint16_t count;
    int32_t input_zero_point, output_zero_point, multiplier;
    int8_t shift;
} mi_requantize_parameters;

void mi_requantize_int16_int8(const mi_requantize_parameters *, const int16_t *input, int8_t *output);
void mi_requantize_int8_int16(const mi_requantize_parameters *, const int8_t *input, int16_t *output);
void mi_requantize_int8_int32(const mi_requantize_parameters *, const int8_t *input, int32_t *output);
void mi_requantize_int16_int32(const mi_requantize_parameters *, const int16_t *input, int32_t *output);
void mi_requantize_int32_int8(const mi_requantize_parameters *, const int32_t *input, int8_t *output);
void mi_requantize_int32_int16(const mi_requantize_parameters *, const int32_t *input, int16_t *output);
void mi_requantize_int16_int16(const mi_requantize_parameters *, const int16_t *input, int16_t *output);

/* The mean over up to four axes, outermost first; strides in elements; as above, the last outer ones are in
 * use. The record divides by the number of elements too, and `bias` is minus their zero points. */
typedef struct {
    uint16_t kept_size[4], kept_stride[4], reduced_size[4], reduced_stride[4];
    uint8_t kept_outer, reduced_outer;
    int32_t bias;
    mi_clamp clamp;
    const uint8_t *record;
} mi_mean_parameters;

void mi_mean(const mi_mean_parameters *, const int8_t *input, int8_t *output);

/* Up to four outer axes, `outer` in use, with a pad before and after each, and an innermost run of bytes
 * with its own. */
typedef struct {
    uint16_t size[5], before[5], after[5];
    uint8_t outer;
    int8_t value;
} mi_pad_parameters;

void mi_pad(const mi_pad_parameters *, const int8_t *input, int8_t *output);

void mi_copy(uint16_t bytes, const void *input, void *output);
void mi_copy_constant(uint16_t bytes, const void *input, void *output);

/* Part of a CONCATENATION or SPLIT: `rows` runs of `bytes`, each stepping over whole rows of both. */
void mi_copy_rows(uint16_t rows, uint16_t bytes, uint16_t input_step, uint16_t output_step, const void *input,
                  void *output);

/* TRANSPOSE, SLICE, STRIDED_SLICE, RESIZE_NEAREST_NEIGHBOR by whole factors, BROADCAST_TO, DEPTH_TO_SPACE and
 * SPACE_TO_DEPTH: up to six loops over the output, the last `loops` of them in use, each with the input's step in bytes; `bytes` is what moves each time. */
typedef struct {
    uint16_t size[6];
    int16_t step[6];
    uint16_t first, bytes;
    uint8_t loops;
} mi_move_parameters;

void mi_move(const mi_move_parameters *, const void *input, void *output);

/* A layer behind a network that learns where it runs, one sample at a time. `weights` are those of an output
 * after another, each with its bias in front: outputs * (1 + inputs). `real` gets the features as real numbers. */
typedef struct {
    uint16_t inputs, outputs;
    int16_t zero_point;
    float scale, rate;
} mi_online_layer_parameters;

void mi_online_layer_predict(const mi_online_layer_parameters *, const int8_t *features, const float *weights,
                             float *real, float *outputs);
void mi_online_layer_probabilities(uint16_t count, float *outputs);
void mi_online_layer_learn(const mi_online_layer_parameters *, const float *real, const float *errors,
                           float *weights);

/* A convolution, depthwise where there are as many groups as channels, or a fully connected layer, whose rows are
 * pixels, with biases that learn. `data` holds what `channels` of those layers hold, `steps` for each output channel
 * how many steps of its bias a gradient of 1 is, times the rate (float32), and by how much its weights' scale is
 * less than `scale`, the largest (uint16, in 2^-15). Where it `clamps`, outputs between `above` and `below` pass a
 * gradient. `through`: something before it learns, for which sums are narrowed to `bits`. */
typedef struct {
    mi_window window;
    uint16_t groups, channels;
    int8_t input_zero_point;
    mi_clamp clamp;
    int16_t above, below;
    uint8_t clamps, through, bits;
    float scale;
    const uint8_t *data, *steps;
} mi_trained_layer_parameters;

/* `changes`: of the biases, one an output channel. `patch` is scratch: kernel_h * kernel_w * input_c bytes, none for
 * one tap without padding. `kept`: a bit an output where the layer clamps. */
void mi_trained_layer(const mi_trained_layer_parameters *, const int8_t *input, const int32_t *changes,
                      int8_t *output, int8_t *patch, uint8_t *kept);

typedef struct {
    mi_window window;
    uint8_t bits;
} mi_pool_back_parameters;

/* Of the largest element of each window its tap, a byte an output. */
void mi_keep_largest(const mi_pool_back_parameters *, const int8_t *input, const int8_t *output, uint8_t *kept);

/* A sum of gradients of int16; on the way there a real number. */
typedef union {
    int32_t whole;
    float real;
} mi_sum;

/* Each takes `gradients` of its outputs, which stand for so much times `scale`, gives those of its inputs, and returns
 * their scale: nought where nothing more is to be learnt. `sums`: as many as there are inputs. */
float mi_features_back(const mi_online_layer_parameters *, const float *errors, const float *weights, uint8_t bits,
                       mi_sum *sums, int16_t *gradients);
float mi_trained_layer_back(const mi_trained_layer_parameters *, float scale, const uint8_t *kept, int32_t *changes,
                            float *rests, mi_sum *sums, int16_t *gradients);
float mi_average_pool_back(const mi_pool_back_parameters *, float scale, mi_sum *sums, int16_t *gradients);
float mi_max_pool_back(const mi_pool_back_parameters *, float scale, const uint8_t *kept, mi_sum *sums,
                       int16_t *gradients);

/* A lite residual beside a layer: `weights` of outputs * inputs make of the averages of its input, one a channel, what
 * is added to `changes`, and a step of them, whose scale is of gradients of the layer's outputs, not masked yet. */
void mi_residual(const mi_trained_layer_parameters *, const int8_t *input, const float *weights,
                 const int32_t *changes, int16_t *averages, int32_t *offsets);
void mi_residual_back(const mi_trained_layer_parameters *, float scale, const uint8_t *kept, const int16_t *averages,
                      const int16_t *gradients, float *weights);

#ifdef __cplusplus
}
#endif

#endif
