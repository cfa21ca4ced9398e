/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of ovs that fill a file of their own. */
#pragma once

#include "ovs_conf.h"
#include "plugin/pair.h"

int ovs_add(struct cni_call *call, struct text *out, struct cni_error *err);
int ovs_del(struct cni_call *call, struct cni_error *err);
int ovs_check(struct cni_call *call, struct cni_error *err);
int ovs_status(struct cni_call *call, struct cni_error *err);
int ovs_gc(struct cni_call *call, struct cni_error *err);

/* What the attachment is to have in nftables; the texts are borrowed. */
void ovs_wish_rules(struct pair *pair, const struct ovs_conf *conf, const char *port,
		    const uint8_t mac[MAC_SIZE]);
