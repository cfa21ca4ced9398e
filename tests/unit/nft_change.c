/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a transaction is tried again, and what its failure is called, on a kernel that is played. */
#include "nft/change.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nft/ipspoof.h"
#include "nft/macspoof.h"
#include "nft/masquerade.h"
#include "nft/reference.h"
#include "nft/tables.h"
#include "tests/fuzz/kernel.h"
#include "unit.h"

#define cleanup_played cleanup_with(kernel_release)

#ifndef ERESTART
#define ERESTART 85
#endif

static const struct nft_table table = { NFPROTO_INET, "t" };
static const char owner[] = "net/c/eth0";
static const struct attachment attachment = { "net", "c", "eth0" };
static const struct nft_present any = { .is_unknown = true };
static const struct prefix address = { { AF_INET, { 10, 1, 0, 5 } }, 16 };
static const uint8_t mac[MAC_SIZE] = { 2, 1, 2, 3, 4, 5 };
static const struct ipspoof ports = { "v", mac, &address, 1 };

static struct kernel play(void)
{
	struct kernel kernel;

	kernel_start(&kernel, NULL, 0);
	return kernel;
}

static void say_generation(struct kernel *kernel, uint32_t generation, uint32_t seq)
{
	const struct nfgenmsg header = { .nfgen_family = AF_UNSPEC };
	struct nl_msg *msg = netlink_request(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN, 0, &header,
					     sizeof(header));

	nla_put_u32(msg, NFTA_GEN_ID, __builtin_bswap32(generation));
	kernel_say(kernel, msg, seq);
	kernel_accept(kernel, seq);
}

/* Takes three numbers: the beginning, the table, the end. */
static int add_table(struct netlink *nl, struct nft_batch *batch, void *data)
{
	unsigned *plans = data;

	(void)nl;
	++*plans;
	nft_add_table(batch, &table);
	return 0;
}

static int change_nothing(struct netlink *nl, struct nft_batch *batch, void *data)
{
	(void)nl;
	(void)batch;
	(void)data;
	return 0;
}

static void nothing_to_change_ends_it(void **state)
{
	cleanup_played struct kernel kernel = play();

	(void)state;
	say_generation(&kernel, 1, 1);
	assert_int_equal(nft_change(&kernel.nl, change_nothing, NULL), 0);
}

static void a_disturbed_change_is_planned_anew(void **state)
{
	cleanup_played struct kernel kernel = play();
	unsigned plans = 0;

	(void)state;
	say_generation(&kernel, 1, 1);
	kernel_refuse(&kernel, EEXIST, 3);
	say_generation(&kernel, 2, 5);
	say_generation(&kernel, 2, 6);
	kernel_refuse(&kernel, ERESTART, 7);
	say_generation(&kernel, 3, 10);
	kernel_accept(&kernel, 12);
	assert_int_equal(nft_change(&kernel.nl, add_table, &plans), 0);
	assert_int_equal(plans, 3);
}

static void an_undisturbed_refusal_is_final(void **state)
{
	cleanup_played struct kernel kernel = play();
	unsigned plans = 0;

	(void)state;
	say_generation(&kernel, 1, 1);
	kernel_refuse(&kernel, EEXIST, 3);
	say_generation(&kernel, 1, 5);
	assert_int_equal(nft_change(&kernel.nl, add_table, &plans), -EEXIST);
	say_generation(&kernel, 1, 6);
	kernel_refuse(&kernel, EINVAL, 8);
	assert_int_equal(nft_change(&kernel.nl, add_table, &plans), -EINVAL);
	assert_int_equal(plans, 2);
}

static void a_failed_probe_has_a_remedy(void **state)
{
	static const struct {
		int errnum;
		const char *remedy;
	} remedies[] = {
		{ EPERM, "run the plugin with CAP_NET_ADMIN" },
		{ EOPNOTSUPP, "the kernel may lack nftables support" },
		{ EOVERFLOW, "Linux 5.10 or later" },
		{ EAGAIN, "other programs keep changing" },
		{ ENOMEM, NULL },
	};
	cleanup_played struct kernel kernel = play();

	(void)state;
	for (uint32_t i = 0; i < array_size(remedies); i++) {
		cleanup_error struct cni_error err = { 0 };

		kernel_refuse(&kernel, remedies[i].errnum, i + 1);
		assert_int_equal(nft_probe(&kernel.nl, &err), -remedies[i].errnum);
		assert_int_equal(err.code, CNI_ERR_NOT_AVAILABLE);
		if (remedies[i].remedy)
			assert_non_null(strstr(err.details, remedies[i].remedy));
		else
			assert_null(err.details);
	}
}

static void a_ruleset_that_never_rests_is_a_reason_to_try_again(void **state)
{
	static const struct {
		int errnum;
		unsigned code;
	} codes[] = { { EAGAIN, CNI_ERR_TRY_LATER },
		      { EINTR, CNI_ERR_TRY_LATER },
		      { EOPNOTSUPP, CNI_ERR_FIREWALL } };
	const struct netlink nl = NETLINK_CLOSED;

	(void)state;
	for (size_t i = 0; i < array_size(codes); i++) {
		cleanup_error struct cni_error err = { 0 };
		int r = -codes[i].errnum;

		assert_int_equal(nft_fail(&nl, &err, r, "cannot masquerade %s", "this"), r);
		assert_int_equal(err.code, codes[i].code);
		assert_non_null(strstr(err.msg, "cannot masquerade this: "));
	}
}

/* Each table of attachments, with an entry of it. */
static void wish_of(size_t which, struct owned_entries *entries, struct owned_wish *ret)
{
	const struct owned_entry masqueraded = masquerade_entry(&address);
	const struct owned_entry checked = macspoof_entry("v", mac);

	if (attachment_tables[which] == &masquerade_table)
		owned_entries_add(entries, &masqueraded);
	else if (attachment_tables[which] == &macspoof_table)
		owned_entries_add(entries, &checked);
	else
		ipspoof_add_entries(&ports, entries);
	*ret = (struct owned_wish){ .table = attachment_tables[which], .entries = *entries };
}

enum verb { ADD, DEL, CHECK };

static int ask_table(struct netlink *nl, enum verb verb, size_t which, struct cni_error *err)
{
	cleanup_entries struct owned_entries entries = { 0 };
	struct owned_wish wish;

	wish_of(which, &entries, &wish);
	if (verb == ADD)
		return owned_set(nl, owner, &wish, 1, err);
	if (verb == CHECK)
		return owned_check(nl, owner, &wish, err);
	return owned_delete(nl, owner, &attachment_tables[which], 1, err);
}

/*
 * Whatever nftables is asked for, whoever has no right to it is told so, and by whom it was asked.
 */
static void every_refusal_is_told(void **state)
{
	static const char *const told[ATTACHMENT_TABLES][3] = {
		{ "cannot add masquerade for 10.1.0.5/16", "cannot remove masquerade of net/c/eth0",
		  "cannot read masquerade of net/c/eth0" },
		{ "cannot add the MAC check of port v", "cannot remove the MAC check of net/c/eth0",
		  "cannot read the MAC check of net/c/eth0" },
		{ "cannot add the address check of port v",
		  "cannot remove the address check of net/c/eth0",
		  "cannot read the address check of net/c/eth0" },
	};

	(void)state;
	for (size_t i = 0; i <= ATTACHMENT_TABLES * 3; i++) {
		cleanup_played struct kernel kernel = play();
		cleanup_error struct cni_error err = { 0 };
		const bool is_reference = i == ATTACHMENT_TABLES * 3;
		const char *msg = is_reference ? "cannot read nftables chains" : told[i / 3][i % 3];
		int r;

		kernel_refuse(&kernel, EPERM, 1);
		r = is_reference ? reference_delete(&kernel.nl, &any, &attachment, &err)
				 : ask_table(&kernel.nl, (enum verb)(i % 3), i / 3, &err);
		assert_int_equal(r, -EPERM);
		assert_int_equal(strncmp(err.msg, msg, strlen(msg)), 0);
		assert_non_null(strstr(err.msg, ": operation not permitted"));
		assert_non_null(strstr(err.details, "run the plugin with CAP_NET_ADMIN"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_change_ends_it),
		cmocka_unit_test(a_disturbed_change_is_planned_anew),
		cmocka_unit_test(an_undisturbed_refusal_is_final),
		cmocka_unit_test(a_failed_probe_has_a_remedy),
		cmocka_unit_test(a_ruleset_that_never_rests_is_a_reason_to_try_again),
		cmocka_unit_test(every_refusal_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
