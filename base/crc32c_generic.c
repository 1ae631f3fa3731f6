/* For processors whose instruction for CRC-32C is not used. */
#include "base/crc32c.h"

uint32_t crc32c_extend(uint32_t crc, struct bytes bytes)
{
    return crc32c_extend_portable(crc, bytes);
}
