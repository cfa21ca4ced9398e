/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules and chains that others made, in shapes that no kernel of today gives them. */
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nft/ask.h"
#include "nft/chains.h"
#include "nft/change.h"
#include "nft/rule_list.h"
#include "tests/fuzz/kernel.h"
#include "unit.h"

enum { NFT = NFNL_SUBSYS_NFTABLES << 8 };

static const struct nft_table table = { NFPROTO_INET, "t" };

static struct nl_msg *nft_message(int type)
{
	const struct nfgenmsg header = { .nfgen_family = NFPROTO_INET };

	return netlink_request(NFT | type, 0, &header, sizeof(header));
}

static void put_expression(struct nl_msg *msg, const char *name_or_null)
{
	struct nlattr *list = nla_nest_start(msg, NFTA_RULE_EXPRESSIONS);
	struct nlattr *item = nla_nest_start(msg, NFTA_LIST_ELEM);
	struct nlattr *data;

	if (name_or_null)
		nla_put_string(msg, NFTA_EXPR_NAME, name_or_null);
	data = nla_nest_start(msg, NFTA_EXPR_DATA);
	nla_put_string(msg, NFTA_LOOKUP_SET, "s");
	nla_nest_end(msg, data);
	nla_nest_end(msg, item);
	nla_nest_end(msg, list);
}

static void an_expression_without_a_name_is_passed_over(void **state)
{
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };
	cleanup_nft_rules struct nft_rules rules = { 0 };
	struct nl_msg *nameless = nft_message(NFT_MSG_NEWRULE);
	struct nl_msg *named = nft_message(NFT_MSG_NEWRULE);

	(void)state;
	kernel_start(&kernel, NULL, 0);
	put_expression(nameless, NULL);
	put_expression(named, "lookup");
	kernel_say(&kernel, nameless, 1);
	kernel_say(&kernel, named, 1);
	kernel_say_number(&kernel, NLMSG_DONE, 0, 1);
	assert_int_equal(nft_list_rules(&kernel.nl, &table, "c", &rules), 0);
	assert_int_equal(rules.count, 2);
	assert_false(nft_rule_uses_set(rules.items[0], "s"));
	assert_true(nft_rule_uses_set(rules.items[1], "s"));
	assert_false(nft_rule_is_alike(rules.items[0], rules.items[1]));
}

static int note_chain(const struct nft_chain_view *chain, void *data)
{
	unsigned *count = data;

	assert_true(chain->is_base);
	assert_false(chain->drops);
	assert_null(chain->type);
	++*count;
	return 0;
}

static void a_chain_is_read_whatever_the_size_of_its_attributes(void **state)
{
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };
	struct nl_msg *msg = nft_message(NFT_MSG_NEWCHAIN);
	struct nlattr *hook;
	unsigned count = 0;

	(void)state;
	kernel_start(&kernel, NULL, 0);
	nla_put_string(msg, NFTA_CHAIN_TABLE, "t");
	nla_put_string(msg, NFTA_CHAIN_NAME, "c");
	nla_put(msg, NFTA_CHAIN_TYPE, 3, "nat"); /* without its end */
	nla_put_u64(msg, NFTA_CHAIN_POLICY, 0);
	hook = nla_nest_start(msg, NFTA_CHAIN_HOOK);
	nla_put_u16(msg, NFTA_HOOK_HOOKNUM, 1);
	nla_nest_end(msg, hook);
	kernel_say(&kernel, msg, 1);
	kernel_say(&kernel, nft_message(NFT_MSG_NEWCHAIN), 1); /* nameless */
	kernel_say_number(&kernel, NLMSG_DONE, 0, 1);
	assert_int_equal(nft_each_chain(&kernel.nl, note_chain, &count), 0);
	assert_int_equal(count, 1);
}

static void put_elements(struct nl_msg *msg, unsigned count)
{
	struct nlattr *list = nla_nest_start(msg, NFTA_SET_ELEM_LIST_ELEMENTS);

	for (unsigned i = 0; i < count; i++) {
		struct nlattr *item = nla_nest_start(msg, NFTA_LIST_ELEM);

		nla_put_u32(msg, NFTA_SET_ELEM_FLAGS, 0);
		nla_nest_end(msg, item);
	}
	nla_nest_end(msg, list);
}

/* Asks for two elements and is given these. */
static int ask_for_two(unsigned given, unsigned given_next)
{
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };
	cleanup_nft_elements struct nft_elements found = { 0 };
	const struct nft_element wanted[2] = { { .set = "s" }, { .set = "s" } };
	struct nl_msg *first = nft_message(NFT_MSG_NEWSETELEM);
	struct nl_msg *second = nft_message(NFT_MSG_NEWSETELEM);
	cleanup_nft_ask struct nft_ask ask = { 0 };
	int r;

	kernel_start(&kernel, NULL, 0);
	put_elements(first, given);
	put_elements(second, given_next);
	kernel_say(&kernel, first, 1);
	kernel_say(&kernel, second, 1);
	kernel_say_number(&kernel, NLMSG_ERROR, 0, 1);
	nft_ask_elements(&ask, &table, wanted, 2, &found);
	r = nft_ask_run(&kernel.nl, &ask);
	assert_true(found.count <= 2);
	return r < 0 ? r : (int)found.count;
}

static void more_elements_than_were_asked_for_are_refused(void **state)
{
	(void)state;
	assert_int_equal(ask_for_two(1, 0), 1);
	assert_int_equal(ask_for_two(1, 1), 2);
	assert_int_equal(ask_for_two(2, 1), -EBADMSG);
	assert_int_equal(ask_for_two(3, 0), -EBADMSG);
}

static int never(struct netlink *nl, struct nft_batch *batch, void *data)
{
	(void)nl;
	(void)batch;
	(void)data;
	fail();
	return 0;
}

static void another_answer_than_the_asked_one_is_refused(void **state)
{
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };

	(void)state;
	kernel_start(&kernel, NULL, 0);
	kernel_say(&kernel, nft_message(NFT_MSG_NEWCHAIN), 1);
	assert_int_equal(nft_change(&kernel.nl, never, NULL), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_expression_without_a_name_is_passed_over),
		cmocka_unit_test(a_chain_is_read_whatever_the_size_of_its_attributes),
		cmocka_unit_test(more_elements_than_were_asked_for_are_refused),
		cmocka_unit_test(another_answer_than_the_asked_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
