/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which of a container's addresses get ports, and what each port needs. */
#include "plan.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "table.h"

/* Addresses of other interfaces do not count, nor those of interfaces on the host. */
static bool is_containers(const struct result *prev, const struct result_ip *ip, const char *ifname)
{
	const struct result_interface *interface;

	if (!ip->has_interface || ip->interface < 0 ||
	    (size_t)ip->interface >= prev->interface_count)
		return true;
	interface = &prev->interfaces[ip->interface];
	return text_equal(interface->name, ifname) && !text_is_empty(interface->sandbox);
}

/* The first one of the family, or NULL. */
static const struct prefix *find_address(const struct result *prev, const char *ifname, int family)
{
	for (size_t i = 0; i < prev->ip_count; i++) {
		const struct result_ip *ip = &prev->ips[i];

		if (ip->address.addr.family == family && is_containers(prev, ip, ifname))
			return &ip->address;
	}
	return NULL;
}

static void add(struct owned_entries *entries, const struct port_entry *entry,
		const struct conditions *about)
{
	struct owned_entry packed = port_entry_pack(entry, about);

	if (!owned_entries_contain(entries, &packed))
		owned_entries_add(entries, &packed);
}

/* Two containers' ports cannot share one of the host's. */
static int check_double(const struct owned_entries *entries, const struct port_entry *entry,
			struct cni_error *err)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct port_entry other = port_entry_unpack(&entries->items[i]);

		if (other.kind == entry->kind && other.family == entry->family &&
		    other.protocol == entry->protocol && other.host_port == entry->host_port &&
		    memcmp(other.host, entry->host, sizeof(other.host)) == 0 &&
		    other.container_port != entry->container_port)
			return cni_fail(err, CNI_ERR_CONFIG, 0,
					"host port %u/%s is mapped to container port %u and to %u",
					ntohs(entry->host_port), protocol_name(entry->protocol),
					ntohs(other.container_port), ntohs(entry->container_port));
	}
	return 0;
}

static struct port_entry entry_of(const struct port_mapping *mapping, enum port_kind kind,
				  const struct prefix *container)
{
	struct port_entry entry = {
		.kind = (uint8_t)kind,
		.family = container->addr.family,
		.protocol = mapping->protocol,
		.host_port = htons(mapping->host_port),
	};

	memcpy(entry.host, mapping->host.bytes, sizeof(entry.host));
	return entry;
}

/* Who is marked before, and masqueraded after the translation. */
static void plan_masquerade(const struct portmap_conf *conf, const struct port_mapping *mapping,
			    const struct prefix *container, struct owned_entries *ret)
{
	struct port_entry from = entry_of(mapping, PORT_KIND_FROM, container);
	struct port_entry to = { .kind = PORT_KIND_TO, .family = container->addr.family };

	from.subnet = conf->masq_all ? 0 : container->len;
	from.mark_bit = to.mark_bit = (uint8_t)conf->mark_bit;
	memcpy(from.container, container->addr.bytes, sizeof(from.container));
	memcpy(to.container, container->addr.bytes, sizeof(to.container));
	add(ret, &from, NULL);
	add(ret, &to, NULL);
}

static int plan_mapping(const struct portmap_conf *conf, const struct port_mapping *mapping,
			const struct prefix *container, bool has_link, struct owned_entries *ret,
			struct cni_error *err)
{
	const struct conditions *conditions = container->addr.family == AF_INET6
						      ? &conf->conditions6
						      : &conf->conditions4;
	struct port_entry port = entry_of(mapping, PORT_KIND_PORT, container);
	struct port_entry local = entry_of(mapping, PORT_KIND_LOCAL, container);
	struct port_entry limit = entry_of(mapping, PORT_KIND_LIMIT, container);
	int r;

	port.container_port = htons(mapping->container_port);
	port.has_link = has_link;
	memcpy(port.container, container->addr.bytes, sizeof(port.container));
	r = check_double(ret, &port, err);
	if (r < 0)
		return r;
	add(ret, &port, NULL);
	if (conditions->count > 0) {
		memcpy(limit.conditions, conditions->hash, sizeof(limit.conditions));
		add(ret, &limit, conditions);
	}
	if (conf->snat)
		add(ret, &local, NULL);
	if (conf->snat && !addr_is_loopback(&mapping->host))
		plan_masquerade(conf, mapping, container, ret);
	return 0;
}

int plan_ports(const struct portmap_conf *conf, const struct result *prev, const char *ifname,
	       bool has_link, struct owned_entries *ret, struct cni_error *err)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < array_size(families); i++) {
		const struct prefix *container = find_address(prev, ifname, families[i]);

		for (size_t j = 0; container && j < conf->count; j++) {
			const struct port_mapping *mapping = &conf->mappings[j];
			int r;

			if (addr_is_set(&mapping->host) && mapping->host.family != families[i])
				continue;
			r = plan_mapping(conf, mapping, container, has_link, ret, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
