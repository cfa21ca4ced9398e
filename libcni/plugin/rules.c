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

static int delete_ours(struct rules *rules, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	int r = masquerade_delete(&rules->nft, &rules->owner, err);

	r = cni_error_collect(err, &more, r, macspoof_delete(&rules->nft, &rules->owner, &more));
	return cni_error_collect(err, &more, r, ipspoof_delete(&rules->nft, &rules->owner, &more));
}

void rules_undo(struct rules *rules)
{
	cleanup_error struct cni_error err = { 0 };

	if (rules->undo && delete_ours(rules, &err) < 0)
		cni_warn("%s", err.msg);
	netlink_shut(&rules->nft);
}

int rules_delete(struct rules *rules, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	int r = rules_open(rules, err);

	if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT) {
		cni_error_release(err); /* a kernel without netfilter has no rules to remove */
		return 0;
	}
	if (r < 0)
		return r;
	r = delete_ours(rules, err);
	if (r == -EINVAL && nft_probe(&rules->nft, NULL) == -EINVAL) {
		cni_error_release(err); /* nor has one without nf_tables */
		return 0;
	}
	return cni_error_collect(err, &more, r,
				 reference_delete(&rules->nft, &rules->attachment, &more));
}

/* The array is the caller's to free. */
static struct prefix *addresses_of(const struct result *result)
{
	struct prefix *addresses = xcalloc(result->ip_count, sizeof(*addresses));

	for (size_t i = 0; i < result->ip_count; i++)
		addresses[i] = result->ips[i].address;
	return addresses;
}

int rules_masquerade(struct rules *rules, const struct result *result, struct cni_error *err)
{
	cleanup_free struct prefix *addresses = addresses_of(result);

	rules->undo = true;
	return masquerade_add(&rules->nft, &rules->owner, addresses, result->ip_count, err);
}

int rules_ipspoof(struct rules *rules, const char *port, const uint8_t mac[6],
		  const struct result *result, struct cni_error *err)
{
	cleanup_free struct prefix *addresses = addresses_of(result);
	const struct ipspoof spec = { port, mac, addresses, result->ip_count };

	rules->undo = true;
	return ipspoof_add(&rules->nft, &rules->owner, &spec, err);
}

int rules_check_masquerade(struct rules *rules, const struct result *prev, struct cni_error *err)
{
	cleanup_free struct prefix *addresses = addresses_of(prev);
	bool by_reference = false;
	int r = rules_open(rules, err);

	if (r < 0)
		return r;
	r = masquerade_check(&rules->nft, &rules->owner, addresses, prev->ip_count, err);
	if (r == 0 ||
	    reference_has_masquerade(&rules->nft, &rules->attachment, &by_reference) < 0 ||
	    !by_reference)
		return r;
	cni_error_release(err);
	return 0;
}

int rules_check_macspoof(struct rules *rules, const char *port, const uint8_t mac[6],
			 struct cni_error *err)
{
	bool by_reference = false;
	int r = rules_open(rules, err);

	if (r < 0)
		return r;
	r = macspoof_check(&rules->nft, &rules->owner, port, mac, err);
	if (r == 0 || reference_has_macspoof(&rules->nft, &rules->attachment, &by_reference) < 0 ||
	    !by_reference)
		return r;
	cni_error_release(err);
	return 0;
}

int rules_check_ipspoof(struct rules *rules, const char *port, const uint8_t mac[6],
			const struct result *prev, struct cni_error *err)
{
	cleanup_free struct prefix *addresses = addresses_of(prev);
	const struct ipspoof spec = { port, mac, addresses, prev->ip_count };
	int r = rules_open(rules, err);

	return r < 0 ? r : ipspoof_check(&rules->nft, &rules->owner, &spec, err);
}

int rules_collect(struct rules *rules, struct attachments *valid, struct cni_error *err)
{
	cleanup_error struct cni_error more = { 0 };
	const char *network = rules->attachment.network;
	int r = rules_open(rules, err);

	if (r < 0)
		return r;
	r = masquerade_collect(&rules->nft, network, attachments_keep, valid, err);
	r = cni_error_collect(err, &more, r,
			      macspoof_collect(&rules->nft, network, attachments_keep, valid,
					       &more));
	return cni_error_collect(err, &more, r,
				 ipspoof_collect(&rules->nft, network, attachments_keep, valid,
						 &more));
}

static int check_tables(struct netlink *nft, unsigned kinds, struct cni_error *err)
{
	int r = kinds & RULES_MASQUERADE ? masquerade_status(nft, err) : 0;

	if (r == 0 && kinds & RULES_MACSPOOF)
		r = macspoof_status(nft, err);
	if (r == 0 && kinds & RULES_IPSPOOF)
		r = ipspoof_status(nft, err);
	return r;
}

int rules_status(const struct cni_call *call, unsigned kinds, struct cni_error *err)
{
	undo_rules struct rules rules = rules_of(call);
	cleanup_error struct cni_error cause = { 0 };
	int r;

	r = rules_open(&rules, &cause);
	if (r == 0)
		r = nft_probe(&rules.nft, &cause);
	if (r == 0)
		return check_tables(&rules.nft, kinds, err);
	(void)cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "nftables cannot be used: %s", cause.msg);
	if (cause.details)
		cni_error_details(err, "%s", cause.details);
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
