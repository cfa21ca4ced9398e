/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knows the names of the links. That of the container's is the reference's, so that its DEL, and
 * whoever looks for it, finds it. It names no interface, so the second one of a container on a
 * network gets another. A link of the reference has no alias; nobody's is taken over.
 */
#include "ifb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sha512.h"
#include "net/link_create.h"
#include "net/machine.h"

enum { DIGITS = 12, PLACES = 2 };

#define PREFIX "bwp"

static const char *const roles[IFB_ROLES] = { "from", "to" };

struct name {
	char text[IFNAMSIZ];
};

static struct name name_of(const char *first, const char *second)
{
	cleanup_text struct text hashed = { 0 };
	char digits[DIGITS + 1];
	struct name name;

	text_addf(&hashed, "%s%s", first, second);
	sha512_hex(hashed.s, DIGITS, digits);
	(void)snprintf(name.text, sizeof(name.text), PREFIX "%s", digits); /* 15 bytes */
	return name;
}

/* The names that the role's link can have, in the order in which they are tried. */
static size_t list_names(const struct chained *c, enum ifb_role role, struct name ret[PLACES])
{
	size_t count = 0;

	if (role == IFB_FROM_CONTAINER)
		ret[count++] = name_of(c->attachment.network, c->attachment.container_id);
	ret[count++] = name_of(c->owner.text, role == IFB_FROM_CONTAINER ? "/" : "/to");
	return count;
}

/* An ADD that was killed before it wrote the alias is recognised by the MAC. */
static bool is_ours(const struct chained *c, enum ifb_role role, const struct link *link)
{
	struct machine machine;

	if (!text_equal(link->kind, link_kind_ifb.name))
		return false;
	if (link->alias[0])
		return text_equal(link->alias, c->owner.text);
	machine = machine_read();
	return link->has_mac && machine_made_mac(&machine, c->owner.text, roles[role], link->mac);
}

static int look_up(struct chained *c, const char *name, struct link *ret, struct cni_error *err)
{
	int r = link_get(&c->at.host, name, ret);

	if (r < 0 && r != -ENODEV)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot look up link %s", name);
	return r == 0;
}

/* The reference's is whoever's interface it is, unless this one has its own. */
int ifb_find(struct chained *c, enum ifb_role role, struct link *ret, struct cni_error *err)
{
	struct link links[PLACES] = { 0 };
	struct name names[PLACES];
	const size_t count = list_names(c, role, names);

	for (size_t i = 0; i < count; i++) {
		int r = look_up(c, names[i].text, &links[i], err);

		if (r < 0)
			return r;
		if (r > 0 && is_ours(c, role, &links[i])) {
			*ret = links[i];
			return 1;
		}
	}
	*ret = links[0];
	return role == IFB_FROM_CONTAINER && !links[0].alias[0] &&
	       text_equal(links[0].kind, link_kind_ifb.name);
}

static int drop(struct netlink *nl, const struct link *link, struct cni_error *err)
{
	int r = link_delete(nl, link);

	if (r < 0)
		return netlink_fail(nl, err, r, "cannot delete link %s", link->name);
	return 0;
}

/* The first name that nobody else has. */
static int pick_name(struct chained *c, enum ifb_role role, struct name *ret, struct cni_error *err)
{
	struct name names[PLACES];
	const size_t count = list_names(c, role, names);

	for (size_t i = 0; i < count; i++) {
		struct link link;
		int r = look_up(c, names[i].text, &link, err);

		if (r > 0 && is_ours(c, role, &link)) {
			r = drop(&c->at.host, &link, err) ?: look_up(c, names[i].text, &link, err);
		}
		if (r < 0)
			return r;
		*ret = names[i];
		if (r == 0)
			return 0;
	}
	(void)cni_fail(err, CNI_ERR_CONFLICT, EEXIST, "link %s belongs to another", ret->text);
	cni_error_details(err, "remove it if nobody uses it: ip link delete %s", ret->text);
	return -EEXIST;
}

static int fail_create(struct chained *c, int r, const struct name *name, struct cni_error *err)
{
	(void)netlink_fail(&c->at.host, err, r, "cannot create link %s", name->text);
	if (r == -EOPNOTSUPP)
		cni_error_details(err, "the kernel may lack this kind of link: modprobe ifb");
	return r;
}

/* In the same system call as its making, the kernel is asked for its index. */
static int make(struct chained *c, const struct link_spec *spec, struct link *ret)
{
	cleanup_batch struct netlink_batch batch = { 0 };
	struct link link = { 0 };
	int r;

	netlink_batch_add(&batch, link_create_request(spec), 0, "create");
	netlink_batch_ask(&batch, link_get_request(spec->name), link_take, &link, "look");
	r = netlink_batch_run(&c->at.host, &batch, NULL);
	if (r == 0 && !text_equal(link.name, spec->name))
		r = -ENODEV;
	if (r == 0)
		*ret = link;
	return r;
}

/* It has no queue of its own beside that of its limit. */
static int finish(struct chained *c, struct link *link, struct cni_error *err)
{
	const int queue = 0;
	const struct link_change change = {
		.on = IFF_UP,
		.alias = c->owner.text,
		.queue = &queue,
	};
	int r = link_apply(&c->at.host, link->index, &change);

	if (r < 0)
		return netlink_fail(&c->at.host, err, r, "cannot set up link %s", link->name);
	memcpy(link->alias, c->owner.text, sizeof(c->owner.text));
	return 0;
}

int ifb_create(struct chained *c, enum ifb_role role, int mtu, struct link *ret,
	       struct cni_error *err)
{
	const struct machine machine = machine_read();
	uint8_t mac[MAC_SIZE];
	struct name name;
	struct link_spec spec = {
		.name = name.text, .kind = &link_kind_ifb, .mac = mac, .mtu = mtu
	};
	int r = pick_name(c, role, &name, err);

	if (r < 0)
		return r;
	machine_mac(&machine, c->owner.text, roles[role], mac);
	r = make(c, &spec, ret);
	if (r < 0) {
		struct link link;

		if (r != -EEXIST && link_get(&c->at.host, name.text, &link) == 0 &&
		    is_ours(c, role, &link))
			ignore(link_delete(&c->at.host, &link)); /* an error is on its way */
		return fail_create(c, r, &name, err);
	}
	r = finish(c, ret, err);
	if (r < 0)
		ignore(link_delete(&c->at.host, ret)); /* the same */
	return r;
}

int ifb_drop(struct chained *c, enum ifb_role role, struct cni_error *err)
{
	struct link link;
	int r = ifb_find(c, role, &link, err);

	if (r <= 0 || !is_ours(c, role, &link))
		return r < 0 ? r : 0;
	return drop(&c->at.host, &link, err) ?: 1;
}

int ifb_delete(struct chained *c, struct cni_error *err)
{
	int first = 0;

	for (int role = 0; role < IFB_ROLES; role++) {
		cleanup_error struct cni_error more = { 0 };
		struct link link;
		int r = ifb_find(c, (enum ifb_role)role, &link, &more);

		if (r > 0)
			r = drop(&c->at.host, &link, &more);
		first = cni_error_collect(err, &more, first, r);
	}
	return first;
}

struct collection {
	const char *network;
	struct attachments *valid;
	struct link *links;
	size_t count;
};

static void collection_release(struct collection *collection)
{
	free(collection->links);
}

static int take_dead(const struct link *link, void *data)
{
	struct collection *dead = data;

	if (!text_equal(link->kind, link_kind_ifb.name) || !text_starts_with(link->name, PREFIX) ||
	    !owner_text_is_of_network(link->alias, dead->network) ||
	    attachments_keep(link->alias, dead->valid))
		return 0;
	dead->links = xgrow(dead->links, dead->count, sizeof(*link));
	dead->links[dead->count++] = *link;
	return 0;
}

int ifb_collect(struct netlink *nl, const char *network, struct attachments *valid,
		struct cni_error *err)
{
	cleanup_with(collection_release) struct collection dead = { .network = network,
								    .valid = valid };
	int r = link_each(nl, take_dead, &dead), first = 0;

	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "cannot list the links of the host");
	for (size_t i = 0; i < dead.count; i++) {
		cleanup_error struct cni_error more = { 0 };

		first = cni_error_collect(err, &more, first, drop(nl, &dead.links[i], &more));
	}
	return first;
}
