/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of bridge that fill a file of their own. */
#pragma once

#include "bridge_conf.h"
#include "plugin/pair.h"

int bridge_add(struct cni_call *call, struct text *out, struct cni_error *err);
int bridge_check(struct cni_call *call, struct cni_error *err);
int bridge_status(struct cni_call *call, struct cni_error *err);

/* ADD and CHECK: what nftables is to have for the attachment. */
void bridge_wish_rules(struct pair *pair, const struct bridge_conf *conf, const char *port,
		       const uint8_t container_mac[MAC_SIZE]);
