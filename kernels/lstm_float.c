/* UNIDIRECTIONAL_SEQUENCE_LSTM of real numbers. Exponentials and tangents are the C library's. */
#include "float_layers.h"

#include <float.h>
#include <math.h>

static const mi_bounds real_range = {-FLT_MAX, FLT_MAX};

/* Saturated as TFLM does it, 1 above and the exponential below. */
static float logistic(float x) {
    if (x > 16.619047164916992188f) return 1.0f;
    if (x < -9.0f) return expf(x);
    return 1.0f / (1.0f + expf(-x));
}

/* Bias, weights of the input and of the hidden state of one gate of one unit; both sums are kept finite. */
static float gate(const uint8_t **at, const float *x, uint16_t inputs, const float *hidden, uint16_t units) {
    const float bias = flash_next_float(at);
    float fresh = 0.0f, old = 0.0f;
    uint16_t i;

    for (i = 0; i < inputs; ++i) fresh += x[i] * flash_next_float(at);
    for (i = 0; i < units; ++i) old += hidden[i] * flash_next_float(at);
    return mi_bounded(fresh + bias, real_range) + mi_bounded(old + 0.0f, real_range);
}

void mi_lstm_float(const mi_lstm_float_parameters *parameters, const float *input, float *hidden, float *cell,
                   float *output) {
    mi_lstm_float_parameters p;
    uint16_t b, t, u;

    flash_copy(&p, parameters, sizeof p);
    for (b = 0; b < p.batch; ++b) {
        for (t = 0; t < p.time; ++t) {
            const uint16_t row = (uint16_t)(t * p.time_stride + b * p.batch_stride);
            const float *x = input + row * p.inputs;
            float *y = output + row * p.units;
            const uint8_t *at = p.weights;
            for (u = 0; u < p.units; ++u) {
                const float opened = logistic(gate(&at, x, p.inputs, hidden, p.units));
                const float kept = logistic(gate(&at, x, p.inputs, hidden, p.units));
                const float candidate = tanhf(gate(&at, x, p.inputs, hidden, p.units));
                const float shown = logistic(gate(&at, x, p.inputs, hidden, p.units));
                float state = mi_bounded(kept * cell[u], real_range) + mi_bounded(opened * candidate, real_range);
                if (p.clip.high > 0.0f) state = mi_bounded(state, p.clip);
                cell[u] = state;
                y[u] = mi_bounded(tanhf(state) * shown, real_range);
            }
            for (u = 0; u < p.units; ++u) hidden[u] = y[u];
        }
        hidden += p.units;
        cell += p.units;
    }
}
