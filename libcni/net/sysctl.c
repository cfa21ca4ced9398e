/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows the settings below /proc/sys/net that matter for attachments. */
#include "net/sysctl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/text.h"

enum { PATH_SIZE = 256 };

static const char ipv4_forward[] = "/proc/sys/net/ipv4/ip_forward";
static const char ipv6_forward[] = "/proc/sys/net/ipv6/conf/all/forwarding";
static const char ipv6_links[] = "/proc/sys/net/ipv6/conf";

static int read_first_byte(const char *path, char *ret)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		return -errno;
	size = read(fd, ret, 1);
	if (size < 0)
		return -errno;
	return size == 1 ? 0 : -ENODATA;
}

static int write_value(const char *path, const char *value)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return file_write_fd(fd, value, strlen(value));
}

static int link_path(char ret[PATH_SIZE], const char *family, const char *ifname, const char *key)
{
	int size = snprintf(ret, PATH_SIZE, "/proc/sys/net/%s/conf/%s/%s", family, ifname, key);

	return size < PATH_SIZE ? 0 : -ENAMETOOLONG;
}

/* Writing without looking is three system calls; looking first would be six for a new link. */
int sysctl_write_link(const char *family, const char *ifname, const char *key, const char *value)
{
	char path[PATH_SIZE];
	char present = 0;
	int r = link_path(path, family, ifname, key);

	if (r < 0)
		return r;
	r = write_value(path, value);
	if (r < 0 && read_first_byte(path, &present) == 0 && present == value[0])
		return 0;
	return r;
}

int sysctl_read_link(const char *family, const char *ifname, const char *key, char *ret_first_byte)
{
	char path[PATH_SIZE];

	return link_path(path, family, ifname, key) ?: read_first_byte(path, ret_first_byte);
}

static const char *forwarding_path(int family)
{
	return family == AF_INET6 ? ipv6_forward : ipv4_forward;
}

int sysctl_get_forwarding(int family)
{
	char value = 0;
	int r = read_first_byte(forwarding_path(family), &value);

	return r < 0 ? r : value != '0';
}

static void closedir_pointer(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* only read */
}

/*
 * Router advertisements are ignored with accept_ra=1 once a host forwards, and heard with 2.
 * "default" stays: links to come are ours more often than the host's. Best effort: a link may go
 * meanwhile.
 */
static void keep_router_advertisements(void)
{
	cleanup_with(closedir_pointer) DIR *dir = opendir(ipv6_links);
	const struct dirent *entry;
	char value = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' &&
		    (!entry->d_name[1] || text_equal(entry->d_name, "..")))
			continue;
		if (text_equal(entry->d_name, "all") || text_equal(entry->d_name, "default"))
			continue;
		if (sysctl_read_link("ipv6", entry->d_name, "accept_ra", &value) == 0 &&
		    value == '1')
			ignore(sysctl_write_link("ipv6", entry->d_name, "accept_ra", "2"));
	}
}

int sysctl_enable_forwarding(int family, struct cni_error *err)
{
	const char *path = forwarding_path(family);
	const char *name = family == AF_INET6 ? "net.ipv6.conf.all.forwarding"
					      : "net.ipv4.ip_forward";
	int r = sysctl_get_forwarding(family);

	if (r == 1)
		return 0;
	if (r == 0 && family == AF_INET6)
		keep_router_advertisements();
	if (r == 0)
		r = write_value(path, "1");
	if (r == 0)
		return 0;
	(void)cni_fail(err, CNI_ERR_SYSCTL, -r, "cannot switch on forwarding: %s", path);
	if (r == -ENOENT && family == AF_INET6)
		cni_error_details(
			err,
			"the kernel has no IPv6: boot without ipv6.disable=1, or configure no IPv6 addresses");
	else
		cni_error_details(err, "set %s=1 on the host, or make /proc/sys writable", name);
	return r;
}

static int fail_ipv6(const char *ifname, int r, struct cni_error *err)
{
	char value;

	if (r == -ENOENT && sysctl_read_link("ipv4", ifname, "forwarding", &value) == -ENOENT) {
		(void)cni_fail(err, CNI_ERR_LINK, 0, "%s has gone from the container", ifname);
		cni_error_details(err, "somebody deleted it, or what it stood on; ADD it again");
		return -ENODEV;
	}
	(void)cni_fail(err, CNI_ERR_SYSCTL, -r,
		       "%s has no IPv6: /proc/sys/net/ipv6/conf/%s/disable_ipv6", ifname, ifname);
	cni_error_details(
		err,
		"the kernel must not be booted with ipv6.disable=1, and the MTU must be at least 1280");
	return r;
}

/* IPv6 of one link is on or gets switched on. */
static int ensure_ipv6(const char *ifname, struct cni_error *err)
{
	char value = '0';
	int r = sysctl_read_link("ipv6", ifname, "disable_ipv6", &value);

	if (r < 0)
		return fail_ipv6(ifname, r, err);
	if (value == '0')
		return 0;
	r = sysctl_write_link("ipv6", ifname, "disable_ipv6", "0");
	if (r < 0) {
		(void)cni_fail(err, CNI_ERR_SYSCTL, -r, "cannot switch on IPv6 of %s", ifname);
		cni_error_details(
			err,
			"net.ipv6.conf.%s.disable_ipv6 is 1 in the container: set it to 0, or make /proc/sys writable",
			ifname);
	}
	return r;
}

int sysctl_prepare_link(const char *ifname, const struct link_settings *settings,
			struct cni_error *err)
{
	const struct {
		const char *family, *key, *value;
		bool wanted;
	} table[] = {
		{ "ipv6", "enhanced_dad", "1", settings->dad },
		{ "ipv6", "accept_dad", settings->dad ? "1" : "0", true },
		{ "ipv6", "accept_ra", "0", !settings->accept_ra },
		{ "ipv6", "autoconf", "0", !settings->accept_ra },
		{ "ipv6", "keep_addr_on_down", "1", settings->ipv6 },
	};
	char value = 0;
	int r;

	for (size_t i = 0; i < array_size(table); i++) {
		if (table[i].wanted)
			ignore(sysctl_write_link(table[i].family, ifname, table[i].key,
						 table[i].value));
	}
	if (!settings->ipv6)
		return 0;
	r = ensure_ipv6(ifname, err);
	if (r < 0)
		return r;
	/* ::1 is not needed to reach others. */
	if (sysctl_read_link("ipv6", "lo", "disable_ipv6", &value) == 0 && value != '0')
		ignore(sysctl_write_link("ipv6", "lo", "disable_ipv6", "0"));
	return 0;
}
