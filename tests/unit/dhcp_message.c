/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "base/alloc.h"
#include "dhcp/packet.h"
#include "dhcp/search.h"
#include "dhcp/terms.h"
#include "dhcp_server.h"

static struct dhcp_reply parse(const struct server_reply *from)
{
	struct dhcp_reply reply;

	assert_int_equal(dhcp_reply_parse(from->bytes, from->size, &reply), 0);
	return reply;
}

static void what_is_written_has_the_fields_of_the_protocol(void **state)
{
	static const uint8_t address[4] = { 10, 0, 0, 5 };
	const struct dhcp_opening opening = { .type = DHCP_REQUEST,
					      .xid = 0x01020304,
					      .seconds = 3,
					      .broadcast = true,
					      .mac = test_mac,
					      .address = address };
	static const uint8_t head[] = { 1, 1, 6, 0, 1, 2, 3, 4, 0, 3, 0x80, 0, 10, 0, 0, 5 };
	struct dhcp_message message;
	uint8_t much[256] = { 0 };

	(void)state;
	dhcp_message_begin(&message, &opening);
	assert_int_equal(dhcp_message_add(&message, DHCP_OPTION_HOST_NAME, "web", 3), 0);
	assert_int_equal(dhcp_message_add(&message, DHCP_OPTION_USER_CLASS, much, 256), -EMSGSIZE);
	dhcp_message_end(&message);
	assert_int_equal(message.size, DHCP_MESSAGE_LEAST);
	assert_memory_equal(message.bytes, head, sizeof(head));
	assert_memory_equal(message.bytes + 28, test_mac, sizeof(test_mac));
	assert_memory_equal(message.bytes + 236, "\x63\x82\x53\x63\x35\x01\x03\x0c\x03web\xff", 14);
}

static void a_message_takes_what_a_frame_carries(void **state)
{
	const struct dhcp_opening opening = { .type = DHCP_DISCOVER, .mac = test_mac };
	struct dhcp_message message;
	uint8_t much[255] = { 0 };
	unsigned count = 0;

	(void)state;
	dhcp_message_begin(&message, &opening);
	while (dhcp_message_add(&message, DHCP_OPTION_USER_CLASS, much, sizeof(much)) == 0)
		count++;
	assert_int_equal(count, 4);
	dhcp_message_end(&message);
	assert_true(message.size <= DHCP_MESSAGE_MOST);
	assert_int_equal(dhcp_message_add_all(&message, much, sizeof(much)), -EMSGSIZE);
}

static void a_frame_opens_to_what_was_put_in(void **state)
{
	const struct dhcp_opening opening = { .type = DHCP_DISCOVER, .mac = test_mac };
	struct dhcp_message message;
	struct dhcp_packet frame;
	const uint8_t *found;
	size_t size;

	(void)state;
	dhcp_message_begin(&message, &opening);
	dhcp_message_end(&message);
	dhcp_packet_make(&message, NULL, NULL, &frame);
	assert_int_equal(dhcp_packet_open(frame.bytes, frame.size, false, &found, &size), -EBADMSG);
	frame.bytes[23] = DHCP_CLIENT_PORT; /* as a server sends it; the sum of the ports stays */
	frame.bytes[21] = DHCP_SERVER_PORT;
	assert_int_equal(dhcp_packet_open(frame.bytes, frame.size, false, &found, &size), 0);
	assert_int_equal(size, message.size);
	assert_memory_equal(found, message.bytes, size);
}

static void a_wrong_checksum_counts_unless_it_is_partial(void **state)
{
	const struct dhcp_opening opening = { .type = DHCP_DISCOVER, .mac = test_mac };
	struct dhcp_message message;
	struct dhcp_packet frame;
	const uint8_t *found;
	size_t size;

	(void)state;
	dhcp_message_begin(&message, &opening);
	dhcp_message_end(&message);
	dhcp_packet_make(&message, NULL, NULL, &frame);
	frame.bytes[23] = DHCP_CLIENT_PORT;
	assert_int_equal(dhcp_packet_open(frame.bytes, frame.size, false, &found, &size), -EBADMSG);
	assert_int_equal(dhcp_packet_open(frame.bytes, frame.size, true, &found, &size), 0);
	frame.bytes[8]++; /* of the IP header */
	assert_int_equal(dhcp_packet_open(frame.bytes, frame.size, true, &found, &size), -EBADMSG);
	for (size_t cut = 0; cut < frame.size; cut++)
		assert_int_equal(dhcp_packet_open(frame.bytes, cut, true, &found, &size), -EBADMSG);
}

static void options_that_leave_their_place_are_refused(void **state)
{
	struct server_reply from = reply_of(DHCP_OFFER, 1, "10.0.0.5");
	struct dhcp_reply reply;

	(void)state;
	reply_u32(&from, DHCP_OPTION_LEASE_TIME, 60);
	assert_int_equal(dhcp_reply_parse(from.bytes, from.size, &reply), 0);
	assert_int_equal(dhcp_reply_parse(from.bytes, from.size - 1, &reply), -EBADMSG);
	assert_int_equal(dhcp_reply_parse(from.bytes, DHCP_HEADER_SIZE, &reply), -EBADMSG);
	assert_int_equal(dhcp_reply_parse(from.bytes, DHCP_HEADER_SIZE - 1, &reply), -EBADMSG);
	from.bytes[0] = 1;
	assert_int_equal(dhcp_reply_parse(from.bytes, from.size, &reply), -EBADMSG);
}

static void overloaded_fields_and_repeated_options_are_joined(void **state)
{
	static const uint8_t overload = 3;
	struct server_reply from = reply_of(DHCP_ACK, 1, "10.0.0.5");
	uint8_t value[DHCP_VALUE_MOST];
	struct dhcp_reply reply;

	(void)state;
	reply_option(&from, DHCP_OPTION_OVERLOAD, &overload, 1);
	reply_option(&from, DHCP_OPTION_DOMAIN, "la", 2);
	reply_end(&from);
	memcpy(from.bytes + 108,
	       "\x0f\x02"
	       "b.\xff",
	       5);					/* file */
	memcpy(from.bytes + 44, "\x0f\x04test\xff", 7); /* sname */
	reply = parse(&from);
	assert_int_equal(dhcp_reply_get(&reply, DHCP_OPTION_DOMAIN, value), 8);
	assert_memory_equal(value, "lab.test", 8);
	memcpy(from.bytes + 44 + 62, "\x0f\x04", 2); /* it would end in `file` */
	memset(from.bytes + 44, DHCP_OPTION_PAD, 62);
	assert_int_equal(dhcp_reply_parse(from.bytes, from.size, &reply), -EBADMSG);
}

static void addresses_of_nobody_and_short_leases_are_no_terms(void **state)
{
	static const char *const nobody[] = { "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1",
					      "255.255.255.255" };
	struct dhcp_terms terms;
	struct dhcp_reply reply;

	(void)state;
	for (size_t i = 0; i < array_size(nobody); i++) {
		struct server_reply from = reply_of(DHCP_OFFER, 1, nobody[i]);

		reply = parse(&from);
		assert_int_equal(dhcp_terms_read(&reply, &terms), -EBADMSG);
	}
	for (uint32_t lease = 0; lease < DHCP_LEASE_LEAST; lease++) {
		struct server_reply from = reply_of(DHCP_OFFER, 1, "10.0.0.5");

		reply_u32(&from, DHCP_OPTION_LEASE_TIME, lease);
		reply = parse(&from);
		assert_int_equal(dhcp_terms_read(&reply, &terms), -EBADMSG);
	}
}

/* Lease, T1, T2 as a server gives them; 0: not at all. Then what comes of it. */
static const struct times {
	uint32_t lease, t1, t2, want_lease, want_t1, want_t2;
} times[] = {
	{ 0, 0, 0, 3600, 1800, 3150 },
	{ 4, 0, 0, 4, 2, 3 },
	{ 6, 0, 0, 6, 3, 5 },
	{ 120, 60, 105, 120, 60, 105 },
	{ 120, 119, 60, 120, 60, 105 },	      /* T1 behind T2 */
	{ 86400, 1, 2, 86400, 43200, 75600 }, /* would be asked for all the time */
	{ 86400, 1, 80000, 86400, 60, 80000 },
	{ 100, 200, 300, 100, 50, 87 },
	{ UINT32_MAX, 7, 8, UINT32_MAX, UINT32_MAX, UINT32_MAX },
	{ UINT32_MAX - 1, 0, 0, UINT32_MAX - 1, UINT32_MAX / 2, 3758096383U },
};

static void times_that_do_not_fit_are_replaced(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(times); i++) {
		struct server_reply from = reply_of(DHCP_ACK, 1, "10.0.0.5");
		struct dhcp_terms terms;
		struct dhcp_reply reply;

		if (times[i].lease)
			reply_u32(&from, DHCP_OPTION_LEASE_TIME, times[i].lease);
		if (times[i].t1)
			reply_u32(&from, DHCP_OPTION_T1, times[i].t1);
		if (times[i].t2)
			reply_u32(&from, DHCP_OPTION_T2, times[i].t2);
		reply = parse(&from);
		assert_int_equal(dhcp_terms_read(&reply, &terms), 0);
		assert_int_equal(terms.lease, times[i].want_lease);
		assert_int_equal(terms.t1, times[i].want_t1);
		assert_true(terms.t2 >= times[i].want_t2 - 1 && terms.t2 <= times[i].want_t2);
	}
}

static char *print(const struct server_reply *from, int priority)
{
	cleanup_result struct result result = { 0 };
	struct dhcp_reply reply = parse(from);
	struct text text = { 0 };

	assert_int_equal(dhcp_terms_result(&reply, priority, 1500, &result, NULL), 0);
	for (size_t i = 0; i < result.route_count; i++) {
		const struct route *route = &result.routes[i];
		char dst[PREFIX_TEXT], gateway[ADDR_TEXT];

		text_addf(&text, "%s via %s scope %d metric %d;", prefix_print(&route->dst, dst),
			  addr_print(&route->gw, gateway), route->scope, route->priority);
	}
	for (size_t i = 0; i < result.dns.nameservers.count; i++)
		text_addf(&text, "dns %s;", result.dns.nameservers.items[i]);
	if (result.dns.domain)
		text_addf(&text, "domain %s;", result.dns.domain);
	for (size_t i = 0; i < result.dns.search.count; i++)
		text_addf(&text, "search %s;", result.dns.search.items[i]);
	return text.s;
}

static void expect_result(const struct server_reply *from, const char *wanted)
{
	cleanup_free char *found = print(from, 7);

	assert_string_equal(found ? found : "", wanted);
}

static void classless_routes_replace_the_others(void **state)
{
	static const uint8_t classless[] = { 16, 10, 99, 10, 0, 0, 254, 24, 10, 98, 7, 0, 0, 0, 0 };
	static const uint8_t classful[] = {
		192, 168, 3, 9, 10, 0, 0, 2, 172, 16, 0, 0, 10, 0, 0, 3
	};
	struct server_reply from = reply_of(DHCP_ACK, 1, "10.0.0.5");

	(void)state;
	reply_addr(&from, DHCP_OPTION_MASK, "255.255.255.0");
	expect_result(&from, "");
	reply_addr(&from, DHCP_OPTION_ROUTER, "10.0.0.1");
	reply_option(&from, DHCP_OPTION_STATIC_ROUTES, classful, sizeof(classful));
	expect_result(&from, "192.168.3.0/24 via 10.0.0.2 scope 0 metric 7;"
			     "172.16.0.0/16 via 10.0.0.3 scope 0 metric 7;"
			     "0.0.0.0/0 via 10.0.0.1 scope 0 metric 7;");
	reply_option(&from, DHCP_OPTION_CLASSLESS_ROUTES, classless, sizeof(classless));
	expect_result(&from, "10.99.0.0/16 via 10.0.0.254 scope 0 metric 7;"
			     "10.98.7.0/24 via 0.0.0.0 scope 253 metric 7;");
}

static void names_that_are_none_reach_no_resolv_conf(void **state)
{
	static const uint8_t dns[] = { 10, 0, 0, 1, 0, 0, 0, 0, 127, 0, 0, 53 };
	static const uint8_t packed[] = "\3lab\4test\0\3two\xc0\0\4a\nbc\0\1x";
	struct server_reply from = reply_of(DHCP_ACK, 1, "10.0.0.5");

	(void)state;
	reply_addr(&from, DHCP_OPTION_MASK, "255.255.255.0");
	reply_option(&from, DHCP_OPTION_DNS, dns, sizeof(dns));
	reply_option(&from, DHCP_OPTION_DOMAIN, "lab.test\nnameserver 6.6.6.6", 27);
	reply_option(&from, DHCP_OPTION_SEARCH, packed, sizeof(packed) - 1);
	expect_result(&from, "dns 10.0.0.1;dns 127.0.0.53;search lab.test;search two.lab.test;");
}

static void pointers_of_names_end(void **state)
{
	static const uint8_t loop[] = "\xc0\0\3abc\xc0\2", itself[] = "\3abc\xc0\0";
	static const uint8_t label[] = { 4, 'a', 'a', 'a', 'a', 0 }, pointer[] = { 0xc0, 0 };
	uint8_t bomb[250];
	struct strings names = { 0 };

	(void)state;
	search_list(loop, sizeof(loop) - 1, &names);
	search_list(itself, sizeof(itself) - 1, &names);
	assert_int_equal(names.count, 0);
	memcpy(bomb, label, sizeof(label));
	for (size_t i = 6; i < sizeof(bomb); i += 2)
		memcpy(bomb + i, pointer, sizeof(pointer));
	search_list(bomb, sizeof(bomb), &names);
	assert_int_equal(names.count, SEARCH_NAMES_MOST);
	for (size_t i = 0; i < names.count; i++)
		free(names.items[i]);
	free(names.items);
}

static void a_mask_with_holes_is_none(void **state)
{
	static const char *const masks[] = { "0.0.0.0", "255.0.255.0", "0.0.0.255" };

	(void)state;
	for (size_t i = 0; i < array_size(masks); i++) {
		cleanup_result struct result result = { 0 };
		cleanup_error struct cni_error err = { 0 };
		struct server_reply from = reply_of(DHCP_ACK, 1, "10.0.0.5");
		struct dhcp_reply reply;

		reply_addr(&from, DHCP_OPTION_MASK, masks[i]);
		reply = parse(&from);
		assert_true(dhcp_terms_result(&reply, 0, 1500, &result, &err) < 0);
		expect_error(&err, CNI_ERR_INTERNAL,
			     "DHCP option Subnet Mask not found in DHCPACK");
	}
}

static int mtu_of_route(int option, int link_mtu)
{
	const uint8_t value[] = { (uint8_t)(option >> 8), (uint8_t)option };
	struct server_reply from = reply_of(DHCP_ACK, 1, "10.0.0.5");
	struct result result = { 0 };
	struct dhcp_reply reply;
	int mtu;

	reply_addr(&from, DHCP_OPTION_MASK, "255.255.255.0");
	reply_addr(&from, DHCP_OPTION_ROUTER, "10.0.0.1");
	reply_option(&from, DHCP_OPTION_MTU, value, sizeof(value));
	reply = parse(&from);
	assert_int_equal(dhcp_terms_result(&reply, 0, link_mtu, &result, NULL), 0);
	mtu = result.routes[0].mtu;
	result_release(&result);
	return mtu;
}

/* RFC 2132, section 5.1; a link cannot send more than its own. */
static void an_mtu_below_the_links_is_that_of_the_routes(void **state)
{
	(void)state;
	assert_int_equal(mtu_of_route(1400, 1500), 1400);
	assert_int_equal(mtu_of_route(576, 1500), 576);
	assert_int_equal(mtu_of_route(575, 1500), 0);
	assert_int_equal(mtu_of_route(1500, 1500), 0);
	assert_int_equal(mtu_of_route(9000, 1500), 0);
	assert_int_equal(mtu_of_route(1400, 0), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_has_the_fields_of_the_protocol),
		cmocka_unit_test(a_message_takes_what_a_frame_carries),
		cmocka_unit_test(a_frame_opens_to_what_was_put_in),
		cmocka_unit_test(a_wrong_checksum_counts_unless_it_is_partial),
		cmocka_unit_test(options_that_leave_their_place_are_refused),
		cmocka_unit_test(overloaded_fields_and_repeated_options_are_joined),
		cmocka_unit_test(addresses_of_nobody_and_short_leases_are_no_terms),
		cmocka_unit_test(times_that_do_not_fit_are_replaced),
		cmocka_unit_test(classless_routes_replace_the_others),
		cmocka_unit_test(names_that_are_none_reach_no_resolv_conf),
		cmocka_unit_test(pointers_of_names_end),
		cmocka_unit_test(a_mask_with_holes_is_none),
		cmocka_unit_test(an_mtu_below_the_links_is_that_of_the_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
