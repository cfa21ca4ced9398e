/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of vrf. */
#include "vrf_conf.h"

#include <limits.h>
#include <net/if.h>

#include "types/conf.h"

static const struct conf_key keys_table[] = {
	CONF_STRING(struct vrf_conf, name, "vrfname", ""),
	CONF_INT(struct vrf_conf, table, "table", 0, 0, INT_MAX),
};

int vrf_conf_read(struct cni_call *call, void *ret, struct cni_error *err)
{
	struct vrf_conf *conf = ret;
	int r;

	if (call->conf.is_lenient) {
		conf_read_lenient(call->conf.json, keys_table, array_size(keys_table), "", conf);
		return 0;
	}
	r = conf_read(call->conf.json, keys_table, array_size(keys_table), "", conf, err);
	if (r < 0)
		return r;
	if (!*conf->name || strlen(conf->name) >= IFNAMSIZ)
		return cni_fail(err, CNI_ERR_CONFIG, 0,
				"configuration is expected to have a valid vrf name, not \"%s\"",
				conf->name);
	return 0;
}
