/* Runs the firmware of an ATmega328P, or of another AVR, on simavr and reports what no instrument on the bench could.
 *
 *   harness FIRMWARE.elf FIRST_FREE_SRAM_ADDRESS [MAX_CYCLES [PART]] < input bytes
 *
 * The firmware talks through the general purpose I/O registers, one cycle each:
 *   GPIOR0 (data address 0x3e)  write: a mark; its value and the cycle are reported
 *   GPIOR1 (0x4a)               write: one byte of output
 *   GPIOR2 (0x4b)               read: one byte of input from stdin; GPIOR1 reads 1 while there is any
 * It ends by sleeping with interrupts off. SRAM from FIRST_FREE_SRAM_ADDRESS to the end is painted
 * first, so the lowest address that lost its paint is the high-water mark of the stack.
 *
 * Printed, a line each: "mark VALUE CYCLE", then "output HEX", "stack BYTES", "cycles N", "state NAME".
 */

#include <simavr/avr_ioport.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARK = 0x3e, OUTPUT = 0x4a, INPUT = 0x4b };

struct bytes {
    uint8_t *data;
    size_t size, capacity;
};

static struct bytes input, output;
static size_t input_at;

static void append(struct bytes *bytes, uint8_t value) {
    if (bytes->size == bytes->capacity) {
        bytes->capacity = bytes->capacity ? 2 * bytes->capacity : 4096;
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (!bytes->data) abort();
    }
    bytes->data[bytes->size++] = value;
}

static void on_mark(struct avr_t *avr, avr_io_addr_t address, uint8_t value, void *unused) {
    (void)unused;
    avr->data[address] = value;
    printf("mark %u %llu\n", value, (unsigned long long)avr->cycle);
}

static void on_output(struct avr_t *avr, avr_io_addr_t address, uint8_t value, void *unused) {
    (void)avr, (void)address, (void)unused;
    append(&output, value);
}

static uint8_t on_more(struct avr_t *avr, avr_io_addr_t address, void *unused) {
    (void)avr, (void)address, (void)unused;
    return input_at < input.size;
}

static uint8_t on_input(struct avr_t *avr, avr_io_addr_t address, void *unused) {
    (void)avr, (void)address, (void)unused;
    return input_at < input.size ? input.data[input_at++] : 0;
}

static void quiet(avr_t *avr, const int level, const char *format, va_list arguments) {
    (void)avr;
    if (level == LOG_ERROR) vfprintf(stderr, format, arguments);
}

static uint8_t paint(uint32_t address) { return (uint8_t)((address * 2654435761u) >> 13); }

int main(int count, char **argument) {
    elf_firmware_t firmware;
    unsigned long long limit = count > 3 ? strtoull(argument[3], NULL, 0) : 4000000000ull;
    uint32_t address, first;
    avr_t *avr;
    int state = cpu_Running, byte;

    if (count < 3) {
        fprintf(stderr, "usage: harness FIRMWARE.elf FIRST_FREE_SRAM_ADDRESS [MAX_CYCLES [PART]] < input\n");
        return 2;
    }
    while ((byte = getchar()) != EOF) append(&input, (uint8_t)byte);
    avr_global_logger_set(quiet);
    memset(&firmware, 0, sizeof firmware);
    if (elf_read_firmware(argument[1], &firmware)) return 2;
    avr = avr_make_mcu_by_name(count > 4 ? argument[4] : "atmega328p");
    if (!avr || avr_init(avr)) return 2;
    avr->log = LOG_ERROR;
    firmware.frequency = 16000000;
    avr_load_firmware(avr, &firmware);
    avr_register_io_write(avr, MARK, on_mark, NULL);
    avr_register_io_write(avr, OUTPUT, on_output, NULL);
    avr_register_io_read(avr, OUTPUT, on_more, NULL);
    avr_register_io_read(avr, INPUT, on_input, NULL);
    first = (uint32_t)strtoul(argument[2], NULL, 0) & 0xffff;
    for (address = first; address <= avr->ramend; address++) avr->data[address] = paint(address);

    while (state != cpu_Done && state != cpu_Crashed && avr->cycle < limit) state = avr_run(avr);

    for (address = first; address <= avr->ramend && avr->data[address] == paint(address);) address++;
    printf("output ");
    for (size_t i = 0; i < output.size; i++) printf("%02x", output.data[i]);
    printf("\nstack %u\ncycles %llu\nstate %s\n", (unsigned)(avr->ramend + 1 - address),
           (unsigned long long)avr->cycle,
           state == cpu_Done ? "done" : state == cpu_Crashed ? "crashed" : "running");
    return state == cpu_Done ? 0 : 1;
}
