/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows where a sysctl is, and what its file says. */
#include "sysctls.h"

#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/warn.h"
#include "plugin/check.h"

/* Adds a part of the path, in which the first IFNAME of all is replaced. */
static void add_part(struct text *path, const char *part, size_t size, const char *ifname,
		     bool *is_replaced)
{
	static const char word[] = "IFNAME";
	const char *found = *is_replaced ? NULL : memmem(part, size, word, strlen(word));

	text_add(path, "/");
	if (found) {
		const char *rest = found + strlen(word);

		text_add_bytes(path, part, (size_t)(found - part));
		text_add(path, ifname);
		text_add_bytes(path, rest, size - (size_t)(rest - part));
		*is_replaced = true;
	} else {
		text_add_bytes(path, part, size);
	}
}

/*
 * No part of the key itself can be "." or "..", for dots separate; the interface's name is checked
 * by the protocol to be neither.
 */
int sysctl_path(const char *key, const char *ifname, char **ret, struct cni_error *err)
{
	cleanup_text struct text path = { 0 };
	bool is_replaced = false;
	unsigned parts = 0;
	int r;

	text_add(&path, "/proc/sys");
	for (const char *s = key; *s; parts++) {
		size_t size;

		s += strspn(s, "./");
		size = strcspn(s, "./");
		if (!size)
			break;
		add_part(&path, s, size, ifname, &is_replaced);
		s += size;
	}
	if (parts > 1 && text_starts_with(path.s, "/proc/sys/net/")) {
		*ret = steal(&path.s);
		return 0;
	}
	r = cni_fail(err, CNI_ERR_CONFIG, 0, "invalid net sysctl key: \"%s\"", key);
	cni_error_details(err, "a container has sysctls of its own below net only");
	return r;
}

void sysctl_values_release(struct sysctl_values *values)
{
	for (size_t i = 0; i < values->count; i++)
		free(values->items[i]);
	free(values->items);
	*values = (struct sysctl_values){ 0 };
}

/* Without the line end that the kernel adds; -errno. */
static int read_value(const char *path, char **ret)
{
	cleanup_text struct text value = { 0 };
	int r = file_read_at(AT_FDCWD, path, &value);

	if (r < 0)
		return r;
	if (value.len && value.s[value.len - 1] == '\n')
		value.s[--value.len] = '\0';
	*ret = value.s ? steal(&value.s) : xstrdup("");
	return 0;
}

static int write_value(const char *path, const char *value)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : file_write_fd(fd, value, strlen(value));
}

static int read_one(const char *key, const char *ifname, char **ret, struct cni_error *err)
{
	cleanup_free char *path = NULL;
	int r = sysctl_path(key, ifname, &path, err) ?: read_value(path, ret);

	if (r == -EACCES || r == -EPERM || r == -EIO)
		return 0; /* some can only be written */
	return r < 0 ? cni_fail(err, CNI_ERR_SYSCTL, -r, "failed to read sysctl %s", key) : 0;
}

int sysctls_read(const struct tuning_conf *conf, const char *ifname, struct sysctl_values *ret,
		 struct cni_error *err)
{
	ret->items = xcalloc(conf->count + 1, sizeof(*ret->items));
	ret->count = conf->count;
	for (size_t i = 0; i < conf->count; i++) {
		int r = read_one(conf->sysctls[i].key, ifname, &ret->items[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int write_one(const char *key, const char *ifname, const char *value, struct cni_error *err)
{
	cleanup_free char *path = NULL;
	int r = sysctl_path(key, ifname, &path, err);

	if (!path)
		return r;
	r = write_value(path, value);
	if (r < 0)
		return cni_fail(err, CNI_ERR_SYSCTL, -r, "failed to set sysctl %s to \"%s\"", key,
				value);
	return 0;
}

int sysctls_write(const struct tuning_conf *conf, const char *ifname, size_t *ret_written,
		  struct cni_error *err)
{
	for (*ret_written = 0; *ret_written < conf->count; ++*ret_written) {
		const struct sysctl *one = &conf->sysctls[*ret_written];
		int r = write_one(one->key, ifname, one->value, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* The kernel separates numbers with tabs, however they were written. */
static bool is_same_value(const char *a, const char *b)
{
	static const char blanks[] = " \t\n";

	for (;;) {
		size_t a_size, b_size;

		a += strspn(a, blanks);
		b += strspn(b, blanks);
		a_size = strcspn(a, blanks);
		b_size = strcspn(b, blanks);
		if (a_size != b_size || memcmp(a, b, a_size) != 0)
			return false;
		if (!a_size)
			return true;
		a += a_size;
		b += b_size;
	}
}

int sysctls_check(const struct tuning_conf *conf, const char *ifname, struct cni_error *err)
{
	for (size_t i = 0; i < conf->count; i++) {
		const struct sysctl *one = &conf->sysctls[i];
		cleanup_free char *value = NULL;
		int r = read_one(one->key, ifname, &value, err);

		if (r < 0)
			return r;
		if (value && !is_same_value(value, one->value))
			return check_fail(err,
					  "sysctl %s in the container is \"%s\" instead of \"%s\"",
					  one->key, value, one->value);
	}
	return 0;
}

void sysctl_restore(const char *key, const char *ifname, const char *value)
{
	cleanup_error struct cni_error err = { 0 };

	if (write_one(key, ifname, value, &err) < 0)
		cni_warn("not restored: %s", err.msg);
}
