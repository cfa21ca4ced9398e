/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules in iptables' chains: what we write we read, and nothing else is taken for ours. */
#include "nft/accept_rule.h"

#include <stdio.h> /* libnftnl/rule.h uses FILE without it */

#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "nft/expr.h"
#include "unit.h"

static const struct addr address4 = { AF_INET, { 10, 88, 0, 2 } };
static const struct addr address6 = { AF_INET6, { 0xfd, 0, [15] = 2 } };

enum { ROOM = 4096 };

/* As the kernel tells a rule. */
struct told {
	_Alignas(8) char bytes[ROOM];
};

static const struct nlmsghdr *tell(struct nftnl_rule *rule, int family, struct told *ret)
{
	struct nlmsghdr *message = nftnl_nlmsg_build_hdr(ret->bytes, NFT_MSG_NEWRULE,
							 (uint16_t)family, 0, 1);

	nftnl_rule_nlmsg_build_payload(message, rule);
	nftnl_rule_free(rule);
	return message;
}

static const struct nft_table *table_of(const struct addr *address)
{
	static const struct nft_table tables[] = { { NFPROTO_IPV4, "filter" },
						   { NFPROTO_IPV6, "filter" } };

	return &tables[address->family == AF_INET6];
}

static struct accept_rule wanted_of(enum accept_kind kind, const struct addr *address,
				    const char *owner)
{
	struct accept_rule wanted = { .kind = kind, .address = *address };

	(void)snprintf(wanted.owner, sizeof(wanted.owner), "%s", owner);
	return wanted;
}

static void what_is_written_is_read(void **state)
{
	static const struct addr *const addresses[] = { &address4, &address6 };

	(void)state;
	for (size_t i = 0; i < array_size(addresses); i++) {
		for (int kind = 0; kind < ACCEPT_KINDS; kind++) {
			const struct accept_rule wanted = wanted_of((enum accept_kind)kind,
								    addresses[i], "net/c1/eth0");
			const int family = addresses[i]->family;
			struct accept_rule read;
			struct told told;
			const struct nlmsghdr *rule = tell(accept_rule_make(table_of(addresses[i]),
									    "CNI-FORWARD", &wanted),
							   family, &told);

			assert_true(accept_rule_read(rule, family, &read));
			assert_int_equal(read.kind, kind);
			assert_true(addr_equal(&read.address, addresses[i]));
			assert_string_equal(read.owner, "net/c1/eth0");
		}
	}
}

/* The longest owner there is, and more. */
static void an_owner_that_is_too_long_is_cut(void **state)
{
	struct accept_rule wanted = { .kind = ACCEPT_FROM, .address = address4 }, read;
	struct told told;

	(void)state;
	memset(wanted.owner, 'x', sizeof(wanted.owner) - 1);
	assert_true(accept_rule_read(tell(accept_rule_make(table_of(&address4), "c", &wanted),
					  AF_INET, &told),
				     AF_INET, &read));
	assert_memory_equal(read.owner, wanted.owner, strlen(read.owner));
	assert_true(strlen(read.owner) >= 125);
}

static void other_rules_are_not_taken_for_ours(void **state)
{
	const struct accept_rule wanted = wanted_of(ACCEPT_ANSWERS, &address4, "");
	struct accept_rule read = { 0 };
	char owner[NFT_COMMENT];
	struct nftnl_rule *rule = accept_rule_make(table_of(&address4), "c", &wanted);
	const struct nlmsghdr *message;
	struct told told;

	(void)state;
	/* More than ours has. */
	(void)expr_append(rule, "counter");
	assert_false(accept_rule_read(tell(rule, AF_INET, &told), AF_INET, &read));
	/* Of another family. */
	rule = accept_rule_make(table_of(&address4), "c", &wanted);
	assert_false(accept_rule_read(tell(rule, AF_INET, &told), AF_INET6, &read));
	/* A jump, which has an owner all the same. */
	message = tell(accept_rule_jump(table_of(&address4), "FORWARD", "CNI-FORWARD", "why",
					"net/c1/eth0"),
		       AF_INET, &told);
	assert_false(accept_rule_read(message, AF_INET, &read));
	accept_rule_owner(message, owner);
	assert_string_equal(owner, "net/c1/eth0");
	/* Nothing at all. */
	message = tell(nft_rule(table_of(&address4), "c"), AF_INET, &told);
	assert_false(accept_rule_read(message, AF_INET, &read));
	accept_rule_owner(message, owner);
	assert_string_equal(owner, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(an_owner_that_is_too_long_is_cut),
		cmocka_unit_test(other_rules_are_not_taken_for_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
