/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the lock of ovs-vswitchd, and where its control socket is. */
#include "ovsdb/switchd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ovsdb/ovsdb.h"

/*
 * ovs-vswitchd holds a lock of the database, by which it sees that it is the only one. Who can get
 * the lock knows that none is running; it is given back with the connection.
 */
static int look_for_lock(const char *path, struct deadline deadline, unsigned code, bool *ret,
			 struct cni_error *err)
{
	cleanup_ovsdb struct ovsdb db = OVSDB_CLOSED;
	cleanup_json cJSON *reply = NULL;
	unsigned id;
	int r;

	db.code = code;
	r = ovsdb_connect(&db, path, deadline, err);
	if (r < 0)
		return r;
	id = ovsdb_request(&db, "lock", "[\"ovs_vswitchd\"]");
	r = ovsdb_send(&db, deadline, err);
	if (r == 0)
		r = ovsdb_await(&db, id, deadline, &reply, err);
	if (r == 0)
		*ret = !cJSON_IsTrue(json_get_exact(reply, "locked"));
	return r;
}

static pid_t read_pid(const char *folder)
{
	cleanup_free char *path = xasprintf("%s/ovs-vswitchd.pid", folder);
	cleanup_text struct text text = { 0 };
	long pid;

	if (file_read_at(AT_FDCWD, path, &text) < 0 || !text.s)
		return 0;
	pid = strtol(text.s, NULL, 10);
	return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* The control socket speaks as the database does. The answer does not matter, only that one comes.
 */
static int ask_for_version(const char *folder, pid_t pid, int patience_ms)
{
	const struct deadline deadline = deadline_in(patience_ms);
	cleanup_free char *path = xasprintf("%s/ovs-vswitchd.%d.ctl", folder, (int)pid);
	cleanup_error struct cni_error ignored = { 0 };
	cleanup_ovsdb struct ovsdb control = OVSDB_CLOSED;
	cleanup_json cJSON *reply = NULL;
	unsigned id;
	int r = ovsdb_connect(&control, path, deadline, &ignored);

	if (r < 0)
		return r;
	id = ovsdb_request(&control, "version", "[]");
	r = ovsdb_send(&control, deadline, &ignored);
	return r < 0 ? r : ovsdb_await(&control, id, deadline, &reply, &ignored);
}

int switchd_look(const char *path, int patience_ms, unsigned code, struct switchd *ret,
		 struct cni_error *err)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	struct switchd look = { 0 };
	int r = look_for_lock(path, deadline_in(patience_ms), code, &look.is_running, err);

	if (r < 0)
		return r;
	look.pid = look.is_running ? read_pid(folder) : 0;
	if (look.pid)
		r = ask_for_version(folder, look.pid, patience_ms);
	if (r == -EINTR)
		return cni_fail(err, code, EINTR, "stopped while waiting for ovs-vswitchd");
	look.is_hung = r == -ETIMEDOUT;
	*ret = look;
	return 0;
}
