/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/release.h"

#include "base/alloc.h"
#include "unit.h"

static void expect(const char *bytes, size_t size, const char *version)
{
	cleanup_free char *found = release_of(bytes, size);

	if (version)
		assert_string_equal(found, version);
	else
		assert_null(found);
}

#define EXPECT(bytes, version) expect(bytes, sizeof(bytes) - 1, version)

static void a_program_of_ours_tells_its_version(void **state)
{
	(void)state;
	EXPECT("\177ELF\0cni-plugins-c release v1.2.3\0x", "v1.2.3");
	EXPECT("cni-plugins-c release \0cni-plugins-c release v1.2.3-dev", "v1.2.3-dev");
	EXPECT("cni-plugins-c release v10", "v10");
}

static void a_program_of_the_reference_does_when_its_build_wrote_it_down(void **state)
{
	(void)state;
	EXPECT("build\t-ldflags=\"-X x/buildversion.BuildVersion=v1.9.1\"\n", "v1.9.1");
	EXPECT("buildversion.BuildVersion=v1.6.0+k3s1 -s", "v1.6.0+k3s1");
}

static void what_is_no_version_is_none(void **state)
{
	(void)state;
	EXPECT("", NULL);
	EXPECT("cni-plugins-c release ", NULL);
	EXPECT("cni-plugins-c release version unknown", NULL);
	EXPECT("buildversion.BuildVersion=v", NULL);
	EXPECT("buildversion.BuildVersion=\nv1", NULL);
}

static void a_version_without_end_is_cut(void **state)
{
	char bytes[256] = "cni-plugins-c release v1";
	cleanup_free char *found = NULL;

	(void)state;
	for (size_t i = strlen(bytes); i < sizeof(bytes); i++)
		bytes[i] = '1';
	found = release_of(bytes, sizeof(bytes));
	assert_int_equal(strlen(found), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_of_ours_tells_its_version),
		cmocka_unit_test(a_program_of_the_reference_does_when_its_build_wrote_it_down),
		cmocka_unit_test(what_is_no_version_is_none),
		cmocka_unit_test(a_version_without_end_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
