/* Firmware for the harness: learns from samples that it reads, features and what is right, and writes what it
 * predicted of each, and the weights at the end. Marks: 254, 1, predict, 2, learn, 3, 255. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "learner.h"

static void read(void *to, uint16_t bytes) {
    uint8_t *at = (uint8_t *)to;
    while (bytes--) *at++ = GPIOR2;
}

static void write(const void *from, uint16_t bytes) {
    const uint8_t *at = (const uint8_t *)from;
    while (bytes--) GPIOR1 = *at++;
}

int main(void) {
    static int8_t features[LEARNER_INPUTS];
#if LEARNER_CLASSES
    uint16_t right;
#define RIGHT &right
#else
    static float right[LEARNER_OUTPUTS];
#define RIGHT right
#endif
    while (GPIOR1) {
        const float *outputs;
        read(features, sizeof features);
        read(RIGHT, sizeof right);
        GPIOR0 = 254;
        GPIOR0 = 1;
        outputs = learner_predict(features);
        GPIOR0 = 2;
        write(outputs, LEARNER_OUTPUTS * sizeof *outputs);
        GPIOR0 = 3;
        learner_learn(right);
        GPIOR0 = 4;
        GPIOR0 = 255;
    }
    write(learner_weights(), LEARNER_WEIGHTS * sizeof(float));
    cli();
    sleep_enable();
    sleep_cpu();
    return 0;
}
