/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sha512.h"

#include "unit.h"

static void digests_match_fips_180_examples(void **state)
{
	static const uint8_t of_abc[SHA512_SIZE] = {
		0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba, 0xcc, 0x41, 0x73, 0x49, 0xae,
		0x20, 0x41, 0x31, 0x12, 0xe6, 0xfa, 0x4e, 0x89, 0xa9, 0x7e, 0xa2, 0x0a, 0x9e,
		0xee, 0xe6, 0x4b, 0x55, 0xd3, 0x9a, 0x21, 0x92, 0x99, 0x2a, 0x27, 0x4f, 0xc1,
		0xa8, 0x36, 0xba, 0x3c, 0x23, 0xa3, 0xfe, 0xeb, 0xbd, 0x45, 0x4d, 0x44, 0x23,
		0x64, 0x3c, 0xe8, 0x0e, 0x2a, 0x9a, 0xc9, 0x4f, 0xa5, 0x4c, 0xa4, 0x9f,
	};
	uint8_t digest[SHA512_SIZE];
	char hex[33];

	(void)state;
	sha512("abc", 3, digest);
	assert_memory_equal(digest, of_abc, sizeof(digest));
	sha512_hex("", 32, hex);
	assert_string_equal(hex, "cf83e1357eefb8bdf1542850d66d8007");
	sha512_hex("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
		   "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		   32, hex);
	assert_string_equal(hex, "8e959b75dae313da8cf4f72814fc143f");
}

/* Lengths at which the padding starts another block, against coreutils' sha512sum. */
static void padding_is_right_around_block_edges(void **state)
{
	static const struct {
		size_t size;
		const char *hex;
	} rows[] = {
		{ 1, "a4abd4448c49562d" },   { 110, "1df3222ffd384220" },
		{ 111, "9a2a120825c23198" }, { 112, "a3722b515ef40c91" },
		{ 127, "1d5a8893e7b7ed83" }, { 128, "e2e22f8422b54b06" },
		{ 129, "19015483ea99fa74" }, { 239, "805c40517b44cef4" },
		{ 240, "3e05caa7e0fddab6" }, { 256, "03748e1db37e66af" },
	};
	char text[300], hex[17];

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		memset(text, 'x', rows[i].size);
		text[rows[i].size] = '\0';
		sha512_hex(text, 16, hex);
		assert_string_equal(hex, rows[i].hex);
	}
}

static void hex_digests_match_the_names_of_the_reference(void **state)
{
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{ "test1234", "2bbe0c48b91a7d1b8a6753a8" },
		{ "testalongnamethatdoesnotmakesense1234", "374f33fe84ab0ed84dcdebe3" },
		{ "testnetcid1", "e1a60f34a56891e16a1a4402" },
		{ "pmnetcid1", "585d28ce8970197b5e327" },
		{ "testnet", "c5964c6794a1152e" },
		{ "eth0:cid1", "0b65a318f52e521b" },
		{ "cni-plugin-bandwidth-testdummy", "a8eda89404b7" },
	};
	char hex[25];

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		sha512_hex(rows[i].text, strlen(rows[i].hex), hex);
		assert_string_equal(hex, rows[i].hex);
	}
}

static void an_odd_count_of_digits_is_cut_in_the_middle_of_a_byte(void **state)
{
	char hex[] = "zzzzz";

	(void)state;
	sha512_hex("abc", 3, hex);
	assert_string_equal(hex, "dda");
	assert_int_equal(hex[4], 'z');
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_match_fips_180_examples),
		cmocka_unit_test(padding_is_right_around_block_edges),
		cmocka_unit_test(hex_digests_match_the_names_of_the_reference),
		cmocka_unit_test(an_odd_count_of_digits_is_cut_in_the_middle_of_a_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
