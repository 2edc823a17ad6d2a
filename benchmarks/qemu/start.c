/* A bare program under QEMU: feeds inputs that were loaded beside it, and runs the model on each set of them. */
#include <stdint.h>

extern uint32_t stack_end, data_begin, data_end, data_from, bss_begin, bss_end;
const uint8_t *feed(const uint8_t *at);
void model_invoke(void);

__attribute__((noinline, noclone, aligned(16))) void mark(void) { __asm__ volatile("nop"); }

void reset(void) {
    const uint8_t *at = (const uint8_t *)INPUTS + 4;
    uint32_t runs = *(const uint32_t *)INPUTS, *from = &data_from, *to;
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    __asm__ volatile("dsb\n\tisb");
    for (to = &data_begin; to < &data_end;) *to++ = *from++;
    for (to = &bss_begin; to < &bss_end;) *to++ = 0;
    for (; runs; --runs) {
        at = feed(at);
        model_invoke();
    }
    __asm__ volatile("movs r0, #0x18\n\tldr r1, =0x20026\n\tbkpt 0xAB" ::: "r0", "r1", "memory");
    for (;;) {}
}

static void fault(void) {
    __asm__ volatile("movs r0, #0x18\n\tldr r1, =0x20023\n\tbkpt 0xAB" ::: "r0", "r1", "memory");
    for (;;) {}
}

__attribute__((section(".vectors"), used)) void (*const vectors[16])(void) = {
    (void (*)(void))&stack_end, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault};
