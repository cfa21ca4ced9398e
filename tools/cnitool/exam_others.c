/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who else has an address of a container or of its gateway, and who is told a wrong MAC for it. */
#include <string.h>

#include "base/alloc.h"
#include "base/foreign.h"
#include "bearers.h"
#include "exam.h"

/* An interface of another container that hears the same frames. */
static bool is_sibling(const struct exam *exam, size_t space, const struct space_link *link)
{
	const struct space_link *port = picture_at(exam->network->picture, link->peer);

	return &exam->network->picture->spaces[space] != exam->space && port &&
	       link->peer.space == 0 && exam->bridge &&
	       port->link.master == exam->bridge->link.index;
}

static bool was_given(const struct space_link *link, const struct addr *addr)
{
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error ignored = { 0 };

	if (!link->cached || !link->cached->result ||
	    cached_result(link->cached, &result, &ignored) < 0)
		return false;
	for (size_t i = 0; i < result.ip_count; i++)
		if (addr_equal(&result.ips[i].address.addr, addr))
			return true;
	return false;
}

/* Who was not given the address is the one to lose it. */
static void complain_sibling(const struct exam *exam, const struct space *space,
			     const struct space_link *link, const struct ifaddr *address,
			     const char *whose)
{
	cleanup_free char *ip = ip_command(space);
	cleanup_free char *word = foreign_word(link->link.name);
	bool has_right = was_given(link, &address->address.addr);
	char text[PREFIX_TEXT];
	struct finding *finding;

	(void)prefix_print(&address->address, text);
	finding = findings_add(exam->network->findings, ADDRESS_DOUBLE,
			       has_right ? xstrdup("")
					 : xasprintf("%s addr del %s dev %s", ip, text, word),
			       "%s in %s has the address %s, which is that of %s", link->link.name,
			       space->name, text, whose);
	if (has_right)
		finding_advise(finding, xstrdup("both were given it: detach one of them, and "
						"attach it again to get another"));
}

static int exam_everywhere(const struct exam *exam, const struct addr *addr, const char *whose)
{
	const struct picture *picture = exam->network->picture;
	size_t count;
	const struct bearer *bearers = bearers_find(picture, addr, &count);
	int found = 0;

	for (size_t i = 0; i < count; i++) {
		const struct space_link *link = picture_at(picture, bearers[i].spot);
		int space = bearers[i].spot.space;

		if (space == 0 || !is_sibling(exam, (size_t)space, link))
			continue;
		complain_sibling(exam, &picture->spaces[space], link,
				 &link->addresses.items[bearers[i].item], whose);
		found = 1;
	}
	return found;
}

int exam_doubles(const struct exam *exam)
{
	cleanup_free char *own = xasprintf("%s in %s", exam->link->link.name, exam->space->name);
	cleanup_free char *gateway = xasprintf("the gateway on %s",
					       exam->bridge ? exam->bridge->link.name : "");
	int found = 0;

	for (size_t i = 0; exam->bridge && i < exam->result->ip_count; i++) {
		const struct result_ip *ip = &exam->result->ips[i];

		found |= exam_everywhere(exam, &ip->address.addr, own);
		if (addr_is_set(&ip->gateway) && list_wants_gateway(exam->list))
			found |= exam_everywhere(exam, &ip->gateway, gateway);
	}
	return found;
}

/* ---- neighbours */

/* An entry for `addr` on the link that tells another MAC. */
static const struct fixed_neighbour *find_wrong(const struct space *space, int link,
						const struct addr *addr,
						const uint8_t mac[MAC_SIZE])
{
	for (size_t i = 0; i < space->fixed.count; i++) {
		const struct fixed_neighbour *item = &space->fixed.items[i];

		if (item->link == link && addr_equal(&item->addr, addr) &&
		    memcmp(item->mac, mac, MAC_SIZE) != 0)
			return item;
	}
	return NULL;
}

struct pair {
	const struct space *space;
	const struct space_link *link;	/* with the entry */
	const struct space_link *owner; /* of the address */
};

static int exam_entry(const struct exam *exam, const struct pair *pair, const struct addr *addr)
{
	const struct fixed_neighbour *wrong = find_wrong(pair->space, pair->link->link.index, addr,
							 pair->owner->link.mac);
	cleanup_free char *ip = ip_command(pair->space);
	cleanup_free char *word = foreign_word(pair->link->link.name);
	char text[ADDR_TEXT], now[MAC_TEXT], right[MAC_TEXT];

	if (!wrong || !pair->owner->link.has_mac)
		return 0;
	findings_add(exam->network->findings, NEIGHBOUR_WRONG,
		     xasprintf("%s neigh del %s dev %s", ip, addr_print(addr, text), word),
		     "%s of %s has a fixed entry for %s with the MAC %s; %s has %s",
		     pair->link->link.name, pair->space->name, text, mac_print(wrong->mac, now),
		     pair->owner->link.name, mac_print(pair->owner->link.mac, right));
	return 1;
}

int exam_neighbours(const struct exam *exam)
{
	const struct space_link *host_side = exam->bridge ? exam->bridge : exam->port;
	const struct pair inside = { exam->space, exam->link, host_side };
	const struct pair outside = { &exam->network->picture->spaces[0], host_side, exam->link };
	int found = 0;

	for (size_t i = 0; host_side && i < exam->result->ip_count; i++) {
		const struct result_ip *ip = &exam->result->ips[i];

		if (addr_is_set(&ip->gateway) && link_has_addr(host_side, &ip->gateway))
			found |= exam_entry(exam, &inside, &ip->gateway);
		found |= exam_entry(exam, &outside, &ip->address.addr);
	}
	return found;
}
