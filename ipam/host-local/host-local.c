/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hands out addresses of ranges on this host: the verbs and what each of them needs to know. */
#include <stdlib.h>

#include "allot.h"
#include "base/alloc.h"
#include "host_local_conf.h"
#include "host_local_verbs.h"
#include "plugin/plugin.h"
#include "readiness.h"
#include "resolv.h"
#include "store.h"

#define RUN_DIR "/run/cni/host-local"

static struct store_place place_of(const struct cni_call *call, const struct lease_conf *leases)
{
	return (struct store_place){
		.run_dir = RUN_DIR,
		.data_dir = leases->data_dir,
		.network = call->conf.name,
		.lock_seconds = leases->lock_seconds,
	};
}

static int read_dns(struct host_local_conf *conf, enum cni_code code, struct cni_error *err)
{
	int r = *conf->resolv_conf ? resolv_read(conf->resolv_conf, &conf->result.dns) : 0;

	return r < 0 ? cni_fail(err, code, -r, "cannot read resolvConf %s", conf->resolv_conf) : 0;
}

/* ---- ADD */

static void withdraw(struct cni_call *call, const struct allotment *allotment)
{
	cleanup_error struct cni_error ignored = { 0 }; /* of two errors the first is told */
	struct attachment owner = call_attachment(call);
	struct store_place place;
	struct lease_conf conf;

	if (!allotment->count || lease_conf_read(&call->conf, &conf, &ignored) < 0)
		return;
	place = place_of(call, &conf);
	ignore(withdraw_leases(&place, &owner, allotment, &ignored));
}

/*
 * That the result was printed is the last thing we note: who is killed before that has given the
 * address to nobody.
 */
static void answered(struct cni_call *call, bool is_delivered)
{
	struct allotment *allotment = call->pending;

	if (is_delivered)
		allotment_complete(allotment);
	else
		withdraw(call, allotment);
	free(allotment->items); /* its descriptor ends with the process */
	free(allotment);
	call->pending = NULL;
}

static void add_addresses(const struct host_local_conf *conf, const struct allotment *allotment,
			  struct result *result)
{
	for (size_t i = 0; i < allotment->count; i++) {
		const struct addr *addr = &allotment->items[i].addr;
		const struct range *range = range_set_find(&conf->pool.sets[i], addr);
		struct result_ip *ip = result_add_ip(result);

		ip->address = (struct prefix){ .addr = *addr, .len = range->subnet.len };
		ip->gateway = range->gateway;
	}
}

static int add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_host_local_conf struct host_local_conf conf = { 0 };
	struct attachment owner = call_attachment(call);
	struct allotment *allotment;
	struct store_place place;
	int r;

	r = host_local_conf_read(call, &conf, err) ?: read_dns(&conf, CNI_ERR_CONFIG, err);
	if (r < 0)
		return r;
	allotment = xcalloc(1, sizeof(*allotment));
	*allotment = (struct allotment)ALLOTMENT_NONE;
	call->pending = allotment;
	place = place_of(call, &conf.leases);
	r = allot(&conf, &place, &owner, call->netns, allotment, err);
	if (r < 0)
		return r;
	add_addresses(&conf, allotment, &conf.result);
	return result_print(&conf.result, call->conf.version, out, err);
}

/* ---- the other verbs */

/* Needs no ranges. */
static int del(struct cni_call *call, struct cni_error *err)
{
	struct attachment owner = call_attachment(call);
	struct store_place place;
	struct lease_conf conf;
	int r;

	r = lease_conf_read(&call->conf, &conf, err);
	if (r < 0)
		return r;
	place = place_of(call, &conf);
	return release_leases(&place, &owner, &conf, err);
}

static int check(struct cni_call *call, struct cni_error *err)
{
	cleanup_host_local_conf struct host_local_conf conf = { 0 };
	struct store_place place;
	int r;

	r = host_local_conf_read(call, &conf, err);
	if (r < 0)
		return r;
	place = place_of(call, &conf.leases);
	return check_leases(call, &conf.pool, &place, err);
}

static int status(struct cni_call *call, struct cni_error *err)
{
	cleanup_host_local_conf struct host_local_conf conf = { 0 };
	struct store_place place;
	int r;

	r = host_local_conf_read(call, &conf, err) ?: read_dns(&conf, CNI_ERR_NOT_AVAILABLE, err);
	if (r < 0)
		return r;
	place = place_of(call, &conf.leases);
	return readiness_check(&place, &conf, err);
}

/* Needs no ranges either. */
static int gc(struct cni_call *call, struct cni_error *err)
{
	cleanup_attachments struct attachments valid = { 0 };
	struct store_place place;
	struct lease_conf conf;
	int r;

	r = lease_conf_read(&call->conf, &conf, err) ?: attachments_read(&call->conf, &valid, err);
	if (r <= 0)
		return r;
	place = place_of(call, &conf);
	return collect_leases(&place, &valid, err);
}

/* It looks into namespaces for addresses in use; its data directory may be another user's. */
static const struct privileges privileges = { PRIVILEGES_REACH | PRIVILEGE(CAP_FOWNER) };

static const struct cni_plugin host_local = {
	.name = "host-local",
	.privileges = &privileges,
	.add = add,
	.answered = answered,
	.del = del,
	.check = check,
	.status = status,
	.gc = gc,
};

int main(int count, char **arguments)
{
	return cni_plugin_main(&host_local, count, arguments);
}
