/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names and comments that the Go plugins derive from an attachment. Pure. */
#pragma once

#include "types/owner.h"

enum { REFERENCE_NAME_SIZE = 256 /* the kernel allows no longer name */ };

enum reference_name {
	MASQUERADE_CHAIN,
	MASQUERADE_COMMENT, /* how the comment begins */
	MACSPOOF_CHAIN,
	MACSPOOF_MAC_CHAIN,
	DNAT_CHAIN,
	SNAT_CHAIN,
	CONTAINER_ID,
	NAMES,
};

struct reference_names {
	char text[NAMES][REFERENCE_NAME_SIZE]; /* "": too long to exist */
};

void reference_names_of(const struct attachment *attachment, struct reference_names *ret);
