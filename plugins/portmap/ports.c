/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows who may have a port, and what is wrong when a port is not as it was made. */
#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>

#include "net/link.h"
#include "nft/ask.h"
#include "nft/change.h"
#include "nft/owned.h"
#include "plugin/check.h"
#include "port_rival.h"
#include "port_table.h"
#include "portmap_conf.h"

/* "8080/tcp", "192.0.2.1:8080/tcp" */
static void add_port(struct text *text, const struct port_entry *entry)
{
	struct addr host = port_entry_host(entry);
	char address[ADDR_TEXT];

	if (addr_is_set(&host))
		text_addf(text,
			  host.family == AF_INET6 ? "[%s]:" : "%s:", addr_print(&host, address));
	text_addf(text, "%u/%s", ntohs(entry->host_port), protocol_name(entry->protocol));
}

/* "10.1.0.5:80" */
static void add_target(struct text *text, const struct addr *addr, uint16_t port)
{
	char address[ADDR_TEXT];

	text_addf(text, addr->family == AF_INET6 ? "[%s]:%u" : "%s:%u", addr_print(addr, address),
		  ntohs(port));
}

int owner_has_link(const struct owner *owner, const struct result *prev, bool *ret,
		   struct cni_error *err)
{
	cleanup_netlink struct netlink route = NETLINK_CLOSED;
	int r = netlink_open(&route, NETLINK_ROUTE);

	*ret = false;
	for (size_t i = 0; r == 0 && !*ret && i < prev->interface_count; i++) {
		const struct result_interface *interface = &prev->interfaces[i];
		struct link link;

		if (!text_is_empty(interface->sandbox))
			continue;
		r = link_get(&route, interface->name, &link);
		*ret = r == 0 && text_equal(link.alias, owner->text);
		if (r == -ENODEV || r == -EINVAL)
			r = 0; /* of no use as a sign of life */
	}
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot look at the links of the host");
	return 0;
}

struct wish {
	const struct owner *owner;
	const struct node *netns;
	struct rival rival;
	struct owned_entries waiting; /* places */
	bool takes_over;	      /* a port of an owner that is gone */
	bool is_refused;	      /* … of one that lives */
	struct cni_error *err;
};

static void wish_release(struct wish *wish)
{
	rival_release(&wish->rival);
	owned_entries_release(&wish->waiting);
}

static int fail_taken(const struct port_entry *entry, const char *holder, struct cni_error *err)
{
	cleanup_text struct text port = { 0 };
	const char *id = strchr(holder, '/');
	const char *ifname = id ? strchr(id + 1, '/') : NULL;

	add_port(&port, entry);
	if (!ifname)
		return cni_fail(err, CNI_ERR_CONFLICT, 0, "host port %s is already in use by %s",
				port.s, holder);
	(void)cni_fail(
		err, CNI_ERR_CONFLICT, 0,
		"host port %s is already in use by container %.*s (network %.*s, interface %s)",
		port.s, (int)(ifname - id - 1), id + 1, (int)(id - holder), holder, ifname + 1);
	cni_error_details(
		err,
		"DEL that container's network first, choose another host port, or give the two different values of hostIP");
	return -EADDRINUSE;
}

/*
 * Sets that follow from a port change hands with it; only about the port itself there is dispute.
 */
static int dispute(struct netlink *nft, const struct owned_entry *packed, const char *owner,
		   void *data)
{
	struct port_entry entry = port_entry_unpack(packed);
	struct wish *wish = data;
	struct owned_entry place;
	int r;

	if (entry.kind != PORT_KIND_PORT)
		return 0;
	r = rival_read(nft, owner, &wish->rival);
	if (r < 0)
		return r;
	/* An element that nobody remembers having made is free. */
	if (!port_table.place(packed, &place) || !owned_lookup_has(&wish->rival.lookup, &place))
		r = 1;
	else
		r = rival_is_dead(&wish->rival, wish->netns);
	wish->takes_over |= r > 0;
	if (r != 0)
		return r < 0 ? r : 0;
	wish->is_refused = !owned_is_kin(owner, wish->owner->text) ||
			   rival_is_elsewhere(&wish->rival, wish->netns);
	if (wish->is_refused)
		return fail_taken(&entry, owner, wish->err);
	owned_entries_add(&wish->waiting, &place);
	return OWNED_WAIT;
}

/* Marks the entries of these places as waiting. */
static void mark_waiting(const struct owned_entries *places, struct owned_entries *entries)
{
	cleanup_lookup struct owned_lookup waiting = owned_lookup_of(places);

	for (size_t i = 0; i < entries->count; i++) {
		struct owned_entry place;

		if (port_table.place(&entries->items[i], &place) &&
		    owned_lookup_has(&waiting, &place))
			entries->items[i] = owned_waiting(entries->items[i], true);
	}
}

int ports_set(struct netlink *nft, const struct owner *owner, struct owned_entries *entries,
	      const struct node *netns, bool *ret_takes_over, struct cni_error *err)
{
	cleanup_with(
		wish_release) struct wish wish = { .owner = owner, .netns = netns, .err = err };
	const struct owned_wish wanted = {
		.table = &port_table, .entries = *entries, .dispute = dispute, .data = &wish
	};
	int r = owned_set(nft, owner->text, &wanted, 1, err);

	*ret_takes_over = wish.takes_over;
	if (r == 0)
		mark_waiting(&wish.waiting, entries);
	else if (!wish.is_refused)
		/* They may be mapped nevertheless, when it was the answer that got lost. */
		ignore(ports_delete(nft, owner, NULL));
	return r;
}

int ports_get(struct netlink *nft, const struct owner *owner, struct owned_entries *ret,
	      struct cni_error *err)
{
	int r = owned_read(nft, &port_table, owner->text, ret);

	return r < 0 ? nft_fail(nft, err, r, "cannot read the mapped ports") : 0;
}

int ports_delete(struct netlink *nft, const struct owner *owner, struct cni_error *err)
{
	return owned_delete(nft, owner->text, port_tables, array_size(port_tables), err);
}

/* The port's element is this owner's, and leads to the container. */
static int check_target(struct netlink *nft, const struct owner *owner,
			const struct owned_entry *packed, struct cni_error *err)
{
	bool waits = owned_waits(packed);
	const struct owned_entry plain = owned_waiting(*packed, false);
	struct port_entry entry = port_entry_unpack(&plain);
	struct nft_element element = port_element(&plain, 0);
	struct addr container = port_entry_container(&entry);
	struct addr found = { .family = entry.family };
	cleanup_text struct text port = { 0 }, wanted = { 0 }, actual = { 0 };
	cleanup_nft_ask struct nft_ask ask = { 0 };
	struct nft_holder holder;
	uint16_t found_port;
	int r;

	nft_ask_element(&ask, &port_table.table, &element, &holder);
	r = nft_ask_run(nft, &ask);
	if (r < 0)
		return nft_fail(nft, err, r, "cannot read the mapped ports");
	add_port(&port, &entry);
	add_target(&wanted, &container, entry.container_port);
	if (holder.exists && waits && owned_is_kin(holder.comment, owner->text))
		return 0;
	if (!holder.exists)
		return check_fail(err, "host port %s is not mapped to %s", port.s, wanted.s);
	memcpy(found.bytes, holder.data, family_size(entry.family));
	memcpy(&found_port, holder.data + family_size(entry.family), sizeof(found_port));
	add_target(&actual, &found, found_port);
	if (memcmp(holder.data, element.data, sizeof(element.data)) != 0)
		return check_fail(err, "host port %s is mapped to %s instead of %s", port.s,
				  actual.s, wanted.s);
	if (!text_equal(holder.comment, owner->text))
		return check_fail(err, "host port %s is mapped to %s for another owner: %s", port.s,
				  actual.s, holder.comment);
	return 0;
}

static int fail_incomplete(const struct owned_entries *entries, const struct owned_finding *found,
			   struct cni_error *err)
{
	static const char *const missing[] = {
		[OWNED_NO_TABLE] = "the table",
		[OWNED_NO_CHAIN] = "a chain of the table",
		[OWNED_NO_RULE] = "the rule for it",
		[OWNED_NO_ELEMENT] = "an element for masquerading or conditions",
		[OWNED_NO_INDEX] = "the note who has it",
	};
	cleanup_text struct text port = { 0 };
	struct owned_entry plain;
	struct port_entry entry;

	if (found->state == OWNED_ALTERED)
		return check_fail(err, "ports are not mapped: %s", found->words);
	if (found->entry == OWNED_ALL)
		return check_fail(
			err, "ports are not mapped: in nftables table inet %s, a rule is missing",
			port_table.table.name);
	plain = owned_waiting(entries->items[found->entry], false);
	entry = port_entry_unpack(&plain);
	if (entry.kind == PORT_KIND_TO)
		text_add(&port, "ports");
	else
		add_port(&port, &entry);
	return check_fail(
		err,
		"host port %s is not mapped completely: in nftables table inet %s, %s is missing",
		port.s, port_table.table.name, missing[found->state]);
}

/* Marks what waits for another interface of the container, by the owner's note. */
static int mark_by_note(struct netlink *nft, const struct owner *owner,
			struct owned_entries *entries, struct cni_error *err)
{
	cleanup_entries struct owned_entries noted = { 0 }, places = { 0 };
	int r = ports_get(nft, owner, &noted, err);

	if (r < 0)
		return r;
	owned_places(&port_table, &noted, true, &places);
	mark_waiting(&places, entries);
	return 0;
}

int ports_check(struct netlink *nft, const struct owner *owner, struct owned_entries *entries,
		struct cni_error *err)
{
	struct owned_wish wanted = { .table = &port_table };
	struct owned_finding found;
	int r = entries->count > 0 ? mark_by_note(nft, owner, entries, err) : 0;

	for (size_t i = 0; r == 0 && i < entries->count; i++) {
		const struct owned_entry plain = owned_waiting(entries->items[i], false);

		if (port_entry_unpack(&plain).kind == PORT_KIND_PORT)
			r = check_target(nft, owner, &entries->items[i], err);
	}
	if (r < 0 || entries->count == 0)
		return r;
	wanted.entries = *entries;
	r = owned_inspect(nft, owner->text, &wanted, &found);
	if (r < 0)
		return nft_fail(nft, err, r, "cannot read the mapped ports");
	return found.state == OWNED_WELL ? 0 : fail_incomplete(entries, &found, err);
}
