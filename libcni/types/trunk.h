/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VLANs of a trunk, as bridge's vlanTrunk and the trunk of ovs list them: entries with "id", or
 * with "minID" and "maxID". Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "types/json.h"

enum { VLAN_MAX = 4095 };

struct trunk {
	uint16_t *ids; /* sorted, each once; owned */
	size_t count;
};

void trunk_release(struct trunk *trunk);

/*
 * `key` is the list's name in messages, `first` and `last` what an id may be. Code 7, or 999 for an
 * entry of another type. An entry may say nothing; without a list there is no id.
 */
int trunk_read(const cJSON *list, const char *key, int first, int last, struct trunk *ret,
	       struct cni_error *err) must_check;
