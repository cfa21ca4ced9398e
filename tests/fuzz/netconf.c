/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every configuration is read or refused with a reason; a tree that is printed reads and prints as
 * the same.
 */
#include <assert.h>
#include <stdint.h>

#include "base/warn.h"
#include "types/json.h"
#include "types/netconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print_tree(const cJSON *json, bool compact, struct text *out)
{
	struct json_writer w = { .out = out, .compact = compact };

	json_value(&w, NULL, json);
}

static void check_tree(const cJSON *json, bool compact)
{
	cleanup_text struct text first = { 0 };
	cleanup_text struct text second = { 0 };
	cleanup_json cJSON *again = NULL;
	cleanup_free char *why = NULL;

	print_tree(json, compact, &first);
	assert(json_parse(first.s, first.len, &again, &why) == 0);
	print_tree(again, compact, &second);
	assert(text_equal(first.s, second.s));
}

static void check_json(const uint8_t *data, size_t size)
{
	cleanup_json cJSON *json = NULL;
	cleanup_free char *why = NULL;

	if (json_parse((const char *)data, size, &json, &why) < 0) {
		assert(why && *why && !json);
		return;
	}
	check_tree(json, true);
	check_tree(json, false);
}

static int read_all(const uint8_t *data, size_t size, struct netconf *conf, struct cni_error *err)
{
	int r = netconf_parse((const char *)data, size, conf, err);

	assert(r == 0 || err->code == CNI_ERR_DECODE || err->code == CNI_ERR_CONFIG);
	if (r < 0)
		return r;
	assert(conf->name && *conf->name);
	r = netconf_read_version(conf, err);
	assert(r == 0 || err->code == CNI_ERR_DECODE);
	if (r == 0)
		r = netconf_read(conf, err);
	assert(conf->version && conf->type && conf->ipam_type);
	return r;
}

/* Instead of the library's: what is ignored is said on stderr, millions of times here. */
void cni_warn(const char *format, ...)
{
	(void)format;
}

/* What has a name can be read leniently. */
static void read_leniently(const uint8_t *data, size_t size)
{
	cleanup_netconf struct netconf conf = { 0 };
	cleanup_error struct cni_error err = { 0 };

	if (netconf_parse((const char *)data, size, &conf, NULL) < 0)
		return;
	conf.is_lenient = true;
	assert(netconf_read_version(&conf, &err) == 0 && netconf_read(&conf, &err) == 0);
	assert(!cni_error_is_set(&err) && conf.version && conf.type && conf.ipam_type);
	assert(!conf.has_unreadable_ipam || !*conf.ipam_type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_with(dns_release) struct dns dns = { 0 };
	cleanup_netconf struct netconf conf = { 0 };
	cleanup_result struct result result = { 0 };
	cleanup_error struct cni_error err = { 0 };
	int r;

	check_json(data, size);
	read_leniently(data, size);
	r = read_all(data, size, &conf, &err);
	if (r == 0)
		r = netconf_override_dns(&conf, &dns, &err);
	if (r == 0)
		r = netconf_prev_result(&conf, &result, &err);
	assert((r < 0) == cni_error_is_set(&err));
	return 0;
}
