/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules an attachment can have, and how all of them go. */
#include "plugin/rules.h"

#include <errno.h>
#include <linux/netlink.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "nft/change.h"
#include "nft/ipspoof.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"
#include "nft/reference.h"
#include "nft/tables.h"
#include "plugin/attachments.h"

struct rules rules_of(const struct cni_call *call)
{
	struct attachment attachment = call_attachment(call);

	return (struct rules){
		.nft = NETLINK_CLOSED,
		.attachment = attachment,
		.owner = owner_of(&attachment),
	};
}

int rules_open(struct rules *rules, struct cni_error *err)
{
	int r;

	if (rules->nft.fd >= 0)
		return 0;
	r = netlink_open(&rules->nft, NETLINK_NETFILTER);
	if (r == 0)
		return 0;
	(void)cni_fail(err, CNI_ERR_FIREWALL, -r, "failed to open a netfilter netlink socket");
	cni_error_details(err, "the kernel needs nf_tables (modprobe nf_tables)");
	return r;
}

static bool has_guard(const struct rules *rules)
{
	return rules->guard.mac || rules->guard.ip;
}

static int undo_guard(struct rules *rules, struct cni_error *err)
{
	static const struct nft_present unknown = { .is_unknown = true };

	if (!has_guard(rules))
		return 0;
	return port_guard_delete(&rules->nft, &unknown, rules->owner.text, err);
}

void rules_undo(struct rules *rules)
{
	const struct owned_table *tables[RULES_TABLES];
	cleanup_error struct cni_error err = { 0 };

	for (size_t i = 0; i < rules->wish_count; i++)
		tables[i] = rules->wishes[i].table;
	if (rules->undo &&
	    owned_delete(&rules->nft, rules->owner.text, tables, rules->wish_count, &err) < 0)
		cni_warn("%s", err.msg);
	if (rules->undo && undo_guard(rules, &err) < 0)
		cni_warn("%s", err.msg);
	rules_wish_anew(rules);
	netlink_shut(&rules->nft);
}

int rules_delete(struct rules *rules, struct cni_error *err)
{
	const struct owned_table *tables[ATTACHMENT_TABLES];
	cleanup_present struct nft_present present = { 0 };
	cleanup_error struct cni_error more = { 0 };
	size_t count = 0;
	int r = rules_open(rules, err);

	if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT) {
		cni_error_release(err); /* a kernel without netfilter has no rules to remove */
		return 0;
	}
	if (r < 0)
		return r;
	nft_present_read(&rules->nft, &present);
	for (size_t i = 0; i < ATTACHMENT_TABLES; i++) {
		if (nft_present_has(&present, &attachment_tables[i]->table))
			tables[count++] = attachment_tables[i];
	}
	r = owned_delete(&rules->nft, rules->owner.text, tables, count, err);
	if (r == -EINVAL && nft_probe(&rules->nft, NULL) == -EINVAL) {
		cni_error_release(err); /* nor has one without nf_tables */
		return 0;
	}
	r = cni_error_collect(err, &more, r,
			      port_guard_delete(&rules->nft, &present, rules->owner.text, &more));
	return cni_error_collect(err, &more, r,
				 reference_delete(&rules->nft, &present, &rules->attachment,
						  &more));
}

struct owned_entries *rules_wish(struct rules *rules, const struct owned_table *table)
{
	struct owned_wish *wish = &rules->wishes[rules->wish_count++];

	wish->table = table;
	return &wish->entries;
}

void rules_wish_masquerade(struct rules *rules, const struct result *result)
{
	struct owned_entries *entries = rules_wish(rules, &masquerade_table);

	for (size_t i = 0; i < result->ip_count; i++) {
		const struct owned_entry entry = masquerade_entry(&result->ips[i].address);

		owned_entries_add(entries, &entry);
	}
}

void rules_wish_macspoof(struct rules *rules, const char *port, const uint8_t mac[6])
{
	const struct owned_entry entry = macspoof_entry(port, mac);

	owned_entries_add(rules_wish(rules, &macspoof_table), &entry);
}

void rules_wish_ipspoof(struct rules *rules, const char *port, const uint8_t mac[6],
			const struct result *result)
{
	cleanup_free struct prefix *addresses = xcalloc(result->ip_count + 1, sizeof(*addresses));

	for (size_t i = 0; i < result->ip_count; i++)
		addresses[i] = result->ips[i].address;
	ipspoof_add_entries(&(struct ipspoof){ port, mac, addresses, result->ip_count },
			    rules_wish(rules, &ipspoof_table));
}

void rules_wish_anew(struct rules *rules)
{
	while (rules->wish_count > 0)
		owned_entries_release(&rules->wishes[--rules->wish_count].entries);
	free((void *)rules->guard.port.addresses);
	rules->guard = (struct port_guard){ 0 };
}

void rules_wish_guard(struct rules *rules, const char *port, const uint8_t mac[6],
		      const struct result *result, bool checks_mac, bool checks_ip)
{
	struct prefix *addresses = xcalloc(result->ip_count + 1, sizeof(*addresses));

	for (size_t i = 0; i < result->ip_count; i++)
		addresses[i] = result->ips[i].address;
	rules->guard = (struct port_guard){
		.port = { port, mac, addresses, result->ip_count },
		.mac = checks_mac,
		.ip = checks_ip,
	};
}

int rules_set(struct rules *rules, struct cni_error *err)
{
	int r = rules->wish_count > 0 || has_guard(rules) ? rules_open(rules, err) : 0;

	if (r < 0 || (rules->wish_count == 0 && !has_guard(rules)))
		return r;
	rules->undo = true;
	if (rules->wish_count)
		r = owned_set(&rules->nft, rules->owner.text, rules->wishes, rules->wish_count,
			      err);
	if (r == 0 && has_guard(rules))
		r = port_guard_set(&rules->nft, rules->owner.text, &rules->guard, err);
	return r;
}

/* True when the reference did for the attachment what entries in the table would. */
static bool is_by_reference(struct rules *rules, const struct owned_table *table)
{
	bool found = false;

	if (table == &masquerade_table)
		ignore(reference_has_masquerade(&rules->nft, &rules->attachment, &found));
	else if (table == &macspoof_table)
		ignore(reference_has_macspoof(&rules->nft, &rules->attachment, &found));
	return found;
}

int rules_check(struct rules *rules, struct cni_error *err)
{
	int r = rules->wish_count > 0 || has_guard(rules) ? rules_open(rules, err) : 0;

	if (r == 0 && has_guard(rules))
		r = port_guard_check(&rules->nft, rules->owner.text, &rules->guard, err);
	for (size_t i = 0; r == 0 && i < rules->wish_count; i++) {
		r = owned_check(&rules->nft, rules->owner.text, &rules->wishes[i], err);
		if (r < 0 && is_by_reference(rules, rules->wishes[i].table)) {
			cni_error_release(err);
			r = 0;
		}
	}
	return r;
}

int rules_collect(struct rules *rules, const struct owned_table *const *tables, size_t count,
		  struct attachments *valid, struct cni_error *err)
{
	return rules_open(rules, err)
		       ?: owned_collect(&rules->nft, rules->attachment.network, attachments_keep,
					valid, tables, count, err);
}

int rules_collect_guards(const struct cni_call *call, struct attachments *valid,
			 struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);

	return rules_open(&rules, err)
		       ?: port_guard_collect(&rules.nft, rules.attachment.network, attachments_keep,
					     valid, err);
}

int rules_status(const struct cni_call *call, const struct owned_table *const *tables, size_t count,
		 struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_error struct cni_error cause = { 0 };
	int r;

	r = rules_open(&rules, &cause) ?: nft_probe(&rules.nft, &cause);
	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "nftables cannot be used: %s",
			       cause.msg);
		if (cause.details)
			cni_error_details(err, "%s", cause.details);
		return r;
	}
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (tables[i])
			r = owned_status(&rules.nft, tables[i], err);
	}
	return r;
}

int rules_check_backend(const char *backend_or_null, struct cni_error *err)
{
	if (!backend_or_null || text_equal(backend_or_null, "nftables"))
		return 0;
	if (!text_equal(backend_or_null, "iptables")) {
		int r = cni_fail(err, CNI_ERR_CONFIG, 0, "unknown ipmasq backend \"%s\"",
				 backend_or_null);

		cni_error_details(err, "ipMasqBackend can be \"nftables\"");
		return r;
	}
	cni_warn("ipMasqBackend \"iptables\": nftables is used, it works beside iptables rules");
	return 0;
}
