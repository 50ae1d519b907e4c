// SPDX-License-Identifier: MIT
#include "flow/base/pack.h"

void flow_pack_uint(struct flow_buf *out, uint64_t number)
{
    while (number >= 0x80) {
        flow_buf_putc(out, (char)(number | 0x80));
        number >>= 7;
    }
    flow_buf_putc(out, (char)number);
}

void flow_pack_str(struct flow_buf *out, const char *text, size_t len)
{
    flow_pack_uint(out, len);
    flow_buf_add(out, text, len);
}

void flow_unpack_init(struct flow_unpack *unpack, const void *data, size_t size)
{
    *unpack = (struct flow_unpack){.at = data, .end = (const unsigned char *)data + size};
}

uint64_t flow_unpack_uint(struct flow_unpack *unpack)
{
    uint64_t number = 0;
    for (unsigned shift = 0; !unpack->failed && shift < 64 && unpack->at < unpack->end; shift += 7) {
        unsigned char byte = *unpack->at++;
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return number;
    }
    unpack->failed = true;
    return 0;
}

uint64_t flow_unpack_max(struct flow_unpack *unpack, uint64_t max)
{
    uint64_t number = flow_unpack_uint(unpack);
    if (number <= max)
        return number;
    unpack->failed = true;
    return 0;
}

size_t flow_unpack_count(struct flow_unpack *unpack)
{
    uint64_t number = flow_unpack_uint(unpack);
    if (number <= (uint64_t)(unpack->end - unpack->at))
        return (size_t)number;
    unpack->failed = true;
    return 0;
}

const char *flow_unpack_str(struct flow_unpack *unpack, size_t *len)
{
    *len = flow_unpack_count(unpack);
    const char *text = (const char *)unpack->at;
    unpack->at += *len;
    return *len ? text : "";
}

bool flow_unpack_done(const struct flow_unpack *unpack)
{
    return !unpack->failed && unpack->at == unpack->end;
}
