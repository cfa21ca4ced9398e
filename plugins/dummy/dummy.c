/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dummy: gives a container an interface with addresses that leads nowhere. */
#include "plugin/endpoint.h"
#include "plugin/ipam.h"

static const struct endpoint_kind kind = {
	.link = &link_kind_dummy,
	.needs_ipam = "dummy interface requires an IPAM configuration",
};

static const struct cni_plugin dummy = {
	.name = "dummy",
	ENDPOINT_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&dummy, count, arguments);
}
