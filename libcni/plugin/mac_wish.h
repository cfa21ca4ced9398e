/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which MAC somebody wants the container's interface to have. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/link.h"
#include "plugin/plugin.h"

struct mac_wish {
	bool is_set;
	uint8_t mac[MAC_SIZE];
};

/*
 * Low to high: `key`, the plugin's own ("" or NULL: none); MAC of CNI_ARGS, which must be well
 * formed; args.cni.mac, where `with_args_cni`; runtimeConfig.mac.
 */
int mac_wish_read(const struct cni_call *call, const char *key, bool with_args_cni,
		  struct mac_wish *ret, struct cni_error *err) must_check;

/* The wish that a text is; "": none. */
int mac_wish_parse(const char *text, struct mac_wish *ret, struct cni_error *err) must_check;
