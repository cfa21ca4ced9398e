/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bridge: joins a container to a Linux bridge on the host by a veth pair. */
#include "bridge_verbs.h"

/* Nothing of CNI_ARGS matters here; that they would have been refused on ADD is worth a line. */
static int bridge_del(struct cni_call *call, struct cni_error *err)
{
	cleanup_error struct cni_error args_err = { 0 };

	ignore(bridge_conf_check_args(call, &args_err)); /* the line says it */
	cni_error_ignore(&args_err);
	return pair_del(call, err);
}

void bridge_wish_rules(struct pair *pair, const struct bridge_conf *conf, const char *port,
		       const uint8_t container_mac[MAC_SIZE])
{
	if (conf->ip_masq && ipam_is_set(pair->call))
		rules_wish_masquerade(&pair->rules, &pair->result);
	if (conf->macspoofchk)
		rules_wish_macspoof(&pair->rules, port, container_mac);
	if (conf->ipspoofchk)
		rules_wish_ipspoof(&pair->rules, port, container_mac, &pair->result);
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

int main(int count, char **arguments)
{
	return cni_plugin_main(&bridge, count, arguments);
}
