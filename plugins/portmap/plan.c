/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows which of a container's addresses get ports, and what each port needs. */
#include "plan.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "nft/owned.h"
#include "port_table.h"

/* The first one of the family, or NULL. */
static const struct prefix *find_address(const struct chained *c, int family)
{
	for (size_t i = 0; i < c->prev.ip_count; i++) {
		const struct result_ip *ip = &c->prev.ips[i];

		if (ip->address.addr.family == family && chained_means(c, ip))
			return &ip->address;
	}
	return NULL;
}

static void add(struct owned_entries *entries, const struct port_entry *entry,
		const struct conditions *about)
{
	struct owned_entry packed = port_entry_pack(entry, about);

	owned_entries_add(entries, &packed);
}

/* By the host's port that they ask for, then in the order of the configuration. */
static int compare(const void *a, const void *b)
{
	const struct port_mapping *left = *(const struct port_mapping *const *)a;
	const struct port_mapping *right = *(const struct port_mapping *const *)b;
	int order = memcmp(left->host.bytes, right->host.bytes, sizeof(left->host.bytes));

	if (order == 0)
		order = left->protocol - right->protocol;
	if (order == 0)
		order = left->host_port - right->host_port;
	return order ? order : left < right ? -1 : left > right;
}

static bool is_same_port(const struct port_mapping *a, const struct port_mapping *b)
{
	return a->protocol == b->protocol && a->host_port == b->host_port &&
	       memcmp(a->host.bytes, b->host.bytes, sizeof(a->host.bytes)) == 0;
}

/* One port of the host cannot lead to two of the container. */
static int check_double(const struct port_mapping *const *sorted, size_t count,
			struct cni_error *err)
{
	for (size_t i = 1; i < count; i++) {
		const struct port_mapping *one = sorted[i - 1], *other = sorted[i];

		if (is_same_port(one, other) && one->container_port != other->container_port)
			return cni_fail(err, CNI_ERR_CONFIG, 0,
					"host port %u/%s is mapped to container port %u and to %u",
					one->host_port, protocol_name(one->protocol),
					one->container_port, other->container_port);
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
	add(ret, &to, NULL); /* the same for each port */
}

static void plan_mapping(const struct portmap_conf *conf, const struct port_mapping *mapping,
			 const struct prefix *container, bool has_link, struct owned_entries *ret)
{
	const struct conditions *conditions = container->addr.family == AF_INET6
						      ? &conf->conditions6
						      : &conf->conditions4;
	struct port_entry port = entry_of(mapping, PORT_KIND_PORT, container);
	struct port_entry local = entry_of(mapping, PORT_KIND_LOCAL, container);
	struct port_entry limit = entry_of(mapping, PORT_KIND_LIMIT, container);

	port.container_port = htons(mapping->container_port);
	port.has_link = has_link;
	memcpy(port.container, container->addr.bytes, sizeof(port.container));
	add(ret, &port, NULL);
	if (conditions->count > 0) {
		memcpy(limit.conditions, conditions->hash, sizeof(limit.conditions));
		add(ret, &limit, conditions);
	}
	if (conf->snat)
		add(ret, &local, NULL);
	if (conf->snat && !addr_is_loopback(&mapping->host))
		plan_masquerade(conf, mapping, container, ret);
}

/* The mappings for a family, each port of the host once; sorted. The caller frees the list. */
static const struct port_mapping **mappings_for(const struct portmap_conf *conf, int family,
						size_t *ret_count)
{
	const struct port_mapping **list = xcalloc(conf->count, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < conf->count; i++) {
		const struct port_mapping *mapping = &conf->mappings[i];

		if (!addr_is_set(&mapping->host) || mapping->host.family == family)
			list[count++] = mapping;
	}
	if (count > 1)
		qsort(list, count, sizeof(*list), compare);
	*ret_count = count;
	return list;
}

static int plan_family(const struct portmap_conf *conf, const struct prefix *container,
		       bool has_link, struct owned_entries *ret, struct cni_error *err)
{
	size_t count;
	cleanup_free const struct port_mapping **mappings =
		mappings_for(conf, container->addr.family, &count);
	int r = check_double(mappings, count, err);

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (i == 0 || !is_same_port(mappings[i - 1], mappings[i]))
			plan_mapping(conf, mappings[i], container, has_link, ret);
	}
	return r;
}

int plan_ports(const struct chained *c, bool has_link, struct owned_entries *ret,
	       struct cni_error *err)
{
	static const int families[] = { AF_INET, AF_INET6 };
	cleanup_entries struct owned_entries all = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_size(families); i++) {
		const struct prefix *container = find_address(c, families[i]);

		if (container)
			r = plan_family(c->conf, container, has_link, &all, err);
	}
	if (r == 0)
		owned_entries_add_each(ret, &all);
	return r;
}
