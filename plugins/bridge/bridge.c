/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bridge: joins a container to a Linux bridge on the host by a veth pair. */
#include "bridge_conf.h"
#include "bridge_verbs.h"
#include "plugin/pair.h"

/* Nothing of CNI_ARGS matters here; that they would have been refused on ADD is worth a line. */
static int bridge_del(struct cni_call *call, struct cni_error *err)
{
	cleanup_error struct cni_error args_err = { 0 };

	ignore(bridge_conf_check_args(call, &args_err)); /* the line says it */
	cni_error_ignore(&args_err);
	return pair_del(call, err);
}

static const struct cni_plugin bridge = {
	.name = "bridge",
	.config_words = "failed to load netconf",
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
