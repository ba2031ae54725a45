/* The version of these headers; compare with ct_version(), that of the library. */
#ifndef CANTEEN_VERSION_H
#define CANTEEN_VERSION_H

#include "canteen/common.h"

#define CT_VERSION "0.1.0"

/* The library's version, "major.minor.patch". */
CT_API const char *ct_version(void);

#endif
