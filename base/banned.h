/*
 * Functions that nobody may call: they write without a bound, parse without a
 * verdict, share hidden state, or race.
 *
 * Force-included where the system may be called. Pure folders do not need it:
 * tools/check_purity.py sees what they call. The headers come first, since
 * afterwards the names can not even be declared.
 */
#ifndef DALV_BASE_BANNED_H
#define DALV_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat strtok
#pragma GCC poison sprintf vsprintf gets tmpnam mktemp
#pragma GCC poison atoi atol atoll rand srand
#pragma GCC poison localtime gmtime ctime asctime

#endif
