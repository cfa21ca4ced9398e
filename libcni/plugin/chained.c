/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What plugins on a previous result share: the order of each verb, and what of the result is meant.
 */
#include "plugin/chained.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/warn.h"
#include "net/node.h"
#include "plugin/check.h"

#define cleanup_chained cleanup_with(chained_close)

static void chained_close(struct chained *c)
{
	if (c->kind->release)
		c->kind->release(c->conf);
	free(c->conf);
	result_release(&c->prev);
	attach_close(&c->at);
}

static struct chained chained_of(struct cni_call *call)
{
	const struct attachment attachment = call_attachment(call);

	return (struct chained){
		.call = call,
		.kind = call->plugin->chained,
		.conf = xcalloc(1, call->plugin->chained->conf_size + 1),
		.at = ATTACH_CLOSED,
		.attachment = attachment,
		.owner = owner_of(&attachment),
	};
}

static int read_conf(struct chained *c, struct cni_error *err)
{
	return c->kind->read ? c->kind->read(c->call, c->conf, err) : 0;
}

/* What is wrong with the configuration is told, and nothing else follows from it. */
static void read_conf_leniently(struct chained *c)
{
	cleanup_error struct cni_error err = { 0 };

	if (read_conf(c, &err) == 0)
		return;
	cni_warn("not needed to remove what ADD made, and ignored: %s", err.msg);
	if (c->kind->release)
		c->kind->release(c->conf);
	memset(c->conf, 0, c->kind->conf_size);
}

static int open_sockets(struct chained *c, bool allow_own, struct cni_error *err)
{
	bool in_container = c->kind->sockets == CHAINED_CONTAINER;

	if (c->kind->sockets == CHAINED_NONE)
		return 0;
	return attach_open(&c->at, c->call->netns, allow_own, err)
		       ?: (in_container ? attach_open_container(&c->at, err) : 0);
}

static struct result_interface *find_interface(const struct chained *c)
{
	struct result_interface *found[2] = { NULL, NULL };

	for (size_t i = 0; i < c->prev.interface_count; i++) {
		struct result_interface *one = &c->prev.interfaces[i];

		if (!text_equal(one->name, c->call->ifname) || text_is_empty(one->sandbox))
			continue;
		if (text_equal(one->sandbox, c->call->netns))
			return one;
		if (!found[0])
			found[0] = one;
		if (!found[1] && node_is_at_both(one->sandbox, c->call->netns))
			found[1] = one;
	}
	return found[1] ? found[1] : found[0];
}

static int read_both(struct chained *c, struct cni_error *err)
{
	int has_prev = netconf_prev_result(&c->call->conf, &c->prev, err);
	int r = has_prev < 0 ? has_prev : read_conf(c, err);

	if (r < 0 && c->kind->config_words)
		cni_error_prefix(err, "%s", c->kind->config_words);
	c->interface = find_interface(c);
	if (r == 0 && !has_prev)
		r = cni_fail(err, c->kind->no_prev_code, 0, "%s", c->kind->no_prev);
	return r;
}

/* All that can be refused is refused before anything is done. */
int chained_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_chained struct chained c = chained_of(call);
	int r = read_both(&c, err)
			?: result_fits_version(&c.prev, call->conf.version, err)
			?: open_sockets(&c, call->allow_own_netns, err);

	if (r < 0)
		return r;
	r = c.kind->add(&c, err) ?: result_print(&c.prev, call->conf.version, out, err);
	if (r < 0 && c.kind->undo)
		c.kind->undo(&c);
	return r;
}

/*
 * Nothing is where the namespace was, or the plain file that it was mounted on. Other errors prove
 * nothing.
 */
static bool means_gone(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -EINVAL;
}

static int open_what_is_left(struct chained *c, struct cni_error *err)
{
	const bool visits = c->kind->sockets == CHAINED_CONTAINER;
	int r;

	if (c->kind->sockets == CHAINED_NONE)
		return 0;
	r = attach_open(&c->at, visits ? c->call->netns : "", true, err);
	if (means_gone(r)) {
		cni_error_release(err);
		r = attach_open(&c->at, "", true, err);
	}
	return r < 0 || c->at.netns < 0 ? r : attach_open_container(&c->at, err);
}

int chained_del(struct cni_call *call, struct cni_error *err)
{
	cleanup_chained struct chained c = chained_of(call);
	cleanup_error struct cni_error unread = { 0 };
	int r;

	read_conf_leniently(&c);
	r = netconf_prev_result(&call->conf, &c.prev, &unread);
	if (r > 0)
		c.interface = find_interface(&c);
	if (r < 0)
		cni_error_ignore(&unread);
	return open_what_is_left(&c, err) ?: c.kind->del(&c, err);
}

int chained_check(struct cni_call *call, struct cni_error *err)
{
	cleanup_chained struct chained c = chained_of(call);
	int r = read_conf(&c, err) ?: check_prev_result(call, &c.prev, err);

	c.interface = find_interface(&c);
	if (r == 0)
		r = open_sockets(&c, true, err);
	return r < 0 || !c.kind->check ? r : c.kind->check(&c, err);
}

int chained_status(struct cni_call *call, struct cni_error *err)
{
	cleanup_chained struct chained c = chained_of(call);
	int r = read_conf(&c, err);

	return r < 0 || !c.kind->status ? r : c.kind->status(&c, err);
}

int chained_gc(struct cni_call *call, struct cni_error *err)
{
	cleanup_chained struct chained c = chained_of(call);
	cleanup_attachments struct attachments valid = { 0 };
	int has_list = attachments_read(&call->conf, &valid, err);
	int r = 0;

	if (has_list <= 0 || !c.kind->collect)
		return has_list < 0 ? has_list : 0;
	read_conf_leniently(&c);
	if (c.kind->sockets != CHAINED_NONE)
		r = attach_open(&c.at, "", true, err);
	return r < 0 ? r : c.kind->collect(&c, &valid, err);
}

bool chained_means(const struct chained *c, const struct result_ip *ip)
{
	if (!ip->has_interface || ip->interface < 0 ||
	    (size_t)ip->interface >= c->prev.interface_count)
		return true;
	return &c->prev.interfaces[ip->interface] == c->interface;
}
