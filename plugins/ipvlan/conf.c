/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of ipvlan. */
#include "ipvlan_conf.h"

#include "types/conf.h"

static const struct conf_key keys[] = {
	CONF_STRING(struct ipvlan_conf, on.name, "master", ""),
	CONF_STRING(struct ipvlan_conf, mode_name, "mode", "l2"),
	CONF_INT(struct ipvlan_conf, on.mtu, "mtu", 0, 1, 0),
	CONF_BOOL(struct ipvlan_conf, on.in_container, "linkInContainer", false),
	CONF_BOOL(struct ipvlan_conf, on.enable_dad, "enabledad", true),
	CONF_BOOL(struct ipvlan_conf, on.accept_ra, "acceptRA", false),
};

int ipvlan_conf_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	struct ipvlan_conf *conf = ret;
	int mode;
	int r;

	r = conf_read(call->conf.json, keys, array_size(keys), "", conf, err);
	if (r < 0)
		return r;
	if (!*conf->mode_name)
		conf->mode_name = "l2";
	mode = ipvlan_mode_parse(conf->mode_name);
	if (mode < 0) {
		r = cni_fail(err, CNI_ERR_INTERNAL, 0, "unknown ipvlan mode: \"%s\"",
			     conf->mode_name);
		cni_error_details(err, "mode is one of l2, l3 and l3s");
		return r;
	}
	conf->options.mode = (uint16_t)mode;
	return 0;
}
