/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be wrong on the host: the bridge, the programs, forwarding, the kernel's abilities. */
#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/file.h"
#include "exam.h"
#include "net/sysctl.h"
#include "nft/chains.h"
#include "plugin/delegate.h"

bool list_wants(const struct network_list *list, const char *key)
{
	for (size_t i = 0; i < list->plugin_count; i++)
		if (cJSON_IsTrue(json_get(list->plugins[i].json, key)))
			return true;
	return false;
}

const struct list_plugin *list_find_type(const struct network_list *list, const char *type)
{
	for (size_t i = 0; i < list->plugin_count; i++)
		if (text_equal(list->plugins[i].type, type))
			return &list->plugins[i];
	return NULL;
}

static const char *bridge_name(const struct list_plugin *plugin)
{
	const cJSON *name = json_get(plugin->json, "bridge");

	return cJSON_IsString(name) && *name->valuestring ? name->valuestring : "cni0";
}

static bool host_has_address(const struct picture *picture, const struct addr *addr)
{
	const struct space *host = &picture->spaces[0];

	for (size_t i = 0; i < host->link_count; i++)
		for (size_t j = 0; j < host->links[i].addresses.count; j++)
			if (addr_equal(&host->links[i].addresses.items[j].address.addr, addr))
				return true;
	return false;
}

static int exam_gateways(const struct exam *exam)
{
	int found = 0;

	if (!list_wants(exam->list, "isGateway") && !list_wants(exam->list, "isDefaultGateway"))
		return 0;
	for (size_t i = 0; i < exam->result->ip_count; i++) {
		const struct result_ip *ip = &exam->result->ips[i];
		char text[ADDR_TEXT];

		if (!addr_is_set(&ip->gateway) ||
		    host_has_address(exam->patient->picture, &ip->gateway))
			continue;
		(void)addr_print(&ip->gateway, text);
		findings_add(exam->patient->findings, GATEWAY_MISSING,
			     xasprintf("ip addr add %s/%u dev %s", text, ip->address.len,
				       exam->bridge->link.name),
			     "%s has no address %s, the gateway of its containers",
			     exam->bridge->link.name, text);
		found = 1;
	}
	return found;
}

int exam_bridge(const struct exam *exam)
{
	const struct list_plugin *plugin = list_find_type(exam->list, "bridge");

	if (!plugin || !exam->port)
		return 0;
	if (!exam->bridge) {
		findings_add(exam->patient->findings, PORT_DETACHED,
			     xasprintf("ip link set %s master %s", exam->port->link.name,
				       bridge_name(plugin)),
			     "%s, the host's end of %s in %s, is on no bridge",
			     exam->port->link.name, exam->link->link.name, exam->space->name);
		return 1;
	}
	if (!(exam->bridge->link.flags & IFF_UP)) {
		findings_add(exam->patient->findings, BRIDGE_DOWN,
			     xasprintf("ip link set %s up", exam->bridge->link.name),
			     "bridge %s is down", exam->bridge->link.name);
		return 1;
	}
	return exam_gateways(exam);
}

static void exam_program(struct patient *patient, const char *type)
{
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *path = NULL;

	if (delegate_find(type, patient->tool->runtime.path, &path, &err) == 0)
		return;
	patient->has_plugins = false;
	findings_add(patient->findings, PLUGIN_MISSING,
		     xasprintf("put %s into one of the folders of CNI_PATH, or set CNI_PATH", type),
		     "%s", err.msg);
}

void exam_plugins(struct patient *patient)
{
	patient->has_plugins = true;
	for (size_t i = 0; i < patient->list->plugin_count; i++) {
		const cJSON *ipam = json_get(patient->list->plugins[i].json, "ipam");
		const cJSON *type = json_get(ipam, "type");

		exam_program(patient, patient->list->plugins[i].type);
		if (cJSON_IsString(type) && *type->valuestring)
			exam_program(patient, type->valuestring);
	}
}

static void exam_vlan(struct patient *patient)
{
	const struct list_plugin *plugin = list_find_type(patient->list, "bridge");
	const struct space *host = &patient->picture->spaces[0];
	int bridge = plugin ? space_find_link(host, bridge_name(plugin)) : -1;
	long vlan = 0;

	if (bridge < 0 || host->links[bridge].link.has_vlan_filtering ||
	    !((json_is_integer(json_get(plugin->json, "vlan"), &vlan) && vlan) ||
	      json_get(plugin->json, "vlanTrunk")))
		return;
	findings_add(patient->findings, VLAN_MISSING,
		     xstrdup("a kernel with CONFIG_BRIDGE_VLAN_FILTERING"),
		     "this kernel's bridges cannot filter VLANs");
}

void exam_kernel(struct patient *patient)
{
	const struct network_list *list = patient->list;

	if (!patient->has_nftables &&
	    (list_wants(list, "ipMasq") || list_wants(list, "macspoofchk") ||
	     list_find_type(list, "portmap")))
		findings_add(patient->findings, NFTABLES_MISSING, xstrdup("modprobe nf_tables"),
			     "nftables cannot be used");
	exam_vlan(patient);
}

static void exam_family(struct patient *patient, int family)
{
	bool is_ipv6 = family == AF_INET6;
	cleanup_error struct cni_error ignored = { 0 };
	int state = sysctl_get_forwarding(family);
	struct finding *finding;

	if (state == -ENOENT && is_ipv6)
		findings_add(patient->findings, IPV6_MISSING,
			     xstrdup("boot without ipv6.disable=1"), "this kernel has no IPv6");
	if (state != 0)
		return;
	finding = findings_add(patient->findings, FORWARDING_OFF,
			       xasprintf("sysctl -w %s=1", is_ipv6 ? "net.ipv6.conf.all.forwarding"
								   : "net.ipv4.ip_forward"),
			       "the host forwards no %s packets", is_ipv6 ? "IPv6" : "IPv4");
	if (patient->may_fix)
		finding->is_fixed = sysctl_enable_forwarding(family, &ignored) == 0;
}

enum { MAX_CHAINS = 16 };

/* Chains that drop what they do not accept. */
struct dropping {
	bool has_ipv6;
	size_t count;
	struct {
		uint8_t family;
		char table[NFT_NAME], name[NFT_NAME];
	} chains[MAX_CHAINS];
};

static int take_chain(const struct nft_chain_view *chain, void *data)
{
	struct dropping *dropping = data;
	bool is_ours = chain->family == NFPROTO_INET || chain->family == NFPROTO_IPV4 ||
		       (chain->family == NFPROTO_IPV6 && dropping->has_ipv6);
	size_t table_size = strlen(chain->table) + 1;
	size_t name_size = strlen(chain->name) + 1;

	if (!is_ours || !chain->is_base || chain->hook != NF_INET_FORWARD || !chain->drops ||
	    dropping->count == MAX_CHAINS || table_size > NFT_NAME || name_size > NFT_NAME)
		return 0;
	dropping->chains[dropping->count].family = chain->family;
	memcpy(dropping->chains[dropping->count].table, chain->table, table_size);
	memcpy(dropping->chains[dropping->count++].name, chain->name, name_size);
	return 0;
}

static bool bridges_call_iptables(void)
{
	cleanup_text struct text value = { 0 };

	return file_read_at(AT_FDCWD, "/proc/sys/net/bridge/bridge-nf-call-iptables", &value) ==
		       0 &&
	       value.len && value.s[0] == '1';
}

static void complain_drop(struct patient *patient, const char *family, const char *table,
			  const char *chain, const char *ifname)
{
	findings_add(patient->findings, FORWARD_DROP,
		     xasprintf("nft insert rule %s %s %s iifname %s accept; nft insert rule %s %s "
			       "%s oifname %s accept",
			       family, table, chain, ifname, family, table, chain, ifname),
		     "chain %s of table %s %s drops by default and says nothing of %s", chain,
		     family, table, ifname);
	if (list_find_type(patient->list, "bridge") && bridges_call_iptables())
		findings_add(patient->findings, BRIDGE_NETFILTER,
			     xstrdup("sysctl -w net.bridge.bridge-nf-call-iptables=0"),
			     "frames between ports of a bridge pass that chain too (br_netfilter)");
}

static void exam_policy(struct patient *patient, bool has_ipv6)
{
	static const char *const families[] = {
		[NFPROTO_INET] = "inet", [NFPROTO_IPV4] = "ip", [NFPROTO_IPV6] = "ip6"
	};
	const struct list_plugin *plugin = list_find_type(patient->list, "bridge");
	const char *ifname = plugin ? bridge_name(plugin) : "veth*";
	cleanup_free char *start = xstrndup(ifname, strcspn(ifname, "*"));
	struct dropping dropping = { .has_ipv6 = has_ipv6 };

	if (!patient->has_nftables || nft_each_chain(&patient->nft, take_chain, &dropping) < 0)
		return;
	for (size_t i = 0; i < dropping.count; i++) {
		const struct nft_table table = { dropping.chains[i].family,
						 dropping.chains[i].table };

		if (nft_chain_mentions(&patient->nft, &table, dropping.chains[i].name,
				       "CNI-FORWARD", start) == 0)
			complain_drop(patient, families[table.family], table.name,
				      dropping.chains[i].name, ifname);
	}
}

void exam_forwarding(struct patient *patient, bool has_ipv4, bool has_ipv6)
{
	const struct network_list *list = patient->list;

	if (!list_wants(list, "isGateway") && !list_wants(list, "isDefaultGateway") &&
	    !list_wants(list, "ipMasq") && !list_find_type(list, "ptp"))
		return;
	if (has_ipv4)
		exam_family(patient, AF_INET);
	if (has_ipv6)
		exam_family(patient, AF_INET6);
	if (has_ipv4 || has_ipv6)
		exam_policy(patient, has_ipv6);
}
