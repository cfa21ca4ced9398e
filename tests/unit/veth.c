/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs that cannot be made, on kernels that are played: what is said, and that nothing stays. */
#include "net/veth.h"

#include <errno.h>
#include <linux/net_namespace.h>

#include "net/machine.h"
#include "tests/fuzz/kernel_link.h"
#include "unit.h"

enum { HOST_END = 5, CONTAINER_END = 2, BRIDGE = 3, NAMESPACE = 7 };

static const struct owner owner = { "net/c/eth0" };
static const struct link ours = {
	.index = HOST_END, .name = "v", .kind = "veth", .alias = "net/c/eth0"
};
static const struct link theirs = {
	.index = 9, .name = "v", .kind = "veth", .alias = "net/d/eth0"
};
static const struct link inner = {
	.index = CONTAINER_END, .name = "eth0", .kind = "veth", .peer = HOST_END
};

/* The host end as it is born. */
static struct link newborn(void)
{
	struct link link = { .index = HOST_END,
			     .name = "v",
			     .kind = "veth",
			     .has_mac = true,
			     .peer = CONTAINER_END,
			     .peer_is_elsewhere = true,
			     .peer_netns = NAMESPACE };
	const struct machine machine = machine_read();

	machine_mac(&machine, owner.text, "host", link.mac);
	return link;
}

struct world {
	struct kernel host, container;
	struct attach at;
};

static void close_world(struct world *world)
{
	attach_close(&world->at);
	close_fd(&world->host.end);
	close_fd(&world->container.end);
}

#define cleanup_world cleanup_with(close_world)

static struct world open_world(void)
{
	struct world world;

	kernel_start(&world.host, NULL, 0);
	kernel_start(&world.container, NULL, 0);
	world.at = (struct attach){
		.host = world.host.nl,
		.container = world.container.nl,
		.netns = -1,
		.home = -1,
	};
	return world;
}

static int create(struct world *world, int master, struct cni_error *err)
{
	const struct veth_spec spec = { .container_name = "eth0",
					.owner = &owner,
					.master = master,
					.mtu = 1400,
					.isolated = true };
	struct veth veth;

	return veth_create(&world->at, &spec, "v", &veth, err);
}

/* The pair is made, this is its host end; a batch leaves the number behind it out. */
static void say_pair(struct world *world, const struct link *host_end, uint32_t seq)
{
	const struct rtgenmsg header = { .rtgen_family = AF_UNSPEC };
	struct nl_msg *msg = netlink_request(RTM_NEWNSID, 0, &header, sizeof(header));

	nla_put_s32(msg, NETNSA_NSID, NAMESPACE);
	kernel_accept(&world->host, seq);
	kernel_say_link(&world->host, host_end, false, seq + 1);
	kernel_say(&world->host, msg, seq + 2);
	kernel_accept(&world->host, seq + 2);
}

/* All three questions of a pair that is not made. */
static void refuse_pair(struct world *world, int errnum, uint32_t seq)
{
	kernel_refuse(&world->host, errnum, seq);
	kernel_refuse(&world->host, ENODEV, seq + 1);
	kernel_refuse(&world->host, EPERM, seq + 2);
}

static void expect_deletion(struct world *world)
{
	int type;

	do
		type = kernel_hear(&world->host);
	while (type && type != RTM_DELLINK);
	assert_int_equal(type, RTM_DELLINK);
}

static void a_pair_is_made(void **state)
{
	cleanup_world struct world world = open_world();
	cleanup_error struct cni_error err = { 0 };
	const struct link end = newborn();

	(void)state;
	say_pair(&world, &end, 1);
	kernel_accept(&world.host, 5);
	assert_int_equal(create(&world, BRIDGE, &err), 0);
	assert_int_equal(kernel_hear(&world.container), 0); /* it is not asked */
}

static void a_name_that_is_taken_is_told_apart(void **state)
{
	cleanup_world struct world world = open_world();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	refuse_pair(&world, EEXIST, 1);
	kernel_say_link(&world.container, &inner, false, 1);
	assert_int_equal(create(&world, 0, &err), -EEXIST);
	expect_error(&err, CNI_ERR_CONFLICT, "container veth name provided (eth0) already exists");
	refuse_pair(&world, EEXIST, 5);
	kernel_refuse(&world.container, ENODEV, 2);
	assert_int_equal(create(&world, 0, &err), -EEXIST);
	expect_error(&err, CNI_ERR_CONFLICT, "host veth name v already exists");
}

static void a_full_bridge_is_told(void **state)
{
	cleanup_world struct world world = open_world();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	refuse_pair(&world, EXFULL, 1);
	kernel_say_number(&world.host, NLMSG_DONE, 0, 5);
	kernel_refuse(&world.host, ENODEV, 6);
	assert_int_equal(create(&world, BRIDGE, &err), -EXFULL);
	expect_error(&err, CNI_ERR_TRY_LATER,
		     "cannot make v a port of bridge 3, which has 0 of at most 1023 ports: "
		     "exchange "
		     "full");
}

/* Who knows whether the pair was made: what is ours by that name goes. */
static void a_refused_pair_is_looked_for(void **state)
{
	cleanup_world struct world world = open_world();
	cleanup_error struct cni_error err = { 0 };

	(void)state;
	refuse_pair(&world, EOPNOTSUPP, 1);
	kernel_say_link(&world.host, &ours, false, 5);
	kernel_say_link(&world.host, &ours, false, 6);
	kernel_accept(&world.host, 7);
	assert_int_equal(create(&world, 0, &err), -EOPNOTSUPP);
	assert_string_equal(err.details, "load the kernel module veth");
	expect_error(&err, CNI_ERR_LINK,
		     "cannot create veth pair v and eth0 with mtu 1400: operation not supported");
	expect_deletion(&world);
}

/* The other end is gone, in another namespace, or somewhere on the host. */
static void a_pair_whose_other_end_left_goes_again(void **state)
{
	struct link ends[] = { newborn(), newborn(), newborn() };

	(void)state;
	ends[0].peer = 0;
	ends[1].peer_netns = NAMESPACE + 1;
	ends[2].peer_is_elsewhere = false;
	for (size_t i = 0; i < array_size(ends); i++) {
		cleanup_world struct world world = open_world();
		cleanup_error struct cni_error err = { 0 };
		cleanup_close int container = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

		world.at.netns = container; /* not the own network namespace */
		say_pair(&world, &ends[i], 1);
		kernel_say_link(&world.host, &ends[i], false, 5);
		kernel_say_link(&world.host, &ends[i], false, 6);
		kernel_accept(&world.host, 7);
		assert_int_equal(create(&world, 0, &err), -ENODEV);
		expect_error(&err, CNI_ERR_LINK,
			     "cannot find eth0 in the container after creating it: no such device");
		expect_deletion(&world);
		world.at.netns = -1;
	}
}

/* What has the name but not the MAC, or the other way round, is another's. */
static void a_link_that_is_not_ours_is_not_touched(void **state)
{
	struct link ends[] = { newborn(), newborn(), newborn() };

	(void)state;
	ends[0].mac[0] ^= 4;
	(void)strcpy(ends[1].name, "w");
	(void)strcpy(ends[2].kind, "bridge");
	for (size_t i = 0; i < array_size(ends); i++) {
		cleanup_world struct world world = open_world();
		cleanup_error struct cni_error err = { 0 };

		say_pair(&world, &ends[i], 1);
		kernel_say_link(&world.host, &theirs, false, 5);
		assert_int_equal(create(&world, 0, &err), -ENODEV);
		cni_error_release(&err);
		for (int type = RTM_GETLINK; type; type = kernel_hear(&world.host))
			assert_int_not_equal(type, RTM_DELLINK);
	}
}

static void a_pair_that_cannot_be_marked_goes_again(void **state)
{
	cleanup_world struct world world = open_world();
	cleanup_error struct cni_error err = { 0 };
	const struct link end = newborn();

	(void)state;
	say_pair(&world, &end, 1);
	kernel_refuse(&world.host, EPERM, 5);
	kernel_say_link(&world.host, &end, false, 6);
	kernel_say_link(&world.host, &end, false, 7);
	kernel_accept(&world.host, 8);
	assert_int_equal(create(&world, 0, &err), -EPERM);
	expect_error(&err, CNI_ERR_LINK,
		     "cannot set alias and port flag of v: operation not permitted");
	expect_deletion(&world);
}

/* The index of a link that is gone may be another's: name, kind or mark tell. */
static void an_index_alone_deletes_nothing(void **state)
{
	struct link others[] = { ours, ours, ours, newborn() };

	(void)state;
	(void)strcpy(others[0].name, "cni0");
	(void)strcpy(others[1].kind, "bridge");
	(void)strcpy(others[2].alias, "net/d/eth0");
	for (size_t i = 0; i < array_size(others); i++) {
		cleanup_world struct world world = open_world();

		kernel_say_link(&world.host, &others[i], false, 1);
		assert_int_equal(link_delete(&world.host.nl, &ours), 0);
		assert_int_equal(kernel_hear(&world.host), RTM_GETLINK);
		assert_int_equal(kernel_hear(&world.host), 0);
	}
}

static void too_long_names_reach_no_kernel(void **state)
{
	cleanup_world struct world world = open_world();
	cleanup_error struct cni_error err = { 0 };
	const struct veth_spec spec = { .container_name = "sixteen-letters.", .owner = &owner };
	struct veth veth;

	(void)state;
	assert_int_equal(veth_create(&world.at, &spec, "v", &veth, &err), -ENAMETOOLONG);
	assert_int_equal(kernel_hear(&world.host), 0);
}

static void names_run_out_when_others_have_them_all(void **state)
{
	cleanup_world struct world world = open_world();
	cleanup_error struct cni_error err = { 0 };
	char name[IFNAMSIZ];
	struct link link;
	bool is_held;

	(void)state;
	for (uint32_t i = 1; i <= VETH_NAMES; i++)
		kernel_say_link(&world.host, &theirs, false, i);
	assert_int_equal(veth_pick_name(&world.at.host, &owner, name, &is_held, &link, &err),
			 -EEXIST);
	expect_error(&err, CNI_ERR_CONFLICT,
		     "no name is left for the host end of net/c/eth0: file exists");
	kernel_refuse(&world.host, EPERM, VETH_NAMES + 1);
	assert_int_equal(veth_pick_name(&world.at.host, &owner, name, &is_held, &link, &err),
			 -EPERM);
	expect_error(&err, CNI_ERR_LINK,
		     "cannot look up link veth41a5986c: operation not permitted");
}

/* Half made before its alias was written, by this version or by one that knew no machine's number.
 */
static void a_link_without_alias_is_known_by_its_mac(void **state)
{
	struct link links[] = { newborn(), newborn(), newborn() };
	const struct machine machine = machine_read();

	(void)state;
	owner_mac(owner.text, "host", machine.name.nodename, links[1].mac);
	links[2].mac[5] ^= 1;
	for (size_t i = 0; i < array_size(links); i++) {
		cleanup_world struct world world = open_world();
		cleanup_error struct cni_error err = { 0 };
		char name[IFNAMSIZ];
		struct link link;
		bool is_held;

		kernel_say_link(&world.host, &links[i], false, 1);
		kernel_refuse(&world.host, ENODEV, 2);
		assert_int_equal(veth_pick_name(&world.at.host, &owner, name, &is_held, &link,
						&err),
				 0);
		assert_int_equal(is_held, i < 2);
	}
}

static void macs_follow_from_machine_and_name(void **state)
{
	struct machine one = { .text = "id1/node" }, two = { .text = "id2/node" };
	uint8_t macs[3][MAC_SIZE];

	(void)state;
	machine_mac(&one, "net/c/eth0", "host", macs[0]);
	machine_mac(&two, "net/c/eth0", "host", macs[1]);
	machine_mac(&one, "net/c/eth0", "host", macs[2]);
	assert_memory_not_equal(macs[0], macs[1], MAC_SIZE);
	assert_memory_equal(macs[0], macs[2], MAC_SIZE);
	assert_true(strlen(machine_read().text) > 32);
}

static void only_links_of_the_owner_are_listed(void **state)
{
	cleanup_world struct world world = open_world();
	cleanup_error struct cni_error err = { 0 };
	struct link links[VETH_NAMES];

	(void)state;
	kernel_say_link(&world.host, &theirs, false, 1);
	kernel_say_link(&world.host, &ours, false, 2);
	kernel_refuse(&world.host, ENODEV, 3);
	kernel_refuse(&world.host, ENODEV, 4);
	assert_int_equal(veth_list_of_owner(&world.at.host, &owner, links, &err), 1);
	assert_int_equal(links[0].index, HOST_END);
	kernel_refuse(&world.host, EPERM, 5);
	assert_int_equal(veth_list_of_owner(&world.at.host, &owner, links, &err), -EPERM);
	expect_error(&err, CNI_ERR_LINK,
		     "cannot look up link veth41a5986c: operation not permitted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_is_made),
		cmocka_unit_test(a_name_that_is_taken_is_told_apart),
		cmocka_unit_test(a_full_bridge_is_told),
		cmocka_unit_test(a_refused_pair_is_looked_for),
		cmocka_unit_test(a_pair_whose_other_end_left_goes_again),
		cmocka_unit_test(a_link_that_is_not_ours_is_not_touched),
		cmocka_unit_test(a_pair_that_cannot_be_marked_goes_again),
		cmocka_unit_test(an_index_alone_deletes_nothing),
		cmocka_unit_test(too_long_names_reach_no_kernel),
		cmocka_unit_test(names_run_out_when_others_have_them_all),
		cmocka_unit_test(a_link_without_alias_is_known_by_its_mac),
		cmocka_unit_test(macs_follow_from_machine_and_name),
		cmocka_unit_test(only_links_of_the_owner_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
