/* Included before model.c to have it mark every operator: two cycles each. */
#include <avr/io.h>
#define MODEL_MARK(step) (GPIOR0 = (uint8_t)(step))
