/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The result of an ADD in its newest form, 1.1.0. Older forms are read into it and written from it
 * with the conversion rules of cni-protocol §3.5 and §3.6. Pure. Strings and lists are owned by the
 * result.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "types/addr.h"

struct result_interface {
	char *name; /* never NULL; the others are NULL when empty */
	char *mac;
	char *sandbox;
	char *socket_path;
	char *pci_id;
	long mtu; /* bytes; 0: not given */
};

struct result_ip {
	struct prefix address;
	struct addr gateway; /* AF_UNSPEC: none */
	bool has_interface;
	int interface; /* index into interfaces, as it was given: not range-checked */
};

struct route {
	struct prefix dst;
	struct addr gw;		   /* AF_UNSPEC: none */
	int mtu, advmss, priority; /* 0: not given */
	bool has_table, has_scope;
	int table, scope;
};

struct strings {
	char **items;
	size_t count;
};

struct dns {
	struct strings nameservers, search, options;
	char *domain; /* NULL: none */
};

struct result {
	struct result_interface *interfaces;
	size_t interface_count;
	struct result_ip *ips;
	size_t ip_count;
	struct route *routes;
	size_t route_count;
	struct dns dns;
};

#define cleanup_result cleanup_with(result_release)

/*
 * Reads a result of the given version ("" is 0.1.0). Errors: code 999; a version nobody knows is
 * `unsupported CNI result version "9.0.0"`. Unknown keys are dropped.
 */
int result_parse(const cJSON *json, const char *version, struct result *ret,
		 struct cni_error *err) must_check;

/*
 * Writes the form of `version` in the reference's layout, without a newline at the end. Code 999
 * `cannot convert: no valid IP addresses` when 0.1.0 or 0.2.0 is asked for and there is none;
 * nothing is added to `out` then.
 */
int result_print(const struct result *result, const char *version, struct text *out,
		 struct cni_error *err) must_check;

/* The check of result_print alone, for refusing before any work is done. */
int result_fits_version(const struct result *result, const char *version,
			struct cni_error *err) must_check;

/*
 * `CNI version 0.2.0 does not support more than 1 address per family` (code 999) for 0.1.0 and
 * 0.2.0 with more than one address of a family; what IPAM plugins ask.
 */
int result_check_families(size_t ipv4, size_t ipv6, const char *version,
			  struct cni_error *err) must_check;

/* Append a zeroed item and return it; it stays valid until the next call. */
struct result_interface *result_add_interface(struct result *result, const char *name,
					      const char *mac_or_null, const char *sandbox_or_null);
struct result_ip *result_add_ip(struct result *result);
struct route *result_add_route(struct result *result);

/* The indexes of addresses are the caller's to set anew. */
void result_drop_interfaces(struct result *result);

/*
 * Also for IPAM configurations: lists of routes and a dns object; `where` is the path in messages.
 */
int routes_parse(const cJSON *list, const char *where, struct result *into,
		 struct cni_error *err) must_check;
int dns_parse(const cJSON *object, const char *where, struct dns *ret,
	      struct cni_error *err) must_check;
void strings_add(struct strings *strings, const char *s);

void dns_release(struct dns *dns);
void result_release(struct result *result);
