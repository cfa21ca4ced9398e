/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table filter of iptables-legacy. */
#pragma once

#include "host/fate.h"

struct legacy;

/* NULL when there is none. Does not make the kernel load or make one. */
struct legacy *legacy_read(int family) must_check;
void legacy_release(struct legacy *legacy_or_null);

struct fate legacy_fate(const struct legacy *legacy_or_null, const struct packet *packet);
