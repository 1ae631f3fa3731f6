/*
 * Keys of encrypted connections, for those who use the SDK.
 */
#include "client/dalv_key.h"
#include "net/curve_key.h"

#include <sys/stat.h>

_Static_assert(DALV_KEY_TEXT_BYTES == CURVE_KEY_TEXT_BYTES, "a key's text");

enum dalv_status dalv_key_make(const char *path,
                               char out_public[DALV_KEY_TEXT_BYTES])
{
    struct curve_pair pair;
    struct stat facts;
    enum dalv_status status;

    /* Whoever made one there at this moment loses: it was never used. */
    if (lstat(path, &facts) == 0)
        return DALV_OCCUPIED;
    curve_pair_generate(&pair);
    status = curve_pair_save(path, &pair);
    if (status == DALV_OK)
        curve_key_format(&pair.public_key, out_public);
    curve_pair_wipe(&pair);
    return status;
}

enum dalv_status dalv_key_public(const char *path,
                                 char out_public[DALV_KEY_TEXT_BYTES])
{
    struct curve_pair pair;
    enum dalv_status status = curve_pair_load(path, &pair);

    if (status == DALV_OK)
        curve_key_format(&pair.public_key, out_public);
    curve_pair_wipe(&pair);
    return status;
}
