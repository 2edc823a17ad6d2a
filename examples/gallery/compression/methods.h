/* Three ways to send fewer bytes than there are samples; run.py has the same in Python, bit by bit. */
#ifndef METHODS_H
#define METHODS_H
#include <stdint.h>

enum { LENGTH = 64, DOOR = 4, WAVES = 12 };

/* Swinging door: the first sample, then place and value of each sample at which a line has to end. */
uint8_t swinging_door(const int8_t *x, uint8_t *sent);

/* The first twelve coefficients of a discrete cosine transform, a byte each. */
uint8_t cosines(const int8_t *x, uint8_t *sent);

/* How far the autoencoder's answer is from its input, little end first. */
uint8_t score(const int8_t *x, const int8_t *back, uint8_t *sent);

#endif
