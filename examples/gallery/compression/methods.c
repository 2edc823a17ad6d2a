#include "methods.h"

#include "waves.h"

uint8_t swinging_door(const int8_t *x, uint8_t *sent) {
    uint8_t count = 0, anchor = 0, t;
    /* The doors' slopes as fractions: the steepest rise that the upper one asks for, the least of the lower.
     * A product is 259 x 63 at most and fits 16 bits. */
    int16_t up = 0, down = 0;
    uint8_t up_over = 0, down_over = 0;
    sent[count++] = (uint8_t)x[0];
    for (t = 1; t < LENGTH; t++) {
        for (;;) {
            const uint8_t over = (uint8_t)(t - anchor);
            const int16_t rise = (int16_t)(x[t] - x[anchor]);
            if (!up_over || (rise - DOOR) * up_over > up * over) {
                up = (int16_t)(rise - DOOR);
                up_over = over;
            }
            if (!down_over || (rise + DOOR) * down_over < down * over) {
                down = (int16_t)(rise + DOOR);
                down_over = over;
            }
            if (up * down_over <= down * up_over) break;
            anchor = (uint8_t)(t - 1);
            sent[count++] = anchor;
            sent[count++] = (uint8_t)x[anchor];
            up_over = down_over = 0;
        }
    }
    sent[count++] = LENGTH - 1;
    sent[count++] = (uint8_t)x[LENGTH - 1];
    return count;
}

uint8_t cosines(const int8_t *x, uint8_t *sent) {
    uint8_t wave, t;
    const int8_t *at = WAVE;
    for (wave = 0; wave < WAVES; wave++) {
        const uint8_t shift = wave ? 12 : 13;
        int32_t sum = (int32_t)1 << (shift - 1);
        for (t = 0; t < LENGTH; t++) sum += (int16_t)(x[t] * READ(at++));
        sum >>= shift;
        sent[wave] = (uint8_t)(int8_t)(sum > 127 ? 127 : sum < -128 ? -128 : sum);
    }
    return WAVES;
}

uint8_t score(const int8_t *x, const int8_t *back, uint8_t *sent) {
    uint32_t sum = 0;
    uint8_t t;
    for (t = 0; t < LENGTH; t++) {
        const uint16_t gap = (uint16_t)(x[t] - back[t]);
        sum += (uint16_t)(gap * gap); /* 255 x 255 at most */
    }
    for (t = 0; t < 4; t++) sent[t] = (uint8_t)(sum >> (8 * t));
    return 4;
}
