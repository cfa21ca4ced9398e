/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option of VRF links. */
#pragma once

#include "net/link_create.h"

struct vrf_options {
	uint32_t table; /* of routes */
};

extern const struct link_kind link_kind_vrf;
