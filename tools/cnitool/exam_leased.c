/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether host-local has noted the addresses of containers that live as theirs. */
#include "base/alloc.h"
#include "exam.h"
#include "leases.h"

/* Old plugins wrote no interface. */
static bool is_of(const struct held_lease *lease, const struct cached *cached)
{
	return text_equal(lease->container_id, cached->container_id) &&
	       (!*lease->ifname || text_equal(lease->ifname, cached->ifname));
}

static int exam_one(const struct exam *exam, const struct addr *addr)
{
	struct network *network = exam->network;
	const struct held_lease *lease = held_leases_find(&network->leases, addr);
	char text[ADDR_TEXT];

	(void)addr_print(addr, text);
	if (!lease)
		findings_add(network->findings, LEASE_MISSING, readd_command(exam->cached),
			     "%s, the address of %s in %s, is not leased", text,
			     exam->link->link.name, exam->space->name);
	else if (!is_of(lease, exam->cached))
		finding_advise(
			findings_add(network->findings, LEASE_FOREIGN, xstrdup(""),
				     "%s, the address of %s in %s, is leased to %s of container %s",
				     text, exam->link->link.name, exam->space->name, lease->ifname,
				     lease->container_id),
			xstrdup("detach one of them, and attach it again to get another"));
	return !lease || !is_of(lease, exam->cached);
}

int exam_leased(const struct exam *exam)
{
	int found = 0;

	for (size_t i = 0; exam->network->has_leases && i < exam->result->ip_count; i++)
		found |= exam_one(exam, &exam->result->ips[i].address.addr);
	return found;
}

void network_read_leases(struct network *network)
{
	const cJSON *ipam = NULL;
	size_t count = 0;

	for (size_t i = 0; i < network->list->plugin_count; i++) {
		if (!json_get(json_get(network->list->plugins[i].json, "ipam"), "type"))
			continue;
		count++;
		ipam = host_local_of(&network->list->plugins[i]);
	}
	network->has_leases = count == 1 && ipam &&
			      held_leases_read(ipam, network->list->name, &network->leases) == 0;
}
