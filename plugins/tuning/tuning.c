/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tuning: sysctls and settings of the container's interface. What was there before is kept in a
 * file (backup.h), written before anything is changed.
 */
#include <errno.h>

#include "allow.h"
#include "backup.h"
#include "base/alloc.h"
#include "base/warn.h"
#include "device.h"
#include "net/netns.h"
#include "plugin/chained.h"
#include "plugin/check.h"

struct tuning {
	struct tuning_conf conf;
	struct link link; /* CNI_IFNAME; index 0: nothing of it is wanted */
	struct settings before;
	struct sysctl_values values; /* of the sysctls before */
	size_t written;		     /* sysctls */
	struct backup kept;	     /* the file that was there before */
	bool had_file, wrote_file;
};

static int read_conf(struct cni_call *call, void *ret, struct cni_error *err)
{
	struct tuning *t = ret;

	t->kept.settings = (struct settings)SETTINGS_NONE;
	return tuning_conf_read(call, &t->conf, err);
}

static void release(void *data)
{
	struct tuning *t = data;

	tuning_conf_release(&t->conf);
	sysctl_values_release(&t->values);
	backup_release(&t->kept);
}

static const char *folder_of(const struct tuning *t)
{
	return text_is_empty(t->conf.data_dir) ? TUNING_DATA_DIR : t->conf.data_dir;
}

static int find_link(struct chained *c, struct cni_error *err)
{
	struct tuning *t = c->conf;
	int r;

	if (settings_are_none(&t->conf.wanted))
		return 0;
	r = link_get(&c->at.container, c->call->ifname, &t->link);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to find %s in the container",
				c->call->ifname);
	t->before = settings_of_link(&t->link, &t->conf.wanted);
	return 0;
}

/* A file that is there is of an ADD before, and knows better what the container had. */
static int keep(struct chained *c, struct cni_error *err)
{
	struct tuning *t = c->conf;
	const bool keeps_sysctls = t->conf.restore_sysctls && t->conf.count > 0;
	struct backup all;
	int r;

	if (!t->link.index && !keeps_sysctls)
		return 0;
	r = backup_read(folder_of(t), &c->attachment, &t->kept);
	if (r < 0 && r != -EBADMSG)
		return cni_fail(err, CNI_ERR_STORE, -r, "cannot read the backup of %s in %s",
				c->call->ifname, folder_of(t));
	t->had_file = r > 0;
	all = t->kept;
	if (t->link.index)
		all.settings = settings_join(&t->kept.settings, &t->before);
	t->wrote_file = true;
	return backup_write(folder_of(t), &c->attachment, &all, &t->conf,
			    keeps_sysctls ? &t->values : NULL, err);
}

static int tune(struct chained *c, struct cni_error *err)
{
	struct tuning *t = c->conf;
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r = attach_enter(&c->at, &visit, err)
			?: sysctls_read(&t->conf, c->call->ifname, &t->values, err)
			?: find_link(c, err)
			?: keep(c, err)
			?: sysctls_write(&t->conf, c->call->ifname, &t->written, err);

	if (r == 0 && t->link.index)
		r = settings_apply(&c->at.container, &t->link, &t->conf.wanted, err);
	return r;
}

/* What the next plugins and the runtime are told of the interface. */
static void change_result(struct chained *c)
{
	const struct settings *wanted = &((struct tuning *)c->conf)->conf.wanted;
	char mac[MAC_TEXT];

	if (!c->interface)
		return;
	if (wanted->has_mac) {
		free(c->interface->mac);
		c->interface->mac = xstrdup(mac_print(wanted->mac, mac));
	}
	if (wanted->mtu > 0 && c->interface->mtu)
		c->interface->mtu = wanted->mtu;
}

static int add(struct chained *c, struct cni_error *err)
{
	const struct tuning *t = c->conf;
	int r = allow_check(&t->conf, err) ?: tune(c, err);

	if (r == 0)
		change_result(c);
	return r;
}

static void restore_link(struct chained *c, const struct link *link,
			 const struct settings *settings)
{
	cleanup_error struct cni_error err = { 0 };

	if (settings_apply(&c->at.container, link, settings, &err) < 0)
		cni_warn("not restored: %s", err.msg);
}

static void undo(struct chained *c)
{
	struct tuning *t = c->conf;
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_error struct cni_error err = { 0 };

	if (t->link.index)
		restore_link(c, &t->link, &t->before);
	if (t->written && attach_enter(&c->at, &visit, &err) == 0) {
		while (t->written-- > 0) {
			if (t->values.items[t->written])
				sysctl_restore(t->conf.sysctls[t->written].key, c->call->ifname,
					       t->values.items[t->written]);
		}
	}
	if (!t->wrote_file)
		return;
	if (t->had_file)
		ignore(backup_write(folder_of(t), &c->attachment, &t->kept, &t->conf, NULL,
				    &err)); /* it still has all that this one had */
	else
		ignore(backup_remove(folder_of(t), &c->attachment)); /* the DEL to come does */
}

static void restore_sysctls(struct chained *c, const cJSON *sysctls)
{
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	cleanup_error struct cni_error err = { 0 };
	const cJSON *item;

	if (attach_enter(&c->at, &visit, &err) < 0) {
		cni_warn("sysctls are not restored: %s", err.msg);
		return;
	}
	cJSON_ArrayForEach(item, sysctls)
	{
		if (cJSON_IsString(item))
			sysctl_restore(item->string, c->call->ifname, item->valuestring);
	}
}

/* What cannot be restored is told; the container is about to end. */
static int del(struct chained *c, struct cni_error *err)
{
	struct tuning *t = c->conf;
	int r = backup_read(folder_of(t), &c->attachment, &t->kept);

	if (r < 0)
		cni_warn("the backup of %s in %s cannot be read: %s", c->call->ifname, folder_of(t),
			 strerror(-r));
	if (r > 0 && c->at.netns >= 0) {
		if (link_get(&c->at.container, c->call->ifname, &t->link) == 0)
			restore_link(c, &t->link, &t->kept.settings);
		if (t->kept.sysctls)
			restore_sysctls(c, t->kept.sysctls);
	}
	r = backup_remove(folder_of(t), &c->attachment);
	if (r < 0)
		return cni_fail(err, CNI_ERR_STORE, -r, "cannot remove the backup of %s in %s",
				c->call->ifname, folder_of(t));
	return 0;
}

static int check(struct chained *c, struct cni_error *err)
{
	struct tuning *t = c->conf;
	cleanup_visit struct netns_visit visit = NETNS_AT_HOME;
	int r;

	r = link_get(&c->at.container, c->call->ifname, &t->link);
	if (r == -ENODEV)
		return check_fail(err, "interface %s does not exist in the container",
				  c->call->ifname);
	if (r < 0)
		return cni_fail(err, CNI_ERR_LINK, -r, "failed to look up %s in the container",
				c->call->ifname);
	return attach_enter(&c->at, &visit, err)
		       ?: sysctls_check(&t->conf, c->call->ifname, err)
		       ?: settings_check(&t->link, &t->conf.wanted, err);
}

/* An ADD of this configuration would be refused. */
static int status(struct chained *c, struct cni_error *err)
{
	const struct tuning *t = c->conf;
	cleanup_error struct cni_error cause = { 0 };
	int r = allow_check(&t->conf, &cause);

	if (r == 0)
		return 0;
	(void)cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "%s", cause.msg);
	if (cause.details)
		cni_error_details(err, "%s", cause.details);
	return r;
}

static int collect(struct chained *c, struct attachments *valid, struct cni_error *err)
{
	return backup_collect(folder_of(c->conf), c->attachment.network, valid, err);
}

static const struct chained_kind kind = {
	.sockets = CHAINED_CONTAINER,
	.no_prev = "Required prevResult missing",
	.no_prev_code = CNI_ERR_INTERNAL,
	.conf_size = sizeof(struct tuning),
	.read = read_conf,
	.release = release,
	.add = add,
	.undo = undo,
	.del = del,
	.check = check,
	.status = status,
	.collect = collect,
};

static const struct cni_plugin tuning = {
	.name = "tuning",
	CHAINED_VERBS(&kind),
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&tuning, count, arguments);
}
