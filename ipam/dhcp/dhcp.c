/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp: the IPAM plugin that asks the network for addresses. Leases outlive the plugin, so a daemon
 * looks after them: this same program, as `dhcp daemon`. The plugin's part is to turn a
 * configuration into a question, and the lease into a result.
 */
#include <errno.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "base/hex.h"
#include "base/signals.h"
#include "base/warn.h"
#include "daemon.h"
#include "dhcp/terms.h"
#include "dhcp_conf.h"
#include "flags.h"
#include "lease_json.h"
#include "orphan.h"
#include "plugin/attachments.h"
#include "plugin/check.h"
#include "question.h"
#include "service_verbs.h"
#include "slaac.h"

enum {
	AT_ONCE = 1, /* seconds that an answer may take */
	SOON = 10,
	RESTART_MS = 2000, /* of a daemon */
	PAUSE_MS = 20,
};

static int fail_verb(const char *verb, int r, struct cni_error *err)
{
	if (r == -EPROTO)
		cni_error_prefix(err, "error calling DHCP.%s", verb);
	return r;
}

/* {"verb": …, "owner": …} or what else there is, in one line. */
static void begin_question(struct json_writer *w, const char *verb)
{
	json_open(w, NULL, '{');
	json_string(w, "verb", verb);
}

static void end_question(struct json_writer *w)
{
	json_close(w, '}');
	text_add(w->out, "\n");
}

/* `token` is that of the ADD whose lease is meant; NULL: whoever's. */
static int ask_del(const struct dhcp_conf *conf, const char *owner, const char *token,
		   struct cni_error *err)
{
	cleanup_text struct text line = { 0 };
	struct json_writer w = { .out = &line, .compact = true };
	cleanup_json cJSON *answer = NULL;

	begin_question(&w, "del");
	json_string(&w, "owner", owner);
	if (token)
		json_string(&w, "token", token);
	end_question(&w);
	return ask_daemon(conf->socket_path, &line, SOON, &answer, err);
}

static int ask_about(const struct dhcp_conf *conf, const char *verb, const char *key,
		     const char *value, int seconds, cJSON **ret, struct cni_error *err)
{
	cleanup_text struct text line = { 0 };
	struct json_writer w = { .out = &line, .compact = true };

	begin_question(&w, verb);
	if (key)
		json_string(&w, key, value);
	end_question(&w);
	return ask_daemon(conf->socket_path, &line, seconds, ret, err);
}

static struct owner owner_of_call(const struct cni_call *call)
{
	const struct attachment attachment = call_attachment(call);

	return owner_of(&attachment);
}

/* ---- the lease as a result */

static int read_lease(const cJSON *answer, int priority, struct result *ret, struct cni_error *err)
{
	cleanup_free uint8_t *ack = NULL;
	struct dhcp_reply reply;
	size_t size = 0;
	long mtu = 0;

	if (lease_json_bytes(answer, "ack", &ack, &size) < 0 ||
	    dhcp_reply_parse(ack, size, &reply) < 0) {
		(void)cni_fail(err, CNI_ERR_INTERNAL, 0, "the DHCP daemon's lease is none");
		return -EPROTO;
	}
	if (!lease_json_integer(answer, "linkMtu", &mtu) || mtu < 0 || mtu > INT32_MAX)
		mtu = 0; /* an older daemon */
	return dhcp_terms_result(&reply, priority, (int)mtu, ret, err) < 0 ? -EPROTO : 0;
}

/* VLANs are where servers most often are not. */
static void name_vlan(const struct cni_call *call, struct cni_error *err)
{
	const cJSON *vlan = json_get(call->conf.json, "vlan");
	long id;

	if (!vlan)
		vlan = json_get(call->conf.json, "vlanId");
	if (vlan && json_is_integer(vlan, &id) && id)
		cni_error_details(err, "the configuration has VLAN %ld", id);
}

static char *make_token(void)
{
	cleanup_text struct text token = { 0 };
	uint8_t bytes[DHCP_SEED_SIZE];

	service_seed(bytes);
	hex_add(&token, bytes, sizeof(bytes));
	return steal(&token.s);
}

static int allocate(const struct cni_call *call, const struct dhcp_conf *conf, const char *token,
		    struct result *ret, struct cni_error *err)
{
	const struct owner owner = owner_of_call(call);
	const struct wish wish = {
		.owner = owner.text,
		.netns = call->netns,
		.ifname = call->ifname,
		.client_id = (const uint8_t *)conf->client_id.s,
		.client_id_size = conf->client_id.len,
		.options = (const uint8_t *)conf->options.s,
		.options_size = conf->options.len,
		.broadcast = conf->broadcast,
		.checks = conf->checks,
		.priority = conf->priority,
		.timeout = conf->timeout,
		.token = token,
	};
	cleanup_text struct text line = { 0 };
	struct json_writer w = { .out = &line, .compact = true };
	cleanup_json cJSON *answer = NULL;
	int r;

	begin_question(&w, "add");
	wish_write(&w, &wish);
	end_question(&w);
	r = ask_daemon(conf->socket_path, &line, conf->timeout ? (int)conf->timeout + SOON : 0,
		       &answer, err);
	return r < 0 ? r : read_lease(answer, conf->priority, ret, err);
}

/* Another ADD of the same name is at work, or a DEL ended this one: what is there is not ours. */
static bool may_hold_lease(int r, const struct cni_error *err)
{
	if (r == -ECONNREFUSED || r == -ENOENT)
		return false;
	return r != -EPROTO || err->code != CNI_ERR_TRY_LATER;
}

static int dhcp_add(struct cni_call *call, struct text *out, struct cni_error *err)
{
	cleanup_dhcp_conf struct dhcp_conf conf = { 0 };
	cleanup_result struct result result = { 0 };
	cleanup_free char *netns = NULL, *token = make_token();
	const char *given = call->netns;
	int r = dhcp_conf_read(call, &conf, err);

	if (r < 0)
		return r;
	netns = realpath(call->netns, NULL); /* the daemon has another working directory */
	if (netns && *call->netns != '/')
		call->netns = netns;
	r = allocate(call, &conf, token, &result, err);
	if (r < 0) {
		name_vlan(call, err);
		r = fail_verb("Allocate", r, err);
	}
	if (r == 0 && conf.slaac)
		r = slaac_add(call, &result, err);
	if (r == 0)
		r = result_print(&result, call->conf.version, out, err);
	if (r == 0 || may_hold_lease(r, err))
		call->pending = steal(&token);
	call->netns = given;
	return r;
}

/*
 * Gives a lease back: through the daemon, or without one. Where neither can be, a daemon is about
 * to start or to end.
 */
static int give_back(const struct dhcp_conf *conf, const char *owner, const char *token,
		     struct cni_error *err)
{
	const struct deadline deadline = deadline_in(RESTART_MS);

	for (;;) {
		int r = ask_del(conf, owner, token, err);

		if (r != -ECONNREFUSED && r != -ENOENT)
			return fail_verb("Release", r, err);
		cni_error_release(err);
		r = orphan_release(conf->socket_path, owner, token, err);
		if (r != -EWOULDBLOCK || deadline_left(deadline) == 0)
			return r;
		if (signals_poll(NULL, 0, deadline_in(PAUSE_MS)) < 0)
			return r;
		cni_error_release(err);
	}
}

static int dhcp_del(struct cni_call *call, struct cni_error *err)
{
	const struct owner owner = owner_of_call(call);
	struct dhcp_conf conf;

	return dhcp_conf_read_place(call, &conf, err) ?: give_back(&conf, owner.text, NULL, err);
}

/*
 * An ADD that failed, or whose runtime was killed, gives back what it asked for itself: its owner
 * may have been given a lease by a later ADD meanwhile.
 */
static void dhcp_answered(struct cni_call *call, bool is_delivered)
{
	const struct owner owner = owner_of_call(call);
	cleanup_error struct cni_error ignored = { 0 }; /* the first error is the one to tell */
	cleanup_free char *token = call->pending;
	struct dhcp_conf conf;

	call->pending = NULL;
	if (!is_delivered && dhcp_conf_read_place(call, &conf, &ignored) == 0)
		ignore(give_back(&conf, owner.text, token, &ignored));
}

static int dhcp_check(struct cni_call *call, struct cni_error *err)
{
	const struct owner owner = owner_of_call(call);
	cleanup_dhcp_conf struct dhcp_conf conf = { 0 };
	cleanup_result struct result held = { 0 }, prev = { 0 };
	cleanup_json cJSON *answer = NULL;
	char address[PREFIX_TEXT];
	int r = dhcp_conf_read(call, &conf, err)
			?: ask_about(&conf, "check", "owner", owner.text, SOON, &answer, err)
			?: read_lease(answer, conf.priority, &held, err)
			?: check_prev_result(call, &prev, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < prev.ip_count; i++)
		if (prefix_equal(&prev.ips[i].address, &held.ips[0].address))
			return 0;
	return check_fail(err, "dhcp: the lease of %s is now %s, which is not in prevResult",
			  owner.text, prefix_print(&held.ips[0].address, address));
}

static int dhcp_status(struct cni_call *call, struct cni_error *err)
{
	cleanup_dhcp_conf struct dhcp_conf conf = { 0 };
	cleanup_json cJSON *answer = NULL;
	cleanup_error struct cni_error why = { 0 };
	int r = dhcp_conf_read_place(call, &conf, err);

	if (r < 0)
		return r;
	r = ask_about(&conf, "status", NULL, NULL, AT_ONCE, &answer, &why);
	if (r == 0)
		return 0;
	r = cni_fail(err, CNI_ERR_NOT_AVAILABLE, 0, "%s", why.msg);
	cni_error_details(err, "%s",
			  why.details ? why.details
				      : "systemctl status cni-dhcp.service tells more");
	return r;
}

/* Those that the runtime does not know any more are given back, one by one. */
static int dhcp_gc(struct cni_call *call, struct cni_error *err)
{
	cleanup_attachments struct attachments valid = { 0 };
	cleanup_error struct cni_error more = { 0 };
	cleanup_json cJSON *answer = NULL;
	struct dhcp_conf conf;
	const cJSON *owner;
	int r = dhcp_conf_read_place(call, &conf, err)
			?: attachments_read(&call->conf, &valid, err);

	if (r <= 0)
		return r;
	r = ask_about(&conf, "list", "network", call->conf.name, SOON, &answer, err);
	cJSON_ArrayForEach(owner, json_get_exact(answer, "owners"))
	{
		if (cJSON_IsString(owner) && !attachments_keep(owner->valuestring, &valid))
			r = cni_error_collect(err, &more, r,
					      ask_del(&conf, owner->valuestring, NULL, &more));
	}
	return r;
}

/* A DEL where no daemon is gives the lease back itself. */
static const struct privileges privileges = { PRIVILEGES_REACH | PRIVILEGE(CAP_NET_RAW) };

static const struct cni_plugin plugin = {
	.name = "dhcp",
	.privileges = &privileges,
	.add = dhcp_add,
	.answered = dhcp_answered,
	.del = dhcp_del,
	.check = dhcp_check,
	.status = dhcp_status,
	.gc = dhcp_gc,
	.more_help = flags_usage,
};

int main(int count, char **arguments)
{
	if (count > 1 && text_equal(arguments[1], "daemon") &&
	    !cni_plugin_help_wanted(count, arguments))
		return daemon_run(arguments + 2);
	return cni_plugin_main(&plugin, count, arguments);
}
