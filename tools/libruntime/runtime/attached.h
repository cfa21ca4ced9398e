/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a part of an attachment is there already. */
#pragma once

#include <stdbool.h>

#include "runtime/container.h"

/* True when its namespace has an interface of that name. */
bool interface_is_present(const struct container *container);
