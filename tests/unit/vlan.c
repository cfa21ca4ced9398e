/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VLANs of ports and of gateways, on a kernel that is played: many kernels cannot filter VLANs. */
#include "plugins/bridge/port_vlans.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "net/bridge.h"
#include "net/machine.h"
#include "tests/fuzz/kernel_link.h"
#include "types/owner.h"
#include "unit.h"

enum { BRIDGE = 2, PORT = 3, GATEWAY = 7, PVID = VLAN_PVID | VLAN_UNTAGGED };

#define cleanup_played cleanup_with(kernel_release)

static uint16_t trunk[] = { 10, 20 };
static const struct bridge_conf conf = { .bridge = "br", .vlan = 100, .trunk = { trunk, 2 } };
static const struct link port = { .index = PORT, .name = "p" };
static const struct link bridge = { .index = BRIDGE, .name = "br", .mtu = 1500 };

static struct kernel play(void)
{
	struct kernel kernel;

	kernel_start(&kernel, NULL, 0);
	return kernel;
}

struct vlan {
	uint16_t id, last, flags;
};

static void put_info(struct nl_msg *msg, int type, uint16_t id, uint16_t flags)
{
	const struct bridge_vlan_info info = { .vid = id, .flags = flags };

	nla_put(msg, type, sizeof(info), &info);
}

/* The answer to a list of VLANs. */
static void say_vlans(struct kernel *kernel, const struct vlan *vlans, size_t count, uint32_t seq)
{
	const struct br_vlan_msg header = { .family = AF_BRIDGE, .ifindex = PORT };
	struct nl_msg *msg = netlink_request(RTM_NEWVLAN, 0, &header, sizeof(header));

	for (size_t i = 0; i < count; i++) {
		struct nlattr *entry = nla_nest_start(msg, BRIDGE_VLANDB_ENTRY);

		put_info(msg, BRIDGE_VLANDB_ENTRY_INFO, vlans[i].id, vlans[i].flags);
		if (vlans[i].last)
			nla_put_u16(msg, BRIDGE_VLANDB_ENTRY_RANGE, vlans[i].last);
		nla_nest_end(msg, entry);
	}
	kernel_say(kernel, msg, seq);
	kernel_say_number(kernel, NLMSG_DONE, 0, seq);
}

static const struct vlan fresh[] = { { 1, 0, PVID } };
static const struct vlan wanted[] = { { 100, 0, PVID }, { 10, 0, 0 }, { 20, 0, 0 } };

static void a_port_loses_the_default_vlan_and_gets_its_own(void **state)
{
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	say_vlans(&kernel, fresh, 1, 1);
	kernel_accept(&kernel, 2);
	kernel_accept(&kernel, 3);
	assert_int_equal(vlan_set_port(&kernel.nl, PORT, &conf, &err), 0);
	assert_int_equal(kernel_hear(&kernel), RTM_GETVLAN);
	assert_int_equal(kernel_hear(&kernel), RTM_DELLINK);
	assert_int_equal(kernel_hear(&kernel), 0);
}

static void a_trunk_alone_keeps_vlan_1_and_no_vlan_changes_nothing(void **state)
{
	const struct bridge_conf trunk_only = { .trunk = { trunk, 2 },
						.preserve_default_vlan = true };
	const struct bridge_conf none = { .vlan = 0 };
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	kernel_accept(&kernel, 1);
	assert_int_equal(vlan_set_port(&kernel.nl, PORT, &trunk_only, &err), 0);
	assert_int_equal(kernel_hear(&kernel), RTM_SETLINK);
	assert_int_equal(vlan_set_port(&kernel.nl, PORT, &none, &err), 0);
	assert_int_equal(kernel_hear(&kernel), 0);
}

static void a_refusal_names_the_vlans(void **state)
{
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	kernel_refuse(&kernel, EPERM, 1);
	assert_int_equal(vlan_set_port(&kernel.nl, PORT, &conf, &err), -EPERM);
	expect_error(&err, CNI_ERR_LINK,
		     "cannot list the VLANs of port 3: operation not permitted");
	say_vlans(&kernel, fresh, 1, 2);
	kernel_accept(&kernel, 3);
	kernel_refuse(&kernel, EINVAL, 4);
	assert_int_equal(vlan_set_port(&kernel.nl, PORT, &conf, &err), -EINVAL);
	expect_error(&err, CNI_ERR_LINK,
		     "cannot add VLANs 100 to 20 of bridge port 3: invalid argument");
}

/* Linux before 5.6 tells them as attributes of all ports of all bridges. */
static void an_old_kernel_is_asked_in_the_old_way(void **state)
{
	static const int ports[] = { PORT + 1, PORT };
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	kernel_refuse(&kernel, EOPNOTSUPP, 1);
	for (size_t i = 0; i < array_size(ports); i++) {
		const struct ifinfomsg header = { .ifi_family = AF_BRIDGE, .ifi_index = ports[i] };
		struct nl_msg *msg = netlink_request(RTM_NEWLINK, 0, &header, sizeof(header));
		struct nlattr *spec = nla_nest_start(msg, IFLA_AF_SPEC);

		nla_put_u16(msg, IFLA_BRIDGE_FLAGS, 0);
		for (size_t j = 0; i == 1 && j < array_size(wanted); j++)
			put_info(msg, IFLA_BRIDGE_VLAN_INFO, wanted[j].id, wanted[j].flags);
		nla_nest_end(msg, spec);
		kernel_say(&kernel, msg, 2);
	}
	kernel_say_number(&kernel, NLMSG_DONE, 0, 2);
	assert_int_equal(vlan_check_port(&kernel.nl, &port, &conf, true, &err), 0);
}

static void expect_port(const struct vlan *vlans, size_t count, const char *msg)
{
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };

	say_vlans(&kernel, vlans, count, 1);
	assert_true(vlan_check_port(&kernel.nl, &port, &conf, true, &err) < 0);
	expect_error(&err, CNI_ERR_CHECK, msg);
}

static void check_tells_what_a_port_lacks(void **state)
{
	static const struct vlan more[] = { { 100, 0, PVID }, { 10, 0, 0 }, { 20, 22, 0 } };
	static const struct vlan tagged[] = { { 100, 0, 0 }, { 10, 0, 0 }, { 20, 0, 0 } };
	const struct bridge_conf none = { .vlan = 0 };
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	expect_port(tagged, 3, "VLAN 100 is not the untagged VLAN of p");
	expect_port(wanted, 2, "p is a member of 1 of the 2 VLANs of vlanTrunk");
	expect_port(more, 3, "p is a member of VLAN 22, which the configuration does not name");
	say_vlans(&kernel, more, 3, 1);
	assert_int_equal(vlan_check_port(&kernel.nl, &port, &conf, false, &err), 0);
	assert_int_equal(vlan_check_port(&kernel.nl, &port, &none, true, &err), 0);
	kernel_refuse(&kernel, EPERM, 2);
	assert_int_equal(vlan_check_port(&kernel.nl, &port, &conf, true, &err), -EPERM);
	expect_error(&err, CNI_ERR_LINK, "failed to list the VLANs of p: operation not permitted");
}

static const struct link gateway = {
	.index = GATEWAY, .name = "br.100", .kind = "veth", .peer = PORT
};

static void a_gateway_that_exists_is_set_up(void **state)
{
	struct link up = gateway, found;
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	kernel_say_link(&kernel, &gateway, false, 1);
	kernel_accept(&kernel, 2);
	kernel_refuse(&kernel, ENODEV, 3); /* its other end is elsewhere: somebody else's work */
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &found, &err), 0);
	assert_int_equal(found.index, GATEWAY);
	up.flags = IFF_UP;
	kernel_say_link(&kernel, &up, false, 4);
	kernel_refuse(&kernel, ENODEV, 5);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &found, &err), 0);
	kernel_say_link(&kernel, &gateway, false, 6);
	kernel_refuse(&kernel, EPERM, 7);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &found, &err), -EPERM);
	expect_error(&err, CNI_ERR_LINK, "failed to set br.100 up: operation not permitted");
	kernel_refuse(&kernel, EPERM, 8);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &found, &err), -EPERM);
	expect_error(&err, CNI_ERR_LINK, "failed to look up br.100: operation not permitted");
}

/* The port as veth_local_create() names and addresses it. */
static struct link our_port(void)
{
	struct owner owner = { .text = "gateway of br.100" };
	struct link ours = { .index = PORT, .kind = "veth", .peer = GATEWAY, .has_mac = true };
	const struct machine machine = machine_read();

	owner_link_name(&owner, 0, ours.name);
	machine_mac(&machine, ours.name, "port", ours.mac);
	return ours;
}

static void a_gateway_left_half_made_is_completed(void **state)
{
	struct link up = gateway, found, left = our_port();
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	up.flags = IFF_UP;
	kernel_say_link(&kernel, &up, false, 1);
	kernel_say_link(&kernel, &left, false, 2);
	kernel_accept(&kernel, 3);
	say_vlans(&kernel, fresh, 1, 4);
	say_vlans(&kernel, fresh, 1, 5);
	kernel_accept(&kernel, 6);
	kernel_accept(&kernel, 7);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &found, &err), 0);
	owner_mac(left.name, "port", machine_read().name.nodename,
		  left.mac);			 /* of earlier versions */
	kernel_say_link(&kernel, &up, false, 9); /* a batch leaves one number out */
	kernel_say_link(&kernel, &left, false, 10);
	kernel_refuse(&kernel, EBUSY, 11);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &found, &err), -EBUSY);
	expect_error(&err, CNI_ERR_LINK,
		     "failed to complete the VLAN gateway br.100: device or resource busy");
}

static void a_gateway_is_made_with_its_port_in_the_vlan(void **state)
{
	const struct link ours = our_port();
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };
	struct link made;

	(void)state;
	kernel_refuse(&kernel, ENODEV, 1);
	kernel_accept(&kernel, 2);
	kernel_say_link(&kernel, &gateway, false, 3);
	kernel_say_link(&kernel, &ours, false, 4);
	kernel_accept(&kernel, 5);
	say_vlans(&kernel, fresh, 1, 6);
	kernel_accept(&kernel, 7);
	kernel_accept(&kernel, 8);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &made, &err), 0);
	assert_int_equal(made.index, GATEWAY);
}

static void a_gateway_without_its_vlan_is_deleted(void **state)
{
	const struct link ours = our_port();
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };
	struct link made;

	(void)state;
	kernel_refuse(&kernel, ENODEV, 1);
	kernel_accept(&kernel, 2);
	kernel_say_link(&kernel, &gateway, false, 3);
	kernel_say_link(&kernel, &ours, false, 4);
	kernel_accept(&kernel, 5);
	kernel_refuse(&kernel, EPERM, 6);
	kernel_say_link(&kernel, &ours, false, 7);
	kernel_accept(&kernel, 8);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &made, &err), -EPERM);
	for (int i = 0; i < 7; i++)
		assert_int_not_equal(kernel_hear(&kernel), RTM_DELLINK);
	assert_int_equal(kernel_hear(&kernel), RTM_DELLINK);
}

static void somebody_else_may_make_the_gateway(void **state)
{
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };
	struct link made;

	(void)state;
	kernel_refuse(&kernel, ENODEV, 1);
	kernel_refuse(&kernel, EEXIST, 2);
	kernel_say_link(&kernel, &gateway, false, 3);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &made, &err), 0);
	assert_int_equal(made.index, GATEWAY);
}

/* Whatever has the port's index by then joins no bridge. */
static void a_port_that_is_not_ours_does_not_join(void **state)
{
	struct link other = our_port();
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };
	struct link made;

	(void)state;
	other.mac[0] ^= 4;
	kernel_refuse(&kernel, ENODEV, 1);
	kernel_accept(&kernel, 2);
	kernel_say_link(&kernel, &gateway, false, 3);
	kernel_say_link(&kernel, &other, false, 4);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &made, &err), -ENODEV);
	expect_error(&err, CNI_ERR_LINK,
		     "failed to find the port of the VLAN gateway br.100: no such device");
}

static void a_gateway_that_cannot_be_made_or_join_is_an_error(void **state)
{
	const struct link ours = our_port();
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };
	struct link made;

	(void)state;
	kernel_refuse(&kernel, ENODEV, 1);
	kernel_refuse(&kernel, EPERM, 2);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &made, &err), -EPERM);
	expect_error(&err, CNI_ERR_LINK,
		     "failed to create the VLAN gateway br.100: operation not permitted");
	kernel_refuse(&kernel, ENODEV, 3);
	kernel_accept(&kernel, 4);
	kernel_say_link(&kernel, &gateway, false, 5);
	kernel_say_link(&kernel, &ours, false, 6);
	kernel_refuse(&kernel, EBUSY, 7);
	kernel_say_link(&kernel, &gateway, false, 8);
	kernel_accept(&kernel, 9);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &conf, &made, &err), -EBUSY);
	expect_error(&err, CNI_ERR_LINK,
		     "failed to join the bridge with the VLAN gateway br.100: device or resource "
		     "busy");
}

static void expect_looked_up(const char *bridge_name, const char *gateway_name)
{
	const struct bridge_conf named = { .bridge = bridge_name, .vlan = 4094 };
	cleanup_played struct kernel kernel = play();
	cleanup_error struct cni_error err = { 0 };
	cleanup_free char *message = xasprintf("failed to look up %s: operation not permitted",
					       gateway_name);
	struct link found;

	kernel_refuse(&kernel, EPERM, 1);
	assert_int_equal(vlan_ensure_gateway(&kernel.nl, &bridge, &named, &found, &err), -EPERM);
	expect_error(&err, CNI_ERR_LINK, message);
}

static void long_names_of_gateways_are_told_apart(void **state)
{
	(void)state;
	expect_looked_up("br", "br.4094");
	expect_looked_up("bridge-of-fifte", "bridgebdc0.4094");
	expect_looked_up("bridge-of-fiftf", "bridge8d04.4094");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_loses_the_default_vlan_and_gets_its_own),
		cmocka_unit_test(a_trunk_alone_keeps_vlan_1_and_no_vlan_changes_nothing),
		cmocka_unit_test(a_refusal_names_the_vlans),
		cmocka_unit_test(an_old_kernel_is_asked_in_the_old_way),
		cmocka_unit_test(check_tells_what_a_port_lacks),
		cmocka_unit_test(a_gateway_that_exists_is_set_up),
		cmocka_unit_test(a_gateway_left_half_made_is_completed),
		cmocka_unit_test(a_gateway_is_made_with_its_port_in_the_vlan),
		cmocka_unit_test(a_gateway_without_its_vlan_is_deleted),
		cmocka_unit_test(somebody_else_may_make_the_gateway),
		cmocka_unit_test(a_port_that_is_not_ours_does_not_join),
		cmocka_unit_test(a_gateway_that_cannot_be_made_or_join_is_an_error),
		cmocka_unit_test(long_names_of_gateways_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
