/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bridge: joins a container to a Linux bridge on the host by a veth pair. */
#include "conf.h"
#include "plugin/pair.h"
#include "verbs.h"

/* CNI_ARGS are refused as strictly as on ADD; nothing else of the configuration matters. */
static int bridge_del(struct cni_call *call, struct cni_error *err)
{
	int r = bridge_conf_check_args(call, err);

	return r < 0 ? r : pair_del(call, err);
}

static const struct cni_plugin bridge = {
	.name = "bridge",
	.delegates = true,
	.add = bridge_add,
	.del = bridge_del,
	.check = bridge_check,
	.status = bridge_status,
	.gc = pair_gc,
};

int main(void)
{
	return cni_plugin_main(&bridge);
}
