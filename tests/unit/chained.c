/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interface and which addresses of a previous result a chained plugin means. */
#include "unit.h"

#include "libcni/plugin/chained.c" /* NOLINT(bugprone-suspicious-include): its static functions */

static struct cni_call call = { .ifname = "eth0", .netns = "/run/netns/one" };

static struct chained chained_with(const char *const sandboxes[], size_t count)
{
	struct chained c = { .call = &call };

	for (size_t i = 0; i < count; i++)
		(void)result_add_interface(&c.prev, "eth0", NULL, sandboxes[i]);
	c.interface = find_interface(&c);
	return c;
}

static void assert_means(const char *const sandboxes[], size_t count, int wanted)
{
	struct chained c = chained_with(sandboxes, count);

	if (wanted < 0)
		assert_null(c.interface);
	else
		assert_ptr_equal(c.interface, &c.prev.interfaces[wanted]);
	result_release(&c.prev);
}

static void the_one_in_cni_netns_is_meant(void **state)
{
	(void)state;
	assert_means((const char *const[]){ NULL, "/run/netns/two", "/run/netns/one" }, 3, 2);
}

static void one_elsewhere_counts_when_there_is_no_better(void **state)
{
	(void)state;
	assert_means((const char *const[]){ NULL, "/proc/1/nothing" }, 2, 1);
	assert_means((const char *const[]){ NULL, "" }, 2, -1);
	assert_means(NULL, 0, -1);
}

static void addresses_of_it_and_of_none_are_meant(void **state)
{
	const char *const sandboxes[] = { "/run/netns/two", "/run/netns/one" };
	struct chained c = chained_with(sandboxes, array_size(sandboxes));
	struct result_ip ip = { .interface = 0 };

	(void)state;
	assert_true(chained_means(&c, &ip));
	ip.has_interface = true;
	assert_false(chained_means(&c, &ip));
	ip.interface = 1;
	assert_true(chained_means(&c, &ip));
	ip.interface = 2;
	assert_true(chained_means(&c, &ip));
	ip.interface = -1;
	assert_true(chained_means(&c, &ip));
	result_release(&c.prev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_in_cni_netns_is_meant),
		cmocka_unit_test(one_elsewhere_counts_when_there_is_no_better),
		cmocka_unit_test(addresses_of_it_and_of_none_are_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
