/* Calls the kernel SYMBOL once: its arguments and the arrays that they point to come from standard input, and
   the arrays go to standard output as the kernel leaves them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern int32_t kernel(int64_t *words) __asm__(SYMBOL);

static void *input(int64_t size) {
  void *memory = aligned_alloc(64, (size_t)(size + 64) / 64 * 64);
  if (memory == NULL || fread(memory, 1, (size_t)size, stdin) != (size_t)size) exit(2);
  return memory;
}

int main(void) {
  int64_t *sizes = input(3 * sizeof(int64_t)); /* words, arrays, bytes of all arrays */
  int64_t *words = input(sizes[0] * (int64_t)sizeof(int64_t));
  int64_t *places = input(sizes[1] * 2 * (int64_t)sizeof(int64_t)); /* which word, where its array begins */
  char *arrays = input(sizes[2]);
  for (int64_t i = 0; i < sizes[1]; ++i) words[places[2 * i]] = (int64_t)(arrays + places[2 * i + 1]);
  if (kernel(words) != 0) return 3;
  return fwrite(arrays, 1, (size_t)sizes[2], stdout) == (size_t)sizes[2] ? 0 : 4;
}
