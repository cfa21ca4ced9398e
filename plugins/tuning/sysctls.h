/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sysctls by their keys. All but sysctl_path() must be called in the container's network namespace:
 * the kernel shows /proc/sys/net of the caller's.
 */
#pragma once

#include "tuning_conf.h"

/*
 * The file of a key: '.' and '/' both separate, the first IFNAME is the interface's name. The
 * caller frees it. Code 7 `invalid net sysctl key: "…"` for what is not below /proc/sys/net.
 */
int sysctl_path(const char *key, const char *ifname, char **ret, struct cni_error *err) must_check;

/* What the sysctls were before; an item is NULL where that cannot be read, as with `flush`. */
struct sysctl_values {
	char **items;
	size_t count;
};

#define cleanup_values cleanup_with(sysctl_values_release)

void sysctl_values_release(struct sysctl_values *values);

/* Reads all; a key that is none, or a file that is not there, is an error. */
int sysctls_read(const struct tuning_conf *conf, const char *ifname, struct sysctl_values *ret,
		 struct cni_error *err) must_check;

/* Writes all in order; *ret_written counts those that were. */
int sysctls_write(const struct tuning_conf *conf, const char *ifname, size_t *ret_written,
		  struct cni_error *err) must_check;

/* CHECK: each has its value, blanks apart; code 104. */
int sysctls_check(const struct tuning_conf *conf, const char *ifname,
		  struct cni_error *err) must_check;

/* Writes one; failures are told on stderr only. */
void sysctl_restore(const char *key, const char *ifname, const char *value);
