/* A plugin of QEMU: counts how often each translated block runs between calls of one function.
 *
 * For every call a line S, then a line a block that ran since the call before: where it begins and ends, its
 * instructions, how often it ran, and how often the next one was what lies behind it. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is needed of qemu-plugin.h, version 1. */
typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int, void *);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;

typedef struct block {
    uint32_t begin, end, instructions;
    uint64_t count, through;
    struct block *next;
} block;

static block *blocks, *before;
static uint32_t mark;
static FILE *out;

static void flush(void) {
    block *each;
    fprintf(out, "S\n");
    for (each = blocks; each; each = each->next) {
        if (each->count)
            fprintf(out, "%x %x %u %llu %llu\n", each->begin, each->end, each->instructions,
                    (unsigned long long)each->count, (unsigned long long)each->through);
        each->count = each->through = 0;
    }
}

static void ran(unsigned cpu, void *data) {
    block *now = (block *)data;
    (void)cpu;
    if (now->begin == mark) {
        flush();
        before = NULL;
        return;
    }
    ++now->count;
    if (before && now->begin == before->end) ++before->through;
    before = now;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *made) {
    size_t count = qemu_plugin_tb_n_insns(made);
    struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(made, count - 1);
    uint32_t begin = (uint32_t)qemu_plugin_tb_vaddr(made);
    uint32_t end = (uint32_t)(qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last));
    block *each = blocks;
    (void)id;
    while (each && (each->begin != begin || each->instructions != count)) each = each->next;
    if (!each) {
        each = calloc(1, sizeof *each);
        each->begin = begin;
        each->end = end;
        each->instructions = (uint32_t)count;
        each->next = blocks;
        blocks = each;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(made, ran, 0, each);
}

static void finished(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    fclose(out);
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **given) {
    (void)info;
    for (; count; --count, ++given) {
        if (!strncmp(*given, "mark=", 5)) mark = (uint32_t)strtoul(*given + 5, NULL, 0);
        if (!strncmp(*given, "out=", 4)) out = fopen(*given + 4, "w");
    }
    if (!out) return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
