/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configurations of portmap, with the words of their conditions, and what is planned from them. */
#include <stdlib.h>

#include "plugins/portmap/plan.h"
#include "types/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void plan(const struct netconf *netconf)
{
	cleanup_portmap_conf struct portmap_conf conf = { 0 };
	cleanup_entries struct owned_entries entries = { 0 };
	cleanup_result struct result prev = { 0 };
	cleanup_error struct cni_error err = { 0 };
	struct chained c = { .conf = &conf };
	int r = portmap_conf_read(netconf, &conf, &err);

	if (r == 0 && netconf_prev_result(netconf, &prev, &err) > 0) {
		c.prev = prev;
		c.interface = prev.interfaces; /* the first, or none */
		r = plan_ports(&c, true, &entries, &err);
	}
	if (r < 0 && !cni_error_is_set(&err))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cleanup_netconf struct netconf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };

	if (netconf_parse((const char *)bytes, size, &conf, &err) == 0 &&
	    netconf_read_version(&conf, &err) == 0 && netconf_read(&conf, &err) == 0)
		plan(&conf);
	return 0;
}
