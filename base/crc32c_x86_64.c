/* For x86-64: the instruction of SSE 4.2 where the processor has it. */
#include "base/crc32c.h"

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The builtins are used directly: a pure folder includes no machine header. */
__attribute__((target("sse4.2"))) static uint32_t extend_by_instruction(
    uint32_t crc, struct bytes bytes)
{
    uint64_t state = (uint32_t)~crc;
    size_t done = 0;

    for (; bytes.size - done >= sizeof(uint64_t); done += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, bytes.data + done, sizeof(word));
        state = __builtin_ia32_crc32di(state, word);
    }
    for (; done < bytes.size; done++)
        state = __builtin_ia32_crc32qi((uint32_t)state, bytes.data[done]);
    return (uint32_t)~state;
}

uint32_t crc32c_extend(uint32_t crc, struct bytes bytes)
{
    if (__builtin_cpu_supports("sse4.2"))
        return extend_by_instruction(crc, bytes);
    return crc32c_extend_portable(crc, bytes);
}
