/* Bytes that are taken from where tables say, filled, or looked up by an index that is computed. */
#include "flash.h"
#include "kernels.h"

MI_INLINE uint16_t place(const uint8_t *table, uint16_t index) {
    const uint8_t *at = table + 2u * (unsigned)index;
    const uint8_t low = flash_next_u8(&at);
    return (uint16_t)(low | (uint16_t)flash_next_u8(&at) << 8);
}

void mi_pick(const mi_pick_parameters *parameters, const void *input, void *output) {
    mi_pick_parameters p;
    const uint8_t *rows, *columns, *places;
    uint8_t *to = (uint8_t *)output;
    uint16_t i, j, k, l;

    flash_copy(&p, parameters, sizeof p);
    rows = p.places + 2u * (unsigned)p.size[0];
    columns = rows + 2u * (unsigned)p.size[1];
    places = columns + 2u * (unsigned)p.size[2];
    for (i = 0; i < p.size[0]; ++i)
        for (j = 0; j < p.size[1]; ++j)
            for (k = 0; k < p.size[2]; ++k) {
                const uint16_t first = (uint16_t)(place(p.places, i) + place(rows, j) + place(columns, k));
                for (l = 0; l < p.size[3]; ++l) {
                    const uint8_t *from = (const uint8_t *)input + first + place(places, l);
                    uint16_t left = p.bytes;
                    do *to++ = *from++;
                    while (--left);
                }
            }
}

void mi_fill(uint16_t count, uint8_t item, const void *value, void *output) {
    uint8_t *to = (uint8_t *)output;
    do {
        const uint8_t *from = (const uint8_t *)value;
        uint8_t left = item;
        do *to++ = *from++;
        while (--left);
    } while (--count);
}

void mi_fill_constant(uint16_t count, uint8_t item, const uint8_t *value, void *output) {
    uint8_t *to = (uint8_t *)output;
    do {
        flash_copy(to, value, item);
        to += item;
    } while (--count);
}

void mi_take_slices(const mi_take_slices_parameters *parameters, const void *input, const int32_t *indices, void *output) {
    mi_take_slices_parameters p;
    const uint8_t *table = (const uint8_t *)input;
    uint8_t *to = (uint8_t *)output;
    uint16_t row, i;

    flash_copy(&p, parameters, sizeof p);
    for (; p.batch; --p.batch) {
        for (row = p.outer; row; --row) {
            for (i = 0; i < p.indices; ++i) {
                int32_t index = indices[i];
                const uint8_t *from;
                uint16_t left = p.bytes;
                if (index < 0) index = 0;
                if (index >= (int32_t)p.length) index = (int32_t)p.length - 1;
                from = table + (unsigned)index * p.bytes;
                if (p.constant)
                    do *to++ = flash_next_u8(&from);
                    while (--left);
                else
                    do *to++ = *from++;
                    while (--left);
            }
            table += (unsigned)p.length * p.bytes;
        }
        indices += p.indices;
    }
}
