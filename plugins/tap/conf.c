/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of tap. */
#include "tap_conf.h"

#include "types/conf.h"

/* The kernel's limit of an Ethernet device that copies its frames (MAX_MTU of its
 * drivers/net/tun.c). */
enum { MTU_MIN = 68, MTU_MAX = 65521 };

#define ID_MAX (TAP_NOBODY - 1L)

static const struct conf_key keys[] = {
	CONF_BOOL(struct tap_conf, options.multi_queue, "multiQueue", false),
	CONF_INT(struct tap_conf, mtu, "mtu", 0, 0, MTU_MAX),
	CONF_STRING(struct tap_conf, mac_text, "mac", ""),
	CONF_INT(struct tap_conf, options.owner, "owner", -1, 0, ID_MAX),
	CONF_INT(struct tap_conf, options.group, "group", -1, 0, ID_MAX),
	CONF_STRING(struct tap_conf, selinux_context, "selinuxContext", ""),
	CONF_STRING(struct tap_conf, bridge, "bridge", ""),
};

int tap_conf_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	struct tap_conf *conf = ret;
	int r = conf_read(call->conf.json, keys, array_size(keys), "", conf, err);

	if (r < 0)
		return r;
	if (conf->mtu > 0 && conf->mtu < MTU_MIN)
		return cni_fail(err, CNI_ERR_CONFIG, 0, "mtu: %d is below %d", conf->mtu, MTU_MIN);
	return mac_wish_read(call, conf->mac_text, false, &conf->mac, err);
}
