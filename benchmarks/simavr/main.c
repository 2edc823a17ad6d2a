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
        read(model_input_3(), MODEL_INPUT_3_BYTES);
#endif
#if MODEL_INPUTS > 4
        read(model_input_4(), MODEL_INPUT_4_BYTES);
#endif
#if MODEL_INPUTS > 5
        read(model_input_5(), MODEL_INPUT_5_BYTES);
#endif
#if MODEL_INPUTS > 6
        read(model_input_6(), MODEL_INPUT_6_BYTES);
#endif
#if MODEL_INPUTS > 7
        read(model_input_7(), MODEL_INPUT_7_BYTES);
#endif
#if MODEL_INPUTS > 8
        read(model_input_8(), MODEL_INPUT_8_BYTES);
#endif
#if MODEL_INPUTS > 9
        read(model_input_9(), MODEL_INPUT_9_BYTES);
#endif
#if MODEL_INPUTS > 10
#error "eleven inputs or more"
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
        write(model_output_3(), MODEL_OUTPUT_3_BYTES);
#endif
#if MODEL_OUTPUTS > 4
        write(model_output_4(), MODEL_OUTPUT_4_BYTES);
#endif
#if MODEL_OUTPUTS > 5
        write(model_output_5(), MODEL_OUTPUT_5_BYTES);
#endif
#if MODEL_OUTPUTS > 6
        write(model_output_6(), MODEL_OUTPUT_6_BYTES);
#endif
#if MODEL_OUTPUTS > 7
        write(model_output_7(), MODEL_OUTPUT_7_BYTES);
#endif
#if MODEL_OUTPUTS > 8
        write(model_output_8(), MODEL_OUTPUT_8_BYTES);
#endif
#if MODEL_OUTPUTS > 9
        write(model_output_9(), MODEL_OUTPUT_9_BYTES);
#endif
#if MODEL_OUTPUTS > 10
#error "eleven outputs or more"
#endif
    }
    cli();
    sleep_enable();
    sleep_cpu();
    return 0;
}
