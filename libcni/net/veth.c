/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows how a veth pair is made and whose it is.
 * Stages of making one: the pair in one message and in the same breath a look at the host end,
 * whose other end is the container's; then what the kernel takes only for a link that exists
 * (alias, port flags).
 */
#include "net/veth.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/text.h"
#include "net/bridge.h"
#include "net/machine.h"
#include "net/sysctl.h"

struct veth_macs {
	uint8_t host[MAC_SIZE], container[MAC_SIZE];
};

/* An ADD that was killed before it wrote the alias is recognised by the MAC. */
static bool is_held_by(const struct link *link, const struct owner *owner)
{
	struct machine machine;

	if (!text_equal(link->kind, "veth"))
		return false;
	if (link->alias[0])
		return text_equal(link->alias, owner->text);
	machine = machine_read();
	return link->has_mac && machine_made_mac(&machine, owner->text, "host", link->mac);
}

int veth_pick_name(struct netlink *host, const struct owner *owner, char ret_name[IFNAMSIZ],
		   bool *ret_held, struct link *ret_link, struct cni_error *err)
{
	for (unsigned salt = 0; salt < VETH_NAMES; salt++) {
		struct link link = { 0 };
		int r;

		owner_link_name(owner, salt, ret_name);
		r = link_get(host, ret_name, &link);
		if (r < 0 && r != -ENODEV)
			return cni_fail(err, CNI_ERR_LINK, -r, "cannot look up link %s", ret_name);
		if (r == 0 && !is_held_by(&link, owner))
			continue;
		*ret_held = r == 0;
		*ret_link = link;
		return 0;
	}
	(void)cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "no name is left for the host end of %s",
		       owner->text);
	cni_error_details(
		err, "%s and the names like it belong to others: remove links that are not used",
		ret_name);
	return -EEXIST;
}

static struct nl_msg *pair_request(const struct attach *at, const struct veth_spec *spec,
				   const char *host_name, const struct veth_macs *macs)
{
	const struct link_spec peer = {
		.name = spec->container_name,
		.into = at,
		.mac = macs->container,
		.mtu = spec->mtu,
	};

	return link_create_request(&(struct link_spec){
		.name = host_name,
		.kind = &link_kind_veth,
		.options = &peer,
		.mac = macs->host,
		.mtu = spec->mtu,
		.master = spec->master,
	});
}

/* The kernel tells only that some name exists. */
static int fail_exists(struct attach *at, const struct veth_spec *spec, const char *host_name,
		       struct cni_error *err)
{
	struct link link;

	if (link_get(&at->container, spec->container_name, &link) == 0) {
		(void)cni_fail(err, CNI_ERR_CONFLICT, 0,
			       "container veth name provided (%s) already exists",
			       spec->container_name);
		cni_error_details(
			err,
			"another attachment of this container has the interface: delete it first, or choose another CNI_IFNAME");
	} else {
		(void)cni_fail(err, CNI_ERR_CONFLICT, 0, "host veth name %s already exists",
			       host_name);
		cni_error_details(err, "another link on the host has the name");
	}
	return -EEXIST;
}

static int fail_full(struct attach *at, const struct veth_spec *spec, const char *host_name,
		     struct cni_error *err)
{
	int ports = bridge_count_ports(&at->host, spec->master);

	(void)cni_fail(err, CNI_ERR_TRY_LATER, EXFULL,
		       "cannot make %s a port of bridge %d, which has %d of at most %d ports",
		       host_name, spec->master, ports < 0 ? BRIDGE_MAX_PORTS : ports,
		       BRIDGE_MAX_PORTS);
	cni_error_details(err,
			  "remove attachments that are no longer used, or use a second bridge");
	return -EXFULL;
}

static int fail_create(struct attach *at, const struct veth_spec *spec, const char *host_name,
		       int errnum, struct cni_error *err)
{
	if (errnum == EEXIST)
		return fail_exists(at, spec, host_name, err);
	if (errnum == EXFULL)
		return fail_full(at, spec, host_name, err);
	if (spec->mtu > 0)
		(void)netlink_fail(&at->host, err, -errnum,
				   "cannot create veth pair %s and %s with mtu %d", host_name,
				   spec->container_name, spec->mtu);
	else
		(void)netlink_fail(&at->host, err, -errnum, "cannot create veth pair %s and %s",
				   host_name, spec->container_name);
	if (errnum == EOPNOTSUPP)
		cni_error_details(err, "load the kernel module veth");
	return -errnum;
}

/*
 * Before the host end is up: it must not listen to the container's router advertisements. And
 * without a bridge its link-local address must be usable at once, or the host could not ask for the
 * container's MAC on behalf of others for a second or two; it derives from a MAC of our making, so
 * nobody else has it. Best effort: there may be no IPv6.
 */
static void prepare_host_end(const char *name, const struct veth_spec *spec)
{
	if (spec->is_switched) {
		ignore(sysctl_write_link("ipv6", name, "disable_ipv6", "1"));
		ignore(sysctl_write_link("ipv4", name, "arp_ignore", "8")); /* answer nobody */
		/* No route leads there, so no source is one that the host would take from there. */
		ignore(sysctl_write_link("ipv4", name, "rp_filter", "1"));
		return;
	}
	ignore(sysctl_write_link("ipv6", name, "accept_ra", "0"));
	if (spec->master <= 0)
		ignore(sysctl_write_link("ipv6", name, "accept_dad", "0"));
}

struct port_flags {
	bool isolated, is_checked, hairpin;
};

/* libnl-route 3.7 knows isolation and forwarding not at all, and hairpin only in another message.
 */
static void put_port_flags(struct nl_msg *msg, const struct port_flags *flags)
{
	struct nlattr *info = netlink_nest(msg, IFLA_LINKINFO);
	struct nlattr *port;

	netlink_put_text(msg, IFLA_INFO_SLAVE_KIND, "bridge");
	port = netlink_nest(msg, IFLA_INFO_SLAVE_DATA);
	if (flags->isolated)
		netlink_put_u8(msg, IFLA_BRPORT_ISOLATED, 1);
	if (flags->is_checked)
		netlink_put_u16(msg, IFLA_BRPORT_GROUP_FWD_MASK, LINK_FORWARDS_RESERVED);
	if (flags->hairpin)
		netlink_put_u8(msg, IFLA_BRPORT_MODE, 1);
	nla_nest_end(msg, port);
	nla_nest_end(msg, info);
}

/*
 * Alias and port flags, which the kernel ignores in the message that creates a link, and up: the
 * kernel does it in this order.
 */
static int finish_host_end(struct netlink *host, int index, const struct veth_spec *spec)
{
	struct nl_msg *msg = link_change_request(index, &(struct link_change){
								.on = spec->is_checked ? 0 : IFF_UP,
								.alias = spec->owner->text });

	if (spec->master > 0 && (spec->isolated || spec->is_checked))
		put_port_flags(msg, &(struct port_flags){ .isolated = spec->isolated,
							  .is_checked = spec->is_checked });
	return netlink_call(host, msg);
}

int veth_set_hairpin(const struct veth *veth, struct cni_error *err)
{
	const struct made_link *host = &veth->host;
	struct nl_msg *msg = link_change_request(host->link.index, &(struct link_change){ 0 });
	int r;

	put_port_flags(msg, &(struct port_flags){ .hairpin = true });
	r = netlink_call(host->nl, msg);
	if (r < 0)
		return netlink_fail(host->nl, err, r, "cannot set hairpin mode of %s",
				    host->link.name);
	return 0;
}

/* For a pair that is not as it should be, or of which nobody knows whether it was made. */
static void delete_by_name(struct netlink *host, const char *name, const struct owner *owner)
{
	struct link link;

	if (link_get(host, name, &link) == 0 && is_held_by(&link, owner))
		ignore(link_delete(host, &link)); /* an error is on its way already */
}

/* What the host says of a pair that was just made. */
struct birth {
	struct link host_end;
	int container; /* its namespace, in the host's words */
};

/*
 * One system call, so the look costs no time. Whoever owns the container's namespace may be faster
 * than any second look there, but cannot touch the host end's name and MAC.
 */
static int make_pair(struct attach *at, const struct veth_spec *spec, const char *host_name,
		     const struct veth_macs *macs, struct birth *ret)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	struct birth birth = { .container = NETNSA_NSID_NOT_ASSIGNED };
	int r;

	netlink_batch_add(&batch, pair_request(at, spec, host_name, macs), 0, "create");
	netlink_batch_ask(&batch, link_get_request(host_name), link_take, &birth.host_end, "look");
	netlink_batch_ask(&batch, attach_name_request(at), attach_take_name, &birth.container,
			  "name");
	r = netlink_batch_run(&at->host, &batch, NULL);
	if (r == 0)
		*ret = birth;
	return r;
}

static bool is_as_made(const struct link *link, const char *name, const struct veth_macs *macs)
{
	return text_equal(link->name, name) && text_equal(link->kind, "veth") && link->has_mac &&
	       memcmp(link->mac, macs->host, MAC_SIZE) == 0;
}

static int complete_pair(struct attach *at, const struct veth_spec *spec, struct veth *veth,
			 int container, struct cni_error *err)
{
	struct link *end = &veth->host.link;
	int r = attach_find_peer(at, end, container);

	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_LINK, -r,
			       "cannot find %s in the container after creating it",
			       spec->container_name);
		cni_error_details(
			err,
			"a process in the container took it away: look at what runs there with CAP_NET_ADMIN");
		return r;
	}
	veth->container_index = r;
	prepare_host_end(end->name, spec);
	r = finish_host_end(&at->host, end->index, spec);
	if (r < 0)
		return netlink_fail(&at->host, err, r, "cannot set alias and port flag of %s",
				    end->name);
	memcpy(end->alias, spec->owner->text, sizeof(spec->owner->text));
	return 0;
}

int veth_create(struct attach *at, const struct veth_spec *spec, const char *host_name,
		struct veth *ret, struct cni_error *err)
{
	struct veth veth = { .host = { .nl = &at->host } };
	const struct machine machine = machine_read();
	struct veth_macs macs;
	struct birth birth;
	int r;

	if (strlen(spec->container_name) >= IFNAMSIZ || strlen(host_name) >= IFNAMSIZ)
		return cni_fail(err, CNI_ERR_LINK, ENAMETOOLONG,
				"cannot create veth pair %s and %s", host_name,
				spec->container_name);
	r = attach_open_container(at, err);
	if (r < 0)
		return r;
	machine_mac(&machine, spec->owner->text, "host", macs.host);
	machine_mac(&machine, spec->owner->text, "container", macs.container);
	if (spec->container_mac)
		memcpy(macs.container, spec->container_mac, MAC_SIZE);
	r = make_pair(at, spec, host_name, &macs, &birth);
	if (r == 0 && !is_as_made(&birth.host_end, host_name, &macs))
		r = -ENODEV;
	if (r < 0) {
		(void)fail_create(at, spec, host_name, -r, err);
		if (r != -EEXIST) /* the answer itself may be what failed */
			delete_by_name(&at->host, host_name, spec->owner);
		return r;
	}
	veth.host.link = birth.host_end;
	memcpy(veth.container_mac, macs.container, MAC_SIZE);
	r = complete_pair(at, spec, &veth, birth.container, err);
	if (r < 0) {
		delete_by_name(&at->host, host_name, spec->owner);
		return r;
	}
	*ret = veth;
	return 0;
}

bool veth_is_host_end(const struct link *link)
{
	struct owner owner = { 0 };

	if (!text_equal(link->kind, "veth") || strlen(link->alias) >= sizeof(owner.text))
		return false;
	memcpy(owner.text, link->alias, strlen(link->alias));
	for (unsigned salt = 0; salt < VETH_NAMES; salt++) {
		char name[IFNAMSIZ];

		owner_link_name(&owner, salt, name);
		if (text_equal(link->name, name))
			return true;
	}
	return false;
}

int veth_list_of_owner(struct netlink *host, const struct owner *owner, struct link ret[VETH_NAMES],
		       struct cni_error *err)
{
	int count = 0;

	for (unsigned salt = 0; salt < VETH_NAMES; salt++) {
		char name[IFNAMSIZ];
		struct link link;
		int r;

		owner_link_name(owner, salt, name);
		r = link_get(host, name, &link);
		if (r == -ENODEV || (r == 0 && !is_held_by(&link, owner)))
			continue;
		if (r < 0)
			return cni_fail(err, CNI_ERR_LINK, -r, "cannot look up link %s", name);
		ret[count++] = link;
	}
	return count;
}
