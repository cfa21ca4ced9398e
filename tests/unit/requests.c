/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libnl-route makes of unusual wishes. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "net/ifaddr.h"
#include "net/route.h"
#include "unit.h"

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = { 0 };

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static void expect_address(struct nl_msg *msg, int type, uint8_t len, uint8_t scope)
{
	const struct nlmsghdr *message = nlmsg_hdr(msg);
	const struct ifaddrmsg *header = nlmsg_data(message);

	assert_int_equal(message->nlmsg_type, type);
	assert_true(message->nlmsg_flags & NLM_F_REQUEST);
	assert_int_equal(header->ifa_prefixlen, len);
	assert_int_equal(header->ifa_scope, scope);
	assert_int_equal(header->ifa_index, 7);
	nlmsg_free(msg);
}

static void every_length_of_an_address_is_asked_for(void **state)
{
	static const char *const texts[] = { "10.1.2.3/0", "10.1.2.3/32", "127.0.0.1/8",
					     "fd00::1/0", "fd00::1/128" };

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		const struct ifaddr_spec spec = { .link = 7, .address = prefix_of(texts[i]) };

		expect_address(ifaddr_add_request(&spec), RTM_NEWADDR, spec.address.len,
			       RT_SCOPE_UNIVERSE);
		expect_address(ifaddr_delete_request(7, &spec.address), RTM_DELADDR,
			       spec.address.len, RT_SCOPE_UNIVERSE);
	}
}

static void a_default_route_names_no_destination(void **state)
{
	const struct kernel_route route = { .dst = prefix_of("10.1.2.3/0"), .link = 7 };
	struct nl_msg *msg = route_add_request(&route);
	const struct rtmsg *header = nlmsg_data(nlmsg_hdr(msg));

	(void)state;
	assert_true(nlmsg_hdr(msg)->nlmsg_flags & NLM_F_REQUEST);
	assert_int_equal(header->rtm_dst_len, 0);
	assert_int_equal(header->rtm_family, AF_INET);
	assert_int_equal(header->rtm_protocol, RTPROT_BOOT);
	assert_null(nlmsg_find_attr(nlmsg_hdr(msg), sizeof(*header), RTA_DST));
	nlmsg_free(msg);
}

static void a_gateway_may_be_of_the_other_family(void **state)
{
	struct kernel_route route = { .dst = prefix_of("10.1.2.0/24"), .link = 7 };
	struct nl_msg *msg;

	(void)state;
	assert_int_equal(addr_parse("fe80::1", &route.gateway), 0);
	msg = route_add_request(&route);
	assert_null(nlmsg_find_attr(nlmsg_hdr(msg), sizeof(struct rtmsg), RTA_GATEWAY));
	assert_int_equal(nla_len(nlmsg_find_attr(nlmsg_hdr(msg), sizeof(struct rtmsg), RTA_VIA)),
			 18);
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_of_an_address_is_asked_for),
		cmocka_unit_test(a_default_route_names_no_destination),
		cmocka_unit_test(a_gateway_may_be_of_the_other_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
