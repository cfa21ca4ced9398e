/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "net/link.h"
#include "unit.h"

static void three_spellings_mean_the_same_mac(void **state)
{
	static const char *const texts[] = { "02:00:5e:10:00:ff", "02-00-5E-10-00-FF",
					     "0200.5e10.00Ff" };
	static const uint8_t wanted[MAC_SIZE] = { 0x02, 0x00, 0x5e, 0x10, 0x00, 0xff };

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		uint8_t mac[MAC_SIZE] = { 0 };

		assert_int_equal(mac_parse(texts[i], mac), 0);
		assert_memory_equal(mac, wanted, MAC_SIZE);
	}
}

static void what_is_no_mac_of_one_station_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"02",
		"0:0:0:0:0:1",
		"02:00:5e:10:00",
		"02:00:5e:10:00:",
		"02:00:5e:10:00:f",
		"02:00:5e:10:00:ff:",
		"02:00:5e:10:00:ff ",
		" 02:00:5e:10:00:ff",
		"02:00-5e:10-00:ff",
		"02:00:5e:10:00:fg",
		"02005e1000ff",
		"0200.5e10",
		"0200:5e10:00ff",
		"02.00.5e.10.00.ff",
		"02:00:5e:10:00:ff:00:01",
		"0200.5e10.00ff.0001",
		"00:00:00:00:00:00",
		"01:00:5e:00:00:01",
		"ff:ff:ff:ff:ff:ff",
	};

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		uint8_t mac[MAC_SIZE] = { 0xaa };

		assert_int_equal(mac_parse(texts[i], mac), -EINVAL);
		assert_int_equal(mac[0], 0xaa);
	}
}

static void a_printed_mac_reads_back(void **state)
{
	static const uint8_t mac[MAC_SIZE] = { 0x0a, 0xb1, 0x02, 0x00, 0xff, 0x7f };
	uint8_t again[MAC_SIZE] = { 0 };
	char text[MAC_TEXT];

	(void)state;
	assert_string_equal(mac_print(mac, text), "0a:b1:02:00:ff:7f");
	assert_int_equal(mac_parse(text, again), 0);
	assert_memory_equal(again, mac, MAC_SIZE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_spellings_mean_the_same_mac),
		cmocka_unit_test(what_is_no_mac_of_one_station_is_refused),
		cmocka_unit_test(a_printed_mac_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
