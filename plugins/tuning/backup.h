/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the container had before ADD, in the reference's files: `DIR/<container id>_<ifname>.json`
 * with mac, promisc, mtu, allmulti and txQLen. Ours say whose they are as well, and with
 * restoreSysctls have the sysctls: keys that the reference does not read.
 */
#pragma once

#include "plugin/attachments.h"
#include "sysctls.h"

struct backup {
	struct settings settings;
	cJSON *json;	      /* what was read; NULL: nothing */
	const cJSON *sysctls; /* of it: an object of texts by key, or NULL */
};

#define cleanup_backup cleanup_with(backup_release)

void backup_release(struct backup *backup);

/* 1 when there is one, 0 when there is none, -errno: it cannot be read, or -EBADMSG: understood. */
int backup_read(const char *dir, const struct attachment *attachment,
		struct backup *ret) must_check;

/*
 * What was there before goes only when the new one is complete. `values` are those of the
 * configuration's sysctls, or NULL; what `backup` has of them goes before.
 */
int backup_write(const char *dir, const struct attachment *attachment, const struct backup *backup,
		 const struct tuning_conf *conf, const struct sysctl_values *values,
		 struct cni_error *err) must_check;

/* 0 also when there is none. */
int backup_remove(const char *dir, const struct attachment *attachment) must_check;

/* GC: removes those of owners of the network that are not valid. Files of the reference stay. */
int backup_collect(const char *dir, const char *network, struct attachments *valid,
		   struct cni_error *err) must_check;
