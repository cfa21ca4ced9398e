/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be wrong on the host: the programs, forwarding, the kernel's abilities. */
#include <errno.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "exam.h"
#include "misspelt.h"
#include "net/sysctl.h"
#include "nft/change.h"
#include "plugin/delegate.h"

static void take_misspelt(const char *text, void *data)
{
	struct network *network = data;
	const char *file = network->list->file ? network->list->file : "the configuration";

	finding_advise(findings_add(network->findings, KEY_UNKNOWN, xstrdup(""), "%s", text),
		       xasprintf("look at %s", file));
}

void exam_configuration(struct network *network)
{
	misspelt_each(network->list, take_misspelt, network);
}

static void exam_program(struct network *network, const char *type)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *path = NULL;

	if (delegate_find(type, network->tool->runtime.path, &path, &err) == 0) {
		exam_file(network, path, type);
		return;
	}
	network->has_plugins = false;
	finding_advise(findings_add(network->findings, PLUGIN_MISSING, xstrdup(""), "%s", err.msg),
		       xasprintf("put %s into one of the folders of CNI_PATH, or set CNI_PATH",
				 type));
}

void exam_plugins(struct network *network)
{
	network->has_plugins = true;
	for (size_t i = 0; i < network->list->plugin_count; i++) {
		const cJSON *ipam = json_get(network->list->plugins[i].json, "ipam");
		const cJSON *type = json_get(ipam, "type");

		exam_program(network, network->list->plugins[i].type);
		if (cJSON_IsString(type) && *type->valuestring)
			exam_program(network, type->valuestring);
	}
}

static void exam_vlan(struct network *network)
{
	const struct list_plugin *plugin = list_find_type(network->list, "bridge");
	const struct space *host = &network->picture->spaces[0];
	int bridge = plugin ? space_find_link(host, bridge_name(plugin)) : -1;
	long vlan = 0;

	if (bridge < 0 || host->links[bridge].link.has_vlan_filtering ||
	    !((json_is_integer(json_get(plugin->json, "vlan"), &vlan) && vlan) ||
	      json_get(plugin->json, "vlanTrunk")))
		return;
	finding_advise(findings_add(network->findings, VLAN_MISSING, xstrdup(""),
				    "this kernel's bridges cannot filter VLANs"),
		       xstrdup("take a kernel with CONFIG_BRIDGE_VLAN_FILTERING, or the VLANs "
			       "out of the configuration"));
}

static bool wants_nftables(const struct network_list *list)
{
	return list_wants(list, "ipMasq") || list_wants(list, "macspoofchk") ||
	       list_wants(list, "ipspoofchk") || list_find_type(list, "portmap");
}

static void exam_nftables(struct network *network)
{
	cleanup_error struct cni_error err = { 0 };
	int r = netlink_open(&network->nft, NETLINK_NETFILTER);
	struct finding *finding;
	const char *reason = strerror(-r);

	if (r == 0) {
		r = nft_probe(&network->nft, &err);
		reason = err.msg;
	}
	network->has_nftables = r == 0 && network->picture->marks_error == 0;
	if (network->has_nftables || !wants_nftables(network->list))
		return;
	if (r == 0)
		reason = strerror(-network->picture->marks_error);
	finding = findings_add(
		network->findings, NFTABLES_MISSING,
		xstrdup(r == -EPERM
				? ""
				: "modprobe -a nf_tables nft_chain_nat nft_masq nft_nat nft_ct nft_fib_inet nft_meta_bridge"),
		"nftables cannot be used: %s", reason);
	if (r == -EPERM)
		finding_advise(finding, xstrdup("run it as root, in the first user namespace"));
}

static bool is_ipv6(const cJSON *text)
{
	return cJSON_IsString(text) && strchr(text->valuestring, ':');
}

/* Of the list's addresses, ranges and sets of ranges. */
static bool wants_ipv6(const cJSON *ipam)
{
	static const char *const lists[] = { "addresses", "ranges" };

	if (is_ipv6(json_get(ipam, "subnet")) || is_ipv6(json_get(ipam, "address")))
		return true;
	for (size_t i = 0; i < array_size(lists); i++) {
		const cJSON *list = json_get(ipam, lists[i]);

		for (const cJSON *item = list ? list->child : NULL; item; item = item->next)
			if (wants_ipv6(cJSON_IsArray(item) ? item->child : item))
				return true;
	}
	return false;
}

static void complain_off(struct network *network, const char *key, const char *of_what)
{
	cleanup_free char *setting = xasprintf("net/ipv6/conf/%s/disable_ipv6", key);
	cleanup_free char *word = foreign_word(setting);

	finding_advise(findings_add(network->findings, IPV6_OFF, xasprintf("sysctl -w %s=0", word),
				    "IPv6 is switched off for %s: %s is 1", of_what, setting),
		       xstrdup("what sets it again on the next boot stands in /etc/sysctl.conf or "
			       "/etc/sysctl.d"));
}

/* Of a bridge that is there its own setting counts, of what is still to be made the default. */
static void exam_ipv6_is_on(struct network *network)
{
	const struct network_list *list = network->list;
	const struct list_plugin *plugin = list_find_type(list, "bridge");
	const struct space *host = &network->picture->spaces[0];
	bool on_bridge = plugin && list_wants_gateway(list);
	int bridge = on_bridge ? space_find_link(host, bridge_name(plugin)) : -1;
	char value = '0';

	if (bridge >= 0 && host->links[bridge].link.ipv6_is_off)
		complain_off(network, bridge_name(plugin), bridge_name(plugin));
	if (bridge >= 0 || (!on_bridge && !list_find_type(list, "ptp")))
		return;
	if (sysctl_read_link("ipv6", "default", "disable_ipv6", &value) == 0 && value != '0')
		complain_off(network, "default", "interfaces to come");
}

static void exam_ipv6(struct network *network)
{
	const struct network_list *list = network->list;
	bool is_wanted = false;

	for (size_t i = 0; i < list->plugin_count; i++)
		is_wanted = is_wanted || wants_ipv6(json_get(list->plugins[i].json, "ipam"));
	if (is_wanted)
		exam_ipv6_is_on(network);
	if (is_wanted && sysctl_get_forwarding(AF_INET6) == -ENOENT)
		finding_advise(
			findings_add(network->findings, IPV6_MISSING, xstrdup(""),
				     "this kernel has no IPv6"),
			xstrdup("boot without ipv6.disable=1, or take the IPv6 addresses out of "
				"the configuration"));
}

void exam_kernel(struct network *network)
{
	exam_nftables(network);
	exam_vlan(network);
	exam_ipv6(network);
}

static void exam_family(struct network *network, int family)
{
	bool is_six = family == AF_INET6;
	cleanup_error struct cni_error err = { 0 };
	struct finding *finding;

	if (sysctl_get_forwarding(family) != 0)
		return;
	finding = findings_add(network->findings, FORWARDING_OFF,
			       xasprintf("sysctl -w %s=1", is_six ? "net.ipv6.conf.all.forwarding"
								  : "net.ipv4.ip_forward"),
			       "the host forwards no %s packets", is_six ? "IPv6" : "IPv4");
	if (network_may_fix(network, finding))
		finding_try(finding, sysctl_enable_forwarding(family, &err), &err);
}

void exam_forwarding(struct network *network, bool has_ipv4, bool has_ipv6)
{
	const struct network_list *list = network->list;

	if (!list_wants_gateway(list) && !list_wants(list, "ipMasq") &&
	    !list_find_type(list, "ptp"))
		return;
	if (has_ipv4)
		exam_family(network, AF_INET);
	if (has_ipv6)
		exam_family(network, AF_INET6);
}
