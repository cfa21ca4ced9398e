/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vlan: an interface that sends and hears the tagged frames of the link it stands on. */
#pragma once

#include "net/link_create.h"

struct vlan_options {
	int id; /* 0 to 4094, IEEE 802.1Q */
};

extern const struct link_kind link_kind_vlan;
