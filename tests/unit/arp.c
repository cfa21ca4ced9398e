/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/arp.h"

#include <arpa/inet.h>
#include <string.h>

#include "unit.h"

static const uint8_t ours[MAC_SIZE] = { 2, 0, 0, 0, 0, 1 }, theirs[MAC_SIZE] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t address[4] = { 10, 0, 0, 5 }, other[4] = { 10, 0, 0, 6 }, nobody[4];

static bool is_claim(const struct arp_packet *arp)
{
	uint8_t mac[MAC_SIZE] = { 0 };
	bool found = arp_is_claim((const uint8_t *)arp, sizeof(*arp), ours, address, mac);

	assert_int_equal(found, memcmp(mac, theirs, MAC_SIZE) == 0);
	return found;
}

/* RFC 5227, section 2.1.1 */
static void who_has_an_address_or_probes_for_it_claims_it(void **state)
{
	struct arp_packet arp = arp_request(theirs, address, other);

	(void)state;
	assert_true(is_claim(&arp));
	arp.operation = htons(2);
	assert_true(is_claim(&arp));
	arp = arp_request(theirs, nobody, address);
	assert_true(is_claim(&arp));
	/* Who only looks for it does not have it. */
	arp = arp_request(theirs, other, address);
	assert_false(is_claim(&arp));
	arp = arp_request(theirs, nobody, other);
	assert_false(is_claim(&arp));
}

static void our_own_packets_come_back_from_some_bridges(void **state)
{
	struct arp_packet arp = arp_request(ours, nobody, address);

	(void)state;
	assert_false(is_claim(&arp));
	arp = arp_request(ours, address, address);
	assert_false(is_claim(&arp));
}

static void what_is_no_arp_for_ipv4_claims_nothing(void **state)
{
	struct arp_packet arp = arp_request(theirs, address, other);
	uint8_t mac[MAC_SIZE];

	(void)state;
	assert_false(arp_is_claim((const uint8_t *)&arp, sizeof(arp) - 1, ours, address, mac));
	arp.protocol_size = 16;
	assert_false(is_claim(&arp));
	arp = arp_request(theirs, address, other);
	arp.hardware = 0;
	assert_false(is_claim(&arp));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_an_address_or_probes_for_it_claims_it),
		cmocka_unit_test(our_own_packets_come_back_from_some_bridges),
		cmocka_unit_test(what_is_no_arp_for_ipv4_claims_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
