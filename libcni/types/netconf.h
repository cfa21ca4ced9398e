/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every network configuration shares. Owns the JSON tree that all other configuration borrows
 * from. Pure.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "types/result.h"

struct netconf {
	cJSON *json;
	/*
	 * DEL needs the network's name and nothing else. Set after netconf_parse(), it makes the
	 * later steps succeed: what they cannot read counts as absent, and stderr tells.
	 */
	bool is_lenient;
	const char *name;
	const char *version; /* as written, "" when missing: what messages quote */
	const char *type;    /* "" when missing, as are the other strings */
	const char *ipam_type;
	bool has_unreadable_ipam; /* only when lenient: there is an IPAM, and which is not known */
	const cJSON *ipam;	  /* objects are NULL when missing or null */
	const cJSON *dns;
	const cJSON *args_cni; /* args.cni */
	const cJSON *runtime;  /* runtimeConfig */
	const cJSON *prev_result;
	/*
	 * GC (cni-protocol §6.8): absent means that nothing may be removed, null or [] that nothing
	 * is valid.
	 */
	bool has_attachments;
	const cJSON *attachments;
};

#define cleanup_netconf cleanup_with(netconf_release)

/* Step one: is it JSON, and whose network is it? Codes 6 and 7 with the reference's words. */
int netconf_parse(const char *text, size_t size, struct netconf *ret,
		  struct cni_error *err) must_check;

/*
 * Step two: takes cniVersion; code 6 `decoding version from network config: …` when it is no
 * string.
 */
int netconf_read_version(struct netconf *conf, struct cni_error *err) must_check;

/* Step three: all other shared keys, with their types; code 999. */
int netconf_read(struct netconf *conf, struct cni_error *err) must_check;

/*
 * The previous result in the newest form (cni-protocol §4.1): 1 when there is one, 0 when not. A
 * result of another group of versions than the configuration's is refused with the reference's
 * text.
 */
int netconf_prev_result(const struct netconf *conf, struct result *ret,
			struct cni_error *err) must_check;

/* True when the configuration's dns has any of its keys, so that it replaces the IPAM's (§3.7). */
bool netconf_has_dns(const struct netconf *conf);

/* Replaces `dns` by the configuration's when netconf_has_dns(). */
int netconf_override_dns(const struct netconf *conf, struct dns *dns,
			 struct cni_error *err) must_check;

void netconf_release(struct netconf *conf);
