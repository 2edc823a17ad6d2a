/* Included before model.c to have it call a function before every operator and behind the last. */
void mark(void);
#define MODEL_MARK(step) mark()
