/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ovs: joins a container to a bridge of Open vSwitch by a veth pair. */
#include "ovs_verbs.h"

static const struct cni_plugin ovs = {
	.name = "ovs",
	.config_words = "failed to load netconf",
	.delegates = true,
	.add = ovs_add,
	.del = ovs_del,
	.check = ovs_check,
	.status = ovs_status,
	.gc = ovs_gc,
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&ovs, count, arguments);
}
