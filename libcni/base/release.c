/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that is compiled anew when the version changes. */
#include "base/release.h"

#ifndef RELEASE
#define RELEASE "version unknown"
#endif

const char release[] = RELEASE;
