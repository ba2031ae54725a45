/* The library's version. */
#include "canteen/version.h"

const char *ct_version(void)
{
    return CT_VERSION;
}
