/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line on stderr for what the operator should know although the command goes on. */
#pragma once

#include "base/cleanup.h"

/* "bridge: <text>\n", in one write. */
void cni_warn(const char *format, ...) printf_like(1, 2);
