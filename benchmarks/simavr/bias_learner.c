/* Firmware for the harness: a network whose biases learn, and the layer behind it. Reads samples, each with its class,
 * and writes what it predicted of each, and at the end the weights, the biases' changes and their rests.
 * Marks: 254, those of the network, of the layer and of the pass backwards, 255. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "learner.h"
#include "model.h"

static void read(void *to, uint16_t bytes) {
    uint8_t *at = (uint8_t *)to;
    while (bytes--) *at++ = GPIOR2;
}

static void write(const void *from, uint16_t bytes) {
    const uint8_t *at = (const uint8_t *)from;
    while (bytes--) GPIOR1 = *at++;
}

int main(void) {
    uint16_t right;
    while (GPIOR1) {
        read(model_input_0(), MODEL_INPUT_0_BYTES);
        read(&right, sizeof right);
        GPIOR0 = 254;
        model_invoke();
        write(learner_predict(model_output_0()), LEARNER_OUTPUTS * sizeof(float));
        learner_learn(right);
        GPIOR0 = 255;
    }
    write(learner_weights(), LEARNER_WEIGHTS * sizeof(float));
    write(learner_bias_changes(), LEARNER_BIASES * sizeof(int32_t));
    write(learner_bias_rests(), LEARNER_BIASES * sizeof(float));
#ifdef LEARNER_RESIDUAL_WEIGHTS
    write(learner_residual_weights(), LEARNER_RESIDUAL_WEIGHTS * sizeof(float));
#endif
    cli();
    sleep_enable();
    sleep_cpu();
    return 0;
}
