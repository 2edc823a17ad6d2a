/* The methods on an ATmega328P for benchmarks/simavr: marks around each, what it sends to the output. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "methods.h"

static int8_t x[LENGTH], back[LENGTH];
static uint8_t sent[2 * LENGTH + 1];

static void read(int8_t *to) {
    uint8_t t;
    for (t = 0; t < LENGTH; t++) to[t] = (int8_t)GPIOR2;
}

static void write(uint8_t count) {
    uint8_t t;
    GPIOR1 = count;
    for (t = 0; t < count; t++) GPIOR1 = sent[t];
}

int main(void) {
    uint8_t count;
    while (GPIOR1) {
        read(x);
        read(back);
        GPIOR0 = 254;
        count = swinging_door(x, sent);
        GPIOR0 = 255;
        write(count);
        GPIOR0 = 254;
        count = cosines(x, sent);
        GPIOR0 = 255;
        write(count);
        GPIOR0 = 254;
        count = score(x, back, sent);
        GPIOR0 = 255;
        write(count);
    }
    cli();
    sleep_enable();
    sleep_cpu();
    return 0;
}
