/* Firmware for the harness: reads inputs, runs the model, writes outputs, as long as there are inputs.
 * Marks: 254 before model_invoke, 255 after it, and with marks.h every operator's number before it. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

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
    while (GPIOR1) {
#if MODEL_INPUTS > 0
        read(model_input_0(), MODEL_INPUT_0_BYTES);
#endif
#if MODEL_INPUTS > 1
        read(model_input_1(), MODEL_INPUT_1_BYTES);
#endif
#if MODEL_INPUTS > 2
        read(model_input_2(), MODEL_INPUT_2_BYTES);
#endif
#if MODEL_INPUTS > 3
#error "four inputs or more"
#endif
        GPIOR0 = 254;
        model_invoke();
        GPIOR0 = 255;
#if MODEL_OUTPUTS > 0
        write(model_output_0(), MODEL_OUTPUT_0_BYTES);
#endif
#if MODEL_OUTPUTS > 1
        write(model_output_1(), MODEL_OUTPUT_1_BYTES);
#endif
#if MODEL_OUTPUTS > 2
        write(model_output_2(), MODEL_OUTPUT_2_BYTES);
#endif
#if MODEL_OUTPUTS > 3
#error "four outputs or more"
#endif
    }
    cli();
    sleep_enable();
    sleep_cpu();
    return 0;
}
