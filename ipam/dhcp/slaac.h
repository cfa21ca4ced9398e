/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ipv6: "slaac"`: what router advertisements gave the interface. */
#pragma once

#include "plugin/plugin.h"
#include "types/result.h"

/*
 * Waits until the kernel has made an address of an advertisement, and adds it with its router. Code
 * 11 when none comes; the interface must hear advertisements (`acceptRA` of its plugin).
 */
int slaac_add(const struct cni_call *call, struct result *result, struct cni_error *err) must_check;
