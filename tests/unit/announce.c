/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/announce.h"

#include <linux/if_ether.h>

#include "unit.h"

static const uint8_t mac[MAC_SIZE] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

static void an_ipv4_address_is_announced_by_a_request_for_itself(void **state)
{
	static const uint8_t wanted[] = {
		0x00, 0x01, 0x08, 0x00, 6,    4,    0x00, 0x01, /* Ethernet, IPv4, request */
		0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 10,	  1,	/* sender */
		2,    3,    0,	  0,	0,    0,    0,	  0,	/* target */
		10,   1,    2,	  3,
	};
	static const uint8_t everyone[MAC_SIZE] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct announcement announcement;
	struct addr addr;

	(void)state;
	assert_int_equal(addr_parse("10.1.2.3", &addr), 0);
	announcement_make(mac, &addr, &announcement);
	assert_int_equal(announcement.protocol, ETH_P_ARP);
	assert_memory_equal(announcement.destination, everyone, MAC_SIZE);
	assert_int_equal(announcement.size, sizeof(wanted));
	assert_memory_equal(announcement.bytes, wanted, sizeof(wanted));
}

static void an_ipv6_address_is_announced_by_an_advertisement(void **state)
{
	static const uint8_t wanted[ANNOUNCEMENT_SIZE] = {
		0x60, 0,    0,	  0,	0,    32,   58,	  255,	/* IPv6, ICMPv6, hop limit 255 */
		0xfd, 0,    0,	  0,	0,    0,    0,	  0,	/* source */
		0,    0,    0,	  0,	0,    0,    0,	  3,	/* fd00::3 */
		0xff, 0x02, 0,	  0,	0,    0,    0,	  0,	/* destination */
		0,    0,    0,	  0,	0,    0,    0,	  1,	/* ff02::1 */
		136,  0,    0,	  0,	0x20, 0,    0,	  0,	/* advertisement, override */
		0xfd, 0,    0,	  0,	0,    0,    0,	  0,	/* target */
		0,    0,    0,	  0,	0,    0,    0,	  3,	/* fd00::3 */
		2,    1,    0x02, 0x11, 0x22, 0x33, 0x44, 0x55, /* target's link-layer address */
	};
	static const uint8_t all_nodes[MAC_SIZE] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct announcement announcement;
	struct addr addr;

	(void)state;
	assert_int_equal(addr_parse("fd00::3", &addr), 0);
	announcement_make(mac, &addr, &announcement);
	assert_int_equal(announcement.protocol, ETH_P_IPV6);
	assert_memory_equal(announcement.destination, all_nodes, MAC_SIZE);
	assert_int_equal(announcement.size, sizeof(wanted));
	assert_memory_equal(announcement.bytes, wanted, 42);
	assert_memory_equal(announcement.bytes + 44, wanted + 44, sizeof(wanted) - 44);
}

/* The receiver's side of RFC 1071: with the checksum in place everything adds up to all ones. */
static void the_checksum_of_an_advertisement_is_right(void **state)
{
	static const char *const texts[] = { "fd00::3", "fe80::1",
					     "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" };

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		struct announcement announcement;
		struct addr addr;
		uint32_t sum = 32 + 58;

		assert_int_equal(addr_parse(texts[i], &addr), 0);
		announcement_make(mac, &addr, &announcement);
		for (size_t j = 8; j < announcement.size; j += 2)
			sum += (uint32_t)(announcement.bytes[j] << 8 | announcement.bytes[j + 1]);
		while (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
		assert_int_equal(sum, 0xffff);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ipv4_address_is_announced_by_a_request_for_itself),
		cmocka_unit_test(an_ipv6_address_is_announced_by_an_advertisement),
		cmocka_unit_test(the_checksum_of_an_advertisement_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
