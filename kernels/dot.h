/* Output channels of a dense or depthwise layer at one place: where nearly all the time goes. */
#ifndef MICROINFER_DOT_H
#define MICROINFER_DOT_H

#include "kernels.h"

/* For each of `channels`: the bias at `at`, the sum of products of `taps` weights and activations,
 * requantised and clamped. Returns where the next channel's data begin. */
const uint8_t *mi_dot_channels(const int8_t *x, uint16_t taps, uint16_t channels, const uint8_t *at,
                               const mi_clamp *clamp, int8_t *output);

/* As above, over activations that lie `stride` apart; every `multiplier` channels share theirs, and the
 * next ones' follow one element behind. */
void mi_dot_depthwise(const int8_t *x, uint16_t stride, uint16_t taps, uint16_t multiplier, const uint8_t *at,
                      const mi_clamp *clamp, int8_t *output);

#endif
