// Answers over the serial port: takes an input's bytes, sends the output's and how many microseconds it took.
//
// Put it in place of the sketch that `microinfer export NAME -p arduino-uno -o FOLDER` writes, as
// FOLDER/FOLDER.ino: it goes with every network of one input and one output.

#include "src/model.h"

void setup() { Serial.begin(115200); }

void loop() {
    uint8_t *input = (uint8_t *)model_input_0();
    for (uint16_t i = 0; i < MODEL_INPUT_0_BYTES; ++i) {
        while (!Serial.available()) continue;
        input[i] = (uint8_t)Serial.read();
    }
    const uint32_t before = micros();
    model_invoke();
    const uint32_t took = micros() - before;
    Serial.write((const uint8_t *)model_output_0(), MODEL_OUTPUT_0_BYTES);
    Serial.write((const uint8_t *)&took, sizeof took);
}
