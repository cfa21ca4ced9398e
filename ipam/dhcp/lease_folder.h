/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leases as files, one each, in a folder beside the socket (/run/cni/dhcp for
 * /run/cni/dhcp.sock). They outlive the daemon, not the boot. Whoever has the folder locked is the
 * one who looks after the leases: the daemon, or for a moment a DEL where no daemon is.
 */
#pragma once

#include "holding.h"

struct lease_folder {
	int fd; /* locked; -1: closed */
	char boot[40];
};

#define LEASE_FOLDER_CLOSED                                                                        \
	{                                                                                          \
		.fd = -1                                                                           \
	}
#define cleanup_lease_folder cleanup_with(lease_folder_close)

/* The folder of the daemon at `socket_path`, for the caller to free. */
char *lease_folder_path(const char *socket_path) must_check;

/*
 * Opens and locks it, for the daemon with `create`. -ENOENT: there is none; -EWOULDBLOCK: somebody
 * else has it; other -errno.
 */
int lease_folder_open(const char *path, bool create, struct lease_folder *ret) must_check;
void lease_folder_close(struct lease_folder *folder);

/* False when somebody removed it: what is written there is lost. */
bool lease_folder_is_there(const struct lease_folder *folder);

/* Writes the file of a lease, whole or not at all. -errno. */
int lease_folder_write(const struct lease_folder *folder, const struct holding *holding) must_check;
void lease_folder_remove(const struct lease_folder *folder, const char *owner);

/*
 * Reads the lease of an owner; *ret is not in any list, and was not taken up: its client has only
 * the message and `since`. -ENOENT; -EBADMSG for what is no lease of this boot.
 */
int lease_folder_read(const struct lease_folder *folder, const char *owner,
		      struct holding **ret) must_check;

/* All of them, one by one; what cannot be read is told and stays. */
typedef void lease_folder_fn(struct holding *holding, void *data); /* takes it */
int lease_folder_each(const struct lease_folder *folder, lease_folder_fn *fn,
		      void *data) must_check;
