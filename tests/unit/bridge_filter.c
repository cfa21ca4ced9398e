/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bridges that filter VLANs, on a kernel that is played. No link of the machine has the name of
 * this one.
 */
#include <errno.h>

#include "net/bridge.h"
#include "tests/fuzz/kernel_link.h"
#include "unit.h"

#define cleanup_played cleanup_with(kernel_release)

enum { BRIDGE = 2 };

static struct kernel play(void)
{
	struct kernel kernel;

	kernel_start(&kernel, NULL, 0);
	return kernel;
}

static const struct bridge_spec spec = { .name = "no-such-bridge",
					 .mtu = 1400,
					 .vlan_filtering = true };
static const struct link plain = { .index = BRIDGE, .name = "no-such-bridge", .kind = "bridge" };

static void expect_bridge(struct kernel *kernel, int result, unsigned code, const char *msg)
{
	cleanup_error struct cni_error err = { 0 };
	struct link found;
	bool created;

	assert_int_equal(bridge_ensure(&kernel->nl, &spec, &found, &created, &err), result);
	if (result < 0)
		expect_error(&err, code, msg);
}

static void a_kernel_without_vlan_filtering_is_told(void **state)
{
	static const char msg[] = "bridge no-such-bridge cannot have VLANs: this kernel has no "
				  "bridge VLAN filtering";
	cleanup_played struct kernel kernel = play();

	(void)state;
	kernel_refuse(&kernel, ENODEV, 1);
	kernel_refuse(&kernel, EOPNOTSUPP, 2);
	expect_bridge(&kernel, -EOPNOTSUPP, CNI_ERR_LINK, msg);
	kernel_say_link(&kernel, &plain, false, 3);
	expect_bridge(&kernel, -EOPNOTSUPP, CNI_ERR_LINK, msg);
	/* One that ignores the attribute: the bridge that was made goes again. */
	kernel_refuse(&kernel, ENODEV, 4);
	kernel_accept(&kernel, 5);
	kernel_say_link(&kernel, &plain, false, 6);
	kernel_accept(&kernel, 7);
	expect_bridge(&kernel, -EOPNOTSUPP, CNI_ERR_LINK, msg);
}

static void a_bridge_that_does_not_filter_is_refused(void **state)
{
	cleanup_played struct kernel kernel = play();
	struct link other = plain;

	(void)state;
	other.has_vlan_filtering = true;
	kernel_say_link(&kernel, &other, false, 1);
	expect_bridge(&kernel, -EEXIST, CNI_ERR_CONFLICT,
		      "bridge no-such-bridge exists and does not filter VLANs, so VLAN settings "
		      "would have no effect");
}

static void a_bridge_is_made_up_and_filtering(void **state)
{
	cleanup_played struct kernel kernel = play();
	struct link other = plain;

	(void)state;
	other.has_vlan_filtering = true;
	kernel_refuse(&kernel, ENODEV, 1);
	kernel_accept(&kernel, 2);
	kernel_say_link(&kernel, &other, true, 3);
	kernel_accept(&kernel, 4);
	expect_bridge(&kernel, 0, 0, NULL);
	/* Another process was quicker, and then the link cannot be changed. */
	kernel_refuse(&kernel, ENODEV, 5);
	kernel_refuse(&kernel, EEXIST, 6);
	kernel_say_link(&kernel, &other, true, 7);
	kernel_refuse(&kernel, EPERM, 8);
	expect_bridge(&kernel, -EPERM, CNI_ERR_LINK,
		      "cannot configure bridge no-such-bridge: operation not permitted");
}

static void a_bridge_that_cannot_be_looked_up_or_made_is_an_error(void **state)
{
	cleanup_played struct kernel kernel = play();

	(void)state;
	kernel_refuse(&kernel, EPERM, 1);
	expect_bridge(&kernel, -EPERM, CNI_ERR_LINK,
		      "cannot look up bridge no-such-bridge: operation not permitted");
	kernel_refuse(&kernel, ENODEV, 2);
	kernel_refuse(&kernel, ENOMEM, 3);
	expect_bridge(&kernel, -ENOMEM, CNI_ERR_LINK,
		      "cannot create bridge no-such-bridge with mtu 1400: cannot allocate memory");
	kernel_refuse(&kernel, ENODEV, 4);
	kernel_accept(&kernel, 5);
	kernel_refuse(&kernel, ENODEV, 6);
	expect_bridge(&kernel, -ENODEV, CNI_ERR_LINK,
		      "cannot look up bridge no-such-bridge: no such device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_without_vlan_filtering_is_told),
		cmocka_unit_test(a_bridge_that_does_not_filter_is_refused),
		cmocka_unit_test(a_bridge_is_made_up_and_filtering),
		cmocka_unit_test(a_bridge_that_cannot_be_looked_up_or_made_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
