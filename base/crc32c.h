/*
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4): reflected, initial value and
 * final xor of all ones. "123456789" gives 0xE3069283.
 */
#ifndef DALV_BASE_CRC32C_H
#define DALV_BASE_CRC32C_H

#include "base/bytes.h"

#include <stdint.h>

/* The CRC of `bytes`. Uses the processor's instruction where there is one. */
uint32_t crc32c(struct bytes bytes);

/* The CRC of what gave `crc` followed by `bytes`. `crc` 0 is the empty text. */
uint32_t crc32c_extend(uint32_t crc, struct bytes bytes);

/* The same, always by table: what the instruction is tested against. */
uint32_t crc32c_extend_portable(uint32_t crc, struct bytes bytes);

#endif
