/* Functions of one int8: a table of 256 bytes in flash costs fewer cycles, and mostly fewer bytes, than
 * an exponential or a second rescaling in the program. */
#include "flash.h"
#include "kernels.h"

void mi_lookup(const uint8_t *table, uint16_t count, const int8_t *input, int8_t *output) {
    do {
        *output++ = flash_i8(table + (uint8_t)((uint8_t)*input++ ^ 0x80u));
    } while (--count);
}

void mi_clip(int8_t low, int8_t high, uint16_t count, const int8_t *input, int8_t *output) {
    do {
        int8_t value = *input++;
        if (value < low) value = low;
        if (value > high) value = high;
        *output++ = value;
    } while (--count);
}
