/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of macvlan. */
#include "macvlan_conf.h"

#include <limits.h>

#include "types/conf.h"

static const struct conf_key keys[] = {
	CONF_STRING(struct macvlan_conf, on.name, "master", ""),
	CONF_STRING(struct macvlan_conf, mode_name, "mode", "bridge"),
	CONF_INT(struct macvlan_conf, on.mtu, "mtu", 0, 1, 0),
	CONF_STRING(struct macvlan_conf, mac_text, "mac", ""),
	CONF_BOOL(struct macvlan_conf, on.in_container, "linkInContainer", false),
	CONF_INT(struct macvlan_conf, queue_length, "bcqueuelen", 0, 0, INT_MAX),
	CONF_BOOL(struct macvlan_conf, on.enable_dad, "enabledad", true),
	CONF_BOOL(struct macvlan_conf, on.accept_ra, "acceptRA", false),
};

int macvlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	struct macvlan_conf *conf = ret;
	int mode;
	int r;

	r = conf_read(call->conf.json, keys, array_size(keys), "", conf, err);
	if (r < 0)
		return r;
	if (!*conf->mode_name)
		conf->mode_name = "bridge";
	mode = macvlan_mode_parse(conf->mode_name);
	if (mode < 0) {
		r = cni_fail(err, CNI_ERR_INTERNAL, 0, "unknown macvlan mode: \"%s\"",
			     conf->mode_name);
		cni_error_details(err, "mode is one of bridge, private, vepa and passthru");
		return r;
	}
	conf->options.mode = (uint32_t)mode;
	return mac_wish_read(call, conf->mac_text, false, &conf->mac, err);
}
