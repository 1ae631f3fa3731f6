#include "control/file_system.h"

#include <stddef.h>

/* From linux/magic.h and the sources of those that it leaves out. */
static const struct {
    uint64_t type;
    const char *name;
} remotes[] = {
    {0x6969, "NFS"},       {0x517b, "SMB"},        {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB2"},  {0x65735546, "FUSE"},   {0x01021997, "9P"},
    {0x00c36400, "Ceph"},  {0x0bd00bd0, "Lustre"}, {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},   {0x73757245, "Coda"},   {0x01161970, "GFS2"},
    {0x564c, "NCP"},       {0x7461636f, "OCFS2"},  {0x47504653, "GPFS"},
    {0x19830326, "FhGFS"}, {0x786f4256, "vboxsf"}, {0xaad7aaea, "PanFS"},
};

const char *file_system_remote_name(uint64_t type)
{
    for (size_t i = 0; i < sizeof(remotes) / sizeof(remotes[0]); i++) {
        if (remotes[i].type == type)
            return remotes[i].name;
    }
    return NULL;
}
