/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types/owner.h"

#include <net/if.h>
#include <stdio.h>

#include "base/sha512.h"
#include "unit.h"

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static struct owner make_owner(const char *network, const char *container_id, const char *ifname)
{
	const struct attachment attachment = { network, container_id, ifname };

	return owner_of(&attachment);
}

static void an_owner_reads_network_container_interface(void **state)
{
	struct owner owner = make_owner("mynet", "cid1", "eth0");

	(void)state;
	assert_string_equal(owner.text, "mynet/cid1/eth0");
	owner = make_owner("n", SIXTY "abcd", "eth0");
	assert_string_equal(owner.text, "n/" SIXTY "abcd/eth0");
}

static void parts_that_are_too_long_become_their_digest(void **state)
{
	struct owner owner = make_owner(SIXTY TEN, "cid1", "eth0");
	struct owner other = make_owner(SIXTY "9876543210", "cid1", "eth0");
	char digest[33];

	(void)state;
	sha512_hex(SIXTY TEN, 32, digest);
	assert_int_equal(owner.text[0], '#');
	assert_memory_equal(owner.text + 1, digest, 32);
	assert_string_equal(owner.text + 33, "/cid1/eth0");
	assert_string_not_equal(owner.text, other.text);
	owner = make_owner("n", SIXTY "abcde", "eth0");
	assert_memory_equal(owner.text, "n/#", 3);
	assert_int_equal(strlen(owner.text), 2 + 33 + 1 + 4);
}

static void the_longest_owner_has_room(void **state)
{
	static const char network[] = "a-network-with-a-name-of-47-characters-123456789";
	struct owner owner = make_owner(network + 1, SIXTY "1234", "interface-15-ch");

	(void)state;
	assert_int_equal(strlen(network + 1), 47);
	assert_int_equal(strlen(owner.text), 47 + 1 + 64 + 1 + 15);
	assert_string_equal(strrchr(owner.text, '/'), "/interface-15-ch");
	owner = make_owner(network, SIXTY "12345", "eth0");
	assert_int_equal(strlen(owner.text), 33 + 1 + 33 + 5);
}

static void an_owner_text_belongs_to_its_network_only(void **state)
{
	struct owner hashed = make_owner(SIXTY TEN, "cid1", "eth0");

	(void)state;
	assert_true(owner_text_is_of_network("net/cid/eth0", "net"));
	assert_false(owner_text_is_of_network("net2/cid/eth0", "net"));
	assert_false(owner_text_is_of_network("ne/cid/eth0", "net"));
	assert_true(owner_text_is_of_network(hashed.text, SIXTY TEN));
	assert_false(owner_text_is_of_network(hashed.text, SIXTY));
}

static void other_texts_are_no_owners(void **state)
{
	static const char *const texts[] = {
		"",	    "net",	 "net/",	   "net/cid",
		"net/cid/", "net//eth0", "net/cid/eth0/x", "/cid/eth0",
	};

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++)
		assert_false(owner_text_is_of_network(texts[i], "net"));
}

static void link_names_follow_from_owner_and_salt(void **state)
{
	struct owner owner = make_owner("mynet", "cid1", "eth0");
	struct owner other = make_owner("mynet", "cid1", "eth1");
	char name[IFNAMSIZ], again[IFNAMSIZ], expected[IFNAMSIZ] = "veth";

	(void)state;
	sha512_hex("mynet/cid1/eth0", 8, expected + 4);
	owner_link_name(&owner, 0, name);
	assert_string_equal(name, expected);
	sha512_hex("mynet/cid1/eth0#7", 8, expected + 4);
	owner_link_name(&owner, 7, again);
	assert_string_equal(again, expected);
	assert_string_not_equal(name, again);
	owner_link_name(&other, 0, again);
	assert_string_not_equal(name, again);
	owner_link_name(&owner, UINT32_MAX, again);
	assert_int_equal(strlen(again), 12);
}

static void a_mac_is_local_and_for_one_station(void **state)
{
	for (unsigned i = 0; i < 256; i++) {
		char text[16];
		uint8_t mac[6];

		(void)snprintf(text, sizeof(text), "n/c%u/eth0", i);
		owner_mac(text, "host", "node1", mac);
		assert_int_equal(mac[0] & 3, 2);
	}
	(void)state;
}

static void a_mac_depends_on_owner_role_and_node(void **state)
{
	static const struct {
		const char *owner, *role, *node;
	} rows[] = {
		{ "n/c/eth0", "host", "node1" }, { "n/c/eth0", "container", "node1" },
		{ "n/c/eth0", "host", "node2" }, { "n/c/eth1", "host", "node1" },
		{ "n/c/eth0h", "ost", "node1" }, { "1n/c/eth0", "host", "node" },
	};
	uint8_t macs[array_size(rows)][6], again[6];

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		owner_mac(rows[i].owner, rows[i].role, rows[i].node, macs[i]);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(macs[i], macs[j], 6);
	}
	owner_mac("n/c/eth0", "host", "node1", again);
	assert_memory_equal(again, macs[0], 6);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_owner_reads_network_container_interface),
		cmocka_unit_test(parts_that_are_too_long_become_their_digest),
		cmocka_unit_test(the_longest_owner_has_room),
		cmocka_unit_test(an_owner_text_belongs_to_its_network_only),
		cmocka_unit_test(other_texts_are_no_owners),
		cmocka_unit_test(link_names_follow_from_owner_and_salt),
		cmocka_unit_test(a_mac_is_local_and_for_one_station),
		cmocka_unit_test(a_mac_depends_on_owner_role_and_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
