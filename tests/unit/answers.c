/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers that no kernel of today gives: what cannot be understood is refused or passed over, and
 * the process goes on.
 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>

#include "net/conntrack.h"
#include "net/ifaddr.h"
#include "net/link.h"
#include "net/route.h"
#include "tests/fuzz/kernel.h"
#include "unit.h"

enum { CT = NFNL_SUBSYS_CTNETLINK << 8 };

static void an_error_number_beyond_all_is_a_bad_message(void **state)
{
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };
	struct link link;

	(void)state;
	kernel_start(&kernel, NULL, 0);
	kernel_say_number(&kernel, NLMSG_ERROR, INT32_MIN, 1);
	assert_int_equal(link_get(&kernel.nl, "eth0", &link), -EBADMSG);
}

static void an_address_with_too_long_a_prefix_is_left_out(void **state)
{
	static const uint8_t lengths[] = { 33, 32, 255 };
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };
	cleanup_ifaddrs struct ifaddrs list = { 0 };

	(void)state;
	kernel_start(&kernel, NULL, 0);
	for (size_t i = 0; i < sizeof(lengths); i++) {
		const struct ifaddrmsg header = { .ifa_family = AF_INET,
						  .ifa_prefixlen = lengths[i] };
		struct nl_msg *msg = netlink_request(RTM_NEWADDR, 0, &header, sizeof(header));

		nla_put_u32(msg, IFA_LOCAL, 0x0100000a);
		kernel_say(&kernel, msg, 1);
	}
	kernel_say_number(&kernel, NLMSG_DONE, 0, 1);
	assert_int_equal(ifaddr_list(&kernel.nl, 0, AF_UNSPEC, &list), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].address.len, 32);
}

static void a_route_with_too_long_a_prefix_is_left_out(void **state)
{
	const struct rtmsg header = { .rtm_family = AF_INET6,
				      .rtm_type = RTN_UNICAST,
				      .rtm_dst_len = 129 };
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };
	cleanup_routes struct kernel_routes list = { 0 };

	(void)state;
	kernel_start(&kernel, NULL, 0);
	kernel_say(&kernel, netlink_request(RTM_NEWROUTE, 0, &header, sizeof(header)), 1);
	kernel_say_number(&kernel, NLMSG_DONE, 0, 1);
	assert_int_equal(route_list(&kernel.nl, AF_INET6, &list), 0);
	assert_int_equal(list.count, 0);
}

static void say_link(struct kernel *kernel, int index, int flags, uint32_t seq)
{
	const struct ifinfomsg header = { .ifi_index = index };
	struct nl_msg *msg = netlink_request(RTM_NEWLINK, flags, &header, sizeof(header));

	netlink_put_text(msg, IFLA_IFNAME, "eth0");
	kernel_say(kernel, msg, seq);
}

static int count_link(const struct link *link, void *data)
{
	int *counts = data;

	counts[link->index]++;
	return 0;
}

/* The list changed while it was told, so the kernel is asked for it once more. */
static void a_list_that_is_begun_again_tells_no_link_twice(void **state)
{
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };
	int counts[5] = { 0 };

	(void)state;
	kernel_start(&kernel, NULL, 0);
	say_link(&kernel, 3, 0, 1);
	say_link(&kernel, 1, NLM_F_DUMP_INTR, 1);
	kernel_say_number(&kernel, NLMSG_DONE, 0, 1);
	for (int i = 1; i <= 4; i++)
		say_link(&kernel, i, 0, 2);
	kernel_say_number(&kernel, NLMSG_DONE, 0, 2);
	assert_int_equal(link_each(&kernel.nl, count_link, counts), 0);
	for (int i = 1; i <= 4; i++)
		assert_int_equal(counts[i], 1);
}

static bool every_flow(const struct conntrack_flow *flow, void *data)
{
	(void)flow;
	(void)data;
	return true;
}

/* The name of a connection is sent back to delete it, and a request has limited room. */
static void a_connection_with_too_long_a_name_is_refused(void **state)
{
	static const uint8_t zeros[9000];
	const struct nfgenmsg header = { .nfgen_family = AF_INET };
	const struct conntrack_filter filter = { .family = AF_INET,
						 .protocol = IPPROTO_UDP,
						 .original_port = 53 };
	cleanup_kernel struct kernel kernel = { .nl = NETLINK_CLOSED, .end = -1 };
	struct nl_msg *msg = nlmsg_alloc_size(16384);

	(void)state;
	kernel_start(&kernel, NULL, 0);
	assert_non_null(nlmsg_put(msg, 0, 0, CT | IPCTNL_MSG_CT_NEW, 0, 0));
	assert_int_equal(nlmsg_append(msg, (void *)&header, sizeof(header), NLMSG_ALIGNTO), 0);
	assert_int_equal(nla_put(msg, CTA_ID, sizeof(zeros), zeros), 0);
	kernel_say(&kernel, msg, 1);
	kernel_say_number(&kernel, NLMSG_DONE, 0, 1);
	assert_int_equal(conntrack_delete(&kernel.nl, &filter, every_flow, NULL), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_number_beyond_all_is_a_bad_message),
		cmocka_unit_test(an_address_with_too_long_a_prefix_is_left_out),
		cmocka_unit_test(a_route_with_too_long_a_prefix_is_left_out),
		cmocka_unit_test(a_list_that_is_begun_again_tells_no_link_twice),
		cmocka_unit_test(a_connection_with_too_long_a_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
