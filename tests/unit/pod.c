/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pod's name in CNI_ARGS, and what a link can be called after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "types/pod.h"

static void check_name(const char *args, const char *ifname, const char *expected_or_null)
{
	cleanup_pod struct pod pod = { 0 };
	cleanup_free char *name = NULL;

	pod_read(args, &pod);
	name = pod_link_name(&pod, ifname);
	if (expected_or_null)
		assert_string_equal(name, expected_or_null);
	else
		assert_null(name);
}

static void other_arguments_do_not_matter(void **state)
{
	(void)state;
	check_name("K8S_POD_NAMESPACE=a;K8S_POD_NAME=b", "eth0", "pod.a.b");
	check_name("IgnoreUnknown=0;X=1;K8S_POD_NAMESPACE=a;K8S_POD_NAME=b", "net1",
		   "pod.a.b+net1");
}

static void half_a_name_is_none(void **state)
{
	(void)state;
	check_name(NULL, "eth0", NULL);
	check_name("", "eth0", NULL);
	check_name("K8S_POD_NAMESPACE=a", "eth0", NULL);
	check_name("K8S_POD_NAMESPACE=a;K8S_POD_NAME=", "eth0", NULL);
	check_name("K8S_POD_NAMESPACE=a;K8S_POD_NAME=b;broken", "eth0", NULL);
}

static void a_name_is_plain_and_fits_the_kernel(void **state)
{
	char args[512] = "K8S_POD_NAMESPACE=a b/\n\xc3\xa9;K8S_POD_NAME=";
	cleanup_pod struct pod pod = { 0 }, other = { 0 };
	cleanup_free char *name = NULL, *other_name = NULL;

	(void)state;
	memset(args + strlen(args), 'x', 300);
	pod_read(args, &pod);
	name = pod_link_name(&pod, "eth0");
	assert_int_equal(strlen(name), 127);
	args[strlen(args) - 1] = 'y';
	pod_read(args, &other);
	other_name = pod_link_name(&other, "eth0");
	assert_int_equal(strlen(other_name), 127);
	assert_string_not_equal(name, other_name);
	name[12] = '\0';
	assert_string_equal(name, "pod.a-b----.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_arguments_do_not_matter),
		cmocka_unit_test(half_a_name_is_none),
		cmocka_unit_test(a_name_is_plain_and_fits_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
